"""Limits of an endpoint, kept on this side: so much a minute, and as many at once as it bears."""

from __future__ import annotations

import asyncio
from collections import deque
from types import TracebackType

from extractor.engine.options import Timing

_MINUTE_S = 60.0


class Pace:
    """Lets at most `per_minute` of something through, evenly, in the order in which it is asked for.

    Evenly, because endpoints count over windows of their own: a burst at the border of two would pass either.

    Args:
        per_minute: > 0.
        timing: clock and sleep.
    """

    def __init__(self, per_minute: float, timing: Timing) -> None:
        self._each_s = _MINUTE_S / per_minute
        self._timing = timing
        self._free_at = timing.now()

    async def take(self, amount: float = 1.0) -> None:
        """Wait for the turn of `amount`, which the next one then waits for."""
        now = self._timing.now()
        turn = max(self._free_at, now)
        self._free_at = turn + amount * self._each_s
        if turn > now:
            await self._timing.sleep(turn - now)

    def correct(self, amount: float) -> None:
        """Count so much more, or less when negative, than was asked for."""
        self._free_at += amount * self._each_s


class Gate:
    """Lets a number of requests through at once that halves when the endpoint says it is too many, and grows again.

    It grows by one for each round of answers, so it comes to rest near what the endpoint bears (as TCP does, "additive
    increase, multiplicative decrease"). Requests wait in the order in which they came.

    Args:
        most: never more than this, >= 1.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._limit = float(most)
        self._inside = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._round = 0

    @property
    def limit(self) -> int:
        """How many may be inside now."""
        return int(self._limit)

    async def enter(self) -> Pass:
        """Wait until there is room."""
        if self._inside >= self.limit or self._waiting:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():  # let in and cancelled at the same moment
                    self.leave()
                else:
                    self._waiting.remove(turn)
                raise
        else:
            self._inside += 1
        return Pass(self, self._round)

    def leave(self) -> None:
        """Make room for the next."""
        self._inside -= 1
        self._let_in()

    def grow(self) -> None:
        """An answer came in order."""
        if self._limit < self._most:
            self._limit = min(float(self._most), self._limit + 1 / self._limit)
            self._let_in()

    def halve(self, since: int) -> None:
        """It was too many. Those who went in before the last halving tell nothing new."""
        if since == self._round:
            self._round += 1
            self._limit = max(1.0, self._limit / 2)

    def _let_in(self) -> None:
        while self._waiting and self._inside < self.limit:
            turn = self._waiting.popleft()
            if not turn.done():
                self._inside += 1
                turn.set_result(None)


class Pass:
    """One request inside a gate; leaving the block makes room for the next."""

    def __init__(self, gate: Gate, since: int) -> None:
        self._gate = gate
        self._since = since

    def __enter__(self) -> Pass:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._gate.leave()

    def answered(self) -> None:
        """It was answered."""
        self._gate.grow()

    def refused(self) -> None:
        """The endpoint said that it was one too many."""
        self._gate.halve(self._since)
