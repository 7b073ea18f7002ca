"""The backend `local/…`: a GGUF file, answered by llama.cpp's server inside the process."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from extractor.backends.compatible import CompatibleBackend
from extractor.backends.failures import Endpoint, no_answer_in, status_failure, timed_out, unreachable
from extractor.backends.local.gguf import fingerprint, read_head
from extractor.backends.local.server import LocalServer
from extractor.backends.local.sizing import Wishes, choose_size, this_machine, wishes_from
from extractor.backends.local.weights import find_weights
from extractor.backends.providers import Provider
from extractor.records import Completion, Request

if TYPE_CHECKING:
    import httpx2

_PROVIDER = Provider("local", "a GGUF file, through llama.cpp inside this process", missing_model="it is another file")
_SPARE_CONNECTIONS = 2


def open_local(ref: str, model: str, *, timeout_s: float, wishes: Wishes | None = None) -> LocalBackend:
    """Load a model and start its server.

    Args:
        ref: the whole `local/…`, as the user gave it.
        model: what stands after the slash: `PATH.gguf`, or `hf:OWNER/REPO[@REVISION]/FILE.gguf`.
        timeout_s: for a whole answer, from when its turn comes.
        wishes: about its size; None: what the environment says, see `wishes_from`.

    Raises:
        UsageError: the file is not there, cannot be downloaded or loaded, or a package is missing.
    """
    path = find_weights(model)
    head = read_head(path)
    size = choose_size(head, this_machine(), wishes_from(os.environ) if wishes is None else wishes)
    return LocalBackend(ref, LocalServer(path, size), f"gguf:{fingerprint(path)}", timeout_s=timeout_s)


class LocalBackend(CompatibleBackend):
    """A model in this process. Requests beyond the server's slots wait for their turn, and their waiting is no part of
    latency and timeout.

    Args:
        ref: `local/…`, as the user gave it.
        server: running; stopped by `aclose`.
        endpoint: which weights; in place of an address, since the port is another each time and the file at a path may
            be replaced, and neither a cache nor a run may take one model's answers for another's.
        timeout_s: for a whole answer.
    """

    def __init__(self, ref: str, server: LocalServer, endpoint: str, *, timeout_s: float) -> None:
        super().__init__(
            _PROVIDER,
            server.model,
            Endpoint(name=ref, url="", secrets=(server.key,)),
            base_url=server.url,
            api_key=server.key,
            timeout_s=timeout_s,
            max_connections=server.slots + _SPARE_CONNECTIONS,
        )
        self.endpoint = endpoint
        self.capabilities = replace(self.capabilities, context_window=server.context)
        self.server = server
        self._turns = asyncio.Semaphore(server.slots)

    async def complete(self, request: Request) -> Completion:
        """Answer one request, once; see `Backend.complete`. A cancelled request stops computing."""
        async with self._turns:
            return await super().complete(request)

    async def aclose(self) -> None:
        """Close the connections and stop the server."""
        await super().aclose()
        await asyncio.to_thread(self.server.close)

    async def _post(self, body: dict[str, Any]) -> httpx2.Response:
        """One POST, its answer streamed and put together: llama.cpp does not notice that others were given up."""
        import httpx2
        import openai

        streamed = {**body, "stream": True, "stream_options": {"include_usage": True}}
        try:
            async with asyncio.timeout(self._timeout_s):
                stream = await self._client.post(
                    "/chat/completions",
                    body=streamed,
                    cast_to=object,
                    stream=True,
                    stream_cls=openai.AsyncStream[object],
                    options={"headers": {"Connection": "close"}},  # it drops idle ones just when they are used again
                )
                async with stream:
                    content = await stream.response.aread()
        except (openai.APITimeoutError, httpx2.TimeoutException, TimeoutError):
            raise timed_out(self._who, self._timeout_s) from None
        except openai.APIConnectionError as error:
            raise unreachable(self._who, error.__cause__) from None
        except httpx2.TransportError as error:
            raise unreachable(self._who, error) from None
        except openai.APIStatusError as error:
            answer = error.response
            raise status_failure(self._who, answer.status_code, answer.headers, answer.text) from None
        return httpx2.Response(200, json=whole_answer(self._who, content))


def whole_answer(endpoint: Endpoint, content: bytes) -> dict[str, Any]:
    """A chat-completions answer from the events of a streamed one.

    Raises:
        BackendError: the stream holds an error, or ends before the answer does.
    """
    text: list[str] = []
    answer: dict[str, Any] = {}
    finish = None
    for event in _events(content):
        if "error" in event:
            error = event["error"] if isinstance(event["error"], dict) else {}
            raise status_failure(endpoint, int(error.get("code") or 500), {}, json.dumps(event))
        answer = {**answer, **{name: event[name] for name in ("model", "usage") if event.get(name)}}
        for choice in event.get("choices") or ():
            text.append((choice.get("delta") or {}).get("content") or "")
            finish = choice.get("finish_reason") or finish
    if finish is None:
        raise no_answer_in(endpoint, content.decode(errors="replace"), "an event stream that breaks off")
    message = {"role": "assistant", "content": "".join(text)}
    return {**answer, "choices": [{"index": 0, "message": message, "finish_reason": finish}]}


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
