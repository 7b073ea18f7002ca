import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from evals.counts import Counts
from evals.stats import FIGURES, Figure, f1_of, figure_of, macro_over_articles, macro_over_fields
from evals.stats.figures import checked, clustered

COUNTS = arrays(np.int64, st.tuples(st.integers(1, 8), st.integers(1, 3), st.just(5)), elements=st.integers(0, 3))
RUN = np.array([[2, 0, 0, 0, 0], [1, 0, 1, 0, 0], [0, 0, 0, 1, 0], [1, 1, 0, 0, 1]])


@pytest.mark.parametrize(
    ("figure", "value"),
    [
        ("precision", 4.5 / 7),
        ("recall", 4.5 / 7),
        ("f1", 4.5 / 7),
        ("strict_precision", 4 / 7),
        ("strict_recall", 4 / 7),
        ("strict_f1", 4 / 7),
    ],
)
def test_figures_of_counts_added_up_by_hand(figure: Figure, value: float) -> None:
    assert figure_of(RUN.sum(axis=0), figure) == pytest.approx(value)


@given(st.lists(st.integers(0, 20), min_size=5, max_size=5))
def test_figures_are_those_of_the_scoring_core(numbers: list[int]) -> None:
    for strict, prefix in ((False, ""), (True, "strict_")):
        expected = Counts(*numbers).figures(strict=strict)._asdict()
        for name, value in expected.items():
            found = float(figure_of(numbers, next(figure for figure in FIGURES if figure == prefix + name)))
            assert found == pytest.approx(float("nan") if value is None else value, nan_ok=True)


def test_a_figure_without_values_is_nan() -> None:
    assert np.isnan(f1_of([0, 0, 0, 0, 0]))
    assert np.isnan(figure_of([0, 0, 0, 3, 0], "precision"))
    assert np.isnan(figure_of([0, 0, 0, 0, 3], "recall"))


def test_macro_over_articles_is_the_mean_of_their_own_figures() -> None:
    assert macro_over_articles(RUN[:, None]) == pytest.approx((1 + 0.5 + 0 + 0.6) / 4)


def test_macro_over_articles_leaves_out_articles_without_a_value() -> None:
    padded = np.concatenate([RUN, np.zeros((3, 5), dtype=int)])
    assert macro_over_articles(padded[:, None]) == pytest.approx(macro_over_articles(RUN[:, None]))
    assert np.isnan(macro_over_articles(np.zeros((3, 1, 5)))).all()


def test_macro_over_fields_leaves_out_fields_without_a_value() -> None:
    perfect, empty = np.tile([1, 0, 0, 0, 0], (4, 1)), np.zeros((4, 5))
    assert macro_over_fields(np.stack([RUN, perfect, empty], axis=1)) == pytest.approx((4.5 / 7 + 1) / 2)
    assert macro_over_fields(np.stack([RUN, perfect, empty], axis=1), "strict_f1") == pytest.approx((4 / 7 + 1) / 2)
    assert np.isnan(macro_over_fields(np.zeros((4, 2, 5))))


@given(COUNTS, st.randoms(use_true_random=False))
def test_the_order_of_articles_changes_no_point_figure(counts: np.ndarray, random: object) -> None:
    order = list(range(len(counts)))
    random.shuffle(order)  # type: ignore[attr-defined]
    for figure in FIGURES:
        np.testing.assert_allclose(
            macro_over_articles(counts[order], figure), macro_over_articles(counts, figure), rtol=1e-12
        )
        np.testing.assert_array_equal(
            figure_of(counts[order].sum(axis=0), figure), figure_of(counts.sum(axis=0), figure)
        )


def test_repeats_are_averaged() -> None:
    run = RUN[:, None]
    np.testing.assert_array_equal(checked(np.stack([run, 3 * run])), 2 * run)


@pytest.mark.parametrize(
    ("counts", "says"),
    [
        ([], r"shape \(0,\)"),
        (np.zeros((4, 5)), r"shape \(4, 5\)"),
        (np.zeros((4, 2, 4)), r"shape \(4, 2, 4\)"),
        (np.full((4, 2, 5), np.nan), "NaN"),
        (np.full((4, 2, 5), np.inf), "infinity"),
        (np.full((4, 2, 5), -1), "negative"),
        (np.zeros((0, 4, 2, 5)), "no repeat"),
    ],
)
def test_malformed_counts_are_refused_in_one_line(counts: object, says: str) -> None:
    with pytest.raises(ValueError, match=says) as refused:
        macro_over_articles(counts)
    assert "\n" not in str(refused.value)
    assert "give" in str(refused.value)


def test_articles_of_one_cluster_are_added_up_in_order_of_appearance() -> None:
    rows = np.arange(4, dtype=float)[:, None]
    np.testing.assert_array_equal(clustered(rows, ["x", "y", "x", "z"]), [[2], [1], [3]])


def test_each_article_needs_a_cluster_label() -> None:
    with pytest.raises(ValueError, match="3 cluster labels for 4 articles"):
        clustered(np.zeros((4, 1)), ["x", "y", "z"])
