"""When to stop a whole extraction: the budget is used up, or one article after the other fails for the same cause."""

from __future__ import annotations

import re

from extractor.errors import FailureKind
from extractor.records import Extraction, Failure
from extractor.runs import Spent

_SAME_CAUSE: frozenset[FailureKind] = frozenset({"rejected", "unreachable"})
"""Kinds that say more about the endpoint than about the article: a wrong key, an unknown model, a dead server."""

IN_A_ROW = 10
"""So many articles in a row that end in the same way, without any answer in between, stop the extraction."""

_CHANGING = re.compile(r"\S*\d\S*")
"""Request ids, times and ports, which differ in messages about the same."""


class Halt:
    """Watches how articles end and says when it makes no sense to go on. What was not begun stays to be done."""

    def __init__(self) -> None:
        self.reason: str | None = None
        self._cause = ""
        self._count = 0

    def watch(self, result: Extraction | Failure, spent: Spent) -> None:
        """Take notice of how an article ended."""
        if isinstance(result, Failure) and result.kind == "over_budget":
            self.reason = self.reason or result.message
            return
        if not spent.paid.requests:  # from the cache, or never sent: it says nothing about the endpoint
            return
        if not isinstance(result, Failure) or result.kind not in _SAME_CAUSE:
            self._count = 0
            return
        cause = f"{result.kind} {_CHANGING.sub('', result.message)}"
        self._count = self._count + 1 if cause == self._cause else 1
        self._cause = cause
        if self._count >= IN_A_ROW and self.reason is None:
            self.reason = f"{IN_A_ROW} articles in a row ended in the same way: {result.message}"
