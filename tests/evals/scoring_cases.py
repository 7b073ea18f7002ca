"""Gold, extractions and scorers that the tests of the scoring core share."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from evals.counts import ArticleScore, Counts, Scorer
from evals.gold import GoldArticle
from evals.judgements import Judgement, total_of
from extractor.records import Article, Extraction, Span
from extractor.schemas import Schema, load_schema
from tests.schemas.acquisitions import APPOINTMENTS, TAKEOVERS

CONFLICT = load_schema()
SCORERS = {name: Scorer(load_schema(name)) for name in ("conflict", TAKEOVERS, APPOINTMENTS)}
SCORER = SCORERS["conflict"]
SEEDS = Path(__file__).parents[3] / "shared" / "seeds"

EVENT: dict[str, Any] = {
    "role": "main",
    "event_type": "shelling_missile_attack",
    "date": {"text": "on Tuesday", "value": "2024-05-07"},
    "locations": [{"site": "Camp Redgate", "settlement": "Velmora", "country": "IQ"}],
    "munitions": [{"type": "rocket", "fired": {"min": 3, "max": 3}}],
    "perpetrators": [{"name": "Veldt Brigade", "status": "claimed"}],
    "casualties": [{"effect": "killed", "group": "civilian", "count": {"min": 2, "max": 2}}],
    "evidence": ["Three rockets fell on Camp Redgate before dawn on Tuesday"],
}
OTHER: dict[str, Any] = {
    "role": "background",
    "event_type": "abduction",
    "date": {"value": "2023-11"},
    "locations": [{"settlement": "Ostrava", "country": "CZ"}],
    "perpetrators": [{"name": "Lantern Group", "status": "suspected"}],
    "evidence": ["gunmen took a brewer from his house last November"],
}


def finished(*labels: Mapping[str, Any], schema: Schema = CONFLICT) -> list[dict[str, Any]]:
    """Labels as finished event records."""
    return [schema.finish(schema.event.model_validate(label), index) for index, label in enumerate(labels)]


def gold_of(
    *events: Mapping[str, Any],
    optional: Sequence[Mapping[str, Any]] = (),
    accept: Mapping[str, Sequence[Any]] | None = None,
    article_id: str = "a1",
    published: date | None = None,
    schema: Schema = CONFLICT,
    **more: Any,
) -> GoldArticle:
    """A gold article in memory; events may be written with null and empty fields left out."""
    return GoldArticle(
        article=Article(id=article_id, text="", published=published),
        path=Path(f"{article_id}.json"),
        events=tuple(finished(*events, schema=schema)),
        optional=tuple(finished(*optional, schema=schema)),
        accept=accept or {},
        **more,
    )


def gold_records(events: Sequence[dict[str, Any]], article_id: str = "a1") -> GoldArticle:
    """A gold article of finished records, of whatever schema."""
    return GoldArticle(article=Article(id=article_id, text=""), path=Path(f"{article_id}.json"), events=tuple(events))


def extraction_of(
    *events: Mapping[str, Any],
    article_id: str = "a1",
    spans: Sequence[Span] = (),
    schema: Schema = CONFLICT,
) -> Extraction:
    """An extraction of events that may be written with null and empty fields left out."""
    return Extraction(
        article_id=article_id,
        events=finished(*events, schema=schema),
        spans=list(spans),
        problems=[],
        usage=None,
        cost_usd=None,
        latency_s=None,
        backend="rules/baseline",
        model=None,
        prompt="conflict/1",
    )


def with_changes(event: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """An event with other values."""
    return {**event, **changes}


def score(
    gold: Sequence[Mapping[str, Any]],
    predicted: Sequence[Mapping[str, Any]],
    accept: Mapping[str, Sequence[Any]] | None = None,
) -> dict[str, Counts]:
    """The non-empty counts by field, and of `event`, of one article of the conflict schema."""
    return counts_by_name(SCORER, SCORER.score(gold_of(*gold, accept=accept), finished(*predicted), published=False))


def counts_by_name(scorer: Scorer, *scores: ArticleScore) -> dict[str, Counts]:
    """The non-empty counts of articles by field, and of `event`; added up here by hand, not by the code under test."""
    found: Counter[tuple[str, int]] = Counter()
    for pair in (pair for one in scores for pair in one.counted):
        found["event", 3 if pair.predicted is None else 4 if pair.gold is None else 0] += 1
        for judgement in pair.judgements:
            found[scorer.columns[judgement.column].name, judgement.outcome] += 1
    return {name: Counts(*(found[name, outcome] for outcome in range(5))) for name in {name for name, _ in found}}


def swapped(counts: Mapping[str, Counts]) -> dict[str, Counts]:
    """Counts with gold and prediction in each other's place."""
    return {name: one._replace(missing=one.spurious, spurious=one.missing) for name, one in counts.items()}


def shuffled(value: Any, rng: random.Random) -> Any:
    """A value with all its lists in another order."""
    if isinstance(value, dict):
        return {key: shuffled(item, rng) for key, item in value.items()}
    if isinstance(value, list):
        return rng.sample([shuffled(item, rng) for item in value], len(value))
    return value


def value_at(record: Any, path: str) -> Any:
    """The value at a dotted path; None where it leads to a null."""
    for key in path.split("."):
        record = record[int(key)] if isinstance(record, list) else record[key]
    return record


def stands_at(judgement: Judgement, column: str, side: str, event: Mapping[str, Any]) -> bool:
    """Whether the value of a judgement's side, `gold` or `predicted`, is what stands at its path in the event.

    A total stands at the list that it is the total of, a hedge at its count (or that list).
    """
    value, path = getattr(judgement, side), getattr(judgement, f"{side}_path")
    found = value_at(event, path)
    parts = column.split(".")
    if "total" in parts:
        group = parts[parts.index("total") - 1]
        found = total_of([row["count"] for row in found if row["effect"] == group])
    return bool(found[value]) if parts[-1] == "hedge" else found == value
