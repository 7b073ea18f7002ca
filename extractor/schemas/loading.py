"""From a name to a schema: the default one, or a user's own as `module:Model`."""

from __future__ import annotations

import hashlib
import importlib
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from extractor.errors import SchemaError
from extractor.schemas.fields import FieldSpec, fields_of

DEFAULT = "conflict"
_BUILT_IN = {DEFAULT: "extractor.schemas.conflict:ConflictReport", "muc4": "extractor.schemas.muc4:IncidentReport"}


@dataclass(frozen=True)
class Schema:
    """A loaded schema: what a model answers, and what each event in that answer is.

    Attributes:
        name: as the user gave it, `conflict` or `module:Model`.
        root: the model of a whole answer; its one field is the list of events.
        event: the model of one event.
        events_field: the name of that list in `root`.
    """

    name: str
    root: type[BaseModel]
    event: type[BaseModel]
    events_field: str

    @property
    def fields(self) -> tuple[FieldSpec, ...]:
        """The fields of an event."""
        return fields_of(self.event)

    @property
    def evidence_field(self) -> str | None:
        """The field that holds an event's verbatim quotes, if the schema has one."""
        return next((spec.name for spec in self.fields if spec.evidence), None)

    def json_schema(self, *, compact: bool = False) -> dict[str, Any]:
        """The JSON schema of a whole answer, as pydantic gives it.

        Args:
            compact: values that have a compact notation, such as counts, are asked for in it. Either is always read.
        """
        return _json_schema(self.root, compact)

    @property
    def digest(self) -> str:
        """SHA-256 over the JSON schema, its compact form and the scoring metadata; changes with every description."""
        plain, compact = self.json_schema(), self.json_schema(compact=True)
        forms = [plain] if compact == plain else [plain, compact]
        material = json.dumps([*forms, _plain(self.fields)], sort_keys=True)
        return hashlib.sha256(material.encode()).hexdigest()

    def finish(self, event: BaseModel, index: int) -> dict[str, Any]:
        """An event as it stands in a record: all keys present, computed ones too, with its local id `e1`, `e2`…"""
        return {"id": f"e{index + 1}", **event.model_dump(mode="json")}


def _plain(value: Any) -> Any:
    """Metadata as JSON values. Sets are sorted: their own order changes from process to process."""
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, frozenset):
        return sorted((_plain(item) for item in value), key=json.dumps)
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


@lru_cache(maxsize=16)
def _json_schema(root: type[BaseModel], compact: bool) -> dict[str, Any]:
    document = root.model_json_schema()
    if compact:
        models: dict[str, Any] = {}
        _find_models(root, models)
        for name in models.keys() & document.get("$defs", {}).keys():
            if hasattr(models[name], "compact_json_schema"):
                document["$defs"][name] = {"title": name, **models[name].compact_json_schema()}
    return document


def _find_models(annotation: Any, found: dict[str, Any]) -> None:
    """Add the models that an annotation names, at any depth, by their names."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel) and annotation.__name__ not in found:
        found[annotation.__name__] = annotation
        for field in annotation.model_fields.values():
            _find_models(field.annotation, found)
    for part in get_args(annotation):
        _find_models(part, found)


@lru_cache(maxsize=16)
def load_schema(name: str = DEFAULT) -> Schema:
    """Load a schema by name.

    A model whose one field is a list of models is taken as the whole answer; any other model is taken as the event,
    and answers are `{"events": [...]}` of it. The current folder is importable, as with `python -m`.

    Raises:
        SchemaError: no such module or model, or a model that cannot be scored.
    """
    target = _BUILT_IN.get(name, name)
    module_name, separator, attribute = target.partition(":")
    if not separator or not module_name or not attribute:
        raise SchemaError(f"no schema {name!r}: use {DEFAULT!r} or your own as module:Model")
    model = getattr(_import(module_name, name), attribute, None)
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        raise SchemaError(f"schema {name!r}: {module_name} has no pydantic model {attribute!r}")
    schema = _as_schema(name, model)
    if not schema.fields:
        raise SchemaError(f"schema {name!r}: {schema.event.__name__} has no fields")
    return schema


def _import(module_name: str, name: str) -> Any:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        return importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        raise SchemaError(
            f"schema {name!r}: no module {error.name!r}; run from its folder or set PYTHONPATH"
        ) from error
    except Exception as error:  # a user's module: whatever it raises, its import is what failed
        raise SchemaError(f"schema {name!r}: {module_name} cannot be imported: {error}") from error


def _as_schema(name: str, model: type[BaseModel]) -> Schema:
    lists = {field: item for field, info in model.model_fields.items() if (item := _item_model(info.annotation))}
    if len(lists) == len(model.model_fields) == 1:
        [(field, event)] = lists.items()
        return Schema(name, model, event, field)
    root = create_model(
        f"{model.__name__}Report",
        __config__=ConfigDict(extra="forbid"),
        events=(list[model], ...),  # type: ignore[valid-type]  # a run-time type
    )
    return Schema(name, root, model, "events")


def _item_model(annotation: Any) -> type[BaseModel] | None:
    if get_origin(annotation) is list:
        [item] = get_args(annotation)
        if isinstance(item, type) and issubclass(item, BaseModel):
            return item
    return None


def validate_event(schema: Schema, data: Any) -> BaseModel:
    """Validate one event.

    Raises:
        ValidationError: pydantic's, with a location for every problem.
    """
    return schema.event.model_validate(data)


def describe(error: ValidationError, limit: int = 5) -> str:
    """A validation error in one line: `locations.0.country: …; date.value: …`."""
    problems = error.errors(include_url=False)
    parts = [f"{'.'.join(map(str, problem['loc'])) or 'answer'}: {problem['msg']}" for problem in problems]
    more = f"; and {len(parts) - limit} more" if len(parts) > limit else ""
    return "; ".join(parts[:limit]) + more
