"""Connections of their own for requests: used again while they hold, given back whatever happens, left to proxies."""

from __future__ import annotations

import asyncio
import gzip

import httpx2
import pytest

from extractor.backends.connections import connections
from tests.loopback import replies
from tests.loopback.server import LoopbackServer

BODY = {"model": "m", "messages": [{"role": "user", "content": "x"}]}
LIMITS = httpx2.Limits(max_connections=2)


def client() -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=connections(LIMITS, trust_env=False), timeout=5)


async def ask(through: httpx2.AsyncClient, server: LoopbackServer) -> int:
    return (await through.post(f"{server.url}/chat/completions", json=BODY)).status_code


def test_a_connection_is_used_again_and_no_more_are_opened_than_allowed(loopback: LoopbackServer) -> None:
    async def run() -> None:
        async with client() as through:
            assert [await ask(through, loopback) for _ in range(5)] == [200] * 5
            assert loopback.connections == 1
            loopback.latency_s = 0.02
            assert await asyncio.gather(*(ask(through, loopback) for _ in range(20))) == [200] * 20

    asyncio.run(run())
    assert (loopback.connections, loopback.max_in_flight) == (2, 2)


def test_a_connection_that_the_server_closed_meanwhile_costs_no_request() -> None:
    async def run() -> None:
        async with client() as through:
            with LoopbackServer() as first:
                assert await ask(through, first) == 200
            with LoopbackServer(port=first.port) as second:
                assert await ask(through, second) == 200
                assert second.count == 1

    asyncio.run(run())


def test_cancelled_refused_and_broken_requests_give_their_place_back(loopback: LoopbackServer) -> None:
    loopback.script(*[replies.slow({}, 5)] * 2, *[replies.reset()] * 2, *[replies.cut_body({})] * 2)

    async def run() -> None:
        async with client() as through:
            for _ in range(2):
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(ask(through, loopback), 0.1)
            for _ in range(4):
                with pytest.raises((httpx2.ReadError, httpx2.RemoteProtocolError)):
                    await ask(through, loopback)
            for _ in range(3):
                with pytest.raises(httpx2.ConnectError):
                    await through.get("http://127.0.0.1:9/")
            assert await asyncio.wait_for(ask(through, loopback), 5) == 200

    asyncio.run(run())


def test_a_compressed_answer_is_read_and_one_that_was_not_asked_for_is_thrown_away(loopback: LoopbackServer) -> None:
    packed = replies.Reply(headers={"Content-Encoding": "gzip"}, body=gzip.compress(b'{"packed": true}'))
    loopback.script(replies.Reply(body=b"first", cut="twice"), replies.Reply(body=b"second"), packed)

    async def run() -> None:
        async with client() as through:
            url = f"{loopback.url}/chat/completions"
            assert [(await through.post(url, json=BODY)).text for _ in range(3)] == [
                "first",
                "second",
                '{"packed": true}',
            ]

    asyncio.run(run())
    assert loopback.count == 3, "nothing was sent into the connection that held the older answer"


def test_where_a_proxy_is_in_between_the_client_makes_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    assert connections(LIMITS, trust_env=True) is None
    assert connections(LIMITS, trust_env=False) is not None
