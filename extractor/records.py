"""The things that travel: article, request, completion, extraction, failure. Plain frozen data, no behaviour, no I/O.

The serialised forms of `Extraction` and `Failure` are file contracts (`docs/formats.md`): their keys are promises.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from extractor.errors import FailureKind

FORMAT = 1
"""Version of the line formats of `extractions.jsonl` and `failures.jsonl`."""


@dataclass(frozen=True, slots=True)
class Article:
    """One text with its metadata.

    `text` is what every offset counts in (code points). `published` and `source` are set only when the input gives
    them; they are never guessed. `metadata` keeps the input's other columns (for example tags) untouched.
    """

    id: str
    text: str
    title: str | None = None
    published: date | None = None
    source: str | None = None
    url: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)


Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    """One chat message."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one or more completions. All counts are >= 0; `cached_tokens` is the part of `input_tokens` that the
    provider served from its prefix cache.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cached_tokens + other.cached_tokens,
        )


@dataclass(frozen=True, slots=True)
class Request:
    """What goes to a backend: the rendered messages, and what the answer must look like.

    `article` rides along for in-process backends that read it instead of the messages; hosted backends see nothing
    but `messages`. `json_schema` is the schema of the whole answer. `repeat` is part of the cache key, so that
    repeats are real samples.
    """

    article: Article
    messages: tuple[Message, ...]
    schema_name: str
    json_schema: dict[str, Any]
    max_tokens: int = 4096
    temperature: float | None = 0.0
    seed: int | None = None
    repeat: int = 0


FinishReason = Literal["stop", "length", "refusal", "content_filter"]


@dataclass(frozen=True, slots=True)
class Completion:
    """What came back: the answer's raw text and what it took.

    `usage` is None when the endpoint reported none. `latency_s` is wall time of this request; None when the answer
    came from a cache or a recording. `cost_usd` is None when no price is known.
    """

    text: str
    finish: FinishReason = "stop"
    model: str | None = None
    usage: Usage | None = None
    latency_s: float | None = None
    cost_usd: float | None = None
    cached: bool = False


SpanStatus = Literal["exact", "folded", "fuzzy", "ambiguous", "inferred", "ungrounded"]


@dataclass(frozen=True, slots=True)
class Span:
    """Where a value stands in the article: `[start, end)` in code points, both None when it stands nowhere.

    `path` is dotted from the record: `events.0.locations.0.site`.
    """

    path: str
    start: int | None
    end: int | None
    status: SpanStatus


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a reader of an extraction must know: an event dropped as invalid, a value that stands nowhere."""

    path: str
    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Extraction:
    """The validated, grounded events of one article, with their provenance. `events` are plain JSON values."""

    article_id: str
    events: list[dict[str, Any]]
    spans: list[Span]
    problems: list[Problem]
    usage: Usage | None
    cost_usd: float | None
    latency_s: float | None
    backend: str
    model: str | None
    prompt: str
    repeat: int = 0


@dataclass(frozen=True, slots=True)
class Failure:
    """An article that gave no extraction. `raw` is the last answer as it came, `attempts` the requests it took."""

    article_id: str
    kind: FailureKind
    message: str
    raw: str | None = None
    usage: Usage | None = None
    attempts: int = 0
    repeat: int = 0
