"""Figures by metadata of the articles, and macro averages beside the micro ones. Pure: over counts and gold.

A macro average gives every article (or every field) the same say, a micro average every value. An article in which
neither gold nor the run has a value has no figure and no say.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from evals.comparing import EVENTS, TIER_1, TIER_2, counts_of, incident_clusters, row_names
from evals.counts import Counts
from evals.gold import GoldArticle
from evals.scores import RunScores
from evals.stats import Interval, intervals, macro_intervals, macro_over_articles, macro_over_fields
from extractor.errors import UsageError

LENGTHS = (
    ("under 200 words", 200),
    ("200 to 499 words", 500),
    ("500 to 999 words", 1000),
    ("1000 words or more", math.inf),
)
"""Groups by length, in order, each with the number of words that it stays below."""

UNKNOWN = "(none)"
"""The group of articles that do not have the metadatum."""

_TIERS = (1, 2)


def _length(article: GoldArticle) -> list[str]:
    words = len(article.article.text.split())
    return [next(name for name, bound in LENGTHS if words < bound)]


def _year(article: GoldArticle) -> list[str]:
    return [str(article.article.published.year)] if article.article.published else []


METADATA: Mapping[str, Callable[[GoldArticle], Sequence[str]]] = {
    "tag": lambda article: article.tags,
    "source": lambda article: [article.article.source] if article.article.source else [],
    "language": lambda article: [article.language] if article.language else [],
    "length": _length,
    "year": _year,
    "fictional": lambda article: ["fictional" if article.fictional else "real"],
    "folder": lambda article: [article.path.parent.name],
}
"""What figures can be given by; each names the groups of an article, which may be several (tags) or none."""


def groups_of(gold: Sequence[GoldArticle], by: str) -> dict[str, list[int]]:
    """The articles of each group, by their place in `gold`; groups by name, articles without any last.

    Raises:
        UsageError: no such metadatum.
    """
    if by not in METADATA:
        raise UsageError(f"articles have no {by!r}: give --by {', '.join(METADATA)}")
    groups: dict[str, list[int]] = {}
    for i, article in enumerate(gold):
        for name in dict.fromkeys(METADATA[by](article)) or [UNKNOWN]:
            groups.setdefault(name, []).append(i)
    order = {name: i for i, (name, _) in enumerate(LENGTHS)}
    return {name: groups[name] for name in sorted(groups, key=lambda name: (name == UNKNOWN, order.get(name, 0), name))}


def breakdown(scores: RunScores, gold: Sequence[GoldArticle], by: str, *, resamples: int) -> dict[str, dict[str, Any]]:
    """For each group its articles, and the figures of events, tiers and the fields that something fills."""
    counts = counts_of([scores])
    names = row_names(scores.scorer.columns)
    clusters = incident_clusters(gold)
    found = {}
    for group, members in groups_of(gold, by).items():
        own = counts[members]
        ranges = (
            intervals(own, figures=("f1",), resamples=resamples, clusters=[clusters[i] for i in members])["f1"]
            if resamples
            else [None] * len(names)
        )
        rows = {
            name: {
                **Counts(*cells)._asdict(),
                **Counts(*cells).figures()._asdict(),
                "interval": list(interval) if interval else None,
            }
            for name, cells, interval in zip(names, own.sum(axis=0).tolist(), ranges, strict=True)
            if any(cells) or name in (EVENTS, TIER_1, TIER_2)
        }
        found[group] = {"articles": len(members), "rows": rows}
    return found


def with_macro(
    result: Mapping[str, Any], scores: RunScores, gold: Sequence[GoldArticle], *, resamples: int
) -> dict[str, Any]:
    """Macro F1 beside every micro one of `scores.json`, each `{"f1", "interval"}`; null where no article has a value.

    Args:
        result: as `evals.scores.as_json` gives it.
        scores: what it was made from.
        gold: the articles, in the order of the rows of `scores`.
        resamples: of the intervals; 0 for none.

    Returns:
        A copy in which events, tiers and fields have `macro`, the mean over articles, and tiers also `macro_fields`,
        the mean over fields.
    """
    over_articles, over_fields = _macro(scores, gold, resamples)
    tiers = {
        tier: {**row, "macro": over_articles[f"tier.{tier}"], "macro_fields": over_fields[tier]}
        for tier, row in result["tiers"].items()
    }
    return {
        **result,
        "events": {**result["events"], "macro": over_articles[EVENTS]},
        "tiers": tiers,
        "fields": {name: {**row, "macro": over_articles[name]} for name, row in result["fields"].items()},
    }


def _macro(
    scores: RunScores, gold: Sequence[GoldArticle], resamples: int
) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    counts = counts_of([scores])
    columns = scores.scorer.columns
    names, clusters = row_names(columns), incident_clusters(gold)
    asked: dict[str, Any] = {"resamples": resamples, "clusters": clusters}
    ranges = macro_intervals(counts, "articles", **asked) if resamples else [None] * len(names)
    over_articles = {
        name: _figure(value, interval)
        for name, value, interval in zip(names, macro_over_articles(counts), ranges, strict=True)
    }
    over_fields = {}
    first = len(names) - len(columns)
    for tier in _TIERS:
        own = counts[:, [first + i for i, column in enumerate(columns) if column.tier == tier]]
        interval = macro_intervals(own, "fields", **asked)[0] if resamples else None
        over_fields[str(tier)] = _figure(macro_over_fields(own), interval)
    return over_articles, over_fields


def _figure(value: float, interval: Interval | None) -> dict[str, Any]:
    return {"f1": None if np.isnan(value) else float(value), "interval": list(interval) if interval else None}
