"""What servers can be asked about themselves beside answers: how many tokens messages have, how long they may be.

llama.cpp's server and vLLM count tokens with the model's own tokeniser and chat template; they and some hosted
endpoints tell the context window. Whoever does not know these pages answers with an error status, and then nothing is
known.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from extractor.errors import BackendError

Ask = Callable[[str, str, Mapping[str, Any] | None], Awaitable[bytes]]
"""Method, URL (absolute, or below the base URL) and body to the answer's content; raises BackendError."""

_WINDOW_KEYS = ("max_model_len", "context_length", "context_window", "max_context_length", "loaded_context_length")
"""What vLLM, OpenRouter, Groq, Mistral and LM Studio call a model's context window in their list of models."""


def root_of(base_url: str) -> str:
    """Where the pages beside `/v1` are."""
    return base_url.partition("?")[0].rstrip("/").removesuffix("/v1")


async def count_tokens(ask: Ask, root: str, model: str, messages: Sequence[Mapping[str, str]]) -> int | None:
    """Tokens of messages in the model's chat template; None when the server cannot tell.

    Raises:
        BackendError: it cannot be reached.
    """
    found = await _value(ask, "POST", f"{root}/tokenize", {"model": model, "messages": messages})
    if found is None:
        return None
    if _is_count(found.get("count")):  # vLLM
        return int(found["count"])
    if "tokens" not in found:
        return None
    templated = await _value(ask, "POST", f"{root}/apply-template", {"messages": messages})  # llama.cpp
    if templated is None or not isinstance(templated.get("prompt"), str):
        return None
    body = {"content": templated["prompt"], "add_special": True, "parse_special": True}
    tokens = (await _value(ask, "POST", f"{root}/tokenize", body) or {}).get("tokens")
    return len(tokens) if isinstance(tokens, list) else None


async def context_window(ask: Ask, root: str, model: str) -> int | None:
    """Tokens that fit into one request, answer included; None when the server does not say.

    Raises:
        BackendError: it cannot be reached.
    """
    listed = await _value(ask, "GET", "/models", None)
    entries = listed.get("data") if listed else None
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and entry.get("id") in (model, f"models/{model}"):
            for key in _WINDOW_KEYS:
                if _is_count(entry.get(key)):
                    return int(entry[key])
    props = await _value(ask, "GET", f"{root}/props", None)  # llama.cpp, for each of its slots
    settings = props.get("default_generation_settings") if props else None
    size = settings.get("n_ctx") if isinstance(settings, dict) else None
    return size if isinstance(size, int) and _is_count(size) else None


async def _value(ask: Ask, method: str, url: str, body: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The JSON object that a page answers with; None when there is no such page."""
    try:
        content = await _again_once(ask, method, url, body)
    except BackendError as error:
        if error.kind in ("unreachable", "timeout"):
            raise
        return None
    try:
        value = json.loads(content)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


async def _again_once(ask: Ask, method: str, url: str, body: Mapping[str, Any] | None) -> bytes:
    """The answer; llama.cpp drops idle connections just when they are used again, so a second time if need be."""
    try:
        return await ask(method, url, body)
    except BackendError as error:
        if error.kind != "unreachable":
            raise
    return await ask(method, url, body)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
