"""How articles are extracted: what shapes the answers, and how they are fetched. Data only."""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from extractor.backends.base import Backend, Terms
from extractor.errors import UsageError
from extractor.prompts import Parameters, Prompt
from extractor.runs import Identity
from extractor.schemas import Schema

_IN_FLIGHT = 8
"""Requests in flight where nobody says how many."""


@dataclass(frozen=True, slots=True)
class Options:
    """Options of an extraction; the defaults suit a hosted endpoint.

    Attributes:
        concurrency: requests in flight at most, 1 or more; None: what the backend's terms say, else 8.
        temperature, max_tokens, seed: in place of what the prompt asks for, where given.
        repeat: which sample this is, from 0; part of the cache key. One run holds one repeat.
        reasks: how often an invalid answer is asked for again, 0 or more.
        attempts: how often one request is sent at most when transport fails, 1 or more.
        first_wait_s, longest_wait_s: bounds of the exponential waits between attempts, in seconds. An endpoint's
            `Retry-After` is obeyed beyond them.
        deadline_s: seconds that one article may take in all, retries and re-asks included.
        requests_per_minute, tokens_per_minute: not to be passed, above 0; None: what the backend's terms say.
        budget_usd: what the run may cost in all its sessions. No request is sent that could pass it; the extraction
            stops there, and what is left to do is counted (see `Totals`).
        spent_elsewhere_usd: what other runs under the same budget cost; it counts towards `budget_usd`.
        retry_failed: on resuming, try all failed articles again, not only those that cost nothing and may go now.
    """

    concurrency: int | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    repeat: int = 0
    reasks: int = 2
    attempts: int = 6
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0
    deadline_s: float = 1800.0
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    budget_usd: float | None = None
    spent_elsewhere_usd: float = 0.0
    retry_failed: bool = False

    def __post_init__(self) -> None:
        least = {
            "concurrency": 1,
            "max_tokens": 1,
            "temperature": 0,
            "repeat": 0,
            "reasks": 0,
            "attempts": 1,
            "first_wait_s": 0,
            "longest_wait_s": 0,
            "deadline_s": 0,
            "budget_usd": 0,
            "spent_elsewhere_usd": 0,
        }
        for name, bound in least.items():
            value = getattr(self, name)
            if value is not None and not value >= bound:
                raise UsageError(f"{name} is {value}: give {bound} or more")
        for name in ("requests_per_minute", "tokens_per_minute"):
            value = getattr(self, name)
            if value is not None and not 0 < value < math.inf:
                raise UsageError(f"{name} is {value}: give more than 0")

    def in_flight(self, terms: Terms) -> int:
        """Requests in flight at most."""
        return self.concurrency or terms.concurrency or _IN_FLIGHT

    def workers(self, terms: Terms) -> int:
        """Articles under way at most: no more than a minute's requests, so that none waits long for its turn."""
        requests = self.requests_per_minute or terms.requests_per_minute or math.inf
        return int(max(1, min(self.in_flight(terms), requests)))

    def parameters(self, prompt: Prompt) -> Parameters:
        """What is asked of the backend: the prompt's parameters, replaced where the options say otherwise."""
        given = {"temperature": self.temperature, "max_tokens": self.max_tokens, "seed": self.seed}
        return prompt.parameters.model_copy(update={name: value for name, value in given.items() if value is not None})


@dataclass(frozen=True, slots=True)
class Timing:
    """Clock, sleep and chance, so that tests need not wait. `chance` gives numbers in [0, 1)."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: Callable[[], float] = random.random


def check_schema(backend: Backend, schema: Schema) -> None:
    """See that the backend answers the schema at all.

    Raises:
        UsageError: it does not.
    """
    answered = backend.capabilities.schemas
    if answered is not None and schema.name not in answered:
        raise UsageError(
            f"{backend.name} only answers the schema {', '.join(sorted(answered))}, not {schema.name}: "
            "choose a model with --backend"
        )


def run_identity(backend: Backend, prompt: Prompt, schema: Schema, options: Options) -> Identity:
    """What a run folder made with these must be resumed with; give it to `open_run`.

    Raises:
        UsageError: the backend does not answer the schema.
    """
    check_schema(backend, schema)
    parameters: dict[str, Any] = options.parameters(prompt).model_dump()
    return Identity(
        prompt=prompt.ref,
        prompt_digest=prompt.digest,
        schema=schema.name,
        schema_digest=schema.digest,
        backend=backend.name,
        endpoint=backend.endpoint,
        parameters=parameters | {"repeat": options.repeat, "reasks": options.reasks},
    )
