"""How a provider is held to the schema, as instructor does it for that provider.

instructor builds requests for a pydantic model and hands back a validated one. Here validation belongs to the engine,
which must see the raw text of bad answers, too. So instructor is given a stand-in: a model that shows the request's
JSON schema, and takes any answer as it came.
"""

from __future__ import annotations

import copy
import json
import re
from typing import Any, Self, cast

from pydantic import BaseModel

from extractor.backends.providers import Mode

_NOT_PORTABLE = frozenset({"default", "discriminator", "examples", "minLength", "maxLength"})
"""Left out of what constrains decoding: hosted strict modes refuse them, grammar engines unroll lengths. Validation
still checks lengths, and a default cannot matter where every key is required."""

_FORMATS = frozenset({"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"})
"""The formats that OpenAI's structured outputs take (its guide, "Supported schemas")."""


class Answer(BaseModel):
    """Any answer, untouched; what instructor validates against."""

    text: str

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray | None, **_: Any) -> Self:
        """The text as it is; an answer without text is empty."""
        text = json_data.decode(errors="replace") if isinstance(json_data, (bytes, bytearray)) else json_data
        return cls(text=text or "")

    @classmethod
    def model_validate(cls, obj: Any, **_: Any) -> Self:
        """The arguments of a tool call that the SDK has parsed already, as JSON again."""
        return cls(text=json.dumps(obj, ensure_ascii=False))


def answer_model(name: str, json_schema: dict[str, Any]) -> type[Answer]:
    """A stand-in that shows this schema under this name."""
    shown = {**json_schema, "title": name}

    class StandIn(Answer):
        @classmethod
        def model_json_schema(cls, *_: Any, **__: Any) -> dict[str, Any]:
            return copy.deepcopy(shown)

    StandIn.__name__ = StandIn.__qualname__ = name
    StandIn.__doc__ = json_schema.get("description", "The answer.")
    return StandIn


def request_arguments(
    handlers: str, mode: Mode, name: str, json_schema: dict[str, Any], *, strict: bool
) -> dict[str, Any]:
    """What instructor adds to a chat-completions request so that the answer keeps to the schema.

    Args:
        handlers: the provider in instructor's registry whose handlers apply.
        mode: instructor's mode.
        name: the schema's name; made fit for a tool's name.
        json_schema: of the whole answer, as pydantic gives it.
        strict: also ask for the provider's strict mode, if the schema can be written in it.
    """
    from instructor import v2

    portable, closed = strict_schema(json_schema)
    handler = v2.mode_registry.get_handlers(v2.Provider(handlers), v2.Mode[mode]).request_handler
    _, arguments = handler(response_model=answer_model(tool_name(name), portable), kwargs={"messages": []})
    del arguments["messages"]
    if mode == "JSON_SCHEMA":
        arguments["response_format"]["json_schema"]["strict"] = strict and closed
    return cast("dict[str, Any]", arguments)


def tool_name(name: str) -> str:
    """A name of 1 to 64 letters, digits, `_`, `-`, as tools must have: `news:Strike` -> `news_Strike`."""
    return re.sub(r"[^A-Za-z0-9_-]+", "_", name)[:64] or "answer"


def strict_schema(json_schema: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """The schema in the form that strict modes and grammar engines take, and whether it could be written so.

    Every key becomes required and every object closed, as OpenAI's own client does it: a model that may leave keys out
    does, and open optionals are what makes grammar engines slow. A schema with free-form objects or tuples cannot be
    written so; it is given back with nothing closed or required that was not.
    """
    import openai

    portable = _portable(json_schema)
    if not _closable(portable):
        return portable, False
    function = openai.pydantic_function_tool(answer_model("answer", portable))["function"]
    schema = cast("dict[str, Any]", function["parameters"])
    return {**schema, "title": json_schema.get("title", "answer")}, True


def _portable(node: Any) -> Any:
    """A schema without the keywords that decoding does not take; names of properties are left alone."""
    if isinstance(node, list):
        return [_portable(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept: dict[str, Any] = {}
    for key, value in node.items():
        if key in ("properties", "$defs"):
            kept[key] = {name: _portable(child) for name, child in value.items()}
        elif key in ("enum", "const", "required"):
            kept[key] = value
        elif _is_portable(key, value):
            kept["anyOf" if key == "oneOf" else key] = _portable(value)
    return kept


def _is_portable(key: str, value: Any) -> bool:
    if key == "format":
        return value in _FORMATS
    if key == "pattern":
        return "(?" not in value  # look-around and flags are unknown to grammar engines
    return key not in _NOT_PORTABLE


def _closable(node: Any) -> bool:
    """Whether every object in the schema has named properties only, and every array one kind of items."""
    if isinstance(node, list):
        return all(_closable(item) for item in node)
    if not isinstance(node, dict):
        return True
    if node.get("type") == "object" and (not node.get("properties") or node.get("additionalProperties", False)):
        return False
    if "prefixItems" in node or "patternProperties" in node or (node.get("type") == "array" and "items" not in node):
        return False
    if not node.keys() - {"title", "description"}:  # `Any`: a schema that allows everything
        return False
    children = [child for key in ("properties", "$defs") for child in node.get(key, {}).values()]
    inner = [node[key] for key in ("items", "anyOf", "allOf") if key in node]
    return all(_closable(child) for child in children + inner)
