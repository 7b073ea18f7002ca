"""OpenAI-compatible backends, through the real openai and instructor over HTTP to a server on 127.0.0.1."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest
from pydantic import BaseModel

from extractor.backends import Backend, open_backend
from extractor.errors import BackendError
from extractor.records import Completion, Request, Usage
from tests.extractor.backends.conftest import ANSWER, KEY, make_request
from tests.loopback import replies
from tests.loopback.server import LoopbackServer


def ask(backend: Backend, *requests: Request) -> list[Completion]:
    async def run() -> list[Completion]:
        try:
            return await asyncio.gather(*(backend.complete(request) for request in requests))
        finally:
            await backend.aclose()
            await backend.aclose()  # closing twice is in order

    return asyncio.run(run())


def ask_one(server: LoopbackServer, ref: str = "openai/any-model", **options: Any) -> Completion:
    [completion] = ask(open_backend(ref, base_url=server.url, **options), make_request())
    return completion


def failure(server: LoopbackServer, reply: Any, ref: str = "openai/any-model", **options: Any) -> BackendError:
    server.script(reply)
    with pytest.raises(BackendError) as caught:
        ask_one(server, ref, **options)
    assert server.count == 1, "a backend asks once"
    return caught.value


def test_the_answer_comes_back_as_raw_text_with_usage_model_and_latency(loopback: LoopbackServer) -> None:
    loopback.answer = replies.slow(replies.answer(ANSWER, model="any-model-2025"), 0.05)
    completion = ask_one(loopback)
    assert json.loads(completion.text) == ANSWER
    assert (completion.finish, completion.model, completion.usage) == ("stop", "any-model-2025", Usage(100, 20))
    assert completion.latency_s is not None
    assert 0.05 <= completion.latency_s < 5
    assert not completion.cached


def test_the_request_carries_messages_schema_and_every_parameter(loopback: LoopbackServer) -> None:
    ask(open_backend("openai/any-model", base_url=loopback.url), make_request(seed=7, temperature=0.5))
    body = loopback.requests[0].body
    assert body["model"] == "any-model"
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert body["messages"][1]["content"] == "Two bitterns boomed in the reeds."
    assert (body["max_tokens"], body["temperature"], body["seed"]) == (321, 0.5, 7)
    shown = body["response_format"]
    assert shown["type"] == "json_schema"
    assert (shown["json_schema"]["name"], shown["json_schema"]["strict"]) == ("diary_Diary", True)
    event = shown["json_schema"]["schema"]["$defs"]["Sighting"]
    assert event["required"] == ["bird", "kind", "count"]
    assert event["additionalProperties"] is False


def test_a_model_that_refuses_a_temperature_is_asked_without_one_from_then_on(loopback: LoopbackServer) -> None:
    loopback.script(replies.bad_request("Unsupported value: 'temperature' does not support 0.0 with this model."))
    backend = open_backend("openai/any-model", base_url=loopback.url)

    async def ask_twice() -> None:
        await backend.complete(make_request(temperature=0.0))
        await backend.complete(make_request(temperature=0.0))
        await backend.aclose()

    asyncio.run(ask_twice())
    assert ["temperature" in request.body for request in loopback.requests] == [True, False, False]


def test_a_temperature_of_none_is_not_sent(loopback: LoopbackServer) -> None:
    ask(open_backend("openai/any-model", base_url=loopback.url), make_request(temperature=None))
    assert not {"temperature", "seed"} & loopback.requests[0].body.keys()


@pytest.mark.parametrize("ref", ["ollama/any-model", "vllm/any-model", "lmstudio/any-model", "together/any-model"])
def test_providers_without_a_strict_promise_decode_under_the_schema_never_in_bare_json_mode(
    loopback: LoopbackServer, ref: str
) -> None:
    loopback.answer = ANSWER
    assert json.loads(ask_one(loopback, ref).text) == ANSWER
    shown = loopback.requests[0].body["response_format"]
    assert shown["type"] == "json_schema"
    assert shown["json_schema"]["strict"] is False
    assert "events" in shown["json_schema"]["schema"]["properties"]


@pytest.mark.parametrize("ref", ["groq/any-model", "deepseek/any-model", "cerebras/any-model"])
def test_providers_without_json_schema_answer_through_a_forced_tool_call(loopback: LoopbackServer, ref: str) -> None:
    loopback.answer = ANSWER
    completion = ask_one(loopback, ref)
    assert json.loads(completion.text) == ANSWER
    assert completion.finish == "stop"
    body = loopback.requests[0].body
    assert body["tool_choice"]["function"]["name"] == body["tools"][0]["function"]["name"] == "diary_Diary"
    assert "response_format" not in body


def test_each_provider_gets_its_own_names_for_parameters(loopback: LoopbackServer) -> None:
    for ref in ("mistral/m", "deepseek/m", "cerebras/m"):
        ask(open_backend(ref, base_url=loopback.url), make_request(seed=7))
    mistral, deepseek, cerebras = (seen.body for seen in loopback.requests)
    assert (mistral["random_seed"], "seed" in mistral) == (7, False)
    assert not {"seed", "random_seed"} & deepseek.keys()
    assert (cerebras["max_completion_tokens"], "max_tokens" in cerebras) == (321, False)


def test_a_schema_with_free_form_objects_is_sent_unstrict(loopback: LoopbackServer) -> None:
    class Loose(BaseModel):
        notes: dict[str, str]

    ask(open_backend("openai/m", base_url=loopback.url), make_request(json_schema=Loose.model_json_schema()))
    shown = loopback.requests[0].body["response_format"]["json_schema"]
    assert shown["strict"] is False
    assert shown["schema"]["properties"]["notes"]["additionalProperties"] == {"type": "string"}


def test_a_changed_schema_is_shown_changed(loopback: LoopbackServer) -> None:
    class Other(BaseModel):
        word: str

    backend = open_backend("openai/m", base_url=loopback.url)

    async def run() -> None:
        for request in (make_request(), make_request(json_schema=Other.model_json_schema()), make_request()):
            await backend.complete(request)
        await backend.aclose()

    asyncio.run(run())
    shown = [seen.body["response_format"]["json_schema"]["schema"]["properties"] for seen in loopback.requests]
    assert [list(properties) for properties in shown] == [["events"], ["word"], ["events"]]


def test_braces_in_an_article_reach_the_model_as_they_are(loopback: LoopbackServer) -> None:
    text = "He wrote {{ config }} and {% raw %} on the wall."
    ask(open_backend("openai/m", base_url=loopback.url), make_request(text))
    assert loopback.requests[0].body["messages"][1]["content"] == text


@pytest.mark.parametrize(
    ("reply", "finish"),
    [
        (replies.refusal("No."), "refusal"),
        (replies.content_filtered("half"), "content_filter"),
        (replies.truncated('{"events": ['), "length"),
    ],
)
def test_refused_filtered_and_truncated_answers_are_completions_that_say_so(
    loopback: LoopbackServer, reply: replies.Reply, finish: str
) -> None:
    loopback.answer = reply
    completion = ask_one(loopback)
    assert completion.finish == finish
    assert completion.text == (reply.refusal or reply.text)
    assert completion.usage == Usage(100, 20)


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (None, None),
        ({"prompt_tokens": -5, "completion_tokens": 3}, None),
        ({"prompt_tokens": 5, "completion_tokens": 3.5}, None),
        ({"prompt_tokens": 10**12, "completion_tokens": 3}, None),
        ({"prompt_tokens": True, "completion_tokens": 3}, None),
        ({"prompt_tokens": 5, "completion_tokens": 0}, Usage(5, 0)),
        (
            {"prompt_tokens": 5, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 4}},
            Usage(5, 3, 4),
        ),
        ({"prompt_tokens": 5, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 9}}, Usage(5, 3, 5)),
        ({"prompt_tokens": 5, "completion_tokens": 3, "prompt_tokens_details": None}, Usage(5, 3)),
    ],
)
def test_usage_is_what_the_endpoint_reports_and_none_when_that_is_absurd(
    loopback: LoopbackServer, usage: dict[str, Any] | None, expected: Usage | None
) -> None:
    loopback.answer = replies.answer(ANSWER, usage=usage)
    assert ask_one(loopback).usage == expected


def test_a_null_answer_is_an_empty_text_not_an_error(loopback: LoopbackServer) -> None:
    loopback.answer = replies.answer("", text=None)
    completion = ask_one(loopback)
    assert (completion.text, completion.finish, completion.usage) == ("", "stop", Usage(100, 20))


@pytest.mark.parametrize("text", ["Sure!\n```json\n{}\n```", '{"events": [', "[]", "\U0001f600 \u0000"])
def test_invalid_output_comes_back_untouched(loopback: LoopbackServer, text: str) -> None:
    loopback.answer = text
    assert ask_one(loopback).text == text


def test_half_a_surrogate_pair_becomes_a_replacement_character(loopback: LoopbackServer) -> None:
    loopback.answer = replies.Reply(text="broken \ud83d escape")
    assert ask_one(loopback).text == "broken \ufffd escape"


@pytest.mark.parametrize(
    ("reply", "kind", "retryable", "says"),
    [
        (replies.rate_limited(), "rate_limited", True, "429"),
        (replies.server_error(500), "server_error", True, "500"),
        (replies.server_error(503), "server_error", True, "503"),
        (replies.server_error(529), "server_error", True, "529"),
        (replies.error(408, "Request timeout"), "timeout", True, "408"),
        (replies.error(409, "Conflict"), "server_error", True, "409"),
        (replies.error(501, "Not implemented"), "rejected", False, "501"),
        (replies.unauthorized(), "rejected", False, "check OPENAI_API_KEY"),
        (replies.error(403, "Country not supported"), "rejected", False, "Country not supported"),
        (replies.unknown_model("any-model"), "rejected", False, "does not know the model 'any-model'"),
        (replies.Reply(status=404, body=b"404 page not found"), "rejected", False, "usually ends in /v1"),
        (replies.context_overflow(), "context_overflow", False, "context window"),
        (replies.error(400, "the request exceeds the available context size (4096 tokens)"), "context_overflow", False,
         "context window"),
        (replies.bad_request("Invalid schema"), "rejected", False, "Invalid schema"),
        (replies.error(400, "The response was filtered", code="content_filter"), "content_filter", False, "filtered"),
        (replies.error(429, "You exceeded your current quota", code="insufficient_quota"), "rejected", False, "quota"),
        (replies.html_page(), "unreachable", True, "web page (text/html"),
        (replies.html_page(502), "server_error", True, "502"),
        (replies.not_json(), "server_error", True, "no usable answer"),
        (replies.Reply(body=b"[1, 2]"), "server_error", True, "no usable answer"),
        (replies.Reply(body=b'{"error": {"code": 429, "message": "slow down"}}'), "rate_limited", True, "slow down"),
        (replies.empty_choices(), "server_error", True, "no choice"),
        (replies.answer("", finish="error"), "server_error", True, "stopped with an error"),
        (replies.cut_body(ANSWER), "unreachable", True, "broke the connection off"),
        (replies.reset(), "unreachable", True, "broke the connection off"),
    ],
)  # fmt: skip
def test_faults_become_failures_that_say_what_to_do(
    loopback: LoopbackServer, reply: replies.Reply, kind: str, retryable: bool, says: str
) -> None:
    error = failure(loopback, reply)
    assert (error.kind, error.retryable) == (kind, retryable)
    assert says in str(error)
    assert "openai/any-model" in str(error)
    assert "\n" not in str(error)


def test_a_model_that_ollama_lacks_is_told_with_the_command_that_gets_it(loopback: LoopbackServer) -> None:
    error = failure(loopback, replies.unknown_model("tiny:1b"), "ollama/tiny:1b")
    assert "ollama pull tiny:1b" in str(error)


@pytest.mark.parametrize(
    ("reply", "seconds"),
    [
        (replies.rate_limited(2.5), 2.5),
        (replies.rate_limited(milliseconds=1500), 1.5),
        (replies.rate_limited(30, milliseconds=20), 0.02),
        (replies.rate_limited(-3), 0.0),
        (replies.rate_limited("soon"), None),
        (replies.rate_limited("inf"), None),
        (replies.rate_limited(), None),
        (replies.error(503, "busy", headers={"Retry-After": "7"}), 7.0),
        (
            replies.error(
                429,
                "busy",
                headers={"Date": "Mon, 03 Mar 2025 10:00:00 GMT", "Retry-After": "Mon, 03 Mar 2025 10:01:30 GMT"},
            ),
            90.0,
        ),
        (replies.rate_limited("Mon, 03 Mar 2008 10:00:00 GMT"), 0.0),
    ],
)
def test_the_wait_that_an_endpoint_asks_for_is_read(
    loopback: LoopbackServer, reply: replies.Reply, seconds: float | None
) -> None:
    assert failure(loopback, reply).retry_after == seconds


def test_an_answer_that_does_not_come_in_time_is_a_timeout(loopback: LoopbackServer) -> None:
    error = failure(loopback, replies.slow(ANSWER, 5), timeout_s=0.2)
    assert (error.kind, error.retryable) == ("timeout", True)
    assert "0.2 s" in str(error)


def test_nothing_listening_is_unreachable_and_retryable() -> None:
    with LoopbackServer() as gone:
        url = gone.url
    with pytest.raises(BackendError, match="is the server running") as caught:
        ask(open_backend("vllm/m", base_url=url), make_request())
    assert (caught.value.kind, caught.value.retryable) == ("unreachable", True)


def test_the_key_from_the_environment_is_sent_and_none_is_needed_on_this_machine(
    loopback: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_one(loopback)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    ask_one(loopback)
    monkeypatch.setenv("MY_KEY", "other-key-987654")
    ask_one(loopback, api_key_env="MY_KEY")
    sent = [seen.headers["authorization"] for seen in loopback.requests]
    assert sent == ["Bearer none", f"Bearer {KEY}", "Bearer other-key-987654"]


def test_an_organization_in_the_environment_is_not_told_to_other_endpoints(
    loopback: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-1")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-1")
    ask_one(loopback)
    assert not {"openai-organization", "openai-project"} & loopback.requests[0].headers.keys()


def test_a_key_that_an_endpoint_echoes_shows_up_nowhere(
    loopback: LoopbackServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    backend = open_backend("openai/any-model", base_url=loopback.url)
    loopback.script(replies.unauthorized(f"Incorrect API key provided: {KEY}"))
    with pytest.raises(BackendError) as caught:
        ask(backend, make_request())
    error = caught.value
    shown = " ".join([str(error), repr(error), error.raw or "", repr(backend), repr(vars(backend)), backend.endpoint])
    assert KEY not in shown
    assert KEY not in caplog.text
    assert error.__cause__ is None
    assert error.__suppress_context__, "a traceback would quote the client's own error"
    assert "[secret]" in (error.raw or "")


def test_passwords_and_tokens_in_a_base_url_stay_out_of_the_endpoint(loopback: LoopbackServer) -> None:
    backend = open_backend("openai/m", base_url=f"http://ann:hunter2@127.0.0.1:{loopback.port}/v1?token=s3cr3t-t0ken")
    assert backend.endpoint == loopback.url
    loopback.answer = replies.bad_request("no hunter2 and no s3cr3t-t0ken here")
    with pytest.raises(BackendError, match=r"no \[secret\] and no \[secret\] here"):
        ask(backend, make_request())


def test_a_proxy_in_the_environment_does_not_hijack_calls_to_this_machine(
    loopback: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    loopback.answer = ANSWER
    assert json.loads(ask_one(loopback).text) == ANSWER


def test_many_requests_share_few_connections(loopback: LoopbackServer) -> None:
    loopback.latency_s = 0.02
    backend = open_backend("vllm/m", base_url=loopback.url, max_connections=8)
    completions = ask(backend, *(make_request(f"walk {number}") for number in range(64)))
    assert len(completions) == loopback.count == 64
    assert loopback.max_in_flight <= 8
    assert loopback.connections <= 8


def test_capabilities_tell_strict_from_schema_and_here_from_elsewhere(
    loopback: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    hosted = open_backend("openai/gpt-x")
    here = open_backend("ollama/m", base_url=loopback.url)
    assert (hosted.capabilities.structured_output, hosted.capabilities.hosted) == ("strict_schema", True)
    assert (here.capabilities.structured_output, here.capabilities.hosted) == ("json_schema", False)
    assert hosted.endpoint == "https://api.openai.com/v1"
    assert isinstance(hosted, Backend)
