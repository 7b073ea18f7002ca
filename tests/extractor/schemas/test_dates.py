"""EDTF dates: what is taken, what is refused and why, held against the `edtf` package."""

from __future__ import annotations

from datetime import date

import edtf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from evals.compare import Verdict, compare_dates
from extractor.schemas.dates import DatePoint, Edtf, EdtfDate, Precision, as_day, parse_edtf, precision_of

DAYS = st.dates(date(1900, 1, 1), date(2099, 12, 31))


def written(day: date, finest: str, *, with_year: bool) -> str:
    parts = [f"{day.year:04}" if with_year else "XXXX", f"{day.month:02}", f"{day.day:02}"]
    return "-".join(parts[: {"year": 1, "month": 2, "day": 3}[finest]])


POINTS = st.builds(written, DAYS, st.sampled_from(["year", "month", "day"]), with_year=st.just(True))
YEARLESS = st.builds(written, DAYS, st.sampled_from(["month", "day"]), with_year=st.just(False))
RANGES = st.tuples(POINTS, POINTS).map(sorted).map("/".join)


@settings(max_examples=80, deadline=None)
@given(POINTS | YEARLESS | RANGES | st.tuples(YEARLESS, YEARLESS).map("/".join) | st.text("0123456789X-/", max_size=12))
def test_what_is_taken_is_edtf(value: str) -> None:
    try:
        parse_edtf(value)
    except ValueError:
        return
    edtf.parse_edtf(value)  # raises if it is not


@pytest.mark.parametrize("value", ["../2024-05-07", "../2024", "2024-05/.."])
def test_open_ranges_are_edtf(value: str) -> None:
    parse_edtf(value)
    edtf.parse_edtf(value)


def day_of(time: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(time[:3])


@settings(max_examples=60, deadline=None)
@given(POINTS | RANGES.filter(lambda value: "/" in value), POINTS)
def test_dates_overlap_where_the_edtf_package_says_that_their_days_do(a: str, b: str) -> None:
    try:
        parse_edtf(a)
    except ValueError:  # sorted as texts: `2020-05/2020` ends before it starts for us
        return
    one, other = edtf.parse_edtf(a), edtf.parse_edtf(b)
    meet = day_of(one.lower_strict()) <= day_of(other.upper_strict()) and day_of(other.lower_strict()) <= day_of(
        one.upper_strict()
    )
    assert (compare_dates(a, b) is not Verdict.INCORRECT) == meet


@settings(max_examples=60, deadline=None)
@given(POINTS | YEARLESS)
def test_a_point_keeps_what_is_written_and_nothing_else(value: str) -> None:
    point = parse_edtf(value).start
    year = "XXXX" if point.year is None else f"{point.year:04}"
    parts = [year, *(f"{part:02}" for part in (point.month, point.day) if part is not None)]
    assert "-".join(parts) == value
    assert parse_edtf(value).end is None


@pytest.mark.parametrize(
    ("value", "parsed"),
    [
        ("2024-05-07", Edtf(DatePoint(2024, 5, 7))),
        ("XXXX-12-27", Edtf(DatePoint(None, 12, 27))),
        ("2023-12-30/2024-01-02", Edtf(DatePoint(2023, 12, 30), DatePoint(2024, 1, 2))),
        ("XXXX-12-30/XXXX-01-02", Edtf(DatePoint(None, 12, 30), DatePoint(None, 1, 2))),
        ("../2024-05", Edtf(DatePoint(2024, 5), open="before")),
        ("2024/..", Edtf(DatePoint(2024), open="after")),
    ],
)
def test_values_are_parsed_into_their_parts(value: str, parsed: Edtf) -> None:
    assert parse_edtf(value) == parsed


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("late May", "write YYYY-MM-DD"),
        ("", "write YYYY-MM-DD"),
        ("2024-5-7", "write YYYY-MM-DD"),
        ("07.05.2024", "write YYYY-MM-DD"),
        ("2024-05-07T20:00", "write YYYY-MM-DD"),
        ("2024-05-07\n", "write YYYY-MM-DD"),
        ("２０２４-05-07", "write YYYY-MM-DD"),
        ("XXXX", "write YYYY-MM-DD"),
        ("2024-XX-07", "write YYYY-MM-DD"),
        ("2024/2025/2026", "write YYYY-MM-DD"),
        ("2024/", "write YYYY-MM-DD"),
        ("../XXXX-05-07", "write YYYY-MM-DD"),
        ("../..", "write YYYY-MM-DD"),
        ("0000-05-07", "no such month or year"),
        ("2024-13-01", "no such month or year"),
        ("2024-00", "no such month or year"),
        ("2024-04-31", "no day of the calendar"),
        ("2023-02-29", "no day of the calendar"),
        ("XXXX-02-30", "no day of the calendar"),
        ("../2023-02-29", "no day of the calendar"),
        ("2024-05-07/2024-05-06", "ends before it starts"),
    ],
)
def test_other_values_are_refused_with_what_to_write_instead(value: str, says: str) -> None:
    with pytest.raises(ValueError, match=says) as caught:
        parse_edtf(value)
    assert "\n" not in str(caught.value)


def test_the_29th_of_february_exists_in_leap_years_and_without_a_year() -> None:
    assert parse_edtf("2024-02-29").start == DatePoint(2024, 2, 29)
    assert parse_edtf("XXXX-02-29").start == DatePoint(None, 2, 29)


@pytest.mark.parametrize(
    ("value", "precision"),
    [
        (None, "unknown"),
        ("2024-05-07", "day"),
        ("XXXX-05-07", "day"),
        ("2024-05", "month"),
        ("XXXX-05", "month"),
        ("2024", "year"),
        ("2024-05-01/2024-05-07", "week"),
        ("2024-05-01/2024-05-08", "month"),
        ("2024-05-01/2024-05-31", "month"),
        ("2024-05-01/2024-06-01", "year"),
        ("2023-12-30/2024-01-02", "week"),
        ("2024-05/2024-06-07", "month"),
        ("2024/2025", "year"),
        ("../2024-05-07", "unknown"),
    ],
)
def test_precision_follows_from_the_value(value: str | None, precision: Precision) -> None:
    assert precision_of(value) == precision


@settings(max_examples=40, deadline=None)
@given(DAYS)
def test_a_full_date_is_a_day_of_the_calendar(day: date) -> None:
    assert as_day(parse_edtf(day.isoformat()).start) == day
    assert as_day(parse_edtf(f"XXXX{day.isoformat()[4:]}").start) is None
    assert as_day(parse_edtf(day.isoformat()[:7]).start) is None


def test_a_field_of_this_type_is_plain_text_to_a_model_and_checked_on_the_way_in() -> None:
    adapter = TypeAdapter(EdtfDate)
    assert adapter.json_schema() == {"type": "string"}
    assert adapter.validate_python("2024-05") == "2024-05"
    with pytest.raises(ValidationError, match="write YYYY-MM-DD"):
        adapter.validate_python("May 2024")
