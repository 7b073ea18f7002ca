from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.literature.assignment import assign, assignment_value


@st.composite
def matrices(draw: st.DrawFn) -> list[list[int]]:
    width = draw(st.integers(1, 4))
    return draw(st.lists(st.lists(st.integers(0, 3), min_size=width, max_size=width), min_size=1, max_size=4))


@given(matrices())
@settings(deadline=None)  # the first call imports scipy
def test_no_one_to_one_matching_is_worth_more(similarity: list[list[int]]) -> None:
    size = max(len(similarity), len(similarity[0]))
    square = [[*row, *[0] * (size - len(row))] for row in similarity] + [[0] * size] * (size - len(similarity))
    best = max(sum(square[row][column] for row, column in enumerate(order)) for order in permutations(range(size)))
    assert assignment_value(similarity) == best


@given(matrices())
@settings(deadline=None)  # the first call imports scipy
def test_no_row_or_column_is_used_twice(similarity: list[list[int]]) -> None:
    pairs = assign(similarity)
    assert len(pairs) == min(len(similarity), len(similarity[0]))
    assert len({row for row, _ in pairs}) == len({column for _, column in pairs}) == len(pairs)


@pytest.mark.parametrize("empty", [[], [[]], [[], []]])
def test_nothing_to_assign_is_worth_nothing(empty: list[list[int]]) -> None:
    assert assign(empty) == []
    assert assignment_value(empty) == 0
