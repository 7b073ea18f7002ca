"""Two runs on the same articles: is the second better, worse, or can't this gold tell? Pure."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from evals.stats.bootstrap import RESAMPLES
from evals.stats.difference import PairedSpread, paired_spreads
from evals.stats.figures import LEVEL, Clusters, Figure, Floats, Interval, checked, checked_level, clustered, parts_of
from evals.stats.permutation import PERMUTATIONS, TIE, Pair, permutation_p
from evals.stats.power import detectable_difference, fewest_differing, further_articles
from evals.stats.repeats import noise_of_difference

POWER = 0.8
Verdict = Literal["better", "worse", "cannot tell"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field of two runs, the second (b) seen from the first (a).

    Attributes:
        a, b: the figures of the runs over all articles, in [0, 1]; None where a run has none (0/0).
        difference: b - a; None where either is.
        interval: of the difference, in [-1, 1]; None where fewer than two articles have a value.
        p: of the paired permutation test, two-sided; 1 where there is no difference to test.
        adjusted_p: p after Holm's correction over the fields of its family; 1 where so few articles differ (under six
            at a level of 0.95) that no p could be significant.
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

    The test is approximate randomization (Noreen 1989; Yeh 2000): if the runs are equally good, it is a coin's toss
    which of them answered an article in which way, so their counts are swapped within articles (clusters) and the
    difference of the pooled figures is taken anew. The interval comes from the paired bootstrap (Efron & Tibshirani
    1993), both runs on the same draws. It is not corrected for the number of fields; where it and the test disagree,
    the verdict is the test's.

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
    pair = Pair(*(clustered(part, clusters) for part in (*parts_of(a, figure), *parts_of(b, figure))))
    p = permutation_p(pair, permutations=permutations, seed=seed)
    adjusted, corrected = _within_families(p, pair.changed.sum(axis=0), labels, significance)
    spreads = paired_spreads(pair, figure, resamples=resamples, seed=seed, level=level)
    noise = noise_of_difference(counts_a, counts_b, figure=figure, level=level)
    values_a, values_b = pair.figures()
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
                interval=seen.interval if seen else None,
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


def _verdict(difference: float | None, adjusted_p: float, significance: float) -> Verdict:
    if difference is None or adjusted_p > significance:
        return "cannot tell"
    return "better" if difference > 0 else "worse"


def _further(seen: PairedSpread, verdict: Verdict, articles: int, asked: dict[str, float]) -> int | None:
    if verdict != "cannot tell":
        return 0
    return further_articles(seen, articles, **asked) if abs(seen.difference) > TIE else None


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
