"""The commands for labelling by hand, as a labeller meets them: new, check, show, score."""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from rich.console import Console

from evals.gold import read_gold_file
from evals.report.gold_view import GoldView
from extractor.schemas import load_schema
from tests.commands import Outcome, run

TEXT = (
    "Grenade hurts two at ferry quay\n\n"
    "A hand grenade was thrown onto the quay in Buchanan late on Friday, injuring two ticket sellers, police said. "
    "The harbour master spoke of a third. In March a toll collector was shot dead at Edina.\n"
)
QUOTE = "A hand grenade was thrown onto the quay in Buchanan late on Friday, injuring two ticket sellers"
EVENT: dict[str, Any] = {
    "role": "main",
    "event_type": "bombing_ied",
    "date": {"text": "late on Friday"},
    "locations": [{"settlement": "Buchanan", "country": "LR"}],
    "evidence": [QUOTE],
}
PAGE = (
    "<html><head><title>Mill fire</title><meta property='article:published_time' content='2023-02-01'>"
    "<meta property='og:site_name' content='The Edina Post'></head><body><article><h1>Mill fire</h1>"
    "<p>A fire broke out at the mill in Edina on Tuesday night and was put out by neighbours with buckets.</p>"
    "<p>Nobody was hurt in the fire, said the owner, who plans to rebuild the mill before the rains come.</p>"
    "</article></body></html>"
)
Command = Callable[..., Outcome]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    """`evals …` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("EXTRACTOR_BACKEND", raising=False)
    return lambda *arguments: run(monkeypatch, capsys, "evals", *map(str, arguments))


@pytest.fixture
def folder(command: Command, tmp_path: Path) -> Path:
    assert command is not None, "the fixture changes the folder"
    (tmp_path / "ferry-quay.txt").write_text(TEXT)
    return tmp_path


def filled(file: Path, **changes: Any) -> None:
    data = json.loads(file.read_text())
    file.write_text(json.dumps(data | {"events": [EVENT]} | changes, indent=1, ensure_ascii=False))


# ---------------------------------------------------------------- new


def test_a_new_file_holds_all_that_is_known_and_its_schema_stands_beside(command: Command, folder: Path) -> None:
    new = command("gold", "new", "ferry-quay.txt", "-o", "mine/dev", "--fictional", "--tag", "wire", "--incident", "q")
    assert new.code == 0
    assert new.out.split() == ["mine/dev/gold.schema.json", "(for", "the", "editor)", "mine/dev/ferry-quay.json"]
    data = json.loads((folder / "mine/dev/ferry-quay.json").read_text())
    assert (data["id"], data["title"], data["text"]) == ("ferry-quay", "Grenade hurts two at ferry quay", TEXT)
    assert (data["published"], data["source"], data["fictional"], data["tags"]) == (None, None, True, ["wire"])
    assert data["text_sha256"] == hashlib.sha256(TEXT.encode()).hexdigest()
    assert data["incidents"] == {"events.0": "q"}
    schema = json.loads((folder / "mine/dev" / data["$schema"]).read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    checked = command("gold", "check", "mine")
    assert (checked.code, "events.0: is not filled in yet" in checked.out) == (1, True)


def test_a_schema_that_a_folder_above_has_is_used(command: Command, folder: Path) -> None:
    command("gold", "schema", "-o", "gold.schema.json")
    assert command("gold", "new", "ferry-quay.txt", "-o", "dev/").out == "dev/ferry-quay.json\n"
    assert json.loads((folder / "dev/ferry-quay.json").read_text())["$schema"] == "../gold.schema.json"
    other = command("gold", "new", "ferry-quay.txt", "-o", ".", "--schema", "muc4")
    assert "gold.schema.json is not of the schema 'muc4'" in other.error


def test_any_format_of_article_can_be_started_and_several_at_once(command: Command, folder: Path) -> None:
    (folder / "fire.html").write_text(PAGE)
    rows = [{"id": f"sub/row {n}", "text": f"Row {n}.", "language": "fr", "date": "2024-05-08"} for n in (1, 2)]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert command("gold", "new", "ferry-quay.txt", "fire.html", "rows.jsonl", "-o", "g", "--events", 0).code == 0
    names = sorted(path.name for path in (folder / "g").iterdir())
    assert names == ["ferry-quay.json", "fire.json", "gold.schema.json", "sub-row-1.json", "sub-row-2.json"]
    fire, row = (json.loads((folder / "g" / name).read_text()) for name in ("fire.json", "sub-row-1.json"))
    assert (fire["title"], fire["published"], fire["source"]) == ("Mill fire", "2023-02-01", "The Edina Post")
    assert (row["id"], row["language"], row["published"], row["title"]) == ("sub-row-1", "fr", "2024-05-08", None)
    assert command("gold", "check", "g").out.endswith("4 articles, 0 events, 0 problems\n")


def test_nothing_is_ever_overwritten_and_a_refusal_writes_nothing(command: Command, folder: Path) -> None:
    (folder / "other.txt").write_text("Another article.")
    (folder / "ferry-quay.json").write_text("mine")
    refused = command("gold", "new", "other.txt", "ferry-quay.txt")
    assert (refused.code, "ferry-quay.json is there already" in refused.error) == (2, True)
    assert (folder / "ferry-quay.json").read_text() == "mine"
    assert sorted(path.name for path in folder.iterdir()) == ["ferry-quay.json", "ferry-quay.txt", "other.txt"]
    assert (
        "one file, and there are several" in command("gold", "new", "other.txt", "ferry-quay.txt", "-o", "a.json").error
    )
    assert "does not exist" in command("gold", "new", "nowhere.txt").error


# ---------------------------------------------------------------- the whole way


def test_a_labeller_gets_from_an_article_to_its_score(command: Command, folder: Path) -> None:
    command("gold", "new", "ferry-quay.txt", "-o", "mine/ferry-quay.json")
    filled(folder / "mine/ferry-quay.json")
    assert command("gold", "check", "mine").out == "1 article, 1 event, 0 problems\n"
    assert command("gold", "show", "mine/ferry-quay.json").code == 0
    assert "events found" in command("run", "--gold", "mine", "--run", "one").out
    assert "events found" in command("score", "one", "--gold", "mine").out


@pytest.mark.parametrize("name", ["ferry-quay.txt", "fire.html"])
def test_stand_off_gold_works_from_new_to_score_with_its_folder_of_texts(
    command: Command, folder: Path, name: str
) -> None:
    (folder / "fire.html").write_text(PAGE)
    new = command("gold", "new", name, "--stand-off", "--texts", "texts", "-o", "g")
    assert new.code == 0
    assert "--texts texts" in new.err
    [file] = (folder / "g").glob("f*.json")
    data = json.loads(file.read_text())
    assert "text" not in data
    [text] = (folder / "texts").iterdir()
    assert hashlib.sha256(text.read_bytes()).hexdigest() == data["text_sha256"]
    quote = QUOTE if name == "ferry-quay.txt" else "A fire broke out at the mill in Edina"
    filled(file, events=[{"role": "main", "event_type": "other", "evidence": [quote]}])
    with_texts = ("--texts", "texts")
    assert command("gold", "check", "g", *with_texts).code == 0
    assert quote in " ".join(command("gold", "show", file, *with_texts).out.replace("⟦e0 ", "").split())
    assert command("gold", "stats", "g", *with_texts).code == 0
    assert command("run", "--gold", "g", *with_texts, "--run", "one").code == 0
    assert command("score", "one", "--gold", "g", *with_texts).code == 0

    for arguments in (["score", "one", "--gold", "g"], ["gold", "show", file], ["gold", "stats", "g"]):
        outcome = command(*arguments)
        assert (outcome.code, "give its folder with --texts" in outcome.error) == (2, True)
    text.write_text(text.read_text() + "More.")
    checked = command("gold", "check", "g", *with_texts)
    assert (checked.code, "is not the text that was labelled" in checked.out) == (1, True)
    assert "is not the text that was labelled" in command("score", "one", "--gold", "g", *with_texts).error


def test_a_text_that_stands_where_it_is_looked_for_is_named_and_not_copied(command: Command, folder: Path) -> None:
    (folder / "articles").mkdir()
    (folder / "ferry-quay.txt").rename(folder / "articles/ferry-quay.txt")
    assert command("gold", "new", "articles/ferry-quay.txt", "--stand-off", "-o", "g", "--events", 0).code == 0
    assert json.loads((folder / "g/ferry-quay.json").read_text())["text_file"] == "ferry-quay.txt"
    assert command("gold", "check", "g").code == 0
    (folder / "else.txt").write_text("Another article.")
    assert "needs a folder that has the text" in command("gold", "new", "else.txt", "--stand-off", "-o", "g").error


# ---------------------------------------------------------------- check


def test_check_says_all_that_is_wrong_in_all_files_with_line_and_advice(command: Command, folder: Path) -> None:
    command("gold", "new", "ferry-quay.txt", "-o", "g/a.json")
    command("gold", "new", "ferry-quay.txt", "-o", "g/b.json")
    wrong = EVENT | {"event_type": "bombing", "evidence": [QUOTE.upper()], "property_damge": True}
    filled(folder / "g/a.json", events=[wrong], tags=["trap:dozzens"])
    filled(folder / "g/b.json", id="a", incidents={"events.4": "q"})
    (folder / "g/c.json").write_text('{\n"id": "c",\n}')
    (folder / "g/coverage.toml").write_text('[traps]\ntags = ["dozens"]\n')
    checked = command("gold", "check", "g")
    assert checked.code == 1
    lines = checked.out.splitlines()
    assert lines[-1] == "3 articles, 2 events, 5 problems, 1 warning"
    source = (folder / "g/a.json").read_text().splitlines()

    def said(word: str) -> str:
        number = next(i for i, line in enumerate(source, 1) if word in line)
        [found] = [line for line in lines if line.startswith(f"g/a.json:{number}: ")]
        return found

    assert "did you mean 'bombing_ied'" in said('"bombing"')
    assert f"the nearest is '{QUOTE[:60]}'"[:40] in said(QUOTE.upper())
    assert "did you mean 'property_damage'" in said("property_damge")
    assert said("dozzens").endswith("did you mean 'trap:dozens'? (warning)")
    assert any(line.startswith("g/b.json:") and "events.4 is no event" in line for line in lines)
    assert "g/c.json:2: is not JSON: take away this comma before } (column 10)" in lines


def test_warnings_alone_pass(command: Command, folder: Path) -> None:
    command("gold", "new", "ferry-quay.txt", "--tag", "trap:whale", "-o", "a.json")
    filled(folder / "a.json")
    (folder / "coverage.toml").write_text('[traps]\ntags = ["dozens"]\n')
    checked = command("gold", "check", "a.json")
    assert checked.code == 0
    assert "a.json:11: tags.0: unknown tag 'trap:whale': coverage.toml has the list (warning)" in checked.out


# ---------------------------------------------------------------- show


@pytest.fixture
def labelled(command: Command, folder: Path) -> Path:
    command("gold", "new", "ferry-quay.txt", "-o", "gold/conflict/ferry-quay.json")
    file = folder / "gold/conflict/ferry-quay.json"
    filled(
        file,
        events=[
            EVENT,
            {**EVENT, "role": "background", "evidence": ["injuring two ticket sellers", "shot dead at Edina"]},
        ],
        optional=[{**EVENT, "evidence": ["police said"]}],
        not_events=[{"quote": "The harbour master spoke of a third", "reason": "hearsay"}],
        accept={"events.0.event_type": ["armed_assault", None]},
        published="2024-05-12",
        when_published_known={"events.0.date.value": "2024-05-10"},
        incidents={"events.0": "buchanan-quay"},
        notes={"events.0": "as the police say", "article": "invented"},
    )
    return file


def test_in_a_pipe_evidence_stands_in_brackets_and_all_labels_below(command: Command, labelled: Path) -> None:
    shown = command("gold", "show", "ferry-quay")
    assert shown.code == 0
    assert "\x1b" not in shown.out
    text = " ".join(shown.out.split())
    assert "⟦e0 A hand grenade was thrown onto the quay in Buchanan late on Friday, ⟦e1 injuring" in text
    assert "two ticket sellers e0 e1⟧, ⟦o0 police said o0⟧." in text
    assert "⟦n0 The harbour master spoke of a third n0⟧" in text
    assert "shot dead at Edina e1⟧." in text
    for part in (
        "events.0 main · bombing_ied",
        "optional.0 main · bombing_ied may be found, never counted",
        "also right event_type armed_assault or nothing",
        "if dated date.value 2024-05-10",
        "incident buchanan-quay",
        "note as the police say",
        "note on article invented",
        "not an event “The harbour master spoke of a third” hearsay",
    ):
        assert part in text, part
    assert command("gold", "show", labelled).out == shown.out


def test_on_a_terminal_events_have_colours_and_no_brackets(labelled: Path) -> None:
    gold = read_gold_file(labelled, load_schema())
    view = GoldView(json.loads(labelled.read_text()), gold.article.text, load_schema())

    def printed(**options: Any) -> str:
        console = Console(file=io.StringIO(), width=100, **options)
        console.print(view)
        assert isinstance(console.file, io.StringIO)
        return console.file.getvalue()

    colours = printed(force_terminal=True, color_system="standard")
    assert "⟦" not in colours
    assert "\x1b[7;36me0" in colours
    assert "\x1b[35m" in colours
    assert "⟦e0" in printed(force_terminal=True, no_color=True)
    assert "⟦e0" in printed()


def test_a_file_with_problems_is_shown_with_them(command: Command, labelled: Path) -> None:
    filled(labelled, events=[EVENT | {"event_type": "bombing"}])
    shown = command("gold", "show", "ferry-quay")
    assert shown.code == 1
    assert "⟦e0 A hand grenade" in shown.out
    assert "did you mean 'bombing_ied'" in " ".join(shown.out.split())


def test_problems_are_shown_in_the_order_of_lines_with_their_further_lines_indented(
    command: Command, labelled: Path
) -> None:
    wrong = EVENT | {"date": {"text": "late on friday"}, "evidence": [QUOTE, "a hand grenade was thrown"]}
    filled(labelled, published="Sunday", events=[wrong], incidents={"events.7": "q"}, when_published_known={})
    shown = command("gold", "show", labelled).out
    problems = shown[shown.index("\n! ") :].splitlines()[1:]
    marked = [line for line in problems if line.startswith("! ")]
    assert len(marked) == 4
    assert len(problems) > len(marked)
    assert all(line.startswith("  ") for line in problems if line not in marked)
    numbers = [int(number) for number in re.findall(r"\.json:(\d+)", "".join(line[2:].rstrip() for line in problems))]
    assert numbers == sorted(numbers)
    assert len(numbers) == 4


def test_a_quote_with_quotation_marks_is_shown_between_others(command: Command, folder: Path) -> None:
    (folder / "said.txt").write_text("“Nobody was hurt,” said the owner. The fire is out.\n")
    command("gold", "new", "said.txt", "-o", "said.json")
    event = {
        "role": "main",
        "event_type": "other",
        "evidence": ["“Nobody was hurt,” said the owner", "The fire is out"],
    }
    filled(folder / "said.json", events=[event])
    shown = command("gold", "show", "said.json").out
    assert "«“Nobody was hurt,” said the owner»" in shown
    assert "“The fire is out”" in shown


def test_a_folder_to_show_and_an_article_to_check_say_what_to_name(command: Command, labelled: Path) -> None:
    said = f"gold/conflict is a folder: name one of its files, such as gold/conflict/{labelled.name}"
    assert said in command("gold", "show", "gold/conflict").error
    checked = command("gold", "check", "ferry-quay.txt")
    assert checked.code == 1
    assert "ferry-quay.txt: is no JSON: make a gold file of it with `evals gold new ferry-quay.txt`" in checked.out


def test_an_article_that_is_not_there_is_named_with_what_to_do(command: Command, labelled: Path) -> None:
    assert "no article 'whale' in gold/conflict" in command("gold", "show", "whale").error
    assert "no folder nowhere" in command("gold", "show", "whale", "--gold", "nowhere").error
    (labelled.parent / "dev").mkdir()
    (labelled.parent / "dev/ferry-quay.json").write_text("{}")
    assert "name the file" in command("gold", "show", "ferry-quay").error
