"""What the labelling guide asks of values that belong together: a date and its words, blame and who blames. Pure.

Rules over date words hold for any schema; those over named fields only where the schema has these fields.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from evals.problems import At, Problem
from extractor.schemas import FieldSpec, Schema
from extractor.schemas.dates import Edtf, as_day, parse_edtf

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WEEKDAY = re.compile(
    r"\b(?:(mon)(?:day)?|(tue)(?:s|sday)?|(wed)(?:s|nesday)?|(thu)(?:r|rs|rsday)?|(fri)(?:day)?|(sat)(?:urday)?|(sun)(?:day)?)\b",
    re.IGNORECASE,
)
_REMOVED = re.compile(
    r"\b(?:(?:days?|nights?|weeks?|hours?|months?) (?:\w+ )?(?:before|after|earlier|later|ago|prior)|since|eve of)\b",
    re.IGNORECASE,
)
"""Words that lead away from the weekday they stand with: "two days after Sunday"."""

_WEEK = 7


def rule_problems(
    data: Mapping[str, Any], events: Mapping[str, Sequence[Mapping[str, Any]]], schema: Schema
) -> Iterator[Problem]:
    """What contradicts itself in the labels of a gold file.

    Args:
        data: the file's object, for its publication date and the values that are right when it is known.
        events: its `events` and `optional`, as written or finished.
        schema: of the labels.
    """
    for key, records in events.items():
        for i, event in enumerate(records):
            yield from _dates(event, schema.fields, (key, i))
            yield from _repeated_rows(event, schema.fields, (key, i))
            yield from _blame(event, schema.fields, (key, i))
    yield from _known_dates(data, events, schema)


# ---------------------------------------------------------------- dates


def _dates(record: Mapping[str, Any], fields: Sequence[FieldSpec], at: At) -> Iterator[Problem]:
    for place, words, value in _dated(record, fields, at):
        yield from _weekday(place, words, value)


def _dated(record: Any, fields: Sequence[FieldSpec], at: At) -> Iterator[tuple[At, str, str]]:
    """Each date that has its words beside it: the place of the value, the words, the value."""
    if not isinstance(record, Mapping):
        return
    words = record.get("text")
    for spec in fields:
        value, place = record.get(spec.name), (*at, spec.name)
        if spec.kind == "list_of_models" and isinstance(value, list | tuple):
            for i, item in enumerate(value):
                yield from _dated(item, spec.children, (*place, i))
        elif spec.kind == "model":
            yield from _dated(value, spec.children, place)
        elif spec.comparator == "date" and isinstance(value, str) and isinstance(words, str):
            yield place, words, value


def _weekday(place: At, words: str, value: str) -> Iterator[Problem]:
    """A weekday in the words that is none of the days which the value allows."""
    named = {number for match in _WEEKDAY.finditer(words) for number, group in enumerate(match.groups()) if group}
    days = _days(value)
    if not named or not days or _REMOVED.search(words) or named & {day.weekday() for day in days}:
        return
    said = " and ".join(_WEEKDAYS[number] for number in sorted(named))
    real = days[0] if len(days) == 1 else None
    is_a = f"is a {_WEEKDAYS[real.weekday()]}" if real else "has no such day"
    yield Problem(place, f"the words {words!r} say {said}, but {value} {is_a}: mend the one that is wrong")


def _days(value: str) -> list[date]:
    """The days of a value of at most a week; none where the year is not known or it is longer."""
    edtf = _edtf(value)
    first = as_day(edtf.start) if edtf and edtf.open is None else None
    if edtf is None or first is None:
        return []
    last = as_day(edtf.end) if edtf.end else first
    if last is None or (last - first).days >= _WEEK:
        return []
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _edtf(value: str) -> Edtf | None:
    try:
        return parse_edtf(value)
    except ValueError:
        return None


def _known_dates(
    data: Mapping[str, Any], events: Mapping[str, Sequence[Mapping[str, Any]]], schema: Schema
) -> Iterator[Problem]:
    """Dates under `when_published_known`: their weekday, and whether anything is known at all."""
    known = data.get("when_published_known")
    if not isinstance(known, Mapping) or not known:
        return
    published = _published(data.get("published"))
    if published is None:
        yield Problem(
            ("when_published_known",), "published is null, so this never holds: date the article or delete it"
        )
    for path, value in known.items():
        at: At = ("when_published_known", path)
        for place, words, day in _placed(path, value, events, schema):
            where: At = (*at, *place)
            yield from _weekday(where, words, day)
            first = next(iter(_days(day)), None)
            if published and first and first > published:
                yield Problem(where, f"{day} is later than the article, published {published}", warning=True)


def _published(value: Any) -> date | None:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        return None


def _placed(
    path: str, value: Any, events: Mapping[str, Sequence[Mapping[str, Any]]], schema: Schema
) -> Iterator[tuple[At, str, str]]:
    """The dates in a value that is put in at a path, with their words."""
    key, _, rest = path.partition(".")
    number, _, inner = rest.partition(".")
    records = events.get(key, ())
    if not number.isdecimal() or int(number) >= len(records) or not inner:
        return
    event = json.loads(json.dumps(records[int(number)], default=str))
    parts: list[str | int] = [int(part) if part.isdecimal() else part for part in inner.split(".")]
    holder: Any = event
    for part in parts[:-1]:
        if isinstance(holder, Mapping):
            holder = holder.get(str(part))
        else:
            holder = holder[part] if isinstance(holder, list) and isinstance(part, int) and part < len(holder) else None
    if isinstance(holder, dict):
        holder[str(parts[-1])] = value
        for place, words, day in _dated(event, schema.fields, ()):
            if place[: len(parts)] == tuple(parts):
                yield place[len(parts) :], words, day


# ---------------------------------------------------------------- rows


def _repeated_rows(event: Mapping[str, Any], fields: Sequence[FieldSpec], at: At) -> Iterator[Problem]:
    """Rows of a grouped and totalled list that differ in their count alone: rows are disjoint and add up."""
    for spec in (spec for spec in fields if spec.totalled):
        rows = event.get(spec.name)
        seen: dict[str, int] = {}
        for i, row in enumerate(rows if isinstance(rows, list | tuple) else ()):
            if not isinstance(row, Mapping) or spec.totalled is None:
                continue
            same = {
                child.name: row.get(child.name) or None for child in spec.children if child.name != spec.totalled.of
            }
            first = seen.setdefault(json.dumps(same, sort_keys=True, default=str), i)
            if first != i:
                yield Problem(
                    (*at, spec.name, i),
                    f"is of the same people as {spec.name}.{first}: make one row of the two, or tell them apart",
                )


def _blame(event: Mapping[str, Any], fields: Sequence[FieldSpec], at: At) -> Iterator[Problem]:
    """In a list of actors with a status: who is blamed is blamed by somebody, and nobody else is."""
    for spec in fields:
        rows = event.get(spec.name)
        if not {"status", "blamed_by"} <= {child.name for child in spec.children} or not isinstance(rows, list | tuple):
            continue
        for i, row in enumerate(rows):
            if not isinstance(row, Mapping):
                continue
            status, by = row.get("status"), row.get("blamed_by")
            if status == "blamed" and not by:
                yield Problem(
                    (*at, spec.name, i),
                    "is blamed, but blamed_by is empty: name who accuses, or write suspected where nobody is named",
                )
            elif by and status != "blamed":
                yield Problem((*at, spec.name, i, "blamed_by"), f"is only for status blamed, and this is {status}")
