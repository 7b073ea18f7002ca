"""Date words and what they resolve to: EDTF, with an anchor only (guide 4)."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from dateutil.relativedelta import relativedelta

from extractor.backends.rules.lexicon import Wordings
from extractor.backends.rules.quantities import number

_DATELINE_REACH = 120
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True)
class _Patterns:
    date: re.Pattern[str]
    hint: re.Pattern[str]
    full: re.Pattern[str]
    post_line: re.Pattern[str]


@lru_cache(maxsize=1)
def _patterns() -> _Patterns:
    wordings = Wordings("dates")
    return _Patterns(
        re.compile(wordings.source("date"), re.IGNORECASE),
        re.compile(wordings.source("hint"), re.IGNORECASE),
        re.compile(wordings.source("full"), re.IGNORECASE),
        re.compile(wordings.source("post_line"), re.IGNORECASE | re.MULTILINE),
    )


@dataclass(frozen=True, slots=True)
class DateMention:
    """Date words at `[start, end)` of what was read. `value` is EDTF or None; `weekday` 0-6 where one is named.

    `past` marks words that themselves point away from the day's news ("last year", "December 27").
    """

    start: int
    end: int
    value: str | None
    weekday: int | None = None
    past: bool = False

    @property
    def is_day(self) -> bool:
        """Whether the words name a day, resolved or not."""
        return self.weekday is not None or is_day(self.value)


def is_day(value: str | None) -> bool:
    """Whether an EDTF value names a day."""
    return value is not None and value.count("-") == 2  # noqa: PLR2004


def find_anchor(folded: str, published: date | None) -> date | None:
    """The day that relative words count from: the publication date, else a dateline or dated post in the text."""
    if published is not None:
        return published
    lines = [folded[:_DATELINE_REACH], *(match.group() for match in _patterns().post_line.finditer(folded))]
    for line in lines:
        if (found := _patterns().full.search(line)) and (
            mention := _resolve(_patterns().date.search(found.group()), None)
        ):
            return date.fromisoformat(mention.value) if mention.value else None
    return None


def find_dates(folded: str, anchor: date | None) -> list[DateMention]:
    """All date words in a clause, in order."""
    if not _patterns().hint.search(folded):
        return []
    return [mention for match in _patterns().date.finditer(folded) if (mention := _resolve(match, anchor)) is not None]


def _resolve(match: re.Match[str] | None, anchor: date | None) -> DateMention | None:
    if match is None:
        return None
    start, end = match.span()
    if match["iso"]:
        return DateMention(start, end, _iso(match["iso"]), past=True)
    for month, day, year in (("m1", "d1", "y1"), ("m2", "d2", "y2")):
        if match[month]:
            value = _month_day(_month(match[month]), int(match[day]), match[year], anchor)
            return DateMention(start, end, value, past=True) if value else None
    for month, year in (("m3", "y3"), ("m4", "y4"), ("m5", "y5")):
        if match[month]:
            return DateMention(start, end, _month_only(_month(match[month]), match[year], anchor), past=True)
    return _relative(match, anchor)


def _relative(match: re.Match[str], anchor: date | None) -> DateMention:
    start, end = match.span()
    if match["weekday"]:
        weekday = _WEEKDAYS.index(match["weekday"].lower())
        return DateMention(start, end, _back(anchor, lambda day: (day.weekday() - weekday) % 7), weekday)
    if match["today"] or match["yesterday"]:
        return DateMention(start, end, _back(anchor, lambda _: 1 if match["yesterday"] else 0))
    value = None
    if match["year"]:
        value = match["year"]
    elif match["n"]:
        value = _ago(match["n"], match["unit"].lower().rstrip("s"), anchor)
    elif match["period"]:
        value = _period(match["last"].lower(), match["period"].lower(), anchor)
    return DateMention(start, end, value, past=any(match[group] for group in ("year", "n", "period", "vague")))


def _back(anchor: date | None, days: Callable[[date], int]) -> str | None:
    return (anchor - timedelta(days=days(anchor))).isoformat() if anchor else None


def _ago(amount: str, unit: str, anchor: date | None) -> str | None:
    count = 1 if amount.lower() == "a" else number(amount)
    if anchor is None or count is None:
        return None
    if unit == "day":
        return (anchor - timedelta(days=count)).isoformat()
    if unit == "month":
        return (anchor - relativedelta(months=count)).isoformat()[:7]
    return str(anchor.year - count) if unit == "year" else None


def _period(which: str, period: str, anchor: date | None) -> str | None:
    if anchor is None or period == "week":
        return None
    back = 1 if which == "last" else 0
    if period == "year":
        return str(anchor.year - back)
    return (anchor - relativedelta(months=back)).isoformat()[:7]


def _month(name: str) -> int:
    return _MONTHS.index(name.lower()[:3]) + 1


def _iso(text: str) -> str | None:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None


def _month_day(month: int, day: int, year: str | None, anchor: date | None) -> str | None:
    """`YYYY-MM-DD`; without a year the latest such day not after the anchor; without an anchor `XXXX-MM-DD`."""
    if not 1 <= day <= monthrange(2000, month)[1]:
        return None
    if year is None and anchor is None:
        return f"XXXX-{month:02}-{day:02}"
    for candidate in [int(year)] if year else [anchor.year - back for back in range(5)] if anchor else []:
        if day <= monthrange(candidate, month)[1]:
            found = date(candidate, month, day)
            if year or (anchor and found <= anchor):
                return found.isoformat()
    return None


def _month_only(month: int, year: str | None, anchor: date | None) -> str:
    if year:
        return f"{year}-{month:02}"
    if anchor is None:
        return f"XXXX-{month:02}"
    return f"{anchor.year - (month > anchor.month)}-{month:02}"
