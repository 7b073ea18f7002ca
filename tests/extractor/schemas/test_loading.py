"""From a name to a schema: the default, a user's own, and names that lead nowhere."""

from __future__ import annotations

import os
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import Annotated, Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from pydantic import BaseModel, Field, ValidationError, model_validator

from extractor.errors import SchemaError
from extractor.schemas import DEFAULT, describe, load_schema, validate_event
from extractor.schemas.conflict import ConflictReport, Event
from extractor.schemas.counts import COMPACT, Count
from extractor.schemas.metadata import Evidence
from tests.schemas.acquisitions import APPOINTMENTS, TAKEOVERS, Appointment, Takeover, TakeoverReport


def test_the_default_schema_is_the_conflict_schema() -> None:
    schema = load_schema()
    assert (schema.name, schema.root, schema.event, schema.events_field) == (DEFAULT, ConflictReport, Event, "events")
    assert schema.evidence_field == "evidence"


def test_a_model_with_one_list_of_models_is_a_whole_answer() -> None:
    schema = load_schema(TAKEOVERS)
    assert (schema.root, schema.event, schema.events_field) == (TakeoverReport, Takeover, "deals")
    assert schema.evidence_field == "quotes"


def test_any_other_model_is_an_event_and_its_answers_are_lists_of_it() -> None:
    schema = load_schema(APPOINTMENTS)
    assert (schema.event, schema.events_field, schema.evidence_field) == (Appointment, "events", None)
    answer = schema.root.model_validate({"events": [{"person": "Ada Quill"}]})
    assert answer.model_dump()["events"][0]["person"] == "Ada Quill"
    with pytest.raises(ValidationError, match="extra"):
        schema.root.model_validate({"events": [], "notes": "none"})
    assert set(schema.json_schema()["properties"]) == {"events"}


class Catch(BaseModel):
    """What a boat landed; has a compact notation of its own."""

    species: str
    tonnes: Count

    @classmethod
    def compact_json_schema(cls) -> dict[str, Any]:
        return {"type": "string", "pattern": rf"^{COMPACT} t [a-z]+$"}

    @model_validator(mode="before")
    @classmethod
    def _from_words(cls, data: Any) -> Any:
        tonnes, _, species = data.partition(" t ") if isinstance(data, str) else ("", "", "")
        return {"species": species, "tonnes": tonnes} if species else data


class Boat(BaseModel):
    name: str
    crew: Count | None = None
    landed: list[Catch] = Field(default_factory=list)


class Landing(BaseModel):
    quotes: Annotated[list[str], Evidence()]
    boats: list[Boat]


def test_a_schema_of_ones_own_is_asked_for_in_its_compact_notations_at_any_depth() -> None:
    schema = load_schema(f"{__name__}:Landing")
    plain, compact = deepcopy(schema.json_schema()), deepcopy(schema.json_schema(compact=True))
    assert compact["$defs"].pop("Catch") == {"title": "Catch", **Catch.compact_json_schema()}
    assert compact["$defs"].pop("Count") == {"title": "Count", **Count.compact_json_schema()}
    for name in ("Catch", "Count"):
        assert plain["$defs"].pop(name)["type"] == "object"
    assert plain == compact, "the rest is as it was"
    boat = {"name": "Tern", "crew": "~5", "landed": ["3+ t herring"]}
    answer = {"events": [{"quotes": ["the Tern came in"], "boats": [boat]}]}
    jsonschema.validate(answer, schema.json_schema(compact=True))
    [event] = schema.root.model_validate(answer).model_dump()["events"]
    assert event["boats"][0]["crew"] == {"min": 5, "max": 5, "approx": True, "disputed": False}
    [catch] = event["boats"][0]["landed"]
    assert (catch["species"], catch["tonnes"]["min"], catch["tonnes"]["max"]) == ("herring", 3, None)


def test_a_schema_without_compact_notations_is_asked_for_as_it_is() -> None:
    schema = load_schema(APPOINTMENTS)
    assert schema.json_schema(compact=True) == schema.json_schema()


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("conflicts", "use 'conflict' or your own as module:Model"),
        ("", "use 'conflict' or your own as module:Model"),
        (":Model", "as module:Model"),
        ("module:", "as module:Model"),
        ("no.such.place:Model", "no module 'no'"),
        ("tests.schemas.acquisitions:Nothing", "has no pydantic model 'Nothing'"),
        ("tests.schemas.acquisitions:TAKEOVERS", "has no pydantic model 'TAKEOVERS'"),
        ("tests.schemas.acquisitions:Sector", "has no pydantic model 'Sector'"),
        (".acquisitions:Takeover", "cannot be imported"),
    ],
)
def test_a_name_that_leads_to_no_schema_says_so_in_one_line(name: str, says: str) -> None:
    with pytest.raises(SchemaError, match=says) as caught:
        load_schema(name)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("class Event(", "cannot be imported"),
        ("raise RuntimeError('no network')", "cannot be imported: no network"),
        ("import no_such_module_at_all", "no module 'no_such_module_at_all'"),
        ("from pydantic import BaseModel\nclass Event(BaseModel):\n    pass", "Event has no fields"),
        ("from pydantic import BaseModel\nclass Event(BaseModel):\n    where: dict[str, str]", "Event.where"),
        ("from pydantic import BaseModel\nclass Event(BaseModel):\n    where: 3 = 4", "cannot be imported"),
    ],
)
def test_a_schema_in_the_current_folder_is_found_and_its_faults_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, says: str
) -> None:
    module = f"own_schema_{abs(hash(source))}"
    (tmp_path / f"{module}.py").write_text(source)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    with pytest.raises(SchemaError, match=says):
        load_schema(f"{module}:Event")


def test_a_schema_in_the_current_folder_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "harbour_schema.py").write_text(
        "from pydantic import BaseModel\nclass Landing(BaseModel):\n    ship: str"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    schema = load_schema("harbour_schema:Landing")
    assert [spec.name for spec in schema.fields] == ["ship"]


def test_a_finished_event_has_all_keys_computed_ones_too_and_its_local_id() -> None:
    schema = load_schema()
    label = {"role": "main", "event_type": "protest", "evidence": ["a crowd"], "date": {"value": "2024-05"}}
    event = schema.finish(validate_event(schema, label), 2)
    assert next(iter(event)) == "id"
    assert (event["id"], event["date"]["precision"], event["munitions"]) == ("e3", "month", [])
    assert set(event) == {"id", *(spec.name for spec in schema.fields)}
    assert schema.finish(validate_event(schema, {key: event[key] for key in event if key != "id"}), 2) == event


def test_a_python_date_and_an_enumeration_are_text_in_a_finished_event() -> None:
    schema = load_schema(TAKEOVERS)
    label = {"stage": "agreed", "quotes": ["Harlow buys"], "announced": "2024-05-07", "sectors": ["brewing"]}
    event = schema.finish(validate_event(schema, label), 0)
    assert (event["announced"], event["sectors"], event["price"]) == ("2024-05-07", ["brewing"], None)


def test_the_digest_is_the_same_in_every_process() -> None:
    program = "from extractor.schemas import load_schema; print(load_schema().digest)"
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2", "3")
    }
    assert digests == {load_schema().digest}


def test_the_digest_changes_with_a_description_and_with_how_a_field_is_scored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    fields = {
        "digest_base": "Annotated[str, Scored(tier=1)] = Field(description='A')",
        "digest_text": "Annotated[str, Scored(tier=1)] = Field(description='B')",
        "digest_tier": "Annotated[str, Scored(tier=2)] = Field(description='A')",
        "digest_near": "Annotated[str, Scored(near=frozenset({frozenset({'a', 'b'})}))] = Field(description='A')",
    }
    for module, field in fields.items():
        (tmp_path / f"{module}.py").write_text(
            "from typing import Annotated\nfrom pydantic import BaseModel, Field\n"
            f"from extractor.schemas.metadata import Scored\nclass Event(BaseModel):\n    x: {field}\n"
        )
    assert len({load_schema(f"{module}:Event").digest for module in fields}) == len(fields)


def test_a_validation_error_is_told_in_one_line_with_its_places() -> None:
    schema = load_schema()
    with pytest.raises(ValidationError) as caught:
        validate_event(schema, {"role": "hero", "locations": [{"country": "UK"}], "evidence": ["x"]})
    line = describe(caught.value)
    assert "\n" not in line
    assert line.startswith("role: ")
    assert "locations.0.country: " in line
    assert "event_type: Field required" in line
    assert describe(caught.value, limit=1).endswith("; and 2 more")
    with pytest.raises(ValidationError) as caught:
        validate_event(schema, "no event")
    assert describe(caught.value).startswith("answer: ")
