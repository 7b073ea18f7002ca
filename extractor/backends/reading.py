"""From what an endpoint sent to a `Completion`: text, finish reason, usage. Trusts no field to be there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from extractor.backends.failures import Endpoint, no_answer_in, status_failure
from extractor.records import Completion, FinishReason, Usage

_FINISH: Mapping[str, FinishReason] = MappingProxyType(
    {
        "length": "length",
        "max_tokens": "length",
        "model_length": "length",
        "model_context_window_exceeded": "length",
        "content_filter": "content_filter",
        "content_filtered": "content_filter",
        "guardrail_intervened": "content_filter",
        "safety": "content_filter",
        "blocklist": "content_filter",
        "prohibited_content": "content_filter",
        "recitation": "content_filter",
        "spii": "content_filter",
        "refusal": "refusal",
    }
)
"""Finish reasons of all providers, in lower case; whatever is not here is an ordinary stop."""

_MOST_TOKENS = 10**9
"""More tokens than any request can have; counts above are a server's mistake."""


def finish_reason(value: Any) -> FinishReason:
    """Our word for a provider's finish reason; enumerations are read by their name."""
    return _FINISH.get(str(getattr(value, "name", value)).lower(), "stop")


def make_usage(input_tokens: Any, output_tokens: Any, cached_tokens: Any = 0) -> Usage | None:
    """Usage from what an endpoint reports; None when either count is missing or absurd (negative, no whole number)."""
    if not (_is_count(input_tokens) and _is_count(output_tokens)):
        return None
    cached = cached_tokens if _is_count(cached_tokens) else 0
    return Usage(input_tokens, output_tokens, min(cached, input_tokens))


def whole_text(text: str) -> str:
    """The text with halves of surrogate pairs, which no file can hold, replaced by U+FFFD; models do break escapes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def read_chat_completion(endpoint: Endpoint, content: bytes, content_type: str) -> Completion:
    """The completion in the body of a chat-completions answer with status 200.

    Raises:
        BackendError: there is none: a web page, a broken body, no choices, or an error in place of them.
    """
    try:
        value = json.loads(content)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise no_answer_in(endpoint, content.decode(errors="replace"), content_type)
    choices = value.get("choices")
    if not (isinstance(choices, list) and choices and isinstance(choices[0], dict)):
        raise _without_choices(endpoint, value, content, content_type)
    choice = choices[0]
    if choice.get("finish_reason") == "error":  # OpenRouter's word for a provider that failed half way
        message = f"{endpoint.place} stopped with an error"
        raise endpoint.failure(message, "server_error", retryable=True, raw=content.decode(), maybe_charged=True)
    message = choice["message"] if isinstance(choice.get("message"), dict) else {}
    refusal = message.get("refusal")
    return Completion(
        text=endpoint.scrub(whole_text(_text(message) or (refusal if isinstance(refusal, str) else ""))),
        finish="refusal" if refusal else finish_reason(choice.get("finish_reason")),
        model=endpoint.scrub(value["model"]) if isinstance(value.get("model"), str) else None,
        usage=_chat_usage(value.get("usage")),
    )


def _without_choices(endpoint: Endpoint, value: dict[str, Any], content: bytes, content_type: str) -> Exception:
    body = content.decode(errors="replace")
    error = value.get("error")
    if isinstance(error, dict) and isinstance(error.get("code"), int):  # an error that came with status 200
        return status_failure(endpoint, error["code"], {}, body)
    if "choices" in value:
        message = f"{endpoint.place} sent no choice"
        return endpoint.failure(message, "server_error", retryable=True, raw=body, maybe_charged=True)
    return no_answer_in(endpoint, body, content_type)


def _text(message: dict[str, Any]) -> str:
    """The arguments of the tool call, if there is one, else the content; parts of a content are joined."""
    calls = message.get("tool_calls")
    if isinstance(calls, list) and calls and isinstance(calls[0], dict):
        function = calls[0].get("function")
        arguments = function.get("arguments") if isinstance(function, dict) else None
        if arguments is not None:
            return arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
    content = message.get("content")
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, dict)]
        return "".join(part for part in parts if isinstance(part, str))
    return content if isinstance(content, str) else ""


def _chat_usage(usage: Any) -> Usage | None:
    if not isinstance(usage, dict):
        return None
    details = usage.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else usage.get("prompt_cache_hit_tokens")
    return make_usage(usage.get("prompt_tokens"), usage.get("completion_tokens"), cached)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_TOKENS
