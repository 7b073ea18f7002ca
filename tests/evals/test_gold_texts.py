"""The text of a gold file: beside it or in it, always the one that was labelled; and digests of what it holds."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from evals.gold import GoldError, article_digests, gold_digest, read_gold_file
from tests.evals.gold_files import TEXT, written
from tests.evals.scoring_cases import CONFLICT, EVENT, OTHER, finished, gold_of


def stand_off(folder: Path, text: bytes, sha256: str | None) -> Path:
    (folder / "a1.txt").write_bytes(text)
    return written(folder, text=None, text_file="a1.txt", text_sha256=sha256)


def test_the_text_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    path = stand_off(tmp_path, TEXT.encode(), hashlib.sha256(TEXT.encode()).hexdigest())
    assert read_gold_file(path, CONFLICT).article.text == TEXT
    texts = tmp_path / "elsewhere"
    texts.mkdir()
    (tmp_path / "a1.txt").rename(texts / "a1.txt")
    with pytest.raises(GoldError, match=r"text_file: a1\.txt is not found in .*: give its folder with --texts"):
        read_gold_file(path, CONFLICT)
    assert read_gold_file(path, CONFLICT, texts=texts).article.text == TEXT


def test_a_text_that_is_not_the_labelled_one_is_refused(tmp_path: Path) -> None:
    path = stand_off(tmp_path, b"Three rockets fell elsewhere.", hashlib.sha256(TEXT.encode()).hexdigest())
    with pytest.raises(GoldError, match="not the text that was labelled"):
        read_gold_file(path, CONFLICT)


def test_a_text_that_is_no_utf8_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match="cannot be read as UTF-8"):
        read_gold_file(stand_off(tmp_path, b"Caf\xe9 Redgate", None), CONFLICT)


def test_the_digest_changes_with_whatever_changes_a_score_and_with_nothing_else() -> None:
    one, two = gold_of(EVENT, article_id="a"), gold_of(OTHER, article_id="b")
    digest = gold_digest([one, two])
    assert gold_digest([two, replace(one, path=Path("moved.json"), tags=("x",))]) == digest
    others = [
        replace(one, events=tuple(finished(OTHER))),
        replace(one, optional=tuple(finished(OTHER))),
        replace(one, accept={"events.0.role": ["background"]}),
        replace(one, when_published_known={"events.0.date": {"value": None}}),
        replace(one, article=replace(one.article, text="another")),
        replace(one, article=replace(one.article, published=date(2024, 5, 8))),
    ]
    digests = {gold_digest([other, two]) for other in others}
    assert len(digests | {digest}) == len(others) + 1


def test_the_digests_of_articles_change_with_what_a_model_is_given_and_with_no_label() -> None:
    one = gold_of(EVENT, article_id="a")
    digests = article_digests([one])
    assert list(digests) == ["a"]
    assert article_digests([replace(one, events=tuple(finished(OTHER)), tags=("x",))]) == digests
    given: list[dict[str, Any]] = [
        {"text": "another"},
        {"title": "T"},
        {"published": date(2024, 5, 8)},
        {"source": "S"},
    ]
    others = {article_digests([replace(one, article=replace(one.article, **change))])["a"] for change in given}
    assert len(others | {digests["a"]}) == len(given) + 1
