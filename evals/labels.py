"""From what a gold file says to finished records, and everything that is wrong with it. Pure: dictionaries in and out.

Nothing is raised for a wrong label: each problem is a value with its place, so that all of them can be shown at once.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from evals.label_words import fields_at, in_words, yes_or_no
from evals.problems import At, Problem, did_you_mean, short
from evals.skeleton import blank_event, blank_rows
from extractor.schemas import FieldSpec, Schema


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of one article as finished records; only to be used where there was no problem."""

    events: tuple[dict[str, Any], ...]
    optional: tuple[dict[str, Any], ...]
    accept: Mapping[str, Sequence[Any]]
    when_published_known: Mapping[str, Any]


@dataclass
class _Reading:
    """One file on its way: events that do not fit the schema are None, so that paths keep their numbers."""

    schema: Schema
    problems: list[Problem] = field(default_factory=list)
    events: dict[str, list[dict[str, Any] | None]] = field(default_factory=dict)
    written: dict[int, dict[str, Any]] = field(default_factory=dict)
    """By `id()` of a finished event the same as it is written: each of its alternatives is put into that."""


def read_labels(data: Mapping[str, Any], schema: Schema) -> tuple[Labels, list[Problem]]:
    """Finish the labels of a gold file and say what is wrong with them.

    Args:
        data: the file's object; `events`, `optional` are lists, `accept`, `when_published_known` objects, or null.
        schema: what the labels must conform to.
    """
    reading = _Reading(schema)
    for key in ("events", "optional"):
        reading.events[key] = [_event(reading, label, (key, i), i) for i, label in enumerate(data.get(key) or [])]
    accept = {at: _accepted(reading, at, values) for at, values in (data.get("accept") or {}).items()}
    known = _with_date(reading, data.get("when_published_known") or {})
    done = {key: tuple(event for event in events if event is not None) for key, events in reading.events.items()}
    return Labels(done["events"], done["optional"], accept, known), reading.problems


# ---------------------------------------------------------------- events


def _event(reading: _Reading, label: Any, at: At, index: int) -> dict[str, Any] | None:
    """The finished event, or None with its problems noted."""
    schema = reading.schema
    if label == blank_event(schema):
        advice = "fill it in, or delete it if the article tells of no event"
        reading.problems.append(Problem(at, f"is not filled in yet: {advice}"))
        return None
    blank = set(_blank_rows(label, schema))
    event, problems = _validated(label, at, schema, index)
    for row in sorted(blank, key=str):
        reading.problems.append(Problem((*at, *row), "is not filled in yet: fill it in, or delete it"))
    reading.problems += [
        problem for problem in problems if not any(problem.at[len(at) :][: len(row)] == row for row in blank)
    ]
    return None if blank or problems else event


def _blank_rows(label: Any, schema: Schema) -> Iterator[At]:
    for name, blank in blank_rows(schema).items():
        yield from _equal_rows(label, name.split("."), blank, ())


def _equal_rows(holder: Any, names: Sequence[str], blank: Mapping[str, Any], at: At) -> Iterator[At]:
    value = holder.get(names[0]) if isinstance(holder, dict) else None
    at = (*at, names[0])
    items = enumerate(value) if isinstance(value, list) else [(None, value)]
    for number, item in items:
        place = at if number is None else (*at, number)
        if len(names) > 1:
            yield from _equal_rows(item, names[1:], blank, place)
        elif number is not None and item == blank:
            yield place


def _validated(label: Any, at: At, schema: Schema, index: int) -> tuple[dict[str, Any] | None, list[Problem]]:
    if isinstance(label, dict) and "id" not in schema.event.model_fields:
        label = {key: value for key, value in label.items() if key != "id"}
    try:
        event = schema.event.model_validate(label)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False)
        # A misspelt key is why another is missing, so it comes first.
        found.sort(key=lambda problem: problem["type"] == "missing")
        return None, [in_words(dict(problem), at, schema) for problem in found]
    by_name = event.model_dump(mode="json")
    # A schema that takes any key would drop a misspelt one, and the label with it.
    lost = [
        Problem((*at, *place), f"the schema has no field {place[-1]!r}{did_you_mean(str(place[-1]), names)}")
        for place, names in _lost(label, by_name, event.model_dump(mode="json", by_alias=True))
    ]
    # Pydantic takes "no" and 0 for false; the JSON Schema and whoever reads the file next do not.
    lost += [
        Problem((*at, *place), f"is {short(value)}: {yes_or_no(place, schema)}")
        for place, value in _no_flags(label, by_name)
    ]
    return (None if lost else schema.finish(event, index)), lost


def _lost(label: Any, named: Any, aliased: Any, at: At = ()) -> Iterator[tuple[At, list[str]]]:
    """Keys of a label that its validated form lacks, by name and by alias, each with the names that stand there."""
    if isinstance(label, dict) and isinstance(named, dict):
        for key, value in label.items():
            if key not in named and key not in aliased:
                yield (*at, key), list(named)
            elif key in named:
                yield from _lost(value, named[key], aliased.get(key, named[key]), (*at, key))
    elif isinstance(label, list) and isinstance(named, list):
        for i, parts in enumerate(zip(label, named, aliased, strict=False)):
            yield from _lost(*parts, (*at, i))


def _no_flags(label: Any, named: Any, at: At = ()) -> Iterator[tuple[At, Any]]:
    """What is written where the validated form has true or false, and is neither."""
    if isinstance(named, bool):
        if not isinstance(label, bool):
            yield at, label
    elif isinstance(label, dict) and isinstance(named, dict):
        for key in label.keys() & named.keys():
            yield from _no_flags(label[key], named[key], (*at, key))
    elif isinstance(label, list) and isinstance(named, list):
        for i, (ours, theirs) in enumerate(zip(label, named, strict=False)):
            yield from _no_flags(ours, theirs, (*at, i))


# ---------------------------------------------------------------- accepted alternatives


def _accepted(reading: _Reading, at: str, values: Any) -> Sequence[Any]:
    """The alternatives as finished values, each checked by putting it in. Null is always taken: it may be left out."""
    place: At = ("accept", at)
    event, inner = _leads(reading, place, at)
    if not inner:
        return ()
    if not takes_alternatives(inner, reading.schema.fields):
        reading.problems.append(Problem(place, "takes no alternatives: name a field or a whole list within an event"))
        return ()
    if not isinstance(values, list):
        reading.problems.append(Problem(place, "must be a list of further right values: put it in [ ]"))
        return ()
    if event is None:
        return ()
    return [
        None if value is None else _put_in(reading, (*place, i), event, inner, value) for i, value in enumerate(values)
    ]


def _leads(reading: _Reading, place: At, at: str) -> tuple[dict[str, Any] | None, list[str]]:
    """The event that a path leads into and the path within it; no path, with the problem noted, if it leads nowhere.

    The event is None where it does not fit the schema itself: then only the names of the path can be checked.
    """
    keys = ("events", "optional") if place[0] == "accept" else ("events",)
    key, *rest = at.split(".")
    number, *inner = rest or [""]
    events = reading.events[key] if key in keys else []
    if key not in keys:
        lost, why = key, f": a path begins with {' or '.join(keys)}"
    elif not (number.isdecimal() and int(number) < len(events)):
        lost, why = number, f": {key} has {len(events)} item{'s' * (len(events) != 1)}, the first is {key}.0"
    else:
        event = events[int(number)]
        fields = reading.schema.fields
        found = _lost_name(inner, fields) or (None if event is None else _lost_part(event, inner))
        if found is None and inner:
            return event, inner
        lost = found or number
        why = _near_name(lost, inner, fields) if inner else f": name a field, {key}.{number}.FIELD"
    reading.problems.append(Problem(place, f"leads nowhere at {lost!r}{why}"))
    return None, []


def leaves_at(event: Mapping[str, Any], inner: Sequence[str], fields: Sequence[FieldSpec]) -> str | None:
    """The part at which a path within an event leads nowhere: no field of the schema, or no such item of its list."""
    lost = _lost_name(inner, fields)
    if lost is not None:
        return lost
    value: Any = event
    for part in inner:
        if isinstance(value, list | tuple):
            if not (part.isdecimal() and int(part) < len(value)):
                return part
            value = value[int(part)]
        else:
            value = value.get(part) if isinstance(value, Mapping) else None
            if value is None:  # left out: the schema has it
                return None
    return None


def _near_name(lost: str, inner: Sequence[str], fields: Sequence[FieldSpec]) -> str:
    """What to do about a part of a path that is no field and no number there."""
    before = inner[: inner.index(lost)]
    names = [spec.name for spec in fields_at([part for part in before if not part.isdecimal()], fields)]
    return did_you_mean(lost, names) or ": check each part of the path, numbers begin with 0"


def _lost_part(event: Mapping[str, Any], inner: Sequence[str]) -> str | None:
    """The part at which a path leaves a finished event."""
    value: Any = event
    for part in inner:
        try:
            value = value[int(part)] if isinstance(value, list) else value[part]
        except (KeyError, IndexError, ValueError, TypeError):
            return part
    return None


def _lost_name(inner: Sequence[str], fields: Sequence[FieldSpec]) -> str | None:
    """As `_lost_part`, by the schema alone: of an event that does not fit it, only the names can be checked."""
    for part in inner:
        if part.isdecimal() or not fields:
            continue
        spec = next((spec for spec in fields if spec.name == part), None)
        if spec is None:
            return part
        fields = spec.children
    return None


def takes_alternatives(parts: Sequence[str], fields: Sequence[FieldSpec]) -> bool:
    """Whether a path within an event names what alternatives can be given for: a field or a whole list."""
    spec = next((spec for spec in fields if parts and spec.name == parts[0]), None)
    if spec is None:
        return False
    if len(parts) == 1:
        return spec.kind != "model"
    inner = parts[2:] if spec.kind == "list_of_models" else parts[1:]
    grouping = spec.grouped is not None and list(inner) == [spec.grouped.by]
    return not grouping and takes_alternatives(inner, spec.children)


def bare(record: Mapping[str, Any], fields: Sequence[FieldSpec]) -> dict[str, Any]:
    """A copy of a finished record as it is written: without its local id and its computed keys."""
    copied: dict[str, Any] = {}
    for spec in fields:
        value = copy.deepcopy(record[spec.name])
        if spec.kind == "model" and value is not None:
            value = bare(value, spec.children)
        elif spec.kind == "list_of_models" and value is not None:
            value = [bare(item, spec.children) for item in value]
        copied[spec.name] = value
    return copied


def _put_in(reading: _Reading, place: At, event: Mapping[str, Any], inner: Sequence[str], value: Any) -> Any:
    """The value as it is in a finished event; None, with the problem noted, where it does not fit."""
    written = reading.written.get(id(event))
    if written is None:
        written = reading.written[id(event)] = bare(event, reading.schema.fields)
    changed = _with(written, inner, value)
    finished, problems = _validated(changed, (), reading.schema, 0)
    own = tuple(int(part) if part.isdecimal() else part for part in inner)
    for problem in problems:
        within = problem.at[len(own) :] if problem.at[: len(own)] == own else ()
        said = problem if problem.at != own else Problem((), problem.message)
        reading.problems.append(Problem((*place, *within), said.message if within or not said.at else str(said)))
    return None if finished is None else _at(finished, inner)


def _with(record: Any, parts: Sequence[str], value: Any) -> Any:
    """The record with another value at a path that is there; what the path does not touch is shared, not copied."""
    if not parts:
        return value
    first, *rest = parts
    if isinstance(record, list):
        changed: Any = list(record)
        changed[int(first)] = _with(record[int(first)], rest, value)
    else:
        changed = {**record, first: _with(record[first], rest, value)}
    return changed


def _at(record: Any, parts: Sequence[str]) -> Any:
    for part in parts:
        record = record[int(part)] if isinstance(record, list) else record[part]
    return record


# ---------------------------------------------------------------- values for a known publication date


def _with_date(reading: _Reading, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The replacements, checked one by one by putting them in, and then all together."""
    changed: dict[int, dict[str, Any]] = {}
    before = len(reading.problems)
    for at, value in values.items():
        place: At = ("when_published_known", at)
        event, inner = _leads(reading, place, at)
        if event is not None and inner:
            _put_in(reading, place, event, inner, value)
            number = int(at.split(".")[1])
            record = changed.setdefault(number, bare(event, reading.schema.fields))
            replace_at(record, ".".join(inner), value)
    if len(reading.problems) > before:
        return {}
    finished: dict[int, Any] = {}
    for number, record in changed.items():
        finished[number], problems = _validated(record, ("when_published_known", f"events.{number}"), reading.schema, 0)
        reading.problems += problems
    paths = {at: at.split(".") for at in values}
    return {at: _at(finished[int(parts[1])], parts[2:]) for at, parts in paths.items() if finished.get(int(parts[1]))}


def replace_at(record: dict[str, Any], path: str, value: Any) -> None:
    """Set the value at a dotted path.

    Raises:
        KeyError: the path leads nowhere.
    """
    *parents, last = path.split(".")
    holder: Any = record
    for key in parents:
        holder = _step(holder, key, path)
    _step(holder, last, path)
    holder[int(last) if isinstance(holder, list) else last] = value


def _step(holder: Any, key: str, path: str) -> Any:
    try:
        return holder[int(key)] if isinstance(holder, list) else holder[key]
    except (KeyError, IndexError, ValueError, TypeError):
        raise KeyError(path) from None
