"""What every backend is: something that answers a request. Knows nothing of retries, caches, validation or runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from extractor.backends.prices import TokenPrice
from extractor.records import Completion, Request

StructuredOutput = Literal["strict_schema", "json_schema", "tools", "json", "none", "native"]
"""How a backend is held to the JSON schema: by the provider's strict mode, by `json_schema` decoding, through a tool
call, by a bare JSON mode, not at all, or `native` where the backend builds valid records itself."""


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a backend may be used, as `backends.toml` or the user says; None: nothing is said.

    Attributes:
        requests_per_minute, tokens_per_minute: not to be passed, > 0; tokens are those read and written together.
        concurrency: requests in flight at most, >= 1.
        price: instead of the listed one.
    """

    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    concurrency: int | None = None
    price: TokenPrice | None = None


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a backend can do, and on what terms; used by the engine. `schemas` are the only ones it answers, where it
    cannot take any. `context_window` is in tokens, answer included.
    """

    structured_output: StructuredOutput
    hosted: bool
    reports_usage: bool = True
    takes_seed: bool = False
    context_window: int | None = None
    schemas: frozenset[str] | None = None
    terms: Terms = Terms()


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


@runtime_checkable
class CountsTokens(Protocol):
    """A backend that can say beforehand, at no cost, how many tokens a request has."""

    async def count_tokens(self, request: Request) -> int | None:
        """Input tokens of the request as the endpoint will count them; None when this endpoint has no way to tell.

        Raises:
            BackendError: it cannot be reached.
        """
        ...


@runtime_checkable
class TellsContextWindow(Protocol):
    """A backend that can ask its endpoint how long a request may be."""

    async def find_context_window(self) -> int | None:
        """Tokens that fit into one request, answer included; None when the endpoint does not say.

        Raises:
            BackendError: it cannot be reached.
        """
        ...
