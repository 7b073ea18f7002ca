"""Gold files: what they may hold, and that whatever is wrong with one is named."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import BaseModel

from evals.gold import (
    GoldError,
    all_problems,
    examine,
    gold_files,
    read_gold,
    read_gold_file,
    text_digest,
)
from evals.labels import read_labels
from evals.skeleton import blank_event
from extractor.schemas import load_schema
from extractor.schemas.loading import Schema
from extractor.schemas.metadata import Evidence
from tests.evals.gold_files import FILE, TEXT, read, refused, written
from tests.evals.scoring_cases import (
    CONFLICT,
    EVENT,
    OTHER,
    SCORER,
    counts_by_name,
    finished,
    with_changes,
)
from tests.schemas.acquisitions import TAKEOVERS


def test_a_file_is_read_with_all_that_it_holds(tmp_path: Path) -> None:
    gold = read(
        tmp_path,
        title="Rockets at dawn",
        source="The Harbour Post",
        language="en",
        fictional=True,
        tags=["rockets"],
        optional=[OTHER],
        not_events=[{"quote": "nobody said who fired them", "reason": "no event"}],
        accept={"events.0.munitions.0.type": ["missile"]},
        incidents={"events.0": "redgate-2024"},
        notes={"events.0": "as told"},
    )
    assert (gold.id, gold.article.text, gold.article.title) == ("a1", TEXT, "Rockets at dawn")
    assert (gold.article.published, gold.article.source) == (date(2024, 5, 8), "The Harbour Post")
    assert gold.events == tuple(finished(EVENT))
    assert gold.optional == tuple(finished(OTHER))
    assert gold.accept_for(0) == {"munitions.0.type": ["missile"]}
    assert gold.accept_for(1) == {}
    assert gold.incidents == {"events.0": "redgate-2024"}
    assert (gold.language, gold.fictional, gold.tags) == ("en", True, ("rockets",))


def test_null_and_empty_fields_may_be_left_out(tmp_path: Path) -> None:
    gold = read(tmp_path, published=None, events=[{"role": "main", "event_type": "protest", "evidence": ["a crowd"]}])
    assert gold.article.published is None
    assert gold.events[0]["locations"] == []
    assert gold.events[0]["date"] == {"text": None, "value": None, "precision": "unknown"}


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({"optionals": []}, ["unknown key 'optionals'", "did you mean 'optional'"]),
        ({"zzz": 1}, ["unknown key 'zzz'"]),
        ({"format": 2}, ["format is 2", "reads format 1"]),
        ({"format": None}, ["format is missing: write 1"]),
        ({"id": None}, ["has no 'id'"]),
        ({"events": None}, ["has no 'events'"]),
        ({"events": {}}, ["events is {}", "a list"]),
        ({"events": [7]}, ["events.0"]),
        ({"text": None}, ["neither text nor text_file"]),
        ({"tags": "rockets"}, ["tags is 'rockets'", "a list"]),
        ({"title": 5}, ["title is 5", "text"]),
        ({"accept": ["events.0.role"]}, ["accept is", "an object"]),
        ({"not_events": ["nobody"]}, ["not_events.0", "quote and reason"]),
        ({"not_events": [{"quote": "", "reason": "none"}]}, ["not_events.0"]),
        ({"published": "8 May 2024"}, ["published is '8 May 2024'", "YYYY-MM-DD"]),
        ({"published": "2024-02-30"}, ["published is '2024-02-30'"]),
        ({"published": 20240508}, ["published is 20240508"]),
    ],
)
def test_what_is_wrong_with_a_file_is_named_with_what_to_write(
    tmp_path: Path, changes: dict[str, Any], parts: list[str]
) -> None:
    message = refused(tmp_path, **changes)
    assert all(part in message for part in parts), message


@pytest.mark.parametrize(
    ("event", "parts"),
    [
        (with_changes(EVENT, munitons=[]), ["events.0.munitons: ", "did you mean 'munitions'"]),
        (with_changes(EVENT, locations=[{"settlment": "Velmora"}]), ["locations.0.settlment", "'settlement'"]),
        (with_changes(EVENT, date={"valeu": "2024"}), ["date.valeu", "did you mean 'value'"]),
        (with_changes(EVENT, date={"value": "2024-13-01"}), ["date.value", "no such month"]),
        (with_changes(EVENT, date={"value": "2023-02-29"}), ["date.value", "no day of the calendar"]),
        (with_changes(EVENT, date={"value": "last May"}), ["date.value", "YYYY-MM-DD"]),
        (with_changes(EVENT, event_type="shelling"), ["event_type"]),
        (with_changes(EVENT, evidence=[]), ["evidence"]),
        (with_changes(EVENT, locations=[{"country": "UK"}]), ["locations.0.country", "'UK'"]),
        (
            with_changes(EVENT, casualties=[{"effect": "killed", "count": {"min": 5, "max": 2}}]),
            ["casualties.0.count", "min 5 is above max 2"],
        ),
        ({"role": "main"}, ["events.0.event_type: is missing", "and 1 more: `evals gold check"]),
    ],
)
def test_a_label_that_does_not_fit_the_schema_is_named_by_its_place(
    tmp_path: Path, event: dict[str, Any], parts: list[str]
) -> None:
    message = refused(tmp_path, events=[event])
    assert all(part in message for part in parts), message
    assert "optional.0" in refused(tmp_path, events=[], optional=[event])


NUMBER = "give a number (a bare plural is 2 or more, approx), or delete the row"


@pytest.mark.parametrize(
    ("changes", "at", "says"),
    [
        ({"casualties": [{"effect": "killed", "count": {"min": None, "max": None}}]}, "casualties.0.count", NUMBER),
        ({"casualties": [{"effect": "killed", "count": None}]}, "casualties.0.count", NUMBER),
        ({"casualties": [{"effect": "killed", "count": [3]}]}, "casualties.0.count", "is [3]: write a count such as 7"),
        ({"casualties": [{"effect": "killed", "count": {"min": "two"}}]}, "casualties.0.count.min", "a whole number"),
        ({"munitions": [{"type": "drone", "fired": {"min": None}}]}, "munitions.0.fired", "or write null in place of"),
        ({"perpetrators": [{"name": None, "status": "claimed"}]}, "perpetrators.0.name", "is empty and must have a v"),
        ({"evidence": None}, "evidence", "is empty and must have a value"),
        ({"evidence": []}, "evidence", "needs at least one quote"),
        ({"evidence": "Three rockets fell"}, "evidence", "put it in [ ]"),
        ({"evidence": [7]}, "evidence.0", "is 7: must be text in double quotes"),
        ({"locations": None}, "locations", "is null: write [ ] where there is none"),
        ({"locations": ["Varn"]}, "locations.0", "put it in { }, with its fields (kind, site,"),
        ({"date": "2024"}, "date", "put it in { }, with its fields (text, value)"),
        ({"property_damage": "never"}, "property_damage", "is 'never': write true, false or null"),
        ({"property_damage": "no"}, "property_damage", "is 'no': write true, false or null"),
        ({"property_damage": 0}, "property_damage", "is 0: write true, false or null"),
        (
            {"casualties": [{"effect": "killed", "count": {"min": 2, "approx": "yes"}}]},
            "casualties.0.count.approx",
            "is 'yes': write true or false",
        ),
    ],
)
def test_what_does_not_fit_is_said_in_words_of_the_file_and_not_of_python(
    tmp_path: Path, changes: dict[str, Any], at: str, says: str
) -> None:
    message = refused(tmp_path, events=[with_changes(EVENT, **changes)])
    assert f"events.0.{at}: " in message
    assert says in message
    for word in ("None", "dictionary", "instance", "Input should", "input should", "valid "):
        assert word not in message, message


def test_an_alternative_must_be_a_flag_where_a_flag_stands(tmp_path: Path) -> None:
    message = refused(tmp_path, accept={"events.0.property_damage": [True, "no"]})
    assert "accept.events.0.property_damage.1: is 'no': write true, false or null" in message


def test_a_field_of_several_types_is_named_as_well() -> None:
    class Shelf(BaseModel):
        quotes: Annotated[list[str], Evidence()]
        code: int | str

    class Shelves(BaseModel):
        events: list[Shelf]

    shelf = Schema(name="shelf", root=Shelves, event=Shelf, events_field="events")
    _, found = read_labels({"events": [{"quotes": ["a"], "code": []}]}, shelf)
    assert [str(one) for one in found] == [
        "events.0.code.int: is []: must be a whole number, without quotes",
        "events.0.code.str: is []: must be text in double quotes",
    ]


def test_the_first_problem_tells_of_as_many_more_as_the_check_counts(tmp_path: Path) -> None:
    wrong = with_changes(EVENT, event_type="shelling", evidence=["Three rockets rose", "Four rockets fell"])
    path = written(tmp_path, events=[wrong], incidents={"events.3": "q"})
    counted = sum(not one.warning for one in all_problems(examine(path, CONFLICT), CONFLICT))
    with pytest.raises(GoldError, match=rf"and {counted - 1} more: `evals gold check"):
        read_gold_file(path, CONFLICT)
    assert counted >= 4


def test_an_article_in_place_of_a_gold_file_is_to_be_made_one(tmp_path: Path) -> None:
    (tmp_path / "quay.txt").write_text(TEXT)
    with pytest.raises(GoldError, match=r"is no JSON: make a gold file of it with `evals gold new .*quay\.txt`"):
        read_gold(tmp_path / "quay.txt", CONFLICT)


def test_a_misspelt_field_is_an_error_even_where_the_schema_would_take_any_key(tmp_path: Path) -> None:
    schema = load_schema(TAKEOVERS)
    deal = {"stage": "agreed", "quotes": ["Harlow buys"], "buyer": {"nane": "Harlow"}}
    with pytest.raises(GoldError, match=r"events\.0\.buyer\.nane: the schema has no field 'nane', did you mean 'name'"):
        read_gold_file(written(tmp_path, events=[deal]), schema)
    jobs = [{"effect": "cut", "count": {"min": 3, "max": 3}, "sight": "North Pier"}]
    with pytest.raises(GoldError, match="no field 'sight', did you mean 'site'"):
        read_gold_file(written(tmp_path, events=[deal | {"buyer": {}, "jobs": jobs}]), schema)


def test_all_problems_of_a_file_are_found_in_one_go_each_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a1.json"
    wrong = with_changes(
        EVENT, event_type="shelling", munitons=[], casualties=[{"effect": "killed", "cont": {"min": 1}}]
    )
    data = FILE | {
        "published": "today",
        "events": [wrong, EVENT],
        "accept": {"events.0.munition.0.type": ["drone"], "events.1.role": "main", "events.1.targets.0.name": ["x"]},
        "when_published_known": {"events.1.date.value": "Tuesday"},
        "titel": "Rockets",
    }
    path.write_text(json.dumps(data, indent=1), encoding="utf-8")
    found = examine(path, CONFLICT)
    assert found.article is None
    lines = path.read_text().splitlines()
    assert {".".join(map(str, one.at)): lines[(found.line(one) or 0) - 1].strip() for one in found.problems} == {
        "published": '"published": "today",',
        "events.0.event_type": '"event_type": "shelling",',
        "events.0.munitons": '"munitons": []',
        "events.0.casualties.0.cont": '"cont": {',
        "events.0.casualties.0.count": "{",
        "accept.events.0.munition.0.type": '"events.0.munition.0.type": [',
        "accept.events.1.role": '"events.1.role": "main",',
        "accept.events.1.targets.0.name": '"events.1.targets.0.name": [',
        "when_published_known.events.1.date.value": '"events.1.date.value": "Tuesday"',
        "titel": '"titel": "Rockets"',
    }
    said = {".".join(map(str, one.at)): found.located(one) for one in found.problems}
    assert said["events.0.event_type"].startswith(f"{path}:")
    assert "did you mean 'shelling_missile_attack'?" in said["events.0.event_type"]
    assert "did you mean 'munitions'?" in said["accept.events.0.munition.0.type"]
    assert "did you mean 'title'?" in said["titel"]


def test_a_key_that_stands_twice_is_refused_because_the_first_would_be_lost(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_text(path.read_text().replace('"published"', '"events": [], "published"'))
    with pytest.raises(GoldError, match="events: 'events' stands twice"):
        read_gold_file(path, CONFLICT)


def test_a_byte_order_mark_is_no_error(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert read_gold_file(path, CONFLICT).id == "a1"


def test_an_empty_form_is_named_as_such_and_nothing_else_is_said_of_it(tmp_path: Path) -> None:
    path = written(tmp_path, events=[blank_event(CONFLICT), EVENT])
    assert [str(one) for one in examine(path, CONFLICT).problems] == [
        "events.0: is not filled in yet: fill it in, or delete it if the article tells of no event"
    ]
    form = blank_event(CONFLICT)
    half = EVENT | {"targets": form["targets"], "casualties": [*EVENT["casualties"], *form["casualties"]]}
    found = examine(written(tmp_path, events=[half]), CONFLICT).problems
    assert [str(one.at) for one in found] == ["('events', 0, 'casualties', 1)", "('events', 0, 'targets', 0)"]
    assert all("is not filled in yet" in one.message for one in found)


@pytest.mark.parametrize("name", ["conflict", "muc4", TAKEOVERS])
def test_the_empty_form_has_every_field_in_the_order_of_the_schema(name: str) -> None:
    schema = load_schema(name)
    form = blank_event(schema)
    assert list(form) == [spec.name for spec in schema.fields]
    for spec in schema.fields:
        if spec.kind == "list_of_models":
            [row] = form[spec.name]
            assert list(row) == [child.name for child in spec.children]


def test_a_text_changed_after_labelling_is_refused_wherever_it_stands(tmp_path: Path) -> None:
    digest = text_digest(TEXT)
    assert read(tmp_path, text_sha256=digest).article.text == TEXT
    message = refused(tmp_path, text=TEXT + " More.", text_sha256=digest)
    assert "text_sha256: text is not the text that was labelled" in message
    assert text_digest(TEXT + " More.") in message


def test_runs_and_json_schemas_in_the_folder_are_no_gold(tmp_path: Path) -> None:
    written(tmp_path, "a.json", id="a")
    (tmp_path / "gold.schema.json").write_text("{}")
    (tmp_path / "runs/one").mkdir(parents=True)
    (tmp_path / "runs/one/run.json").write_text("{}")
    (tmp_path / "runs/one/extractions.jsonl").write_text("")
    assert [path.name for path in gold_files(tmp_path)] == ["a.json"]


@pytest.mark.parametrize(
    ("accept", "part"),
    [
        ({"events.1.role": ["main"]}, "events.1.role: leads nowhere at '1'"),
        ({"events.0.munitions.4.type": ["drone"]}, "leads nowhere at '4'"),
        ({"events.0.munitions.0.kind": ["drone"]}, "leads nowhere at 'kind'"),
        ({"events.x.role": ["main"]}, "leads nowhere at 'x'"),
        ({"role": ["main"]}, "leads nowhere at 'role'"),
        ({"events.0": [EVENT]}, "name a field, events.0.FIELD"),
        ({"events.0.date": [{"value": "2024"}]}, "takes no alternatives"),
        ({"events.0.munitions.0": [{"type": "drone"}]}, "takes no alternatives"),
        ({"events.0.munitions.0.fired.min": [2]}, "takes no alternatives"),
        ({"events.0.locations.0.kind": ["impact"]}, "takes no alternatives"),
        ({"events.0.evidence.0": ["three rockets"]}, "takes no alternatives"),
        ({"events.0.role": "background"}, "must be a list"),
        ({"events.0.date.value": ["early May"]}, "date.value"),
        ({"events.0.munitions.0.type": ["rokcet"]}, "munitions.0.type"),
        ({"events.0.munitions": [[{"typ": "rocket"}]]}, "munitions.0.0.typ: the schema has no field"),
        ({"events.0.munitions.0.fired": ["three"]}, "munitions.0.fired"),
    ],
)
def test_an_alternative_that_could_never_count_is_refused(tmp_path: Path, accept: dict[str, Any], part: str) -> None:
    message = refused(tmp_path, accept=accept)
    assert "accept" in message
    assert part in message, message


def test_alternatives_are_kept_as_finished_values(tmp_path: Path) -> None:
    gold = read(
        tmp_path,
        optional=[OTHER],
        accept={
            "events.0.locations": [[{"site": "North Pier"}], []],
            "events.0.munitions.0.fired": [{"min": 2}],
            "events.0.munitions.0.type": ["missile", None],
            "optional.0.date.value": ["2023"],
        },
    )
    [[place], nothing] = gold.accept["events.0.locations"]
    assert (place["kind"], place["country"], nothing) == ("target", None, [])
    assert gold.accept["events.0.munitions.0.fired"] == [{"min": 2, "max": None, "approx": False, "disputed": False}]
    assert gold.accept["events.0.munitions.0.type"] == ["missile", None]


def test_values_for_a_known_publication_date_replace_the_others_only_where_it_was_given(tmp_path: Path) -> None:
    gold = read(
        tmp_path,
        events=[with_changes(EVENT, date={"text": "on Tuesday"}), OTHER],
        when_published_known={"events.0.date": {"text": "on Tuesday", "value": "2024-05-07"}},
    )
    assert [event["date"]["value"] for event in gold.truth(published=False)] == [None, "2023-11"]
    assert [event["date"]["value"] for event in gold.truth(published=True)] == ["2024-05-07", "2023-11"]
    assert gold.truth(published=True)[0]["date"]["precision"] == "day"
    assert gold.events[0]["date"]["value"] is None

    def dates(predicted: str | None, *, published: bool) -> list[int]:
        guess = finished(with_changes(EVENT, date={"value": predicted}), OTHER)
        return list(counts_by_name(SCORER, SCORER.score(gold, guess, published=published))["date.value"])

    assert dates("2024-05-07", published=True) == [2, 0, 0, 0, 0]
    assert dates("2024-05-07", published=False) == [1, 0, 0, 0, 1]
    assert dates(None, published=True) == [1, 0, 0, 1, 0]
    assert dates(None, published=False) == [1, 0, 0, 0, 0]


def test_values_for_a_known_publication_date_are_checked(tmp_path: Path) -> None:
    assert "leads nowhere" in refused(tmp_path, when_published_known={"events.3.date": {"value": "2024"}})
    assert "date.value" in refused(tmp_path, when_published_known={"events.0.date.value": "Tuesday"})


def test_an_id_given_twice_names_both_files(tmp_path: Path) -> None:
    first, second = written(tmp_path, "one/a.json"), written(tmp_path, "two/b.json")
    with pytest.raises(GoldError, match="id 'a1' is also that of") as caught:
        read_gold(tmp_path, CONFLICT)
    assert str(first) in str(caught.value)
    assert str(second) in str(caught.value)


def test_a_folder_is_read_in_the_order_of_its_paths_and_a_file_may_stand_for_it(tmp_path: Path) -> None:
    written(tmp_path, "b.json", id="b")
    written(tmp_path, "a/c.json", id="c")
    (tmp_path / "gold.schema.json").write_text("{}")
    assert [gold.id for gold in read_gold(tmp_path, CONFLICT)] == ["c", "b"]
    assert [gold.id for gold in read_gold(tmp_path / "b.json", CONFLICT)] == ["b"]


def test_a_folder_that_is_not_there_or_empty_and_a_file_that_is_no_json_say_so(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match="no gold folder"):
        read_gold(tmp_path / "nowhere", CONFLICT)
    with pytest.raises(GoldError, match=r"no \.json files"):
        read_gold(tmp_path, CONFLICT)
    for content, message in ((b"{", "is not JSON"), (b"[]", "holds no JSON object"), (b"\xff\xfe\x00", "is not JSON")):
        (tmp_path / "a.json").write_bytes(content)
        with pytest.raises(GoldError, match=message):
            read_gold(tmp_path, CONFLICT)
