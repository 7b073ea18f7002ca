"""A chat-completions endpoint in a process of its own; every answer takes the same time, and costs it next to nothing.

`python -m benchmarks.peers.endpoint --latency 0.2 ANSWERS.json` prints its base URL and serves until its standard input
closes. ANSWERS.json maps model names to the text that the model of that name always answers. GET /stats says how many
requests came and how many were under way at once.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_MODEL = re.compile(rb'"model" *: *"([^"\\]*)"')


@dataclass(frozen=True)
class Stats:
    requests: int
    most_in_flight: int


class _Counter:
    def __init__(self) -> None:
        self.requests = self.in_flight = self.most_in_flight = 0

    def begin(self) -> None:
        self.requests += 1
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)


class _Connection(asyncio.Protocol):
    """One connection, one request at a time; not a stream, since the endpoint must cost less than who is measured."""

    def __init__(self, answers: dict[bytes, bytes], latency_s: float, counter: _Counter) -> None:
        self._answers = answers
        self._latency_s = latency_s
        self._counter = counter
        self._received = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._received[:end]
        length = _LENGTH.search(head)
        size = end + 4 + (int(length[1]) if length else 0)
        if len(self._received) < size:
            return
        body, self._received = self._received[end + 4 : size], self._received[size:]
        if head.startswith(b"GET"):
            counter = self._counter
            self._send(json.dumps({"requests": counter.requests, "most_in_flight": counter.most_in_flight}).encode())
            return
        model = _MODEL.search(body)
        answer = self._answers[model[1] if model else b""]
        self._counter.begin()
        asyncio.get_running_loop().call_later(self._latency_s, self._answer, answer)

    def _answer(self, body: bytes) -> None:
        self._counter.in_flight -= 1
        self._send(body)

    def _send(self, body: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            self._transport.write(head.encode() + body)


def completion(model: str, text: str) -> bytes:
    """The body of an answer."""
    message = {"role": "assistant", "content": text, "refusal": None}
    usage = {"prompt_tokens": 7000, "completion_tokens": 900, "total_tokens": 7900}
    choice = {"index": 0, "finish_reason": "stop", "logprobs": None, "message": message}
    kind = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": model}
    return json.dumps({**kind, "choices": [choice], "usage": usage}).encode()


@contextmanager
def endpoint(answers: dict[str, str], latency_s: float, folder: Path) -> Iterator[str]:
    """Run an endpoint beside this process; its base URL."""
    path = folder / "answers.json"
    path.write_text(json.dumps(answers), encoding="utf-8")
    command = [sys.executable, "-m", "benchmarks.peers.endpoint", "--latency", str(latency_s), str(path)]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()
            process.wait(timeout=10)


def stats(url: str) -> Stats:
    """What an endpoint has seen."""
    with urllib.request.urlopen(f"{url}/stats", timeout=10) as answer:  # noqa: S310  # our own endpoint
        return Stats(**json.load(answer))


async def _serve(answers: dict[bytes, bytes], latency_s: float) -> None:
    counter = _Counter()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(answers, latency_s, counter), "127.0.0.1", 0, backlog=1024)
    async with server:
        print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
        await loop.run_in_executor(None, sys.stdin.read)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("answers", type=Path, help="JSON file: the text that each model answers")
    parser.add_argument("--latency", type=float, default=0.2, help="seconds for each answer")
    given = parser.parse_args()
    answers = json.loads(given.answers.read_text(encoding="utf-8"))
    encoded = {model.encode(): completion(model, text) for model, text in answers.items()}
    asyncio.run(_serve(encoded, given.latency))


if __name__ == "__main__":
    main()
