"""A model endpoint on 127.0.0.1: real HTTP with keep-alive, many connections at once, answers as the test wants them.

    with LoopbackServer(lambda body: {"events": []}) as server:
        backend = open_backend("openai/any-model", base_url=server.url)

- `server.url` is the OpenAI-style base URL (`http://127.0.0.1:PORT/v1`), `server.root_url` the same without `/v1`.
- What it answers: `server.answer` is a value, or a callable from the request's JSON body to one. A `Reply` is sent as
  it is; a string is the answer's text; any other JSON value is the answer's JSON. `server.latency_s` is waited first.
- Faults: `server.script(rate_limited(0.1), server_error(), {"events": []})` queues replies that are used once each,
  in order of arrival, before `answer` is asked again. `tests.loopback.replies` has them all: rate_limited,
  server_error, unauthorized, unknown_model, context_overflow, bad_request, refusal, content_filtered, truncated,
  cut_body, reset, reset_in_body, dripping, sent_twice, slow, html_page, not_json, empty_choices, without_usage,
  prose_around, cut_json, error, answer.
- A callable may return faults, too, so an article can get its own: `lambda body: reset() if "X" in last_user(body) …`.
- `server.api_key`: when set, requests with another key get 401.
- Seen: `server.requests` (`Seen`: path, lower-cased headers, body), `server.count`, `server.in_flight`,
  `server.max_in_flight`, `server.connections`; `server.clear()` forgets them and the script.
- Other pages: `server.pages["/tokenize"] = {"tokens": []}`, a value or a callable from the JSON body (None for GET) to
  one or to a `Reply`; what was asked of them is in `server.page_requests`, and not among `server.requests`.
- Routes: POST …/chat/completions, …/messages (Anthropic), …:generateContent (Gemini); GET …/models; files and batches
  as OpenAI has them (`server.batches`, see `tests.loopback.batches`; `server.uploads` counts their POSTs).

From the command line, for benchmarks and kill tests that want it in a process of its own (prints its URL, serves until
its standard input closes): `python -m tests.loopback.server --latency 0.05 --answer '{"events": []}'`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import struct
import sys
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

from tests.loopback import protocols
from tests.loopback.batches import BatchDesk
from tests.loopback.replies import Reply, as_reply, error, unauthorized

_NOT_HERE = ("/tokenize", "/apply-template")
"""Pages that some servers have; here only when a test puts them into `pages`."""

_DRIP_S = 0.02
"""Between two bytes of a body that drips."""

Answer = Callable[[dict[str, Any]], Any] | Reply | str | dict[str, Any] | list[Any]


@dataclass(frozen=True)
class Seen:
    """One POST as it arrived."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


def last_user(body: dict[str, Any]) -> str:
    """The text of the last user message of a chat-completions or Anthropic request."""
    content = next(message["content"] for message in reversed(body["messages"]) if message["role"] == "user")
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


class LoopbackServer:
    """See the module. Runs its event loop in a thread of its own, so that sync and async tests can use it."""

    def __init__(
        self,
        answer: Answer = '{"events": []}',
        *,
        latency_s: float = 0.0,
        api_key: str | None = None,
        port: int = 0,
    ) -> None:
        self.answer = answer
        self.latency_s = latency_s
        self.api_key = api_key
        self.models: tuple[str, ...] = ("loopback-model",)
        self.requests: list[Seen] = []
        self.pages: dict[str, Any] = {}
        self.page_requests: list[Seen] = []
        self.in_flight = 0
        self.max_in_flight = 0
        self.connections = 0
        self.port = port
        self.batches = BatchDesk(self._said)
        self.uploads = 0
        self._script: deque[Any] = deque()
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="loopback-server", daemon=True)

    @property
    def root_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.root_url}/v1"

    @property
    def count(self) -> int:
        return len(self.requests)

    def script(self, *replies: Any) -> None:
        """Queue replies, each used once, before `answer` is asked again."""
        self._script.extend(replies)

    def clear(self) -> None:
        """Forget what was seen and what was queued."""
        self._script.clear()
        self.requests.clear()
        self.max_in_flight = self.in_flight
        self.connections = 0

    def start(self) -> Self:
        self._thread.start()
        self._ready.wait(timeout=10)
        return self

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(timeout=10)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", self.port, backlog=1024))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for writer in self._writers:
            writer.transport.abort()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        is_open = True
        try:
            # the client went away, or the server stops: both are in order, and tests do it on purpose
            with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
                while is_open:
                    is_open = await self._serve_one(reader, writer)
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; whether the connection stays open."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        request_line, *lines = head.rstrip("\r\n").split("\r\n")
        method, target, _ = request_line.split(" ")
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        raw = await reader.readexactly(int(headers.get("content-length", "0")))
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)
        try:
            return await self._answer(writer, method, target.partition("?")[0], headers, raw)
        finally:
            self.in_flight -= 1

    async def _answer(
        self, writer: asyncio.StreamWriter, method: str, path: str, headers: dict[str, str], raw: bytes
    ) -> bool:
        if self.batches.handles(path):
            reply = unauthorized() if self._is_stranger(headers) else self.batches.answer(method, path, headers, raw)
            self.uploads += method == "POST"
            return await _send(writer, reply, reply.body or b"")
        if path in self.pages:
            return await self._page(writer, path, headers, json.loads(raw) if raw else None)
        if path.endswith(_NOT_HERE):
            return await _send(writer, Reply(status=404), b'{"error": {"message": "no such page"}}')
        if method == "GET":
            found = path.endswith("/models")
            body = protocols.models(self.models) if found else b'{"error": {"message": "no such page"}}'
            return await _send(writer, Reply(status=200 if found else 404), body)
        request = json.loads(raw)
        self.requests.append(Seen(path, headers, request))
        number = len(self.requests)
        reply = self._reply(request, headers)
        if delay := self.latency_s + reply.delay_s:
            await asyncio.sleep(delay)
        if reply.cut == "reset":
            _reset(writer)
            return False
        return await _send(writer, reply, protocols.encode(path, request, reply, number))

    async def _page(self, writer: asyncio.StreamWriter, path: str, headers: dict[str, str], body: Any) -> bool:
        self.page_requests.append(Seen(path, headers, body or {}))
        page = self.pages[path]
        value = page(body) if callable(page) else page
        reply = value if isinstance(value, Reply) else Reply(body=json.dumps(value).encode())
        return await _send(writer, reply, reply.body or b"")

    def _reply(self, request: dict[str, Any], headers: dict[str, str]) -> Reply:
        if self._is_stranger(headers):
            return unauthorized()
        return self._said(request)

    def _is_stranger(self, headers: dict[str, str]) -> bool:
        return self.api_key is not None and self.api_key not in _keys(headers)

    def _said(self, request: dict[str, Any]) -> Reply:
        if self._script:
            return as_reply(self._script.popleft())
        try:
            return as_reply(self.answer(request) if callable(self.answer) else self.answer)
        except Exception as failure:  # a bug in the test's callable must show, not hang the client
            return error(418, f"the test's answer raised {failure!r}")


def _keys(headers: dict[str, str]) -> tuple[str, ...]:
    bearer = headers.get("authorization", "").removeprefix("Bearer ")
    return bearer, headers.get("x-api-key", ""), headers.get("x-goog-api-key", ""), headers.get("api-key", "")


async def _send(writer: asyncio.StreamWriter, reply: Reply, body: bytes) -> bool:
    try:
        phrase = HTTPStatus(reply.status).phrase
    except ValueError:  # 529 and other inventions of providers
        phrase = "Error"
    lines = [
        f"HTTP/1.1 {reply.status} {phrase}",
        f"Content-Type: {reply.content_type}",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in reply.headers.items()),
    ]
    head = "\r\n".join([*lines, "", ""]).encode("latin-1")
    match reply.cut:
        case "body" | "body_reset":
            writer.write(head + body[: len(body) // 2])
        case "drip":
            await _drip(writer, head, body)
        case "twice":
            writer.write((head + body) * 2)
        case _:
            writer.write(head + body)
    await writer.drain()
    if reply.cut == "body_reset":
        await asyncio.sleep(0.05)  # so that the first half is read before the reset
        _reset(writer)
    return reply.cut in ("none", "twice")


async def _drip(writer: asyncio.StreamWriter, head: bytes, body: bytes) -> None:
    writer.write(head)
    for index in range(len(body)):
        writer.write(body[index : index + 1])
        await writer.drain()
        await asyncio.sleep(_DRIP_S)


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST: lingering for zero seconds throws away what was not sent."""
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def main() -> None:
    """Serve until standard input closes; see the module."""
    parser = argparse.ArgumentParser(description="A model endpoint on 127.0.0.1 that always says the same.")
    parser.add_argument("--answer", default='{"events": []}', help="the text of every answer")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    options = parser.parse_args()
    with LoopbackServer(options.answer, latency_s=options.latency) as server:
        sys.stdout.write(f"{server.url}\n")
        sys.stdout.flush()
        sys.stdin.read()
        sys.stdout.write(json.dumps({"requests": server.count, "max_in_flight": server.max_in_flight}) + "\n")


if __name__ == "__main__":
    main()
