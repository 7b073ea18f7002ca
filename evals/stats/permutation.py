"""The paired permutation test: two runs' counts swapped within articles. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evals.stats.figures import Floats, ratio

PERMUTATIONS = 10_000
TIE = 1e-9  # differences of figures closer than this are rounding

_BLOCK = 1 << 20  # swaps held at a time: memory stays bounded, and products are few (BLAS threads wait in each)


@dataclass(frozen=True, slots=True)
class Pair:
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

    def figures(self) -> tuple[Floats, Floats]:
        """The figures of a and of b over all clusters, by field; NaN for 0/0."""
        (above_a, below_a), (above_b, below_b) = self.totals
        return ratio(above_a, below_a), ratio(above_b, below_b)

    @property
    def changed(self) -> NDArray[np.bool_]:
        """Where a cluster's parts differ."""
        return (np.abs(self.above_a - self.above_b) > TIE) | (np.abs(self.below_a - self.below_b) > TIE)

    @property
    def filled(self) -> NDArray[np.bool_]:
        """Where a cluster has a value in either run."""
        return (self.below_a > 0) | (self.below_b > 0)


def permutation_p(pair: Pair, *, permutations: int = PERMUTATIONS, seed: int = 0) -> Floats:
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
    a, b = pair.figures()
    observed = np.abs(b - a)
    changed = pair.changed
    p = np.ones(len(observed))
    testable = ~np.isnan(observed) & (observed > TIE)
    few = changed.sum(axis=0) <= np.log2(permutations)
    for field in np.flatnonzero(testable & few):
        p[field] = _exact_p(pair, int(field), changed[:, field], observed[field])
    drawn = np.flatnonzero(testable & ~few)
    if len(drawn):
        p[drawn] = _drawn_p(pair, drawn, observed[drawn], permutations=permutations, seed=seed)
    return p


def _exact_p(pair: Pair, field: int, changed: NDArray[np.bool_], observed: float) -> float:
    """By all swaps of the clusters that differ. The first stays: swapping all of them only turns the sign."""
    free = int(changed.sum()) - 1
    swaps = (np.arange(1 << free)[:, None] >> np.arange(free)) & 1
    rows = np.flatnonzero(changed)[1:]
    differences = _swapped(pair, np.array([field]), swaps.astype(np.float64), rows)
    return float(np.mean(_as_far(differences, np.array([observed]))))


def _drawn_p(pair: Pair, fields: NDArray[Any], observed: Floats, *, permutations: int, seed: int) -> Floats:
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


def _swapped(pair: Pair, fields: NDArray[Any], swaps: Floats, rows: NDArray[Any]) -> Floats:
    """Differences (swaps, fields) after swapping the runs in some rows; `swaps` (swaps, rows) is 1 to swap, else 0."""
    changes = [(pair.above_b - pair.above_a)[np.ix_(rows, fields)], (pair.below_b - pair.below_a)[np.ix_(rows, fields)]]
    moved_above, moved_below = np.split(swaps @ np.concatenate(changes, axis=1), 2, axis=1)
    a = ratio(pair.above_a[:, fields].sum(axis=0) + moved_above, pair.below_a[:, fields].sum(axis=0) + moved_below)
    b = ratio(pair.above_b[:, fields].sum(axis=0) - moved_above, pair.below_b[:, fields].sum(axis=0) - moved_below)
    return b - a


def _as_far(differences: Floats, observed: Floats) -> NDArray[np.bool_]:
    return ~(np.abs(differences) < observed - TIE)  # NaN is as far
