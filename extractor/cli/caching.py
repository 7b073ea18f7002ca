"""What `extractor cache stats|prune|export` do."""

from __future__ import annotations

import json
import re
import sys
from datetime import timedelta
from pathlib import Path

import typer

from extractor.cache import export, prune, stats
from extractor.errors import UsageError

_UNITS = {"d": "days", "h": "hours", "m": "minutes", "w": "weeks"}
_AGE = re.compile(r"(\d{1,6})([dhmw])")
_MEGABYTE = 1e6


def show_stats(path: Path | None) -> None:
    """Print what the cache holds.

    Raises:
        UsageError: there is none, or it cannot be read.
    """
    found = stats(path)
    typer.echo(f"{found.path}: {found.answers} answers, {found.size / _MEGABYTE:.1f} MB")
    if found.oldest and found.newest:
        typer.echo(f"oldest {found.oldest:%Y-%m-%d %H:%M}, newest {found.newest:%Y-%m-%d %H:%M} UTC")
    for backend, count in found.backends.items():
        typer.echo(f"  {count:>8}  {backend}")


def prune_answers(path: Path | None, older_than: str | None, backend: str | None, *, everything: bool) -> None:
    """Delete answers and print how many.

    Raises:
        UsageError: nothing says which, an age that cannot be read, or a cache that cannot be written.
    """
    if not (older_than or backend or everything):
        raise UsageError("say which answers: --older-than 30d, --backend provider/model, or --all")
    if everything and (older_than or backend):
        raise UsageError("--all deletes every answer: leave the other options out")
    age = None if older_than is None else _age(older_than)
    deleted = prune(path, older_than=age, backend=backend)
    typer.echo(f"{deleted} answer{'' if deleted == 1 else 's'} deleted")


def export_answers(path: Path | None) -> None:
    """Print all answers as JSON lines, oldest first.

    Raises:
        UsageError: there is no cache, or it cannot be read.
    """
    for answer in export(path):
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")


def _age(text: str) -> timedelta:
    match = _AGE.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"--older-than {text!r}: write a number and d, h, m or w, such as 30d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})
