from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from evals.stats import compare, f1_of, holm
from evals.stats.figures import parts_of
from evals.stats.permutation import Pair, permutation_p

SHAPES = st.tuples(st.integers(1, 9), st.integers(1, 3), st.just(5))
PAIRS = SHAPES.flatmap(lambda shape: st.tuples(*[arrays(np.int64, shape, elements=st.integers(0, 3))] * 2))
OPPOSITE = {"better": "worse", "worse": "better", "cannot tell": "cannot tell"}
RIGHT, WRONG = [1, 0, 0, 0, 0], [0, 0, 1, 0, 0]


def some(articles: int = 40, fields: int = 3, seed: int = 0) -> Any:
    return np.random.default_rng(seed).poisson([2, 0.2, 0.3, 0.4, 0.3], size=(articles, fields, 5))


def answers(*right: bool) -> Any:
    """One field, one value an article."""
    return np.array([RIGHT if one else WRONG for one in right])[:, None]


def worsened(counts: Any, share: float, seed: int = 1) -> Any:
    lost = np.random.default_rng(seed).binomial(counts[..., 0], share)
    return counts + lost[..., None] * np.array([-1, 0, 1, 0, 0])


def every_swap(a: Any, b: Any) -> float:
    """The definition of the test: all ways to swap the runs within articles."""
    observed = abs(f1_of(b.sum(axis=0)) - f1_of(a.sum(axis=0)))
    as_far = 0
    for swaps in product([False, True], repeat=len(a)):
        swap = np.array(swaps)[:, None]
        difference = abs(f1_of(np.where(swap, a, b).sum(axis=0)) - f1_of(np.where(swap, b, a).sum(axis=0)))
        as_far += not difference < observed - 1e-9
    return float(as_far / 2 ** len(a))


@settings(max_examples=40, deadline=None)
@given(PAIRS)
def test_few_articles_are_tested_by_every_swap(pair: tuple[Any, Any]) -> None:
    a, b = pair
    for field, found in enumerate(compare(a, b, resamples=2)):
        if found.difference is None or found.difference == 0:
            assert found.p == 1
        else:
            assert found.p == pytest.approx(every_swap(a[:, field], b[:, field]))


def test_drawn_swaps_come_near_every_swap() -> None:
    a = some(12, 1, seed=3)
    b = worsened(a, 0.3)
    pair = Pair(*parts_of(a.astype(float), "f1"), *parts_of(b.astype(float), "f1"))
    exact = every_swap(a[:, 0], b[:, 0])
    differing = int(pair.changed.sum())
    drawn = permutation_p(pair, permutations=2**differing - 1)
    assert permutation_p(pair)[0] == pytest.approx(exact)
    assert drawn[0] == pytest.approx(exact, abs=4 * np.sqrt(exact / 2**differing) + 2 / 2**differing)


@settings(max_examples=40, deadline=None)
@given(PAIRS)
def test_swapping_the_runs_mirrors_everything(pair: tuple[Any, Any]) -> None:
    for there, back in zip(compare(*pair, resamples=50), compare(*pair[::-1], resamples=50), strict=True):
        assert back.verdict == OPPOSITE[there.verdict]
        assert (back.p, back.adjusted_p) == (there.p, there.adjusted_p)
        assert (back.a, back.b) == (there.b, there.a)
        if there.difference is not None:
            assert back.difference == pytest.approx(-there.difference)
        if there.interval is None:
            assert back.interval is None
        else:
            assert back.interval == pytest.approx((-there.interval[1], -there.interval[0]), abs=1e-6)
            assert back.detectable == pytest.approx(there.detectable, rel=1e-4)


def test_swapping_the_runs_mirrors_a_drawn_test_exactly() -> None:
    a = some()
    b = worsened(a, 0.3)
    there, back = compare(a, b), compare(b, a)
    assert [found.verdict for found in there] == ["worse"] * 3
    assert [found.verdict for found in back] == ["better"] * 3
    assert [found.p for found in there] == [found.p for found in back]


@settings(max_examples=25, deadline=None)
@given(PAIRS)
def test_a_run_against_itself_cannot_be_told_apart(pair: tuple[Any, Any]) -> None:
    for found in compare(pair[0], pair[0], resamples=20):
        assert found.verdict == "cannot tell"
        assert found.difference in {0, None}
        assert (found.p, found.adjusted_p, found.differing) == (1, 1, 0)
        assert found.further_articles is None


def test_equal_runs_on_few_articles_are_not_proof_of_equality() -> None:
    (found,) = compare(answers(*[True] * 20), answers(*[True] * 20))
    # none of 20 articles differs: the share that would is below 1 - 0.025^(1/20)
    assert found.interval == pytest.approx((-0.1684, 0.1684), abs=1e-4)


def test_five_articles_that_differ_are_too_few_and_six_are_enough() -> None:
    (five,) = compare(answers(*[False] * 5, *[True] * 20), answers(*[True] * 25))
    (six,) = compare(answers(*[False] * 6, *[True] * 20), answers(*[True] * 26))
    assert (five.p, five.verdict) == (2 / 2**5, "cannot tell")
    assert (six.p, six.verdict) == (2 / 2**6, "better")


def test_the_difference_is_that_of_pooled_figures_and_lies_in_its_interval() -> None:
    a = some()
    b = worsened(a, 0.1)
    for field, found in enumerate(compare(a, b)):
        assert found.a == pytest.approx(f1_of(a.sum(axis=0))[field])
        assert found.b == pytest.approx(f1_of(b.sum(axis=0))[field])
        assert found.interval is not None
        assert found.difference == pytest.approx(f1_of(b.sum(axis=0))[field] - f1_of(a.sum(axis=0))[field])
        assert found.difference is not None
        assert found.interval[0] < found.difference < found.interval[1]


def test_holm_by_hand() -> None:
    np.testing.assert_allclose(holm([0.01, 0.04, 0.03]), [0.03, 0.06, 0.06])
    np.testing.assert_allclose(holm([0.5, 0.9]), [1.0, 1.0])
    assert holm([]).shape == (0,)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_keeps_the_order_and_never_helps(p: list[float]) -> None:
    adjusted = holm(p)
    assert (adjusted >= np.array(p) - 1e-12).all()
    assert (adjusted <= 1).all()
    order = np.argsort(p, kind="stable")
    assert (np.diff(adjusted[order]) >= 0).all()


def test_correction_is_made_within_families() -> None:
    a = answers(*[False] * 7, *[True] * 20)
    b = answers(*[True] * 27)
    pair = np.concatenate([a] * 4, axis=1), np.concatenate([b] * 4, axis=1)
    p = 2 / 2**7
    together = compare(*pair)
    apart = compare(*pair, families=["headline", "field", "field", "field"])
    assert [found.adjusted_p for found in together] == pytest.approx([4 * p] * 4)
    assert [found.adjusted_p for found in apart] == pytest.approx([p] + [3 * p] * 3)
    assert [found.verdict for found in together] == ["cannot tell"] * 4
    assert [found.verdict for found in apart] == ["better"] * 4


def test_fields_that_cannot_be_told_apart_by_any_answer_cost_the_others_nothing() -> None:
    a = np.concatenate([answers(*[False] * 7, *[True] * 20), answers(*[False] * 5, *[True] * 22)], axis=1)
    b = np.concatenate([answers(*[True] * 27)] * 2, axis=1)
    first, second = compare(a, b)
    assert first.adjusted_p == first.p == 2 / 2**7
    assert second.adjusted_p == 1


def test_correction_for_many_fields_raises_what_can_be_detected() -> None:
    a, b = some(fields=10), worsened(some(fields=10), 0.1)
    for one, many in zip(compare(a, b, families=range(10)), compare(a, b), strict=True):
        assert one.detectable is not None
        assert many.detectable is not None
        assert many.detectable > one.detectable


def test_an_article_told_twice_is_no_second_article() -> None:
    a = some(12)
    b = worsened(a, 0.2)
    twice = np.repeat(a, 2, axis=0), np.repeat(b, 2, axis=0)
    incidents = [number // 2 for number in range(24)]
    for own, other in zip(compare(*twice, clusters=incidents), compare(a, b), strict=True):
        assert own.p == pytest.approx(other.p)
        assert own.interval == pytest.approx(other.interval, abs=1e-6)
        assert own.detectable == pytest.approx(other.detectable, rel=1e-4)


def test_clusters_of_single_articles_change_nothing() -> None:
    a, b = some(), worsened(some(), 0.1)
    assert compare(a, b, clusters=[f"incident {number}" for number in range(40)]) == compare(a, b)


def test_repeats_of_the_same_answers_change_nothing_but_the_noise_floor() -> None:
    a, b = some(), worsened(some(), 0.1)
    for repeated, single in zip(compare(np.stack([a] * 2), np.stack([b] * 4)), compare(a, b), strict=True):
        assert repeated.p == single.p
        assert repeated.difference == pytest.approx(single.difference)
        assert (single.noise_floor, repeated.noise_floor) == (None, 0)


def test_repeats_average_noise_out() -> None:
    rng = np.random.default_rng(5)
    shape = (8, 60, 1, 5)
    a, b = (rng.multinomial(3, [0.6, 0.1, 0.1, 0.1, 0.1], size=shape[:-1]) for _ in range(2))
    (once,), (often,) = compare(a[0], b[0]), compare(a, b)
    assert once.detectable is not None
    assert often.detectable is not None
    assert often.noise_floor is not None
    assert often.detectable == pytest.approx(once.detectable / np.sqrt(8), rel=0.25)
    assert often.noise_floor < once.detectable


def test_a_run_without_the_figure_is_not_compared() -> None:
    nothing = np.tile([0, 0, 0, 1, 0], (20, 1, 1))
    (found,) = compare(nothing, answers(*[True] * 20), figure="precision")
    assert (found.a, found.b, found.difference, found.p) == (None, 1, None, 1)
    assert (found.verdict, found.interval, found.detectable) == ("cannot tell", None, None)


def test_no_article_and_empty_fields_cannot_be_told_apart() -> None:
    for articles in (0, 1, 5):
        (found,) = compare(np.zeros((articles, 1, 5)), np.zeros((articles, 1, 5)))
        assert (found.a, found.interval, found.verdict) == (None, None, "cannot tell")


def test_runs_on_other_articles_are_refused() -> None:
    with pytest.raises(ValueError, match="compare runs on the same articles"):
        compare(some(40), some(39))


def test_each_field_needs_a_family_label() -> None:
    with pytest.raises(ValueError, match="2 family labels for 3 fields"):
        compare(some(), some(), families=["a", "b"])


def test_power_is_a_probability_and_permutations_are_some() -> None:
    with pytest.raises(ValueError, match="power is 80"):
        compare(some(), some(), power=80)
    with pytest.raises(ValueError, match="0 permutations"):
        compare(some(), some(), permutations=0)
