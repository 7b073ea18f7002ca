"""Two runs on the same gold: which rows are compared, what is said of each, and one sentence over all. Pure.

The statistics are those of `evals.stats.compare`; here its rows get their names and families. `events`, `tier.1` and
`tier.2` stand for event detection and for all fields of a tier together.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evals.gold import GoldArticle
from evals.judge import Column
from evals.judgements import Outcome
from evals.scores import RunScores
from evals.stats import Comparison, Verdict, compare
from extractor.errors import UsageError

EVENTS, TIER_1, TIER_2 = "events", "tier.1", "tier.2"
SUMS = (EVENTS, TIER_1, TIER_2)
"""Rows that are no field: event detection, and the tiers with all their fields together."""

HEADLINE = (EVENTS, TIER_1)
"""What a change is decided on: corrected for being two, not for the number of fields beside them."""

NAMED = 6
"""Fields that the closing sentence names before it only counts."""

POINTS = 100
VERDICTS: tuple[Verdict, ...] = ("better", "worse", "cannot tell")


@dataclass(frozen=True, slots=True)
class Row:
    """One compared figure, micro F1: its name, the tier of a field (None for `SUMS`), and what can be said of it."""

    name: str
    tier: int | None
    comparison: Comparison

    @property
    def headline(self) -> bool:
        """Whether it is one of the figures that a change is decided on."""
        return self.name in HEADLINE


def row_names(columns: Sequence[Column]) -> list[str]:
    """All rows that a schema has, in the order of tables."""
    return [*SUMS, *(column.name for column in columns)]


def counts_of(repeats: Sequence[RunScores]) -> NDArray[np.int64]:
    """Counts of one run, (articles, rows, 5) in the order of `row_names`; of several repeats (repeats, articles, …)."""
    stacked = np.stack([_counts(scores) for scores in repeats])
    return stacked if len(repeats) > 1 else stacked[0]


def _counts(scores: RunScores) -> NDArray[np.int64]:
    columns = scores.scorer.columns
    own = np.array(scores.rows, dtype=np.int64).reshape(len(scores.rows), 1 + len(columns), len(Outcome))
    tiers = [
        own[:, [i + 1 for i, column in enumerate(columns) if column.tier == tier]].sum(axis=1, keepdims=True)
        for tier in (1, 2)
    ]
    return np.concatenate([own[:, :1], *tiers, own[:, 1:]], axis=1)


def incident_clusters(gold: Sequence[GoldArticle]) -> list[int]:
    """One label an article; articles that tell of one incident, directly or through a third, have the same one."""
    holder: dict[str, int] = {}
    parent = list(range(len(gold)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for i, article in enumerate(gold):
        for incident in article.incidents.values():
            first, own = sorted((root(holder.setdefault(incident, i)), root(i)))
            parent[own] = first
    return [root(i) for i in range(len(gold))]


def chosen(columns: Sequence[Column], wanted: Sequence[str]) -> list[str]:
    """The rows that patterns such as `date.value` or `casualties.*` name, in the order of tables; all for no pattern.

    Raises:
        UsageError: a pattern that fits no row.
    """
    names = row_names(columns)
    for pattern in wanted:
        if not any(fnmatchcase(name, pattern) for name in names):
            near = difflib.get_close_matches(pattern, names, n=1)
            meant = f"did you mean {near[0]!r}?" if near else f"there are {EVENTS}, {TIER_1}, {TIER_2} and the fields"
            raise UsageError(f"no field {pattern!r} is scored: {meant}")
    return [name for name in names if not wanted or any(fnmatchcase(name, pattern) for pattern in wanted)]


def compare_runs(
    a: Sequence[RunScores],
    b: Sequence[RunScores],
    *,
    clusters: Sequence[int] | None = None,
    wanted: Sequence[str] = (),
    always: Sequence[str] = (),
    seed: int = 0,
) -> list[Row]:
    """Compare two runs, each given as its repeats, on the same articles in the same order.

    Args:
        a: the first run; `better` means that the second is better than it.
        b: the second run.
        clusters: see `incident_clusters`.
        wanted: patterns of the rows to compare, all for none; the correction for their number is made over these alone.
        always: names of rows that are compared besides, even if nothing fills them.
        seed: of resampling and permutation.

    Returns:
        The rows in which gold or a run has a value. The headline rows are one family of Holm's correction, all others
        another.

    Raises:
        UsageError: a pattern that fits no row, or runs of schemas with other fields.
    """
    columns = a[0].scorer.columns
    if row_names(columns) != row_names(b[0].scorer.columns):
        raise UsageError("the two runs are of different schemas: compare runs of one schema")
    names = row_names(columns)
    counts_a, counts_b = counts_of(a), counts_of(b)
    filled = _filled(counts_a) | _filled(counts_b)
    looked_at, asked_for = set(chosen(columns, wanted)), {*wanted, *always}
    chosen(columns, always)
    taken = [i for i, name in enumerate(names) if name in asked_for or (name in looked_at and filled[i])]
    if not taken:
        return []
    compared = compare(
        counts_a[..., taken, :],
        counts_b[..., taken, :],
        clusters=clusters,
        families=[names[i] in HEADLINE for i in taken],
        seed=seed,
    )
    tiers: dict[str, int] = {column.name: column.tier for column in columns}
    return [Row(names[i], tiers.get(names[i]), found) for i, found in zip(taken, compared, strict=True)]


def _filled(counts: NDArray[np.int64]) -> NDArray[np.bool_]:
    return np.asarray(counts.any(axis=(*range(counts.ndim - 2), counts.ndim - 1)))


def as_json(rows: Iterable[Row]) -> dict[str, Any]:
    """The rows by name, fractions unrounded; null where a figure does not exist."""
    return {row.name: {"tier": row.tier, **asdict(row.comparison)} for row in rows}


def conclusion(rows: Sequence[Row]) -> str:
    """What the comparison says of the second run, B, in plain words; the headline first, then the fields."""
    said = _headline([row for row in rows if row.headline])
    fields = [row for row in rows if not row.headline]
    told = [_list(verdict, fields) for verdict in ("better", "worse") if any(_is(verdict, row) for row in fields)]
    if told:
        said.append(f"{'among the rest ' if said else ''}B is {' and '.join(told)}")
    elif fields:
        said.append("on no single field can this gold tell A from B" if len(fields) > 1 else _cannot_tell(fields[0]))
    sentence = "; ".join(said)
    return f"{sentence[:1].upper()}{sentence[1:]}." if sentence else "Neither gold nor the runs fill any of these."


def _headline(rows: Sequence[Row]) -> list[str]:
    told = [_list(verdict, rows) for verdict in ("better", "worse") if any(_is(verdict, row) for row in rows)]
    return [
        *([f"B is {' and '.join(told)}"] if told else []),
        *(_cannot_tell(row) for row in rows if _is("cannot tell", row)),
    ]


def _is(verdict: Verdict, row: Row) -> bool:
    return row.comparison.verdict == verdict


def _list(verdict: Verdict, rows: Iterable[Row]) -> str:
    names = [spoken(row.name) for row in rows if _is(verdict, row)]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{verdict} on {', '.join(names[:NAMED])}{more}"


def _cannot_tell(row: Row) -> str:
    found = row.comparison
    if found.difference is None:
        return f"on {spoken(row.name)} a run has no figure, so nothing can be said"
    if found.detectable is None:
        return f"on {spoken(row.name)} fewer than two articles have a value, so nothing can be said"
    return f"on {spoken(row.name)} this gold cannot tell: {_reach(found, found.detectable)}"


def _reach(found: Comparison, detectable: float) -> str:
    """What the gold could show, and what it would take."""
    could = f"it could show differences from {points(detectable)} on"
    if detectable >= 1:
        could = "it is too small to show any difference"
    if found.further_articles is None:
        return f"A and B came out equal, and {could}"
    more = about(found.further_articles)
    return f"{could}, and about {more} more article{'' if more == '1' else 's'} would settle it"


def points(fraction: float) -> str:
    """A fraction of a figure in points: `6 points`, `1 point`, `0.4 points`, and from 10 on without decimals."""
    value = POINTS * abs(fraction)
    number = f"{value:.0f}" if value >= 10 else f"{value:.1f}".removesuffix(".0")  # noqa: PLR2004
    return f"{number} point{'' if number == '1' else 's'}"


def about(number: int) -> str:
    """A number to two figures, as an estimate is told: 4,137 is `4,100`."""
    digits = max(0, len(str(number)) - 2)
    return f"{round(number, -digits):,}"


def spoken(name: str) -> str:
    """The name of a row in a sentence or table."""
    return {EVENTS: "events", TIER_1: "tier 1", TIER_2: "tier 2"}.get(name, name)
