"""Several samples of each article: every repeat is a run of its own, and they stand in one folder beside each other.

runs/NAME/repeat-0, repeat-1, …
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from extractor.errors import RunError, UsageError
from extractor.runs.info import RUN_FILE, read_run

_REPEAT = re.compile(r"repeat-(\d+)")


def repeat_folder(folder: Path, number: int) -> Path:
    """Where the repeat of that number, from 0, of a repeated run stands."""
    return folder / f"repeat-{number}"


def repeat_folders(folder: Path, count: int) -> list[Path]:
    """Where so many repeats are written: `repeat-0`, `repeat-1`… in the folder; one alone right in the folder.

    Raises:
        RunError: the folder holds a single run and several are asked for, or the other way round.
    """
    if count == 1:
        if not (folder / RUN_FILE).exists() and (there := _found(folder)):
            raise RunError(f"{folder} holds repeats, such as {there[0].name}: choose another --run name for one run")
        return [folder]
    check_not_single(folder)
    return [repeat_folder(folder, number) for number in range(count)]


def check_not_single(folder: Path) -> None:
    """See that a folder that is to hold several runs is not one itself.

    Raises:
        RunError: it is.
    """
    if (folder / RUN_FILE).exists():
        raise RunError(f"{folder} holds a single run: choose another --run name for several")


def repeats_of(folder: Path, count: int | None = None) -> list[Path]:
    """The folders of a run's repeats in order; the folder itself for a run that was not repeated.

    Args:
        folder: of a run, or of the repeats `repeat-0`, `repeat-1`… that `--repeats` makes.
        count: take so many, from the first; None: all that there are.

    Raises:
        RunError: it is neither, or there are fewer repeats than asked for.
    """
    folders = _found(folder) or [folder]
    if count is not None and (count < 1 or len(folders) < count):
        raise RunError(
            f"run {folder} has {len(folders)} repeat{'s' * (len(folders) != 1)}, not {count}: "
            f"make them with --repeats {max(count, 2)}, or ask for fewer"
        )
    return folders[:count]


def _found(folder: Path) -> list[Path]:
    numbered = {int(match[1]): path for path in folder.glob("repeat-*") if (match := _REPEAT.fullmatch(path.name))}
    return [numbered[number] for number in sorted(numbered)]


def spent_beside(folders: Sequence[Path], at: int, *, fresh: bool) -> float:
    """What the other runs under one budget paid, or perhaps paid, in all their sessions, in USD.

    Args:
        folders: of all runs, in the order in which they are made; those that are not there yet cost nothing.
        at: which of them is being made; it is not counted.
        fresh: those after it will be set aside, and are not counted either.

    Raises:
        UsageError: one of them holds answers whose price was not known.
        RunError: one of them cannot be read.
    """
    total = 0.0
    for folder in [*folders[:at], *([] if fresh else folders[at + 1 :])]:
        if not (folder / RUN_FILE).is_file():
            continue
        info = read_run(folder)
        paid = info.usage.paid
        if paid.unpriced and not paid.unsure_usd:  # answers without tokens are bounded there, if a price was known
            raise UsageError(
                f"a budget cannot be kept: run {folder} holds {paid.unpriced} answers whose price was not known; "
                "leave --budget out, or add --fresh"
            )
        total += info.charged_usd
    return total
