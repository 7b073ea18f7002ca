"""What a gold set covers and what it lacks."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from evals.gold import GoldArticle
from evals.labelling.coverage import coverage, length_band
from evals.labelling.requirements import missed, read_requirements
from evals.labelling.splits import by_split
from extractor.errors import UsageError
from extractor.schemas import load_schema
from tests.commands import Outcome, run
from tests.evals.recorded import labels, write_gold
from tests.evals.scoring_cases import CONFLICT, EVENT, OTHER, gold_of, with_changes
from tests.schemas.acquisitions import TAKEOVERS

GOLD = Path(__file__).parents[2] / "gold" / "conflict"


def article(name: str, *events: dict[str, Any], words: int = 10, **more: Any) -> GoldArticle:
    gold = gold_of(*events, article_id=name, **more)
    return replace(gold, article=replace(gold.article, text="word " * words))


DEV = [
    article("a", EVENT, OTHER, published=date(2024, 5, 8), tags=("wire", "trap:dozens"), incidents={"events.0": "x"}),
    article("b", tags=("trap:dozens", "no-event"), words=2501),
]
TEST = [
    article("c", with_changes(EVENT, locations=[{"country": "CL"}, {"country": "IQ"}]), incidents={"events.0": "x"}),
    article("d", optional=(OTHER,), words=100, incidents={"optional.0": "y"}),
]
COVERED = coverage({"dev": DEV, "test": TEST}, CONFLICT)


def test_everything_is_counted_by_split() -> None:
    assert COVERED["splits"] == {"dev": 2, "test": 2}
    assert (COVERED["articles"], COVERED["events"]) == (4, 3), "what is optional is no event"
    types = COVERED["enumerations"]["event_type"]
    assert types["shelling_missile_attack"] == {"dev": 1, "test": 1, "all": 2}
    assert types["abduction"] == {"dev": 1, "test": 0, "all": 1}
    assert types["protest"] == {"dev": 0, "test": 0, "all": 0}, "types that nothing has are shown"
    assert COVERED["enumerations"]["role"]["background"]["all"] == 1
    assert COVERED["countries"] == {
        "IQ": {"dev": 1, "test": 1, "all": 2},
        "CL": {"dev": 0, "test": 1, "all": 1},
        "CZ": {"dev": 1, "test": 0, "all": 1},
    }
    assert {name: counts["all"] for name, counts in COVERED["continents"].items()} == {
        "Asia": 2,
        "Europe": 1,
        "South America": 1,
    }
    assert COVERED["traps"] == {"dozens": {"dev": 2, "test": 0, "all": 2}}
    assert list(COVERED["tags"]) == ["no-event", "wire"]
    assert {band: counts["all"] for band, counts in COVERED["lengths"].items() if counts["all"]} == {
        "under 100": 2,
        "100 to 600": 1,
        "over 2500": 1,
    }
    assert COVERED["no_event"] == {"dev": 1, "test": 1, "all": 2}
    assert COVERED["published"]["known"]["all"] == 1
    assert COVERED["incidents"] == {"x": ["a", "c"], "y": ["d"]}


@pytest.mark.parametrize(
    ("words", "band"),
    [
        (0, "under 100"),
        (99, "under 100"),
        (100, "100 to 600"),
        (600, "100 to 600"),
        (601, "601 to 1200"),
        (1200, "601 to 1200"),
        (1201, "1201 to 2500"),
        (2500, "1201 to 2500"),
        (2501, "over 2500"),
    ],
)
def test_bands_of_length_meet_without_gap(words: int, band: str) -> None:
    assert length_band("word " * words) == band


def test_another_schema_is_counted_by_its_own_fields() -> None:
    schema = load_schema(TAKEOVERS)
    deal = {"stage": "agreed", "quotes": ["Harlow buys"], "buyer": {"country": "SE"}, "target": {"country": "KE"}}
    covered = coverage({"all": [gold_of(deal, schema=schema)]}, schema)
    assert covered["enumerations"]["stage"]["agreed"]["all"] == 1
    assert set(covered["countries"]) == {"SE", "KE"}


def test_splits_are_the_subfolders_or_the_folder_itself(tmp_path: Path) -> None:
    inside = [replace(DEV[0], path=tmp_path / name) for name in ("test/x/a.json", "dev/b.json", "dev/c.json")]
    assert {key: len(found) for key, found in by_split(inside, tmp_path).items()} == {"dev": 2, "test": 1}
    assert list(by_split([replace(DEV[0], path=tmp_path / "a.json")], tmp_path)) == [tmp_path.name]


# ---------------------------------------------------------------- requirements


def lacking(folder: Path, toml: str, covered: dict[str, Any] = COVERED) -> list[str]:
    (folder / "coverage.toml").write_text(toml)
    return missed(covered, read_requirements(folder / "coverage.toml"))


@pytest.mark.parametrize(
    ("toml", "lines"),
    [
        ("", []),
        ("[splits]\ndev = 2\ntest = 3", ["split test: 2 articles, 3 are wanted"]),
        ("[splits]\nval = 1", ["split val: 0 articles, 1 is wanted"]),
        ("[enumerations.role]\neach = 1\nwithout = ['unrelated', 'response']", []),
        (
            "[enumerations.role]\neach = 2\nwithout = ['unrelated', 'response']",
            ["role background: 1 event, 2 are wanted"],
        ),
        ("[enumerations.colour]\neach = 1", ["enumerations.colour: the schema has no such enumeration"]),
        ("[countries]\nleast = 3\ncontinents = 3", []),
        ("[countries]\nleast = 4\ncontinents = 4", ["countries: 3, 4 are wanted", "continents: 3, 4 are wanted"]),
        ("[traps]\neach = 2\ntags = ['dozens', 'denied']", ["trap denied: 0 articles, 2 are wanted"]),
        ("[genres]\neach = 1\ntags = ['wire', 'brief']", ["genre brief: 0 articles, 1 is wanted"]),
        ("[articles]\nno_event = 3", ["no event: 2 articles, 3 are wanted"]),
        ("[articles.lengths]\n'over 2500' = 2", ["over 2500 words: 1 article, 2 are wanted"]),
        ("[articles.lengths]\n'over 9' = 2", ["length 'over 9': no such band, there are under 100, 100 to 600"]),
        ("[incidents]\nleast = 1", []),
        ("[incidents]\nleast = 1\nfewest = 3", ["incidents told by 3 to 4 articles: 0, 1 is wanted"]),
    ],
)
def test_what_is_missing_is_said_line_by_line(tmp_path: Path, toml: str, lines: Sequence[str]) -> None:
    found = lacking(tmp_path, toml)
    assert len(found) == len(lines)
    assert all(line.startswith(start) for line, start in zip(found, lines, strict=True)), found


@pytest.mark.parametrize(
    ("toml", "says"),
    [("[splits", "is not TOML"), ("[split]\ndev = 1", "split"), ("[traps]\neach = -1", "traps.each")],
)
def test_requirements_that_cannot_be_read_are_named(tmp_path: Path, toml: str, says: str) -> None:
    with pytest.raises(UsageError, match=r"coverage\.toml.*" + says):
        lacking(tmp_path, toml)
    with pytest.raises(UsageError, match="cannot be read"):
        read_requirements(tmp_path / "nowhere.toml")


def test_the_requirements_of_the_gold_set_are_those_that_were_set() -> None:
    required = read_requirements(GOLD / "coverage.toml")
    assert required.splits == {"dev": 24, "test": 36}
    assert (required.enumerations["event_type"].each, required.enumerations["event_type"].without) == (6, ())
    assert (required.countries.least, required.countries.continents) == (15, 4)
    assert (len(required.traps.tags), required.traps.each) == (26, 4)
    assert (len(required.genres.tags), required.genres.each) == (12, 1)
    assert (required.articles.no_event, required.articles.lengths) == (8, {"over 2500": 3})
    assert (required.incidents.least, required.incidents.fewest, required.incidents.most) == (12, 2, 4)


# ---------------------------------------------------------------- the command


@pytest.fixture
def command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[..., Outcome]:
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: run(monkeypatch, capsys, "evals", "gold", "stats", *map(str, arguments))


def test_stats_prints_the_table_and_fails_while_something_is_missing(
    command: Callable[..., Outcome], tmp_path: Path
) -> None:
    write_gold(tmp_path / "gold/dev", 2, events=lambda number: [labels(number, locations=[{"country": "NE"}])])
    plain = command("gold")
    assert plain.code == 0
    assert "Africa" in plain.out
    assert "missing" not in plain.out
    (tmp_path / "gold/coverage.toml").write_text("[splits]\ndev = 3\n[countries]\nleast = 1\n")
    short = command("gold", "--json", "s.json")
    assert short.code == 1
    assert "missing: split dev: 2 articles, 3 are wanted" in short.out.splitlines()
    assert "gold/coverage.toml: 1 missing" in short.out
    assert json.loads((tmp_path / "s.json").read_text())["missed"] == ["split dev: 2 articles, 3 are wanted"]
    assert json.loads(command("gold", "--json", "-").out)["countries"] == {"NE": {"dev": 2, "all": 2}}
    (tmp_path / "less.toml").write_text("[splits]\ndev = 2\n")
    enough = command("gold", "--require", "less.toml")
    assert (enough.code, "less.toml: all of it is covered" in enough.out) == (0, True)
    assert "nowhere.toml cannot be read" in command("gold", "--require", "nowhere.toml").error
