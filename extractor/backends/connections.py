"""HTTP connections that are kept apart: no request pays for the others, and no answer is taken for another's.

The HTTP client's own pool goes through all of its connections whenever a request begins and whenever one ends, so the
more there are in flight the dearer each becomes: at 128 that is a third of what a request takes. Here the connection
that was used last is used next. And where a server or a proxy sends an answer twice, the second one waits in the
connection, and the client would give it to the next request, about another article; here it is thrown away.
Imported only by what is about to connect.
"""

from __future__ import annotations

import asyncio
import select
import ssl
import urllib.request
from collections.abc import Iterable
from contextlib import suppress
from types import MappingProxyType
from typing import Any, cast

import httpcore2
import httpx2

_ERRORS = MappingProxyType(
    {
        httpcore2.ConnectTimeout: httpx2.ConnectTimeout,
        httpcore2.ReadTimeout: httpx2.ReadTimeout,
        httpcore2.WriteTimeout: httpx2.WriteTimeout,
        httpcore2.ConnectError: httpx2.ConnectError,
        httpcore2.ReadError: httpx2.ReadError,
        httpcore2.WriteError: httpx2.WriteError,
        httpcore2.LocalProtocolError: httpx2.LocalProtocolError,
        httpcore2.RemoteProtocolError: httpx2.RemoteProtocolError,
    }
)
"""The errors of the layer below in the words of the client."""


def connections(limits: httpx2.Limits, *, trust_env: bool) -> httpx2.AsyncBaseTransport | None:
    """Connections for a client; None where it must make them itself, since a proxy is in between.

    Args:
        limits: `max_connections` are in use at once, further requests wait in order; `keepalive_expiry` counts.
        trust_env: whether proxies and certificates named in the environment count.
    """
    if trust_env and urllib.request.getproxies():
        return None
    return SeparateConnections(limits.max_connections or 1, limits.keepalive_expiry, trust_env=trust_env)


class SeparateConnections(httpx2.AsyncBaseTransport):
    """Gives each request a connection of its own for as long as it is under way.

    Args:
        most: in use at once, 1 or more.
        expiry_s: how long a connection may wait for its next request; None: as long as it likes.
        trust_env: whether certificates named in the environment count.
    """

    def __init__(self, most: int, expiry_s: float | None, *, trust_env: bool) -> None:
        self._room = asyncio.Semaphore(most)
        self._expiry_s = expiry_s
        self._trust_env = trust_env
        self._idle: dict[tuple[bytes, bytes, int], list[httpcore2.AsyncHTTPConnection]] = {}
        self._context: ssl.SSLContext | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request and wait for the whole answer, which nobody here wants piece by piece.

        Raises:
            httpx2.TransportError: as any transport.
        """
        url = request.url
        sent = httpcore2.Request(
            method=request.method,
            url=httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=cast("httpx2.AsyncByteStream", request.stream),
            extensions=request.extensions,
        )
        await self._room.acquire()
        try:
            response = None
            while response is None:
                connection = await self._connection_to(sent.url.origin)
                response = await _exchange(connection, sent)
            if connection.is_available():
                self._idle[_key(sent.url.origin)].append(connection)
        finally:
            self._room.release()
        return httpx2.Response(response.status, headers=response.headers, content=response.content)

    async def aclose(self) -> None:
        """Close those that wait; those in use are closed by whoever cancels their requests."""
        for waiting in self._idle.values():
            while waiting:
                await waiting.pop().aclose()

    async def _connection_to(self, origin: httpcore2.Origin) -> httpcore2.AsyncHTTPConnection:
        """The one that was used last and still holds, else a new one."""
        waiting = self._idle.setdefault(_key(origin), [])
        while waiting:
            connection = waiting.pop()
            if not connection.has_expired():
                return connection
            await connection.aclose()
        if origin.scheme == b"https" and self._context is None:
            self._context = httpx2.create_ssl_context(trust_env=self._trust_env)
        return httpcore2.AsyncHTTPConnection(
            origin, ssl_context=self._context, keepalive_expiry=self._expiry_s, network_backend=_Network()
        )


async def _exchange(connection: httpcore2.AsyncHTTPConnection, request: httpcore2.Request) -> httpcore2.Response | None:
    """Send a request and read its answer to the end; None when an older answer was in the way, and nothing was sent.

    Raises:
        httpx2.TransportError: the connection could not be made, or broke off.
    """
    try:
        response = await connection.handle_async_request(request)
        stream = cast("_Stream", response.extensions["network_stream"])
        if not stream.heard:
            await connection.aclose()
            return None
        await response.aread()
        await response.aclose()
    except Exception as error:
        raise _translated(error) from error
    stream.heard = False
    return response


def _key(origin: httpcore2.Origin) -> tuple[bytes, bytes, int]:
    return origin.scheme, origin.host, origin.port


def _translated(error: Exception) -> Exception:
    kind = next((ours for theirs, ours in _ERRORS.items() if isinstance(error, theirs)), None)
    return error if kind is None else kind(str(error))


class _Stream(httpcore2.AsyncNetworkStream):
    """A connection's bytes. What is written waits until something is read, so that a request goes out in one piece.

    `heard` says whether any were waited for since it was set to False.
    """

    def __init__(self, stream: httpcore2.AsyncNetworkStream) -> None:
        self._stream = stream
        self._socket = stream.get_extra_info("socket")
        self._unsent = b""
        self.heard = False

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        self.heard = True
        if self._unsent:
            unsent, self._unsent = self._unsent, b""
            # a server that refuses a request before it is all there has said why, and that is read next
            with suppress(httpcore2.WriteError):
                await self._stream.write(unsent, timeout)
        return await self._stream.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109
        self._unsent += buffer

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore2.AsyncNetworkStream:
        return _Stream(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":  # asked before every request, and the layer below takes long to find the socket
            return _is_readable(self._socket)
        return self._stream.get_extra_info(info)


def _is_readable(socket: Any) -> bool:
    """Whether an idle connection has something to say, which can only be that it is closed."""
    if (number := socket.fileno()) < 0:
        return True
    if not hasattr(select, "poll"):  # Windows
        return bool(select.select([number], [], [], 0)[0])
    poll = select.poll()
    poll.register(number, select.POLLIN)
    return bool(poll.poll(0))


class _Network(httpcore2.AnyIOBackend):
    """Connects as the layer below would."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        return _Stream(await super().connect_tcp(host, port, timeout, local_address, socket_options))
