"""Values of fields as a person reads them: counts as bounds, flags as yes and no, lists with commas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
        return _count(value) if {"min", "max"} <= value.keys() else _object(value)
    return str(value)


def _object(value: Mapping[str, Any]) -> str:
    filled = {key: item for key, item in value.items() if item not in (None, [], {}, False)}
    return ", ".join(f"{key.replace('_', ' ')} {said(item)}" for key, item in filled.items()) or NOTHING


def _count(value: Mapping[str, Any]) -> str:
    low, high = value["min"], value["max"]
    if low == high:
        number = said(low)
    elif high is None:
        number = f"{low} or more"
    else:
        number = f"up to {high}" if low is None else f"{low}–{high}"
    hedges = [word for key, word in (("approx", "approximate"), ("disputed", "disputed")) if value.get(key)]
    return f"{number} ({', '.join(hedges)})" if hedges else number
