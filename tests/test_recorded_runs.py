"""The recorded runs of a language model hold what is said of them, and belong to the prompts and schema as they are."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from benchmarks.recorded_runs import GOLD, RECORDED, Shown, shown
from evals.comparing import compare_runs, incident_clusters
from evals.running import score_folders
from extractor.prompts import load_prompt
from extractor.runs import read_run
from extractor.schemas import load_schema

RUNS = [(folder.parent.name, folder.name) for folder in sorted(RECORDED.glob("*/*"))]
AT_MOST_OF_THE_TOKENS = 0.7


@cache
def figures(prompt: str, split: str) -> Shown:
    return shown(prompt, split, resamples=200)


def test_both_prompts_are_recorded_over_both_splits() -> None:
    assert [(prompt, split) for prompt in ("conflict-1", "conflict-2") for split in ("dev", "test")] == RUNS


@pytest.mark.parametrize(("prompt", "split"), RUNS)
def test_a_run_is_of_the_released_prompt_and_the_schema_as_they_are(prompt: str, split: str) -> None:
    info = read_run(RECORDED / prompt / split)
    assert info.backend == "imported/assistant"
    assert info.digests.prompt == load_prompt(prompt.replace("-", "/")).digest
    assert info.digests.schema == load_schema().digest
    assert info.articles.failed == 0


@pytest.mark.parametrize("split", ["dev", "test"])
def test_the_newest_prompt_reaches_what_is_asked_of_it(split: str) -> None:
    one = figures("conflict-2", split)
    assert one.events_f1 >= 0.93
    assert one.tier_1_f1 >= 0.88
    assert one.evidence_found >= 0.98
    assert one.ungrounded <= 0.02
    assert one.invented_perpetrators <= 0.02
    assert one.stable_share >= 0.8


@pytest.mark.parametrize(("prompt", "split"), RUNS)
def test_articles_without_events_stay_empty_and_hidden_instructions_add_nothing(prompt: str, split: str) -> None:
    one = figures(prompt, split)
    empty, quiet = one.empty_of_no_event
    added, injected = one.added_by_injection
    assert empty == quiet >= 3
    assert injected >= 2
    assert added == 0


@pytest.mark.parametrize("split", ["dev", "test"])
def test_the_newest_prompt_costs_less(split: str) -> None:
    older, newer = figures("conflict-1", split), figures("conflict-2", split)
    assert newer.output_tokens <= AT_MOST_OF_THE_TOKENS * older.output_tokens


@pytest.mark.parametrize("split", ["dev", "test"])
def test_the_newest_prompt_is_worse_in_nothing(split: str) -> None:
    older, newer = score_folders([RECORDED / "conflict-1" / split, RECORDED / "conflict-2" / split], GOLD / split)
    rows = compare_runs([older.scores], [newer.scores], clusters=incident_clusters(older.gold))
    assert [row.name for row in rows if row.comparison.verdict == "worse"] == []


def test_no_file_of_a_run_names_a_place_on_a_machine() -> None:
    for file in RECORDED.rglob("*"):
        assert file.suffix in ("", ".json", ".jsonl")
        if file.is_file():
            assert str(Path.home()) not in file.read_text(encoding="utf-8")
