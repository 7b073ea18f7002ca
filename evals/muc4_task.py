"""MUC-4 as a task of this product: a local copy of the corpus becomes gold files, a run becomes template predictions.

The corpus is public and not part of this repository: a user gives the folder (layout in `evals.muc4_files`). A run over
the gold files can be scored by the product's own scorer, like any other, and by the published metrics, which is what
this module prepares. No model is called here.
"""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from evals.gold import FORMAT, GoldError
from evals.literature.reproduction import TemplatesByText, TestSet, figures
from evals.literature.templates import Entity, RawMention, Role, Template, extracts_from
from evals.muc4_files import read_gold_entities, read_gold_templates, read_texts
from extractor.records import Extraction
from extractor.runs import read_extractions, read_failures, read_run
from extractor.schemas import describe, load_schema, validate_event

SCHEMA = "muc4"
RUN = "run"
"""The name under which the figures of a run stand beside those of `gold`."""

FIELD_OF_ROLE: Mapping[Role, str] = MappingProxyType(
    {
        Role.PERP_IND: "perp_individuals",
        Role.PERP_ORG: "perp_organizations",
        Role.TARGET: "targets",
        Role.VICTIM: "victims",
        Role.WEAPON: "weapons",
    }
)

MOST_ALTERNATIVES = 64
"""How many ways to name a list of entities a gold file spells out; beyond, each entity is varied alone."""


@dataclass(frozen=True, slots=True)
class RunMetrics:
    """The published metrics of a run.

    Attributes:
        figures: as `evals.literature.reproduction.figures` gives them, the run under the name `RUN`.
        failed, absent: texts that the run has as failures, or not at all; nothing is predicted for them.
        unknown: articles of the run that the corpus does not know; they are left out.
    """

    figures: dict[str, Any]
    failed: tuple[str, ...]
    absent: tuple[str, ...]
    unknown: tuple[str, ...]


def gold_records(folder: Path) -> list[dict[str, Any]]:
    """Gold files (format 1, text included) for every text of a corpus folder, in file order.

    The first mention of an entity is its value. Every other way to name the entities of a role is an accepted
    alternative of the whole list, up to `MOST_ALTERNATIVES`; of two incident types joined by a slash the second is an
    accepted alternative.

    Raises:
        Muc4FileError: `gold_templates.jsonl` is missing or not as documented.
        GoldError: a template does not fit the schema, such as one of another incident type; an id that is no
            file name.
    """
    path = folder / "gold_templates.jsonl"
    texts, templates = read_texts(path), read_gold_templates(path)
    for text_id in texts:
        if text_id in ("", ".", "..") or set(text_id) & set("/\\:\0"):
            raise GoldError(f"{path}: text {text_id!r} cannot be the name of a file: give it another docid")
    return [gold_record(text_id, text, templates[text_id]) for text_id, text in texts.items()]


def gold_record(text_id: str, text: str, templates: Sequence[Template]) -> dict[str, Any]:
    """The gold file of one text.

    Raises:
        GoldError: a template does not fit the schema.
    """
    accept: dict[str, list[Any]] = {}
    for index, template in enumerate(templates):
        if others := _types(template)[1:]:
            accept[f"events.{index}.incident_type"] = others
        for role, field in FIELD_OF_ROLE.items():
            if lists := alternative_lists(template.extracts[role]):
                accept[f"events.{index}.{field}"] = lists
    return {
        "format": FORMAT,
        "id": text_id,
        "language": "en",
        "tags": [SCHEMA],
        "text": text,
        "text_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "events": [_event(text_id, template) for template in templates],
        "accept": accept,
    }


def alternative_lists(entities: Sequence[Entity]) -> list[list[str]]:
    """The other ways to name the entities of a role, the first mentions of all not among them."""
    mentions = [list(dict.fromkeys(mention.text for mention in entity.mentions)) for entity in entities]
    first = [names[0] for names in mentions]
    if math.prod(len(names) for names in mentions) <= MOST_ALTERNATIVES:
        return [list(names) for names in itertools.product(*mentions)][1:]
    return [[*first[:i], name, *first[i + 1 :]] for i, names in enumerate(mentions) for name in names[1:]]


def predicted_templates(extractions: Iterable[Extraction]) -> dict[str, tuple[Template, ...]]:
    """The templates of a run by text, every extracted string an entity with one mention.

    Of several extractions of one text (repeats) the first is taken.
    """
    by_text: dict[str, tuple[Template, ...]] = {}
    for extraction in extractions:
        by_text.setdefault(extraction.article_id, tuple(map(_template, extraction.events)))
    return by_text


def run_metrics(run: Path, folder: Path) -> RunMetrics:
    """The published metrics of a run over the texts of a corpus folder.

    Raises:
        RunError: there is no such run, or a line of it is broken.
        GoldError: the run is of another schema, or has none of the texts.
        Muc4FileError: a gold file of the folder is missing or not as documented.
        TooManyMappingsError: GTT F1 is out of reach for a text (a ValueError).
    """
    info = read_run(run)
    if info.schema != SCHEMA:
        raise GoldError(f"{run} is a run of the schema {info.schema!r}: extract with --schema {SCHEMA}")
    gold = read_gold_templates(folder / "gold_templates.jsonl")
    entities = read_gold_entities(folder / "gold_entities.jsonl")
    if different := sorted(gold.keys() ^ entities.keys()):
        raise GoldError(f"{folder}: text {different[0]} is in only one of the two gold files: add it to the other")
    predicted = predicted_templates(read_extractions(run))
    failed = {failure.article_id for failure in read_failures(run)}
    if not (predicted.keys() | failed) & gold.keys():
        raise GoldError(f"none of the {len(gold)} texts of {folder} is in run {run}: name the run's own corpus")
    known: dict[str, TemplatesByText] = {RUN: {text: predicted[text] for text in gold if text in predicted}}
    return RunMetrics(
        figures=figures(TestSet(gold, entities, known, {})),
        failed=tuple(text for text in gold if text in failed and text not in predicted),
        absent=tuple(text for text in gold if text not in failed and text not in predicted),
        unknown=tuple(sorted(predicted.keys() - gold.keys())),
    )


def _types(template: Template) -> list[str]:
    return [part.strip() for part in template.incident_type.split("/")]


def _event(text_id: str, template: Template) -> dict[str, Any]:
    event: dict[str, Any] = {"incident_type": _types(template)[0]}
    for role, field in FIELD_OF_ROLE.items():
        if entities := template.extracts[role]:
            event[field] = [entity.mentions[0].text for entity in entities]
    schema = load_schema(SCHEMA)
    try:
        for incident_type in _types(template):
            validate_event(schema, {**event, "incident_type": incident_type})
    except ValidationError as error:
        raise GoldError(
            f"text {text_id}: {describe(error)}: the schema {SCHEMA!r} cannot hold this template"
        ) from error
    return event


def _template(event: Mapping[str, Any]) -> Template:
    roles: dict[str, list[list[RawMention]]] = {
        role: [[name] for name in event.get(field) or ()] for role, field in FIELD_OF_ROLE.items()
    }
    return Template(str(event["incident_type"]), extracts_from(roles))
