"""The few errors a user can meet. Each message is one line that names the thing and says what to do next."""

from __future__ import annotations

from typing import Literal

FailureKind = Literal[
    "bad_article",  # the article itself cannot be used: empty, no letters, binary, wrong encoding
    "invalid_output",  # answers came, none could be validated
    "refusal",
    "content_filter",
    "truncated",
    "context_overflow",
    "rate_limited",
    "timeout",
    "unreachable",
    "server_error",
    "rejected",  # the endpoint answered 4xx: bad key, unknown model, malformed request
    "no_answer",  # a replay or batch file holds no answer for this request
    "over_budget",
    "internal",
]
"""Why an article gave no extraction; written as `kind` in `failures.jsonl`."""


class ExtractorError(Exception):
    """Base of all errors meant for the user; the command line prints them as one line and exits with 2."""


class UsageError(ExtractorError):
    """An option, name or path that cannot be used as given."""


class ArticleError(ExtractorError):
    """One article, or one line of a file of articles, that cannot be read.

    Attributes:
        article_id: what to call the article in `failures.jsonl`: its id if known, else `path` or `path:line`.
    """

    def __init__(self, message: str, *, article_id: str) -> None:
        super().__init__(message)
        self.article_id = article_id


class SchemaError(ExtractorError):
    """A schema that cannot be loaded or that lacks what extraction needs."""


class PromptError(ExtractorError):
    """A prompt folder that is missing, broken, or was edited after its release."""


class RunError(ExtractorError):
    """A run folder that cannot be read, written or resumed."""


class BackendError(ExtractorError):
    """A request that brought no usable completion.

    Attributes:
        kind: the failure kind to record when no retry helps.
        retryable: whether the same request may succeed later (429, 5xx, timeouts, cut connections).
        retry_after: seconds the endpoint asked to wait, if it did.
        raw: what came back, as text, if anything did.
        status: the HTTP status that the endpoint answered with, if that is what went wrong.
        maybe_charged: whether an answer may have been made and charged although it did not arrive.
    """

    def __init__(
        self,
        message: str,
        *,
        kind: FailureKind,
        retryable: bool = False,
        retry_after: float | None = None,
        raw: str | None = None,
        status: int | None = None,
        maybe_charged: bool = False,
    ) -> None:
        super().__init__(message)
        self.kind: FailureKind = kind
        self.retryable = retryable
        self.retry_after = retry_after
        self.raw = raw
        self.status = status
        self.maybe_charged = maybe_charged
