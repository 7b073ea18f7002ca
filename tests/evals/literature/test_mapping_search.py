"""The search against an oracle that tries every mapping in the reference order."""

from itertools import product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from evals.literature.mapping_search import Credit, TemplateMapping, TooManyMappingsError, best_mapping


def f1(p_num: int, p_den: int, r_num: int, r_den: int) -> float:
    p, r = p_num / p_den if p_den else 0.0, r_num / r_den if r_den else 0.0
    return 2 * p * r / (p + r) if p + r else 0.0


def first_best_of_all(pair_credits: list[list[Credit]], p_den: int, r_den: int) -> TemplateMapping:
    gold = len(pair_credits[0]) if pair_credits else 0
    best, highest = None, -1.0
    for mapping in product((*range(gold), None), repeat=len(pair_credits)):
        used = [choice for choice in mapping if choice is not None]
        if len(set(used)) < len(used):
            continue
        earned = [pair_credits[i][j] for i, j in enumerate(mapping) if j is not None]
        value = f1(sum(p for p, _ in earned), p_den, sum(r for _, r in earned), r_den)
        if value > highest:
            best, highest = mapping, value
    assert best is not None
    return best


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[list[Credit]], int, int]:
    credit = st.one_of(st.just((0, 0)), st.just((1, 1)), st.tuples(st.integers(1, 4), st.integers(1, 4)))
    width = draw(st.integers(0, 4))
    rows = draw(st.lists(st.lists(credit, min_size=width, max_size=width), max_size=4))
    return rows, draw(st.integers(16, 40)), draw(st.integers(16, 40))


@given(problems())
@example(([], 0, 5))
@example(([[], []], 2, 0))
@example(([[(1, 1)] * 4] * 4, 20, 20))
@example(([[(3, 1), (1, 2)], [(2, 1), (1, 1)]], 16, 17))
def test_finds_the_mapping_that_trying_all_in_order_finds_first(problem: tuple[list[list[Credit]], int, int]) -> None:
    assert best_mapping(*problem) == first_best_of_all(*problem)


def test_an_unaligned_pair_comes_before_no_pair_where_nothing_is_lost() -> None:
    assert best_mapping([[(0, 0), (0, 0)], [(0, 0), (2, 2)]], 9, 9) == (0, 1)
    assert best_mapping([[(0, 0)], [(2, 2)]], 9, 9) == (None, 0)


def test_neither_numerator_alone_decides() -> None:
    # By precision alone the second row should take the gold template, by recall alone the first.
    assert best_mapping([[(1, 4)], [(4, 1)]], 10, 5) == (None, 0)
    assert best_mapping([[(1, 4)], [(4, 1)]], 5, 10) == (0, None)
    assert best_mapping([[(1, 4)], [(4, 2)]], 10, 10) == (None, 0)


def test_many_repeated_predictions_against_few_gold_templates_are_quick() -> None:
    assert best_mapping([[(1, 1), (2, 1)]] * 2_000, 4_000, 6)[:3] == (0, 1, None)


def test_many_alike_templates_on_both_sides_are_quick() -> None:
    assert best_mapping([[(1, 1)] * 40] * 40, 40, 40) == tuple(range(40))


def test_a_search_beyond_the_bound_is_refused_with_what_to_do() -> None:
    different = [[(1 + (3 * i + j) % 7, 1 + (i + 5 * j) % 6) for j in range(8)] for i in range(8)]
    with pytest.raises(TooManyMappingsError, match=r"8 predicted and 8 gold templates .* more than 50 .* remove"):
        best_mapping(different, 80, 80, max_states=50)
