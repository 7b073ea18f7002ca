"""A budget that is never passed: what a request may cost at most is set aside before it is sent."""

from __future__ import annotations

import asyncio
from collections import deque

from extractor.errors import BackendError

_ROUNDING = 1e-9
"""Share of the budget that sums of floating-point numbers may be off by."""


class Budget:
    """Money that requests may cost together.

    A request that does not fit beside those under way waits for them, since most cost far less than they might. One
    that does not fit although nothing is under way ends it: no request is let through any more.

    Args:
        limit: USD in all; None: no limit, everything fits.
        spent: USD paid, or perhaps paid, before this session.
    """

    def __init__(self, limit: float | None, spent: float = 0.0) -> None:
        self.limit = limit
        self.spent = spent
        self.used_up = False
        self._set_aside: dict[int, float] = {}
        self._next = 0
        self._waiting: deque[tuple[asyncio.Future[int], float]] = deque()

    async def set_aside(self, most: float) -> int:
        """Keep the money for one request, and a number to `settle` it under; those who wait are served in order.

        Args:
            most: USD that it may cost at most.

        Raises:
            BackendError: `over_budget`.
        """
        if not self._waiting and self._fits(most):
            return self._keep(most)
        turn: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append((turn, most))
        self._serve()
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:  # served at the same moment
                self.settle(turn.result(), 0.0)
            else:
                self._waiting = deque(each for each in self._waiting if each[0] is not turn)
                self._serve()
            raise

    def settle(self, number: int, cost: float) -> None:
        """Give back what was set aside and not spent.

        Args:
            number: from `set_aside`.
            cost: USD that it took, or may have taken.
        """
        del self._set_aside[number]
        self.spent += cost
        self._serve()

    def _serve(self) -> None:
        """Let in who waits and fits; when the next one does not and nothing is under way, nobody ever will."""
        while self._waiting:
            turn, most = self._waiting[0]
            if turn.done():  # cancelled, and about to take itself out
                self._waiting.popleft()
            elif self._fits(most):
                self._waiting.popleft()
                turn.set_result(self._keep(most))
            elif self.used_up or not self._set_aside:
                self.used_up = True
                self._waiting.popleft()
                turn.set_exception(self._refusal(most))
            else:
                return

    def _keep(self, most: float) -> int:
        number, self._next = self._next, self._next + 1
        self._set_aside[number] = most
        return number

    def _fits(self, most: float) -> bool:
        if self.limit is None:
            return True
        if self.used_up:
            return False
        return self.spent + sum(self._set_aside.values()) + most <= self.limit * (1 + _ROUNDING)

    def _refusal(self, most: float) -> BackendError:
        return BackendError(
            f"the next request may cost up to ${most:.4g}, and of the budget of ${self.limit:g} "
            f"${max(0.0, (self.limit or 0.0) - self.spent):.4g} is left: raise it and resume",
            kind="over_budget",
        )
