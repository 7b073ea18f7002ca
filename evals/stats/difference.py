"""The difference between two runs: its interval, and how it scatters over articles. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evals.stats.bootstrap import FEWEST, NO_SPREAD, bootstrap_sums, spread, wilson
from evals.stats.figures import FIGURES, Figure, Floats, Interval, ratio
from evals.stats.permutation import Pair


@dataclass(frozen=True, slots=True)
class PairedSpread:
    """How the difference between two runs scatters over articles.

    Attributes:
        difference: of the figures, second run minus first.
        interval: of the difference, in [-1, 1].
        standard_error: of the difference, over articles (clusters).
        moved: the sizes of the articles' parts of the difference added up, whichever way they go.
        unit: how much of the figure a single value carries.
        filled: articles (clusters) that have a value in either run.
        differing: articles (clusters) in which the runs differ.
    """

    difference: float
    interval: Interval
    standard_error: float
    moved: float
    unit: float
    filled: int
    differing: int


def paired_spreads(pair: Pair, figure: Figure, *, resamples: int, seed: int, level: float) -> list[PairedSpread | None]:
    """The spread of every field; None where a run lacks the figure or fewer than two clusters have a value.

    Both runs are resampled by the same draws, so that what articles have in common for both cancels out.
    """
    stacked = np.stack([pair.above_a, pair.below_a, pair.above_b, pair.below_b], axis=-1)
    blocks = [
        np.stack([ratio(sums[..., 0], sums[..., 1]), ratio(sums[..., 2], sums[..., 3])])
        for sums in bootstrap_sums(stacked, resamples=resamples, seed=seed)
    ]
    samples = np.concatenate(blocks, axis=1) if blocks else np.empty((2, 0, stacked.shape[1]))
    values, moved = pair.figures(), np.abs(_shares(pair)).sum(axis=0)
    (_, below_a), (_, below_b) = pair.totals
    filled, differing = pair.filled.sum(axis=0), pair.changed.sum(axis=0)
    found: list[PairedSpread | None] = []
    for field, whole in enumerate(below_a + below_b):
        a, b = (float(value[field]) for value in values)
        drawn = samples[:, :, field]
        drawn = drawn[:, ~np.isnan(drawn).any(axis=0)]
        trials = int(filled[field])
        if np.isnan(b - a) or trials < FEWEST or drawn.shape[1] < FEWEST:
            found.append(None)
            continue
        error = spread(drawn[1] - drawn[0], trials)
        interval = _interval((a, b), drawn, error, filled=trials, degrees=len(stacked) - 1, level=level)
        found.append(
            PairedSpread(
                difference=b - a,
                interval=interval,
                standard_error=error,
                moved=float(moved[field]),
                unit=2 * FIGURES[figure].numerator[0] / float(whole),
                filled=trials,
                differing=int(differing[field]),
            )
        )
    return found


def _interval(
    values: tuple[float, float], drawn: Floats, error: float, *, filled: int, degrees: int, level: float
) -> Interval:
    """From the intervals of both figures and their correlation over resamples (Zou & Donner 2008, MOVER).

    A symmetric interval covers too little near 1 (91% of a nominal 95% for F1 of 0.9 against 0.95 on 36 articles).
    Where no article deviates from the difference (above all, where no article differs) resampling shows nothing; the
    share of articles that would deviate is then below 1 - (alpha / 2)^(1 / n) (Clopper & Pearson 1934, none of n).
    """
    difference = values[1] - values[0]
    if error < NO_SPREAD:
        below = above = 1 - ((1 - level) / 2) ** (1 / filled)
    else:
        errors = [spread(row, filled) for row in drawn]
        (low_a, high_a), (low_b, high_b) = (
            wilson(value, own, trials=filled, degrees=degrees, level=level)
            for value, own in zip(values, errors, strict=True)
        )
        correlation = float(np.corrcoef(drawn[0], drawn[1])[0, 1]) if min(errors) > NO_SPREAD else 0.0
        below = _combined(values[1] - low_b, high_a - values[0], correlation)
        above = _combined(high_b - values[1], values[0] - low_a, correlation)
    return max(-1.0, difference - below), min(1.0, difference + above)


def _combined(first: float, second: float, correlation: float) -> float:
    return float(np.sqrt(max(0.0, first**2 + second**2 - 2 * correlation * first * second)))


def _shares(pair: Pair) -> Floats:
    """What each cluster adds to the difference, to first order (Davison & Hinkley 1997, sec. 2.7.2); 0 where equal."""
    (above_a, below_a), (above_b, below_b) = pair.totals
    pooled = ratio(above_a + above_b, below_a + below_b)
    moved = (pair.above_b - pair.above_a) - pooled * (pair.below_b - pair.below_a)
    return ratio(2 * moved, np.broadcast_to(below_a + below_b, moved.shape))
