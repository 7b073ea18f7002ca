"""What answers cost: from a price of one's own, else from the price list of the package `genai-prices`.

The list comes with the package: nothing is fetched. A model that is not in it has no price here, and whoever asks is
told so; nothing is guessed from a similar name. Imports nothing heavy until a price is looked up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from extractor.backends.addresses import is_loopback
from extractor.records import Usage

_MILLION = 1e6
_FREE = frozenset({"rules", "local", "replay"})
"""Providers that answer in this process or from a recording: nobody is paid."""

_OWN_SERVERS = frozenset({"ollama", "vllm", "lmstudio"})
"""Servers that users run themselves: free on this machine, of unknown price elsewhere."""

_LISTED_AS = {"generative-ai": "google"}
"""Providers of ours that the price list knows by another name."""

BATCH_FACTOR = 0.5
"""What an answer of a batch costs of an online one, where the price list does not say (OpenAI, Anthropic, Google)."""


@dataclass(frozen=True, slots=True)
class TokenPrice:
    """USD per million tokens, all >= 0.

    Attributes:
        input, output: tokens read and written.
        cached_input: the part of the input that came from the provider's prefix cache; None: as `input`.
        request: USD for each request beside its tokens.
    """

    input: float
    output: float
    cached_input: float | None = None
    request: float = 0.0

    def cost(self, usage: Usage) -> float:
        """USD for one request with these tokens."""
        cached = self.input if self.cached_input is None else self.cached_input
        read = (usage.input_tokens - usage.cached_tokens) * self.input + usage.cached_tokens * cached
        return self.request + (read + usage.output_tokens * self.output) / _MILLION

    def times(self, factor: float) -> TokenPrice:
        """All of it cheaper or dearer."""
        cached = None if self.cached_input is None else self.cached_input * factor
        return TokenPrice(self.input * factor, self.output * factor, cached, self.request * factor)


class Pricing:
    """The prices of one backend.

    Args:
        backend: `provider/model`.
        endpoint: where it answers, as in `Backend.endpoint`; empty when only its SDK knows.
        own: instead of the list's price.
        now: some prices depend on the date or the hour.
    """

    def __init__(
        self,
        backend: str,
        endpoint: str,
        own: TokenPrice | None = None,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._backend = backend
        self._provider, _, self._model = backend.partition("/")
        self._endpoint = endpoint
        self._own = own
        self._now = now
        self._found: dict[str, Any] = {}

    @property
    def known(self) -> bool:
        """Whether there is a price for the model that is asked for."""
        return self.price() is not None

    @cached_property
    def free(self) -> bool:
        """Whether nobody is paid: it answers in this process, or on this machine from a server that users run."""
        if self._own is not None:
            return False
        return self._provider in _FREE or (self._provider in _OWN_SERVERS and is_loopback(self._endpoint))

    def price(self, *, answered_by: str | None = None, input_tokens: int = 0, batch: bool = False) -> TokenPrice | None:
        """The price of a request; None when it is not known.

        Args:
            answered_by: the model that the endpoint said it was; looked up when the one asked for is not listed.
            input_tokens: some prices grow with the length of the request.
            batch: of an answer that came through a batch.
        """
        if self._own is not None:
            return self._own.times(BATCH_FACTOR) if batch else self._own
        if self.free:
            return TokenPrice(0.0, 0.0)
        for model in (self._model, answered_by):
            if model and (listed := self._listed(model)):
                return _read_price(listed, self._now(), input_tokens, batch=batch)
        return None

    def cost(self, usage: Usage | None, *, answered_by: str | None = None, batch: bool = False) -> float | None:
        """USD for one answer; None when the price or the tokens are not known."""
        if self.free:
            return 0.0
        if usage is None:
            return None
        price = self.price(answered_by=answered_by, input_tokens=usage.input_tokens, batch=batch)
        return None if price is None else price.cost(usage)

    @property
    def context_window(self) -> int | None:
        """Tokens that the model can read, as the price list has it; None when it does not say."""
        if self.free or self._own is not None:
            return None
        listed = self._listed(self._model)
        window = listed.context_window if listed else None
        return window if isinstance(window, int) else None

    def __str__(self) -> str:
        """In one line, the price and where it comes from, or that there is none."""
        if self.free:
            return f"{self._backend} costs nothing: it runs on this machine"
        price = self.price()
        if price is None:
            return (
                f"no price is known for {self._backend}: give one in backends.toml, "
                f'[prices."{self._backend}"] input = …, output = … (USD per million tokens)'
            )
        source = "backends.toml" if self._own is not None else f"genai-prices {_list_version()}"
        cached = "" if price.cached_input is None else f", {price.cached_input:g} for cached input"
        return f"{price.input:g} USD per million tokens in, {price.output:g} out{cached} ({source})"

    def _listed(self, model: str) -> Any:
        """The model's entry in the price list; None when it has none."""
        if model not in self._found:
            self._found[model] = self._look_up(model)
        return self._found[model]

    def _look_up(self, model: str) -> Any:
        if is_loopback(self._endpoint):  # whoever answers there, the list does not know it
            return None
        from genai_prices.data_snapshot import get_snapshot

        provider = None if self._endpoint else _LISTED_AS.get(self._provider, self._provider)
        try:
            return get_snapshot().find_provider_model(model, None, provider, self._endpoint or None)[1]
        except LookupError:
            return None


def _read_price(listed: Any, moment: datetime, input_tokens: int, *, batch: bool) -> TokenPrice | None:
    """The price in a list entry; None when it lacks one of the two that every request needs."""
    standard = listed.get_prices(moment)
    prices = listed.get_prices(moment, {"processing": "batch"}) if batch else standard
    read, cached, written = (
        _at(getattr(prices, name), input_tokens) for name in ("input_mtok", "cache_read_mtok", "output_mtok")
    )
    if read is None or written is None:
        return None
    price = TokenPrice(read, written, cached, (_at(prices.requests_kcount, input_tokens) or 0.0) / 1000)
    unlisted = batch and read == _at(standard.input_mtok, input_tokens)
    return price.times(BATCH_FACTOR) if unlisted else price


def _at(price: Any, input_tokens: int) -> float | None:
    """A price of the list for a request of this length: a number, or a base with tiers that hold for all tokens."""
    for tier in reversed(getattr(price, "tiers", ())):
        if input_tokens > tier.start:
            return float(tier.price)
    base = getattr(price, "base", price)
    return None if base is None else float(base)


def _list_version() -> str:
    from genai_prices import __version__

    return __version__
