"""Point figures from arrays of counts, and the checks that every statistic makes of its input. Pure.

Each figure is a ratio of two weighted sums of the five counts (Chinchor 1992), so that the figure of any set of
articles comes from counts added up over them. NaN stands for 0/0, a figure that does not exist.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evals.judgements import Outcome

Floats = NDArray[np.float64]
Interval = tuple[float, float]
Clusters = Sequence[Hashable] | None
Figure = Literal["precision", "recall", "f1", "strict_precision", "strict_recall", "strict_f1"]


class Weights(NamedTuple):
    """What correct, partial, incorrect, missing and spurious weigh above and below the line."""

    numerator: tuple[float, float, float, float, float]
    denominator: tuple[float, float, float, float, float]


FIGURES: dict[Figure, Weights] = {
    "precision": Weights((1, 0.5, 0, 0, 0), (1, 1, 1, 0, 1)),
    "recall": Weights((1, 0.5, 0, 0, 0), (1, 1, 1, 1, 0)),
    "f1": Weights((2, 1, 0, 0, 0), (2, 2, 2, 1, 1)),
    "strict_precision": Weights((1, 0, 0, 0, 0), (1, 1, 1, 0, 1)),
    "strict_recall": Weights((1, 0, 0, 0, 0), (1, 1, 1, 1, 0)),
    "strict_f1": Weights((2, 0, 0, 0, 0), (2, 2, 2, 1, 1)),
}
"""F1 = 2 (COR + ½ PAR) / (POS + ACT); strict figures give partial answers nothing."""

LEVEL = 0.95  # of intervals; 1 - LEVEL is the significance of tests
_ONE_RUN = 3  # dimensions: articles, fields, outcomes
_REPEATED_RUN = 4  # repeats before them


def figure_of(counts: Any, figure: Figure = "f1") -> Floats:
    """A figure from counts.

    Args:
        counts: array of shape (..., 5): correct, partial, incorrect, missing, spurious.
        figure: which one.

    Returns:
        Array of shape (...), in [0, 1]; NaN where the denominator is empty.
    """
    above, below = parts_of(np.asarray(counts, dtype=np.float64), figure)
    return ratio(above, below)


def f1_of(counts: Any) -> Floats:
    """Micro F1 from counts of shape (..., 5); NaN where neither gold nor prediction has a value."""
    return figure_of(counts, "f1")


def macro_over_articles(counts: Any, figure: Figure = "f1") -> Floats:
    """The mean over articles of each article's own figure, by field; articles with 0/0 are left out.

    Args:
        counts: (articles, fields, 5), or (repeats, articles, fields, 5), which are averaged over repeats first.
        figure: which one.

    Returns:
        (fields,); NaN for a field in which no article has a value.
    """
    values, defined = macro_parts(checked(counts), figure)
    return ratio(values.sum(axis=0), defined.sum(axis=0))


def macro_over_fields(counts: Any, figure: Figure = "f1") -> float:
    """The mean over fields of each field's micro figure; fields with 0/0 are left out. NaN without any."""
    return float(mean_of_defined(figure_of(checked(counts).sum(axis=0), figure)))


def checked(counts: Any) -> Floats:
    """Counts as floats of shape (articles, fields, 5), repeats averaged.

    Raises:
        ValueError: another shape, no article's counts in a repeat, NaN, infinite or negative counts.
    """
    array = np.asarray(counts, dtype=np.float64)
    if array.ndim not in {_ONE_RUN, _REPEATED_RUN} or array.shape[-1] != len(Outcome):
        raise ValueError(
            f"counts have shape {array.shape}: give (articles, fields, 5) or (repeats, articles, fields, 5)"
        )
    if not np.isfinite(array).all():
        raise ValueError("counts hold NaN or infinity: give the number of values with each outcome, 0 for none")
    if (array < 0).any():
        raise ValueError("counts hold negative numbers: give the number of values with each outcome, 0 for none")
    if array.ndim == _ONE_RUN:
        return array
    if array.shape[0] == 0:
        raise ValueError("counts hold no repeat: give at least one")
    return np.asarray(array.mean(axis=0))


def parts_of(counts: Floats, figure: Figure) -> tuple[Floats, Floats]:
    """What stands above and below the line of a figure: two arrays of shape (...) from counts of shape (..., 5)."""
    weights = FIGURES[figure]
    return counts @ np.array(weights.numerator), counts @ np.array(weights.denominator)


def macro_parts(counts: Floats, figure: Figure) -> tuple[Floats, Floats]:
    """Each article's own figure (0 for 0/0), and 1 where it has one: the ratio of their sums is the macro figure."""
    own = figure_of(counts, figure)
    defined = ~np.isnan(own)
    return np.where(defined, own, 0.0), defined.astype(np.float64)


def ratio(above: Floats, below: Floats) -> Floats:
    """Above divided by below, NaN where below is 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(below > 0, above / below, np.nan))


def mean_of_defined(values: Floats) -> Floats:
    """The mean over the last axis without NaN; NaN where nothing is left."""
    defined = ~np.isnan(values)
    return ratio(np.where(defined, values, 0.0).sum(axis=-1), defined.sum(axis=-1).astype(np.float64))


def clustered(values: Floats, clusters: Clusters) -> Floats:
    """Rows that belong to one cluster added up; without clusters every article is its own.

    Args:
        values: (articles, ...).
        clusters: one label an article; articles of one label (reports of one incident) are not independent.

    Returns:
        (clusters, ...), clusters in order of first appearance.

    Raises:
        ValueError: not one label an article.
    """
    if clusters is None:
        return values
    if len(clusters) != len(values):
        raise ValueError(f"{len(clusters)} cluster labels for {len(values)} articles: give one label an article")
    places: dict[Hashable, int] = {}
    codes = [places.setdefault(label, len(places)) for label in clusters]
    sums = np.zeros((len(places), *values.shape[1:]))
    np.add.at(sums, codes, values)
    return sums


def t_quantile(probability: float, degrees: float) -> float:
    """Quantile of Student's t distribution."""
    from scipy.special import stdtrit

    return float(stdtrit(degrees, probability))


def checked_level(name: str, value: float) -> float:
    """A probability strictly between 0 and 1.

    Raises:
        ValueError: it is not.
    """
    if not 0 < value < 1:
        raise ValueError(f"{name} is {value}: give a number between 0 and 1, such as 0.95")
    return value
