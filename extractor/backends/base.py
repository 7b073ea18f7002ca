"""What every backend is: something that answers a request. Knows nothing of retries, caches, validation or runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from extractor.records import Completion, Request

StructuredOutput = Literal["strict_schema", "json_schema", "tools", "json", "none", "native"]
"""How a backend is held to the JSON schema: by the provider's strict mode, by `json_schema` decoding, through a tool
call, by a bare JSON mode, not at all, or `native` where the backend builds valid records itself."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a backend can do; used by the engine. `schemas` are the only ones it answers, where it cannot take any."""

    structured_output: StructuredOutput
    hosted: bool
    reports_usage: bool = True
    takes_seed: bool = False
    context_window: int | None = None
    schemas: frozenset[str] | None = None


@runtime_checkable
class Backend(Protocol):
    """A model behind an endpoint, or a program in this process.

    Attributes:
        name: `provider/model`, as the user gave it.
        endpoint: where requests go, without any secret; part of the cache key. Empty for in-process backends.
        capabilities: see `Capabilities`.
    """

    name: str
    endpoint: str
    capabilities: Capabilities

    async def complete(self, request: Request) -> Completion:
        """Answer one request, once: no retries, no re-asks, no caching.

        Truncated, refused and filtered answers come back as completions with that `finish`; the text may be partial.

        Raises:
            BackendError: nothing usable came back; `retryable` says whether the same request may succeed later.
        """
        ...

    async def aclose(self) -> None:
        """Give back connections and processes. Idempotent."""
        ...
