"""Values of fields as a person reads them: counts as bounds, flags as yes and no, lists with commas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from extractor.schemas.counts import count_in_words

NOTHING = "–"


def said(value: Any) -> str:
    """A value in words."""
    if value is None or value == []:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(said, value))
    if isinstance(value, Mapping):
        return count_in_words(value) if {"min", "max"} <= value.keys() else _object(value)
    return str(value)


def _object(value: Mapping[str, Any]) -> str:
    filled = {key: item for key, item in value.items() if item not in (None, [], {}, False)}
    return ", ".join(f"{key.replace('_', ' ')} {said(item)}" for key, item in filled.items()) or NOTHING
