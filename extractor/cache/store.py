"""The response cache: answers kept on disk, shared by all runs and processes of a user.

Reading is a lookup by primary key, tens of microseconds, and happens where it is called. Writing is queued and
committed in batches by a thread of its own, so that neither a disk nor another process's write holds an event loop up.
The cache never stops a run: what goes wrong with it is told once through `on_message`.
"""

from __future__ import annotations

import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from extractor.cache import database
from extractor.cache.rows import from_row, storable, to_row
from extractor.records import Completion

_log = logging.getLogger(__name__)
_GATHER_S = 0.02
"""How long a batch waits for company: what a killed process can lose, and what a commit is worth."""
_LARGEST_BATCH = 500


class ResponseCache:
    """Answers by key (see `KeyMaker`), in one SQLite file.

    Args:
        path: the file, or a folder to hold it; by default `EXTRACTOR_CACHE` or the user's cache folder.
        on_message: told in one line when a damaged file was set aside or answers could not be kept; logged as a
            warning by default. May be called from the writing thread.
        clock: seconds since the epoch.

    Raises:
        UsageError: the file cannot be opened or made there.
    """

    def __init__(
        self,
        path: Path | str | None = None,
        *,
        on_message: Callable[[str], None] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.path = database.file_in(Path(path)) if path is not None else database.default_path()
        self._tell = on_message or (lambda message: _log.warning("%s", message))
        self._clock = clock
        self._lock = threading.Lock()
        self._reader: sqlite3.Connection | None = None
        self._file: int | None = None
        self._generation = 0
        self._waiting: dict[bytes, Completion] = {}
        self._queue: queue.SimpleQueue[tuple[bytes, str, Completion] | threading.Event | None] = queue.SimpleQueue()
        self._hurry = threading.Event()
        self._thread: threading.Thread | None = None
        self._writable = True
        self._open()

    def get(self, key: bytes) -> Completion | None:
        """The answer kept under a key, marked `cached` and without latency; None when there is none to be trusted."""
        if (waiting := self._waiting.get(key)) is not None:
            return waiting
        generation = self._generation
        try:
            with self._lock:
                if self._reader is None:
                    return None
                row = self._reader.execute("SELECT value, checksum FROM answers WHERE key = ?", (key,)).fetchone()
            if row is None:
                return None
            if (found := from_row(key, *row)) is not None:
                return found
            self._set_aside(generation, "an answer in it was changed")
        except database.ERRORS as error:
            self._after(error, generation)
        return None

    def put(self, key: bytes, completion: Completion, *, backend: str) -> None:
        """Keep an answer; one that is truncated, refused, filtered, empty or from a cache is not kept."""
        if not (self._writable and storable(completion)):
            return
        self._waiting[key] = replace(completion, cached=True, latency_s=None)
        self._queue.put((key, backend, completion))
        if self._thread is None:
            self._thread = threading.Thread(target=self._write, name="response-cache", daemon=True)
            self._thread.start()

    def flush(self) -> None:
        """Wait until everything put so far is committed."""
        if self._thread is not None:
            written = threading.Event()
            self._hurry.set()
            self._queue.put(written)
            while not written.wait(0.1) and self._thread.is_alive():
                continue

    def close(self) -> None:
        """Commit what waits and close the file. Idempotent."""
        if self._thread is not None:
            self._hurry.set()
            self._queue.put(None)
            self._thread.join()
            self._thread = None
        self._writable = False
        with self._lock:
            if self._reader is not None:
                self._reader.close()
                self._reader = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _open(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = database.identity(self.path)
            self._reader = database.connect(self.path)
            self._file = database.identity(self.path)
        except OSError as error:
            raise database.unusable(self.path, error) from error
        except database.ERRORS as error:
            if not database.is_damage(error, self.path):
                raise database.unusable(self.path, error) from error
            self._set_aside(self._generation, str(error))

    def _set_aside(self, generation: int, reason: str) -> None:
        """Start over with an empty file, unless another thread has done so since `generation`."""
        with self._lock:
            if generation != self._generation:
                return
            self._generation += 1
            if self._reader is not None:
                self._reader.close()
                self._reader = None
            try:
                aside = database.set_aside(self.path, self._file)
                self._reader = database.connect(self.path)
                self._file = database.identity(self.path)
            except (OSError, *database.ERRORS) as error:
                self._writable = False
                message = f"cache {self.path} is damaged ({reason}) and cannot be replaced ({error}): going on without"
            else:
                where = f"set aside as {aside.name}" if aside else "set aside by another process"
                message = f"cache {self.path} is damaged ({reason}): it was {where}, a new one begun"
        self._tell(message)

    def _after(self, error: Exception, generation: int) -> None:
        """What a failed read or write leads to: a new file when this one is damaged, else no more writing."""
        if database.is_damage(error, self.path):
            self._set_aside(generation, str(error))
        elif self._writable:
            self._writable = False
            self._tell(f"cache {self.path}: {error}: new answers are not kept")

    def _write(self) -> None:
        """The writing thread: batches until told to end."""
        connection: sqlite3.Connection | None = None
        generation = -1
        ending = False
        while not ending:
            batch, written, ending = self._next_batch()
            try:
                if generation != self._generation and connection is not None:
                    connection.close()
                    connection = None
                generation = self._generation
                if batch and self._writable:
                    connection = connection or database.connect(self.path)
                    self._commit(connection, batch)
            except database.ERRORS as error:
                self._after(error, generation)
            for key, _, _ in batch:
                self._waiting.pop(key, None)
            if written is not None:
                written.set()
        if connection is not None:
            connection.close()

    def _next_batch(self) -> tuple[list[tuple[bytes, str, Completion]], threading.Event | None, bool]:
        """What has gathered in the queue: answers, what to set when they are committed, whether this is the end."""
        batch: list[tuple[bytes, str, Completion]] = []
        item = self._queue.get()
        # one sleep for the whole batch: waking up for each answer would cost the event loop more than the commit
        self._hurry.wait(_GATHER_S)
        while isinstance(item, tuple):
            batch.append(item)
            if self._queue.empty() or len(batch) >= _LARGEST_BATCH:
                return batch, None, False
            item = self._queue.get()
        self._hurry.clear()
        return batch, item, item is None

    def _commit(self, connection: sqlite3.Connection, batch: list[tuple[bytes, str, Completion]]) -> None:
        rows = []
        for key, backend, completion in batch:
            try:
                rows.append((key, backend, self._clock(), *to_row(key, completion)))
            except ValueError:
                continue  # text that UTF-8 cannot hold
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.executemany("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?)", rows)
            connection.execute("COMMIT")
        except database.ERRORS:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
