"""Files of JSON lines that survive being killed: whole lines are added, a torn last line is repaired, and a rewrite
happens in one step or not at all. Knows nothing of what the lines mean.

A line counts when its newline is there, or when what is there is a whole JSON value: a proper prefix of a JSON object
is never one, so a line that was cut off cannot pass for a shorter one.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Container, Iterator
from pathlib import Path
from typing import BinaryIO

from pydantic_core import from_json

from extractor.errors import RunError


def write_error(path: Path, error: OSError) -> RunError:
    """The one line for a run file that cannot be written, disk full included."""
    reason = error.strerror or str(error)
    return RunError(
        f"{path}: cannot be written: {reason}; make room there, then give the same command again: it resumes"
    )


def read_error(path: Path, error: OSError) -> RunError:
    """The one line for a run file that cannot be read."""
    return RunError(f"{path}: cannot be read: {error.strerror or error}")


def numbered_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines that count, without their newline, numbered from 1; none when there is no such file.

    A torn last line is left out, so a run may be read while it is written or after it was killed.

    Raises:
        RunError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.endswith(b"\n"):
                    yield number, line[:-1]
                elif _is_whole(line):
                    yield number, line
    except FileNotFoundError:
        return
    except OSError as error:
        raise read_error(path, error) from error


def keep_lines(path: Path, numbers: Container[int]) -> None:
    """Rewrite a file with only some of its lines, in one step: a crash leaves the old file or the new one.

    Args:
        path: the file, which nobody has open for writing any more.
        numbers: of the lines to keep, counted from 1.

    Raises:
        RunError: it cannot be written; the file is as it was.
    """
    draft = path.with_name(f".{path.name}.new")
    try:
        with draft.open("wb") as file:
            file.writelines(line + b"\n" for number, line in numbered_lines(path) if number in numbers)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        raise write_error(path, error) from error


class LineFile:
    """A file open for adding lines. Opening repairs a torn last line.

    Raises:
        RunError: from any method, when the file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        except OSError as error:
            raise write_error(path, error) from error
        self._syncing = threading.Lock()
        try:
            self._size = self._synced = self._repair()
        except OSError as error:
            os.close(self._descriptor)
            raise write_error(path, error) from error

    def add(self, line: bytes) -> None:
        """Hand one line (without newline) to the operating system: safe from a killed process, not from lost power.

        When it does not fit on the disk, what was written of it is taken back.
        """
        rest = memoryview(line + b"\n")
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except OSError as error:
            self._take_back()
            raise write_error(self.path, error) from error
        self._size += len(line) + 1

    def sync(self) -> None:
        """Wait until all lines added so far are on the disk. May run in another thread than `add`."""
        with self._syncing:
            size = self._size
            if size == self._synced:
                return
            try:
                os.fsync(self._descriptor)
            except OSError as error:
                raise write_error(self.path, error) from error
            self._synced = size

    def close(self) -> None:
        """Close without syncing. Idempotent."""
        with self._syncing:
            if self._descriptor >= 0:
                os.close(self._descriptor)
                self._descriptor = -1

    def _take_back(self) -> None:
        try:
            os.ftruncate(self._descriptor, self._size)
        except OSError:
            return  # the torn line is repaired when the run is resumed

    def _repair(self) -> int:
        """Cut a torn last line off, or end a whole one; the size afterwards."""
        with os.fdopen(os.dup(self._descriptor), "rb") as file:
            size, start = _last_line(file)
            file.seek(start)
            tail = file.read()
        if not tail:
            return size
        if _is_whole(tail):
            os.write(self._descriptor, b"\n")
            size += 1
        else:
            os.ftruncate(self._descriptor, start)
            size = start
        os.fsync(self._descriptor)
        return size


def sync_folder(folder: Path) -> None:
    """Make the names of newly made files durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _last_line(file: BinaryIO, block: int = 1 << 16) -> tuple[int, int]:
    """The size of a file and where what follows its last newline starts."""
    size = file.seek(0, os.SEEK_END)
    end = size
    while end > 0:
        start = max(0, end - block)
        file.seek(start)
        found = file.read(end - start).rfind(b"\n")
        if found >= 0:
            return size, start + found + 1
        end = start
    return size, 0


def _is_whole(line: bytes) -> bool:
    try:
        return isinstance(from_json(line), dict)
    except ValueError:
        return False
