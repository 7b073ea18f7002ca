"""The assignment: optimal, above its floor, and the same whatever the order of what it is given."""

from __future__ import annotations

import random
from itertools import permutations
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from evals.align import (
    EVENT_FLOOR,
    EventAligner,
    assign,
    canonical,
    item_similarity,
    list_similarity,
    pair_items,
    word_pairs,
)
from evals.candidates import EXACT_PAIRS
from evals.compare import comparator_for
from extractor.schemas.fields import FieldSpec
from extractor.schemas.metadata import Scored
from tests.evals.generated_events import event, events
from tests.evals.scoring_cases import CONFLICT, EVENT, OTHER, SCORERS, finished, shuffled, with_changes

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


@pytest.mark.parametrize("name", SCORERS)
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_similarity_is_symmetric_one_for_equals_and_within_bounds(name: str, data: st.DataObject) -> None:
    schema = SCORERS[name].schema
    a, b = data.draw(event(schema)), data.draw(event(schema))
    aligner = EventAligner(schema.fields)
    [[forth]], [[back]], [[same]] = aligner.matrix([a], [b]), aligner.matrix([b], [a]), aligner.matrix([a], [a])
    assert forth == pytest.approx(back, abs=1e-12)
    assert 0 <= forth <= 1 + 1e-12
    assert same == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("name", SCORERS)
@settings(max_examples=50, deadline=None)
@given(data=st.data(), rng=st.randoms(use_true_random=False))
def test_the_order_of_events_and_of_list_items_does_not_change_who_is_paired(
    name: str, data: st.DataObject, rng: random.Random
) -> None:
    schema = SCORERS[name].schema
    gold, predicted = data.draw(events(schema)), data.draw(events(schema))
    aligner = EventAligner(schema.fields)
    ours, theirs = shuffled(gold, rng), shuffled(predicted, rng)

    def paired(left: list[dict[str, Any]], right: list[dict[str, Any]]) -> list[tuple[str, str]]:
        return sorted((canonical(left[i]), canonical(right[j])) for i, j in aligner.align(left, right)[0])

    assert paired(ours, theirs) == paired(gold, predicted)
    assert paired(theirs, ours) == sorted((b, a) for a, b in paired(gold, predicted))


def test_events_with_nothing_in_common_but_a_country_are_two_events() -> None:
    aligner = EventAligner(CONFLICT.fields)
    pairs, [[similarity]] = aligner.align(finished(EVENT), finished(with_changes(OTHER, locations=EVENT["locations"])))
    assert similarity < EVENT_FLOOR
    assert pairs == []


def test_the_quotes_of_an_event_are_compared_whatever_their_order() -> None:
    assert word_pairs(["two shells fell", "nobody was hurt"]) == word_pairs(["nobody was hurt", "two shells fell"])
    assert ("fell", "nobody") not in (word_pairs(["two shells fell", "nobody was hurt"]) or ())
    assert word_pairs(["fire", "rain"]) == {("fire", ""), ("rain", "")}
    assert word_pairs([]) is None
    assert word_pairs([" "]) is None


def leaf(name: str, weight: float) -> FieldSpec:
    return FieldSpec(name, "leaf", "exact", "none", Scored(weight=weight))


def test_a_field_that_one_side_fills_weighs_half_and_one_that_neither_fills_nothing() -> None:
    similarity = item_similarity([leaf("a", 1.0), leaf("b", 1.0)])
    assert similarity({"a": 1, "b": None}, {"a": 1, "b": None}) == 1.0
    assert similarity({"a": 1, "b": None}, {"a": 1, "b": 2}) == pytest.approx(1 / 1.5)
    assert similarity({"a": 1, "b": 2}, {"a": 1, "b": 3}) == 0.5


def test_zero_and_false_are_values_to_align_by() -> None:
    similarity = item_similarity([leaf("a", 1.0), leaf("b", 1.0)])
    assert similarity({"a": 0, "b": False}, {"a": 0, "b": False}) == 1.0
    assert similarity({"a": 0, "b": 1}, {"a": None, "b": 1}) == pytest.approx(1 / 1.5)


def test_a_nested_model_whose_fields_have_no_weight_has_no_say() -> None:
    nested = FieldSpec("inner", "model", None, "none", Scored(), children=(leaf("x", 0.0),))
    similarity = item_similarity([leaf("a", 1.0), nested])
    assert similarity({"a": 1, "inner": {"x": 1}}, {"a": 1, "inner": {"x": 2}}) == 1.0


def test_items_of_a_list_are_paired_in_lists_of_one_as_in_lists_of_many() -> None:
    names = comparator_for(FieldSpec("names", "list_of_leaves", "name", "name", Scored())).similarity
    assert pair_items(["Harlow"], ["Quillon"], names) == []
    assert pair_items(["Harlow", "Redgate"], ["Quillon", "Redgate"], names) == [(1, 1)]
    assert pair_items(["Harlow"], ["Harlow Freight"], names) == [(0, 0)]
    assert pair_items(["Redgate", "Harlow"], ["Harlow Freight", "Redgate"], names) == [(0, 1), (1, 0)]


def test_the_similarity_of_lists_is_that_of_their_best_pairs_over_the_longer_list() -> None:
    exact = comparator_for(leaf("x", 1.0)).similarity
    similarity = list_similarity(exact)
    assert similarity([1, 2, 3], [3, 2, 1]) == 1.0
    assert similarity([1], [1, 2, 3, 4]) == similarity([1, 2, 3, 4], [1]) == 0.25
    assert similarity([1], [2]) == similarity([1, 2], [3, 4]) == 0.0


def crowd(size: int, seed: int) -> list[dict[str, Any]]:
    """Events of one article, each with its own site, day and quote."""
    rng = random.Random(seed)  # noqa: S311 - no secret
    words = [f"word{number}" for number in range(3000)]
    return finished(
        *(
            with_changes(
                EVENT,
                date={"value": f"2020-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"},
                locations=[{"site": f"Camp {rng.choice(words)}", "country": "IQ"}],
                evidence=[" ".join(rng.choices(words, k=12))],
            )
            for _ in range(size)
        )
    )


def test_ten_thousand_predictions_are_paired_with_five_gold_events() -> None:
    gold = crowd(5, seed=1)
    predicted = [*crowd(1000, seed=2) * 10]
    predicted[7::2000] = gold
    pairs, _ = EventAligner(CONFLICT.fields).align(gold, predicted)
    assert pairs == [(i, 7 + 2000 * i) for i in range(5)]


def test_beyond_the_exact_pairs_equal_events_are_still_found() -> None:
    gold = crowd(600, seed=3)
    assert len(gold) ** 2 > EXACT_PAIRS
    pairs, matrix = EventAligner(CONFLICT.fields).align(gold, gold[300:] + gold[:300])
    assert pairs == [(i, (i + 300) % 600) for i in range(600)]
    assert (len(matrix), len(matrix[0])) == (600, 600)


def test_a_model_in_a_loop_does_not_hide_the_event_that_it_repeats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evals.align.EXACT_PAIRS", 100)
    gold = finished(EVENT, OTHER)
    pairs, _ = EventAligner(CONFLICT.fields).align(gold, finished(EVENT) * 1000)
    assert len(pairs) == 1
    assert pairs[0][0] == 0
