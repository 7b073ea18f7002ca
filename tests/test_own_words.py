"""The project's texts are its own: no run of eight words is in two places where it must not be."""

from __future__ import annotations

import json
import re
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
IN_A_ROW = 8

Runs = set[tuple[str, ...]]


def runs_of_words(text: str) -> Runs:
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[i : i + IN_A_ROW]) for i in range(len(words) - IN_A_ROW + 1)}


@cache
def gold_texts() -> dict[str, Runs]:
    files = sorted(ROOT.glob("gold/conflict/*/*.json"))
    return {file.stem: runs_of_words(json.loads(file.read_text(encoding="utf-8"))["text"]) for file in files}


@cache
def prompt_texts() -> dict[str, Runs]:
    files = [file for file in sorted(ROOT.glob("prompts/*/*/*")) if file.suffix in (".jinja", ".jsonl", ".md")]
    return {str(file.relative_to(ROOT)): runs_of_words(_words(file)) for file in files}


def _words(file: Path) -> str:
    """The text of a file; JSON lines decoded, so that an escaped quotation mark breaks no run."""
    text = file.read_text(encoding="utf-8")
    if file.suffix != ".jsonl":
        return text
    return "\n".join(json.dumps(json.loads(line), ensure_ascii=False) for line in text.splitlines() if line)


def test_there_is_something_to_compare() -> None:
    assert len(gold_texts()) >= 60
    assert len(prompt_texts()) >= 8
    assert all(len(runs) > 30 for runs in gold_texts().values())


def test_no_prompt_shows_words_of_a_gold_article() -> None:
    found = [(prompt, gold) for prompt, a in prompt_texts().items() for gold, b in gold_texts().items() if a & b]
    assert found == []


def test_no_two_gold_articles_share_words_even_where_they_tell_of_one_incident() -> None:
    found = [(a, b) for a, b in combinations(gold_texts(), 2) if gold_texts()[a] & gold_texts()[b]]
    assert found == []


@pytest.mark.skipif(not SHARED.is_dir(), reason="the seed articles and the MUC-4 texts are not beside this checkout")
def test_no_gold_article_nor_prompt_takes_words_from_published_texts() -> None:
    files = [
        file
        for folder in ("seeds", "muc4")
        for file in sorted((SHARED / folder).rglob("*"))
        if file.suffix in (".txt", ".json", ".jsonl")
    ]
    assert files
    published: Runs = set()
    for file in files:
        published |= runs_of_words(file.read_text(encoding="utf-8", errors="replace"))
    ours = {**gold_texts(), **prompt_texts()}
    assert [name for name, runs in ours.items() if runs & published] == []
