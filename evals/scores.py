"""Score a whole run: stream its extractions against gold, keep counts, and give the contract `scores.json`. No I/O.

Every gold article counts. One that failed, or that the run does not hold, is scored as predicting nothing, and said so;
articles of the run that gold does not know are left out, and said so.
"""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evals.counts import Counts, Figures, Scorer, Tallies, Tally
from evals.errors import KINDS, FieldError, explain
from evals.gold import GoldArticle
from evals.judgements import Outcome
from evals.rates import Rates
from evals.stats import f1_intervals
from extractor.errors import RunError
from extractor.records import Extraction

FORMAT = 1
Interval = tuple[float, float] | None
_Scored = tuple[Sequence[int], Sequence[FieldError]]


@dataclass(slots=True)
class RunScores:
    """The scores of one run.

    Attributes:
        scorer: what scored it; names the columns.
        tallies: counts added up over articles.
        rows: one row an article, in gold order: five counts of events, then of every column. Statistics use only these.
        errors: everything that is not correct, for a person to look at.
        failed, absent: gold articles that the run has as failures, or not at all.
        unknown: articles of the run that gold does not know.
    """

    scorer: Scorer
    tallies: Tallies
    rows: list[Sequence[int]] = field(default_factory=list)
    errors: list[FieldError] = field(default_factory=list)
    rates: Rates = field(default_factory=Rates)
    failed: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def score_run(
    gold: Sequence[GoldArticle],
    extractions: Iterable[Extraction],
    *,
    scorer: Scorer,
    failed: Iterable[str] = (),
    published: bool = True,
) -> RunScores:
    """Score extractions against gold.

    Args:
        gold: the labelled articles.
        extractions: of one run, one an article, in any order; read once.
        scorer: of the run's schema.
        failed: ids of articles that the run records as failures.
        published: whether the run was given the publication dates that gold articles have.
    """
    scores = RunScores(scorer, Tallies.empty(scorer.columns))
    waiting = {article.id: article for article in gold}
    known = set(waiting)
    found: dict[str, _Scored] = {}
    for extraction in extractions:
        article = waiting.pop(extraction.article_id, None)
        if article is None and extraction.article_id in known:
            raise RunError(f"article {extraction.article_id!r} has two extractions in this run: score one repeat a run")
        if article is None:
            scores.unknown.append(extraction.article_id)
        else:
            found[article.id] = _score(scores, article, extraction, published=published)
    failed_ids = set(failed)
    for article in gold:
        if article.id in waiting:
            (scores.failed if article.id in failed_ids else scores.absent).append(article.id)
            found[article.id] = _score(scores, article, None, published=published)
        row, errors = found.pop(article.id)
        scores.rows.append(row)
        scores.errors += errors
    return scores


def _score(scores: RunScores, article: GoldArticle, extraction: Extraction | None, *, published: bool) -> _Scored:
    """Count one article and keep only its row, packed: a long run is streamed, its judgements are not held."""
    known = published and article.article.published is not None
    score = scores.scorer.score(article, extraction.events if extraction else (), published=known)
    scores.rates.add(score, article, article.truth(published=known), extraction)
    row = array("i", scores.tallies.add(score).cells)
    return row, explain(scores.scorer, score, article, extraction, published=known)


def as_json(
    scores: RunScores, *, resamples: int | None = None, clusters: Sequence[Hashable] | None = None
) -> dict[str, Any]:
    """The contract `scores.json` (see `docs/formats.md`): fractions unrounded, None where a figure does not exist.

    Args:
        scores: of one run.
        resamples: for the intervals; none without.
        clusters: one label a gold article; articles that tell of one incident are resampled together.
    """
    columns, everything = scores.scorer.columns, scores.tallies.all
    intervals = _intervals(scores, resamples, clusters)
    tiers = (1, 2)
    return {
        "format": FORMAT,
        "articles": {
            "gold": len(scores.rows),
            "failed": sorted(scores.failed),
            "absent": sorted(scores.absent),
            "unknown": sorted(scores.unknown),
        },
        "events": _figures(everything.events, intervals["events"]),
        "tiers": {str(tier): _figures(everything.tier(columns, tier), intervals[str(tier)]) for tier in tiers},
        "fields": {
            column.name: {"tier": column.tier, **_figures(everything.counts(i), intervals[column.name])}
            for i, column in enumerate(columns)
        },
        "matched": _group(scores.tallies.matched, scores),
        "roles": {name: _group(tally, scores) for name, tally in sorted(scores.tallies.groups.items())},
        "errors": {kind: sum(error.kind == kind for error in scores.errors) for kind in KINDS},
        "rates": {
            name: {"n": share.n, "of": share.of, "rate": share.rate} for name, share in scores.rates.shares.items()
        },
    }


def _intervals(scores: RunScores, resamples: int | None, clusters: Sequence[Hashable] | None) -> Mapping[str, Interval]:
    """Bootstrap intervals of F1 by name: `events`, tiers `1` and `2`, and every column; None without resamples."""
    columns = scores.scorer.columns
    names = ["events", "1", "2", *(column.name for column in columns)]
    if not resamples or not scores.rows:
        return dict.fromkeys(names)
    import numpy as np

    counts = np.array(scores.rows, dtype=np.int32).reshape(len(scores.rows), -1, len(Outcome))
    tiers = [
        counts[:, [i + 1 for i, column in enumerate(columns) if column.tier == tier]].sum(axis=1, keepdims=True)
        for tier in (1, 2)
    ]
    counts = np.concatenate([counts[:, :1], *tiers, counts[:, 1:]], axis=1)
    return dict(zip(names, f1_intervals(counts, resamples=resamples, clusters=clusters), strict=True))


def _group(tally: Tally, scores: RunScores) -> dict[str, Any]:
    columns = scores.scorer.columns
    return {
        "events": _figures(tally.events),
        "tiers": {str(tier): _figures(tally.tier(columns, tier)) for tier in (1, 2)},
        "fields": {column.name: _figures(tally.counts(i)) for i, column in enumerate(columns) if any(tally.counts(i))},
    }


def _figures(counts: Counts, interval: Interval = None) -> dict[str, Any]:
    lenient, strict = counts.figures(), counts.figures(strict=True)
    return {
        **counts._asdict(),
        **_named(lenient),
        "strict": _named(strict),
        "interval": list(interval) if interval else None,
    }


def _named(figures: Figures) -> dict[str, float | None]:
    return figures._asdict()
