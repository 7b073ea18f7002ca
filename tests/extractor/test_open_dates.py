"""Dates that name one end only: "on or before", "on or after"."""

from __future__ import annotations

from datetime import date, timedelta

import edtf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.compare import OPEN_REACH_DAYS, Verdict, compare_dates
from extractor.schemas.dates import DatePoint, parse_edtf, precision_of

DAYS = st.dates(date(1000, 1, 1), date(9998, 12, 31))


def test_the_one_end_is_kept_with_its_side() -> None:
    before, after = parse_edtf("../1987-09-07"), parse_edtf("1987-09/..")
    assert (before.start, before.end, before.open) == (DatePoint(1987, 9, 7), None, "before")
    assert (after.start, after.end, after.open) == (DatePoint(1987, 9), None, "after")
    assert parse_edtf("1987-09-07").open is None
    assert precision_of("../1987-09-07") == "unknown"


@pytest.mark.parametrize(
    "value",
    ["../..", "..", "../", "/..", "../XXXX-09-07", "../1987-13", "../1987-02-29", "1987/../1988", "../1987/1988"],
)
def test_other_uses_of_dots_are_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r"write|check|months"):
        parse_edtf(value)


@given(DAYS, st.sampled_from([4, 7, 10]), st.booleans())
def test_what_passes_is_edtf_to_the_library_that_knows_the_standard(day: date, length: int, before: bool) -> None:
    end = day.isoformat()[:length]
    value = f"../{end}" if before else f"{end}/.."
    parse_edtf(value)
    assert str(edtf.parse_edtf(value)) == value


@given(DAYS, st.integers(-40, 40))
def test_an_open_side_reaches_a_week_and_no_further(day: date, distance: int) -> None:
    other = (day + timedelta(days=distance)).isoformat()
    near = Verdict.PARTIAL if -OPEN_REACH_DAYS <= distance <= 0 else Verdict.INCORRECT
    assert compare_dates(f"../{day.isoformat()}", other) is near
    assert compare_dates(other, f"../{day.isoformat()}") is near
    assert compare_dates(f"{(day + timedelta(days=distance)).isoformat()}/..", day.isoformat()) is near


def test_open_dates_agree_with_what_they_overlap() -> None:
    assert compare_dates("../1987-09-07", "../1987-09-07") is Verdict.CORRECT
    assert compare_dates("../1987-09-07", "../1987-09-10") is Verdict.PARTIAL
    assert compare_dates("../1987-09-07", "../1989-09-07") is Verdict.INCORRECT
    assert compare_dates("../1987-09-07", "1987-09") is Verdict.PARTIAL
    assert compare_dates("../1987-09-07", "1987-08-20/1987-09-02") is Verdict.PARTIAL
    assert compare_dates("../1987-01-03", "XXXX-12-29") is Verdict.PARTIAL
    assert compare_dates("../1987-01-03", "XXXX-07-29") is Verdict.INCORRECT
    assert compare_dates("../0001-01-02", "0001-01-01") is Verdict.PARTIAL
    assert compare_dates("9999-12-31/..", "9999-12-31") is Verdict.PARTIAL
