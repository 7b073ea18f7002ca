"""The JSON Schema of gold files: valid, current, and at one with what is read."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from evals.gold import gold_files, read_gold_file
from evals.labelling.json_schema import DIALECT, EDTF_PATTERN, gold_json_schema
from evals.skeleton import blank_event
from extractor.schemas import load_schema
from extractor.schemas.dates import parse_edtf
from tests.evals.scoring_cases import CONFLICT, EVENT, OTHER, with_changes
from tests.schemas.acquisitions import APPOINTMENTS, TAKEOVERS

GOLD = Path(__file__).parents[2] / "gold"
FILE: dict[str, Any] = {"format": 1, "id": "a1", "text": "Three rockets fell.", "events": [EVENT]}
VALIDATOR = jsonschema.Draft202012Validator(gold_json_schema(CONFLICT))


def complaints(data: Any) -> list[str]:
    return [error.json_path for error in VALIDATOR.iter_errors(data)]


@pytest.mark.parametrize("name", ["conflict", "muc4", TAKEOVERS, APPOINTMENTS])
def test_it_is_a_json_schema_of_draft_2020_12_for_any_schema(name: str) -> None:
    made = gold_json_schema(load_schema(name))
    assert made["$schema"] == DIALECT
    jsonschema.Draft202012Validator.check_schema(made)
    for definition in made["$defs"].values():
        if definition.get("type") == "object":
            assert definition["additionalProperties"] is False


def test_the_file_beside_the_gold_is_current() -> None:
    stored = json.loads((GOLD / "conflict/gold.schema.json").read_text(encoding="utf-8"))
    assert stored == gold_json_schema(CONFLICT), "evals gold schema -o gold/conflict/gold.schema.json"


@pytest.mark.parametrize("folder", ["conflict", "readings/conflict/first", "readings/conflict/second"])
def test_every_gold_file_and_both_readings_conform(folder: str) -> None:
    files = gold_files(GOLD / folder)
    assert len(files) >= 12
    for file in files:
        read_gold_file(file, CONFLICT)
        assert [f"{file}: {path}" for path in complaints(json.loads(file.read_text(encoding="utf-8")))] == []


def test_all_that_a_file_may_hold_conforms() -> None:
    whole = FILE | {
        "$schema": "../gold.schema.json",
        "title": None,
        "published": "2024-05-08",
        "fictional": True,
        "tags": ["wire"],
        "optional": [OTHER],
        "not_events": [{"quote": "a whale", "reason": "a film"}],
        "accept": {
            "events.0.munitions.0.type": ["missile", None],
            "events.0.locations": [[{"site": "North Pier"}], []],
            "optional.0.munitions.10.fired": [{"min": 2}, "2-3"],
        },
        "incidents": {"events.0": "redgate", "optional.0": "pier"},
        "when_published_known": {"events.0.date": {"value": "2024-05-07"}, "events.0.date.value": "2024-05-07"},
        "notes": {"article": "short", "events.0": "as told", "optional.0.date": "guess"},
    }
    assert complaints(whole) == []
    stand_off = {key: value for key, value in whole.items() if key != "text"}
    assert complaints(stand_off | {"text_file": "a1.txt", "text_sha256": "0" * 64}) == []


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"titel": "x"}, "$"),
        ({"text": None}, "$.text"),
        ({"text_file": "a.txt"}, "$"),
        ({"format": 2}, "$.format"),
        ({"published": "8 May"}, "$.published"),
        ({"tags": ["a", "a"]}, "$.tags"),
        ({"events": [with_changes(EVENT, munitons=[])]}, "$.events[0]"),
        ({"events": [with_changes(EVENT, event_type="shelling")]}, "$.events[0].event_type"),
        ({"events": [with_changes(EVENT, date={"value": "May"})]}, "$.events[0].date.value"),
        ({"events": [with_changes(EVENT, locations=[{"country": "UK"}])]}, "$.events[0].locations[0].country"),
        ({"events": [with_changes(EVENT, evidence=[])]}, "$.events[0].evidence"),
        ({"not_events": [{"quote": "x"}]}, "$.not_events[0]"),
        ({"accept": {"events.0.munition.0.type": ["drone"]}}, "$.accept"),
        ({"accept": {"events.0": [EVENT]}}, "$.accept"),
        ({"accept": {"events.0.date": [{"value": "2024"}]}}, "$.accept"),
        ({"accept": {"events.0.role": ["man"]}}, "$.accept['events.0.role'][0]"),
        ({"accept": {"events.0.role": "main"}}, "$.accept['events.0.role']"),
        ({"incidents": {"events.0.role": "x"}}, "$.incidents"),
        ({"when_published_known": {"optional.0.date.value": "2024"}}, "$.when_published_known"),
        ({"when_published_known": {"events.0.date": {"valeu": "2024"}}}, "$.when_published_known['events.0.date']"),
    ],
)
def test_what_an_editor_should_underline_does_not_conform(changes: dict[str, Any], path: str) -> None:
    assert complaints(FILE) == []
    assert path in complaints(copy.deepcopy(FILE) | changes)


def test_the_empty_form_that_an_editor_inserts_lacks_only_what_must_be_filled_in() -> None:
    [snippet] = VALIDATOR.schema["properties"]["events"]["defaultSnippets"]
    assert snippet["body"] == blank_event(CONFLICT)
    assert {path.rpartition(".")[2] for path in complaints(FILE | {"events": [snippet["body"]]})} == {
        "role",
        "event_type",
        "type",
        "status",
        "effect",
        "evidence",
    }


@pytest.mark.parametrize(
    ("value", "taken"),
    [
        ("2024-05-07", True),
        ("2024", True),
        ("XXXX-05", True),
        ("XXXX-05-07", True),
        ("2024-05-01/2024-05-09", True),
        ("../2024-05", True),
        ("2024/..", True),
        ("2024-5-7", False),
        ("May 2024", False),
        ("XXXX", False),
        ("../XXXX-05", False),
        ("2024-05-07/", False),
    ],
)
def test_the_pattern_of_dates_is_that_of_the_reader(value: str, taken: bool) -> None:
    validator = jsonschema.Draft202012Validator({"type": "string", "pattern": EDTF_PATTERN})
    assert validator.is_valid(value) is taken
    if taken:
        parse_edtf(value)
    else:
        with pytest.raises(ValueError, match="date"):
            parse_edtf(value)
