"""What this gold can show: the smallest detectable difference, and how many more articles would settle one. Pure.

Both rest on the approximation by Student's t of the paired test (Cohen 1988, ch. 2; Card et al. 2020 for its use in
natural language processing), with the variance that two runs would show if they differed by that much.
"""

from __future__ import annotations

import math

from evals.stats.difference import PairedSpread
from evals.stats.figures import t_quantile
from evals.stats.permutation import TIE

_STEPS = 100  # halve the distance to the solution at least, each


def detectable_difference(spread: PairedSpread, *, significance: float, power: float) -> float:
    """The smallest true difference that the paired test finds with the given power on articles like these.

    A difference d is found with that power if d = c SE(d), where c is the sum of the quantiles of the test and of the
    power. SE(d) is not quite that of the observed pair: where few articles differ, runs with a difference must differ
    in more of them. If answers are latent normal numbers, and one run's are shifted, what moves between the runs grows
    as the mean of a folded normal variable (Leone, Nelson & Nottingham 1961): hardly while d is small against what
    moved between the observed runs, in proportion to d when it is large. Articles that differ already add nothing to
    it. Where nothing moved, d is what so many values carry as can be told from none.

    Args:
        spread: of the two runs compared.
        significance: of the test, two-sided: 0.05, or 0.05 over the number of fields that are corrected for.
        power: probability of finding it, such as 0.8.

    Returns:
        A difference of figures in (0, 1]; 1 means that nothing smaller can be found.
    """
    c = _quantiles(spread.filled, significance, power)
    if spread.moved < TIE:
        return min(1.0, c * c * spread.unit)
    observed = _growth(spread, spread.difference)
    difference = c * spread.standard_error
    for _ in range(_STEPS):
        difference = c * spread.standard_error * math.sqrt(_growth(spread, difference) / observed)
    return min(1.0, difference)


def _growth(spread: PairedSpread, difference: float) -> float:
    """The variance between runs that differ by so much, over that between equal ones; 1 at 0, then rising."""
    shift = abs(difference) / spread.moved
    mean = shift * math.sqrt(2 / math.pi)
    folded = math.exp(-(mean**2) / 2) + shift * math.erf(mean / math.sqrt(2))
    return 1 + (folded - 1) * (1 - spread.differing / spread.filled)


def further_articles(spread: PairedSpread, articles: int, *, significance: float, power: float) -> int:
    """How many more articles like these would show the observed difference, were it the true one, with that power.

    The standard error falls with the square root of the number of articles. At least as many are asked for as give the
    permutation test enough articles that differ to reach its significance at all.

    Args:
        spread: of the two runs compared; its difference is not 0.
        articles: how many there are now.
        significance: as in `detectable_difference`.
        power: as in `detectable_difference`.

    Returns:
        A number of articles, at least 1.
    """
    c = _quantiles(spread.filled, significance, power)
    by_variance = (c * spread.standard_error / abs(spread.difference)) ** 2
    by_test = fewest_differing(significance) / max(1, spread.differing)
    return max(1, math.ceil(articles * max(by_variance, by_test) - articles))


def fewest_differing(significance: float) -> int:
    """How many articles must differ before a two-sided permutation test can reach a significance: 2 / 2^n <= it."""
    return 1 + math.ceil(-math.log2(significance))


def _quantiles(filled: int, significance: float, power: float) -> float:
    degrees = max(1, filled - 1)
    return t_quantile(1 - significance / 2, degrees) + t_quantile(power, degrees)
