"""Events made up from a schema, for properties that must hold whatever the schema is.

The pools are small on purpose: equal values, near values and ties must be frequent.
"""

from __future__ import annotations

import types
from collections.abc import Sequence
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
QUOTES = (
    "a loud blast shook the old harbour",
    "the old harbour at dawn before rain",
    "a loud blast",
    "blast",
    "rain before dawn at the harbour",
    "two men were taken from a barge",
)
BOUNDS = ((0, 0), (1, 1), (2, 2), (1, 3), (2, 4), (2, None), (None, 3), (0, None))
COUNTS = tuple(
    {"min": low, "max": high, "approx": approx, "disputed": disputed}
    for low, high in BOUNDS
    for approx, disputed in ((False, False), (True, False), (False, True), (True, True))
)
POOLS = {"extractor.schemas.dates": DATES, "extractor.schemas.countries": COUNTRIES}
BY_TYPE: dict[type, Sequence[Any]] = {
    Count: COUNTS,
    bool: (True, False),
    int: (0, 1, 2),
    float: (0.0, 0.5, 51.0),
    date: ("2024-01-02", "2024-11-02"),
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


def _value(annotation: Any, name: str, markers: list[Any], *, optional: bool = False) -> st.SearchStrategy[Any]:
    if get_origin(annotation) is Annotated:
        inner, *found = get_args(annotation)
        return _value(inner, name, [*markers, *found], optional=optional)
    if get_origin(annotation) in (Union, types.UnionType):
        [arm] = [arm for arm in get_args(annotation) if arm is not type(None)]
        return _value(arm, name, markers, optional=True)
    if get_origin(annotation) is list:
        required = any(type(marker).__name__ == "MinLen" for marker in markers)
        [item] = get_args(annotation)
        return st.lists(_value(item, name, []), min_size=int(required), max_size=2)
    pool = _pool(annotation, name, markers)
    if pool is None:
        return st.none() | _model(annotation) if optional else _model(annotation)
    return st.sampled_from([*([None] * len(pool) if optional else []), *pool])  # one draw, half of them null


def _pool(annotation: Any, name: str, markers: list[Any]) -> Sequence[Any] | None:
    """The values that a leaf may have; None for a model."""
    validated = [POOLS[module] for marker in markers if (module := _module_of(marker)) in POOLS]
    if validated:
        return validated[0]
    if get_origin(annotation) is Literal:
        return get_args(annotation)[:5]
    if annotation is str:
        return QUOTES if name in ("evidence", "quotes") else NAMES
    if issubclass(annotation, Enum):
        return [member.value for member in annotation]
    return BY_TYPE.get(annotation)


def _module_of(marker: Any) -> str | None:
    """The module of a pydantic validator's function: it tells an EDTF date from other text."""
    return getattr(getattr(marker, "func", None), "__module__", None)
