"""A schema's fields in words, for a prompt: types, permitted values and descriptions, all from the pydantic model."""

from __future__ import annotations

from typing import Any

from extractor.schemas import Schema

_TYPE_NAMES = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}
_BOUNDS = {"minimum": ">=", "exclusiveMinimum": ">", "maximum": "<=", "exclusiveMaximum": "<"}


def field_guide(schema: Schema, *, compact: bool = False) -> str:
    """One block for the event and each model inside it, one line for each field, in declaration order:

    `- name (required; type or values): description`. A model used in several places is described once; with `compact`,
    one that has a compact notation by that notation.
    """
    document = schema.json_schema(compact=compact)
    definitions: dict[str, Any] = document.get("$defs", {})
    [event] = _references(document["properties"][schema.events_field])
    names = [event]
    for name in names:  # grows while it is read: models come in the order in which they are first mentioned
        names += [found for found in _models_in(definitions[name], definitions) if found not in names]
    return "\n\n".join(_block(name, definitions) for name in names)


def _block(name: str, definitions: dict[str, Any]) -> str:
    model = definitions[name]
    if "pattern" in model:
        return f"{name} (text): {_in_one_line(model['description'])}"
    required = set(model.get("required", ()))
    heading = f"{name}: {_in_one_line(model['description'])}" if "description" in model else f"{name}:"
    fields = model.get("properties", {}).items()
    return "\n".join([heading, *(_line(key, field, definitions, required=key in required) for key, field in fields)])


def _line(name: str, field: dict[str, Any], definitions: dict[str, Any], *, required: bool) -> str:
    notes = [*(["required"] if required else []), _type_of(field, definitions)]
    if field.get("minItems"):
        notes.append(f"at least {field['minItems']}")
    if field.get("default") not in (None, False, "", []):  # those need no mention: they are what leaving out means
        notes.append(f"default {field['default']}")
    description = f": {_in_one_line(field['description'])}" if "description" in field else ""
    return f"- {name} ({'; '.join(notes)}){description}"


def _type_of(node: dict[str, Any], definitions: dict[str, Any]) -> str:
    if "$ref" in node:
        name = node["$ref"].rpartition("/")[2]
        if not _is_model(definitions[name]):
            name = _type_of(definitions[name], definitions)
        return str(name)
    if "const" in node:
        return str(node["const"])
    if "enum" in node:
        return " | ".join(map(str, node["enum"]))
    arms = [arm for key in ("anyOf", "oneOf", "allOf") for arm in node.get(key, ()) if arm.get("type") != "null"]
    if arms:
        return " or ".join(dict.fromkeys(_type_of(arm, definitions) for arm in arms))
    if node.get("type") == "array":
        return f"list of {_type_of(node.get('items', {}), definitions)}"
    kind = str(node.get("type", "any value"))
    bounds = [f"{sign} {node[key]}" for key, sign in _BOUNDS.items() if key in node]
    return ", ".join([_TYPE_NAMES.get(kind, kind), *([node["format"]] if "format" in node else []), *bounds])


def _models_in(model: dict[str, Any], definitions: dict[str, Any]) -> list[str]:
    return [name for name in _references(model.get("properties", {})) if _is_model(definitions[name])]


def _is_model(definition: dict[str, Any]) -> bool:
    """Whether a definition gets a block of its own: an object, or a text with a notation."""
    return definition.get("type") == "object" or "pattern" in definition


def _references(node: Any) -> list[str]:
    """Names of the definitions that a piece of JSON schema points to, in order, each once."""
    if isinstance(node, dict):
        reference = node.get("$ref")
        here = [reference.rpartition("/")[2]] if isinstance(reference, str) else []
        inner = [name for value in node.values() for name in _references(value)]
    else:
        here = []
        inner = [name for value in node for name in _references(value)] if isinstance(node, list) else []
    return list(dict.fromkeys([*here, *inner]))


def _in_one_line(text: str) -> str:
    return " ".join(text.split())
