"""The assignment: optimal, above its floor, and the same whatever the order of what it is given."""

from __future__ import annotations

import random
from itertools import permutations
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from evals.assign import assign, canonical

Matrix = list[list[float]]


def matrices(values: st.SearchStrategy[float], largest: int = 6) -> st.SearchStrategy[Matrix]:
    sizes = st.tuples(st.integers(0, largest), st.integers(1, largest))
    return sizes.flatmap(
        lambda size: st.lists(st.lists(values, min_size=size[1], max_size=size[1]), min_size=size[0], max_size=size[0])
    )


def keys_of(rows: int, columns: int) -> Any:
    return lambda: ([f"row {i}" for i in range(rows)], [f"column {j}" for j in range(columns)])


def pairs_of(matrix: Matrix, floor: float = 0.0) -> list[tuple[int, int]]:
    return assign(matrix, floor, keys_of(len(matrix), len(matrix[0]) if matrix else 0))


def best_total(matrix: Matrix, floor: float) -> float:
    """By trying every way to give each row a column of its own, or none."""
    rows, columns = len(matrix), len(matrix[0]) if matrix else 0
    choices = [*range(columns), *[None] * rows]
    return max(
        (
            sum(
                matrix[i][j]
                for i, j in enumerate(chosen)
                if j is not None and matrix[i][j] >= floor and matrix[i][j] > 0
            )
            for chosen in set(permutations(choices, rows))
        ),
        default=0.0,
    )


@settings(max_examples=100, deadline=None)
@given(matrices(st.floats(0, 1), largest=4) | matrices(st.sampled_from([0.0, 0.25, 0.5, 0.5, 1.0]), largest=4))
def test_an_assignment_has_the_best_total_that_any_assignment_has(matrix: Matrix) -> None:
    for floor in (0.0, 0.4):
        pairs = pairs_of(matrix, floor)
        assert sum(matrix[i][j] for i, j in pairs) == pytest.approx(best_total(matrix, floor), abs=1e-5)


@pytest.mark.parametrize("seed", range(6))
def test_an_assignment_of_six_to_six_has_the_best_total(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - no secret
    matrix = [[rng.random() if seed % 2 else rng.choice([0.2, 0.4, 0.6]) for _ in range(6)] for _ in range(6)]
    best = max(sum(matrix[i][j] for i, j in enumerate(order)) for order in permutations(range(6)))
    assert sum(matrix[i][j] for i, j in pairs_of(matrix)) == pytest.approx(best, abs=1e-5)


@settings(max_examples=100, deadline=None)
@given(matrices(st.sampled_from([0.0, 0.2, 0.5, 0.5, 0.9]) | st.floats(0, 1)), st.sampled_from([0.0, 0.3, 0.5]))
def test_an_assignment_pairs_nothing_twice_and_nothing_below_the_floor(matrix: Matrix, floor: float) -> None:
    pairs = pairs_of(matrix, floor)
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)
    assert pairs == sorted(pairs)
    for i, j in pairs:
        assert matrix[i][j] > 0
        assert matrix[i][j] >= floor - 1e-5


def test_a_greedy_choice_that_spoils_the_rest_is_not_taken() -> None:
    assert pairs_of([[0.9, 0.8], [0.8, 0.0]]) == [(0, 1), (1, 0)]


def test_two_floats_that_differ_by_their_rounding_only_are_on_the_same_side_of_the_floor() -> None:
    assert 0.1 + 0.2 != 0.3
    assert pairs_of([[0.3]], 0.1 + 0.2) == [(0, 0)]


@settings(max_examples=100, deadline=None)
@given(matrices(st.sampled_from([0.0, 0.5, 1.0])), st.randoms(use_true_random=False))
@example([[0.5, 0.5], [0.5, 0.5]], random.Random(0))  # noqa: S311 - no secret
def test_ties_fall_alike_in_any_order_and_from_either_side(matrix: Matrix, rng: random.Random) -> None:
    assume(matrix)
    rows, columns = [f"gold {i}" for i in range(len(matrix))], [f"guess {j}" for j in range(len(matrix[0]))]

    def chosen(row_order: list[int], column_order: list[int], *, turned: bool) -> set[frozenset[str]]:
        ours, theirs = [rows[i] for i in row_order], [columns[j] for j in column_order]
        mixed = [[matrix[i][j] for j in column_order] for i in row_order]
        if turned:
            mixed, ours, theirs = [list(column) for column in zip(*mixed, strict=True)], theirs, ours
        return {frozenset((ours[i], theirs[j])) for i, j in assign(mixed, 0.0, lambda: (ours, theirs))}

    row_order, column_order = list(range(len(rows))), list(range(len(columns)))
    first = chosen(row_order, column_order, turned=False)
    rng.shuffle(row_order)
    rng.shuffle(column_order)
    assert chosen(row_order, column_order, turned=False) == first
    assert chosen(row_order, column_order, turned=True) == first


def test_among_equal_totals_equal_keys_are_paired() -> None:
    for size in (2, 5, 40):
        keys = [f"event {i}" for i in range(size)]
        turned = keys[1:] + keys[:1]
        pairs = assign([[0.7] * size for _ in keys], 0.0, lambda keys=keys, turned=turned: (keys, turned))  # type: ignore[misc]
        assert [turned[j] for _, j in pairs] == keys


def test_a_matrix_without_rows_or_without_columns_has_no_pairs() -> None:
    assert pairs_of([]) == []
    assert assign([[], []], 0.0, keys_of(2, 0)) == []


def test_the_canonical_text_of_an_event_forgets_its_id_and_the_order_of_its_lists() -> None:
    one = {"id": "e1", "sites": [{"name": "Pier"}, {"name": "Mill"}], "quotes": ["a", "b"]}
    two = {"quotes": ["b", "a"], "sites": [{"name": "Mill"}, {"name": "Pier"}], "id": "e2"}
    assert canonical(one) == canonical(two) != canonical({**one, "quotes": ["a", "c"]})
    assert canonical("half a \ud83d pair").isascii()  # a model may write half of a surrogate pair
