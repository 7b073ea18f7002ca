"""What this gold can show: the smallest detectable difference, and how many more articles would settle one. Pure.

Both rest on the approximation by Student's t of the paired test (Cohen 1988, ch. 2; Card et al. 2020 for its use in
natural language processing), with the variance that two runs would show if they differed by that much.
"""

from __future__ import annotations

import math

from evals.stats.difference import PairedSpread
from evals.stats.figures import t_quantile


def detectable_difference(spread: PairedSpread, *, significance: float, power: float) -> float:
    """The smallest true difference that the paired test finds with the given power on articles like these.

    A difference d is found with that power if d = c SE, where c is the sum of the quantiles of the test and of the
    power. The spread of the observed pair stands for that of runs that differ by d, but not where it cannot: articles
    that make up a difference d, each carrying about `unit` of it, have a variance of at least unit x d, which gives
    d >= c² unit however alike the runs were when they were observed.

    Args:
        spread: of the two runs compared.
        significance: of the test, two-sided: 0.05, or 0.05 over the number of fields that are corrected for.
        power: probability of finding it, such as 0.8.

    Returns:
        A difference of figures in (0, 1]; 1 means that nothing smaller can be found.
    """
    c = _quantiles(spread.filled, significance, power)
    return min(1.0, max(c * spread.standard_error, c * c * spread.unit))


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
