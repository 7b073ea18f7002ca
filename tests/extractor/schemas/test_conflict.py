"""The conflict schema: what it asks, what it refuses, and that its scoring metadata fits its enumerations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from extractor.schemas import FieldSpec, load_schema
from extractor.schemas.conflict import ConflictReport, Event, EventDate, EventType, Location, MunitionType

SCHEMA = load_schema()
SMALLEST: dict[str, Any] = {"role": "main", "event_type": "protest", "evidence": ["a crowd"]}


def every(fields: Iterable[FieldSpec], path: str = "") -> Iterator[tuple[str, FieldSpec]]:
    for spec in fields:
        yield f"{path}{spec.name}", spec
        yield from every(spec.children, f"{path}{spec.name}.")


def test_the_smallest_event_has_a_role_a_type_and_evidence() -> None:
    event = Event.model_validate(SMALLEST)
    assert event.locations == event.perpetrators == event.casualties == []
    assert event.property_damage is None
    for key in SMALLEST:
        with pytest.raises(ValidationError, match=key):
            Event.model_validate({name: value for name, value in SMALLEST.items() if name != key})


def test_an_answer_must_say_that_there_are_no_events() -> None:
    assert ConflictReport.model_validate({"events": []}).events == []
    with pytest.raises(ValidationError, match="events"):
        ConflictReport.model_validate({})


def test_a_key_that_the_schema_does_not_have_is_an_error_at_every_depth() -> None:
    for label in (
        SMALLEST | {"weapons": []},
        SMALLEST | {"locations": [{"town": "Velmora"}]},
        SMALLEST | {"date": {"start": "2024"}},
    ):
        with pytest.raises(ValidationError, match="Extra inputs"):
            Event.model_validate(label)


def test_the_precision_of_a_date_is_computed_whatever_is_given() -> None:
    assert EventDate(value="2024-05").precision == "month"
    assert EventDate.model_validate({"value": "2024-05", "precision": "day"}).precision == "month"
    assert EventDate().precision == "unknown"


def test_a_model_is_never_asked_for_what_the_program_computes() -> None:
    schema = SCHEMA.json_schema()
    assert "precision" not in schema["$defs"]["EventDate"]["properties"]
    assert "id" not in schema["$defs"]["Event"]["properties"]


def test_every_field_that_a_model_fills_is_described() -> None:
    for name, definition in SCHEMA.json_schema()["$defs"].items():
        for field, content in definition["properties"].items():
            assert content.get("description"), f"{name}.{field}"


def test_a_place_is_a_target_unless_it_is_said_to_be_something_else() -> None:
    assert Location().kind == "target"


def test_near_values_are_values_and_no_value_is_near_itself() -> None:
    near = {path: spec.scored.near for path, spec in every(SCHEMA.fields) if spec.scored.near}
    assert set(near) == {"event_type", "munitions.type"}
    for path, values in (("event_type", get_args(EventType)), ("munitions.type", get_args(MunitionType))):
        assert all(len(pair) == 2 and pair <= set(values) for pair in near[path])


def test_groups_that_have_a_tier_are_values_of_the_field_that_groups() -> None:
    grouped = {path: spec for path, spec in every(SCHEMA.fields) if spec.grouped}
    assert set(grouped) == {"locations", "casualties"}
    for spec in grouped.values():
        assert spec.grouped is not None
        [by] = [child for child in spec.children if child.name == spec.grouped.by]
        assert set(spec.grouped.tiers) <= set(by.values)
        if spec.totalled:
            assert set(spec.totalled.tiers) <= set(by.values)


def test_some_field_tells_events_apart_and_figures_are_split_by_role() -> None:
    assert [spec.name for spec in SCHEMA.fields if spec.splits] == ["role"]
    assert sum(spec.scored.weight for spec in SCHEMA.fields) > 0


@pytest.mark.parametrize(
    ("label", "field"),
    [
        ({"evidence": []}, "evidence"),
        ({"event_type": "shelling"}, "event_type"),
        ({"perpetrators": [{"name": "Veldt Brigade"}]}, "perpetrators.0.status"),
        ({"munitions": [{"name": "Grad"}]}, "munitions.0.type"),
        ({"casualties": [{"effect": "killed"}]}, "casualties.0.count"),
        ({"casualties": [{"effect": "killed", "count": {}}]}, "casualties.0.count"),
    ],
)
def test_what_would_be_no_fact_is_refused(label: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Event.model_validate(SMALLEST | label)
    assert field in {".".join(map(str, error["loc"])) for error in caught.value.errors()}
