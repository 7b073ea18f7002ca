"""The speed of statistics over a thousand articles and all fields, and that they stay right at that speed."""

import tracemalloc
from typing import Any

import numpy as np
import pytest

from evals.stats import compare, f1_intervals, f1_of
from evals.stats.figures import Floats, parts_of
from evals.stats.permutation import Pair, permutation_p

ARTICLES, FIELDS, DRAWS = 1000, 52, 10_000
MOST_SECONDS = 1.0
MOST_BYTES = 100 * 2**20


@pytest.fixture(scope="module")
def counts() -> Floats:
    return np.random.default_rng(0).poisson([3, 0.3, 0.5, 0.7, 0.6], size=(ARTICLES, FIELDS, 5)).astype(np.float64)


@pytest.fixture(scope="module")
def other(counts: Floats) -> Floats:
    lost = np.random.default_rng(1).binomial(counts[..., 0].astype(np.int64), 0.05)
    return np.asarray(counts + lost[..., None] * np.array([-1.0, 0, 1, 0, 0]))


def test_ten_thousand_resamples_of_a_thousand_articles(benchmark: Any, counts: Floats) -> None:
    found = benchmark(f1_intervals, counts, resamples=DRAWS)
    error = np.array([high - low for low, high in found]) / 2 / 1.96
    values = f1_of(counts.sum(axis=0))
    above, below = parts_of(counts, "f1")
    expected = np.sqrt(((above - values * below) ** 2).sum(axis=0)) / below.sum(axis=0)
    assert error == pytest.approx(expected, rel=0.05)
    if benchmark.stats is not None:
        assert benchmark.stats.stats.median < MOST_SECONDS


def test_ten_thousand_permutations_of_a_thousand_articles(benchmark: Any, counts: Floats, other: Floats) -> None:
    pair = Pair(*parts_of(counts, "f1"), *parts_of(other, "f1"))
    p = benchmark(permutation_p, pair, permutations=DRAWS)
    assert p.min() >= 1 / (DRAWS + 1)
    assert p.max() < 0.05, "one right value in twenty made wrong is seen in every field of a thousand articles"
    if benchmark.stats is not None:
        assert benchmark.stats.stats.median < MOST_SECONDS


def test_a_whole_comparison_of_a_thousand_articles(benchmark: Any, counts: Floats) -> None:
    found = benchmark(compare, counts, counts[:, ::-1], permutations=DRAWS, resamples=DRAWS)
    assert len(found) == FIELDS
    if benchmark.stats is not None:
        assert benchmark.stats.stats.median < 3 * MOST_SECONDS


def test_memory_stays_bounded_with_the_number_of_articles(counts: Floats) -> None:
    many = np.tile(counts[:, :2], (20, 1, 1))
    tracemalloc.start()
    f1_intervals(many, resamples=500)
    compare(many, many[::-1], permutations=500, resamples=500)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < MOST_BYTES
