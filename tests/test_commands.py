"""The commands as a user meets them: pipes, formats, runs, the demo, and what is loaded to do it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import run

ARTICLE = "Three rockets hit Camp Redgate in Brod on 3 May 2021, killing two soldiers.\n"
HEAVY = ("openai", "instructor", "datasets", "scipy", "trafilatura", "pyarrow", "pandas")


@pytest.fixture(autouse=True)
def _empty_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_text_from_a_pipe_gives_one_json_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = run(monkeypatch, capsys, "extractor", "extract", "-", stdin=ARTICLE.encode())
    [line] = outcome.out.splitlines()
    extraction = json.loads(line)
    assert extraction["format"] == 1
    assert extraction["events"][0]["event_type"] == "shelling_missile_attack"
    assert "rules/baseline" in outcome.err, "the baseline says that it is one"


@pytest.mark.parametrize("count", [0, 1, 3])
def test_json_is_one_list_however_many_articles(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, count: int
) -> None:
    lines = [json.dumps({"id": str(i), "text": ARTICLE}) for i in range(3)]
    (tmp_path / "news.jsonl").write_text("\n".join(lines))
    outcome = run(monkeypatch, capsys, "extractor", "extract", "news.jsonl", "--format", "json", "--limit", str(count))
    assert len(json.loads(outcome.out)) == count


def test_text_shows_values_and_quotes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text(ARTICLE)
    outcome = run(monkeypatch, capsys, "extractor", "extract", "a.txt", "--format", "text")
    assert "Camp Redgate" in outcome.out
    assert "2021-05-03" in outcome.out


def test_the_same_command_again_does_nothing_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text(ARTICLE)
    arguments = ("extractor", "extract", "a.txt", "--run", "first")
    run(monkeypatch, capsys, *arguments)
    before = (tmp_path / "runs/first/extractions.jsonl").read_bytes()
    outcome = run(monkeypatch, capsys, *arguments)
    assert (tmp_path / "runs/first/extractions.jsonl").read_bytes() == before
    assert "1 done before" in outcome.err
    shown = run(monkeypatch, capsys, "extractor", "show", "first")
    assert "Camp Redgate" in shown.out


def test_a_run_over_gold_is_scored_and_written_as_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    event = {"role": "main", "event_type": "shelling_missile_attack", "evidence": ["Three rockets hit Camp Redgate"]}
    (tmp_path / "gold").mkdir()
    gold = {"format": 1, "id": "a", "text": ARTICLE, "events": [event], "fictional": True}
    (tmp_path / "gold/a.json").write_text(json.dumps(gold))
    outcome = run(monkeypatch, capsys, "evals", "run", "--gold", "gold", "--run", "one", "--json", "scores.json")
    assert outcome.code == 0
    assert "floor" in outcome.out
    assert "event_type" in outcome.out
    scores = json.loads((tmp_path / "scores.json").read_text())
    assert scores["events"]["correct"] == 1
    again = run(monkeypatch, capsys, "evals", "score", "one", "--gold", "gold", "--json", "-")
    assert json.loads(again.out) == scores


def test_the_demo_needs_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = run(monkeypatch, capsys, "evals", "demo")
    assert outcome.code == 0
    assert "events found" in outcome.out


def test_a_schema_of_ones_own_is_printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = run(monkeypatch, capsys, "extractor", "schema", "extractor.schemas.counts:Count")
    assert set(json.loads(outcome.out)["$defs"]["Count"]["properties"]) == {"min", "max", "approx", "disputed"}


def test_prompts_are_listed_shown_and_compared(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text(ARTICLE)
    assert "conflict/1" in run(monkeypatch, capsys, "extractor", "prompts", "list").out
    shown = run(monkeypatch, capsys, "extractor", "prompts", "show", "conflict/1", "a.txt")
    assert shown.out.count(ARTICLE.strip()) == 1
    assert run(monkeypatch, capsys, "extractor", "prompts", "diff", "conflict/1", "conflict/1").out == ""


def loaded_after(*arguments: str) -> set[str]:
    """The heavy packages that a command of ours has loaded when it ends, in a process of its own."""
    program, *rest = arguments
    script = (
        f"import sys, contextlib; sys.argv = {[program, *rest]!r}\n"
        f"from {program}.cli import main\n"
        "with contextlib.suppress(SystemExit): main()\n"
        f"print('\\nLOADED', *[name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.rpartition("LOADED")[2].split())


def test_help_loads_no_heavy_package() -> None:
    assert loaded_after("extractor", "--help") == set()
    assert loaded_after("evals", "--help") == set()
    assert loaded_after("extractor", "extract", "--help") == set()


def test_scoring_a_run_loads_no_model_client_and_no_datasets(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "gold").mkdir()
    (tmp_path / "gold/a.json").write_text(json.dumps({"format": 1, "id": "a", "text": ARTICLE, "events": []}))
    run(monkeypatch, capsys, "evals", "run", "--gold", "gold", "--run", "one")
    assert loaded_after("evals", "score", "one", "--gold", "gold") <= {"scipy"}


def test_output_into_a_closed_pipe_ends_quietly(tmp_path: Path) -> None:
    (tmp_path / "news.jsonl").write_text("\n".join(json.dumps({"id": str(i), "text": ARTICLE}) for i in range(500)))
    script = "import sys; from extractor.cli import main; sys.argv = ['extractor', 'extract', 'news.jsonl']; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr is not None
    assert "Traceback" not in process.stderr.read()
    process.wait(30)
