"""Small gold folders and recorded runs for tests: one event an article, found or not as the test says."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from evals.gold import gold_digest, read_gold
from extractor.prompts import load_prompt
from extractor.records import Extraction, Failure
from extractor.runs import Identity, open_run
from extractor.schemas import load_schema

QUOTE = "Two shells fell on the mill at Varn{number}"
PROMPT = "conflict/1"


def labels(number: int, **values: Any) -> dict[str, Any]:
    """The one event of article `number`, as a person writes it."""
    return {
        "role": "main",
        "event_type": "shelling_missile_attack",
        "munitions": [{"type": "artillery_shell"}],
        "evidence": [QUOTE.format(number=number)],
        **values,
    }


def write_gold(folder: Path, count: int, **others: Any) -> Path:
    """Gold files `a0`, `a1`…; `others` are further keys of each file, or functions of the number that give them."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        gold = {
            "format": 1,
            "id": f"a{number}",
            "fictional": True,
            "text": f"{QUOTE.format(number=number)}. Nobody was hurt.",
            "events": [labels(number)],
            **{key: value(number) if callable(value) else value for key, value in others.items()},
        }
        (folder / f"a{number}.json").write_text(json.dumps(gold))
    return folder


def write_run(
    folder: Path,
    gold: Path,
    events: Mapping[int, Sequence[Mapping[str, Any]]],
    *,
    failed: Iterable[int] = (),
    models: Sequence[str] = ("model-1",),
    digest: bool = True,
    **identity: Any,
) -> Path:
    """A finished run with the given events of each article; see `Identity` for what else may be said of it."""
    schema, prompt = load_schema(), load_prompt(PROMPT)
    made_with = {
        "prompt": prompt.ref,
        "prompt_digest": prompt.digest,
        "schema": schema.name,
        "schema_digest": schema.digest,
        "backend": "openai/model-1",
        "endpoint": "",
        "parameters": {},
        **identity,
    }
    known = gold_digest(read_gold(gold, schema)) if digest else None
    with open_run(folder, Identity(**made_with), gold_digest=known) as run:
        for at, (number, records) in enumerate(events.items()):
            finished = [
                schema.finish(schema.event.model_validate(record), index) for index, record in enumerate(records)
            ]
            run.append(
                Extraction(
                    article_id=f"a{number}",
                    events=finished,
                    spans=[],
                    problems=[],
                    usage=None,
                    cost_usd=None,
                    latency_s=None,
                    backend=made_with["backend"],
                    model=models[at % len(models)],
                    prompt=made_with["prompt"],
                )
            )
        for number in failed:
            run.append(Failure(article_id=f"a{number}", kind="timeout", message="too slow"))
    return folder


def found(count: int, *, missing: Iterable[int] = ()) -> dict[int, list[dict[str, Any]]]:
    """All events found, but for those of some articles."""
    left_out = set(missing)
    return {number: [] if number in left_out else [labels(number)] for number in range(count)}
