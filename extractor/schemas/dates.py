"""Dates in EDTF (ISO 8601-2:2019), the part of it that news needs.

`YYYY-MM-DD`, `YYYY-MM`, `YYYY`; `XXXX-MM-DD` and `XXXX-MM` where the year cannot be had; `a/b` for a range, `../b` for
"on or before b" and `a/..` for "on or after a", these two with a year. Months and days must exist (29 February passes
without a year). The `edtf` package parses the whole standard, at milliseconds a value, and lets `XXXX-02-30` pass; the
tests use it as the oracle that what passes here is EDTF.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import AfterValidator, WithJsonSchema

Precision = Literal["day", "week", "month", "year", "unknown"]

_POINT = r"(?:\d{4}|\d{4}-\d{2}|\d{4}-\d{2}-\d{2}|XXXX-\d{2}|XXXX-\d{2}-\d{2})"
_EDTF = re.compile(rf"{_POINT}(?:/{_POINT})?", re.ASCII)
_OPEN = re.compile(r"\.\./(?P<last>\d{4}(?:-\d{2}){0,2})|(?P<first>\d{4}(?:-\d{2}){0,2})/\.\.", re.ASCII)
_LEAP_YEAR = 2000
_DAYS_OF_WEEK, _DAYS_OF_MONTH = 7, 31


@dataclass(frozen=True, slots=True)
class DatePoint:
    """One date at its own precision: None stands for what is not known."""

    year: int | None
    month: int | None = None
    day: int | None = None

    @property
    def precision(self) -> Precision:
        """The finest part that is known."""
        if self.day is not None:
            return "day"
        return "month" if self.month is not None else "year"


@dataclass(frozen=True, slots=True)
class Edtf:
    """A parsed value: `end` is None unless it is a range with two ends.

    A range with an open side has its one end as `start`, and `open` says on which side of it the range lies.
    """

    start: DatePoint
    end: DatePoint | None = None
    open: Literal["before", "after"] | None = None

    @property
    def precision(self) -> Precision:
        """A range of days counts as a week up to 7 days, a month up to 31, a year beyond; an open one is `unknown`."""
        if self.open is not None:
            return "unknown"
        if self.end is None:
            return self.start.precision
        first, last = as_day(self.start), as_day(self.end)
        if first is None or last is None:
            return max(self.start.precision, self.end.precision, key=("day", "week", "month", "year").index)
        days = (last - first).days + 1
        if days <= _DAYS_OF_WEEK:
            return "week"
        return "month" if days <= _DAYS_OF_MONTH else "year"


def as_day(point: DatePoint) -> date | None:
    """The calendar day of a point, or None unless year, month and day are all known."""
    if point.year is None or point.month is None or point.day is None:
        return None
    return date(point.year, point.month, point.day)


@lru_cache(maxsize=8192)
def parse_edtf(value: str) -> Edtf:
    """Parse an EDTF value.

    Raises:
        ValueError: not one of the forms above, a month or day that does not exist, or a range that ends before it
            starts; the message says what to write instead.
    """
    if one_sided := _OPEN.fullmatch(value):
        point = _parse_point(one_sided["last"] or one_sided["first"])
        return Edtf(point, open="before" if one_sided["last"] else "after")
    if not _EDTF.fullmatch(value):
        raise ValueError(
            f"{value!r} is not a date we take: write YYYY-MM-DD, YYYY-MM, YYYY, XXXX-MM-DD without a year, or a/b"
        )
    first, _, last = value.partition("/")
    start = _parse_point(first)
    if not last:
        return Edtf(start)
    end = _parse_point(last)
    if start.year is not None and end.year is not None and _order(end) < _order(start):
        raise ValueError(f"{value!r} ends before it starts: write the earlier date first")
    return Edtf(start, end)


def _order(point: DatePoint) -> tuple[int, int, int]:
    return (point.year or 0, point.month or 0, point.day or 0)


def _parse_point(text: str) -> DatePoint:
    year_text, *rest = text.split("-")
    year = None if year_text == "XXXX" else int(year_text)
    month = int(rest[0]) if rest else None
    day = int(rest[1]) if len(rest) > 1 else None
    if year == 0 or (month is not None and month not in range(1, 13)):
        raise ValueError(f"{text!r} has no such month or year: months run from 01 to 12, years from 0001")
    if month is not None and day is not None and not 1 <= day <= monthrange(year or _LEAP_YEAR, month)[1]:
        raise ValueError(f"{text!r} is no day of the calendar: check the day of the month")
    return DatePoint(year, month, day)


def precision_of(value: str | None) -> Precision:
    """The precision of an EDTF value, `unknown` for None."""
    return "unknown" if value is None else parse_edtf(value).precision


def _check(value: str) -> str:
    parse_edtf(value)
    return value


EdtfDate = Annotated[str, AfterValidator(_check), WithJsonSchema({"type": "string"})]
"""A string field that holds an EDTF value. The pattern stays out of the JSON schema: grammar engines choke on it."""
