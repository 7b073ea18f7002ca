"""Counts are bounds; what makes no sense is refused with what to do."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from extractor.schemas.counts import Count

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
