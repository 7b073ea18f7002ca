"""Counts are bounds; what makes no sense is refused with what to do."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from extractor.schemas import load_schema
from extractor.schemas.conflict import Casualties
from extractor.schemas.counts import COMPACT, Count, count_in_words

BOUND = st.none() | st.integers(0, 50)


@given(BOUND, BOUND)
def test_a_count_has_a_bound_and_its_lower_one_is_not_above_its_upper_one(low: int | None, high: int | None) -> None:
    sound = (low is not None or high is not None) and not (low is not None and high is not None and low > high)
    try:
        count = Count(min=low, max=high)
    except ValidationError:
        assert not sound
    else:
        assert sound
        assert (count.min, count.max, count.approx, count.disputed) == (low, high, False, False)


def test_zero_is_a_count() -> None:
    assert Count(min=0, max=0).model_dump() == {"min": 0, "max": 0, "approx": False, "disputed": False}


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({}, "leave the whole count null"),
        ({"min": None, "max": None}, "leave the whole count null"),
        ({"min": 5, "max": 2}, "min 5 is above max 2: swap them"),
        ({"min": -1}, "greater than or equal to 0"),
        ({"min": 2.5}, "valid integer"),
        ({"min": "7"}, "valid integer"),
        ({"min": True}, "valid integer"),
        ({"min": 7, "maximum": 8}, "maximum"),
    ],
)
def test_what_is_no_count_is_refused(values: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Count.model_validate(values)


@pytest.mark.parametrize(
    ("word", "bounds"),
    [
        ("7", {"min": 7, "max": 7}),
        (7, {"min": 7, "max": 7}),
        ("~40", {"min": 40, "max": 40, "approx": True}),
        ("5+", {"min": 5}),
        ("~12+", {"min": 12, "approx": True}),
        ("<=40", {"max": 40}),
        ("9-14", {"min": 9, "max": 14}),
        ("9-14?", {"min": 9, "max": 14, "disputed": True}),
        ("0", {"min": 0, "max": 0}),
    ],
)
def test_a_count_in_one_word_is_the_same_count(word: object, bounds: dict[str, object]) -> None:
    assert Count.model_validate(word) == Count.model_validate(bounds)


@pytest.mark.parametrize("word", ["", "many", "-5", "5-", "14-9", "7.5", "1e3", "٣", "9999999999", True, 7.5, [7]])
def test_a_word_that_is_no_count_is_refused(word: object) -> None:
    with pytest.raises(ValidationError):
        Count.model_validate(word)


@given(st.from_regex(COMPACT, fullmatch=True))
def test_whatever_the_compact_schema_lets_through_is_read_or_refused_for_its_bounds_alone(word: str) -> None:
    low, _, high = word.strip("~?").partition("-")
    if high and int(low) > int(high):
        with pytest.raises(ValidationError, match="is above max"):
            Count.model_validate(word)
        return
    count = Count.model_validate(word)
    assert count.disputed == word.endswith("?")
    assert count.approx == word.startswith("~")


def test_the_compact_json_schema_differs_in_what_has_a_compact_notation_alone() -> None:
    schema = load_schema("conflict")
    plain, compact = deepcopy(schema.json_schema()), deepcopy(schema.json_schema(compact=True))
    for name, model in (("Count", Count), ("Casualties", Casualties)):
        assert compact["$defs"].pop(name) == {"title": name, **model.compact_json_schema()}
        assert plain["$defs"].pop(name)["type"] == "object"
    assert plain == compact


@pytest.mark.parametrize(
    ("count", "words"),
    [
        ({"min": 7, "max": 7}, "7"),
        ({"min": 0, "max": 0}, "0"),
        ({"min": 5, "max": None}, "5 or more"),
        ({"min": None, "max": 40}, "up to 40"),
        ({"min": 9, "max": 14, "disputed": True}, "9–14 (disputed)"),
        ({"min": 12, "max": None, "approx": True, "disputed": True}, "12 or more (approximate, disputed)"),
        ({"min": None, "max": None}, "–"),
    ],
)
def test_a_count_is_said_in_words(count: dict[str, Any], words: str) -> None:
    assert count_in_words(count) == words
