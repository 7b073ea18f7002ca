"""Gold as a dataset and back: nothing is lost, nothing is written where it should not be."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.gold import GoldError, examine, read_gold, text_digest
from evals.labelling.dataset import COLUMNS, gold_of_row, rows_of
from tests.commands import Outcome, run
from tests.evals.dataset_hub import DatasetHub
from tests.evals.scoring_cases import CONFLICT, EVENT, OTHER
from tests.evals.test_positions import VALUES

GOLD = Path(__file__).parents[2] / "gold" / "conflict"
TEXT = "Three rockets fell on Camp Redgate.\nNobody said who fired them: “d’oh” 🚀\n"
WHOLE: dict[str, Any] = {
    "$schema": "../gold.schema.json",
    "format": 1,
    "id": "whole",
    "title": None,
    "published": "2024-05-08",
    "fictional": True,
    "tags": [],
    "events": [EVENT, OTHER],
    "text": TEXT,
    "optional": None,
    "not_events": [{"quote": "Nobody", "reason": "no event"}],
    "accept": {"events.0.munitions.0.type": ["missile", None], "events.0.locations": [[], [{"site": "Pier"}]]},
    "incidents": {"events.0": "redgate"},
    "when_published_known": {"events.0.date": {"text": None, "value": None}},
    "notes": {"events.0": ["any", {"kind": 1.5, "of": None}]},
}
SPARSE: dict[str, Any] = {"id": 7, "events": [], "format": 1, "text": "Quiet.", "published": None, "notes": None}
STAND_OFF: dict[str, Any] = {
    "format": 1,
    "id": "apart",
    "language": "en",
    "text_file": "apart.txt",
    "text_sha256": text_digest("Kept apart."),
    "events": [],
}


@pytest.fixture
def command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[..., Outcome]:
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: run(monkeypatch, capsys, "evals", "gold", *map(str, arguments))


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    files = {"dev/whole": WHOLE, "dev/deep/sparse": SPARSE, "test/apart": STAND_OFF}
    for name, data in files.items():
        path = tmp_path / "gold" / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(data, ensure_ascii=False))
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts/apart.txt").write_text("Kept apart.")
    return tmp_path / "gold"


def contents(folder: Path) -> dict[str, list[tuple[str, Any]]]:
    """Every file with its keys in order."""
    return {
        path.relative_to(folder).as_posix(): list(json.loads(path.read_text()).items())
        for path in sorted(folder.rglob("*.json"))
    }


def test_every_file_comes_back_with_its_keys_nulls_and_order(
    command: Callable[..., Outcome], gold: Path, tmp_path: Path
) -> None:
    assert command("push", "gold", "set", "--texts", "texts").out == "set: 3 articles\n"
    assert command("pull", "set", "back").out == "back: 3 articles\n"
    assert contents(tmp_path / "back") == contents(gold)
    assert read_gold(tmp_path / "back/dev", CONFLICT)[1].events == read_gold(gold / "dev", CONFLICT)[1].events


def test_our_own_gold_comes_back_equal(command: Callable[..., Outcome], tmp_path: Path) -> None:
    assert command("push", GOLD, "set").code == 0
    assert command("pull", "set", "back").code == 0
    before, after = read_gold(GOLD, CONFLICT), read_gold(tmp_path / "back", CONFLICT)
    assert [(one.path.relative_to(GOLD), vars(one) | {"path": 0}) for one in before] == [
        (one.path.relative_to(tmp_path / "back"), vars(one) | {"path": 0}) for one in after
    ]
    for one in before:
        assert (tmp_path / "back" / one.path.relative_to(GOLD)).read_bytes() == one.path.read_bytes()


def test_it_is_a_dataset_with_typed_columns_and_a_split_for_each_folder(
    command: Callable[..., Outcome], gold: Path, tmp_path: Path
) -> None:
    assert gold.is_dir()
    command("push", "gold", "set", "--texts", "texts")
    from datasets import load_dataset

    loaded = load_dataset(str(tmp_path / "set"), cache_dir=str(tmp_path / "cache"))
    assert {split: len(rows) for split, rows in loaded.items()} == {"dev": 2, "test": 1}
    rows = {row["id"]: row for row in (*loaded["dev"], *loaded["test"])}
    whole = rows["whole"]
    assert list(whole) == list(COLUMNS)
    assert (whole["text"], whole["published"], whole["fictional"], whole["tags"]) == (TEXT, "2024-05-08", True, [])
    assert json.loads(whole["events"]) == [EVENT, OTHER]
    assert (whole["event_count"], whole["countries"], whole["words"]) == (2, ["CZ", "IQ"], len(TEXT.split()))
    assert rows["apart"]["text"] is None, "a text that stands apart may not be given away"
    assert rows["apart"]["text_sha256"] == STAND_OFF["text_sha256"]
    assert b"Kept apart" not in (tmp_path / "set/data/test.parquet").read_bytes()


def test_the_card_is_made_from_the_data(command: Callable[..., Outcome], gold: Path, tmp_path: Path) -> None:
    assert gold.is_dir()
    command("push", "gold", "set", "--texts", "texts", "--name", 'Redgate "1"')
    card = (tmp_path / "set/README.md").read_text()
    assert card.startswith('---\npretty_name: "Redgate \\"1\\""\nlanguage:\n- en\n')
    assert "  - split: dev\n    path: data/dev.parquet\n  - split: test\n" in card
    assert (
        "3 articles, 2 events. Invented articles: 1. Articles whose text is not included: 1; `text_file` names it."
        in card
    )
    assert "| articles | 2 | 1 | 3 |" in card
    assert "| event_type abduction | 1 | 0 | 1 |" in card
    assert "| articles without an event | 1 | 1 | 2 |" in card
    assert "| countries | 2 | 0 | 2 |" in card
    for column in COLUMNS:
        assert f"| `{column}` |" in card


def test_nothing_is_overwritten_and_broken_gold_is_not_published(
    command: Callable[..., Outcome], gold: Path, tmp_path: Path
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full/mine.txt").write_text("mine")
    assert "full is there already" in command("push", "gold", "full", "--texts", "texts").error
    assert "give its folder with --texts" in command("push", "gold", "set").error
    command("push", "gold", "set", "--texts", "texts")
    (tmp_path / "back/dev").mkdir(parents=True)
    (tmp_path / "back/dev/whole.json").write_text("mine")
    assert "back/dev/whole.json is there already" in command("pull", "set", "back").error
    assert len(list((tmp_path / "back").rglob("*.json"))) == 1
    (gold / "dev/whole.json").write_text("{}")
    assert "nothing is written" in command("push", "gold", "set2", "--texts", "texts").error
    assert not (tmp_path / "set2").exists()
    assert "no data/*.parquet" in command("pull", "gold", "back2").error


def test_a_folder_that_can_be_no_split_is_named(command: Callable[..., Outcome], gold: Path) -> None:
    (gold / "dev").rename(gold / "dev-1")
    assert "a dataset can have no split 'dev-1'" in command("push", "gold", "set", "--texts", "texts").error


@pytest.mark.parametrize("public", [False, True])
def test_what_is_uploaded_is_the_same_dataset_and_private_unless_asked(
    command: Callable[..., Outcome], gold: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, public: bool
) -> None:
    assert gold.is_dir()
    monkeypatch.setenv("HF_TOKEN", "hf_for_tests_only")
    with DatasetHub({"data/retired.parquet": b"old", "mine.txt": b"kept"}) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        pushed = command("push", "gold", "hub:acme/redgate", "--texts", "texts", *(["--public"] if public else []))
    assert pushed.out == f"{hub.url}/datasets/acme/redgate: 3 articles\n"
    assert [one["visibility"] for one in hub.created] == ["public" if public else "private"]
    assert [one["type"] for one in hub.created] == ["dataset"]
    assert hub.deleted == ["data/retired.parquet"]
    for name in ("README.md", "data/dev.parquet", "data/test.parquet"):
        file = tmp_path / "uploaded" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(hub.files[name])
    assert command("pull", "uploaded", "back").code == 0
    assert contents(tmp_path / "back") == contents(gold)


def test_without_a_network_the_hub_is_named_with_what_to_do(
    command: Callable[..., Outcome], gold: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert gold.is_dir()
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    pushed = command("push", "gold", "hub:acme/redgate", "--texts", "texts")
    assert pushed.code == 2
    assert "hub:acme/redgate cannot be pushed to" in pushed.error
    assert "`hf auth login`, or push to a folder" in pushed.error
    assert "acme/redgate cannot be read as a dataset" in command("pull", "hub:acme/redgate", "back").error


@pytest.mark.parametrize(
    "change",
    [
        {"file": "../out.json"},
        {"file": "/out.json"},
        {"file": "a.txt"},
        {"file": None},
        {"keys": ["x"]},
        {"keys": None},
    ],
)
def test_a_row_that_leads_out_of_the_folder_or_is_none_of_ours_is_refused(gold: Path, change: dict[str, Any]) -> None:
    [row] = rows_of([examine(gold / "dev/whole.json", CONFLICT)], gold, CONFLICT)
    assert gold_of_row(row)[1] == WHOLE
    with pytest.raises(GoldError, match="row"):
        gold_of_row(row | change)


@given(st.dictionaries(st.text(max_size=5), VALUES, max_size=3), st.text(min_size=1, max_size=20), st.booleans())
def test_any_notes_and_texts_come_back(notes: dict[str, Any], text: str, pretty: bool) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.json"
        data = {"format": 1, "id": "a", "text": text, "events": [], "notes": notes, "tags": None}
        path.write_text(json.dumps(data, indent=2 if pretty else None))
        [row] = rows_of([examine(path, CONFLICT)], Path(folder), CONFLICT)
        where, back = gold_of_row(json.loads(json.dumps(row)))
        assert where.as_posix() == "a.json"
        assert list(back.items()) == list(data.items())
