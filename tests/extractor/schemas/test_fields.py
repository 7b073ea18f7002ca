"""Walking a schema: what each field is, and schemas that could only be scored wrongly."""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any, Literal, Optional

import pytest
from pydantic import BaseModel, Field, create_model

from extractor.errors import SchemaError
from extractor.schemas import FieldSpec, fields_of
from extractor.schemas.countries import CountryCode
from extractor.schemas.counts import Count
from extractor.schemas.dates import EdtfDate
from extractor.schemas.metadata import Evidence, Grounded, Grouped, Scored, Splits, Totalled
from tests.schemas.acquisitions import Takeover


class Colour(Enum):
    red = "r"
    blue = "b"


class Row(BaseModel):
    kind: Literal["a", "b"]
    maybe: Literal["a", "b"] | None = None
    name: str
    size: Count | None = None


def spec_of(annotation: Any) -> FieldSpec:
    [spec] = fields_of(create_model("Made", field=(annotation, ...)))
    return spec


@pytest.mark.parametrize(
    ("annotation", "kind", "comparator", "grounding"),
    [
        (str, "leaf", "text", "name"),
        (str | None, "leaf", "text", "name"),
        (Optional[str], "leaf", "text", "name"),  # noqa: UP045 - users write it this way, too
        (int, "leaf", "exact", "number"),
        (float | None, "leaf", "exact", "number"),
        (bool | None, "leaf", "exact", "none"),
        (date | None, "leaf", "date", "date"),
        (datetime, "leaf", "exact", "none"),  # never by likeness of text
        (EdtfDate | None, "leaf", "date", "date"),
        (Annotated[EdtfDate | None, Scored(tier=2)], "leaf", "date", "date"),
        (Count | None, "leaf", "count", "number"),
        (Literal["a", "b"] | None, "leaf", "enum", "none"),
        (Colour, "leaf", "enum", "none"),
        (CountryCode | None, "leaf", "country", "none"),  # IQ and IR are not nearly the same
        (Annotated[str, Scored(comparator="place"), Grounded("none")], "leaf", "place", "none"),
        (list[str], "list_of_leaves", "text", "name"),
        (list[Colour], "list_of_leaves", "enum", "none"),
        (list[EdtfDate], "list_of_leaves", "date", "date"),
        (list[Annotated[str, Scored(comparator="actor")]], "list_of_leaves", "actor", "name"),
        (list[Row] | None, "list_of_models", None, "none"),
        (Row, "model", None, "none"),
        (Row | None, "model", None, "none"),
    ],
)
def test_kind_comparator_and_grounding_follow_from_the_type_where_the_field_names_none(
    annotation: Any, kind: str, comparator: str | None, grounding: str
) -> None:
    spec = spec_of(annotation)
    assert (spec.kind, spec.comparator, spec.grounding) == (kind, comparator, grounding)


def test_the_values_of_an_enumeration_are_those_that_stand_in_a_record() -> None:
    assert spec_of(Literal["a", "b"] | None).values == ("a", "b")
    assert spec_of(list[Colour]).values == ("r", "b")
    assert spec_of(str).values == ()


def test_metadata_is_found_whether_the_annotation_or_the_optional_is_outside() -> None:
    scored = Scored(tier=2, weight=3.0)
    assert spec_of(Annotated[str | None, scored]).scored == scored
    assert spec_of(Annotated[str, scored] | None).scored == scored
    assert spec_of(str).scored == Scored()


def test_fields_stand_in_the_order_of_the_schema_with_nested_ones_inside() -> None:
    specs = {spec.name: spec for spec in fields_of(Takeover)}
    assert list(specs) == list(Takeover.model_fields)
    assert [child.name for child in specs["buyer"].children] == ["name", "country", "seat"]
    assert [child.name for child in specs["jobs"].children] == ["effect", "site", "count"]
    assert specs["quotes"].evidence == Evidence(weight=3.0)
    assert specs["jobs"].grouped == Grouped("effect", tiers={"cut": 1}, otherwise=2)
    assert (specs["stage"].splits, specs["announced"].splits) == (True, False)


class Looped(BaseModel):
    name: str
    parts: list[Looped] = []


class NestedEvidence(BaseModel):
    quotes: Annotated[list[str], Evidence()]


@pytest.mark.parametrize(
    ("annotation", "says"),
    [
        (dict[str, int], "cannot be scored"),
        (tuple[int, int], "cannot be scored"),
        (set[str], "cannot be scored"),
        (frozenset[str], "cannot be scored"),
        (list[list[str]], "cannot be scored"),
        (list, "cannot be scored"),
        (Any, "cannot be scored"),
        (Row | NestedEvidence, "cannot be scored"),
        (str | list[str], "cannot be scored"),
        (Looped, "Looped contains itself"),
        (Annotated[list[Row], Grouped("colour")], "'colour', which the items do not have"),
        (Annotated[list[Row], Grouped("name")], "must be an enumeration that is never null"),
        (Annotated[list[Row], Grouped("maybe")], "must be an enumeration that is never null"),
        (Annotated[list[Row], Grouped("kind"), Totalled("name")], "must be a Count of a Grouped list"),
        (Annotated[list[Row], Totalled("size")], "must be a Count of a Grouped list"),
        (Annotated[str, Evidence()], r"list\[str\]"),
        (Annotated[list[int], Evidence()], r"list\[str\]"),
        (NestedEvidence, "move it out of its parts"),
    ],
)
def test_what_could_only_be_scored_wrongly_is_refused_by_name(annotation: Any, says: str) -> None:
    with pytest.raises(SchemaError, match=says) as caught:
        spec_of(annotation)
    assert "\n" not in str(caught.value)
    if "Looped" not in says:
        assert "Made.field" in str(caught.value)


def test_an_event_has_one_list_of_quotes() -> None:
    quotes = Annotated[list[str], Evidence()]
    with pytest.raises(SchemaError, match="Evidence marks more than one field"):
        fields_of(create_model("Twice", one=(quotes, ...), two=(quotes, ...)))


def test_a_grouped_and_totalled_list_is_taken() -> None:
    spec = spec_of(Annotated[list[Row], Grouped("kind"), Totalled("size"), Splits()])
    assert (spec.grouped, spec.totalled) == (Grouped("kind"), Totalled("size"))


def test_a_default_and_a_description_change_nothing() -> None:
    class Described(BaseModel):
        field: Annotated[str | None, Scored(tier=2)] = Field(None, description="as written")

    [spec] = fields_of(Described)
    assert (spec.name, spec.scored.tier, spec.comparator) == ("field", 2, "text")
