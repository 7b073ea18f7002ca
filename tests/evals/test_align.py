"""Which predicted event is which gold event, and how alike two records are."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.align import (
    EVENT_FLOOR,
    EventAligner,
    item_similarity,
    list_similarity,
    pair_items,
    word_pairs,
)
from evals.assign import assign_values, canonical
from evals.candidates import EXACT_PAIRS
from evals.compare import comparator_for
from extractor.schemas.fields import FieldSpec
from extractor.schemas.metadata import Scored
from tests.evals.generated_events import event, events
from tests.evals.scoring_cases import CONFLICT, EVENT, OTHER, SCORERS, finished, shuffled, with_changes


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
    ours, theirs = finished(EVENT), finished(with_changes(OTHER, locations=EVENT["locations"]))
    [[similarity]] = aligner.matrix(ours, theirs)
    assert similarity < EVENT_FLOOR
    assert aligner.align(ours, theirs) == ([], {})


@pytest.mark.parametrize("name", SCORERS)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_bounds_decide_as_the_similarities_themselves_would(name: str, data: st.DataObject) -> None:
    schema = SCORERS[name].schema
    gold, predicted = data.draw(events(schema)), data.draw(events(schema))
    aligner = EventAligner(schema.fields)
    matrix = aligner.matrix(gold, predicted)
    pairs, nearest = aligner.align(gold, predicted)
    assert pairs == assign_values(gold, predicted, matrix, EVENT_FLOOR)
    lone = set(range(len(predicted))) - {j for _, j in pairs}
    near = {j: [row[j] for row in matrix] for j in lone if matrix and max(row[j] for row in matrix) >= EVENT_FLOOR}
    assert nearest == {j: column.index(max(column)) for j, column in near.items()}


def test_the_quotes_of_an_event_are_compared_whatever_their_order() -> None:
    assert word_pairs(["two shells fell", "nobody was hurt"]) == word_pairs(["nobody was hurt", "two shells fell"])
    assert ("fell", "nobody") not in (word_pairs(["two shells fell", "nobody was hurt"]) or ())
    assert set(word_pairs(["fire", "rain"]) or ()) == {("fire", ""), ("rain", "")}
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
    pairs, nearest = EventAligner(CONFLICT.fields).align(gold, gold[300:] + gold[:300])
    assert pairs == [(i, (i + 300) % 600) for i in range(600)]
    assert nearest == {}


def test_a_model_in_a_loop_does_not_hide_the_event_that_it_repeats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evals.align.EXACT_PAIRS", 100)
    gold = finished(EVENT, OTHER)
    pairs, _ = EventAligner(CONFLICT.fields).align(gold, finished(EVENT) * 1000)
    assert len(pairs) == 1
    assert pairs[0][0] == 0
