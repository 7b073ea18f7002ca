"""A backend from another package: `almanac/WORD` finds the sentences that have the word, and calls each an event.

It stands for whatever answers requests: a model in this process, an endpoint with a protocol of its own.
"""

from __future__ import annotations

import json
import re
import time

from extractor.backends import BackendOptions, Capabilities
from extractor.backends.base import Terms
from extractor.backends.prices import TokenPrice
from extractor.errors import BackendError, UsageError
from extractor.records import Completion, Request, Usage

_SENTENCE = re.compile(r"[^.!?\n]+[.!?]")


def open_almanac(model: str, options: BackendOptions) -> Almanac:
    """What the entry point names: called with the part after the slash and how the user wants it reached.

    Raises:
        UsageError: it cannot be used as asked; the message says what to do.
    """
    if options.base_url is not None:
        raise UsageError("almanac/… runs in this process and takes no base URL: leave it out")
    return Almanac(model)


class Almanac:
    """Answers a request; see `extractor.backends.Backend` for what each part must do."""

    def __init__(self, word: str) -> None:
        self.name = f"almanac/{word}"
        self.endpoint = ""  # answers in this process
        self.capabilities = Capabilities(
            structured_output="none",
            hosted=False,
            schemas=frozenset({"conflict"}),
            terms=Terms(price=TokenPrice(0, 0)),  # else what it costs is said to be unknown
        )
        self._word = word

    async def complete(self, request: Request) -> Completion:
        """The answer as text: JSON that the product validates, grounds, and asks for again if it does not fit.

        Raises:
            BackendError: no answer came.
        """
        started = time.perf_counter()
        text = request.article.text
        if len(text.split()) > request.max_tokens:
            raise BackendError(f"{self.name} reads {request.max_tokens} words at most", kind="context_overflow")
        quotes = [found[0].strip() for found in _SENTENCE.finditer(text) if self._word in found[0].lower()]
        events = [{"role": "main", "event_type": "other", "evidence": [quote]} for quote in quotes]
        answer = json.dumps({"events": events})
        usage = Usage(len(text.split()), len(answer.split()))
        return Completion(answer, model=f"almanac-{self._word}", usage=usage, latency_s=time.perf_counter() - started)

    async def aclose(self) -> None:
        """Nothing to give back."""
