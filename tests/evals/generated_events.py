"""Events made up from a schema, for properties that must hold whatever the schema is.

The pools are small on purpose: equal values, near values and ties must be frequent.
"""

from __future__ import annotations

import types
from datetime import date
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from hypothesis import strategies as st
from pydantic import BaseModel

from extractor.schemas import Schema
from extractor.schemas.counts import Count

NAMES = (
    "Harlow Freight",
    "Harlow",
    "North Pier",
    "Pier North",
    "the North Pier",
    "Camp Redgate",
    "Redgate",
    "Baghdad",
    "Veldt Brigade",
    "2nd Veldt Brigade",
)
DATES = ("2024-01-02", "2024-11-02", "2024-01", "2024", "XXXX-01-02", "2024-01-01/2024-01-05", "2023-12-30/2024-01-02")
COUNTRIES = ("IQ", "IR", "DE")
WORDS = ("a", "loud", "blast", "shook", "the", "old", "harbour", "at", "dawn", "before", "rain")

QUOTES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)
COUNTS = st.builds(
    lambda low, span, shape, approx, disputed: {
        "min": None if shape == "up to" else low,
        "max": None if shape == "at least" else low + span,
        "approx": approx,
        "disputed": disputed,
    },
    st.integers(0, 4),
    st.integers(0, 3),
    st.sampled_from(["both", "both", "up to", "at least"]),
    st.booleans(),
    st.booleans(),
)

POOLS = {"extractor.schemas.dates": DATES, "extractor.schemas.countries": COUNTRIES}
BY_TYPE: dict[type, st.SearchStrategy[Any]] = {
    Count: COUNTS,
    bool: st.booleans(),
    int: st.integers(0, 2),
    float: st.sampled_from([0.0, 0.5, 51.0]),
    date: st.sampled_from(["2024-01-02", "2024-11-02"]),
}


def events(schema: Schema, *, max_size: int = 3) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Lists of finished event records of a schema."""
    return st.lists(_model(schema.event), max_size=max_size).map(
        lambda labels: [schema.finish(schema.event.model_validate(label), index) for index, label in enumerate(labels)]
    )


def event(schema: Schema) -> st.SearchStrategy[dict[str, Any]]:
    """One finished event record of a schema."""
    return _model(schema.event).map(lambda label: schema.finish(schema.event.model_validate(label), 0))


def _model(model: type[BaseModel]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {name: _value(info.annotation, name, list(info.metadata)) for name, info in model.model_fields.items()}
    )


def _value(annotation: Any, name: str, markers: list[Any]) -> st.SearchStrategy[Any]:
    if get_origin(annotation) is Annotated:
        inner, *found = get_args(annotation)
        return _value(inner, name, [*markers, *found])
    if get_origin(annotation) in (Union, types.UnionType):
        [arm] = [arm for arm in get_args(annotation) if arm is not type(None)]
        return st.none() | st.none() | _value(arm, name, markers)
    if get_origin(annotation) is list:
        required = any(type(marker).__name__ == "MinLen" for marker in markers)
        [item] = get_args(annotation)
        return st.lists(_value(item, name, []), min_size=int(required), max_size=2)
    return _leaf(annotation, name, markers)


def _leaf(annotation: Any, name: str, markers: list[Any]) -> st.SearchStrategy[Any]:
    validated = [POOLS[module] for marker in markers if (module := _module_of(marker)) in POOLS]
    if validated:
        return st.sampled_from(validated[0])
    if get_origin(annotation) is Literal:
        return st.sampled_from(get_args(annotation)[:5])
    if annotation is str:
        return QUOTES if name in ("evidence", "quotes") else st.sampled_from(NAMES)
    if issubclass(annotation, Enum):
        return st.sampled_from([member.value for member in annotation])
    return BY_TYPE[annotation] if annotation in BY_TYPE else _model(annotation)


def _module_of(marker: Any) -> str | None:
    """The module of a pydantic validator's function: it tells an EDTF date from other text."""
    return getattr(getattr(marker, "func", None), "__module__", None)
