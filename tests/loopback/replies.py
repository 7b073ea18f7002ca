"""What the loopback server can be told to answer: good answers, and every fault that endpoints show in the wild."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Cut = Literal["none", "body", "reset", "body_reset", "drip", "twice"]
"""`body`: the connection closes in the middle of the promised body; `reset`: it is reset before any answer;
`body_reset`: it is reset in the middle of the body; `drip`: head and body come a byte at a time, and slowly; `twice`:
the whole answer is sent a second time, unasked."""

USAGE = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
"""Usage of an answer that says nothing else, in the words of chat completions."""


@dataclass(frozen=True)
class Reply:
    """What one request gets; the defaults make a well-formed answer with status 200.

    Attributes:
        text: what the model says; None leaves the content null.
        finish: `stop`, `length`, `content_filter`, as chat completions write it.
        refusal: the refusal that stands beside a null content.
        usage: in the words of chat completions; None leaves it out.
        choices: False answers with an empty list of choices.
        model: the model that says it answered; None: the one asked for.
        status, headers, content_type, body: the HTTP side; a `body` replaces the protocol's own.
        delay_s: seconds before the answer.
        cut: how the connection breaks.
    """

    text: str | None = ""
    finish: str = "stop"
    refusal: str | None = None
    usage: Mapping[str, Any] | None = field(default_factory=lambda: dict(USAGE))
    choices: bool = True
    model: str | None = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    body: bytes | None = None
    delay_s: float = 0.0
    cut: Cut = "none"


def as_reply(value: Any) -> Reply:
    """A reply as it is, text as the answer's text, any other JSON value as the answer's JSON."""
    if isinstance(value, Reply):
        return value
    return Reply(text=value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def answer(value: Any, **changes: Any) -> Reply:
    """A good answer: `value` as text or JSON, with any attribute of `Reply` changed."""
    return replace(as_reply(value), **changes)


def error(status: int, message: str, *, code: str | None = None, headers: Mapping[str, str] | None = None) -> Reply:
    """An HTTP error with the JSON body that OpenAI's endpoints send."""
    body = {"error": {"message": message, "type": "error", "param": None, "code": code}}
    return Reply(status=status, headers=headers or {}, body=json.dumps(body).encode())


def rate_limited(retry_after: float | str | None = None, *, milliseconds: int | None = None) -> Reply:
    """429, with `Retry-After` in seconds or as an HTTP date, or `retry-after-ms`, or neither."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    if milliseconds is not None:
        headers["retry-after-ms"] = str(milliseconds)
    return error(429, "Rate limit reached for requests", code="rate_limit_exceeded", headers=headers)


def server_error(status: int = 500) -> Reply:
    """500, 502, 503, 504 or 529 with a JSON error body."""
    return error(status, "The server had an error while processing your request")


def unauthorized(message: str = "Incorrect API key provided") -> Reply:
    """401."""
    return error(401, message, code="invalid_api_key")


def unknown_model(model: str = "no-such-model") -> Reply:
    """404 as hosted endpoints and local servers answer for a model they do not have."""
    return error(404, f"The model `{model}` does not exist or you do not have access to it.", code="model_not_found")


def context_overflow(limit: int = 8192) -> Reply:
    """400 for an article that is longer than the model's context window."""
    message = f"This model's maximum context length is {limit} tokens. However, your messages resulted in more tokens."
    return error(400, message, code="context_length_exceeded")


def bad_request(message: str = "Invalid schema for response_format") -> Reply:
    """400 for a malformed request."""
    return error(400, message, code="invalid_request_error")


def refusal(text: str = "I'm sorry, I can't assist with that.") -> Reply:
    """The model refuses: null content, a refusal beside it."""
    return Reply(text=None, refusal=text)


def content_filtered(text: str = "") -> Reply:
    """The endpoint's filter stopped the answer."""
    return Reply(text=text, finish="content_filter")


def truncated(text: str = '{"events": [{"role": "ma') -> Reply:
    """The answer hit `max_tokens`."""
    return Reply(text=text, finish="length")


def cut_body(value: Any = "") -> Reply:
    """The connection closes in the middle of the body."""
    return answer(value, cut="body")


def reset() -> Reply:
    """The connection is reset before anything is answered."""
    return Reply(cut="reset")


def reset_in_body(value: Any = "") -> Reply:
    """The connection is reset in the middle of the body."""
    return answer(value, cut="body_reset")


def dripping(value: Any) -> Reply:
    """A good answer whose body comes so slowly, byte by byte, that no pause is long and the whole is."""
    return answer(value, cut="drip")


def sent_twice(value: Any) -> Reply:
    """A good answer that a confused proxy sends twice for one request."""
    return answer(value, cut="twice")


def slow(value: Any, seconds: float) -> Reply:
    """A good answer that comes late."""
    return answer(value, delay_s=seconds)


def html_page(status: int = 200) -> Reply:
    """A proxy's or captive portal's page in place of an answer."""
    page = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Sign in to the network</body></html>"
    return Reply(status=status, content_type="text/html; charset=utf-8", body=page)


def not_json() -> Reply:
    """Something that says it is JSON and is not."""
    return Reply(body=b"upstream connect error or disconnect/reset before headers")


def empty_choices() -> Reply:
    """A well-formed answer with no choice in it."""
    return Reply(choices=False)


def without_usage(value: Any) -> Reply:
    """A good answer that reports no tokens."""
    return answer(value, usage=None)


def prose_around(value: Any) -> Reply:
    """JSON inside a code fence, with the chatter around it that weak models add."""
    return Reply(text=f"Sure, here are the events:\n```json\n{json.dumps(value)}\n```\nIs there anything else?")


def cut_json(value: Any) -> Reply:
    """The first half of the JSON, with a finish reason that claims it is all."""
    text = json.dumps(value)
    return Reply(text=text[: len(text) // 2])
