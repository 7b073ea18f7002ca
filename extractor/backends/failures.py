"""From what went wrong at an endpoint to a `BackendError`: what it is, whether to try again, and when.

Every message is one line that names the backend and says what to do next; secrets are cut out of all of them.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from extractor.errors import BackendError, FailureKind

_RAW_LIMIT = 4000
_MESSAGE_LIMIT = 300
_TRANSIENT: Mapping[int, FailureKind] = MappingProxyType(
    {408: "timeout", 409: "server_error", 425: "server_error", 429: "rate_limited"}
)
"""Client errors after which the same request may succeed; so may all server errors but those not implemented."""

_NOT_IMPLEMENTED = frozenset({HTTPStatus.NOT_IMPLEMENTED, HTTPStatus.HTTP_VERSION_NOT_SUPPORTED})
_OVERFLOW = re.compile(
    r"context[ _-]?(length|window|size)|maximum (input|prompt) length|(prompt|input|request) is too (long|large)"
    r"|too many (input )?tokens|exceeds? the (maximum|available|allowed) (number of )?(tokens|context)"
    r"|reduce the length",
    re.IGNORECASE,
)
_QUOTA = re.compile(r"insufficient_quota|exceeded your current quota|insufficient (balance|credits)", re.IGNORECASE)
_FILTER = re.compile(r"content_filter|content management policy|ResponsibleAIPolicyViolation", re.IGNORECASE)


@dataclass(frozen=True)
class Endpoint:
    """Who is spoken to, for messages.

    Attributes:
        name: `provider/model`.
        url: where requests go, without secrets; empty when only the SDK knows.
        key_env: the environment variable that holds the key, if it needs one.
        missing_model: what to do when it does not have the model.
        secrets: what must never stand in a message or in raw text.
    """

    name: str
    url: str
    key_env: str | None = None
    missing_model: str = "check its name with the provider"
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def place(self) -> str:
        """`name at url`, or the name alone."""
        return f"{self.name} at {self.url}" if self.url else self.name

    def scrub(self, text: str) -> str:
        """The text with every secret replaced."""
        for secret in self.secrets:
            text = text.replace(secret, "[secret]")
        return text

    def failure(
        self,
        message: str,
        kind: FailureKind,
        *,
        retryable: bool = False,
        retry_after: float | None = None,
        raw: str | None = None,
        status: int | None = None,
        maybe_charged: bool = False,
    ) -> BackendError:
        """A `BackendError` of this endpoint: one line, without secrets."""
        line = " ".join(self.scrub(message).split())
        kept = None if raw is None else self.scrub(raw)[:_RAW_LIMIT]
        return BackendError(
            line,
            kind=kind,
            retryable=retryable,
            retry_after=retry_after,
            raw=kept,
            status=status,
            maybe_charged=maybe_charged,
        )


def status_failure(endpoint: Endpoint, status: int, headers: Mapping[str, str], body: str) -> BackendError:
    """The failure that an HTTP status other than 2xx stands for.

    Args:
        endpoint: who answered.
        status: the HTTP status, or the code of an error sent with status 200.
        headers: of the answer; `Retry-After` and `retry-after-ms` are read.
        body: of the answer, as text.
    """
    said = error_text(body)
    kind, diagnosis = _diagnose(endpoint, status, body, said)
    message = f"{endpoint.place} {diagnosis}" + (f": {said}" if said else "")
    if _is_transient(status) and kind != "rejected":
        wait = retry_after(headers)
        return endpoint.failure(message, kind, retryable=True, retry_after=wait, raw=body, status=status)
    return endpoint.failure(message, kind, raw=body, status=status)


def _is_transient(status: int) -> bool:
    return status in _TRANSIENT or (status >= HTTPStatus.INTERNAL_SERVER_ERROR and status not in _NOT_IMPLEMENTED)


def _diagnose(endpoint: Endpoint, status: int, body: str, said: str) -> tuple[FailureKind, str]:
    """What an error status is, and what to do about it."""
    kind: FailureKind = "rejected"
    if status == HTTPStatus.TOO_MANY_REQUESTS and _QUOTA.search(body):
        text = "has no quota left for this account (429)"
    elif _is_transient(status):
        kind, text = _TRANSIENT.get(status, "server_error"), f"answered {status}"
    elif status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        text = f"refused the key ({status}): check {endpoint.key_env or 'the credentials'}"
    elif status == HTTPStatus.NOT_FOUND and not said:
        text = "has no chat completions there (404): a base URL usually ends in /v1"
    elif status == HTTPStatus.NOT_FOUND:
        model = endpoint.name.partition("/")[2]
        text = f"does not know the model {model!r} (404), {endpoint.missing_model.format(model=model)}"
    elif _FILTER.search(body):
        kind, text = "content_filter", f"filtered the request ({status})"
    elif status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE or _OVERFLOW.search(body):
        kind, text = "context_overflow", "has a smaller context window than article and prompt need"
    else:
        text = f"rejected the request ({status})"
    return kind, text


def refuses_temperature(error: BackendError) -> bool:
    """Whether a request was rejected for its temperature, as reasoning models do that take only their default."""
    return error.kind == "rejected" and "temperature" in error_text(error.raw or "")


def unreachable(endpoint: Endpoint, cause: BaseException | None) -> BackendError:
    """Nothing listens there, the name does not resolve, or the connection broke off."""
    name = type(cause).__name__ if cause is not None else ""
    if "Connect" in name:
        message = f"{endpoint.place} cannot be reached ({_first_line(cause)}): is the server running, is the URL right?"
        return endpoint.failure(message, "unreachable", retryable=True)
    message = f"{endpoint.place} broke the connection off before its answer was complete ({_first_line(cause)})"
    return endpoint.failure(message, "unreachable", retryable=True, maybe_charged=True)


def timed_out(endpoint: Endpoint, seconds: float) -> BackendError:
    """No complete answer in time."""
    message = f"{endpoint.place} did not answer within {seconds:g} s"
    return endpoint.failure(message, "timeout", retryable=True, maybe_charged=True)


def no_answer_in(endpoint: Endpoint, body: str, content_type: str) -> BackendError:
    """Status 200, and yet no answer in it: a proxy's page, a cut or broken body.

    Retryable, since proxies and gateways do this in passing; the engine bounds how often.
    """
    if "html" in content_type or body.lstrip()[:1] == "<":
        message = (
            f"{endpoint.place} sent a web page ({content_type or 'no content type'}) instead of an answer: "
            "is a proxy in between, is the base URL right?"
        )
        return endpoint.failure(message, "unreachable", retryable=True, raw=body, maybe_charged=True)
    message = f"{endpoint.place} sent no usable answer ({content_type or 'no content type'})"
    return endpoint.failure(message, "server_error", retryable=True, raw=body, maybe_charged=True)


def error_text(body: str) -> str:
    """What an error body says, in one line of at most 300 characters; empty for pages and empty bodies."""
    try:
        value: Any = json.loads(body)
    except ValueError:
        return ""
    if isinstance(value, list) and value:  # Gemini's compatible endpoint wraps its errors in a list
        value = value[0]
    for key in ("error", "message", "detail", "error_message"):
        if isinstance(value, dict) and value.get(key):
            value = value[key]
    if isinstance(value, dict):
        return ""
    return " ".join(str(value).split())[:_MESSAGE_LIMIT]


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the endpoint asked to wait, from `retry-after-ms` or `Retry-After` (RFC 9110, 10.2.3).

    A date is counted from the answer's own `Date`, so that a wrong clock on either side does no harm; without one,
    from now. Nonsense gives None, the past 0.
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after")
    seconds = _number(value)
    if seconds is not None or value is None:
        return seconds
    until = _date(value)
    if until is None:
        return None
    since = _date(headers.get("date", "")) or datetime.now(UTC)
    return max(0.0, (until - since).total_seconds())


def _number(value: str | None) -> float | None:
    try:
        number = float(value) if value is not None else math.nan
    except ValueError:
        return None
    return max(0.0, number) if math.isfinite(number) else None


def _date(value: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(value)
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _first_line(cause: BaseException | None) -> str:
    lines = str(cause).splitlines() if cause is not None else []
    return lines[0] if lines else type(cause).__name__ if cause is not None else "no reason given"
