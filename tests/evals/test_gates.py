"""Gates of an `evals.toml`, and runs that are not what they were recorded as."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from evals.gate import Bounds
from evals.gates import Gate, check_gate, read_gates
from extractor.errors import RunError, UsageError
from extractor.runs import code_digest
from tests.evals.recorded import PROMPT, found, write_gold, write_run

COUNT = 3
GATE = '[[gate]]\nname = "one"\nrun = "runs/new"\nagainst = "runs/old"\ngold = "gold"\n'
PROMPTS = Path(__file__).resolve().parents[2] / "prompts"


def gates(tmp_path: Path, text: str) -> list[Gate]:
    (tmp_path / "evals.toml").write_text(text)
    return read_gates(tmp_path / "evals.toml")


def test_a_gate_is_read_with_paths_from_its_file(tmp_path: Path) -> None:
    text = GATE + 'fields = ["events"]\nrepeats = 3\nmin = { "events" = 0.8 }\nmax_drop = { "date.value" = 0.02 }\n'
    assert gates(tmp_path, text) == [
        Gate(
            name="one",
            run=tmp_path / "runs/new",
            against=tmp_path / "runs/old",
            gold=tmp_path / "gold",
            fields=("events",),
            bounds=Bounds({"events": 0.8}, {"date.value": 0.02}),
            repeats=3,
        )
    ]


def test_names_with_dots_need_no_quotes(tmp_path: Path) -> None:
    [gate] = gates(tmp_path, GATE + "min.tier.1 = 0.5\nmin.events = 0.6\n")
    assert gate.bounds.minimum == {"tier.1": 0.5, "events": 0.6}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("gate = 1", "gate"),
        ("", "gate"),
        ("[[gate]]\nrun = 'a'\ngold = 'g'\n", "against"),
        (GATE + "fileds = []\n", "fileds"),
        (GATE + "min.events = 80\n", "fraction"),
        (GATE + "min.events = 'high'\n", "min.events"),
        (GATE + GATE, "'one'"),
        ("[[gate]\n", "TOML"),
    ],
)
def test_a_wrong_file_is_named_with_what_is_wrong(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(UsageError, match=r"evals\.toml: ") as caught:
        gates(tmp_path, text)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    return write_gold(tmp_path / "gold", COUNT)


def refused(tmp_path: Path, gold: Path, **made: Any) -> str:
    """What the gate says of a run that was made so, against a sound baseline."""
    baseline = write_run(tmp_path / "baseline", gold, found(COUNT))
    run = write_run(tmp_path / "run", gold, found(COUNT), **made)
    with pytest.raises(RunError) as caught:
        check_gate(Gate("g", run, baseline, gold))
    assert "--fresh" in str(caught.value)
    return str(caught.value)


def test_a_run_of_another_prompt_content_is_stale(tmp_path: Path, gold: Path) -> None:
    assert f"the prompt {PROMPT} changed" in refused(tmp_path, gold, prompt_digest="0" * 64)


def test_a_run_whose_prompt_is_gone_is_stale(tmp_path: Path, gold: Path) -> None:
    assert "the prompt conflict/99 (it cannot be loaded" in refused(tmp_path, gold, prompt="conflict/99")


def test_a_run_of_another_schema_content_is_stale(tmp_path: Path, gold: Path) -> None:
    assert "the schema conflict changed" in refused(tmp_path, gold, schema_digest="0" * 64)


def test_everything_that_changed_is_named(tmp_path: Path, gold: Path) -> None:
    said = refused(tmp_path, gold, prompt_digest="0", schema_digest="0", models=("old-model", "new-model"))
    assert "the prompt conflict/1, the schema conflict and the model while it ran (new-model, old-model" in said


def test_a_run_of_the_rules_is_stale_when_their_code_changed(tmp_path: Path, gold: Path) -> None:
    run = write_run(tmp_path / "run", gold, found(COUNT), backend="rules/baseline")
    assert check_gate(Gate("g", run, run, gold)).judged.holds
    info = json.loads((run / "run.json").read_text())
    assert info["digests"]["code"] == code_digest()
    info["digests"]["code"] = "0" * 64
    (run / "run.json").write_text(json.dumps(info))
    with pytest.raises(RunError, match="the model rules/baseline"):
        check_gate(Gate("g", run, run, gold))


@pytest.mark.parametrize("stale", ["run", "against"])
def test_a_run_and_a_baseline_of_another_gold_are_stale(tmp_path: Path, gold: Path, stale: str) -> None:
    before = write_run(tmp_path / "before", gold, found(COUNT))
    (gold / "a0.json").write_text((gold / "a0.json").read_text().replace("Nobody was hurt", "Nobody was killed"))
    after = write_run(tmp_path / "after", gold, found(COUNT))
    runs = {"run": after, "against": after, stale: before}
    with pytest.raises(RunError, match="the gold changed"):
        check_gate(Gate("g", runs["run"], runs["against"], gold))


def test_a_baseline_may_be_of_another_prompt_and_model(tmp_path: Path, gold: Path) -> None:
    run = write_run(tmp_path / "run", gold, found(COUNT))
    baseline = write_run(tmp_path / "old", gold, found(COUNT), prompt_digest="0" * 64, backend="openai/older")
    assert check_gate(Gate("g", run, baseline, gold)).judged.holds


def test_a_run_by_a_prompt_that_only_its_folder_leads_to_is_not_stale(
    tmp_path: Path, gold: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "elsewhere/conflict/1"
    shutil.copytree(PROMPTS / "conflict/1", folder)
    run = write_run(tmp_path / "run", gold, found(COUNT))
    info = json.loads((run / "run.json").read_text())
    info["options"]["prompt"] = str(folder)
    (run / "run.json").write_text(json.dumps(info))
    monkeypatch.setattr("extractor.prompts.search.search_path", lambda: (tmp_path / "nowhere",))
    assert check_gate(Gate("g", run, run, gold)).judged.holds


def test_what_counts_as_missed_is_noted(tmp_path: Path, gold: Path) -> None:
    baseline = write_run(tmp_path / "baseline", gold, found(COUNT))
    run = write_run(tmp_path / "run", gold, found(1), failed=[1], digest=False)
    notes = "\n".join(check_gate(Gate("g", run, baseline, gold)).notes)
    assert "1 failed, counted as missed: a1" in notes
    assert "1 not in the run, counted as missed: a2" in notes
    assert "no gold digest" in notes


def test_fields_that_nothing_fills_are_no_gate(tmp_path: Path, gold: Path) -> None:
    run = write_run(tmp_path / "run", gold, found(COUNT))
    with pytest.raises(UsageError, match="neither gold nor the runs fill"):
        check_gate(Gate("g", run, run, gold, fields=("property_dam*",)))
