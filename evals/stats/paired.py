"""Two runs on the same articles: is the second better, worse, or can't this gold tell? Pure."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from evals.stats.bootstrap import FEWEST, LEVEL, RESAMPLES, bootstrap_sums, spread
from evals.stats.figures import (
    FIGURES,
    Clusters,
    Figure,
    Floats,
    Interval,
    checked,
    checked_level,
    clustered,
    parts_of,
    ratio,
    t_quantile,
)
from evals.stats.power import PairedSpread, detectable_difference, fewest_differing, further_articles
from evals.stats.repeats import noise_of_difference

PERMUTATIONS = 10_000
POWER = 0.8
Verdict = Literal["better", "worse", "cannot tell"]

_BLOCK = 1 << 18  # swaps held at a time
_NO_SPREAD = 1e-6  # rounding in the resampling can leave a spread of 1e-8 where there is none
_TIE = 1e-9  # differences of figures closer than this are rounding


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field of two runs, the second (b) seen from the first (a).

    Attributes:
        a, b: the figures of the runs over all articles, in [0, 1]; None where a run has none (0/0).
        difference: b - a; None where either is.
        interval: of the difference, in [-1, 1]; None where fewer than two articles have a value.
        p: of the paired permutation test, two-sided; 1 where there is no difference to test.
        adjusted_p: p after Holm's correction over the fields of its family.
        verdict: what the adjusted p says of b.
        differing: articles (clusters) in which the two runs differ.
        detectable: smallest true difference found with the stated power, after the correction; None where fewer than
            two articles have a value.
        further_articles: how many more would settle the observed difference with the stated power; 0 where it is
            settled, None where there is none to settle.
        noise_floor: what two such averages over repeats of one system differ by, at most, at the stated level; None
            unless both runs were repeated.
    """

    a: float | None
    b: float | None
    difference: float | None
    interval: Interval | None
    p: float
    adjusted_p: float
    verdict: Verdict
    differing: int
    detectable: float | None
    further_articles: int | None
    noise_floor: float | None


@dataclass(frozen=True, slots=True)
class _Pair:
    """What stands above and below the line of a figure in both runs, each (clusters, fields)."""

    above_a: Floats
    below_a: Floats
    above_b: Floats
    below_b: Floats

    @property
    def totals(self) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
        """Above and below, added up over clusters, of a and of b; each (fields,)."""
        return (
            (self.above_a.sum(axis=0), self.below_a.sum(axis=0)),
            (self.above_b.sum(axis=0), self.below_b.sum(axis=0)),
        )

    def difference(self) -> Floats:
        """b - a over all clusters, by field."""
        (above_a, below_a), (above_b, below_b) = self.totals
        return ratio(above_b, below_b) - ratio(above_a, below_a)

    @property
    def changed(self) -> NDArray[np.bool_]:
        """Where a cluster's parts differ."""
        return (np.abs(self.above_a - self.above_b) > _TIE) | (np.abs(self.below_a - self.below_b) > _TIE)

    @property
    def filled(self) -> NDArray[np.bool_]:
        """Where a cluster has a value in either run."""
        return (self.below_a > 0) | (self.below_b > 0)


def compare(  # noqa: PLR0913 - one call decides everything about a comparison
    counts_a: Any,
    counts_b: Any,
    *,
    clusters: Clusters = None,
    families: Sequence[Hashable] | None = None,
    figure: Figure = "f1",
    level: float = LEVEL,
    power: float = POWER,
    permutations: int = PERMUTATIONS,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> list[Comparison]:
    """Compare two runs on the same articles, field by field.

    The test is approximate randomization (Noreen 1989; Yeh 2000): if the runs are equally good, which of them answered an
    article in which way is a coin's toss, so their counts are swapped within articles (clusters) and the difference of
    the pooled figures is taken anew. The interval is the paired bootstrap's (Efron & Tibshirani 1993), both runs on the
    same draws, with Student's quantile. Where both say something different near the border, the verdict is the test's.

    With repeats, counts are averaged over them: differences between articles then hold what is left of the repeats'
    noise, so the test needs no other term for it.

    Args:
        counts_a: of the first run: (articles, fields, 5), or (repeats, articles, fields, 5).
        counts_b: of the second run, on the same articles in the same order; it may have another number of repeats.
        clusters: one label an article; articles of one label are swapped and drawn together.
        families: one label a field; Holm's correction is made within each family. All fields are one family if None.
        figure: what is compared.
        level: of the intervals; 1 - level is the significance of the verdicts.
        power: at which `detectable` and `further_articles` are stated.
        permutations: how many swaps are drawn where there are too many to try all.
        resamples: of the bootstrap.
        seed: of both; the same seed gives the same answer, and exactly the mirrored one for the runs in reverse.

    Returns:
        One comparison a field.

    Raises:
        ValueError: counts that are malformed or not of the same articles and fields; not one label an article or field;
            a level or power outside (0, 1); fewer than one permutation.
    """
    a, b = checked(counts_a), checked(counts_b)
    if a.shape != b.shape:
        raise ValueError(f"the runs have counts of shapes {a.shape} and {b.shape}: compare runs on the same articles")
    fields = a.shape[1]
    labels = list(families) if families is not None else [0] * fields
    if len(labels) != fields:
        raise ValueError(f"{len(labels)} family labels for {fields} fields: give one label a field")
    significance = 1 - checked_level("level", level)
    checked_level("power", power)
    pair = _Pair(*(clustered(part, clusters) for part in (*parts_of(a, figure), *parts_of(b, figure))))
    p = permutation_p(pair, permutations=permutations, seed=seed)
    adjusted, corrected = _within_families(p, pair.changed.sum(axis=0), labels, significance)
    spreads = _spreads(pair, figure, resamples=resamples, seed=seed)
    noise = noise_of_difference(counts_a, counts_b, figure=figure, level=level)
    (above_a, below_a), (above_b, below_b) = pair.totals
    values_a, values_b = ratio(above_a, below_a), ratio(above_b, below_b)
    differing = pair.changed.sum(axis=0)
    found = []
    for field, seen in enumerate(spreads):
        difference = _number(values_b[field] - values_a[field])
        verdict = _verdict(difference, float(adjusted[field]), significance)
        asked = {"significance": corrected[field], "power": power}
        found.append(
            Comparison(
                a=_number(values_a[field]),
                b=_number(values_b[field]),
                difference=difference,
                interval=_interval(seen, level) if seen else None,
                p=float(p[field]),
                adjusted_p=float(adjusted[field]),
                verdict=verdict,
                differing=int(differing[field]),
                detectable=detectable_difference(seen, **asked) if seen else None,
                further_articles=_further(seen, verdict, len(a), asked) if seen else None,
                noise_floor=noise[field],
            )
        )
    return found


def permutation_p(pair: _Pair, *, permutations: int = PERMUTATIONS, seed: int = 0) -> Floats:
    """Two-sided p of the difference by swapping the runs within clusters, for every field.

    All swaps are tried where those of the clusters that differ are no more than `permutations`; else so many are drawn,
    and the observed arrangement is counted among them (Davison & Hinkley 1997, sec. 4.3; Phipson & Smyth 2010). A swap
    that leaves a run without the figure counts against a difference.

    Returns:
        (fields,), in (0, 1]; 1 where the figures are equal or one does not exist.

    Raises:
        ValueError: fewer than one permutation.
    """
    if permutations < 1:
        raise ValueError(f"{permutations} permutations test nothing: give at least 1, or the default {PERMUTATIONS}")
    observed = np.abs(pair.difference())
    changed = pair.changed
    p = np.ones(len(observed))
    testable = ~np.isnan(observed) & (observed > _TIE)
    few = changed.sum(axis=0) <= np.log2(permutations)
    for field in np.flatnonzero(testable & few):
        p[field] = _exact_p(pair, int(field), changed[:, field], observed[field])
    drawn = np.flatnonzero(testable & ~few)
    if len(drawn):
        p[drawn] = _drawn_p(pair, drawn, observed[drawn], permutations=permutations, seed=seed)
    return p


def _exact_p(pair: _Pair, field: int, changed: NDArray[np.bool_], observed: float) -> float:
    """By all swaps of the clusters that differ. The first stays: swapping all of them only turns the sign."""
    free = int(changed.sum()) - 1
    swaps = (np.arange(1 << free)[:, None] >> np.arange(free)) & 1
    rows = np.flatnonzero(changed)[1:]
    differences = _swapped(pair, np.array([field]), swaps.astype(np.float64), rows)
    return float(np.mean(_as_far(differences, np.array([observed]))))


def _drawn_p(pair: _Pair, fields: NDArray[Any], observed: Floats, *, permutations: int, seed: int) -> Floats:
    clusters = len(pair.above_a)
    rows = np.arange(clusters)
    rng = np.random.default_rng([seed, 1])  # not the draws of the bootstrap
    block = max(1, _BLOCK // clusters)
    as_far = np.zeros(len(fields))
    for first in range(0, permutations, block):
        size = min(block, permutations - first)
        swaps = rng.integers(0, 2, size=(size, clusters), dtype=np.int8).astype(np.float64)
        as_far += _as_far(_swapped(pair, fields, swaps, rows), observed).sum(axis=0)
    return np.asarray((as_far + 1) / (permutations + 1))


def _swapped(pair: _Pair, fields: NDArray[Any], swaps: Floats, rows: NDArray[Any]) -> Floats:
    """Differences (swaps, fields) after swapping the runs in some rows; `swaps` (swaps, rows) holds 1 to swap, else 0."""
    moved_above = swaps @ (pair.above_b - pair.above_a)[np.ix_(rows, fields)]
    moved_below = swaps @ (pair.below_b - pair.below_a)[np.ix_(rows, fields)]
    a = ratio(pair.above_a[:, fields].sum(axis=0) + moved_above, pair.below_a[:, fields].sum(axis=0) + moved_below)
    b = ratio(pair.above_b[:, fields].sum(axis=0) - moved_above, pair.below_b[:, fields].sum(axis=0) - moved_below)
    return b - a


def _as_far(differences: Floats, observed: Floats) -> NDArray[np.bool_]:
    return ~(np.abs(differences) < observed - _TIE)  # NaN is as far


def holm(p: Sequence[float] | Floats) -> Floats:
    """Holm's (1979) step-down adjustment: rejecting where it is at most alpha keeps the family-wise error at alpha."""
    values = np.asarray(p, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    stepped = values[order] * np.arange(len(values), 0, -1)
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(stepped)) if len(values) else stepped
    return adjusted


def _within_families(
    p: Floats, differing: NDArray[Any], labels: Sequence[Hashable], significance: float
) -> tuple[Floats, list[float]]:
    """Holm-adjusted p, and the significance that a field's p must reach if it is the best of its family.

    Fields in which so few articles differ that no p could be significant are not counted in the family (Tarone 1990):
    what the permutation test conditions on already says that they cannot be rejected.
    """
    adjusted = np.ones(len(p))
    corrected = [significance] * len(p)
    can_reject = differing >= fewest_differing(significance)
    for label in dict.fromkeys(labels):
        members = np.array([own == label for own in labels])
        tested = members & can_reject
        adjusted[tested] = holm(p[tested])
        for field in np.flatnonzero(members):
            others = int(tested.sum()) - int(tested[field])
            corrected[field] = significance / (others + 1)
    return adjusted, corrected


def _spreads(pair: _Pair, figure: Figure, *, resamples: int, seed: int) -> list[PairedSpread | None]:
    """How differences scatter over clusters, by field; None where fewer than two clusters have a value."""
    stacked = np.stack([pair.above_a, pair.below_a, pair.above_b, pair.below_b], axis=-1)
    drawn = [
        ratio(sums[..., 2], sums[..., 3]) - ratio(sums[..., 0], sums[..., 1])
        for sums in bootstrap_sums(stacked, resamples=resamples, seed=seed)
    ]
    samples = np.concatenate(drawn) if drawn else np.empty((0, stacked.shape[1]))
    differences, filled, differing = pair.difference(), pair.filled.sum(axis=0), pair.changed.sum(axis=0)
    shares = np.abs(_shares(pair))
    value = FIGURES[figure].numerator[0] / np.maximum(1.0, pair.below_a.sum(axis=0))
    found: list[PairedSpread | None] = []
    for field, difference in enumerate(differences):
        error = spread(samples[:, field], int(filled[field])) if filled[field] >= FEWEST else float("nan")
        if np.isnan(error) or np.isnan(difference):
            found.append(None)
            continue
        size = shares[:, field].sum()
        unit = (shares[:, field] ** 2).sum() / size if size > _TIE else value[field]
        found.append(PairedSpread(float(difference), error, float(unit), int(filled[field]), int(differing[field])))
    return found


def _shares(pair: _Pair) -> Floats:
    """What each cluster adds to the difference, to first order (Davison & Hinkley 1997, sec. 2.7.2); 0 where equal."""
    (above_a, below_a), (above_b, below_b) = pair.totals
    pooled = ratio(above_a + above_b, below_a + below_b)
    moved = (pair.above_b - pair.above_a) - pooled * (pair.below_b - pair.below_a)
    return ratio(2 * moved, np.broadcast_to(below_a + below_b, moved.shape))


def _interval(seen: PairedSpread, level: float) -> Interval:
    """Difference ± Student's quantile x standard error.

    Where no article deviates from the difference (above all, where no article differs) the spread says nothing; the
    share of articles that would deviate is then below 1 - (alpha / 2)^(1 / n) (Clopper & Pearson 1934 for none of n).
    """
    tail = (1 - level) / 2
    half = t_quantile(1 - tail, seen.filled - 1) * seen.standard_error
    if seen.standard_error < _NO_SPREAD:
        half = 1 - tail ** (1 / seen.filled)
    return max(-1.0, seen.difference - half), min(1.0, seen.difference + half)


def _verdict(difference: float | None, adjusted_p: float, significance: float) -> Verdict:
    if difference is None or adjusted_p > significance:
        return "cannot tell"
    return "better" if difference > 0 else "worse"


def _further(seen: PairedSpread, verdict: Verdict, articles: int, asked: dict[str, float]) -> int | None:
    if verdict != "cannot tell":
        return 0
    return further_articles(seen, articles, **asked) if abs(seen.difference) > _TIE else None


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
