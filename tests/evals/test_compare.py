"""Comparators: what is right, partly right and wrong, field kind by field kind, the same from either side."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.compare import (
    Comparator,
    Verdict,
    comparator_for,
    compare_counts,
    compare_dates,
    is_capital,
    is_coarser_place,
)
from extractor.schemas.conflict import NEAR_EVENT_TYPES, NEAR_MUNITION_TYPES
from extractor.schemas.fields import FieldSpec
from extractor.schemas.metadata import Comparator as ComparatorName
from extractor.schemas.metadata import Scored
from tests.evals.generated_events import COUNTS, DATES, NAMES

CORRECT, PARTIAL, INCORRECT = Verdict.CORRECT, Verdict.PARTIAL, Verdict.INCORRECT
LEVELS = ("settlement", "admin1")


def comparator(name: ComparatorName, near: frozenset[frozenset[str]] = frozenset()) -> Comparator:
    return comparator_for(FieldSpec("x", "leaf", name, "none", Scored(near=near)))


@pytest.mark.parametrize(
    ("a", "b", "verdict"),
    [
        ("2024-05-07", "2024-05-07", CORRECT),
        ("2024-05", "2024-05", CORRECT),
        ("2024", "2024", CORRECT),
        ("XXXX-05-07", "XXXX-05-07", CORRECT),
        # coarser or finer
        ("2024-05", "2024-05-07", PARTIAL),
        ("2024", "2024-05-07", PARTIAL),
        ("2024", "2024-05", PARTIAL),
        ("2024-05-01/2024-05-09", "2024-05-07", PARTIAL),
        ("2024-05-01/2024-05-09", "2024-05-09/2024-05-12", PARTIAL),
        ("2024-05/2024-07", "2024-06-30", PARTIAL),
        ("2024/2025", "2025-12-31", PARTIAL),
        ("2023-12-30/2024-01-02", "2024-01-01", PARTIAL),
        ("2023-12-30/2024-01-02", "2023", PARTIAL),
        # nothing in common, however alike the text
        ("2024-01-02", "2024-11-02", INCORRECT),
        ("2024-01-02", "2024-01-03", INCORRECT),
        ("2024-01-02", "2023-01-02", INCORRECT),
        ("2024-01", "2024-02-01", INCORRECT),
        ("2024", "2023-12-31", INCORRECT),
        ("2024-05-01/2024-05-09", "2024-05-10", INCORRECT),
        ("2023-12-30/2024-01-02", "2024-06-01", INCORRECT),
        # without a year
        ("XXXX-05-07", "2024-05-07", PARTIAL),
        ("XXXX-05-07", "2024-05", PARTIAL),
        ("XXXX-05", "2024-05-07", PARTIAL),
        ("XXXX-05", "XXXX-05-31", PARTIAL),
        ("XXXX-02-29", "2023-02", PARTIAL),
        ("XXXX-05-07", "2024-05-08", INCORRECT),
        ("XXXX-05-07", "XXXX-07-05", INCORRECT),
        ("XXXX-05-07", "2024-11", INCORRECT),
        ("XXXX-05-07", "2024", INCORRECT),  # a bare year says nothing that month and day could be held against
        # without a year, over the turn of one
        ("XXXX-12-30/XXXX-01-02", "2023-12-31", PARTIAL),
        ("XXXX-12-30/XXXX-01-02", "2024-01-01", PARTIAL),
        ("XXXX-12-30/XXXX-01-02", "XXXX-01-02", PARTIAL),
        ("XXXX-12-30/XXXX-01-02", "2023-12-30/2024-01-02", PARTIAL),
        ("XXXX-12-30/XXXX-01-02", "2024-06-15", INCORRECT),
        ("2023-12-30/2024-01-02", "XXXX-12-31", PARTIAL),
        ("2023-12-30/2024-01-02", "XXXX-03", INCORRECT),
        ("2022-03/2024-05", "XXXX-08-01", PARTIAL),
        ("2023-03/2024-05", "XXXX-08-01", PARTIAL),
        ("2023-11/2024-02", "XXXX-08-01", INCORRECT),
        ("2023-11/2024-02", "XXXX-02-29", PARTIAL),
        # open on one side
        ("../2024-05-07", "2024-05-06", PARTIAL),
        ("../2024-05-07", "2024-05-08", INCORRECT),
        ("../2024-05-07", "2023-05-07", INCORRECT),
        ("2024-05-07/..", "2024-05-08", PARTIAL),
        ("2024-05-07/..", "2024-05-06", INCORRECT),
        ("../2024-01-03", "XXXX-12-30", PARTIAL),
    ],
)
def test_dates_are_compared_by_the_days_they_name(a: str, b: str, verdict: Verdict) -> None:
    assert compare_dates(a, b) is verdict
    assert compare_dates(b, a) is verdict


@pytest.mark.parametrize(
    ("a", "b", "verdict"),
    [
        ((7, 7), (7, 7), CORRECT),
        ((0, 0), (0, 0), CORRECT),
        ((5, None), (5, None), CORRECT),
        ((None, 5), (None, 5), CORRECT),
        ((5, 9), (7, 7), PARTIAL),
        ((5, 7), (7, 9), PARTIAL),
        ((5, None), (100, 100), PARTIAL),
        ((5, None), (8, None), PARTIAL),
        ((None, 5), (0, 0), PARTIAL),
        ((None, 5), (5, None), PARTIAL),
        ((7, 7), (8, 8), INCORRECT),
        ((0, 0), (1, 1), INCORRECT),
        ((5, 6), (7, 9), INCORRECT),
        ((5, None), (4, 4), INCORRECT),
        ((None, 5), (6, None), INCORRECT),
    ],
)
def test_counts_are_right_with_equal_bounds_and_partly_right_where_they_overlap(
    a: tuple[int | None, int | None], b: tuple[int | None, int | None], verdict: Verdict
) -> None:
    one, other = ({"min": low, "max": high} for low, high in (a, b))
    assert compare_counts(one, other) is verdict
    assert compare_counts(other, one) is verdict


def test_the_hedge_of_a_count_does_not_change_the_verdict_on_its_bounds() -> None:
    about = {"min": 7, "max": 7, "approx": True, "disputed": False}
    assert compare_counts(about, {**about, "approx": False}) is CORRECT


def test_enumerations_are_partly_right_for_the_pairs_that_the_schema_calls_near_and_for_no_others() -> None:
    types = comparator("enum", NEAR_EVENT_TYPES)
    assert types.verdict("armed_clash", "armed_assault") is PARTIAL
    assert types.verdict("armed_assault", "armed_clash") is PARTIAL
    assert types.verdict("armed_clash", "protest") is INCORRECT
    assert types.verdict("protest", "protest") is CORRECT
    munitions = comparator("enum", NEAR_MUNITION_TYPES)
    assert munitions.verdict("rocket", "missile") is PARTIAL
    assert munitions.verdict("rocket", "ballistic_missile") is INCORRECT  # nearness is not handed on
    assert munitions.similarity("rocket", "missile") == 0.5


def test_flags_and_numbers_are_right_only_where_they_are_equal() -> None:
    exact = comparator("exact")
    assert exact.verdict(False, False) is CORRECT
    assert exact.verdict(0, 0) is CORRECT
    assert exact.verdict(False, True) is INCORRECT
    assert exact.verdict(51.0, 50.9) is INCORRECT
    assert comparator("country").verdict("IQ", "IR") is INCORRECT


def test_a_capital_stands_for_its_state_among_actors_only() -> None:
    assert comparator("actor").verdict("Washington", "United States") is CORRECT
    assert comparator("place").verdict("Washington", "United States") is INCORRECT


def test_a_name_that_is_part_of_the_other_is_partly_right() -> None:
    assert comparator("name").verdict("Harlow", "Harlow Freight") is PARTIAL
    assert comparator("name").verdict("Harlow", "Quillon Mills") is INCORRECT


PLACE = {"site": "Pier Seven", "settlement": "Kirkuk", "admin1": "Kirkuk", "country": "IQ"}


def test_a_place_given_at_a_coarser_level_is_partly_right_from_either_side() -> None:
    for guess in ("Kirkuk", "the town of Kirkuk"):
        vague = {"site": guess, "country": "IQ"}
        assert is_coarser_place("Pier Seven", guess, PLACE, vague, LEVELS)
        assert is_coarser_place(guess, "Pier Seven", vague, PLACE, LEVELS)
    assert not is_coarser_place("Pier Seven", "Mosul", PLACE, {"site": "Mosul", "country": "IQ"}, LEVELS)


def test_the_capital_is_never_partly_right_for_a_place_within_it() -> None:
    pier = {"site": "Pier Seven", "settlement": "Baghdad", "country": "IQ"}
    assert not is_coarser_place("Pier Seven", "Baghdad", pier, {"site": "Baghdad", "country": "IQ"}, LEVELS)
    assert not is_coarser_place("Pier Seven", "Baghdad", pier, {"site": "Baghdad", "country": None}, LEVELS)
    nowhere = {**pier, "country": None}
    assert not is_coarser_place("Pier Seven", "Baghdad", nowhere, {"site": "Baghdad"}, LEVELS)


def test_whether_a_name_is_a_capital_does_not_depend_on_which_side_is_gold() -> None:
    # Georgetown is Guyana's capital and a town elsewhere: each place is judged by its own country.
    ours = {"site": "Pier Seven", "settlement": "Georgetown", "country": "GY"}
    theirs = {"site": "Georgetown", "settlement": None, "country": "MY"}
    forth = is_coarser_place("Pier Seven", "Georgetown", ours, theirs, LEVELS)
    assert is_coarser_place("Georgetown", "Pier Seven", theirs, ours, LEVELS) is forth is False


def test_a_capital_is_known_by_its_country_and_by_its_other_spellings() -> None:
    assert is_capital("Baghdad", "IQ")
    assert not is_capital("Baghdad", "IR")
    assert is_capital("Baghdad", None)
    assert not is_capital("Kirkuk", "IQ")
    assert not is_capital("Kirkuk", None)


VALUES: dict[ComparatorName, st.SearchStrategy[Any]] = {
    "exact": st.sampled_from([0, 1, 2]),
    "enum": st.sampled_from(["rocket", "missile", "drone"]),
    "date": st.sampled_from(DATES) | st.sampled_from(["XXXX-12-30/XXXX-01-02", "XXXX-01", "2023/2024", "../2024-01"]),
    "count": st.sampled_from(COUNTS),
    "name": st.sampled_from(NAMES),
    "actor": st.sampled_from([*NAMES, "Washington", "United States"]),
    "place": st.sampled_from(NAMES),
    "country": st.sampled_from(["IQ", "IR"]),
    "text": st.sampled_from(NAMES),
}


@pytest.mark.parametrize("name", VALUES)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_every_comparator_is_symmetric_and_finds_equal_values_right(name: ComparatorName, data: st.DataObject) -> None:
    a, b = data.draw(VALUES[name]), data.draw(VALUES[name])
    compare = comparator(name, NEAR_MUNITION_TYPES)
    assert compare.verdict(a, b) is compare.verdict(b, a)
    assert compare.similarity(a, b) == pytest.approx(compare.similarity(b, a), abs=1e-12)
    assert 0 <= compare.similarity(a, b) <= 1
    assert compare.verdict(a, a) is CORRECT
    assert compare.similarity(a, a) == 1.0


def test_a_model_has_no_comparator_of_its_own() -> None:
    with pytest.raises(ValueError, match="is a model"):
        comparator_for(FieldSpec("buyer", "model", None, "none", Scored()))
