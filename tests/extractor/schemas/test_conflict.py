"""The conflict schema: what it asks, what it refuses, and that its scoring metadata fits its enumerations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, get_args

import jsonschema  # type: ignore[import-untyped]
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from extractor.schemas import FieldSpec, describe, load_schema
from extractor.schemas.conflict import (
    Casualties,
    CasualtyEffect,
    CasualtyGroup,
    ConflictReport,
    Event,
    EventDate,
    EventType,
    Location,
    MunitionType,
)
from extractor.schemas.counts import COMPACT

SCHEMA = load_schema()
SMALLEST: dict[str, Any] = {"role": "main", "event_type": "protest", "evidence": ["a crowd"]}


def every(fields: Iterable[FieldSpec], path: str = "") -> Iterator[tuple[str, FieldSpec]]:
    for spec in fields:
        yield f"{path}{spec.name}", spec
        yield from every(spec.children, f"{path}{spec.name}.")


def test_the_smallest_event_has_a_role_a_type_and_evidence() -> None:
    event = Event.model_validate(SMALLEST)
    assert [event.locations, event.perpetrators, event.casualties] == [[], [], []]
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


ROW_PATTERN = re.compile(Casualties.compact_json_schema()["pattern"])
EFFECTS, GROUPS = get_args(CasualtyEffect), get_args(CasualtyGroup)


def phrases(without: str) -> st.SearchStrategy[list[str]]:
    """Lists of names as a text has them: one line each, not empty, without the mark that parts them."""
    letters = st.characters(exclude_categories=("C", "Z"), exclude_characters=without)
    words = st.text(letters, min_size=1, max_size=8)
    return st.lists(st.lists(words, min_size=1, max_size=3).map(" ".join), max_size=3)


def bounds_are_in_order(line: str) -> bool:
    """Of the count of a row that the pattern lets through."""
    low, dash, high = line.split(" ")[1].partition(":")[0].strip("~?\n").partition("-")
    return not dash or int(low) <= int(high)


@given(
    effect=st.sampled_from(EFFECTS),
    count=st.from_regex(COMPACT, fullmatch=True).filter(lambda word: bounds_are_in_order(f"killed {word}")),
    group=st.none() | st.sampled_from(GROUPS),
    affiliations=phrases(",:"),
    names=phrases(";"),
)
@example(effect="killed", count="3", group=None, affiliations=["Army of the North"], names=["Ana: a baker", "B. of C"])
def test_a_row_in_one_line_is_the_same_row(
    effect: str, count: str, group: str | None, affiliations: list[str], names: list[str]
) -> None:
    line = f"{effect} {count}"
    line += f" {group}" if group else ""
    line += f" of {', '.join(affiliations)}" if affiliations else ""
    line += f": {'; '.join(names)}" if names else ""
    said = {"effect": effect, "count": count, "affiliations": affiliations, "names": names}
    assert ROW_PATTERN.fullmatch(line)
    row = Casualties.model_validate(line)
    assert row == Casualties.model_validate(said | ({"group": group} if group else {}))
    assert row == Casualties.model_validate(row.model_dump()), "what a record holds is read, too"


PIECES = st.sampled_from(
    [*EFFECTS, *GROUPS, "of", "CO", "Ana", "3", "~2+", "9-4", "<=7?", "many", " ", " of ", ":", ": ", ",", ";", "\n"]
)


def lines_from(start: str) -> st.SearchStrategy[str]:
    return st.lists(PIECES, max_size=8).map(lambda pieces: start + "".join(pieces))


@given(st.sampled_from([*EFFECTS, "killed 3", "injured ~2+ civilian", "missing 9-4 of CO"]).flatmap(lines_from))
@example("killed 3 of  ")
@example("killed 3:  ")
@example("killed 3 of ,: ;")
@example("killed 3\n")
@example("injured 9-4 civilian")
def test_a_row_is_read_if_the_pattern_lets_it_through_and_its_bounds_are_in_order(line: str) -> None:
    asked_for = any(ROW_PATTERN.fullmatch(text) for text in (line, line.rstrip()))
    if asked_for and bounds_are_in_order(line):
        Casualties.model_validate(line)
    else:
        with pytest.raises(ValidationError, match="is above max" if asked_for else r"is no (row|count)"):
            Casualties.model_validate(line)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("", "casualties.1: Value error, '' is no row: write EFFECT COUNT GROUP, such as 'killed 3 civilian'"),
        ("three civilians killed", "casualties.1: Value error, 'three civilians killed' is no row"),
        ("wounded 3 civilian", "casualties.1: Value error, 'wounded 3 civilian' is no row"),
        ("killed 3 soldiers", "casualties.1: Value error, 'killed 3 soldiers' is no row"),
        ("killed", "casualties.1: Value error, 'killed' is no row"),
        ("killed 3 civilian of : Ana", "casualties.1: Value error, 'killed 3 civilian of : Ana' is no row"),
        ("killed 3 civilian, injured 2", "casualties.1: Value error, 'killed 3 civilian, injured 2' is no row"),
        ("killed three civilian", "casualties.1.count: Value error, 'three' is no count: write 7, ~40 (about)"),
        ("killed civilian", "casualties.1.count: Value error, 'civilian' is no count"),
        ("killed 9-4 civilian", "casualties.1.count: Value error, min 9 is above max 4: swap them"),
    ],
)
def test_a_line_that_is_no_row_is_refused_with_what_to_write(line: str, says: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Event.model_validate(SMALLEST | {"casualties": ["killed 1", line]})
    assert describe(caught.value).startswith(says)


def test_an_answer_in_the_compact_notation_fits_the_compact_json_schema_and_is_the_same_answer() -> None:
    compact = {"events": [SMALLEST | {"casualties": ["killed 3 civilian of CO: Ana Paz", "injured ~2+"]}]}
    rows = [
        {"effect": "killed", "group": "civilian", "affiliations": ["CO"], "count": 3, "names": ["Ana Paz"]},
        {"effect": "injured", "count": {"min": 2, "approx": True}},
    ]
    jsonschema.validate(compact, SCHEMA.json_schema(compact=True))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(compact, SCHEMA.json_schema())
    assert ConflictReport.model_validate(compact) == ConflictReport.model_validate(
        {"events": [SMALLEST | {"casualties": rows}]}
    )


def test_rows_that_a_model_is_shown_as_examples_are_rows() -> None:
    shown = re.findall(r"'((?:killed|injured|captured) [^']+)'", Casualties.compact_json_schema()["description"])
    assert len(shown) == 4
    for line in shown:
        assert ROW_PATTERN.fullmatch(line)
        Casualties.model_validate(line)
