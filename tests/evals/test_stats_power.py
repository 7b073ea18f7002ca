import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.stats.difference import PairedSpread
from evals.stats.power import detectable_difference, fewest_differing, further_articles


def spread(difference: float = 0.08, error: float = 0.05, *, moved: float = 1e6, differing: int = 20) -> PairedSpread:
    """Of 40 articles; by default so much moved between the runs that a difference adds nothing to it."""
    return PairedSpread(difference, (-1.0, 1.0), error, moved, unit=0.01, filled=40, differing=differing)


def test_detectable_difference_by_hand() -> None:
    # quantiles of t with 39 degrees: 2.0227 + 0.8512 = 2.8739, times 0.05
    assert detectable_difference(spread(), significance=0.05, power=0.8) == pytest.approx(0.1437, abs=1e-4)


def test_runs_that_do_not_differ_are_not_said_to_show_anything() -> None:
    # 2.8739² = 8.2591 values that all differ one way, each 0.01
    alike = spread(0.0, error=0.0, moved=0.0, differing=0)
    assert detectable_difference(alike, significance=0.05, power=0.8) == pytest.approx(0.0826, abs=1e-4)


def test_the_fewer_articles_differ_the_more_must_differ_to_show_a_difference() -> None:
    found = [
        detectable_difference(spread(0.0, moved=0.2, differing=differing), significance=0.05, power=0.8)
        for differing in (40, 20, 5)
    ]
    assert found[0] == pytest.approx(0.1437, abs=1e-4)
    assert found[0] < found[1] < found[2] < 0.1437 * 1.25


def test_a_difference_that_was_observed_has_already_moved_what_it_moves() -> None:
    own = spread(0.1437, moved=0.2, differing=5)
    assert detectable_difference(own, significance=0.05, power=0.8) == pytest.approx(0.1437, abs=1e-4)


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
    own = spread(difference, error)
    more = further_articles(own, 40, significance=0.05, power=power)
    shrunk = spread(difference, error * (40 / (40 + more)) ** 0.5)
    assert detectable_difference(shrunk, significance=0.05, power=power) <= difference * 1.0001
