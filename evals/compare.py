"""Whether two values of a field agree: one comparator a kind of field, each a pure function of the two values.

A comparator gives a similarity in [0, 1], which aligns events and list items, and a verdict, which is counted. Both are
symmetric: swapping gold and prediction changes neither. Values are plain JSON and never null; an absent value is not
compared but missing or spurious (`evals.counts`). Every rule here has its paragraph in `docs/scoring.md`.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from evals.names import compare_names, name_similarity
from extractor.schemas.countries import capitals
from extractor.schemas.dates import DatePoint, Edtf, parse_edtf
from extractor.schemas.fields import FieldSpec


class Verdict(IntEnum):
    """How a predicted value stands to a gold value, as counted by MUC (Chinchor 1992)."""

    INCORRECT = 0
    PARTIAL = 1
    CORRECT = 2


PARTIAL_SIMILARITY = 0.5
"""Similarity of values that are partly right, where a comparator knows no degrees."""

OPEN_REACH_DAYS = 7
"""How far the open side of a date reaches: news that says "by 4 May" means the days before it."""


@dataclass(frozen=True, slots=True)
class Comparator:
    """Similarity in [0, 1] and verdict for two non-null values."""

    similarity: Callable[[Any, Any], float]
    verdict: Callable[[Any, Any], Verdict]


_REMEMBERED = 1 << 16
"""Pairs of texts whose comparison is kept: the same few names and values meet again and again in a run."""


def _by_verdict(verdict: Callable[[Any, Any], Verdict]) -> Comparator:
    return Comparator(lambda a, b: PARTIAL_SIMILARITY * verdict(a, b), verdict)


def _of_texts(similarity: Callable[[str, str], float], verdict: Callable[[str, str], Verdict]) -> Comparator:
    """A comparator of texts, which can be remembered."""
    return Comparator(lru_cache(_REMEMBERED)(similarity), lru_cache(_REMEMBERED)(verdict))


def _of_texts_by_verdict(verdict: Callable[[str, str], Verdict]) -> Comparator:
    return _of_texts(lambda a, b: PARTIAL_SIMILARITY * verdict(a, b), verdict)


def compare_exact(a: Any, b: Any) -> Verdict:
    """Equal or not."""
    return Verdict.CORRECT if a == b else Verdict.INCORRECT


def compare_enum(near: frozenset[frozenset[str]]) -> Callable[[Any, Any], Verdict]:
    """Equal; partial for the pairs that the schema declares near."""

    def compare(a: Any, b: Any) -> Verdict:
        if a == b:
            return Verdict.CORRECT
        return Verdict.PARTIAL if frozenset((a, b)) in near else Verdict.INCORRECT

    return compare


def compare_dates(a: str, b: str) -> Verdict:
    """EDTF values: partial when one contains or overlaps the other at the coarser precision, never by likeness of text.

    `2020-01` holds `2020-01-14`; `2020-01-02` and `2020-11-02` have nothing in common. A value without a year is
    compared by month and day: `XXXX-12-27` is partly right for `2019-12-27`, in either direction. The open side of
    `../2020-01-14` reaches `OPEN_REACH_DAYS` days, not for ever: else "before today" were partly right for everything.
    """
    if a == b:
        return Verdict.CORRECT
    first, second = _bounded(parse_edtf(a)), _bounded(parse_edtf(b))
    yearless = _is_yearless(first) or _is_yearless(second)
    meet = any(
        first_a <= last_b and first_b <= last_a
        for first_a, last_a in _reach(first, yearless)
        for first_b, last_b in _reach(second, yearless)
    )
    return Verdict.PARTIAL if meet else Verdict.INCORRECT


def _bounded(value: Edtf) -> Edtf:
    """A range with an open side as a range of days that reaches `OPEN_REACH_DAYS` beyond its one end."""
    if value.open is None:
        return value
    first, last = _first_day(value.start), _last_day(value.start)
    if value.open == "before":
        first = max(date.min.toordinal(), first - OPEN_REACH_DAYS)
    else:
        last = min(date.max.toordinal(), last + OPEN_REACH_DAYS)
    return Edtf(_point_of(first), _point_of(last))


def _point_of(ordinal: int) -> DatePoint:
    day = date.fromordinal(ordinal)
    return DatePoint(day.year, day.month, day.day)


def _is_yearless(value: Edtf) -> bool:
    return value.start.year is None or (value.end is not None and value.end.year is None)


_ANY_LEAP_YEAR = 2000
_DECEMBER = 12
_WHOLE_YEAR = (date(_ANY_LEAP_YEAR, 1, 1).toordinal(), date(_ANY_LEAP_YEAR, _DECEMBER, 31).toordinal())


def _reach(value: Edtf, yearless: bool) -> Sequence[tuple[int, int]]:
    """First and last day as ordinals; in the calendar of one leap year if `yearless`, where a range over the turn of
    the year has two parts, and a value that names no month none.
    """
    start, end = value.start, value.end or value.start
    if not yearless:
        return [(_first_day(start), _last_day(end))]
    if start.month is None or end.month is None:
        return []
    first = _first_day(DatePoint(_ANY_LEAP_YEAR, start.month, start.day))
    last = _last_day(DatePoint(_ANY_LEAP_YEAR, end.month, end.day))
    years = end.year - start.year if start.year and end.year else 0
    if years > 1 or (years == 1 and first <= last):
        return [_WHOLE_YEAR]
    return [(first, last)] if first <= last else [(first, _WHOLE_YEAR[1]), (_WHOLE_YEAR[0], last)]


def _first_day(point: DatePoint) -> int:
    return date(point.year or 1, point.month or 1, point.day or 1).toordinal()


def _last_day(point: DatePoint) -> int:
    year = point.year or 1
    if point.day is not None and point.month is not None:
        return date(year, point.month, point.day).toordinal()
    month = point.month or _DECEMBER
    return date(year, month, monthrange(year, month)[1]).toordinal()


def compare_counts(a: Mapping[str, Any], b: Mapping[str, Any]) -> Verdict:
    """Count bounds: correct when both bounds are equal, partial when the intervals overlap; a null bound is open."""
    low_a, high_a, low_b, high_b = a.get("min"), a.get("max"), b.get("min"), b.get("max")
    if low_a == low_b and high_a == high_b:
        return Verdict.CORRECT
    apart = (high_a is not None and low_b is not None and high_a < low_b) or (
        high_b is not None and low_a is not None and high_b < low_a
    )
    return Verdict.INCORRECT if apart else Verdict.PARTIAL


def _of_names(*, actor: bool) -> Comparator:
    """Names of things and people, or of actors, where a capital stands for its state ("Washington")."""

    def similarity(a: str, b: str) -> float:
        return name_similarity(a, b, actor=actor)

    def verdict(a: str, b: str) -> Verdict:
        return _OF_AGREEMENT[compare_names(a, b, actor=actor)]

    return _of_texts(similarity, verdict)


_OF_AGREEMENT = {"correct": Verdict.CORRECT, "partial": Verdict.PARTIAL, "incorrect": Verdict.INCORRECT}

exact = _by_verdict(compare_exact)
_NAMES = _of_names(actor=False)
_FIXED: Mapping[str, Comparator] = MappingProxyType(
    {
        "exact": exact,
        "country": exact,
        "date": _of_texts_by_verdict(compare_dates),
        "count": _by_verdict(compare_counts),
        "name": _NAMES,
        "actor": _of_names(actor=True),
        "place": _NAMES,
        "text": _NAMES,
    }
)


def is_coarser_place(
    a: str, b: str, place_a: Mapping[str, Any], place_b: Mapping[str, Any], coarser: tuple[str, ...]
) -> bool:
    """Whether one side names, at this level, what the other side has at a coarser level of the same place.

    "Kirkuk" for a base that the other side puts in the settlement Kirkuk is partly right. The capital never is: it is
    what a guess falls back to.
    """
    if compare_names(a, b) != "incorrect":
        return False
    country_a, country_b = place_a.get("country"), place_b.get("country")
    return _stands_in(b, place_a, coarser, country_a or country_b) or _stands_in(
        a, place_b, coarser, country_b or country_a
    )


def _stands_in(name: str, place: Mapping[str, Any], levels: tuple[str, ...], country: str | None) -> bool:
    held = [place[level] for level in levels if place.get(level)]
    return any(compare_names(name, value) == "correct" for value in held) and not is_capital(name, country)


def is_capital(name: str, country: str | None) -> bool:
    """Whether a name is that of the country's capital; without a country, of any."""
    names = capitals()
    held = names.get(country, ()) if country else [capital for group in names.values() for capital in group]
    return any(compare_names(name, capital) == "correct" for capital in held)


def comparator_for(spec: FieldSpec) -> Comparator:
    """The comparator of a leaf or a list of leaves."""
    if spec.comparator == "enum":
        return _of_texts_by_verdict(compare_enum(spec.scored.near))
    if spec.comparator is None:
        raise ValueError(f"{spec.name} is a model: its fields are compared, not the model itself")
    return _FIXED[spec.comparator]
