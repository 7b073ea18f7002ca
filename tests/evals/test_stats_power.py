import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.stats.difference import PairedSpread
from evals.stats.power import detectable_difference, fewest_differing, further_articles


def spread(difference: float = 0.08, error: float = 0.05, *, unit: float = 0.01, differing: int = 20) -> PairedSpread:
    return PairedSpread(difference, (-1.0, 1.0), error, unit, filled=40, differing=differing)


def test_detectable_difference_by_hand() -> None:
    # quantiles of t with 39 degrees: 2.0227 + 0.8512 = 2.8739, times 0.05
    assert detectable_difference(spread(), significance=0.05, power=0.8) == pytest.approx(0.1437, abs=1e-4)


def test_runs_that_hardly_differ_are_not_said_to_show_anything() -> None:
    # 2.8739² = 8.2591 articles that all differ one way
    alike = spread(error=0.0)
    assert detectable_difference(alike, significance=0.05, power=0.8) == pytest.approx(0.0826, abs=1e-4)


def test_no_difference_is_larger_than_one() -> None:
    assert detectable_difference(spread(error=0.9), significance=0.05, power=0.8) == 1


def test_further_articles_by_hand() -> None:
    # 40 x (2.8739 x 0.05 / 0.08)² = 129.05
    assert further_articles(spread(), 40, significance=0.05, power=0.8) == 90


def test_further_articles_are_enough_for_the_permutation_test() -> None:
    # six must differ where two of forty do: 120 articles
    few = spread(0.5, 0.01, differing=2)
    assert further_articles(few, 40, significance=0.05, power=0.8) == 80


@pytest.mark.parametrize(("significance", "fewest"), [(0.05, 6), (0.01, 8), (0.001, 11)])
def test_fewest_differing_articles_reach_the_significance(significance: float, fewest: int) -> None:
    assert fewest_differing(significance) == fewest
    assert 2 / 2**fewest <= significance < 2 / 2 ** (fewest - 1)


@given(st.floats(0.01, 0.3), st.floats(0.001, 0.2), st.floats(0.5, 0.9))
def test_what_is_asked_for_would_make_the_difference_detectable(difference: float, error: float, power: float) -> None:
    own = spread(difference, error, unit=1e-6)
    more = further_articles(own, 40, significance=0.05, power=power)
    shrunk = spread(difference, error * (40 / (40 + more)) ** 0.5, unit=1e-6)
    assert detectable_difference(shrunk, significance=0.05, power=power) <= difference * 1.0001
