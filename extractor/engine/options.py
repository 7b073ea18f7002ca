"""How articles are extracted: what shapes the answers, and how they are fetched. Data only."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from extractor.backends.base import Backend
from extractor.errors import UsageError
from extractor.prompts import Parameters, Prompt
from extractor.runs import Identity
from extractor.schemas import Schema


@dataclass(frozen=True, slots=True)
class Options:
    """Options of an extraction; the defaults suit a hosted endpoint.

    Attributes:
        concurrency: requests in flight at most, 1 or more.
        temperature, max_tokens, seed: in place of what the prompt asks for, where given.
        repeat: which sample this is, from 0; part of the cache key. One run holds one repeat.
        reasks: how often an invalid answer is asked for again, 0 or more.
        attempts: how often one request is sent at most when transport fails, 1 or more.
        first_wait_s, longest_wait_s: bounds of the exponential waits between attempts, in seconds. An endpoint's
            `Retry-After` is obeyed beyond them.
        deadline_s: seconds that one article may take in all, retries and re-asks included.
        budget_usd: articles met after this much was paid fail as `over_budget`; answers under way may overshoot it.
        retry_failed: on resuming, try all failed articles again, not only those that cost nothing and may go now.
    """

    concurrency: int = 8
    temperature: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    repeat: int = 0
    reasks: int = 2
    attempts: int = 6
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0
    deadline_s: float = 1800.0
    budget_usd: float | None = None
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
        }
        for name, bound in least.items():
            value = getattr(self, name)
            if value is not None and not value >= bound:
                raise UsageError(f"{name} is {value}: give {bound} or more")

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
