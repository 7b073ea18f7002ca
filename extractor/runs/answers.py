"""`answers.jsonl` of a run: every answer as it came, under a digest of what was asked, so that the run can be replayed.

Knows nothing of who answers or why it was asked. Where a request was answered more than once (a session was killed
before its result was written, or a failed article tried again), the last answer counts: the result was made of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json, to_json

from extractor.errors import BackendError, FailureKind, RunError
from extractor.records import FORMAT, Completion, FinishReason, Request, Usage
from extractor.runs.info import check_format, one_line
from extractor.runs.lines import LineFile, read_error, sync_folder
from extractor.runs.secrecy import Redactor

ANSWERS_FILE = "answers.jsonl"


@dataclass(frozen=True, slots=True)
class RequestDigests:
    """What was asked, as digests (BLAKE2b, hexadecimal).

    Attributes:
        key: of everything that a model is shown and told: two requests are the same if their keys are.
        text: of the article's text.
        metadata: of its title, publication date and source, which prompts show.
        json_schema: of the schema of the answer, the order of its keys included.
        instructions: of the first message, the part of the prompt that is the same for every article.
    """

    key: str
    text: str
    metadata: str
    json_schema: str
    instructions: str


class RequestDigester:
    """Digests many requests; what is the same in all of them is digested once."""

    def __init__(self) -> None:
        self._schema: dict[str, Any] | None = None
        self._instructions: str | None = None
        self._schema_digest = self._instructions_digest = ""

    def __call__(self, request: Request) -> RequestDigests:
        """The digests of a request."""
        if request.json_schema is not self._schema:
            self._schema, self._schema_digest = request.json_schema, _digest(request.json_schema, 8)
        first, *others = request.messages
        if first.content is not self._instructions:
            self._instructions, self._instructions_digest = first.content, _digest([first.role, first.content], 8)
        article = request.article
        asked = [
            self._instructions_digest,
            [[message.role, _whole(message.content)] for message in others],
            request.schema_name,
            self._schema_digest,
            request.max_tokens,
            request.temperature,
            request.seed,
            request.repeat,
        ]
        return RequestDigests(
            key=_digest(asked, 16),
            text=_digest(_whole(article.text), 8),
            metadata=_digest([_whole(article.title), str(article.published), _whole(article.source)], 8),
            json_schema=self._schema_digest,
            instructions=self._instructions_digest,
        )


@dataclass(frozen=True, slots=True)
class RecordedAnswer:
    """What came back, without what only holds at the time: latency, whether it was cached."""

    text: str
    finish: FinishReason = "stop"
    model: str | None = None
    usage: Usage | None = None
    cost_usd: float | None = None


@dataclass(frozen=True, slots=True)
class RecordedError:
    """Why no answer came, where asking again would not have helped."""

    kind: FailureKind
    message: str
    raw: str | None = None

    @property
    def error(self) -> BackendError:
        """As it was raised."""
        return BackendError(self.message, kind=self.kind, raw=self.raw)


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """One line of `answers.jsonl`: either an answer or an error."""

    article_id: str
    request: RequestDigests
    answer: RecordedAnswer | None = None
    error: RecordedError | None = None
    format: int = FORMAT

    @property
    def completion(self) -> Completion:
        """The answer as a completion that was not waited for.

        Raises:
            BackendError: an error was recorded.
        """
        if self.answer is None:
            raise (self.error or RecordedError("internal", "the line holds neither an answer nor an error")).error
        found = self.answer
        return Completion(found.text, found.finish, found.model, found.usage, None, found.cost_usd)


class AnswerLog:
    """Adds answers to the file of a run, which is made with the first one.

    Args:
        folder: of the run.
        redact: takes secrets out.
    """

    def __init__(self, folder: Path, redact: Redactor) -> None:
        self._path = folder / ANSWERS_FILE
        self._redact = redact
        self._digests = RequestDigester()
        self._lines: LineFile | None = None

    def add(self, request: Request, result: Completion | BackendError) -> None:
        """Write one answer, or why there is none.

        Raises:
            RunError: it cannot be written.
        """
        if self._lines is None:
            self._lines = LineFile(self._path)
            sync_folder(self._path.parent)
        # only values that are secrets for sure: an answer that was changed would no longer be the one that was given
        if isinstance(result, BackendError):
            raw = None if result.raw is None else self._redact(_whole(result.raw) or "")
            error = RecordedError(result.kind, self._redact(_whole(str(result)) or ""), raw)
            line = AnswerLine(request.article.id, self._digests(request), error=error)
        else:
            text = self._redact.known(_whole(result.text) or "")
            answer = RecordedAnswer(text, result.finish, result.model, result.usage, result.cost_usd)
            line = AnswerLine(request.article.id, self._digests(request), answer)
        self._lines.add(_encoded(line))

    def sync(self) -> None:
        """Wait until all answers are on the disk."""
        if self._lines is not None:
            self._lines.sync()

    def close(self) -> None:
        """Close without syncing. Idempotent."""
        if self._lines is not None:
            self._lines.close()


class AnswerIndex:
    """Finds answers in the file of a run; holds where they stand, some 200 bytes each, not the answers.

    Args:
        folder: of the run; one without the file holds no answers.

    Raises:
        RunError: the file cannot be read, or a line of it is broken.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / ANSWERS_FILE
        self._by_article: dict[str, dict[str, int]] = {}
        self._by_key: dict[str, int] = {}
        try:
            self._file = self._path.open("rb") if self._path.exists() else None
        except OSError as error:
            raise read_error(self._path, error) from error
        for offset, line in self._lines():
            self._by_article.setdefault(line.article_id, {})[line.request.key] = offset
            self._by_key[line.request.key] = offset

    def __len__(self) -> int:
        """How many requests of articles have an answer."""
        return sum(map(len, self._by_article.values()))

    def find(self, article_id: str, key: str) -> AnswerLine | None:
        """The answer that an article got to a request, else one that another article got to the same request."""
        offset = self._by_article.get(article_id, {}).get(key, self._by_key.get(key))
        return None if offset is None else self._at(offset)

    def has(self, article_id: str, key: str) -> bool:
        """Whether the article itself got an answer to that request."""
        return key in self._by_article.get(article_id, {})

    def of_article(self, article_id: str) -> list[AnswerLine]:
        """All answers that an article got."""
        return [self._at(offset) for offset in self._by_article.get(article_id, {}).values()]

    def close(self) -> None:
        """Close the file. Idempotent."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _at(self, offset: int) -> AnswerLine:
        if self._file is None:
            raise ValueError("the index is closed")
        self._file.seek(offset)
        return self._read(self._file.readline(), offset)

    def _lines(self) -> Iterator[tuple[int, AnswerLine]]:
        """The lines that count, with their offsets; a torn last line is left out."""
        if self._file is None:
            return
        self._file.seek(offset := 0)
        for content in self._file:
            if content.endswith(b"\n"):
                yield offset, self._read(content, offset)
            offset += len(content)

    def _read(self, content: bytes, offset: int) -> AnswerLine:
        try:
            return _LINE.validate_json(content)
        except ValidationError as error:
            where = f"{self._path}: the line at byte {offset}"
            self._refuse_newer(content, where)
            raise RunError(f"{where} is broken: {one_line(error)}; take it out to go on without it") from error

    @staticmethod
    def _refuse_newer(content: bytes, where: str) -> None:
        try:
            found = from_json(content)
        except ValueError:
            return
        if isinstance(found, dict) and isinstance(found.get("format"), int):
            check_format(found["format"], where)


_LINE = TypeAdapter(AnswerLine)


def _encoded(line: AnswerLine) -> bytes:
    values = {name: getattr(line, name) for name in ("article_id", "request")}
    answer, error = line.answer, line.error
    if answer is not None:
        kept = {one.name: value for one in fields(answer) if (value := getattr(answer, one.name)) is not None}
        values["answer"] = kept
    else:
        values["error"] = error
    return to_json({"format": line.format, **values}, inf_nan_mode="null")


def _digest(value: Any, size: int) -> str:
    return hashlib.blake2b(to_json(value), digest_size=size).hexdigest()


def _whole(text: str | None) -> str | None:
    """Text without lone surrogates, which UTF-8 cannot hold."""
    if text is None:
        return None
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text
