"""Streamed answers put together: whole ones, errors in the middle, and streams that break off; over real HTTP."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from extractor.backends import open_backend
from extractor.backends.compatible import CompatibleBackend
from extractor.backends.local.streaming import streamed_client
from extractor.errors import BackendError
from extractor.records import Completion
from tests.extractor.backends.conftest import make_request
from tests.loopback.replies import Reply, context_overflow
from tests.loopback.server import LoopbackServer


def events(*values: Any) -> bytes:
    return b"".join(b"data: %s\n\n" % json.dumps(value).encode() for value in values)


def piece(text: str | None, finish: str | None = None) -> dict[str, Any]:
    return {"model": "tiny", "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]}


USAGE = {"choices": [], "usage": {"prompt_tokens": 11, "completion_tokens": 3, "total_tokens": 14}}


def asked(server: LoopbackServer, reply: bytes | Reply) -> Completion:
    server.answer = reply if isinstance(reply, Reply) else Reply(body=reply, content_type="text/event-stream")
    backend = open_backend("openai/m", base_url=server.url, timeout_s=5)
    assert isinstance(backend, CompatibleBackend)
    backend._client = backend._client.with_options(http_client=streamed_client(5, 2))

    async def work() -> Completion:
        try:
            return await backend.complete(make_request())
        finally:
            await backend.aclose()

    return asyncio.run(work())


def test_the_pieces_of_a_stream_are_one_answer(loopback: LoopbackServer) -> None:
    stream = b": ping\n\n" + events(piece(None), piece('{"a":'), piece(" 1}"), piece(None, "stop"), USAGE)
    completion = asked(loopback, stream + b"data: [DONE]\n\n")
    assert (completion.text, completion.finish, completion.model) == ('{"a": 1}', "stop", "tiny")
    assert completion.usage is not None
    assert (completion.usage.input_tokens, completion.usage.output_tokens) == (11, 3)
    [seen] = loopback.requests
    assert (seen.body["stream"], seen.body["stream_options"]) == (True, {"include_usage": True})
    assert int(seen.headers["content-length"]) > len(json.dumps(seen.body["messages"]))


@pytest.mark.parametrize("stream", [b"", events(piece("{"), piece('"a"')), events(piece("{")) + b'data: {"choi'])
def test_a_stream_that_breaks_off_is_a_broken_connection(loopback: LoopbackServer, stream: bytes) -> None:
    with pytest.raises(BackendError, match="broke the connection off before its answer was complete") as caught:
        asked(loopback, stream)
    assert (caught.value.kind, caught.value.retryable, caught.value.maybe_charged) == ("unreachable", True, True)


@pytest.mark.parametrize("name", ["data", "error"])
def test_an_error_in_a_stream_is_what_its_status_says(loopback: LoopbackServer, name: str) -> None:
    error = {"code": 400, "message": "the request exceeds the available context size", "type": "x"}
    value = {"error": error} if name == "data" else error
    with pytest.raises(BackendError) as caught:
        asked(loopback, events(piece("{")) + f"{name}: {json.dumps(value)}\n\n".encode())
    assert (caught.value.kind, caught.value.retryable) == ("context_overflow", False)


def test_an_error_status_is_as_from_any_endpoint(loopback: LoopbackServer) -> None:
    with pytest.raises(BackendError) as caught:
        asked(loopback, context_overflow())
    assert (caught.value.kind, caught.value.status) == ("context_overflow", 400)
