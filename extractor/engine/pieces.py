"""Articles that are longer than a model can read: cut into overlapping pieces, and their events put together again.

Pure functions. Offsets need no care here: events are grounded in the whole article afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from extractor.schemas import Schema

_BORDERS = ("\n\n", "\n", ". ", " ")
"""Where to cut, the best first: between paragraphs, lines, sentences, words."""

OVERLAP = 8
"""The part of a piece, one in so many, that the next one begins with again: an event told at a border is in one of
them as a whole."""


def cut(text: str, size: int) -> list[tuple[int, int]]:
    """Pieces `[start, end)` that together cover the text, none longer than `size` characters (2 or more).

    Each ends at the last border that is good enough in its second half, and the next begins at a border before that.
    """
    pieces = []
    start = 0
    while len(text) - start > size:
        end = _last_border(text, start + size // 2, start + size)
        pieces.append((start, end))
        start = max(start + 1, _first_border(text, end - size // OVERLAP, end))
    return [*pieces, (start, len(text))]


def merge(found: Sequence[Sequence[BaseModel]], schema: Schema) -> tuple[BaseModel, ...]:
    """The events of all pieces in order; one that two pieces report is there once.

    Two events from different pieces are taken for the same when they share a quote or, where one has no quote, when
    they are equal in all else. Of the two the one that says more stays, with the quotes of both.
    """
    merged: list[BaseModel] = []
    for events in found:
        before = len(merged)
        for event in events:
            same = next((index for index in range(before) if _same(merged[index], event, schema)), None)
            if same is None:
                merged.append(event)
            else:
                merged[same] = _united(merged[same], event, schema)
    return tuple(merged)


def _last_border(text: str, low: int, high: int) -> int:
    """Just behind the last border of the best kind between two places, else the second place."""
    for border in _BORDERS:
        found = text.rfind(border, low, high)
        if found >= 0:
            return found + len(border)
    return high


def _first_border(text: str, low: int, high: int) -> int:
    """Just behind the first border of the best kind between two places, else the first place."""
    for border in _BORDERS:
        found = text.find(border, low, high - len(border))
        if found >= 0:
            return found + len(border)
    return low


def _same(one: BaseModel, other: BaseModel, schema: Schema) -> bool:
    mine, others = _quotes(one, schema), _quotes(other, schema)
    if mine and others:
        return bool(mine & others)
    return _rest(one, schema) == _rest(other, schema)


def _quotes(event: BaseModel, schema: Schema) -> set[str]:
    """The quotes of an event, without differences of blanks and case."""
    written = getattr(event, schema.evidence_field) if schema.evidence_field else ()
    return {folded for quote in written or () if (folded := " ".join(str(quote).split()).casefold())}


def _rest(event: BaseModel, schema: Schema) -> dict[str, Any]:
    return event.model_dump(exclude={schema.evidence_field} if schema.evidence_field else None)


def _united(one: BaseModel, other: BaseModel, schema: Schema) -> BaseModel:
    fuller, poorer = (one, other) if _said(one, schema) >= _said(other, schema) else (other, one)
    if schema.evidence_field is None:
        return fuller
    quotes = list(getattr(fuller, schema.evidence_field) or ())
    known = _quotes(fuller, schema)
    for quote in getattr(poorer, schema.evidence_field) or ():
        if " ".join(str(quote).split()).casefold() not in known:
            quotes.append(quote)
    return fuller.model_copy(update={schema.evidence_field: quotes})


def _said(event: BaseModel, schema: Schema) -> int:
    """How much an event says: its values that are not empty, at any depth."""
    return _filled(_rest(event, schema))


def _filled(value: Any) -> int:
    if isinstance(value, dict):
        return sum(map(_filled, value.values()))
    if isinstance(value, list | tuple):
        return sum(map(_filled, value))
    return int(value not in (None, "", False))
