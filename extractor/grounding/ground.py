"""From finished records to spans: every quote and every value that was taken from the text, with its place.

What the schema's fields say about grounding decides how a value is looked for; no field is known by name here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from pydantic import BaseModel

from extractor.grounding.choosing import Stretch, by_evidence, by_neighbours
from extractor.grounding.counting import Counted, Numbers, as_wanted, cues_of, place_counts
from extractor.grounding.dates import WrittenDate, find_dates
from extractor.grounding.dating import place_date
from extractor.grounding.folding import Index
from extractor.grounding.nearly import find_nearly
from extractor.grounding.search import Place, find_name, find_quote
from extractor.records import Span
from extractor.schemas.fields import FieldSpec, fields_of
from extractor.schemas.loading import Schema
from extractor.schemas.metadata import Grounding


class _Value(NamedTuple):
    """One value to be placed; `record` is the path of what holds it, `holder` its contents."""

    path: str
    by: Grounding
    value: Any
    name: str
    record: str
    holder: Mapping[str, Any]
    words: str | None
    """The path of the date words beside a date."""


@dataclass
class _Article:
    """One article and what was found in it so far, so that nothing is looked for twice."""

    index: Index
    _names: dict[str, list[Place]] = field(default_factory=dict)

    @cached_property
    def numbers(self) -> Numbers:
        return Numbers(self.index)

    @cached_property
    def dates(self) -> list[WrittenDate]:
        return find_dates(self.index)

    def names(self, value: str) -> list[Place]:
        if value not in self._names:
            self._names[value] = find_name(self.index, value)
        return self._names[value]


def ground(text: str, events: Sequence[Mapping[str, Any]], schema: Schema) -> list[Span]:
    """Find the values of an article's events in its text.

    Args:
        text: the article; offsets count its code points.
        events: finished records, as `Schema.finish` gives them. Keys may be missing and in any order.
        schema: what they are records of.

    Returns:
        One span for each quote, name, number and date that is not null, in the order of the schema's fields; fields
        with grounding `none` have none. Values that stand nowhere have a span with status `ungrounded`.

    A status is `exact` where the text is the value, character for character; `folded` where it differs in quotes,
    dashes, spaces, case, diacritics or in how a number or date is written; `fuzzy` where it nearly is the value;
    `inferred` where the value follows from the words at that place ("several", "Tuesday night"); `ambiguous` where
    several places are equally near to all that is known of the event and this is the first of them.
    """
    article = _Article(Index(text))
    return [span for number, event in enumerate(events) for span in _ground_event(article, number, event, schema)]


def _ground_event(article: _Article, number: int, event: Mapping[str, Any], schema: Schema) -> list[Span]:
    values: list[_Value] = []
    _collect(_plan(schema.event), event, f"events.{number}", values)
    spans: dict[str, Span] = {}
    quotes = {value.path: _quote_places(article, value) for value in values if value.by == "quote"}
    names = {value.path: article.names(str(value.value)) for value in values if value.by == "name"}
    evidence = _place_quotes(quotes, [places[0] for places in names.values() if len(places) == 1], spans)
    placed = _place_names(article, [value for value in values if value.by == "name"], names, evidence, spans)
    _place_numbers(article, [value for value in values if value.by == "number"], evidence, placed, spans)
    for value in values:
        if value.by == "date":
            words = spans.get(value.words) if value.words else None
            spans[value.path] = place_date(article.index, article.dates, value.path, str(value.value), words, evidence)
    return [spans[value.path] for value in values]


class _Step(NamedTuple):
    """What to do with one field; fields that are never looked for have no step."""

    name: str
    by: Grounding
    is_list: bool
    children: tuple[_Step, ...]
    words: str | None
    """For a date, the name of the field beside it that holds the date's words."""


@lru_cache(maxsize=64)
def _plan(event: type[BaseModel]) -> tuple[_Step, ...]:
    return _steps(fields_of(event), is_event=True)


def _steps(specs: Sequence[FieldSpec], *, is_event: bool) -> tuple[_Step, ...]:
    words = None if is_event else _date_words(specs)
    steps = [
        _Step(
            spec.name,
            spec.grounding,
            spec.kind in ("list_of_leaves", "list_of_models"),
            _steps(spec.children, is_event=False),
            words if spec.grounding == "date" else None,
        )
        for spec in specs
    ]
    return tuple(step for step in steps if step.children or step.by != "none")


def _date_words(specs: Sequence[FieldSpec]) -> str | None:
    """In a record of one date and one text, that text is the date's words."""
    names = sorted((spec.grounding, spec.name) for spec in specs if spec.kind == "leaf")
    is_pair = [by for by, _ in names] == ["date", "name"] and len(specs) == len(names)
    return names[1][1] if is_pair else None


def _collect(steps: Sequence[_Step], holder: Mapping[str, Any], record: str, values: list[_Value]) -> None:
    for step in steps:
        content = holder.get(step.name)
        if content is None:
            continue
        path = f"{record}.{step.name}"
        if not step.is_list:
            _collect_one(step, content, path, record, holder, values)
        else:
            for place, item in enumerate(content):
                _collect_one(step, item, f"{path}.{place}", record, holder, values)


def _collect_one(
    step: _Step, content: Any, path: str, record: str, holder: Mapping[str, Any], values: list[_Value]
) -> None:
    if step.children:
        _collect(step.children, content, path, values)
    elif content is not None:
        words = f"{record}.{step.words}" if step.words else None
        values.append(_Value(path, step.by, content, step.name, record, holder, words))


def _quote_places(article: _Article, value: _Value) -> list[Place]:
    quote = str(value.value)
    return find_quote(article.index, quote) or find_nearly(article.index, quote, [], is_quote=True)


def _place_quotes(quotes: Mapping[str, list[Place]], sure_names: list[Place], spans: dict[str, Span]) -> list[Stretch]:
    """Quotes with several places go to the one nearest to the event's other quotes, else to its other values."""
    sure = [places[0] for places in quotes.values() if len(places) == 1]
    evidence = []
    for path, places in quotes.items():
        left = by_neighbours(places, sure, sure_names)
        spans[path] = _span(path, left)
        if left:
            evidence.append((left[0].start, left[0].end))
    return evidence


def _place_names(
    article: _Article,
    values: list[_Value],
    names: Mapping[str, list[Place]],
    evidence: list[Stretch],
    spans: dict[str, Span],
) -> dict[str, list[Place]]:
    """Place the names; gives, by record, the places that evidence alone decided (and under "" those of all)."""
    left = {}
    placed: dict[str, list[Place]] = {"": []}
    for value in values:
        places = names[value.path] or find_nearly(article.index, str(value.value), evidence, is_quote=False)
        left[value.path] = places = by_evidence(places, evidence)
        if len(places) == 1:
            placed.setdefault(value.record, []).append(places[0])
            placed[""].append(places[0])
    for value in values:
        places = by_neighbours(left[value.path], placed.get(value.record, ()), placed[""])
        spans[value.path] = _span(value.path, places)
    return placed


def _place_numbers(
    article: _Article,
    values: list[_Value],
    evidence: list[Stretch],
    placed: Mapping[str, list[Place]],
    spans: dict[str, Span],
) -> None:
    counts = []
    for value in values:
        wanted = as_wanted(value.value)
        if wanted is None:
            spans[value.path] = _span(value.path, by_evidence(article.names(str(value.value)), evidence))
        else:
            counts.append(Counted(value.path, wanted, cues_of(value.name, value.holder)))
    neighbours = {value.path: placed.get(value.record) or placed[""] for value in values}
    found = place_counts(article.numbers, counts, evidence, neighbours) if counts else {}
    named = {value.path: placed.get(value.record, ()) for value in values}
    for count in counts:
        place = found.get(count.path)
        spans[count.path] = Span(count.path, *place) if place else _one_named(count, named[count.path])


def _one_named(count: Counted, names: Sequence[Place]) -> Span:
    """A count of one whose record names the one: it follows from the name; else it is nowhere."""
    bounds = (count.wanted.low, count.wanted.high, count.wanted.counts_things)
    if bounds != (1, 1, True) or len(names) != 1:
        return _span(count.path, [])
    return Span(count.path, names[0].start, names[0].end, "inferred")


def _span(path: str, places: Sequence[Place]) -> Span:
    """The first of the places that are left; `ambiguous` if there are more, `ungrounded` if there are none."""
    if not places:
        return Span(path, None, None, "ungrounded")
    place = places[0]
    return Span(path, place.start, place.end, place.status if len(places) == 1 else "ambiguous")
