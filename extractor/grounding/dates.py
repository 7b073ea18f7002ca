"""Dates as articles write them: "3 March 2021", "March 3-5", "late December", "2021-03-03", "03/03/2021".

Days and months only; weekdays and "tonight" are date words whose value comes from elsewhere.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from extractor.grounding import lexicon
from extractor.grounding.folding import Index
from extractor.schemas.dates import DatePoint

_NAMES = "|".join(sorted(lexicon.MONTHS, key=len, reverse=True))
_MONTH = re.compile(rf"(?:{'|'.join(lexicon.SHORT_MONTHS)})\b\.?|(?:{_NAMES})\b")
_ORDINAL = r"(?:st|nd|rd|th)?"
_JOIN = r"\s?(?:-|to|and|through)\s?"
_DAY_BEFORE = re.compile(rf"\b(\d{{1,2}}){_ORDINAL}(?:{_JOIN}(\d{{1,2}}){_ORDINAL})?(?:\s+of)?[\s-]+$")
_DAY_AFTER = re.compile(
    rf"\s+(?:the\s+)?(\d{{1,2}}){_ORDINAL}(?:{_JOIN}(\d{{1,2}}){_ORDINAL})?(?![\d:%]|\.\d|,\d{{3}})"
)
_YEAR_AFTER = re.compile(r"(?:,?\s+(?:of\s+)?|-)(\d{4})\b(?![-/.]\d)")
_NUMERIC = re.compile(r"(\d{1,4})([-./])(\d{1,2})\2(\d{1,4})(?![\d/-])")
_YEAR = re.compile(r"(1[89]\d\d|20\d\d)(?![\d:/%]|[.,]\d)")
_NO_DATE_AFTER = frozenset("./-,:$€£")
_REACH_BACK = 24  # room for "13th to 15th of " before a month
_YEAR_DIGITS = 4
_MONTHS_IN_YEAR, _DAYS_IN_MONTH = 12, 31


class WrittenDate(NamedTuple):
    """A date in the text; parts it does not give are None. `last_day` closes a range within the month.

    `is_certain` is False where day and month could be read the other way round ("03/04/2021").
    """

    start: int
    end: int
    year: int | None
    month: int | None
    day: int | None
    last_day: int | None = None
    is_certain: bool = True

    def matches(self, point: DatePoint) -> bool:
        """Whether this is the same date, as far as both say: only the year may be missing on one side."""
        if self.month != point.month or self.day != point.day:
            return False
        return self.year is None or point.year is None or self.year == point.year

    def completes(self, point: DatePoint) -> bool:
        """Whether the writing alone gives every part of a matching date."""
        return self.is_certain and (point.year is None or self.year is not None)


def find_dates(index: Index) -> list[WrittenDate]:
    """All written dates, in text order for each kind: with a month's name, numeric, years alone."""
    plain = index.plain
    months = (_MONTH.match(plain, start) for start in index.word_starts(lexicon.MONTHS))
    named = [date for match in months if match and (date := _named(index, match))]
    digits = [start for start, _ in index.digit_spans if plain[start - 1 : start] not in _NO_DATE_AFTER]
    numeric = [date for start in digits if (match := _NUMERIC.match(plain, start)) for date in _numeric(match)]
    taken = {place for date in (*named, *numeric) for place in range(date.start, date.end)}
    years = [
        WrittenDate(*match.span(), year=int(match.group()), month=None, day=None)
        for place in digits
        if place not in taken and (match := _YEAR.match(plain, place))
    ]
    return [*named, *numeric, *years]


def _named(index: Index, match: re.Match[str]) -> WrittenDate | None:
    plain, (start, end) = index.plain, match.span()
    written = match.group()
    has_stop = written.endswith(".")
    month = lexicon.MONTHS[written.rstrip(".")]
    before = _DAY_BEFORE.search(plain, max(start - _REACH_BACK, 0), start)
    after = None if before else _DAY_AFTER.match(plain, end)
    days = before or after
    if before:
        start = before.start()
    if after:
        end = after.end()
    year = _YEAR_AFTER.match(plain, end)
    if year:
        end = year.end()
    elif not days:
        if not index.text[start].isupper():
            return None  # "may" and "march" are words of their own
        end -= has_stop
    elif before and has_stop:
        end -= 1
    first, last = (days.group(1), days.group(2)) if days else (None, None)
    if first and int(first) not in range(1, _DAYS_IN_MONTH + 1):
        return None
    return WrittenDate(
        start,
        end,
        year=int(year.group(1)) if year else None,
        month=month,
        day=int(first) if first else None,
        last_day=int(last) if last else None,
    )


def _numeric(match: re.Match[str]) -> list[WrittenDate]:
    """The readings of a numeric date: year first as ISO has it, else day first or month first where both exist."""
    first, last = match.group(1), match.group(4)
    middle = int(match.group(3))
    if len(first) == _YEAR_DIGITS:
        readings = [(int(first), middle, int(last))]
    elif len(last) == _YEAR_DIGITS:
        readings = sorted({(int(last), middle, int(first)), (int(last), int(first), middle)})
    else:
        return []
    valid = [
        reading for reading in readings if 1 <= reading[1] <= _MONTHS_IN_YEAR and 1 <= reading[2] <= _DAYS_IN_MONTH
    ]
    return [WrittenDate(*match.span(), *reading, is_certain=len(valid) == 1) for reading in valid]
