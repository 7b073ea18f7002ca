"""How extractions and failures are printed: as they come, or from a run."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from pydantic_core import to_json
from rich.console import Console

from extractor.cli.view import extraction_view
from extractor.errors import UsageError
from extractor.records import FORMAT, Extraction, Failure
from extractor.runs import read_extractions, read_failures, read_run, repeats_of, run_folder
from extractor.schemas import Schema, load_schema


class Printer:
    """Prints results as they come: a readable view, JSON lines, or one JSON list. Failures go to stderr."""

    def __init__(self, output: str, schema: Schema, messages: Console) -> None:
        self._format = output if output != "auto" else ("text" if sys.stdout.isatty() else "jsonl")
        self._schema = schema
        self._messages = messages
        self._out = Console(highlight=False, soft_wrap=not sys.stdout.isatty())
        self._printed = 0

    def __enter__(self) -> Printer:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if self._format == "json" and kind is None:
            sys.stdout.write("\n]\n" if self._printed else "[]\n")
        sys.stdout.flush()

    def result(self, result: Extraction | Failure) -> None:
        """Print one result."""
        if isinstance(result, Failure):
            self._messages.print(failure_line(result), style="red", highlight=False, markup=False, soft_wrap=True)
            return
        if self._format == "text":
            self._out.print(extraction_view(result, self._schema))
            return
        line = to_json({"format": FORMAT, **asdict(result)}).decode()
        if self._format == "json":
            line = ("[\n" if not self._printed else ",\n") + line
        sys.stdout.write(line if self._format == "json" else line + "\n")
        self._printed += 1


def failure_line(failure: Failure) -> str:
    """One line that names the article, unless the message begins with its name, and which repeat it was of."""
    named = failure.message.startswith(failure.article_id)
    message = failure.message if named else f"{failure.article_id}: {failure.message}"
    return f"failed: {message}" + (f" (repeat {failure.repeat})" if failure.repeat else "")


def show_run(run: Path, article: str | None) -> None:
    """Print the events and failures of a run, or of all its repeats.

    Raises:
        RunError: there is no such run.
        UsageError: the article is not in it.
    """
    console = Console(highlight=False)
    shown = 0
    for folder in repeats_of(run_folder(run)):
        schema = load_schema(read_run(folder).schema)
        for result in _results(folder):
            if article is None or result.article_id == article:
                shown += 1
                if isinstance(result, Extraction):
                    console.print(extraction_view(result, schema))
                else:
                    console.print(failure_line(result), style="red", markup=False, soft_wrap=True)
    if article is not None and not shown:
        raise UsageError(f"run {run_folder(run)} has no article {article!r}: see {folder}{os.sep}extractions.jsonl")


def _results(folder: Path) -> Iterator[Extraction | Failure]:
    yield from read_extractions(folder)
    yield from read_failures(folder)
