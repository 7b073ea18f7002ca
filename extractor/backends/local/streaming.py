"""Whole answers over streamed ones: llama.cpp goes on computing for a request that was given up, unless its answer is
streamed. So ours are, and are put together here, below the client; errors take the way that they take for every other
endpoint. Imported only by what is about to connect.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import httpx2

_ANSWERS = "/chat/completions"


class StreamedAnswers(httpx2.AsyncBaseTransport):
    """Asks for chat completions as event streams, and hands them on as if they had come whole.

    Args:
        below: what sends.
    """

    def __init__(self, below: httpx2.AsyncBaseTransport) -> None:
        self._below = below

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request.

        Raises:
            httpx2.TransportError: as from below, and when a stream ends before the answer does.
        """
        request.headers["Connection"] = "close"  # it drops idle ones just when they are used again
        if not request.url.path.endswith(_ANSWERS):
            return await self._below.handle_async_request(request)
        response = await self._below.handle_async_request(_streaming(request, await request.aread()))
        if response.status_code != HTTPStatus.OK:
            return response
        try:
            content = await response.aread()
        finally:
            await response.aclose()
        return _whole(request, content)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._below.aclose()


def streamed_client(timeout_s: float, max_connections: int) -> httpx2.AsyncClient:
    """A client for a server in this process: past any proxy, and nothing that it says leads elsewhere."""
    limits = httpx2.Limits(max_connections=max_connections)
    transport = StreamedAnswers(httpx2.AsyncHTTPTransport(limits=limits, trust_env=False))
    return httpx2.AsyncClient(transport=transport, timeout=timeout_s, trust_env=False, follow_redirects=False)


def _streaming(request: httpx2.Request, content: bytes) -> httpx2.Request:
    """The same request, for a stream."""
    body = {**json.loads(content), "stream": True, "stream_options": {"include_usage": True}}
    headers = [(name, value) for name, value in request.headers.multi_items() if name != "content-length"]
    return httpx2.Request(request.method, request.url, headers=headers, json=body, extensions=request.extensions)


def _whole(request: httpx2.Request, content: bytes) -> httpx2.Response:
    """A chat-completions answer, or an error with its status, from the events of a stream."""
    text: list[str] = []
    answer: dict[str, Any] = {}
    finish = None
    for event in _events(content):
        if "error" in event:
            error = event["error"] if isinstance(event["error"], dict) else {}
            return httpx2.Response(int(error.get("code") or HTTPStatus.INTERNAL_SERVER_ERROR), json=event)
        answer = {**answer, **{name: event[name] for name in ("model", "usage") if event.get(name)}}
        for choice in event.get("choices") or ():
            text.append((choice.get("delta") or {}).get("content") or "")
            finish = choice.get("finish_reason") or finish
    if finish is None:
        raise httpx2.RemoteProtocolError("the stream ended before the answer did", request=request)
    message = {"role": "assistant", "content": "".join(text)}
    choice = {"index": 0, "message": message, "finish_reason": finish}
    return httpx2.Response(HTTPStatus.OK, json={**answer, "choices": [choice]})


def _events(content: bytes) -> Iterator[dict[str, Any]]:
    """The JSON objects of a stream of server-sent events; pings and broken ends are left out."""
    for line in content.split(b"\n"):
        name, _, data = line.partition(b":")
        if name in (b"data", b"error"):
            try:
                value = json.loads(data)
            except ValueError:
                continue
            if isinstance(value, dict):
                yield value if name == b"data" or "error" in value else {"error": value}
