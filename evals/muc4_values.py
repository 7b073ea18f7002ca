"""Dates and places as the keys of MUC-4 write them, in the values that this product compares.

    >>> from evals.muc4_values import read_date, read_place
    >>> read_date("- 04 MAY 88"), read_date("11 NOVEMBER 1989 - 12 NOV 89")
    ('../1988-05-04', '1989-11-11/1989-11-12')
    >>> place = read_place("CHILE: MAULE (DEPARTMENT): TALCA (CITY)")
    >>> place.country, place.names
    ('CL', ('MAULE', 'TALCA'))

The notation is that of the MUC-4 fill rules: `- D` is "on or before D", `D - E` a range; a place is
`COUNTRY: PLACE (KIND): PLACE (KIND)`, and `PLACE (KIND) - PLACE (KIND)` lies between two. Pure; opens no file.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from evals.places import Level, Part, Place
from extractor.schemas.dates import as_day, parse_edtf

_MONTHS = (
    *("JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE"),
    *("JULY", "AUGUST", "SEPTEMBER", "OCTOBER", "NOVEMBER", "DECEMBER"),
)
_DATE = re.compile(r"(?:(?P<day>\d{1,2})\s+)?(?P<month>[A-Z]{3,9})\.?(?:\s+(?P<year>\d{4}|\d{2}))?|(?P<alone>\d{4})")
_ON_OR_BEFORE = re.compile(r"(?:-|ON OR BEFORE\b)\s*")
_CENTURY = 1900
"""MUC-4 was held in 1992 on news of 1988 to 1991, and writes years with two digits."""
_YEAR_UNKNOWN = "00"

_KIND = re.compile(r"(?P<name>[^()]+?)\s*(?:\(\s*<?(?P<kind>[^()<>]+?)>?\s*\))?")
LEVEL_OF_KIND: Mapping[str, Level] = MappingProxyType(
    dict.fromkeys(
        (
            *("DEPARTMENT", "PROVINCE", "STATE", "REGION", "COUNTY", "INTENDANCY", "COMMISSARIAT"),
            *("INTERNATIONAL REGION", "AREA"),
        ),
        Level.ADMIN1,
    )
    | dict.fromkeys(
        (
            *("CITY", "TOWN", "VILLAGE", "HAMLET", "METROPOLIS", "MUNICIPALITY", "JURISDICTION", "DISTRICT"),
            *("CANTON", "CORREGIMIENTO"),
        ),
        Level.SETTLEMENT,
    )
)
"""Kinds of place by level; any other kind (NEIGHBORHOOD, AIRPORT, FARM, RIVER) is a site, as is a place without one."""


def read_date(text: str) -> str:
    """A date of a key or response as EDTF.

    Two-digit years are of the 20th century, `00` and no year at all become `XXXX`; the first date of a range may leave
    out the year of the second one; a range that is exactly one month or year is that month or year.

    Raises:
        ValueError: not in the notation, or no day of the calendar.
    """
    plain = _unwrapped(text).upper()
    if limit := _ON_OR_BEFORE.match(plain):
        return _checked(f"../{_point(plain[limit.end() :], text)}", text)
    first, dash, last = (half.strip() for half in plain.partition(" - "))
    if not dash:
        return _checked(_point(plain, text), text)
    end = _point(last, text)
    return _checked(_range(_point(first, text, year=end.partition("-")[0]), end), text)


@lru_cache(maxsize=1024)
def read_place(text: str) -> Place:
    """A place of a key or response; the parts keep their order unless a coarser kind stands behind a finer one.

    Raises:
        ValueError: no country, or a part without a name.
    """
    country, *parts = (part.strip() for part in _unwrapped(text).split(":"))
    if not country:
        raise ValueError(f"{text!r} has no country: write COUNTRY: PLACE (KIND)")
    return Place(country_code(country), tuple(sorted((_part(part, text) for part in parts), key=lambda p: p.level)))


@lru_cache(maxsize=512)
def country_code(name: str) -> str:
    """The ISO 3166-1 alpha-2 code of a country by its English name; the name itself for a state that ISO has not."""
    import pycountry

    try:
        return str(pycountry.countries.lookup(name).alpha_2)
    except LookupError:
        return name


def _unwrapped(text: str) -> str:
    """Without the brackets that the keys put around each of several alternatives."""
    plain = " ".join(text.split())
    return plain[1:-1].strip() if plain.startswith("(") and plain.endswith(")") else plain


def _point(text: str, whole: str, *, year: str | None = None) -> str:
    """One date as EDTF; `year` is what to take where none is written."""
    match = _DATE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{whole!r} is no date of MUC-4: write 04 MAY 88, - 04 MAY 88 or 04 MAY 88 - 06 MAY 88")
    if match["alone"]:
        return match["alone"]
    month = next((i for i, name in enumerate(_MONTHS, start=1) if name.startswith(match["month"])), None)
    if month is None:
        raise ValueError(f"{whole!r} has no month of that name: write JAN to DEC, or in full")
    parts = [_year(match["year"]) if match["year"] else year or "XXXX", f"{month:02}"]
    return "-".join([*parts, f"{int(match['day']):02}"] if match["day"] else parts)


def _year(digits: str) -> str:
    if digits == _YEAR_UNKNOWN:
        return "XXXX"
    return digits if len(digits) > len("88") else str(_CENTURY + int(digits))


def _range(first: str, last: str) -> str:
    """A range in its shortest form: one date, or the month or year that it fills."""
    if first == last:
        return first
    start, end = as_day(parse_edtf(first).start), as_day(parse_edtf(last).start)
    if start is None or end is None or start.year != end.year or start.day != 1:
        return f"{first}/{last}"
    if start.month == end.month and end.day == monthrange(end.year, end.month)[1]:
        return first[: len("1988-05")]
    return first[: len("1988")] if (start.month, end.month, end.day) == (1, 12, 31) else f"{first}/{last}"


def _checked(value: str, text: str) -> str:
    try:
        parse_edtf(value)
    except ValueError as error:
        raise ValueError(f"{text!r}: {error}") from None
    return value


def _part(text: str, whole: str) -> Part:
    """One part: a name and its kind; what lies between two places has both names and the level of the first."""
    ends = [_KIND.fullmatch(end.strip()) for end in re.split(r"(?<=\))\s*-\s*", text)]
    named = [end for end in ends if end is not None]
    if len(named) < len(ends):
        raise ValueError(f"{whole!r} has a part without a name: write COUNTRY: PLACE (KIND)")
    name = " - ".join(end["name"] for end in named)
    return Part(LEVEL_OF_KIND.get((named[0]["kind"] or "").strip().upper(), Level.SITE), name)
