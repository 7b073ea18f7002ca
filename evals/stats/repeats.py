"""How much one system differs from itself: flips and the noise floor, from repeats on the same articles. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from evals.stats.figures import LEVEL, Figure, Floats, checked, checked_level, figure_of, parts_of, ratio, t_quantile

_FEWEST = 2  # repeats that can differ
_REPEATED = 4  # dimensions of the counts of a repeated run


@dataclass(frozen=True, slots=True)
class RepeatNoise:
    """What repeating does to one field.

    Attributes:
        flip_rate: chance that the counts of an article change from one repeat to another, over the articles in which
            gold or any repeat has a value, in [0, 1]; None without such an article.
        standard_deviation: of the figure of a single run, over repeats on these same articles.
        noise_floor: what two single runs of this system differ by, at most, at the stated level. A smaller difference
            between two systems run once each is nothing to act on.
    """

    flip_rate: float | None
    standard_deviation: float | None
    noise_floor: float | None


def repeat_noise(counts: Any, *, figure: Figure = "f1", level: float = LEVEL) -> list[RepeatNoise]:
    """Flip rate and noise floor of every field.

    The variance of a figure over repeats is added up from the articles' own variances over repeats: requests are
    independent of each other, so that a few repeats of many articles tell more than the few figures that they give.
    The flip rate is the mean over all pairs of repeats, so that it does not grow with their number.

    Args:
        counts: (repeats, articles, fields, 5) of the same articles in the same order, at least two repeats.
        figure: whose noise is measured.
        level: of the noise floor.

    Returns:
        One a field; None for what does not exist because no article has a value.

    Raises:
        ValueError: counts that are malformed or hold a single repeat.
    """
    array = np.asarray(counts, dtype=np.float64)
    checked(array)
    if array.ndim != _REPEATED or len(array) < _FEWEST:
        raise ValueError(
            f"counts have shape {array.shape}: noise needs two or more repeats, (repeats, articles, fields, 5)"
        )
    checked_level("level", level)
    rates = flip_rates(array)
    variances, degrees = figure_variances(array, figure)
    noise = []
    for field, rate in enumerate(rates):
        if np.isnan(rate) or np.isnan(variances[field]):
            noise.append(RepeatNoise(None if np.isnan(rate) else float(rate), None, None))
            continue
        floor = _floor(2 * variances[field], float(degrees[field]), level)
        noise.append(RepeatNoise(float(rate), float(np.sqrt(variances[field])), floor))
    return noise


def flip_rates(counts: Floats) -> Floats:
    """The share of pairs of repeats whose counts differ, over articles with a value; (fields,), NaN without one."""
    repeats = len(counts)
    filled = counts.any(axis=(0, 3))
    flips = np.zeros(filled.shape)
    for first in range(repeats):
        for second in range(first + 1, repeats):
            flips += (counts[first] != counts[second]).any(axis=-1)
    pairs = repeats * (repeats - 1) / 2
    return ratio(flips.sum(axis=0) / pairs, filled.sum(axis=0).astype(np.float64))


def figure_variances(counts: Floats, figure: Figure) -> tuple[Floats, Floats]:
    """The variance of a single run's figure over repeats, and its degrees of freedom (Satterthwaite 1946); by field.

    To first order a figure is a sum of one part an article; the variance of each part is estimated over the repeats.
    The variance is NaN where the figure does not exist; without variance the degrees are 1 and mean nothing.
    """
    above, below = parts_of(counts, figure)
    totals = below.sum(axis=1).mean(axis=0)
    figures = figure_of(counts.mean(axis=0).sum(axis=0), figure)
    shares = ratio(above - figures * below, np.broadcast_to(totals, below.shape))
    own = shares.var(axis=0, ddof=1)
    total = own.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        degrees = (len(counts) - 1) * total**2 / (own**2).sum(axis=0)
    return total, np.where(total > 0, degrees, 1.0)


def noise_of_difference(counts_a: Any, counts_b: Any, *, figure: Figure, level: float) -> list[float | None]:
    """The difference that noise alone gives the averages of two repeated runs; None unless both were repeated."""
    runs = [np.asarray(counts, dtype=np.float64) for counts in (counts_a, counts_b)]
    if any(run.ndim != _REPEATED or len(run) < _FEWEST for run in runs):
        return [None] * runs[0].shape[-2]
    variances, degrees = zip(*(figure_variances(run, figure) for run in runs), strict=True)
    parts = [variance / len(run) for variance, run in zip(variances, runs, strict=True)]
    total = parts[0] + parts[1]
    with np.errstate(invalid="ignore", divide="ignore"):
        together = total**2 / (parts[0] ** 2 / degrees[0] + parts[1] ** 2 / degrees[1])
    return [
        None if np.isnan(variance) else _floor(float(variance), float(own), level)
        for variance, own in zip(total, together, strict=True)
    ]


def _floor(variance: float, degrees: float, level: float) -> float:
    return t_quantile((1 + level) / 2, degrees) * float(np.sqrt(variance)) if variance > 0 else 0.0
