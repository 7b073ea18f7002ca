"""Walk a schema once, so that scoring and grounding read plain specifications instead of pydantic internals."""

from __future__ import annotations

import types
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import lru_cache
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from extractor.errors import SchemaError
from extractor.schemas.countries import CountryCode
from extractor.schemas.counts import Count
from extractor.schemas.dates import EdtfDate
from extractor.schemas.metadata import Comparator, Evidence, Grounded, Grounding, Grouped, Scored, Splits, Totalled

M = TypeVar("M")
Kind = Literal["leaf", "model", "list_of_leaves", "list_of_models"]
_COUNTRY_CHECK = CountryCode.__metadata__[0]  # type: ignore[attr-defined]
_EDTF_CHECK = EdtfDate.__metadata__[0]  # type: ignore[attr-defined]  # Annotated keeps its metadata at run time


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field of a schema: its shape and what its metadata says.

    `children` are the fields of the model (or of the list's items) and empty for leaves. `comparator` and `grounding`
    are set for leaves and lists of leaves, by type where the schema names none. `values` are those of an enumeration.
    """

    name: str
    kind: Kind
    comparator: Comparator | None
    grounding: Grounding
    scored: Scored
    grouped: Grouped | None = None
    totalled: Totalled | None = None
    evidence: Evidence | None = None
    splits: bool = False
    values: tuple[str, ...] = ()
    children: tuple[FieldSpec, ...] = ()


@lru_cache(maxsize=64)
def fields_of(model: type[BaseModel]) -> tuple[FieldSpec, ...]:
    """The fields of a model in declaration order, nested ones inside.

    Raises:
        SchemaError: a field of a type that cannot be scored (a dict, a tuple, a union with a model, a recursive
            model), or metadata that fits neither the field nor its items.
    """
    specs = _walk(model, ())
    if sum(spec.evidence is not None for spec in specs) > 1:
        raise SchemaError(f"{model.__name__}: Evidence marks more than one field: an event has one list of quotes")
    return specs


def _walk(model: type[BaseModel], parents: tuple[type[BaseModel], ...]) -> tuple[FieldSpec, ...]:
    if model in parents:
        raise SchemaError(f"{model.__name__} contains itself: a schema must not be recursive, flatten it")
    return tuple(_spec(model, name, info, (*parents, model)) for name, info in model.model_fields.items())


def _spec(model: type[BaseModel], name: str, info: FieldInfo, parents: tuple[type[BaseModel], ...]) -> FieldSpec:
    where = f"{model.__name__}.{name}"
    inner, markers = _unwrap(info.annotation, list(info.metadata))
    is_list = get_origin(inner) is list
    if is_list:
        inner, item_markers = _unwrap(get_args(inner)[0], [])
        markers += item_markers
    is_model = isinstance(inner, type) and issubclass(inner, BaseModel) and not issubclass(inner, Count)
    if not is_model and _holds_many(inner):
        raise SchemaError(f"{where}: {inner!r} cannot be scored: use a model, a list, text, number, flag or Literal")
    children = _walk(inner, parents) if is_model else ()
    scored = _marker(markers, Scored) or Scored()
    grounded = _marker(markers, Grounded)
    spec = FieldSpec(
        name=name,
        kind=("list_of_models" if is_model else "list_of_leaves") if is_list else ("model" if is_model else "leaf"),
        comparator=None if is_model else scored.comparator or _comparator(inner, markers),
        grounding=grounded.by if grounded else _grounding(inner, markers),
        scored=scored,
        grouped=_known(_marker(markers, Grouped), "by", children, where),
        totalled=_known(_marker(markers, Totalled), "of", children, where),
        evidence=_marker(markers, Evidence),
        splits=_marker(markers, Splits) is not None,
        values=_values(inner),
        children=children,
    )
    _check_lists(spec, where, optional=is_model and spec.grouped is not None and _is_optional(inner, spec.grouped.by))
    return spec


def _holds_many(inner: Any) -> bool:
    """Whether a type holds several values in a way that no comparator knows."""
    many = (dict, tuple, set, frozenset, list)
    if get_origin(inner) in (Union, types.UnionType):
        return any(
            _holds_many(arm) or (isinstance(arm, type) and issubclass(arm, BaseModel)) for arm in get_args(inner)
        )
    return get_origin(inner) in many or inner in (*many, Any)


def _check_lists(spec: FieldSpec, where: str, *, optional: bool) -> None:
    """Metadata that scoring would otherwise pass over in silence."""
    by = next((child for child in spec.children if spec.grouped and child.name == spec.grouped.by), None)
    if spec.grouped and (spec.kind != "list_of_models" or by is None or not by.values or optional):
        raise SchemaError(
            f"{where}: Grouped names {spec.grouped.by!r}, which must be an enumeration that is never null"
        )
    of = next((child for child in spec.children if spec.totalled and child.name == spec.totalled.of), None)
    if spec.totalled and (spec.grouped is None or of is None or of.comparator != "count" or of.kind != "leaf"):
        raise SchemaError(f"{where}: Totalled names {spec.totalled.of!r}, which must be a Count of a Grouped list")
    if spec.evidence and (spec.kind != "list_of_leaves" or spec.comparator not in ("text", "name")):
        raise SchemaError(f"{where}: Evidence marks a list of quotes: give it the type list[str]")
    if any(child.evidence for child in spec.children):
        raise SchemaError(f"{where}: Evidence marks the quotes of an event: move it out of its parts")


def _is_optional(model: type[BaseModel], name: str) -> bool:
    info = model.model_fields.get(name)
    return info is not None and type(None) in get_args(info.annotation)


def _unwrap(annotation: Any, markers: list[Any]) -> tuple[Any, list[Any]]:
    """Strip Annotated and Optional from an annotation, collecting the markers on the way."""
    if get_origin(annotation) is Annotated:
        inner, *found = get_args(annotation)
        return _unwrap(inner, [*markers, *found])
    if get_origin(annotation) in (Union, types.UnionType):
        arms = [arm for arm in get_args(annotation) if arm is not type(None)]
        if len(arms) == 1:
            return _unwrap(arms[0], markers)
    return annotation, markers


def _marker(markers: list[Any], kind: type[M]) -> M | None:
    return next((marker for marker in markers if isinstance(marker, kind)), None)


def _known(marker: M | None, key: str, children: tuple[FieldSpec, ...], where: str) -> M | None:
    if marker is not None and getattr(marker, key) not in {child.name for child in children}:
        raise SchemaError(
            f"{where}: {type(marker).__name__} names {getattr(marker, key)!r}, which the items do not have"
        )
    return marker


def _comparator(inner: Any, markers: list[Any]) -> Comparator:
    if inner is Count:
        return "count"
    if _EDTF_CHECK in markers or inner is date:
        return "date"
    if _is_enumeration(inner):
        return "enum"
    if _COUNTRY_CHECK in markers:
        return "country"
    return "text" if inner is str else "exact"


def _grounding(inner: Any, markers: list[Any]) -> Grounding:
    if inner is Count or inner in (int, float):
        return "number"
    if _EDTF_CHECK in markers or inner is date:
        return "date"
    return "name" if inner is str and _COUNTRY_CHECK not in markers else "none"


def _values(inner: Any) -> tuple[str, ...]:
    if get_origin(inner) is Literal:
        return tuple(str(value) for value in get_args(inner))
    return tuple(str(member.value) for member in inner) if _is_enumeration(inner) else ()


def _is_enumeration(inner: Any) -> bool:
    return get_origin(inner) is Literal or (isinstance(inner, type) and issubclass(inner, Enum))
