"""The empty form of a schema: what a labeller fills in, and how a form that was left empty is known again. Pure."""

from __future__ import annotations

import types
from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from extractor.schemas import FieldSpec, Schema

EMPTY_COUNT: Mapping[str, Any] = {"min": None, "max": None}


def blank_event(schema: Schema) -> dict[str, Any]:
    """One event with every field of the schema in its order.

    Enumerations hold their default, or "" where they have none; other values null, where they must be filled ""; lists
    of values are empty, and lists of objects hold one empty object, to be filled, copied or deleted.
    """
    return _blank(schema.event, schema.fields)


@lru_cache(maxsize=16)
def blank_rows(schema: Schema) -> Mapping[str, dict[str, Any]]:
    """The empty object of each list of objects, by dotted name without numbers: `casualties`."""
    found: dict[str, dict[str, Any]] = {}
    _rows(schema.event, schema.fields, "", found)
    return found


def model_of(model: type[BaseModel], name: str) -> type[BaseModel]:
    """The model of a nested field, or of the items of a list."""
    found = inner_model(model, name)
    if found is None:
        raise ValueError(f"{model.__name__}.{name} is neither a model nor a list of models")
    return found


def inner_model(model: type[BaseModel], name: str) -> type[BaseModel] | None:
    """As `model_of`, None where the field holds a plain value; a count is a model, too."""
    types_of = _types(model.model_fields[name].annotation)
    return next((inner for inner in types_of if isinstance(inner, type) and issubclass(inner, BaseModel)), None)


def _types(annotation: Any) -> list[Any]:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _types(get_args(annotation)[0])
    if origin in (Union, types.UnionType, list):
        return [inner for arm in get_args(annotation) for inner in _types(arm)]
    return [annotation]


def _rows(model: type[BaseModel], fields: tuple[FieldSpec, ...], prefix: str, found: dict[str, dict[str, Any]]) -> None:
    for spec in fields:
        if spec.children:
            inner = model_of(model, spec.name)
            if spec.kind == "list_of_models":
                found[prefix + spec.name] = _blank(inner, spec.children)
            _rows(inner, spec.children, f"{prefix}{spec.name}.", found)


def _blank(model: type[BaseModel], fields: tuple[FieldSpec, ...]) -> dict[str, Any]:
    return {spec.name: _value(model, spec) for spec in fields}


def _value(model: type[BaseModel], spec: FieldSpec) -> Any:
    if spec.kind == "list_of_models":
        return [_blank(model_of(model, spec.name), spec.children)]
    if spec.kind == "list_of_leaves":
        return []
    info = model.model_fields[spec.name]
    if spec.kind == "model":
        return _blank(model_of(model, spec.name), spec.children)
    if info.is_required():
        return dict(EMPTY_COUNT) if spec.comparator == "count" else _nothing(spec, info)
    default = info.get_default(call_default_factory=True, validated_data={})
    return default.value if isinstance(default, Enum) else default if spec.values else None


def _nothing(spec: FieldSpec, info: FieldInfo) -> Any:
    return "" if spec.values or str in _types(info.annotation) else None
