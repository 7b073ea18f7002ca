"""Combinations of backend and prompt: where they stand, and what each came to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evals.matrix import Combination, as_json, plan, summarise
from evals.report.matrix_tables import overview_table
from evals.report.tables import show
from evals.running import ScoredRun, score_folders
from extractor.errors import RunError, UsageError
from extractor.runs import Spend, Spent, repeats_of
from tests.evals.recorded import found, write_gold, write_run

ROOT = Path("runs/x")


def test_every_combination_has_a_folder_of_its_own_and_is_asked_for_once() -> None:
    combinations = plan(
        ROOT, ["openai/a", "ollama/b:7b", "openai/a"], [("conflict", "conflict/2"), (None, "conflict/1")], 2
    )
    assert [one.folder.name for one in combinations] == [
        "openai-a-conflict-2",
        "openai-a-conflict-1",
        "ollama-b-7b-conflict-2",
        "ollama-b-7b-conflict-1",
    ]
    assert combinations[0].runs == [combinations[0].folder / "repeat-0", combinations[0].folder / "repeat-1"]


def test_one_combination_repeated_stands_right_in_the_folder() -> None:
    [only] = plan(ROOT, ["openai/a"], [(None, "conflict/1")], 3)
    assert only.folder == ROOT
    assert only.runs[-1] == ROOT / "repeat-2"


def test_two_prompts_of_one_name_are_refused() -> None:
    with pytest.raises(UsageError, match="conflict/1 is asked for twice"):
        plan(ROOT, ["openai/a"], [("here/conflict/1", "conflict/1"), ("there/conflict/1", "conflict/1")], 1)


def test_a_folder_that_holds_a_single_run_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(RunError, match="holds a single run"):
        plan(tmp_path, ["openai/a"], [(None, "conflict/1")], 2)


def test_repeats_are_found_in_order_of_their_number(tmp_path: Path) -> None:
    for name in ("repeat-10", "repeat-2", "repeat-0", "repeat-0.1", "notes"):
        (tmp_path / name).mkdir()
    assert [path.name for path in repeats_of(tmp_path)] == ["repeat-0", "repeat-2", "repeat-10"]
    assert [path.name for path in repeats_of(tmp_path, 2)] == ["repeat-0", "repeat-2"]
    with pytest.raises(RunError, match="has 3 repeats, not 4"):
        repeats_of(tmp_path, 4)
    assert repeats_of(tmp_path / "notes") == [tmp_path / "notes"]


@pytest.fixture
def repeats(tmp_path: Path) -> list[ScoredRun]:
    """Three repeats over four articles: a0 is always found, a1 in two of them, a2 failed once, a3 is always missed."""
    gold = write_gold(tmp_path / "gold", 4)
    for number, missing in enumerate(([3], [1, 3], [3])):
        events = found(4, missing=missing)
        if number == 2:
            del events[2]
        folder = write_run(tmp_path / f"run/repeat-{number}", gold, events, failed=[2] if number == 2 else ())
        spent = Spent(
            first=Spend(requests=4, input_tokens=100, output_tokens=10, cost_usd=0.5),
            cache=Spend(requests=1, input_tokens=7, output_tokens=1, cost_usd=0.25),
        )
        info = json.loads((folder / "run.json").read_text())
        info["usage"] = {name: vars_of(spend) for name, spend in spent.nonzero().items()}
        (folder / "run.json").write_text(json.dumps(info))
    return score_folders(repeats_of(tmp_path / "run"), gold)


def vars_of(spend: Spend) -> dict[str, float]:
    return {name: getattr(spend, name) for name in Spend.__dataclass_fields__}


def test_a_summary_adds_up_repeats_and_measures_how_they_differ(repeats: list[ScoredRun]) -> None:
    combination = Combination("openai/a", None, "conflict/1", Path("runs/x"), 3)
    summary = summarise(combination, repeats, [1.0, 2.0, 9.0], 200)
    assert (summary.failed, summary.absent) == (1, 0)
    assert summary.answers == Spend(15, 321, 33, 0, 2.25, 0)
    assert summary.paid.cost_usd == 1.5
    assert summary.latency_s is not None
    assert list(summary.latency_s) == pytest.approx([2.0, 8.3])
    events = summary.rows["events"]
    # found: 3, 2 and 2 of 4, nothing spurious; F1 = 2 * 7 / (12 + 7)
    assert events.f1 == pytest.approx(14 / 19)
    assert events.noise is not None
    # of four articles two differ in two of the three pairs of repeats
    assert events.noise.flip_rate == pytest.approx(2 * (2 / 3) / 4)
    assert "date.value" not in summary.rows
    [json_form] = as_json([summary])
    assert json_form["rows"]["events"]["flip_rate"] == events.noise.flip_rate
    assert json_form["latency_s"] == {"median": 2.0, "p95": pytest.approx(8.3)}
    assert (json_form["cost_usd"], json_form["paid_usd"]) == (2.25, 1.5)


def test_a_single_run_has_no_noise_and_a_price_that_is_not_known_is_none(repeats: list[ScoredRun]) -> None:
    combination = Combination("openai/a", None, "conflict/1", Path("runs/x"), 1)
    summary = summarise(combination, repeats[:1], [], 0)
    assert summary.rows["events"].noise is None
    assert summary.rows["events"].interval is None
    assert summary.latency_s is None
    unpriced = json.loads((repeats[0].folder / "run.json").read_text())
    unpriced["usage"]["first"]["unpriced"] = 1
    (repeats[0].folder / "run.json").write_text(json.dumps(unpriced))
    [again] = score_folders([repeats[0].folder], repeats[0].gold[0].path.parent)
    assert summarise(combination, [again], [], 0).cost_usd is None


def test_the_overview_has_one_line_a_combination(repeats: list[ScoredRun], capsys: pytest.CaptureFixture[str]) -> None:
    summaries = [
        summarise(Combination(f"openai/{name}", None, "conflict/1", Path("runs/x"), 3), repeats, [1.25], 100)
        for name in ("small", "large")
    ]
    show(overview_table(summaries))
    lines = [line.split() for line in capsys.readouterr().out.splitlines() if "openai/" in line]
    assert [line[:3] for line in lines] == [["1", "openai/small", "conflict/1"], ["2", "openai/large", "conflict/1"]]
    assert lines[0][-6:] == ["1", "2.2500", "321", "33", "1.25", "1.25"]
