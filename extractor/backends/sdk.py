"""Providers with a protocol of their own (Anthropic, Gemini, Cohere, Bedrock, …), through their SDK in instructor.

instructor's client makes the request in the provider's structured mode, with a stand-in schema that takes any answer:
one attempt, no re-ask, the text untouched. Timeouts and retries are set where the SDK lets us; the time for a whole
answer is bounded here for all of them.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from extractor.backends.addresses import is_loopback
from extractor.backends.base import Capabilities
from extractor.backends.failures import Endpoint, no_answer_in, status_failure, timed_out, unreachable
from extractor.backends.providers import Provider
from extractor.backends.sdk_reading import read_sdk_answer
from extractor.backends.structured import answer_model, strict_schema, tool_name
from extractor.errors import BackendError, UsageError
from extractor.records import Completion, Message, Request

if TYPE_CHECKING:
    import httpx2
    from instructor import AsyncInstructor

_GENERATION_CONFIG = frozenset({"gemini", "vertexai"})
"""Providers whose instructor handlers want the parameters of sampling in a `generation_config`."""

_ANSWERS_AS_MODEL = frozenset({"google", "generative-ai", "vertexai"})
"""Providers whose earlier answers are the words of a `model`, which instructor does not translate for them."""


@dataclass(frozen=True)
class SdkClient:
    """An instructor client and how to give back what it holds."""

    instructor: AsyncInstructor
    close: Callable[[], Awaitable[Any]] | None = None


class SdkBackend:
    """A model behind a provider's own SDK.

    Args:
        provider: how it wants to be asked.
        endpoint: who it is, for messages.
        client: from `open_sdk_client`.
        timeout_s: for a whole answer.
        clock: seconds that only go forward.
    """

    def __init__(
        self,
        provider: Provider,
        endpoint: Endpoint,
        client: SdkClient,
        *,
        timeout_s: float,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.name = endpoint.name
        self.endpoint = endpoint.url
        self.capabilities = Capabilities(
            structured_output="tools" if provider.mode == "TOOLS" else "json_schema",
            hosted=not is_loopback(endpoint.url),
            takes_seed=bool(provider.seed_parameter),
        )
        self._provider = provider
        self._who = endpoint
        self._client = client
        self._timeout_s = timeout_s
        self._clock = clock

    def __repr__(self) -> str:
        return f"<SdkBackend {self._who.place}>"

    async def complete(self, request: Request) -> Completion:
        """Answer one request, once; see `Backend.complete`."""
        started = self._clock()
        try:
            async with asyncio.timeout(self._timeout_s):
                text, answer = await self._ask(request)
        except TimeoutError:
            raise timed_out(self._who, self._timeout_s) from None
        return replace(read_sdk_answer(self._who, answer, text), latency_s=self._clock() - started)

    async def aclose(self) -> None:
        """Close the SDK's connections, where it has a way to."""
        if self._client.close is not None:
            await self._client.close()

    async def _ask(self, request: Request) -> tuple[str | None, Any]:
        """The answer's text as instructor's handler reads it, None where it found none, and the SDK's own answer."""
        from instructor.core.exceptions import IncompleteOutputException, InstructorRetryException

        try:
            answer, raw = await self._client.instructor.create_with_completion(
                max_retries=0, **self._arguments(request)
            )
        except IncompleteOutputException as error:
            return None, error.last_completion
        except InstructorRetryException as error:
            if error.failed_attempts and error.last_completion is not None:  # it answered, in another form than asked
                return None, error.last_completion
            raise sdk_failure(self._who, root_cause(error), self._timeout_s) from None
        except Exception as error:
            raise sdk_failure(self._who, root_cause(error), self._timeout_s) from None
        return answer.text, raw

    def _arguments(self, request: Request) -> dict[str, Any]:
        schema, _ = strict_schema(request.json_schema)
        sampling: dict[str, Any] = {"max_tokens": request.max_tokens}
        if request.temperature is not None and self._provider.takes_temperature:
            sampling["temperature"] = request.temperature
        if request.seed is not None and self._provider.seed_parameter:
            sampling[self._provider.seed_parameter] = request.seed
        if self._provider.name in _GENERATION_CONFIG:
            sampling["max_output_tokens"] = sampling.pop("max_tokens")
            sampling = {"generation_config": sampling}
        return {
            "response_model": answer_model(tool_name(request.schema_name), schema),
            "messages": [{"role": self._role(message), "content": message.content} for message in request.messages],
            **sampling,
        }

    def _role(self, message: Message) -> str:
        as_model = message.role == "assistant" and self._provider.name in _ANSWERS_AS_MODEL
        return "model" if as_model else message.role


def open_sdk_client(
    provider: Provider, model: str, *, base_url: str | None, api_key: str | None, timeout_s: float, max_connections: int
) -> SdkClient:
    """A client of the provider's SDK inside instructor; its packages must be installed.

    Raises:
        UsageError: the provider takes no base URL, or its SDK lacks something it says.
    """
    # It logs every error that is raised here again, unscrubbed, on a logger that prints when nobody configured logging.
    logging.getLogger("instructor").setLevel(logging.CRITICAL)
    openers = {"anthropic": _anthropic, "google": _google, "generative-ai": _google}
    if opener := openers.get(provider.name):
        return opener(model, base_url, api_key, timeout_s, max_connections)
    if base_url is not None:
        raise UsageError(f"{provider.name}/{model} takes no base URL: leave it out, or use openai/{model} with it")
    return _any_other(provider, model, api_key)


def _anthropic(
    model: str, base_url: str | None, api_key: str | None, timeout_s: float, max_connections: int
) -> SdkClient:
    import anthropic
    import instructor

    # The SDK's own connections keep idle sockets alive, but take proxies from the environment whatever they are told.
    here = is_loopback(base_url or "")
    connections = _connections(base_url, timeout_s, max_connections) if here else None
    client = anthropic.AsyncAnthropic(
        api_key=api_key, base_url=base_url, timeout=timeout_s, max_retries=0, http_client=connections
    )
    return SdkClient(instructor.from_anthropic(client, model=model), client.close)


def _google(model: str, base_url: str | None, api_key: str | None, timeout_s: float, max_connections: int) -> SdkClient:
    import instructor
    from google import genai
    from google.genai import types

    connections = _connections(base_url, timeout_s, max_connections)
    options = types.HttpOptions(
        base_url=base_url,
        timeout=round(timeout_s * 1000),
        retry_options=types.HttpRetryOptions(attempts=1),
        httpx_async_client=connections,
    )
    client = genai.Client(api_key=api_key, http_options=options)
    made = instructor.from_genai(client, mode=instructor.Mode.JSON, use_async=True, model=model)
    return SdkClient(made, connections.aclose)


def _connections(base_url: str | None, timeout_s: float, max_connections: int) -> httpx2.AsyncClient:
    """Connections that reach this machine past any proxy."""
    import httpx2

    from extractor.backends.connections import connections

    elsewhere = not is_loopback(base_url or "")
    limits = httpx2.Limits(max_connections=max_connections, max_keepalive_connections=max_connections)
    # follows no redirects by itself: what is sent to this machine stays there
    return httpx2.AsyncClient(
        limits=limits, timeout=timeout_s, trust_env=elsewhere, transport=connections(limits, trust_env=elsewhere)
    )


def _any_other(provider: Provider, model: str, api_key: str | None) -> SdkClient:
    import instructor

    mode = instructor.Mode[provider.mode]
    try:
        return SdkClient(
            instructor.from_provider(f"{provider.name}/{model}", async_client=True, api_key=api_key, mode=mode)
        )
    except Exception as error:
        reason = " ".join(str(error).split())
        raise UsageError(f"{provider.name}/{model} cannot be opened: {reason}") from error


def root_cause(error: BaseException) -> BaseException:
    """The SDK's own error below those that instructor and tenacity wrap around it."""
    while type(error).__module__.partition(".")[0] in ("instructor", "tenacity") and error.__cause__ is not None:
        error = error.__cause__
    return error


def sdk_failure(endpoint: Endpoint, error: BaseException, timeout_s: float) -> BackendError:
    """The failure that an SDK's error stands for, read by the attributes and names that all SDKs share."""
    name = type(error).__name__
    status = next((value for key in ("status_code", "code") if isinstance(value := getattr(error, key, None), int)), 0)
    if status:
        response = getattr(error, "response", None)
        headers = {key.lower(): value for key, value in dict(getattr(response, "headers", None) or {}).items()}
        return status_failure(endpoint, status, headers, _body(error))
    if isinstance(error, TimeoutError) or "Timeout" in name:
        return timed_out(endpoint, timeout_s)
    if isinstance(error, OSError) or any(word in name for word in ("Connect", "Protocol", "Network", "ReadError")):
        return unreachable(endpoint, error.__cause__ or error)
    if isinstance(error, json.JSONDecodeError):
        return no_answer_in(endpoint, error.doc, "")
    return endpoint.failure(f"{endpoint.place} failed in its SDK ({name}): {error}", "internal")


def _body(error: BaseException) -> str:
    """What the endpoint sent with the error, as JSON where the SDK has parsed it already."""
    for key in ("body", "details"):
        value = getattr(error, key, None)
        if isinstance(value, (dict, list)):
            return json.dumps(value, ensure_ascii=False)
    return json.dumps({"message": str(error)}, ensure_ascii=False)
