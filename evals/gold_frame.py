"""What surrounds the labels in a gold file: which keys there are, of what shape, and what is wrong with them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from evals.problems import Problem, did_you_mean, short

FORMAT = 1
SHAPES: Mapping[str, type] = {
    "title": str,
    "source": str,
    "language": str,
    "fictional": bool,
    "tags": list,
    "text": str,
    "text_file": str,
    "text_sha256": str,
    "events": list,
    "optional": list,
    "not_events": list,
    "accept": dict,
    "incidents": dict,
    "when_published_known": dict,
    "notes": dict,
}
KEYS = SHAPES.keys() | {"$schema", "format", "id", "published"}
_SHAPE_NAMES = {str: "text", bool: "true or false", list: "a list", dict: "an object"}
_NOT_EVENT_KEYS = ("quote", "reason")


def frame_problems(data: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with a gold file beside its labels and its text."""
    found = [Problem((key,), f"unknown key {key!r}{did_you_mean(key, KEYS)}") for key in data if key not in KEYS]
    if data.get("format") is None:
        found.append(Problem(("format",), f"format is missing: write {FORMAT}"))
    elif data["format"] != FORMAT:
        found.append(Problem(("format",), f"format is {short(data['format'])}: this version reads format {FORMAT}"))
    found += [Problem((), f"has no {key!r}") for key in ("id", "events") if data.get(key) is None]
    for key, shape in SHAPES.items():
        if data.get(key) is not None and not isinstance(data[key], shape):
            found.append(Problem((key,), f"{key} is {short(data[key])}: it must be {_SHAPE_NAMES[shape]}"))
    if isinstance(data.get("text"), str) and data.get("text_file") is not None:
        found.append(Problem(("text_file",), "the file holds text, too: keep one of the two"))
    return [*found, *_metadata(data), *_lists(data)]


def well_formed(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The file's object without the values that are of the wrong shape, so that all others can still be read."""
    return {key: value for key, value in data.items() if key not in SHAPES or isinstance(value, SHAPES[key])}


def _metadata(data: Mapping[str, Any]) -> Iterator[Problem]:
    name, published = data.get("id"), data.get("published")
    if name is not None and not (isinstance(name, str | int) and not isinstance(name, bool) and str(name).strip()):
        yield Problem(("id",), f"id is {short(name)}: it must be text, such as the name of the file")
    if published is not None and not _is_date(published):
        yield Problem(("published",), f"published is {short(published)}: write YYYY-MM-DD or null")


def _is_date(value: Any) -> bool:
    try:
        date.fromisoformat(value)
    except (TypeError, ValueError):
        return False
    return True


def _lists(data: Mapping[str, Any]) -> Iterator[Problem]:
    known = well_formed(data)
    for i, tag in enumerate(known.get("tags", ())):
        if not (isinstance(tag, str) and tag.strip()):
            yield Problem(("tags", i), f"is {short(tag)}: it must be text")
    for i, no in enumerate(known.get("not_events", ())):
        if not (isinstance(no, dict) and isinstance(no.get("quote"), str) and no["quote"]):
            yield Problem(("not_events", i), "must be an object with quote and reason")
        else:
            for key in (key for key in no if key not in _NOT_EVENT_KEYS):
                yield Problem(("not_events", i, key), f"unknown key {key!r}{did_you_mean(key, _NOT_EVENT_KEYS)}")
    for at, incident in known.get("incidents", {}).items():
        if not (isinstance(incident, str) and incident.strip()):
            yield Problem(("incidents", at), f"is {short(incident)}: it must be the incident's id, a text")
