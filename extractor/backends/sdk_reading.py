"""From the answer object of any provider's SDK to a `Completion`, by the shapes in which providers answer."""

from __future__ import annotations

import json
from typing import Any

from extractor.backends.failures import Endpoint, no_answer_in
from extractor.backends.reading import finish_reason, make_usage, whole_text
from extractor.records import Completion, Usage

_FINISH_PATHS = (
    "stop_reason",  # Anthropic
    "candidates.0.finish_reason",  # Gemini
    "prompt_feedback.block_reason",  # Gemini, when it blocks the prompt and sends no candidate
    "choices.0.finish_reason",  # Writer, LiteLLM
    "finish_reason",  # Cohere
    "stopReason",  # Bedrock
)
_TEXT_PATHS = (
    "content",  # Anthropic
    "candidates.0.content.parts",
    "choices.0.message.content",
    "message.content",  # Cohere
    "output.message.content",  # Bedrock
)
_USAGE_PATHS = (
    ("usage.input_tokens", "usage.output_tokens", "usage.cache_read_input_tokens"),
    (
        "usage_metadata.prompt_token_count",
        "usage_metadata.candidates_token_count",
        "usage_metadata.cached_content_token_count",
    ),
    ("usage.prompt_tokens", "usage.completion_tokens", "usage.prompt_tokens_details.cached_tokens"),
    ("usage.tokens.input_tokens", "usage.tokens.output_tokens", ""),
    ("usage.inputTokens", "usage.outputTokens", "usage.cacheReadInputTokens"),
)


def read_sdk_answer(endpoint: Endpoint, answer: Any, text: str | None) -> Completion:
    """The completion in an SDK's answer.

    Args:
        endpoint: who answered.
        answer: the SDK's object, or the dict that it is.
        text: what instructor's handler read from it; None: found here by the provider's shape.

    Raises:
        BackendError: it is no answer at all, but for example a proxy's page.
    """
    value = _plain(answer)
    if not isinstance(value, dict):
        raise no_answer_in(endpoint, str(value), "")
    finish = finish_reason(next((found for path in _FINISH_PATHS if (found := _at(value, path))), None))
    model = value.get("model") or value.get("model_version")
    return Completion(
        text=endpoint.scrub(whole_text(_text(value) if text is None else text)),
        finish=finish,
        model=endpoint.scrub(model) if isinstance(model, str) else None,
        usage=_usage(value),
    )


def _plain(answer: Any) -> Any:
    """The answer as JSON values."""
    dump = getattr(answer, "model_dump", None)
    return dump(mode="json") if callable(dump) else answer


def _at(value: Any, path: str) -> Any:
    """The value at a dotted path; None where the path ends early."""
    for step in path.split("."):
        if isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value


def _text(value: dict[str, Any]) -> str:
    for path in _TEXT_PATHS:
        found = _at(value, path)
        if isinstance(found, str):
            return found
        if isinstance(found, list):
            return "".join(_part(part) for part in found if isinstance(part, dict))
    return ""


def _part(part: dict[str, Any]) -> str:
    """A text block as it is, the arguments of a tool call as JSON, nothing for thoughts."""
    if isinstance(part.get("text"), str) and not part.get("thought"):
        return str(part["text"])
    arguments = part.get("input") or _at(part, "function_call.args") or _at(part, "toolUse.input")
    return json.dumps(arguments, ensure_ascii=False) if isinstance(arguments, dict) else ""


def _usage(value: dict[str, Any]) -> Usage | None:
    for read, written, cached in _USAGE_PATHS:
        if (input_tokens := _at(value, read)) is None:
            continue
        # Anthropic counts cache reads and writes beside the input, Gemini its thoughts beside the output.
        beside = [_at(value, f"usage.{name}_input_tokens") for name in ("cache_read", "cache_creation")]
        extra = sum(count for count in beside if isinstance(count, int))
        thoughts = _at(value, "usage_metadata.thoughts_token_count") or 0
        output_tokens = _at(value, written)
        if isinstance(input_tokens, int) and isinstance(output_tokens, int):
            return make_usage(input_tokens + extra, output_tokens + thoughts, _at(value, cached))
        return None
    return None
