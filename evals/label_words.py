"""What pydantic finds wrong with a label, in a labeller's words: not in Python's, and with what to write. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from evals.problems import At, Problem, did_you_mean, short
from evals.skeleton import inner_model
from extractor.schemas import FieldSpec, Schema

_SHOWN_VALUES = 20
_NO_BOUNDS = "a count needs min or max"
_NUMBER = "give a number (a bare plural is 2 or more, approx)"
_PARTS: Mapping[str, str] = {
    "min": "write a whole number, 0 or more, or null",
    "max": "write a whole number, 0 or more, or null",
    "approx": "write true or false",
    "disputed": "write true or false",
}
"""What stands in a count, whose parts are no fields of the schema."""

_KINDS: Mapping[str, str] = {
    "list_": "put it in [ ]",
    "string_type": "must be text in double quotes",
    "int_": "must be a whole number, without quotes",
    "float_": "must be a number, without quotes",
    "date_": "write the day as YYYY-MM-DD",
}
"""What to write, by how pydantic's name of the error begins."""


def in_words(problem: Mapping[str, Any], at: At, schema: Schema) -> Problem:
    """A problem as pydantic reports it, in our words.

    Args:
        problem: one of `ValidationError.errors()`.
        at: where the label stands.
        schema: what it was validated against.
    """
    loc: At = tuple(problem["loc"])
    given, last = problem.get("input"), str(loc[-1]) if loc else ""
    spec = _spec_at(loc, schema.fields)
    message = str(problem["msg"]).removeprefix("Value error, ")
    match problem["type"]:
        case "extra_forbidden":
            names = [known.name for known in fields_at(loc[:-1], schema.fields)] or list(_PARTS)
            near = did_you_mean(last, names) or f": the fields here are {', '.join(names)}"
            said = f"the schema has no field {last!r}{near}"
        case "literal_error" | "enum":
            said = _no_such_value(given, spec.values if spec else ())
        case "missing":
            said = "is missing and must be there"
        case "value_error" if message.startswith(_NO_BOUNDS):
            said = f"has no number: {_no_count(loc, schema)}"
        case "value_error":
            said = message
        case "too_short":
            said = _too_short(problem, given, spec)
        case _ if given is None:
            said = _null(loc, schema, spec)
        case kind:
            said = f"is {short(given)}: {_wanted(kind, loc, schema, spec, message)}"
    return Problem((*at, *loc), said)


def fields_at(loc: Sequence[str | int], fields: Sequence[FieldSpec]) -> Sequence[FieldSpec]:
    """The fields of the object at a place; none in a count, whose four parts are no fields of the schema."""
    for name in (part for part in loc if isinstance(part, str)):
        spec = next((spec for spec in fields if spec.name == name), None)
        fields = spec.children if spec else ()
    return fields


def yes_or_no(loc: At, schema: Schema) -> str:
    """What to write for a flag at a place."""
    if loc and loc[-1] in _PARTS and _spec_at(loc, schema.fields) is None:
        return _PARTS[str(loc[-1])]
    return "write true, false or null" if _may_be_null(loc, schema) else "write true or false"


# ---------------------------------------------------------------- the place


def _spec_at(loc: At, fields: Sequence[FieldSpec]) -> FieldSpec | None:
    names = [part for part in loc if isinstance(part, str)]
    return next((spec for spec in fields_at(names[:-1], fields) if names and spec.name == names[-1]), None)


def _field_at(loc: At, schema: Schema) -> FieldInfo | None:
    """The field at a place, also within a count; None where pydantic names an arm of a union, or an alias."""
    info: FieldInfo | None = None
    model: type[BaseModel] | None = schema.event
    for name in (part for part in loc if isinstance(part, str)):
        info = model.model_fields.get(name) if model is not None else None
        if info is None or model is None:
            return None
        model = inner_model(model, name)
    return info


def _required(loc: At, schema: Schema) -> bool:
    info = _field_at(loc, schema)
    return info is not None and info.is_required()


def _may_be_null(loc: At, schema: Schema) -> bool:
    info = _field_at(loc, schema)
    return info is not None and type(None) in get_args(info.annotation)


# ---------------------------------------------------------------- the words


def _no_such_value(given: Any, values: Sequence[str]) -> str:
    listed = ", ".join(values[:_SHOWN_VALUES])
    if given in ("", None):
        return f"is empty: write one of {listed}"
    near = next((f", did you mean {value!r}?" for value in values if str(given).lower() in value.split("_")), "")
    return f"{short(given)} is none of its values{near or did_you_mean(str(given), values)} (values: {listed})"


def _no_count(loc: At, schema: Schema) -> str:
    """What to do about a count without a number: a row that must have one stands or falls with it."""
    if loc and isinstance(loc[-1], str) and _required(loc, schema):
        return f"{_NUMBER}, or delete the row" if any(isinstance(part, int) for part in loc) else _NUMBER
    return f"{_NUMBER}, or write null in place of the whole count"


def _too_short(problem: Mapping[str, Any], given: Any, spec: FieldSpec | None) -> str:
    if not isinstance(given, list):
        return f"is {short(given)}: it is too short"
    if spec is not None and spec.evidence is not None:
        return "needs at least one quote, copied from the text"
    least = (problem.get("ctx") or {}).get("min_length")
    return f"has {len(given) or 'none'}, and must have at least {least or 'one'}"


def _null(loc: At, schema: Schema, spec: FieldSpec | None) -> str:
    """Null where the schema takes none."""
    if not loc or isinstance(loc[-1], int):
        return "is empty: fill it in, or delete it"
    if spec is None:
        return f"is empty: {_PARTS.get(str(loc[-1]), 'give it a value')}"
    if not _required(loc, schema):
        return (
            f"is null: {'write [ ] where there is none' if spec.kind.startswith('list') else 'fill it in or delete it'}"
        )
    return f"is empty and must have a value{f': {_no_count(loc, schema)}' if spec.comparator == 'count' else ''}"


def _wanted(kind: str, loc: At, schema: Schema, spec: FieldSpec | None, message: str) -> str:
    """What must stand in place of a value of the wrong kind."""
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return _object_wanted(loc, schema, spec)
    if kind.startswith("bool_"):
        return yes_or_no(loc, schema)
    if spec is None and loc and loc[-1] in _PARTS:
        return _PARTS[str(loc[-1])]
    return next((said for begin, said in _KINDS.items() if kind.startswith(begin)), message[:1].lower() + message[1:])


def _object_wanted(loc: At, schema: Schema, spec: FieldSpec | None) -> str:
    if spec is not None and spec.comparator == "count":
        return 'write a count such as 7, "~40" or {"min": 5, "max": null}'
    names = ", ".join(known.name for known in fields_at(loc, schema.fields))
    return f"put it in {{ }}, with its fields ({names})"
