"""Results on their way out: written to the run at once, told to the caller once they are on the disk."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from extractor.records import Extraction, Failure
from extractor.runs import Run, Spent

_GATHER_S = 0.05
"""How long results wait for others to share the disk's write with them."""
_MOST_WAITING = 1000
"""Results that may wait for the disk before their articles hold new ones up."""
_CHECKPOINT_S = 5.0
"""How often `run.json` is brought up to date."""

OnResult = Callable[[Extraction | Failure], None]


@dataclass(frozen=True, slots=True)
class Totals:
    """How the articles of an extraction ended.

    Attributes:
        total: articles met. done, failed: of these, in this session. skipped: had ended in an earlier session.
        spent: requests, tokens and money of this session, by cause.
        stopped: why the extraction stopped before all articles were done; None when it did not.
        left: articles that were not begun for that reason; a resumed run does them.
        left_is_least: there may be more of them, which were not read.
    """

    total: int = 0
    done: int = 0
    failed: int = 0
    skipped: int = 0
    spent: Spent = field(default_factory=Spent)
    stopped: str | None = None
    left: int = 0
    left_is_least: bool = False

    def __add__(self, other: Totals) -> Totals:
        """Of two extractions together."""
        return Totals(
            self.total + other.total,
            self.done + other.done,
            self.failed + other.failed,
            self.skipped + other.skipped,
            self.spent + other.spent,
            self.stopped or other.stopped,
            self.left + other.left,
            self.left_is_least or other.left_is_least,
        )


class Delivery:
    """Counts results, writes them to the run, and tells the caller in the order in which they came.

    Args:
        run: where to write them; None: nowhere, and they are told at once.
        on_result: told of each result that is safe.
        on_progress: told of the totals after results were told.
    """

    def __init__(
        self, run: Run | None, on_result: OnResult | None, on_progress: Callable[[Totals], None] | None
    ) -> None:
        self._run = run
        self._on_result = on_result
        self._on_progress = on_progress
        self._waiting: list[Extraction | Failure] = []
        self._arrived = asyncio.Event()
        self._drained = asyncio.Event()
        self._closing = asyncio.Event()
        self._total = self._done = self._failed = self._skipped = 0
        self._spent = Spent()
        self._stopped: str | None = None
        self._left = 0
        self._left_is_least = False
        self._checkpoint_at = time.monotonic() + _CHECKPOINT_S

    @property
    def totals(self) -> Totals:
        """So far."""
        return Totals(
            self._total,
            self._done,
            self._failed,
            self._skipped,
            self._spent,
            self._stopped,
            self._left,
            self._left_is_least,
        )

    def met(self, *, skipped: bool) -> None:
        """Count one article."""
        self._total += 1
        self._skipped += skipped
        if self._run is not None:
            self._run.expect(self._total)

    def leave(self, reason: str | None) -> None:
        """Count one article that is left to be done, and the run as unfinished."""
        self._stopped = self._stopped or reason
        self._left += 1
        if self._run is not None:
            self._run.leave_unfinished()

    def left_is_least(self) -> None:
        """There may be more articles left than were counted."""
        self._left_is_least = True

    async def deliver(self, result: Extraction | Failure, spent: Spent) -> None:
        """Take one result. Waits only while very many are waiting for the disk.

        Raises:
            RunError: it cannot be written.
        """
        if self._run is not None:
            self._run.append(result, spent)
        self._spent += spent
        self._done += isinstance(result, Extraction)
        self._failed += isinstance(result, Failure)
        self._waiting.append(result)
        if self._run is None:
            self._tell()
            return
        self._arrived.set()
        while len(self._waiting) >= _MOST_WAITING:
            self._drained.clear()
            await self._drained.wait()

    async def keep_syncing(self) -> None:
        """Sync and tell in batches until closed; to run beside those who deliver."""
        while not self._closing.is_set():
            await self._arrived.wait()
            self._arrived.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), _GATHER_S)
            await self._sync()
        if self._waiting:  # came while the last batch was synced
            await self._sync()

    def close(self) -> None:
        """Let `keep_syncing` end with what is there."""
        self._closing.set()
        self._arrived.set()

    def finish(self, *, tell: bool) -> None:
        """Sync what is left, after a cancellation or an error; tell of it if asked.

        Raises:
            RunError: the disk is full or broken.
        """
        if self._run is not None:
            self._run.sync()
        if tell:
            self._tell()

    async def _sync(self) -> None:
        if self._run is None:
            return
        ready = len(self._waiting)
        await asyncio.to_thread(self._run.sync)
        self._tell(ready)
        self._drained.set()
        if time.monotonic() > self._checkpoint_at:
            self._run.checkpoint()
            self._checkpoint_at = time.monotonic() + _CHECKPOINT_S

    def _tell(self, ready: int | None = None) -> None:
        told, self._waiting = self._waiting[:ready], self._waiting[len(self._waiting) if ready is None else ready :]
        if self._on_result is not None:
            for result in told:
                self._on_result(result)
        if self._on_progress is not None:
            self._on_progress(self.totals)
