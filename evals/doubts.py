"""What in a gold file may be meant so and mostly is a slip: each a warning. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from evals.labels import leaves_at
from evals.problems import At, Problem
from extractor.schemas import FieldSpec, Schema
from extractor.schemas.countries import country_codes, country_names

_MAIN = "main"
_NUMBERED = re.compile(r"\w+\.\d+(?:\..*)?")
_LISTS = ("events", "optional", "not_events")


def doubts(
    data: Mapping[str, Any], events: Mapping[str, Sequence[Mapping[str, Any]]], schema: Schema
) -> Iterator[Problem]:
    """Nationalities in words, notes on what is not there, and an article that was written to report nothing.

    Args:
        data: the file's object; what has not the right shape in it is passed over.
        events: its `events` and `optional`, as written or finished.
        schema: of the labels.
    """
    for key, records in events.items():
        for i, event in enumerate(records):
            yield from _nationalities(event, schema.fields, (key, i))
    yield from _no_main_event(events.get("events", ()), schema)
    yield from _stray_notes(data, events, schema)


def _nationalities(record: Mapping[str, Any], fields: Sequence[FieldSpec], at: At) -> Iterator[Problem]:
    """Countries in words where their code is meant: in lists of actors that are judged and not copied."""
    for spec in fields:
        value, place = record.get(spec.name), (*at, spec.name)
        items = value if isinstance(value, list | tuple) else ()
        if spec.kind == "model" and isinstance(value, Mapping):
            yield from _nationalities(value, spec.children, place)
        elif spec.kind == "list_of_models":
            for i, item in enumerate(items):
                if isinstance(item, Mapping):
                    yield from _nationalities(item, spec.children, (*place, i))
        elif spec.comparator == "actor" and spec.grounding == "none":
            for i, item in enumerate(items):
                code = _codes().get(item.strip().casefold()) if isinstance(item, str) else None
                if code is not None and item.strip().upper() not in country_codes():
                    yield Problem((*place, i), f"{item!r} names a country: write {code}", warning=True)


@lru_cache(maxsize=1)
def _codes() -> Mapping[str, str]:
    """Code by name of the country or of its people; words that several share are left out."""
    found: dict[str, set[str]] = {}
    for country in country_names():
        for word in (*country.names, *country.demonyms):
            found.setdefault(word.casefold(), set()).add(country.code)
    return {word: next(iter(codes)) for word, codes in found.items() if len(codes) == 1}


def _no_main_event(events: Sequence[Mapping[str, Any]], schema: Schema) -> Iterator[Problem]:
    role = next((spec for spec in schema.fields if spec.splits and _MAIN in spec.values), None)
    if role is None or not events:
        return
    given = {event.get(role.name) for event in events}
    if given <= set(role.values) and _MAIN not in given:  # a role that is none is a problem of its own
        advice = "what was the article written to report?"
        yield Problem(("events",), f"no event has the {role.name} {_MAIN}: {advice}", warning=True)


def _stray_notes(
    data: Mapping[str, Any], events: Mapping[str, Sequence[Mapping[str, Any]]], schema: Schema
) -> Iterator[Problem]:
    notes, no = data.get("notes"), data.get("not_events")
    counts = {key: len(records) for key, records in events.items()}
    counts["not_events"] = len(no) if isinstance(no, list | tuple) else 0
    for path in notes if isinstance(notes, Mapping) else ():
        key, *rest = str(path).split(".")
        if not ((rest and key in _LISTS) or _NUMBERED.fullmatch(str(path))):
            continue  # on a whole list, or under a word of its own, such as article
        number, *inner = rest
        there = number.isdecimal() and int(number) < counts.get(key, 0)
        if not there:
            lost: str | None = key if key not in _LISTS else number
        else:
            lost = leaves_at(events[key][int(number)], inner, schema.fields) if key in events else None
        if lost is not None:
            advice = "write events.0 or events.0.FIELD, or article for the whole"
            yield Problem(("notes", path), f"leads nowhere at {lost!r}: {advice}", warning=True)
