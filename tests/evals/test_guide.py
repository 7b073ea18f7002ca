"""The labelling guide is the one source of the rules that a prompt tells a model."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals.gold import GoldError
from evals.guide import prompt_rules
from tests.commands import run

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "gold" / "conflict" / "GUIDE.md"

SMALL = """# Guide

For labellers.

## 1 Dates

1. Copy the words.
   > "last Tuesday"
2. Never guess.

## 2 Process

1. Two people.
"""


def test_rules_are_copied_word_for_word_without_what_is_for_labellers() -> None:
    assert prompt_rules(SMALL) == "## 1 Dates\n\n1. Copy the words.\n2. Never guess.\n"


@pytest.mark.parametrize("text", ["", "# Guide\n\nNo rules.\n", "## 1 Dates\n\n1. A rule.\n", "## 1 Process\n"])
def test_a_guide_without_rules_is_refused(text: str) -> None:
    with pytest.raises(GoldError, match="the guide has no rules"):
        prompt_rules(text)


def test_the_newest_prompt_tells_the_rules_of_the_guide() -> None:
    newest = max((ROOT / "prompts" / "conflict").glob("[0-9]*"), key=lambda folder: int(folder.name))
    rules = (newest / "rules.md").read_text(encoding="utf-8")
    assert rules == prompt_rules(GUIDE.read_text(encoding="utf-8")), (
        "the guide changed: make a new version of the prompt with `evals gold rules -o prompts/conflict/N/rules.md`"
    )


def test_the_command_prints_the_rules_and_says_what_is_wrong(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "GUIDE.md").write_text(SMALL, encoding="utf-8")
    done = run(monkeypatch, capsys, "evals", "gold", "rules", str(tmp_path / "GUIDE.md"))
    assert (done.code, done.out) == (0, prompt_rules(SMALL))
    assert "cannot be read" in run(monkeypatch, capsys, "evals", "gold", "rules", str(tmp_path / "none.md")).error
