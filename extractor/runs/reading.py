"""Reading the lines of a run folder, one at a time. Knows nothing of who wrote them.

The last word on an article counts: one that stands in `extractions.jsonl` is done, whatever `failures.jsonl` says of
an earlier try; of several failures the last line counts. (Superseded failures are taken out when a session ends, but
one that was killed leaves them.)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from extractor.errors import FailureKind, RunError
from extractor.records import FORMAT, Extraction, Failure
from extractor.runs.info import RUN_FILE, check_format, one_line
from extractor.runs.lines import numbered_lines
from extractor.runs.spending import Spent

EXTRACTIONS_FILE = "extractions.jsonl"
FAILURES_FILE = "failures.jsonl"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DoneLine:
    """What resuming needs of a line of `extractions.jsonl`."""

    article_id: str
    model: str | None = None
    spent: Spent = field(default_factory=Spent)


@dataclass(frozen=True, slots=True)
class FailedLine:
    """What resuming needs of a line of `failures.jsonl`."""

    article_id: str
    kind: FailureKind
    spent: Spent = field(default_factory=Spent)


@dataclass(frozen=True, slots=True)
class _Format:
    format: int = FORMAT


def read_extractions(folder: Path | str) -> Iterator[Extraction]:
    """The extractions of a run, in the order in which they were written.

    Raises:
        RunError: the folder is no run, or a line is broken; names file and line.
    """
    yield from _lines(_run_folder(folder) / EXTRACTIONS_FILE, Extraction)


def read_failures(folder: Path | str) -> Iterator[Failure]:
    """The articles of a run that gave no extraction, each once, with the reason of the last try.

    Raises:
        RunError: the folder is no run, or a line is broken; names file and line.
    """
    path = _run_folder(folder)
    failures = {failure.article_id: failure for failure in _lines(path / FAILURES_FILE, Failure)}
    if failures:
        for line in done_lines(path):
            failures.pop(line.article_id, None)
    yield from failures.values()


def done_lines(folder: Path) -> Iterator[DoneLine]:
    """The lines of `extractions.jsonl` without their events."""
    return _lines(folder / EXTRACTIONS_FILE, DoneLine)


def failed_lines(folder: Path) -> Iterator[FailedLine]:
    """All lines of `failures.jsonl`, superseded ones included, without their raw answers."""
    return _lines(folder / FAILURES_FILE, FailedLine)


def _run_folder(folder: Path | str) -> Path:
    path = Path(folder)
    if not (path / RUN_FILE).is_file() and not (path / EXTRACTIONS_FILE).is_file():
        raise RunError(f"{folder} is no run: it has neither {RUN_FILE} nor {EXTRACTIONS_FILE}")
    return path


def _lines(path: Path, kind: type[T]) -> Iterator[T]:
    adapter = TypeAdapter(kind)
    for number, line in numbered_lines(path):
        try:
            yield adapter.validate_json(line)
        except ValidationError as error:
            _refuse_newer(line, f"{path}:{number}")
            raise RunError(
                f"{path}:{number}: broken line: {one_line(error)}; take the line out, and resuming the run does its "
                "article again"
            ) from error


def _refuse_newer(line: bytes, where: str) -> None:
    try:
        found = TypeAdapter(_Format).validate_json(line)
    except ValidationError:
        return
    check_format(found.format, where)
