"""The JSON Schema of gold files (draft 2020-12), made from the labels' schema: editors complete and check with it.

It says what a file may look like; whether quotes stand in the text and dates are days of the calendar, only
`evals gold check` knows.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import Any

from evals.gold_frame import FORMAT
from evals.labels import takes_alternatives
from evals.skeleton import blank_event
from extractor.schemas import FieldSpec, Schema
from extractor.schemas.countries import country_codes
from extractor.schemas.counts import Count

DIALECT = "https://json-schema.org/draft/2020-12/schema"
FILE_NAME = "gold.schema.json"

EDTF_PATTERN = (
    r"^(?:\d{4}(?:-\d{2}){0,2}|XXXX-\d{2}(?:-\d{2})?)(?:/(?:\d{4}(?:-\d{2}){0,2}|XXXX-\d{2}(?:-\d{2})?))?$"
    r"|^\.\./\d{4}(?:-\d{2}){0,2}$|^\d{4}(?:-\d{2}){0,2}/\.\.$"
)
"""The forms that `extractor.schemas.dates` takes; that month and day exist is left to `evals gold check`."""

_NUMBER = r"(?:0|[1-9]\d*)"


def gold_json_schema(schema: Schema) -> dict[str, Any]:
    """The JSON Schema of a gold file whose labels are of a schema."""
    definitions = _definitions(schema)
    event = {"$ref": f"#/$defs/{schema.event.__name__}"}
    paths = list(_paths(schema.fields, [], schema.event.__name__, definitions))
    return {
        "$schema": DIALECT,
        "title": f"Gold file, format {FORMAT}, labels of the schema {schema.name}",
        "description": "One hand-labelled article. `evals gold check` checks what no JSON Schema can.",
        "type": "object",
        "required": ["format", "id", "events"],
        "oneOf": [{"required": ["text"]}, {"required": ["text_file"]}],
        "additionalProperties": False,
        "properties": {
            **_metadata(),
            "events": {
                "description": "What must be found, the main event first. Null and empty fields may be left out.",
                "type": "array",
                "items": event,
                "defaultSnippets": [{"label": "event", "description": "An empty event", "body": blank_event(schema)}],
            },
            "optional": {
                "description": "Events that may be found and are never counted.",
                "type": ["array", "null"],
                "items": event,
            },
            "not_events": _not_events(),
            "accept": {
                "description": "Further right answers by path: a list for each. null: it may be left out.",
                "type": ["object", "null"],
                "additionalProperties": False,
                "patternProperties": {
                    _pattern("(?:events|optional)", parts): {
                        "type": "array",
                        "items": {"anyOf": [value, {"type": "null"}]},
                    }
                    for parts, value in paths
                    if takes_alternatives(_numbered(parts), schema.fields)
                },
            },
            "incidents": {
                "description": "Event to the id of what happened: in every article that tells of it the same id.",
                "type": ["object", "null"],
                "additionalProperties": False,
                "patternProperties": {rf"^(?:events|optional)\.{_NUMBER}$": {"type": "string", "minLength": 1}},
            },
            "when_published_known": {
                "description": "Values that are right in place of those of events when the publication date is given.",
                "type": ["object", "null"],
                "additionalProperties": False,
                "patternProperties": {_pattern("events", parts): value for parts, value in paths},
            },
            "notes": {
                "description": "Why it is labelled so: by event, or for the whole article.",
                "type": ["object", "null"],
                "additionalProperties": True,
                "properties": {"article": {"description": "On the article as a whole."}},
                "patternProperties": {rf"^(?:events|optional|not_events)\.{_NUMBER}(?:\..+)?$": {"type": "string"}},
            },
        },
        "$defs": definitions,
    }


def _metadata() -> dict[str, Any]:
    text_or_null = {"type": ["string", "null"]}
    return {
        "$schema": {"description": "Where this JSON Schema stands.", "type": "string"},
        "format": {"description": "Version of the file's format.", "const": FORMAT},
        "id": {"description": "The article's name, nowhere else used.", "type": ["string", "integer"], "minLength": 1},
        "title": {"description": "Headline.", **text_or_null},
        "published": {
            "description": "Day of publication, YYYY-MM-DD; null where it is not known.",
            "anyOf": [{"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}, {"type": "null"}],
        },
        "source": {"description": "Who published it.", **text_or_null},
        "language": {"description": "Language of the article, such as en.", **text_or_null},
        "fictional": {"description": "Whether text and events are invented.", "type": ["boolean", "null"]},
        "tags": {
            "description": "Genre, and trap:NAME for each trap; coverage.toml has the list.",
            "type": ["array", "null"],
            "items": {"type": "string", "minLength": 1},
            "uniqueItems": True,
        },
        "text": {"description": "The article, as it is given to an extraction.", "type": "string"},
        "text_file": {"description": "File with the article, where it does not stand here.", "type": "string"},
        "text_sha256": {
            "description": "SHA-256 of the article in UTF-8: labels hold for this text only.",
            "type": ["string", "null"],
            "pattern": "^[0-9a-f]{64}$",
        },
    }


def _not_events() -> dict[str, Any]:
    return {
        "description": "What looks like an event and is none.",
        "type": ["array", "null"],
        "items": {
            "type": "object",
            "required": ["quote", "reason"],
            "additionalProperties": False,
            "properties": {
                "quote": {"description": "Exact characters of the article.", "type": "string", "minLength": 1},
                "reason": {"description": "Why it is no event.", "type": "string", "minLength": 1},
            },
            "defaultSnippets": [{"label": "quote and reason", "body": {"quote": "", "reason": ""}}],
        },
    }


# ---------------------------------------------------------------- the labels


def _definitions(schema: Schema) -> dict[str, Any]:
    """The models of the schema as pydantic describes them, closed, with what pydantic leaves to its validators."""
    whole = copy.deepcopy(schema.event.model_json_schema())
    definitions: dict[str, Any] = whole.pop("$defs", {})
    definitions[schema.event.__name__] = whole
    _drop_titles(definitions)
    for definition in definitions.values():
        if definition.get("type") == "object":
            definition["additionalProperties"] = False
    if Count.__name__ in definitions:  # a count may also be written in one word
        one_word = [Count.compact_json_schema(), {"type": "integer", "minimum": 0}]
        definitions[Count.__name__] = {"anyOf": [definitions[Count.__name__], *one_word]}
    _tell(schema.fields, whole, definitions)
    return definitions


def _drop_titles(node: Any) -> None:
    """Take away the titles that pydantic makes of names: they say nothing and are a third of the file."""
    if isinstance(node, dict):
        if isinstance(node.get("title"), str):
            del node["title"]
        for inner in node.values():
            _drop_titles(inner)
    elif isinstance(node, list):
        for inner in node:
            _drop_titles(inner)


def _tell(fields: Sequence[FieldSpec], model: dict[str, Any], definitions: dict[str, Any]) -> None:
    """Add patterns of dates and codes of countries, which stay out of what a model is shown."""
    for spec in fields:
        own = model["properties"][spec.name]
        for arm in _arms(own, definitions):
            if spec.children and "properties" in arm:
                _tell(spec.children, arm, definitions)
            elif arm.get("type") == "string" and spec.comparator == "date" and "format" not in arm:
                arm["pattern"] = EDTF_PATTERN
            elif arm.get("type") == "string" and spec.comparator == "country":
                arm.pop("pattern", None)
                arm["enum"] = sorted(country_codes())


def _arms(node: dict[str, Any], definitions: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The plain schemas that a field's schema stands for: through references, unions and lists."""
    if "$ref" in node:
        yield from _arms(definitions[node["$ref"].rsplit("/", 1)[1]], definitions)
    elif "anyOf" in node:
        for arm in node["anyOf"]:
            yield from _arms(arm, definitions)
    elif node.get("type") == "array":
        yield from _arms(node["items"], definitions)
    else:
        yield node


# ---------------------------------------------------------------- paths


def _paths(
    fields: Sequence[FieldSpec], before: list[str], model: str, definitions: dict[str, Any]
) -> Iterator[tuple[list[str], dict[str, Any]]]:
    """Each field at any depth: its path, `#` for a number, and a reference to its own schema."""
    for spec in fields:
        parts = [*before, spec.name]
        yield parts, {"$ref": f"#/$defs/{model}/properties/{spec.name}"}
        inner = _model(definitions[model]["properties"][spec.name])
        if spec.children and inner is not None:
            deeper = [*parts, "#"] if spec.kind == "list_of_models" else parts
            yield from _paths(spec.children, deeper, inner, definitions)


def _model(node: dict[str, Any]) -> str | None:
    """The definition that a field's schema refers to, at whatever depth of unions and lists."""
    if "$ref" in node:
        return str(node["$ref"]).rsplit("/", 1)[1]
    below = [*node.get("anyOf", ()), *([node["items"]] if "items" in node else [])]
    return next((name for part in below if (name := _model(part)) is not None), None)


def _numbered(parts: Sequence[str]) -> list[str]:
    return ["0" if part == "#" else part for part in parts]


def _pattern(key: str, parts: Sequence[str]) -> str:
    return "^" + r"\.".join([key, _NUMBER, *(_NUMBER if part == "#" else part for part in parts)]) + "$"
