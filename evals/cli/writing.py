"""Files that commands write: whole or not at all, so that a reader never meets half a file."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from extractor.errors import UsageError

STDOUT = Path("-")


def write_text(file: Path, text: str) -> None:
    """Write a text file in one step; `-` is standard output.

    Raises:
        UsageError: it cannot be written; what stood there before still does.
    """
    if file == STDOUT:
        sys.stdout.write(text)
        return
    try:
        if file.exists() and not file.is_file():  # a device or a pipe cannot be replaced
            file.write_text(text, encoding="utf-8")
        else:
            _replace(file, text)
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}; name another file") from error


def write_json(file: Path, value: Any) -> None:
    """Write JSON as `write_text` does; NaN and infinity, which JSON has not, are an error of ours."""
    write_text(file, json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def append_text(file: Path, text: str) -> None:
    """Add to the end of a text file.

    Raises:
        UsageError: it cannot be written.
    """
    try:
        with file.open("a", encoding="utf-8") as opened:
            opened.write(text)
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}") from error


def _replace(file: Path, text: str) -> None:
    descriptor, draft = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
            opened.write(text)
        Path(draft).chmod(0o666 & ~_umask())
        Path(draft).replace(file)
    except BaseException:
        with suppress(OSError):
            Path(draft).unlink()
        raise


def _umask() -> int:
    """The process's mask for new files, which `mkstemp` does not ask; reading it means setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
