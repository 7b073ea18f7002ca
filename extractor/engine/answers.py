"""From the text of an answer to events: parsing, validation, and keeping what validates. Pure functions.

An answer should be one JSON object and nothing else. Models without constrained decoding put it into a Markdown fence,
behind their thoughts or between sentences; that is taken out and recorded. Nothing is ever completed or guessed: JSON
that was cut off is no answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json, to_json

from extractor.records import Message, Problem
from extractor.schemas import Schema, describe

_THOUGHTS = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)
_FENCED = re.compile(r"```[a-zA-Z]*[ \t]*\r?\n(.*?)```", re.DOTALL)
_NO_JSON = frozenset({"json_invalid", "string_unicode"})
_SHOWN_PROBLEMS = 20
"""Validation problems told to the model in one re-ask; the first ones usually explain the rest."""

EMPTY_ANSWER = "(empty answer)"
"""Stands for an empty answer in a re-ask: several endpoints refuse an empty message."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one answer holds.

    Attributes:
        events: those that validate, in the answer's order.
        problems: what was taken out or left out on the way.
        complaint: what is wrong with the answer, in one line; None when it is valid.
        usable: whether there is something to keep: the answer is valid, or at least one event of it is.
        whole: whether it held a whole JSON object, valid or not; what was cut off is not worth caching.
    """

    events: tuple[BaseModel, ...] = ()
    problems: tuple[Problem, ...] = ()
    complaint: str | None = None
    usable: bool = False
    whole: bool = True


def read_answer(text: str, schema: Schema) -> Reading:
    """Read one answer. `finish` is not looked at here: the caller has dealt with truncation and refusal."""
    try:
        return _valid(schema.root.model_validate_json(text), schema, ())
    except ValidationError as error:
        if error.errors(include_url=False, include_input=False, include_context=False)[0]["type"] not in _NO_JSON:
            return _salvaged(_parsed(text), schema, error, ())
        complaint = f"no valid JSON: {describe(error)}"
    found = _object_in(text)
    if found is None:
        return Reading(complaint="it is empty" if not text.strip() else complaint, whole=False)
    problem = Problem("answer", "prose_around_json", "the JSON object stood among other text, which was left out")
    try:
        return _valid(schema.root.model_validate_json(to_json(found)), schema, (problem,))
    except ValidationError as error:
        return _salvaged(found, schema, error, (problem,))


def best_reading(readings: list[Reading]) -> Reading | None:
    """Of several answers to one article the usable one with the most valid events, the later one among equals."""
    usable = [reading for reading in readings if reading.usable]
    return max(reversed(usable), key=lambda reading: len(reading.events), default=None)


def reask_messages(original: tuple[Message, ...], answer: str, complaint: str) -> tuple[Message, ...]:
    """The original messages, the last answer and what is wrong with it. Earlier answers are never sent again."""
    return (
        *original,
        # half of a surrogate pair, as broken escapes leave it, could not be sent
        Message("assistant", answer.encode("utf-8", "replace").decode() if answer.strip() else EMPTY_ANSWER),
        Message(
            "user",
            f"That answer cannot be used: {complaint}\n"
            "Answer again with the whole corrected JSON object and nothing else.",
        ),
    )


def _valid(root: BaseModel, schema: Schema, problems: tuple[Problem, ...]) -> Reading:
    return Reading(events=tuple(getattr(root, schema.events_field)), problems=problems, usable=True)


def _salvaged(value: Any, schema: Schema, error: ValidationError, problems: tuple[Problem, ...]) -> Reading:
    """An answer that does not validate as a whole: the events of it that do, a problem for each that does not."""
    complaint = describe(error, limit=_SHOWN_PROBLEMS)
    items = value.get(schema.events_field) if isinstance(value, dict) else None
    if not isinstance(items, list):
        return Reading(problems=problems, complaint=complaint)
    events, dropped = [], []
    for index, item in enumerate(items):
        try:
            events.append(schema.event.model_validate_json(to_json(item)))
        except ValidationError as invalid:
            # an index into the answer, not into the record, where later events move up
            path = f"answer.{schema.events_field}.{index}"
            dropped.append(Problem(path, "invalid_event", describe(invalid)))
    if not dropped:
        dropped.append(Problem("answer", "invalid_answer", complaint))
    usable = bool(events) or not items
    return Reading(tuple(events), (*problems, *dropped), complaint, usable)


def _parsed(text: str) -> Any:
    try:
        return from_json(text)
    except (ValueError, TypeError):  # a TypeError for lone surrogates
        return None


def _object_in(text: str) -> dict[str, Any] | None:
    """The one JSON object among other text: in the one fence that holds one, else from the first brace to the last."""
    spoken = _THOUGHTS.sub("", text)
    fenced = [value for block in _FENCED.findall(spoken) if isinstance(value := _parsed(block), dict)]
    if len(fenced) == 1:
        return fenced[0]
    start, end = spoken.find("{"), spoken.rfind("}")
    value = _parsed(spoken[start : end + 1]) if start >= 0 else None
    return value if isinstance(value, dict) else None
