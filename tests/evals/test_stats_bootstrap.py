from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from evals.stats import FIGURES, f1_intervals, f1_of, intervals, macro_intervals, macro_over_articles, macro_over_fields
from evals.stats.bootstrap import bootstrap_sums, wilson

COUNTS = arrays(np.int64, st.tuples(st.integers(0, 8), st.integers(1, 3), st.just(5)), elements=st.integers(0, 3))


def some(articles: int = 40, fields: int = 3, seed: int = 0) -> Any:
    return np.random.default_rng(seed).poisson([2, 0.2, 0.3, 0.4, 0.3], size=(articles, fields, 5))


def test_wilson_by_hand() -> None:
    # 0.8 x 0.2 / 0.05² = 64 trials; t of 39 degrees 2.0227; middle 0.78198, half 0.09969
    assert wilson(0.8, 0.05, trials=40, degrees=39) == pytest.approx((0.6823, 0.8817), abs=1e-4)


def test_wilson_takes_articles_for_trials_where_none_deviates() -> None:
    # t² / 20 = 2.0930² / 20 = 0.21904; low = 1 / 1.21904
    assert wilson(1.0, 0.0, trials=20, degrees=19) == pytest.approx((0.8203, 1.0), abs=1e-4)
    assert wilson(0.0, 0.0, trials=20, degrees=19) == pytest.approx((0.0, 0.1797), abs=1e-4)


@given(st.floats(0, 1), st.floats(0, 0.5), st.integers(2, 500))
def test_wilson_holds_its_figure_and_stays_in_range(value: float, error: float, articles: int) -> None:
    low, high = wilson(value, error, trials=articles, degrees=articles - 1)
    assert 0 <= low <= value + 1e-9
    assert value - 1e-9 <= high <= 1


def test_the_spread_is_that_of_theory() -> None:
    counts = some(400)
    sums = np.concatenate(list(bootstrap_sums(counts.astype(float), resamples=4000, seed=0)))
    expected = counts.std(axis=0) * np.sqrt(len(counts))
    np.testing.assert_allclose(sums.std(axis=0), expected, rtol=0.05)
    np.testing.assert_allclose(sums.mean(axis=0), counts.sum(axis=0), atol=4 * expected.max() / np.sqrt(4000))


def test_blocks_together_hold_as_many_draws_as_asked() -> None:
    rows = np.ones((3000, 1))
    sums = np.concatenate(list(bootstrap_sums(rows, resamples=333, seed=0)))
    np.testing.assert_array_equal(sums, np.full((333, 1), 3000))


@settings(max_examples=40, deadline=None)
@given(COUNTS)
def test_intervals_hold_their_figures(counts: Any) -> None:
    found = intervals(counts, resamples=50)
    assert list(found) == list(FIGURES)
    for value, interval in zip(f1_of(counts.sum(axis=0)), found["f1"], strict=True):
        assert interval is None or 0 <= interval[0] <= value + 1e-9 <= interval[1] + 2e-9 <= 1 + 2e-9


def test_the_same_seed_gives_the_same_intervals_and_another_nearly_the_same() -> None:
    counts = some()
    assert f1_intervals(counts) == f1_intervals(counts)
    assert f1_intervals(counts, seed=1) != f1_intervals(counts)
    for one, other in zip(f1_intervals(counts, seed=1), f1_intervals(counts), strict=True):
        assert one == pytest.approx(other, abs=0.01)


def test_a_field_is_judged_by_itself() -> None:
    counts = some(fields=4)
    for field, interval in enumerate(f1_intervals(counts)):
        assert f1_intervals(counts[:, field : field + 1])[0] == pytest.approx(interval)


def test_more_articles_narrow_the_interval_by_the_root_of_their_number() -> None:
    (few,), (many,) = f1_intervals(some(100, 1)), f1_intervals(np.tile(some(100, 1), (16, 1, 1)))
    assert few is not None
    assert many is not None
    assert (few[1] - few[0]) / (many[1] - many[0]) == pytest.approx(4, rel=0.1)


def test_a_higher_level_widens_the_interval() -> None:
    (usual,), (wide,) = f1_intervals(some(fields=1)), f1_intervals(some(fields=1), level=0.99)
    assert usual is not None
    assert wide is not None
    assert wide[0] < usual[0] < usual[1] < wide[1]


def test_one_article_with_a_value_says_nothing_of_the_spread() -> None:
    counts = np.zeros((10, 2, 5), dtype=int)
    counts[0, 0] = [3, 0, 1, 0, 0]
    counts[:2, 1] = [1, 0, 1, 0, 0]
    lonely, pair = f1_intervals(counts)
    assert lonely is None
    assert pair is not None
    assert f1_intervals(np.zeros((0, 2, 5))) == [None, None]
    assert f1_intervals(np.zeros((7, 2, 5))) == [None, None]


def test_all_right_is_not_taken_for_certain() -> None:
    (interval,) = f1_intervals(np.tile([2, 0, 0, 0, 0], (20, 1, 1)))
    assert interval == pytest.approx((0.8203, 1.0), abs=1e-4)


def test_clusters_of_single_articles_change_nothing() -> None:
    assert f1_intervals(some(), clusters=range(40)) == f1_intervals(some())


def test_an_article_told_twice_is_no_second_article() -> None:
    twice, incidents = np.repeat(some(), 2, axis=0), np.repeat(np.arange(40), 2)
    for own, other in zip(f1_intervals(twice, clusters=list(incidents)), f1_intervals(some()), strict=True):
        assert own == pytest.approx(other, abs=1e-6)
    taken_for_many = f1_intervals(twice)[0]
    once = f1_intervals(some())[0]
    assert taken_for_many is not None
    assert once is not None
    assert taken_for_many[1] - taken_for_many[0] < 0.8 * (once[1] - once[0])


def test_repeats_give_the_interval_of_their_average() -> None:
    counts = some()
    assert f1_intervals(np.stack([counts, counts])) == f1_intervals(counts)


def test_macro_intervals_hold_their_figures() -> None:
    counts = some()
    for value, interval in zip(macro_over_articles(counts), macro_intervals(counts, "articles"), strict=True):
        assert interval is not None
        assert interval[0] < value < interval[1]
    (interval,) = macro_intervals(counts, "fields", figure="strict_f1")
    assert interval is not None
    assert interval[0] < macro_over_fields(counts, "strict_f1") < interval[1]


def test_macro_over_articles_of_one_value_each_is_the_micro_figure() -> None:
    right = np.random.default_rng(0).random(50) < 0.7
    counts = np.where(right[:, None], [1, 0, 0, 0, 0], [0, 0, 1, 0, 0])[:, None]
    assert macro_intervals(counts, "articles") == [pytest.approx(f1_intervals(counts)[0], abs=1e-6)]


def test_macro_intervals_without_values_do_not_exist() -> None:
    for over in ("articles", "fields"):
        assert macro_intervals(np.zeros((5, 1, 5)), over) == [None]
        assert macro_intervals(np.zeros((0, 1, 5)), over) == [None]


@pytest.mark.parametrize("level", [0, 1, 95])
def test_levels_are_probabilities(level: float) -> None:
    with pytest.raises(ValueError, match=f"level is {level}: give a number between 0 and 1"):
        f1_intervals(some(), level=level)


def test_a_single_resample_is_refused() -> None:
    with pytest.raises(ValueError, match="1 resamples show no spread"):
        f1_intervals(some(), resamples=1)
