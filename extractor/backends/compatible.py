"""Everything that speaks OpenAI's chat completions: OpenAI, most hosted providers, Ollama, vLLM, LM Studio.

instructor's handlers make the part of the request that holds the answer to the schema, once a schema; then each request
is one POST through the `openai` client, and the body that comes back is read as it is. Going through instructor's own
loop for each request costs half of the throughput, and hides raw answers behind its re-asks. Bodies are written by
pydantic, in a fifth of the time that the client takes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

from extractor.backends import server_facts
from extractor.backends.addresses import is_loopback
from extractor.backends.base import Capabilities
from extractor.backends.chat_body import ChatBodies
from extractor.backends.failures import Endpoint, refuses_temperature, status_failure, timed_out, unreachable
from extractor.backends.providers import Provider
from extractor.backends.reading import read_chat_completion
from extractor.errors import BackendError
from extractor.records import Completion, Request

if TYPE_CHECKING:
    import httpx2
    import openai
    from openai import RequestOptions

_CONNECT_TIMEOUT_S = 10.0
_JSON: RequestOptions = {"headers": {"Content-Type": "application/json"}}


class CompatibleBackend:
    """A model behind an OpenAI-compatible endpoint.

    Args:
        provider: how it wants to be asked.
        model: its name there.
        endpoint: who it is, for messages.
        base_url: where it answers.
        api_key: None for servers that need none.
        timeout_s: for a whole answer.
        max_connections: open at once.
        clock: seconds that only go forward.
    """

    def __init__(
        self,
        provider: Provider,
        model: str,
        endpoint: Endpoint,
        *,
        base_url: str,
        api_key: str | None,
        timeout_s: float,
        max_connections: int,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.name = endpoint.name
        self.endpoint = endpoint.url
        strict = "strict_schema" if provider.strict else "json_schema"
        self.capabilities = Capabilities(
            structured_output="tools" if provider.mode == "TOOLS" else strict,  # type: ignore[arg-type]
            hosted=not is_loopback(base_url),
            takes_seed=bool(provider.seed_parameter),
        )
        self._bodies = ChatBodies(provider, model)
        self._model = model
        self._root = server_facts.root_of(base_url)
        # a hosted endpoint would be sent the article a second time, for pages that it does not have
        self._may_count = provider.local or is_loopback(base_url)
        self._who = endpoint
        self._timeout_s = timeout_s
        self._clock = clock
        self._client = _client(base_url, api_key, timeout_s, max_connections)

    def __repr__(self) -> str:
        return f"<CompatibleBackend {self._who.place}>"

    async def complete(self, request: Request) -> Completion:
        """Answer one request, once; see `Backend.complete`."""
        started = self._clock()
        response = await self._post_as_taken(self._bodies.body(request))
        completion = read_chat_completion(self._who, response.content, response.headers.get("content-type", ""))
        return Completion(
            text=completion.text,
            finish=completion.finish,
            model=completion.model,
            usage=completion.usage,
            latency_s=self._clock() - started,
        )

    async def count_tokens(self, request: Request) -> int | None:
        """Input tokens of a request, counted by the server's own tokeniser; see `CountsTokens`."""
        if not self._may_count:
            return None
        messages = [{"role": message.role, "content": message.content} for message in request.messages]
        return await server_facts.count_tokens(self._ask, self._root, self._model, messages)

    async def find_context_window(self) -> int | None:
        """Tokens that fit into one request, as the server says; None when it does not.

        Raises:
            BackendError: it cannot be reached.
        """
        return await server_facts.context_window(self._ask, self._root, self._model)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _post_as_taken(self, body: dict[str, Any]) -> httpx2.Response:
        """One POST; again without a temperature for a model that takes none, which is learnt once and costs nothing."""
        try:
            return await self._post(body)
        except BackendError as error:
            if "temperature" not in body or not refuses_temperature(error):
                raise
        self._bodies.sends_temperature = False
        return await self._post({name: value for name, value in body.items() if name != "temperature"})

    async def _post(self, body: dict[str, Any]) -> httpx2.Response:
        return await self._send("POST", "/chat/completions", body)

    async def _ask(self, method: str, url: str, body: Mapping[str, Any] | None) -> bytes:
        return (await self._send(method, url, body)).content

    async def _send(self, method: str, url: str, body: Mapping[str, Any] | None) -> httpx2.Response:
        """One request. Failures carry no chain: the client's errors quote what an endpoint echoes, keys included."""
        import httpx2
        import openai

        try:
            # Reads are bounded by the client; the sum of them, when an endpoint drips its answer, is bounded here.
            async with asyncio.timeout(self._timeout_s):
                if method == "GET":
                    return await self._client.get(url, cast_to=httpx2.Response)
                return await self._client.post(url, content=to_json(body), options=_JSON, cast_to=httpx2.Response)
        except (openai.APITimeoutError, TimeoutError):
            raise timed_out(self._who, self._timeout_s) from None
        except openai.APIConnectionError as error:
            raise unreachable(self._who, error.__cause__) from None
        except openai.APIStatusError as error:
            answer = error.response
            raise status_failure(self._who, answer.status_code, answer.headers, answer.text) from None


def _client(base_url: str, api_key: str | None, timeout_s: float, max_connections: int) -> openai.AsyncOpenAI:
    """A client that retries nothing, waits no longer than told, and reaches this machine past any proxy.

    What is sent to this machine stays there: a redirect to elsewhere is not followed.
    """
    import httpx2
    import openai

    from extractor.backends.connections import connections

    here = is_loopback(base_url)
    timeout = httpx2.Timeout(timeout_s, connect=min(timeout_s, _CONNECT_TIMEOUT_S))
    limits = httpx2.Limits(max_connections=max_connections, max_keepalive_connections=max_connections)
    client = openai.AsyncOpenAI(
        api_key=api_key or "none",  # the client insists on one
        base_url=base_url,
        timeout=timeout,
        max_retries=0,
        http_client=openai.DefaultAsyncHttpxClient(
            timeout=timeout,
            limits=limits,
            transport=connections(limits, trust_env=not here),
            trust_env=not here,
            follow_redirects=not here,
        ),
    )
    if "api.openai.com" not in base_url:
        client.organization = client.project = None  # from the environment, and nobody else's business
    return client
