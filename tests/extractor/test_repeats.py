"""Where repeats stand, and what they cost together."""

from __future__ import annotations

from pathlib import Path

import pytest

from extractor.errors import RunError, UsageError
from extractor.runs import (
    Spend,
    Spent,
    check_not_single,
    open_run,
    read_run,
    repeat_folder,
    repeat_folders,
    repeats_of,
    spent_beside,
)
from tests.extractor.extraction_cases import IDENTITY, extraction


def made(folder: Path, spend: Spend, dropped: float = 0.0) -> Path:
    """A run of one article that took so much."""
    with open_run(folder, IDENTITY) as run:
        run.append(extraction(), Spent(first=spend))
        run.add_dropped(dropped)
    return folder


def test_several_repeats_stand_in_one_folder_and_a_single_run_is_the_folder(tmp_path: Path) -> None:
    assert repeat_folders(tmp_path, 1) == [tmp_path]
    folders = [tmp_path / "repeat-0", tmp_path / "repeat-1"]
    assert repeat_folders(tmp_path, 2) == folders == [repeat_folder(tmp_path, number) for number in (0, 1)]
    for folder in folders:
        made(folder, Spend())
    assert repeats_of(tmp_path) == folders
    assert repeats_of(folders[1]) == [folders[1]]
    with pytest.raises(RunError, match="holds repeats, such as repeat-0: choose another --run name"):
        repeat_folders(tmp_path, 1)


def test_a_single_run_takes_no_repeats_in(tmp_path: Path) -> None:
    made(tmp_path / "one", Spend())
    assert repeat_folders(tmp_path / "one", 1) == [tmp_path / "one"]
    with pytest.raises(RunError, match="holds a single run: choose another --run name for several"):
        repeat_folders(tmp_path / "one", 2)
    with pytest.raises(RunError, match="holds a single run"):
        check_not_single(tmp_path / "one")


def test_what_the_others_cost_counts_what_they_perhaps_paid(tmp_path: Path) -> None:
    folders = repeat_folders(tmp_path, 4)
    made(folders[0], Spend(requests=1, cost_usd=1.0))
    made(folders[1], Spend(requests=1, cost_usd=2.0, unsure_usd=0.25), dropped=0.5)
    made(folders[2], Spend(requests=1, unpriced=1, unsure_usd=4.0))
    assert read_run(folders[1]).charged_usd == 2.75
    assert [spent_beside(folders, at, fresh=False) for at in range(4)] == [6.75, 5.0, 3.75, 7.75]
    assert [spent_beside(folders, at, fresh=True) for at in range(4)] == [0.0, 1.0, 3.75, 7.75]


def test_answers_without_any_price_keep_no_budget(tmp_path: Path) -> None:
    folders = repeat_folders(tmp_path, 2)
    made(folders[0], Spend(requests=3, unpriced=3))
    with pytest.raises(UsageError, match="repeat-0 holds 3 answers whose price was not known; leave --budget out"):
        spent_beside(folders, 1, fresh=False)
    assert spent_beside(folders, 0, fresh=False) == 0.0
