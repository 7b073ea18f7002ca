"""The backend `local/…`: a GGUF file, answered by llama.cpp's server inside the process."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace

from extractor.backends.compatible import CompatibleBackend
from extractor.backends.failures import Endpoint
from extractor.backends.local.gguf import fingerprint, read_head
from extractor.backends.local.server import LocalServer
from extractor.backends.local.sizing import Wishes, choose_size, this_machine, wishes_from
from extractor.backends.local.weights import find_weights
from extractor.backends.providers import Provider
from extractor.records import Completion, Request

_PROVIDER = Provider("local", "a GGUF file, through llama.cpp inside this process", missing_model="it is another file")
_SPARE_CONNECTIONS = 2


def open_local(
    ref: str, model: str, *, timeout_s: float, wishes: Wishes | None = None, offline: bool = False
) -> LocalBackend:
    """Load a model and start its server.

    Args:
        ref: the whole `local/…`, as the user gave it.
        model: what stands after the slash: `PATH.gguf`, or `hf:OWNER/REPO[@REVISION]/FILE.gguf`.
        timeout_s: for a whole answer, from when its turn comes.
        wishes: about its size; None: what the environment says, see `wishes_from`.
        offline: a model that is not on this machine is not fetched.

    Raises:
        UsageError: the file is not there, cannot be downloaded or loaded, or a package is missing.
    """
    path = find_weights(model, offline=offline)
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
        from extractor.backends.local.streaming import streamed_client

        super().__init__(
            _PROVIDER,
            server.model,
            Endpoint(name=ref, url="", secrets=(server.key,)),
            base_url=server.url,
            api_key=server.key,
            timeout_s=timeout_s,
            max_connections=1,  # of a client that is replaced below, before it has opened any
        )
        most = server.slots + _SPARE_CONNECTIONS
        self._client = self._client.with_options(http_client=streamed_client(timeout_s, most))
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
