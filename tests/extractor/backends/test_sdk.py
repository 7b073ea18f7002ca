"""Anthropic and Gemini through their own SDKs and instructor, over HTTP to a server on 127.0.0.1."""

from __future__ import annotations

import asyncio
import json
import logging
from importlib.util import find_spec
from typing import Any

import pytest

from extractor.backends import Backend, open_backend
from extractor.errors import BackendError, UsageError
from extractor.records import Completion, Request, Usage
from tests.extractor.backends.conftest import ANSWER, KEY, make_request
from tests.loopback import replies
from tests.loopback.server import LoopbackServer

pytest.importorskip("anthropic", reason="the extra 'anthropic' is not installed")
pytest.importorskip("google.genai", reason="the extra 'google' is not installed")
pytest.importorskip("jsonref", reason="the extra 'google' is not installed")

REFS = ["anthropic/claude-any", "google/gemini-any"]
KEYS = {"anthropic/claude-any": "ANTHROPIC_API_KEY", "google/gemini-any": "GOOGLE_API_KEY"}


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in KEYS.values():
        monkeypatch.setenv(name, KEY)


def opened(server: LoopbackServer, ref: str, **options: Any) -> Backend:
    return open_backend(ref, base_url=server.root_url, **options)


def ask(backend: Backend, request: Request | None = None) -> Completion:
    async def run() -> Completion:
        try:
            return await backend.complete(request or make_request())
        finally:
            await backend.aclose()
            await backend.aclose()  # closing twice is in order

    return asyncio.run(run())


def failure(server: LoopbackServer, ref: str, reply: replies.Reply, **options: Any) -> BackendError:
    server.script(reply)
    with pytest.raises(BackendError) as caught:
        ask(opened(server, ref, **options))
    assert server.count == 1, "a backend asks once"
    return caught.value


@pytest.mark.parametrize("ref", REFS)
def test_the_answer_comes_back_as_json_text_with_usage_and_latency(loopback: LoopbackServer, ref: str) -> None:
    loopback.answer = replies.answer(ANSWER, model="any-model-2025")
    completion = ask(opened(loopback, ref))
    assert json.loads(completion.text) == ANSWER
    assert (completion.finish, completion.model, completion.usage) == ("stop", "any-model-2025", Usage(100, 20))
    assert completion.latency_s is not None
    assert completion.latency_s > 0


def test_anthropic_is_held_to_the_schema_by_a_forced_tool(loopback: LoopbackServer) -> None:
    loopback.answer = ANSWER
    ask(opened(loopback, "anthropic/claude-any"))
    seen = loopback.requests[0]
    assert seen.path == "/v1/messages"
    assert (seen.body["model"], seen.body["max_tokens"]) == ("claude-any", 321)
    assert not {"temperature", "seed"} & seen.body.keys(), "the API refuses both"
    assert seen.body["tool_choice"]["name"] == seen.body["tools"][0]["name"] == "diary_Diary"
    assert list(seen.body["tools"][0]["input_schema"]["properties"]) == ["events"]
    assert seen.body["system"][0]["text"] == "Write down the birds."
    assert [message["role"] for message in seen.body["messages"]] == ["user"]
    assert KEY in (seen.headers.get("x-api-key"), seen.headers.get("authorization", "").removeprefix("Bearer "))


def test_gemini_is_held_to_the_schema_by_a_response_schema(loopback: LoopbackServer) -> None:
    loopback.answer = ANSWER
    ask(opened(loopback, "google/gemini-any"), make_request(seed=5))
    seen = loopback.requests[0]
    assert seen.path.endswith("models/gemini-any:generateContent")
    config = seen.body["generationConfig"]
    assert (config["maxOutputTokens"], config["temperature"], config["seed"]) == (321, 0.0, 5)
    assert config["responseMimeType"] == "application/json"
    schema = config["responseSchema"]
    assert schema["properties"]["events"]["items"]["required"] == ["bird", "kind", "count"]
    assert "birds" in json.dumps(seen.body["systemInstruction"])


def test_a_temperature_of_none_is_not_sent(loopback: LoopbackServer) -> None:
    loopback.answer = ANSWER
    ask(opened(loopback, "google/gemini-any"), make_request(temperature=None))
    assert "temperature" not in json.dumps(loopback.requests[0].body)


@pytest.mark.parametrize("ref", REFS)
def test_braces_in_an_article_reach_the_model_as_they_are(loopback: LoopbackServer, ref: str) -> None:
    loopback.answer = ANSWER
    ask(opened(loopback, ref), make_request("He wrote {{ config }} on the wall."))
    assert "He wrote {{ config }} on the wall." in json.dumps(loopback.requests[0].body)


@pytest.mark.parametrize("ref", REFS)
def test_an_answer_of_the_wrong_shape_comes_back_for_the_engine_to_judge(loopback: LoopbackServer, ref: str) -> None:
    loopback.answer = {"events": [{"bird": 7}]}
    assert json.loads(ask(opened(loopback, ref)).text) == {"events": [{"bird": 7}]}


@pytest.mark.parametrize("ref", REFS)
@pytest.mark.parametrize(
    ("reply", "finish"),
    [(replies.truncated('{"events": ['), "length"), (replies.content_filtered("half"), None)],
)
def test_truncated_and_filtered_answers_are_completions_that_say_so(
    loopback: LoopbackServer, ref: str, reply: replies.Reply, finish: str | None
) -> None:
    loopback.answer = reply
    completion = ask(opened(loopback, ref))
    assert completion.finish == (finish or ("refusal" if ref.startswith("anthropic") else "content_filter"))
    assert completion.text == reply.text
    assert completion.usage == Usage(100, 20)


def test_a_refusal_of_anthropic_is_a_completion_with_its_words(loopback: LoopbackServer) -> None:
    loopback.answer = replies.refusal("I would rather not.")
    completion = ask(opened(loopback, "anthropic/claude-any"))
    assert (completion.finish, completion.text) == ("refusal", "I would rather not.")


def test_what_anthropic_reads_from_its_cache_counts_as_input(loopback: LoopbackServer) -> None:
    usage = {"prompt_tokens": 10, "completion_tokens": 3, "cache_read_input_tokens": 90}
    loopback.answer = replies.answer(ANSWER, usage=usage)
    assert ask(opened(loopback, "anthropic/claude-any")).usage == Usage(100, 3, 90)


@pytest.mark.parametrize("ref", REFS)
@pytest.mark.parametrize(
    ("reply", "kind", "retryable", "wait"),
    [
        (replies.rate_limited(3), "rate_limited", True, 3.0),
        (replies.server_error(503), "server_error", True, None),
        (replies.unauthorized(), "rejected", False, None),
        (replies.unknown_model("any"), "rejected", False, None),
        (replies.error(400, "prompt is too long: 250000 tokens > 200000"), "context_overflow", False, None),
        (replies.reset(), "unreachable", True, None),
        (replies.cut_body(ANSWER), "unreachable", True, None),
    ],
)
def test_faults_become_the_same_failures_as_elsewhere(
    loopback: LoopbackServer, ref: str, reply: replies.Reply, kind: str, retryable: bool, wait: float | None
) -> None:
    error = failure(loopback, ref, reply)
    assert (error.kind, error.retryable, error.retry_after) == (kind, retryable, wait)
    assert ref in str(error)
    if reply.status == 401:
        assert f"check {KEYS[ref]}" in str(error)


@pytest.mark.parametrize("ref", REFS)
@pytest.mark.parametrize("reply", [replies.html_page(), replies.not_json()])
def test_a_page_in_place_of_an_answer_is_a_failure_worth_another_try(
    loopback: LoopbackServer, ref: str, reply: replies.Reply
) -> None:
    error = failure(loopback, ref, reply)
    assert error.retryable
    assert error.kind in ("unreachable", "server_error")


@pytest.mark.parametrize("ref", REFS)
def test_an_answer_that_does_not_come_in_time_is_a_timeout(loopback: LoopbackServer, ref: str) -> None:
    error = failure(loopback, ref, replies.slow(ANSWER, 5), timeout_s=0.3)
    assert (error.kind, error.retryable) == ("timeout", True)


@pytest.mark.parametrize("ref", REFS)
def test_nothing_listening_is_unreachable(ref: str) -> None:
    with LoopbackServer() as gone:
        backend = opened(gone, ref)
    with pytest.raises(BackendError) as caught:
        ask(backend)
    assert (caught.value.kind, caught.value.retryable) == ("unreachable", True)


@pytest.mark.parametrize("ref", REFS)
def test_a_key_that_an_endpoint_echoes_shows_up_nowhere(
    loopback: LoopbackServer, ref: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    error = failure(loopback, ref, replies.unauthorized(f"Incorrect API key provided: {KEY}"))
    assert KEY not in str(error) + repr(error) + (error.raw or "")
    assert KEY not in caplog.text
    assert capfd.readouterr().err == ""
    assert error.__suppress_context__


@pytest.mark.parametrize("ref", REFS)
def test_no_key_is_needed_on_this_machine(loopback: LoopbackServer, ref: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEYS[ref])
    loopback.answer = ANSWER
    assert json.loads(ask(opened(loopback, ref)).text) == ANSWER


@pytest.mark.parametrize("ref", REFS)
def test_a_proxy_in_the_environment_does_not_hijack_calls_to_this_machine(
    loopback: LoopbackServer, ref: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    loopback.answer = ANSWER
    assert json.loads(ask(opened(loopback, ref)).text) == ANSWER


@pytest.mark.skipif(find_spec("litellm") is not None, reason="litellm is installed here")
def test_an_sdk_that_is_not_installed_is_told_with_the_command_that_installs_it() -> None:
    with pytest.raises(UsageError, match="litellm/m needs a package that is not installed: pip install litellm"):
        open_backend("litellm/m")
