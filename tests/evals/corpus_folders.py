"""A corpus folder of invented texts in the layout of the public MUC-4 corpus, for the tests of the task."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from evals.literature.templates import Role

MILL = (
    "the old mill at aldea gris was dynamited on sunday by men of the copper hand.  the copper hand, or mano de cobre, "
    "said so in a leaflet.  the mill burned down."
)
CALM = "the harbor of port celeste was quiet, the governor said."
MAYOR = "mayor tomas arriola was shot by two gunmen.  arriola died."


def mentions(text: str, *entities: tuple[str, ...]) -> list[list[list[Any]]]:
    """Entities as the gold files write them: mentions with the offset of their first occurrence."""
    return [[[name, text.index(name)] for name in names] for names in entities]


TEXTS: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "X-1": (
        MILL,
        [
            {
                "incident_type": "bombing / arson",
                "PerpInd": mentions(MILL, ("men of the copper hand", "men")),
                "PerpOrg": mentions(MILL, ("copper hand", "mano de cobre")),
                "Target": mentions(MILL, ("old mill", "mill")),
                "Victim": [],
                "Weapon": [],
            }
        ],
    ),
    "X-2": (CALM, []),
    "X-3": (
        MAYOR,
        [
            {
                "incident_type": "attack",
                "PerpInd": mentions(MAYOR, ("two gunmen",)),
                "PerpOrg": [],
                "Target": [],
                "Victim": mentions(MAYOR, ("tomas arriola", "arriola")),
                "Weapon": [],
            }
        ],
    ),
}

RIGHT_ANSWERS: dict[str, list[dict[str, Any]]] = {
    MILL: [
        {
            "incident_type": "arson",  # the second of two types, and the second mention of two entities
            "perp_individuals": ["men of the copper hand"],
            "perp_organizations": ["mano de cobre"],
            "targets": ["mill"],
        }
    ],
    CALM: [],
    MAYOR: [{"incident_type": "attack", "perp_individuals": ["two gunmen"], "victims": ["arriola"]}],
}


def write_corpus(folder: Path, texts: dict[str, tuple[str, list[dict[str, Any]]]] | None = None) -> Path:
    """Write both gold files."""
    texts = TEXTS if texts is None else texts
    folder.mkdir(parents=True, exist_ok=True)
    lines(
        folder / "gold_templates.jsonl",
        [{"docid": name, "doctext": text, "templates": templates} for name, (text, templates) in texts.items()],
    )
    lines(
        folder / "gold_entities.jsonl",
        [
            {
                "docid": name,
                "doctext": text,
                "extracts": {role: [entity for t in templates for entity in t[role]] for role in Role},
            }
            for name, (text, templates) in texts.items()
        ],
    )
    return folder


def lines(path: Path, records: list[dict[str, Any]]) -> None:
    """One JSON object a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
