"""The schema as decoding sees it: closed, complete, and still the same answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, ValidationError, create_model

from extractor.backends.structured import answer_model, request_arguments, strict_schema, tool_name
from extractor.schemas import load_schema
from tests.extractor.backends.conftest import Diary


def nodes(schema: Any) -> Iterator[dict[str, Any]]:
    """Every schema inside a schema; names of properties are no keywords."""
    if isinstance(schema, list):
        for item in schema:
            yield from nodes(item)
    elif isinstance(schema, dict):
        yield schema
        for key, value in schema.items():
            if key in ("properties", "$defs"):
                for child in value.values():
                    yield from nodes(child)
            elif key not in ("enum", "const", "required"):
                yield from nodes(value)


@pytest.mark.parametrize("schema", [load_schema().json_schema(), Diary.model_json_schema()])
def test_every_object_is_closed_and_requires_all_its_keys(schema: dict[str, Any]) -> None:
    strict, closed = strict_schema(schema)
    assert closed
    objects = [node for node in nodes(strict) if node.get("type") == "object"]
    assert objects
    for node in objects:
        assert node["additionalProperties"] is False
        assert node["required"] == list(node["properties"])


@pytest.mark.parametrize("schema", [load_schema().json_schema(), Diary.model_json_schema()])
def test_nothing_is_left_that_strict_modes_refuse(schema: dict[str, Any]) -> None:
    strict, _ = strict_schema(schema)
    for node in nodes(strict):
        assert not {"default", "oneOf", "discriminator", "maxLength", "examples"} & node.keys()
        assert "$ref" not in node or len(node) == 1, "a reference stands alone"


def test_the_schema_that_was_given_is_not_changed() -> None:
    schema = load_schema().json_schema()
    before = json.dumps(schema)
    strict_schema(schema)
    request_arguments("openai", "JSON_SCHEMA", "conflict", schema, strict=True)
    assert json.dumps(schema) == before


def test_descriptions_and_enumerations_reach_the_model() -> None:
    strict, _ = strict_schema(load_schema().json_schema())
    event = strict["$defs"]["Event"]["properties"]
    assert "By the method the text gives" in event["event_type"]["description"]
    assert "shelling_missile_attack" in event["event_type"]["enum"]


def test_alternatives_by_a_discriminator_become_plain_ones() -> None:
    class Walk(BaseModel):
        by: Literal["foot"]

    class Ride(BaseModel):
        by: Literal["bike"]
        gears: int = 7

    class Trip(BaseModel):
        how: Annotated[Walk | Ride, Field(discriminator="by")]

    strict, closed = strict_schema(Trip.model_json_schema())
    assert closed
    assert len(strict["properties"]["how"]["anyOf"]) == 2
    assert strict["$defs"]["Ride"]["required"] == ["by", "gears"]


class _Free(BaseModel):
    notes: dict[str, str]


class _Anything(BaseModel):
    value: Any


class _Pair(BaseModel):
    pair: tuple[int, str]


@pytest.mark.parametrize("model", [_Free, _Anything, _Pair])
def test_what_cannot_be_closed_is_left_open_and_says_so(model: type[BaseModel]) -> None:
    schema, closed = strict_schema(model.model_json_schema())
    assert not closed
    assert "additionalProperties" not in schema


_KEYWORDS = ["default", "format", "pattern", "examples", "oneOf", "maxLength", "discriminator", "items", "enum"]


@given(st.lists(st.sampled_from(_KEYWORDS), min_size=1, unique=True))
def test_fields_that_are_named_like_keywords_survive(names: list[str]) -> None:
    fields: dict[str, Any] = dict.fromkeys(names, (date | None, None))
    strict, _ = strict_schema(create_model("Odd", **fields).model_json_schema())
    assert list(strict["properties"]) == strict["required"] == names


@given(st.text(max_size=100))
def test_any_schema_name_is_made_fit_for_a_tool(name: str) -> None:
    made = tool_name(name)
    assert 1 <= len(made) <= 64
    assert set(made) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")


@given(st.text())
def test_the_stand_in_takes_any_text_as_it_is(text: str) -> None:
    model = answer_model("diary", Diary.model_json_schema())
    assert model.model_validate_json(text).text == text


def test_the_stand_in_shows_the_schema_and_validates_nothing() -> None:
    schema = Diary.model_json_schema()
    with pytest.raises(ValidationError):
        Diary.model_validate({"events": 3})
    model = answer_model("diary", schema)
    assert json.loads(model.model_validate({"events": 3}).text) == {"events": 3}
    assert model.model_json_schema() == {**schema, "title": "diary"}


def test_tools_carry_the_schema_as_their_parameters() -> None:
    arguments = request_arguments("groq", "TOOLS", "diary", Diary.model_json_schema(), strict=False)
    [tool] = arguments["tools"]
    assert tool["function"]["name"] == arguments["tool_choice"]["function"]["name"] == "diary"
    assert list(tool["function"]["parameters"]["properties"]) == ["events"]
