"""Which words of the article give an event's date."""

from __future__ import annotations

from collections.abc import Sequence

from extractor.grounding.choosing import Stretch, by_evidence, distance, starting_between
from extractor.grounding.dates import WrittenDate
from extractor.grounding.folding import Index
from extractor.grounding.search import Place
from extractor.records import Span, SpanStatus
from extractor.schemas.dates import DatePoint, Edtf, parse_edtf

_PAIR_REACH = 40  # "from the night of March 3 until the morning of March 5"


def place_date(
    index: Index,
    dates: Sequence[WrittenDate],
    path: str,
    value: str,
    words: Span | None,
    evidence: Sequence[Stretch],
) -> Span:
    """The place of an EDTF date.

    A written date in the event's date words comes first; else those words, from which the value is then `inferred`;
    else a written date in or near the evidence. A written date without the value's year is `inferred`, too.

    `words` is the span of the date words in the same record, if it has any; `dates` are all that the article writes.
    """
    try:
        wanted = parse_edtf(value)
    except ValueError:
        return Span(path, None, None, "ungrounded")
    places, inferred = _written(index, dates, value, wanted)
    if words is not None and words.start is not None and words.end is not None:
        here = (words.start, words.end)
        if beside := [place for place in places if distance(place, here) == 0]:
            return _as_span(path, by_evidence(beside, [here]), inferred)
        return Span(path, *here, "inferred")
    return _as_span(path, by_evidence(places, evidence), inferred) if places else _nowhere(path)


def _written(
    index: Index, dates: Sequence[WrittenDate], value: str, wanted: Edtf
) -> tuple[list[Place], frozenset[Stretch]]:
    """Places where the date is written, and which of them leave part of it to be inferred."""
    if wanted.end is None:
        matching = [date for date in dates if date.last_day is None and date.matches(wanted.start)]
        inferred = frozenset((date.start, date.end) for date in matching if not date.completes(wanted.start))
        stretches = [(date.start, date.end) for date in matching]
    else:
        pairs = list(_ranges(dates, wanted.start, wanted.end))
        inferred = frozenset(stretch for stretch, complete in pairs if not complete)
        stretches = [stretch for stretch, _ in pairs]
    places = {stretch: _place(index, stretch, value, is_partial=stretch in inferred) for stretch in stretches}
    return [places[stretch] for stretch in sorted(places)], inferred


def _ranges(dates: Sequence[WrittenDate], first: DatePoint, last: DatePoint) -> list[tuple[Stretch, bool]]:
    """Both ends of a range in one writing ("March 3-5") or close together ("March 3 … April 2")."""
    within_month = [
        ((date.start, date.end), date.completes(first))
        for date in dates
        if date.last_day is not None and date.matches(first) and date._replace(day=date.last_day).matches(last)
    ]
    starts = [date for date in dates if date.matches(first)]
    ends = sorted((date for date in dates if date.matches(last)), key=lambda date: date.start)
    apart = [
        ((one.start, other.end), one.completes(first) and other.completes(last))
        for one in starts
        for other in starting_between(ends, one.end, one.end + _PAIR_REACH)
    ]
    return within_month + apart


def _place(index: Index, stretch: Stretch, value: str, *, is_partial: bool) -> Place:
    is_same = index.text[slice(*stretch)] == value
    return Place(*stretch, "exact" if is_same else "folded", 1 if is_partial else 0)


def _as_span(path: str, places: Sequence[Place], inferred: frozenset[Stretch]) -> Span:
    place = places[0]
    if len(places) > 1:
        return Span(path, place.start, place.end, "ambiguous")
    status: SpanStatus = "inferred" if (place.start, place.end) in inferred else place.status
    return Span(path, place.start, place.end, status)


def _nowhere(path: str) -> Span:
    return Span(path, None, None, "ungrounded")
