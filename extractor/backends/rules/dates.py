"""Date words and what they resolve to: EDTF, with an anchor only (guide 4)."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from extractor.backends.rules.quantities import number

_MONTHS = (
    "January February March April May June July August September October November December".split()
)  # fmt: skip
_MONTH = r"(?:Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?|July?|Aug(?:ust|\.)?|Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)"
_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_WEEKDAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_PART = r"(?:early|late|morning|afternoon|evening|night|noon|midday|midnight|dawn|overnight)"
_SMALL = r"(?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|a)"

_DATE = re.compile(
    rf"\b(?:(?P<iso>\d{{4}}-\d{{2}}-\d{{2}})"
    rf"|(?:{_WEEKDAY},? )?(?P<m1>{_MONTH}) (?P<d1>\d{{1,2}})(?:st|nd|rd|th)?(?!\d|:|,\d{{3}}| (?:people|soldiers|percent))(?:,? (?P<y1>(?:19|20)\d\d))?"
    rf"|(?:{_WEEKDAY},? )?(?:the )?(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<m2>{_MONTH})(?:,? (?P<y2>(?:19|20)\d\d))?"
    rf"|(?P<part>early|mid|late|the (?:beginning|end|middle) of)[ -]{{1,3}}(?P<m3>{_MONTH})\b(?:,? (?P<y3>(?:19|20)\d\d))?"
    rf"|(?:(?<=in )|(?<=In )|(?<=last )|(?<=of )|(?<=an )|(?<=a ))(?P<m4>{_MONTH})\b(?! \d)(?:,? (?P<y4>(?:19|20)\d\d))?"
    rf"|(?P<m5>{_MONTH}),? (?P<y5>(?:19|20)\d\d)"
    rf"|(?:(?:early|late|last|the (?:previous|following)) )?(?P<weekday>{_WEEKDAY})(?:(?: in the)?,? (?:(?:early|late) )?{_PART})?"
    rf"|(?P<today>tonight|today|this (?:morning|afternoon|evening)|earlier (?:today|in the day))|(?P<yesterday>yesterday(?: (?:morning|afternoon|evening))?|last night)"
    rf"|(?P<n>{_SMALL}) (?P<unit>days?|weeks?|months?|years?) (?:ago|earlier)"
    rf"|(?:late |early |earlier )?(?P<last>last|this) (?P<period>year|month|week)"
    rf"|(?:(?<=in )|(?<=In )|(?<=since )|(?<=early )|(?<=late )|(?<=mid-))(?P<year>(?:19|20)\d\d)\b"
    rf"|(?P<vague>(?:{_SMALL} |a few |several |some )?(?:days|weeks|months|hours) (?:later|earlier|before))"
    rf"|(?P<same>(?:the|that) same (?:day|night|evening|morning)))",
    re.IGNORECASE,
)
_FULL = re.compile(
    rf"\b(?:{_MONTH} \d{{1,2}},? (?:19|20)\d\d|\d{{1,2}} {_MONTH},? (?:19|20)\d\d|\d{{4}}-\d{{2}}-\d{{2}})\b"
)
_POST_LINE = re.compile(
    r"^(?:.*\(@\w+\)|\s*(?:published|updated|posted|last updated|date)\b).*$", re.IGNORECASE | re.MULTILINE
)
_DATELINE_REACH = 120


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
        return self.weekday is not None or (self.value is not None and self.value.count("-") == 2)  # noqa: PLR2004


def find_anchor(folded: str, published: date | None) -> date | None:
    """The day that relative words count from: the publication date, else a dateline or dated post in the text."""
    if published is not None:
        return published
    lines = [folded[:_DATELINE_REACH], *(match.group() for match in _POST_LINE.finditer(folded))]
    for line in lines:
        if (found := _FULL.search(line)) and (mention := _resolve(_DATE.search(found.group()), None)):
            return date.fromisoformat(mention.value) if mention.value else None
    return None


def find_dates(folded: str, anchor: date | None) -> list[DateMention]:
    """All date words in a clause, in order."""
    return [mention for match in _DATE.finditer(folded) if (mention := _resolve(match, anchor)) is not None]


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
        day = anchor - timedelta(days=(anchor.weekday() - weekday) % 7) if anchor else None
        return DateMention(start, end, day.isoformat() if day else None, weekday)
    if match["today"]:
        return DateMention(start, end, anchor.isoformat() if anchor else None)
    if match["yesterday"]:
        return DateMention(start, end, (anchor - timedelta(days=1)).isoformat() if anchor else None)
    if match["year"]:
        return DateMention(start, end, match["year"], past=True)
    if match["n"]:
        return DateMention(start, end, _ago(match["n"], match["unit"].lower().rstrip("s"), anchor), past=True)
    if match["period"]:
        return DateMention(start, end, _period(match["last"].lower(), match["period"].lower(), anchor), past=True)
    return DateMention(start, end, None, past=bool(match["vague"]))


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
    return next(
        index for index, month in enumerate(_MONTHS, 1) if month.lower().startswith(name.lower().rstrip(".")[:3])
    )


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
