"""The way of one article: rendered, asked, validated, asked again, grounded. Ends in an extraction or a failure."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from extractor.engine.answers import Reading, best_reading, read_answer, reask_messages
from extractor.engine.asking import Account, Asker
from extractor.engine.options import Options
from extractor.engine.pieces import OVERLAP, cut, merge
from extractor.engine.tokens import guess_message_tokens, guess_tokens
from extractor.errors import ArticleError, BackendError, ExtractorError, FailureKind
from extractor.grounding import ground
from extractor.prompts import Parameters, Prompt
from extractor.records import Article, Completion, Extraction, Failure, Message, Problem, Request, Span
from extractor.runs import Cause, Spent
from extractor.schemas import Schema

FREE_TO_RETRY: frozenset[FailureKind] = frozenset(
    {"unreachable", "timeout", "rate_limited", "server_error", "rejected", "no_answer", "over_budget"}
)
"""Failures that brought no answer and may go otherwise next time; a resumed run tries these articles again."""

Record = Callable[[Request, Completion | BackendError], None]
"""Told of each answer as it came, and of each request that will never get one."""

_FIRST: Cause = "first"
_REASK: Cause = "reask"
_TIMEOUT: FailureKind = "timeout"
_INTERNAL: FailureKind = "internal"
_SHORTEST_CUT = 1000
"""Characters; where a shorter text is too long, it is the prompt that does not fit."""
_LEAST_ROOM = 200
"""Tokens of a context window that must be left for the article, to cut it beforehand."""
_CAUTION = 0.85
"""Pieces are made this much shorter than what should fit: tokens are guessed, and pieces of an article differ."""
_LONGER = 2
"""A truncated answer is asked for once more with this many times the tokens."""


class _Unusable(Exception):  # noqa: N818  # not an error: one of the ways an article ends
    """The article ends without a valid answer."""

    def __init__(self, kind: FailureKind, message: str, raw: str | None) -> None:
        super().__init__(message)
        self.kind = kind
        self.raw = raw


@dataclass(frozen=True)
class Work:
    """What all articles of an extraction have in common; `record` is told of answers before they are used."""

    asker: Asker
    prompt: Prompt
    schema: Schema
    options: Options
    parameters: Parameters
    json_schema: dict[str, Any]
    record: Record | None = None

    async def extract(self, article: Article, *, fresh: bool = False) -> tuple[Extraction | Failure, Spent]:
        """Extract one article; `fresh` asks anew although the cache has an answer.

        Raises:
            ExtractorError: what would stop every other article as well: a broken prompt or schema.
        """
        seconds = self.options.deadline_s
        conversation = _Conversation(self, article, fresh, self.asker.timing.now() + seconds)
        result: Extraction | Failure
        try:
            async with asyncio.timeout(seconds) as scope:
                result = await conversation.extraction()
        except _Unusable as end:
            result = conversation.failure(end.kind, str(end), end.raw)
        except BackendError as error:
            result = conversation.failure(error.kind, str(error), error.raw or conversation.last_text)
        except ArticleError as error:
            result = conversation.failure("bad_article", str(error), None)
        except ExtractorError:
            raise
        except Exception as error:  # one article must not stop the others
            if scope.expired():
                kind, message = _TIMEOUT, f"not done within the {seconds:g} s that one article may take"
            else:
                kind, message = _INTERNAL, f"{type(error).__name__}: {error}"
            result = conversation.failure(kind, message, conversation.last_text)
        return result, conversation.account.spent


@dataclass
class _Conversation:
    """The requests of one article, one after the other.

    `asked` is what is asked about now: the article, or a piece of it when it is longer than the model can read.
    `overflowed` is the length of the shortest text, in characters, that was too long; `pieces` have been read.
    """

    work: Work
    article: Article
    fresh: bool
    deadline: float
    account: Account = field(default_factory=Account)
    readings: list[Reading] = field(default_factory=list)
    last_text: str | None = None
    lengthened: bool = False
    asked: Article = field(init=False)
    overflowed: int | None = None
    pieces: int = 0

    def __post_init__(self) -> None:
        self.asked = self.article

    def failure(self, kind: FailureKind, message: str, raw: str | None) -> Failure:
        """The failure that the article ends in."""
        return Failure(
            article_id=self.article.id,
            kind=kind,
            message=message,
            raw=raw,
            usage=self.account.usage if self.account.requests else None,
            attempts=self.account.requests,
            repeat=self.work.options.repeat,
        )

    async def extraction(self) -> Extraction:
        """Ask until an answer is valid or re-asks are used up, and make a record of it."""
        _check(self.article)
        reading = await self._read(self.article.text)
        schema = self.work.schema
        events = [schema.finish(event, index) for index, event in enumerate(reading.events)]
        spans = list(ground(self.article.text, events, schema)) if events else []  # most articles of most days
        account = self.account
        return Extraction(
            article_id=self.article.id,
            events=events,
            spans=spans,
            problems=[*self._cutting(), *reading.problems, *_ungrounded(spans, events)],
            usage=account.usage,
            cost_usd=account.cost_usd,
            latency_s=account.latency_s,
            backend=self.work.asker.backend.name,
            model=account.model,
            prompt=self.work.prompt.ref,
            repeat=self.work.options.repeat,
        )

    def _cutting(self) -> Iterator[Problem]:
        """What a reader must know of an article that was not read at once."""
        if self.pieces > 1:
            message = (
                f"longer than the model can read, so it was read in {self.pieces} overlapping pieces: events that two "
                "of them tell in different words may be there twice, and each piece was asked for its own main event"
            )
            yield Problem("article", "read_in_pieces", message)

    async def _read(self, text: str) -> Reading:
        """The events of a text: the article's, or of a piece of it; read in pieces if it is too long at once."""
        size = self._longest(text)
        if size is None:
            self.asked = self.article if text == self.article.text else replace(self.article, text=text)
            self.readings, self.lengthened = [], False
            try:
                reading = await self._answer()
            except BackendError as error:
                if error.kind != "context_overflow" or self.readings or len(text) <= _SHORTEST_CUT:
                    raise
            else:
                self.pieces += 1
                return reading
            self.overflowed = len(text)
            size = len(text) // 2 + len(text) // OVERLAP
        pieces = [text[start:end] for start, end in cut(text, size)]
        found = [await self._read(piece) for piece in pieces if any(map(str.isalpha, piece))]
        return Reading(
            events=merge([reading.events for reading in found], self.work.schema),
            problems=tuple(problem for reading in found for problem in reading.problems),
            usable=True,
        )

    def _longest(self, text: str) -> int | None:
        """How long pieces of the text may be, in characters; None: it fits, as far as is known."""
        if self.overflowed is not None and len(text) >= self.overflowed:
            return self.overflowed // 2 + self.overflowed // OVERLAP
        window = self.work.asker.backend.capabilities.context_window
        if window is None or len(text) <= _SHORTEST_CUT:
            return None
        around = replace(self.article, text="")
        beside = guess_message_tokens(self.work.prompt.render(around, self.work.schema)) + self._max_tokens
        here = guess_tokens(text)
        room = window - beside
        if here <= room or room < _LEAST_ROOM:  # where the prompt alone fills it, let the endpoint say so
            return None
        return max(_SHORTEST_CUT, int(len(text) * room / here * _CAUTION))

    async def _answer(self) -> Reading:
        """A valid answer, else the best of what validates."""
        try:
            return await self._valid_answer()
        except _Unusable:
            if best := best_reading(self.readings):
                return best
            raise
        except BackendError as error:
            # an article whose re-ask failed in transport is tried again as a whole; it may get a valid answer then
            if error.kind not in FREE_TO_RETRY and (best := best_reading(self.readings)):
                return best
            raise

    async def _valid_answer(self) -> Reading:
        original = self.work.prompt.render(self.asked, self.work.schema)
        messages, cause, complaint = original, _FIRST, ""
        for _ in range(1 + self.work.options.reasks):
            completion, key = await self._complete(messages, cause)
            reading = read_answer(completion.text, self.work.schema)
            self.readings.append(reading)
            if reading.whole:
                self.work.asker.keep(key, completion)
            if reading.complaint is None:
                return reading
            complaint, cause = reading.complaint, _REASK
            messages = reask_messages(original, completion.text, complaint)
        raise _Unusable("invalid_output", f"no answer was valid, the last: {complaint}", self.last_text)

    async def _complete(self, messages: tuple[Message, ...], cause: Cause) -> tuple[Completion, bytes]:
        """A complete answer and its cache key; one that was truncated is asked for again, with more room."""
        completion, key = await self._ask(messages, cause)
        if completion.finish == "length" and not self.lengthened:
            self.lengthened = True
            try:
                completion, key = await self._ask(messages, _REASK)
            except BackendError as error:
                if error.kind in FREE_TO_RETRY - {"rejected"}:
                    raise
                message = f"cut off at {self._max_tokens // _LONGER} tokens, and more were not granted: {error}"
                raise _Unusable("truncated", message, self.last_text) from error
        match completion.finish:
            case "length":
                message = f"the answer was cut off at {self._max_tokens} tokens: allow more, or split the article"
                raise _Unusable("truncated", message, completion.text)
            case "refusal":
                raise _Unusable("refusal", "the model refused to answer", completion.text)
            case "content_filter":
                raise _Unusable("content_filter", "the endpoint's content filter stopped the answer", completion.text)
            case "stop":
                return completion, key

    async def _ask(self, messages: tuple[Message, ...], cause: Cause) -> tuple[Completion, bytes]:
        work = self.work
        request = Request(
            article=self.asked,
            messages=messages,
            schema_name=work.schema.name,
            json_schema=work.json_schema,
            max_tokens=self._max_tokens,
            temperature=work.parameters.temperature,
            seed=work.parameters.seed,
            repeat=work.options.repeat,
        )
        try:
            completion, key = await work.asker.ask(
                request, self.account, cause=cause, deadline=self.deadline, fresh=self.fresh
            )
        except BackendError as error:
            if work.record is not None and error.kind not in FREE_TO_RETRY - {"rejected"}:
                work.record(request, error)
            raise
        if work.record is not None:
            work.record(request, completion)
        self.last_text = completion.text
        return completion, key

    @property
    def _max_tokens(self) -> int:
        return self.work.parameters.max_tokens * (_LONGER if self.lengthened else 1)


def _check(article: Article) -> None:
    """Refuse text that the readers of files would not have let through.

    Raises:
        ArticleError: it has no letters, or cannot be written as UTF-8.
    """
    if not any(map(str.isalpha, article.text)):
        raise ArticleError("the article has no letters: there is no text to read", article_id=article.id)
    try:
        article.text.encode()
    except UnicodeEncodeError as error:
        message = f"the article is no valid text: half a surrogate pair at character {error.start}; decode it again"
        raise ArticleError(message, article_id=article.id) from error


def _ungrounded(spans: list[Span], events: list[dict[str, Any]]) -> Iterator[Problem]:
    for span in spans:
        if span.status == "ungrounded":
            value = _at(events, span.path)
            yield Problem(span.path, "ungrounded", f"{value!r} stands nowhere in the article")


def _at(events: list[dict[str, Any]], path: str) -> Any:
    """The value at a dotted path such as `events.0.locations.0.site`."""
    value: Any = {"events": events}
    for step in path.split("."):
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value
