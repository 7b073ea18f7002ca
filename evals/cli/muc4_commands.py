"""What `evals muc4 convert`, `metrics` and `score` do."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import typer

from evals.cli.writing import STDOUT, write_json
from evals.literature.deviations import deviations
from evals.muc4_files import compute_expected
from evals.muc4_task import gold_records, run_metrics
from evals.report.muc4 import metrics_report
from evals.report.tables import show
from extractor.cli.running import OK, SOME_FAILED
from extractor.errors import UsageError

EXPECTED = "expected.json"
SHOWN_IDS = 5
T = TypeVar("T")


def convert_corpus(folder: Path, output: Path) -> None:
    """Write one gold file a text; all are made before the first is written.

    Raises:
        UsageError: the corpus is not as documented, or the output cannot be written.
    """
    records = _told(lambda: gold_records(folder))
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{output} cannot be made: {error.strerror}; name another folder with -o") from error
    for record in records:
        write_json(output / f"{record['id']}.json", record)
    events = sum(len(record["events"]) for record in records)
    typer.echo(f"{len(records)} gold files with {events} events in {output}")


def show_metrics(folder: Path, json_file: Path | None, *, slots: bool) -> int:
    """Print the metrics of all predictions in a folder; exit code 1 on any deviation from its `expected.json`.

    Raises:
        UsageError: a file is not as documented.
    """
    figures = _told(lambda: compute_expected(folder))
    expected = _expected(folder / EXPECTED)
    found = deviations(figures, expected) if expected is not None else []
    if json_file is not None:
        write_json(json_file, figures)
    if json_file != STDOUT:
        show(metrics_report(figures, expected, found, slots=slots))
    return SOME_FAILED if found else OK


def show_run(run: Path, folder: Path, json_file: Path | None, *, slots: bool) -> int:
    """Print the metrics of a run; exit code 1 when texts failed or are not in it.

    Raises:
        UsageError: a corpus file is not as documented.
        GoldError, RunError: the run cannot be scored against this corpus.
    """
    result = _told(lambda: run_metrics(run, folder))
    if json_file is not None:
        write_json(json_file, result.figures)
    if json_file != STDOUT:
        show(metrics_report(result.figures, slots=slots))
    for ids, meaning in (
        (result.failed, "failed in the run and count as predicting nothing"),
        (result.absent, "are not in the run and count as predicting nothing"),
        (result.unknown, "of the run are not in the corpus and are left out"),
    ):
        if ids:
            typer.echo(f"{len(ids)} {meaning}: {_some(ids)}", err=True)
    return SOME_FAILED if result.failed or result.absent else OK


def _told(work: Callable[[], T]) -> T:
    """The result; what is wrong with a corpus file (a ValueError of one line) becomes an error for the user."""
    try:
        return work()
    except ValueError as error:
        raise UsageError(str(error)) from error


def _expected(path: Path) -> dict[str, Any] | None:
    if not path.exists():
        return None
    try:
        figures = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} is not readable JSON ({error}): restore it or move it away") from error
    if not isinstance(figures, dict):
        raise UsageError(f"{path} holds no JSON object: restore it or move it away")
    return figures


def _some(ids: Sequence[str]) -> str:
    return ", ".join(ids[:SHOWN_IDS]) + (" …" if len(ids) > SHOWN_IDS else "")
