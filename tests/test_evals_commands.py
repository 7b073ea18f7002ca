"""The commands that compare, gate, repeat and explain, as a user meets them; a loopback endpoint is the model."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.commands import Outcome, run
from tests.evals.recorded import found, labels, write_gold, write_run
from tests.loopback.replies import refusal
from tests.loopback.server import LoopbackServer

COUNT = 10
PROMPTS = Path(__file__).resolve().parents[1] / "prompts"
Command = Callable[..., Outcome]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    """`evals …` in an empty folder, with a cache of its own and no runner that wants a summary."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EXTRACTOR_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    monkeypatch.delenv("EXTRACTOR_BACKEND", raising=False)
    return lambda *arguments: run(monkeypatch, capsys, "evals", *map(str, arguments))


@pytest.fixture
def runs(command: Command, tmp_path: Path) -> Path:
    """Gold and two runs: `good` finds everything, `bad` 2 of 10 events."""
    assert command is not None, "the fixture changes the folder"
    gold = write_gold(tmp_path / "gold", COUNT, source=lambda number: f"outlet {number % 2}")
    write_run(tmp_path / "runs/good", gold, found(COUNT))
    write_run(tmp_path / "runs/bad", gold, found(COUNT, missing=range(8)))
    return tmp_path


def test_compare_says_which_run_is_better_in_a_table_and_in_words(command: Command, runs: Path) -> None:
    outcome = command("compare", "bad", "good", "--gold", "gold", "--json", "c.json")
    assert outcome.code == 0
    assert "B is better on events, tier 1" in outcome.out
    compared = json.loads((runs / "c.json").read_text())
    assert compared["rows"]["events"]["verdict"] == "better"
    assert compared["a"]["runs"] == ["runs/bad"]
    assert compared["conclusion"] in " ".join(outcome.out.split())
    back = json.loads(command("compare", "good", "bad", "-g", "gold", "--field", "events", "--json", "-").out)
    assert list(back["rows"]) == ["events"]
    assert back["rows"]["events"]["verdict"] == "worse"


def test_compare_counts_what_a_run_lacks_as_missed_and_says_so(command: Command, runs: Path) -> None:
    extra = {**found(COUNT - 1), 77: [labels(77)]}
    write_run(runs / "runs/partial", runs / "gold", extra)
    outcome = command("compare", "partial", "good", "--gold", "gold")
    assert outcome.code == 1
    assert "A: 1 not in the run, counted as missed: a9" in outcome.out
    assert "A: 1 not in gold, left out: a77" in outcome.out


def test_articles_of_one_incident_are_resampled_together(command: Command, runs: Path) -> None:
    write_gold(runs / "told", COUNT, incidents={"events.0": "the shelling of Varn"})
    outcome = command("compare", "bad", "good", "--gold", "told", "--field", "events", "--json", "-")
    compared = json.loads(outcome.out)
    assert (compared["articles"], compared["clusters"]) == (COUNT, 1)
    assert compared["rows"]["events"]["verdict"] == "cannot tell", "all articles are one report"


def test_a_gate_holds_breaks_and_refuses_by_its_exit_code(command: Command, runs: Path) -> None:
    holds = command("gate", "good", "--against", "bad", "--gold", "gold", "--summary", "s.md")
    assert (holds.code, "the gate holds" in holds.out) == (0, True)
    assert (runs / "s.md").read_text().startswith("## Gate good against bad: holds")
    breaks = command("gate", "bad", "--against", "good", "--gold", "gold", "--summary", "-")
    assert breaks.code == 1
    assert "The gate is broken: events is worse for sure" in breaks.out
    write_run(runs / "runs/old", runs / "gold", found(COUNT), prompt_digest="0" * 64)
    stale = command("gate", "old", "--against", "good", "--gold", "gold", "--summary", "never.md")
    assert stale.code == 2
    assert "the prompt conflict/1 changed since it was recorded" in stale.error
    assert not (runs / "never.md").exists()


@pytest.mark.parametrize(
    ("bounds", "code", "says"),
    [
        (["--min", "events=0.9"], 0, "holds"),
        (["--min", "events=1", "--min", "date.value=0.5"], 1, "date.value has no F1 where 0.5 is the least"),
        (["--max-drop", "events=0.1"], 0, "holds"),
        (["--min", "evnets=0.9"], 2, "did you mean 'events'"),
        (["--min", "events=90"], 2, "fraction from 0 to 1"),
        (["--min", "events"], 2, "FIELD=NUMBER"),
        (["--max-drop", "events=nan"], 2, "FIELD=NUMBER"),
        (["--min", "events=0.1", "--min", "events=0.2"], 2, "given twice"),
    ],
)
def test_bounds_of_a_gate(command: Command, runs: Path, bounds: list[str], code: int, says: str) -> None:
    assert (runs / "runs/good").is_dir()
    outcome = command("gate", "good", "--against", "good", "--gold", "gold", "--field", "events", *bounds)
    assert outcome.code == code
    assert says in (outcome.error if code == 2 else outcome.out)


def test_a_gate_allows_a_drop_that_it_was_told_to_allow(command: Command, runs: Path) -> None:
    gate = ["gate", "bad", "--against", "good", "--gold", runs / "gold", "--field", "events"]
    assert command(*gate).code == 1
    assert command(*gate, "--max-drop", "events=0.9").code == 0
    assert command(*gate, "--max-drop", "events=0.1").code == 1


def test_a_gate_tells_the_runner_of_a_pull_request(
    command: Command, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (runs / "step.md").write_text("# Earlier step\n\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(runs / "step.md"))
    command("gate", "good", "--against", "bad", "--gold", "gold")
    assert (runs / "step.md").read_text().startswith("# Earlier step\n\n## Gate good against bad: holds\n")


def test_a_run_resumed_over_changed_gold_stays_stale(command: Command, tmp_path: Path) -> None:
    write_gold(tmp_path / "gold", COUNT)
    arguments = ["run", "--gold", "gold", "--run", "one"]
    gate = ["gate", "one", "--against", "one", "--gold", "gold"]
    assert command(*arguments).code == 0
    assert command(*gate).code == 0
    write_gold(tmp_path / "gold", COUNT, text=lambda number: f"Two shells fell on the mill at Varn{number}. One died.")
    assert "the gold changed since runs/one began" in command(*arguments).err
    assert "the gold changed" in command(*gate).error
    assert "the gold changed" not in command(*arguments, "--fresh").err
    assert command(*gate).code == 0


def test_new_labels_are_scored_without_a_word_and_a_new_text_is_told_of(command: Command, tmp_path: Path) -> None:
    write_gold(tmp_path / "gold", COUNT)
    arguments = ["run", "--gold", "gold", "--run", "one"]
    assert command(*arguments).code == 0
    file = min((tmp_path / "gold").glob("*.json"))
    data = json.loads(file.read_text())
    file.write_text(json.dumps(data | {"events": []}))
    again = command(*arguments)
    assert "the gold changed" not in again.err
    assert "the gold changed" in command("gate", "one", "--against", "one", "--gold", "gold").error
    file.write_text(json.dumps(data | {"title": "Another headline"}))
    assert "the gold changed since runs/one began" in command(*arguments).err
    assert "the gold changed since runs/one began" in command(*arguments).err, "until it is made anew"
    file.write_text(json.dumps(data))
    assert "the gold changed" not in command(*arguments).err
    file.with_name("zz.json").write_text(json.dumps(data | {"id": "zz", "text": "A dog slept in Varn.", "events": []}))
    assert "the gold changed" not in command(*arguments).err, "an article that was not there has no old answer"


def test_gold_that_can_be_read_and_has_problems_is_told_of(command: Command, tmp_path: Path) -> None:
    write_gold(tmp_path / "gold", COUNT)
    uses = (
        ["run", "--gold", "gold", "--run", "one"],
        ["score", "one", "--gold", "gold"],
        ["errors", "one", "--gold", "gold"],
    )
    codes = []
    for use in uses:
        outcome = command(*use)
        codes.append(outcome.code)
        assert "see evals gold check" not in outcome.err
    files = sorted((tmp_path / "gold").glob("*.json"))
    for count, file in enumerate(files[:2], 1):
        data = json.loads(file.read_text())
        data["events"][0]["evidence"] = ["No such words at all"] * count
        file.write_text(json.dumps(data))
        counted = command("gold", "check", "gold").out.splitlines()[-1]
        for use, code in zip(uses, codes, strict=True):
            outcome = command(*use)
            assert outcome.code == code
            [said] = [line for line in outcome.err.splitlines() if "see evals gold check gold" in line]
            if count == 1:
                assert said == f"gold/{file.name} has 1 problem: see evals gold check gold"
                assert ", 1 problem" in counted
            else:
                assert said.startswith(f"2 files of gold have 3 problems, the first gold/{files[0].name}: ")
                assert ", 3 problems" in counted


def answer(body: dict[str, Any]) -> Any:
    """Finds the event of every article; a second model fails on article 3 and misses the event of every other."""
    text = json.dumps(body["messages"])
    number = next(number for number in range(COUNT) if f"Varn{number}." in text)
    if body["model"] == "weak" and number == 3:
        return refusal()
    return {"events": [] if body["model"] == "weak" and number % 2 else [labels(number)]}


def test_a_matrix_runs_resumes_and_prints_combinations_side_by_side(
    command: Command, loopback: LoopbackServer, tmp_path: Path
) -> None:
    write_gold(tmp_path / "gold", COUNT)
    loopback.answer = answer
    arguments = ["run", "--gold", "gold", "--base-url", loopback.url, "--json", "m.json"]
    models = ["--backend", "openai/strong", "--backend", "openai/weak"]
    prompts = ["--prompt", "conflict/1", "--prompt", "generic/1"]
    outcome = command(*arguments, *models, *prompts, "--repeats", 2)
    assert outcome.code == 1, "an article failed"
    assert loopback.count == 2 * 2 * 2 * COUNT, "repeats are real samples"
    found = json.loads((tmp_path / "m.json").read_text())["combinations"]
    assert [(one["backend"], one["prompt"], one["articles"]["failed"]) for one in found] == [
        ("openai/strong", "conflict/1", 0),
        ("openai/strong", "generic/1", 0),
        ("openai/weak", "conflict/1", 2),
        ("openai/weak", "generic/1", 2),
    ]
    strong, *_, weak = found
    assert strong["rows"]["events"]["f1"] == 1.0
    assert weak["rows"]["events"]["f1"] == pytest.approx(2 * 5 / 15)
    assert weak["rows"]["events"]["flip_rate"] == 0.0
    assert strong["tokens"] == {"input": 2000, "output": 400}
    assert strong["latency_s"]["median"] > 0
    assert "openai/weak" in outcome.out

    again = command(*arguments, *models, *prompts, "--repeats", 2)
    assert loopback.count == 2 * 2 * 2 * COUNT
    assert again.out == outcome.out
    command(*arguments, *models, *prompts, "--repeats", 3)
    assert loopback.count == 2 * 2 * 3 * COUNT, "one more repeat of each"


def test_repeats_of_two_combinations_are_compared_and_gated_with_their_noise(
    command: Command, loopback: LoopbackServer, tmp_path: Path
) -> None:
    write_gold(tmp_path / "gold", COUNT)
    loopback.answer = answer
    models = ["--backend", "openai/strong", "--backend", "openai/weak", "--prompt", "conflict/1"]
    command("run", "--gold", "gold", "--base-url", loopback.url, *models, "--repeats", 2, "--run", "m")
    strong, weak = "runs/m/openai-strong-conflict-1", "runs/m/openai-weak-conflict-1"
    compared = json.loads(command("compare", strong, weak, "--gold", "gold", "--json", "-").out)
    assert len(compared["a"]["runs"]) == 2
    assert compared["rows"]["events"]["noise_floor"] == 0.0
    single = json.loads(command("compare", strong, weak, "-g", "gold", "--repeats", 1, "--json", "-").out)
    assert single["rows"]["events"]["noise_floor"] is None
    assert "has 2 repeats, not 5" in command("compare", strong, weak, "-g", "gold", "--repeats", 5).error
    assert command("gate", weak, "--against", strong, "--gold", "gold", "--min", "events=0.9").code == 1
    assert (
        "name one of them, such as runs/m/openai-strong-conflict-1/repeat-0"
        in command("score", strong, "--gold", "gold").error
    )


def test_one_combination_once_is_an_ordinary_run(command: Command, tmp_path: Path) -> None:
    write_gold(tmp_path / "gold", 2)
    assert command("run", "--gold", "gold", "--prompt", "conflict/1").code == 0
    assert (tmp_path / "runs/gold-rules-baseline-conflict-1/run.json").is_file()
    assert command("run", "--gold", "gold", "--prompt", "conflict/1", "--repeats", 2).code == 0
    assert (tmp_path / "runs/gold-rules-baseline-conflict-1-repeats/repeat-1/run.json").is_file()


def test_what_a_matrix_lacks_is_said_before_anything_runs(command: Command, tmp_path: Path) -> None:
    write_gold(tmp_path / "gold", 2)
    outcome = command("run", "--gold", "gold", "--backend", "rules/baseline", "--backend", "opneai/x")
    assert (outcome.code, "openai" in outcome.error) == (2, True)
    outcome = command("run", "--gold", "gold", "--prompt", "conflict/1", "--prompt", "conflict/99")
    assert (outcome.code, "conflict/99" in outcome.error) == (2, True)
    assert not (tmp_path / "runs").exists()


def test_two_labellers_are_measured_and_lone_articles_named(command: Command, tmp_path: Path) -> None:
    write_gold(tmp_path / "first", 4)
    write_gold(tmp_path / "second", 3, events=lambda n: [labels(n, event_type="protest" if n == 2 else "bombing_ied")])
    outcome = command("agree", "first", "second", "--json", "a.json")
    assert outcome.code == 0
    assert "1 only in first, left out: a3" in outcome.out
    agreed = json.loads((tmp_path / "a.json").read_text())
    assert agreed["rows"]["events"]["f1"] == 1.0
    assert agreed["rows"]["event_type"]["units"] == 3
    assert agreed["rows"]["event_type"]["alpha"] < 0


def test_scores_by_metadata_with_macro_averages_and_a_page(command: Command, runs: Path) -> None:
    outcome = command("score", "bad", "-g", "gold", "--by", "source", "--json", "s.json", "--html", "s.html")
    assert outcome.code == 0
    assert "outlet 1" in outcome.out
    assert "averaged over fields: tier 1 33.3, tier 2 –" in outcome.out
    scores = json.loads((runs / "s.json").read_text())
    assert scores["by"]["source"]["outlet 0"]["articles"] == COUNT // 2
    assert scores["events"]["macro"]["f1"] == pytest.approx(0.2)
    assert "By source" in (runs / "s.html").read_text()
    assert "tag, source" in command("score", "bad", "-g", "gold", "--by", "colour").error


def test_errors_are_listed_one_by_one(command: Command, runs: Path) -> None:
    outcome = command("errors", "bad", "--gold", "gold", "--kind", "missed", "--json", "e.json")
    assert outcome.code == 0
    assert "errors: 8, in articles: 8" in outcome.out
    errors = json.loads((runs / "e.json").read_text())["errors"]
    assert errors[0]["gold"] == "Two shells fell on the mill at Varn0"
    assert (errors[0]["start"], errors[0]["end"]) == (0, len(errors[0]["gold"]))
    assert command("errors", "good", "--gold", "gold").out.strip() == "errors: 0, in articles: 0"


def test_a_run_against_gold_of_another_schema_is_refused(command: Command, runs: Path) -> None:
    other = {"format": 1, "id": "a0", "text": "x", "events": [{"kind": "merger", "buyer": "Halden Mills"}]}
    (runs / "deals").mkdir()
    (runs / "deals/a0.json").write_text(json.dumps(other))
    for arguments in (["score", "good"], ["compare", "good", "bad"], ["gate", "good", "--against", "bad"]):
        outcome = command(*arguments, "--gold", "deals")
        assert outcome.code == 2
        assert "run runs/good is of schema 'conflict', and so must the labels be" in outcome.error


def spoiled(runs: Path, change: Callable[[list[dict[str, Any]]], Any]) -> None:
    shutil.copytree(runs / "runs/good", runs / "runs/spoiled")
    file = runs / "runs/spoiled/extractions.jsonl"
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    change(lines)
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))


def deaths(least: float) -> list[dict[str, Any]]:
    return [{"effect": "killed", "count": {"min": least, "max": 3}}]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda lines: lines.append(lines[0]), "'a0' has two extractions"),
        (lambda lines: lines[1]["events"][0].update(casualties=deaths(-1)), "greater than or equal to 0"),
        (lambda lines: lines[1]["events"][0].update(casualties=deaths(float("nan"))), "casualties.0.count.min"),
        (lambda lines: lines[1]["events"][0].update(locations="Varn"), "'a1': events.0.locations"),
        (lambda lines: lines[1]["events"][0]["date"].update(value="soon"), "'soon' is not a date"),
        (lambda lines: lines[1].update(events=["one"]), "extractions.jsonl:2"),
    ],
)
def test_values_that_cannot_be_scored_are_named_and_nothing_is_written(
    command: Command, runs: Path, change: Callable[[list[dict[str, Any]]], Any], says: str
) -> None:
    spoiled(runs, change)
    for arguments in (["score", "spoiled"], ["compare", "good", "spoiled"], ["errors", "spoiled"]):
        outcome = command(*arguments, "--gold", "gold", "--json", "out.json")
        assert outcome.code == 2
        assert says in outcome.error
        assert not outcome.out
    assert not (runs / "out.json").exists()


def test_values_that_the_schema_no_longer_knows_are_scored_as_wrong(command: Command, runs: Path) -> None:
    spoiled(runs, lambda lines: lines[0]["events"][0].update(event_type="raid", retired_field=1))
    scores = json.loads(command("score", "spoiled", "--gold", "gold", "--json", "-").out)
    assert scores["fields"]["event_type"]["incorrect"] == 1


def test_a_file_that_cannot_be_written_is_named_and_what_stood_there_stays(command: Command, runs: Path) -> None:
    for option in ("--json", "--html"):
        outcome = command("score", "good", "--gold", "gold", option, "no/such/folder/out")
        assert outcome.code == 2
        assert "no/such/folder/out cannot be written" in outcome.error
    (runs / "kept").mkdir()
    assert "kept cannot be written" in command("score", "good", "--gold", "gold", "--json", "kept").error
    assert [path.name for path in runs.iterdir() if path.name.startswith(".")] == []


def test_a_prompt_edited_since_is_named_by_the_gate(command: Command, tmp_path: Path) -> None:
    write_gold(tmp_path / "gold", 2)
    folder = tmp_path / "prompts/conflict/7"
    shutil.copytree(PROMPTS / "conflict/1", folder)
    settings = (folder / "prompt.toml").read_text().replace("version = 1", "version = 7")
    kept = [line for line in settings.splitlines() if not line.startswith(("released", "digest"))]
    (folder / "prompt.toml").write_text("\n".join(kept) + "\n")
    assert command("run", "--gold", "gold", "--prompt", "conflict/7", "--run", "one").code == 0
    gate = ["gate", "one", "--against", "one", "--gold", "gold"]
    assert command(*gate).code == 0
    with (folder / "system.md.jinja").open("a") as file:
        file.write("\nBe brief.\n")
    assert "the prompt conflict/7 changed since it was recorded" in command(*gate).error


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"{", "cannot be read"),
        (b"\xff\xfe", "cannot be read"),
        (b"[]", "not in the older arrangement"),
        (b'{"doc_id": "z", "schema_version": 1, "source_file": "z.txt", "events": []}', "z.txt is not there"),
    ],
)
def test_converting_writes_nothing_when_one_file_cannot_be_used(
    command: Command, tmp_path: Path, content: bytes, says: str
) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts/a.txt").write_text("Nothing happened.")
    good = {"doc_id": "a", "schema_version": 1, "source_file": "a.txt", "events": []}
    (tmp_path / "old/a.json").write_text(json.dumps(good))
    convert = ["gold", "convert", "old", "--texts", "texts", "--output", "new"]
    (tmp_path / "old/z.json").write_bytes(content)
    outcome = command(*convert)
    assert (outcome.code, says in outcome.error) == (2, True)
    assert not (tmp_path / "new").exists()
    (tmp_path / "old/z.json").unlink()
    assert command(*convert).code == 0
    assert json.loads((tmp_path / "new/a.json").read_text())["text"] == "Nothing happened."
