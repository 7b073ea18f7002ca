"""What one tiny request shows of a backend, over real HTTP."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from extractor.backends import Backend, open_backend
from extractor.backends.base import Terms
from extractor.backends.doctor import Finding, examine
from extractor.backends.prices import TokenPrice
from tests.loopback import replies
from tests.loopback.server import LoopbackServer


def examined(backend: Backend) -> dict[str, Finding]:
    async def work() -> list[Finding]:
        try:
            return await examine(backend)
        finally:
            await backend.aclose()

    return {finding.name: finding for finding in asyncio.run(work())}


def held_to_the_schema(body: dict[str, Any]) -> Any:
    """What a grammar would let through: the first value of each enumeration."""
    schema = body["response_format"]["json_schema"]["schema"]
    return {name: field["enum"][0] for name, field in schema["properties"].items()}


def findings(server: LoopbackServer, ref: str = "openai/loopback-model") -> dict[str, Finding]:
    return examined(open_backend(ref, base_url=server.url, timeout_s=2))


def test_an_enforced_schema_shows_against_the_instructions(loopback: LoopbackServer) -> None:
    loopback.answer, loopback.latency_s = held_to_the_schema, 0.1
    found = findings(loopback)
    assert found["schema"].good is True
    assert "enforced (strict_schema)" in found["schema"].said
    assert (found["reachable"].good, found["usage"].good) == (True, True)
    assert "100 tokens in, 20 out" in found["usage"].said
    speed = int(found["speed"].said.split()[0])
    assert 60 < speed <= 200, "20 tokens in a little more than 0.1 s"
    assert "on this machine" in found["address"].said
    assert loopback.count == 1


@pytest.mark.parametrize(
    ("answer", "said"),
    [("banana", "no JSON"), ('{"word": "banana"}', "JSON of another form"), ("[]", "no JSON")],
)
def test_a_schema_that_is_only_hoped_for_shows_too(loopback: LoopbackServer, answer: str, said: str) -> None:
    loopback.answer = answer
    schema = findings(loopback)["schema"]
    assert schema.good is False
    assert "only hoped for" in schema.said
    assert said in schema.said


def test_a_truncated_answer_shows_nothing_of_the_schema(loopback: LoopbackServer) -> None:
    loopback.answer = replies.truncated()
    assert findings(loopback)["schema"].good is None


def test_a_wrong_key_is_told_from_a_wrong_model(loopback: LoopbackServer) -> None:
    loopback.answer = replies.unauthorized()
    found = findings(loopback)
    assert (found["reachable"].good, found["key"].good) == (True, False)
    assert "refused the key (401)" in found["key"].said
    loopback.answer = replies.unknown_model("loopback-model")
    found = findings(loopback)
    assert found["answer"].good is False
    assert "does not know the model" in found["answer"].said
    assert "key" not in found


def test_nobody_there_is_all_there_is_to_say() -> None:
    with LoopbackServer() as gone:
        backend = open_backend("ollama/some-model", base_url=gone.url, timeout_s=2)
    found = examined(backend)
    assert list(found) == ["address", "reachable", "price"]
    assert found["reachable"].good is False


def test_usage_that_is_not_reported_is_a_fault(loopback: LoopbackServer) -> None:
    loopback.answer = replies.without_usage("banana")
    found = findings(loopback)
    assert found["usage"].good is False
    assert found["speed"].said == "not known"


@pytest.mark.parametrize(
    "pages",
    [
        {"/v1/models": {"data": [{"id": "loopback-model", "max_model_len": 8192}]}},  # vLLM
        {"/props": {"default_generation_settings": {"n_ctx": 8192}}},  # llama.cpp
    ],
)
def test_the_context_window_is_what_the_server_says(loopback: LoopbackServer, pages: dict[str, Any]) -> None:
    loopback.pages.update(pages)
    assert "8192 tokens" in findings(loopback)["context window"].said


@pytest.mark.parametrize("page", [[], {"data": 3}, {"data": [None, {"id": "loopback-model", "max_model_len": "big"}]}])
def test_a_server_that_tells_nonsense_of_itself_tells_nothing(loopback: LoopbackServer, page: Any) -> None:
    loopback.pages.update({"/v1/models": page, "/props": {"default_generation_settings": 5}})
    assert "not known" in findings(loopback)["context window"].said


def test_the_price_is_told_or_said_to_be_unknown(loopback: LoopbackServer) -> None:
    assert findings(loopback)["price"].good is False
    backend = open_backend("openai/loopback-model", base_url=loopback.url)
    backend.capabilities = replace(backend.capabilities, terms=Terms(price=TokenPrice(1, 2)), context_window=77)
    found = examined(backend)
    assert found["price"].said == "1 USD per million tokens in, 2 out (backends.toml)"
    assert found["context window"].said == "77 tokens"
    assert "costs nothing" in findings(loopback, "ollama/m")["price"].said


def test_anthropic_answers_through_its_tool(loopback: LoopbackServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-loopback-0123456789")
    loopback.answer = lambda body: json.dumps(
        {name: field["enum"][0] for name, field in body["tools"][0]["input_schema"]["properties"].items()}
    )
    found = examined(open_backend("anthropic/claude-haiku-4-5", base_url=loopback.root_url))
    assert "enforced (tools)" in found["schema"].said


def test_rules_need_no_request() -> None:
    found = examined(open_backend("rules/baseline"))
    assert found["address"].said == "in this process, on this machine"
    assert found["price"].good is True
