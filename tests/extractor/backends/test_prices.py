"""Prices: the list that comes with genai-prices, one's own, what is free and what is not known."""

from __future__ import annotations

import socket
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.backends.prices import Pricing, TokenPrice
from extractor.records import Usage

OPENAI = "https://api.openai.com/v1"
TOKENS = st.integers(0, 10**7)


@pytest.fixture
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("prices must not be fetched")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.mark.usefixtures("_no_network")
def test_a_listed_model_has_its_price_without_any_network() -> None:
    pricing = Pricing("openai/gpt-4o-mini", OPENAI)
    assert pricing.price() == TokenPrice(0.15, 0.6, 0.075)
    assert pricing.cost(Usage(1_000_000, 100_000)) == pytest.approx(0.15 + 0.06)
    assert "genai-prices" in str(pricing)
    assert pricing.context_window == 128_000


def test_cached_tokens_cost_what_the_list_says_of_them() -> None:
    pricing = Pricing("openai/gpt-4o-mini", OPENAI)
    assert pricing.cost(Usage(1_000_000, 0, cached_tokens=400_000)) == pytest.approx(0.6 * 0.15 + 0.4 * 0.075)


@pytest.mark.parametrize(
    ("backend", "endpoint"),
    [
        ("openai/gpt-5-mini", OPENAI),  # listed
        ("deepseek/deepseek-chat", "https://api.deepseek.com"),  # not listed: by the usual half
    ],
)
def test_a_batch_costs_half(backend: str, endpoint: str) -> None:
    pricing = Pricing(backend, endpoint)
    online = pricing.cost(Usage(1000, 1000, 500))
    assert online is not None
    assert pricing.cost(Usage(1000, 1000, 500), batch=True) == pytest.approx(online / 2)
    own = Pricing("openai/x", "https://elsewhere.example/v1", TokenPrice(1, 2))
    assert own.price(batch=True) == TokenPrice(0.5, 1.0)


def test_a_dated_model_name_has_the_price_of_its_family() -> None:
    assert Pricing("openai/gpt-4o-mini-2024-07-18", OPENAI).price() == Pricing("openai/gpt-4o-mini", OPENAI).price()


def test_long_requests_cost_what_their_tier_says() -> None:
    pricing = Pricing("google/gemini-2.5-pro", "")
    short, long = pricing.price(input_tokens=200_000), pricing.price(input_tokens=200_001)
    assert (short, long) == (TokenPrice(1.25, 10, 0.125), TokenPrice(2.5, 15, 0.25))


def test_the_model_that_answered_is_looked_up_when_the_one_asked_for_is_a_deployment() -> None:
    pricing = Pricing("azure_openai/my-deployment", "https://my-company.openai.azure.com/openai/v1")
    assert not pricing.known
    assert pricing.cost(Usage(1_000_000, 0), answered_by="gpt-4o-mini-2024-07-18") == pytest.approx(0.15, rel=0.2)


@pytest.mark.parametrize(
    ("backend", "endpoint"),
    [
        ("openai/gpt-4o-mini", "http://127.0.0.1:9000/v1"),  # a proxy, perhaps
        ("openai/gpt-4o-mini", "https://llm.example.org/v1"),
        ("openai/no-such-model", OPENAI),
        ("ollama/llama3.1", "https://gpu.example.org/v1"),
        ("acme/model", ""),
    ],
)
def test_where_the_list_cannot_know_there_is_no_price_and_it_says_so(backend: str, endpoint: str) -> None:
    pricing = Pricing(backend, endpoint)
    assert (pricing.known, pricing.cost(Usage(1000, 1000))) == (False, None)
    assert f"no price is known for {backend}" in str(pricing)
    assert "backends.toml" in str(pricing)


@pytest.mark.parametrize(
    ("backend", "endpoint"),
    [("rules/baseline", ""), ("local/model.gguf", "local"), ("ollama/llama3.1", "http://localhost:11434/v1")],
)
def test_what_runs_on_this_machine_costs_nothing(backend: str, endpoint: str) -> None:
    pricing = Pricing(backend, endpoint)
    assert (pricing.free, pricing.cost(None), pricing.cost(Usage(5, 5))) == (True, 0.0, 0.0)


def test_without_tokens_there_is_no_cost() -> None:
    assert Pricing("openai/gpt-4o-mini", OPENAI).cost(None) is None


def test_an_own_price_beats_the_list() -> None:
    pricing = Pricing("openai/gpt-4o-mini", OPENAI, TokenPrice(3, 4, request=0.01))
    assert pricing.cost(Usage(1_000_000, 1_000_000, 1_000_000)) == pytest.approx(7.01)
    assert "backends.toml" in str(pricing)


def test_prices_that_change_with_the_hour_are_those_of_the_hour() -> None:
    def at(hour: int) -> TokenPrice | None:
        now = datetime(2026, 11, 1, hour, tzinfo=UTC)
        return Pricing("deepseek/deepseek-chat", "https://api.deepseek.com", now=lambda: now).price()

    day, night = at(12), at(20)
    assert day is not None
    assert night is not None
    assert night.input < day.input


@given(TOKENS, TOKENS, TOKENS, st.floats(0, 100), st.floats(0, 100), st.floats(0, 1))
def test_cached_input_never_makes_an_answer_dearer(
    read: int, written: int, cached: int, price: float, out: float, share: float
) -> None:
    tokens = TokenPrice(price, out, price * share)
    usage = Usage(read, written, min(cached, read))
    assert 0 <= tokens.cost(usage) <= tokens.cost(Usage(read, written)) * (1 + 1e-9) + 1e-12
