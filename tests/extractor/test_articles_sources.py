"""Folders, globs, datasets, and what articles are called."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from extractor.articles import read_articles
from extractor.errors import ArticleError
from extractor.records import Article

TEXT = "Shots were heard in Orlava."


def fill(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"text": TEXT}) if name.endswith("jsonl") else TEXT, encoding="utf-8")


def ids(*sources: str | Path) -> list[str]:
    found = list(read_articles([str(source) for source in sources]))
    assert all(isinstance(each, Article) for each in found), found
    return [each.id for each in found if isinstance(each, Article)]


def refused(*sources: str | Path) -> ArticleError:
    *_, last = read_articles([str(source) for source in sources])
    assert isinstance(last, ArticleError)
    assert "\n" not in str(last)
    return last


def test_a_folder_is_read_to_its_depths_in_order_and_only_what_is_known(tmp_path: Path) -> None:
    fill(tmp_path, "b.txt", "a/z.md", "a/a.txt", "c.jsonl", "notes.docx", ".hidden.txt", ".git/x.txt", "a/Makefile")
    assert ids(tmp_path) == ["a/a", "a/z", "b", "c-000001"]


def test_files_that_differ_only_in_suffix_keep_it_in_their_ids(tmp_path: Path) -> None:
    fill(tmp_path, "a.txt", "a.md", "a.docx", "b.txt", "s/a.txt")
    expected = ["a.md", "a.txt", "b", "s/a"]
    assert ids(tmp_path) == expected
    assert ids(tmp_path / "**" / "*.*") == expected


def test_linked_folders_are_read_and_circles_of_links_end(tmp_path: Path) -> None:
    fill(tmp_path, "news/a.txt", "more/b.txt")
    (tmp_path / "news" / "more").symlink_to(tmp_path / "more")
    (tmp_path / "news" / "self").symlink_to(tmp_path / "news")
    assert ids(tmp_path / "news") == ["a", "more/b"]


def test_a_file_that_cannot_be_opened_does_not_spoil_its_folder(tmp_path: Path) -> None:
    fill(tmp_path, "a.txt", "c.txt")
    (tmp_path / "b.txt").symlink_to(tmp_path / "b.txt")
    for source in (tmp_path, tmp_path / "*.txt"):
        first, error, last = read_articles([str(source)])
        assert isinstance(first, Article)
        assert isinstance(error, ArticleError)
        assert str(error).startswith(f"{tmp_path / 'b.txt'} cannot be read: ")
        assert isinstance(last, Article)


def test_globs_are_expanded_in_order(tmp_path: Path) -> None:
    fill(tmp_path, "b.txt", "a.txt", "c.md", "s/d.txt", "s/t/e.txt", "f.docx")
    assert ids(tmp_path / "*.txt") == ["a", "b"]
    assert ids(tmp_path / "*") == ["a", "b", "c"]
    assert ids(tmp_path / "**" / "*.txt") == ["a", "b", "s/d", "s/t/e"]


def test_globs_are_relative_to_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path, "s/a.txt", "b.txt")
    monkeypatch.chdir(tmp_path)
    assert ids("**/*.txt") == ["b", "s/a"]
    assert ids("s/[a-c].txt") == ["a"]


def test_a_file_whose_name_looks_like_a_glob_is_read(tmp_path: Path) -> None:
    fill(tmp_path, "a[1].txt")
    assert ids(tmp_path / "a[1].txt") == ["a[1]"]


def test_a_folder_or_glob_without_articles_is_an_error(tmp_path: Path) -> None:
    fill(tmp_path, "x/a.docx")
    assert str(refused(tmp_path / "x")).startswith(f"{tmp_path / 'x'} holds no articles; known are .txt .md")
    pattern = tmp_path / "x" / "*.txt"
    assert str(refused(pattern)).startswith(f"{pattern} matches no article file")


def test_a_second_article_of_one_id_is_an_error_under_its_own_place(tmp_path: Path) -> None:
    fill(tmp_path, "one/a.txt", "two/a.txt")
    first, second = tmp_path / "one" / "a.txt", tmp_path / "two" / "a.txt"
    kept, error = read_articles([str(first), str(second)])
    assert isinstance(kept, Article)
    assert isinstance(error, ArticleError)
    assert error.article_id == str(second)
    assert "an earlier article has its id 'a'" in str(error)
    assert ids(tmp_path) == ["one/a", "two/a"]


def test_a_second_row_of_one_id_is_an_error_that_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    rows = [
        {"id": "x", "text": ""},
        {"id": "x", "text": TEXT},
        {"id": "x", "text": "Other."},
        {"id": "y", "text": TEXT},
    ]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    empty, kept, error, other = read_articles([str(path)])
    assert isinstance(empty, ArticleError)
    assert isinstance(kept, Article)
    assert isinstance(error, ArticleError)
    assert error.article_id == f"{path}:3"
    assert isinstance(other, Article)


@pytest.fixture
def dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A local dataset of two splits, as Parquet files; caches stay within the test."""
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet  # type: ignore[import-untyped]

    monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "fen"
    folder.mkdir()
    for split, count in (("train", 2), ("test", 1)):
        table = pa.table({"content": [f"{TEXT} {split} {index}" for index in range(count)], "n": list(range(count))})
        parquet.write_table(table, folder / f"{split}.parquet")
    return folder


def test_a_dataset_is_streamed_split_by_split(dataset: Path) -> None:
    first, second = read_articles([f"hf:{dataset}:train"])
    assert first == Article(id="fen-train-000001", text=f"{TEXT} train 0", metadata={"n": 0})
    assert isinstance(second, Article)
    assert ids(f"hf:{dataset}:test", f"hf:{dataset}:train") == [
        "fen-test-000001",
        "fen-train-000001",
        "fen-train-000002",
    ]


def test_a_dataset_of_one_split_needs_no_name_of_it(dataset: Path) -> None:
    (dataset / "test.parquet").unlink()
    assert ids(f"hf:{dataset}") == ["fen-train-000001", "fen-train-000002"]


def test_a_dataset_of_several_splits_says_which_there_are(dataset: Path) -> None:
    choices = f"give one of hf:{dataset}:train, hf:{dataset}:test"
    assert str(refused(f"hf:{dataset}")) == f"hf:{dataset} has several splits; {choices}"
    assert str(refused(f"hf:{dataset}:dev")) == f"hf:{dataset}:dev has no split 'dev'; {choices}"


def test_a_dataset_without_text_names_its_columns(dataset: Path) -> None:
    found = list(read_articles([f"hf:{dataset}:train"], text_field="lead"))
    (error,) = found
    assert "has no column 'lead'; name it with --text-field, columns found: 'content', 'n'" in str(error)


def test_a_dataset_that_breaks_off_says_behind_which_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "fen"
    fill(folder, "train-1.jsonl")
    (folder / "train-2.jsonl").write_text('{"text": never closed', encoding="utf-8")
    first, error = read_articles([f"hf:{folder}"])
    assert first == Article(id="fen-train-000001", text=TEXT)
    assert isinstance(error, ArticleError)
    assert str(error).startswith(f"hf:{folder} broke off behind row 1: ")
    assert "\n" not in str(error)


def test_a_dataset_that_cannot_be_reached_is_an_error_of_one_line(tmp_path: Path) -> None:
    code = (
        "from extractor.articles import read_articles\n"
        "(error,) = read_articles(['hf:nobody-at-all/no-such-articles'])\n"
        "print(type(error).__name__, error)"
    )
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, check=True, text=True, env=environment)
    assert done.stdout.startswith(
        "ArticleError hf:nobody-at-all/no-such-articles cannot be reached as a dataset; check"
    )
    assert done.stdout.count("\n") == 1
    assert str(refused("hf:")).startswith("hf: names no dataset")
