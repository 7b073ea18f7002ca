"""Replies in the words of each protocol: OpenAI chat completions, Anthropic messages, Gemini generateContent."""

from __future__ import annotations

import json
from typing import Any

from tests.loopback.replies import Reply

_ANTHROPIC_FINISH = {"stop": "end_turn", "length": "max_tokens", "content_filter": "refusal"}
_GEMINI_FINISH = {"stop": "STOP", "length": "MAX_TOKENS", "content_filter": "SAFETY"}


def encode(path: str, request: dict[str, Any], reply: Reply, number: int) -> bytes:
    """The body of the answer to one POST; the path says which protocol."""
    if reply.body is not None:
        return reply.body
    if path.endswith("/messages"):
        value = _anthropic(request, reply, number)
    elif path.endswith(":generateContent"):
        value = _gemini(request, reply)
    else:
        value = _chat_completion(request, reply, number)
    return json.dumps(value).encode()


def models(names: tuple[str, ...]) -> bytes:
    """The answer to `GET /v1/models`."""
    data = [{"id": name, "object": "model", "created": 0, "owned_by": "loopback"} for name in names]
    return json.dumps({"object": "list", "data": data}).encode()


def _chat_completion(request: dict[str, Any], reply: Reply, number: int) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": reply.text, "refusal": reply.refusal}
    finish = reply.finish
    if request.get("tools") and reply.text is not None:
        name = request["tools"][0]["function"]["name"]
        function = {"name": name, "arguments": reply.text}
        message |= {"content": None, "tool_calls": [{"id": f"call-{number}", "type": "function", "function": function}]}
        finish = "tool_calls" if finish == "stop" else finish
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}
    value = {
        "id": f"chatcmpl-{number}",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": reply.model or request["model"],
        "choices": [choice] if reply.choices else [],
    }
    return value if reply.usage is None else value | {"usage": dict(reply.usage)}


def _anthropic(request: dict[str, Any], reply: Reply, number: int) -> dict[str, Any]:
    text = reply.refusal if reply.refusal is not None else reply.text or ""
    block: dict[str, Any] = {"type": "text", "text": text}
    stop = "refusal" if reply.refusal is not None else _ANTHROPIC_FINISH[reply.finish]
    if request.get("tools") and reply.refusal is None and reply.finish == "stop":
        name = request["tools"][0]["name"]
        block = {"type": "tool_use", "id": f"toolu_{number}", "name": name, "input": json.loads(text)}
        stop = "tool_use"
    usage = reply.usage or {}
    return {
        "id": f"msg_{number}",
        "type": "message",
        "role": "assistant",
        "model": reply.model or request["model"],
        "content": [block] if reply.choices else [],
        "stop_reason": stop,
        "stop_sequence": None,
        "usage": {
            "input_tokens": usage.get("prompt_tokens", 0),
            "output_tokens": usage.get("completion_tokens", 0),
            "cache_creation_input_tokens": usage.get("cache_creation_input_tokens", 0),
            "cache_read_input_tokens": usage.get("cache_read_input_tokens", 0),
        },
    }


def _gemini(request: dict[str, Any], reply: Reply) -> dict[str, Any]:
    part: dict[str, Any] = {"text": reply.text or ""}
    if request.get("tools") and reply.finish == "stop":
        name = request["tools"][0]["functionDeclarations"][0]["name"]
        part = {"functionCall": {"name": name, "args": json.loads(reply.text or "{}")}}
    candidate = {
        "index": 0,
        "content": {"role": "model", "parts": [part]},
        "finishReason": _GEMINI_FINISH[reply.finish],
    }
    value: dict[str, Any] = {"candidates": [candidate] if reply.choices else [], "modelVersion": reply.model or ""}
    if reply.usage is None:
        return value
    usage = {
        "promptTokenCount": reply.usage["prompt_tokens"],
        "candidatesTokenCount": reply.usage["completion_tokens"],
        "totalTokenCount": reply.usage["prompt_tokens"] + reply.usage["completion_tokens"],
    }
    return value | {"usageMetadata": usage}
