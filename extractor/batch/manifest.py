"""`requests.manifest.jsonl`: what a batch was written from, so that its answers can be read back anywhere, any time.

It holds the articles themselves. Answers come a day later, perhaps on another machine; by then a pipe is gone, a
dataset has moved on, and a span in a text that has changed since would be worse than none. The requests hold the same
texts already, so nothing is disclosed that was not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from extractor.batch.files import Batch, lines_with_offsets, not_written
from extractor.engine import Options
from extractor.errors import ArticleError, PromptError, SchemaError, UsageError
from extractor.prompts import Prompt, load_prompt
from extractor.records import FORMAT, Article
from extractor.runs.info import check_format, one_line
from extractor.schemas import Schema, load_schema


@dataclass(frozen=True, slots=True)
class Head:
    """What all requests of a batch have in common.

    Attributes:
        backend, endpoint: `provider/model` that the requests are written for, and where it answers.
        prompt, prompt_digest: what is asked; a prompt that no search finds is named by its folder.
        schema, schema_digest: what for.
        options: `temperature`, `max_tokens`, `seed` where they replace the prompt's, and `reasks`.
        repeats: samples of each article.
        max_requests, max_bytes: of one file.
        run_options: what goes into the `options` of the run beside.
        gold_digest: of the gold that the articles come from.
    """

    backend: str
    endpoint: str
    prompt: str
    prompt_digest: str
    schema: str
    schema_digest: str
    options: dict[str, Any]
    repeats: int
    max_requests: int
    max_bytes: int
    written: datetime
    run_options: dict[str, Any] = field(default_factory=dict)
    gold_digest: str | None = None
    format: int = FORMAT

    def load(self) -> tuple[Prompt, Schema]:
        """Prompt and schema, as they were.

        Raises:
            PromptError, SchemaError: they cannot be loaded, or have changed since.
        """
        schema, prompt = load_schema(self.schema), load_prompt(self.prompt)
        advice = "restore it to read the answers, or write the batch anew"
        if schema.digest != self.schema_digest:
            raise SchemaError(f"schema {self.schema} has changed since the requests were written: {advice}")
        if prompt.digest != self.prompt_digest:
            raise PromptError(f"prompt {self.prompt} has changed since the requests were written: {advice}")
        return prompt, schema

    def options_of(self, repeat: int) -> Options:
        """The engine's options for one of the repeats."""
        return Options(**self.options, repeat=repeat)


@dataclass(frozen=True, slots=True)
class _Unreadable:
    article_id: str
    message: str


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of a manifest: the first holds the batch, each other an article or why there is none."""

    batch: Head | None = None
    article: Article | None = None
    unreadable: _Unreadable | None = None


_LINE = TypeAdapter(_Line)


class ManifestWriter:
    """Writes a manifest that appears when it is whole.

    Raises:
        UsageError: it cannot be written, or is there already.
    """

    def __init__(self, batch: Batch, head: Head) -> None:
        self._path = batch.manifest
        self._draft = self._path.with_name(f".{self._path.name}.new")
        for path in (batch.manifest, batch.base):
            if path.exists():
                raise UsageError(f"{path} is there already, and answers may belong to it: choose another -o")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file: BinaryIO = self._draft.open("wb")
        except OSError as error:
            raise not_written(self._path, error) from error
        self._write({"batch": asdict(head)})

    def add(self, item: Article | ArticleError) -> None:
        """Write an article, or why it cannot be read."""
        if isinstance(item, Article):
            kept = {name: getattr(item, name) for name in ("id", "text", "title", "published", "source", "url")}
            self._write({"article": {name: value for name, value in kept.items() if value is not None}})
        else:
            self._write({"unreadable": {"article_id": item.article_id, "message": str(item)}})

    def finish(self) -> None:
        """Put it in place."""
        try:
            self._file.close()
            self._draft.replace(self._path)
        except OSError as error:
            raise not_written(self._path, error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._file.close()
        self._draft.unlink(missing_ok=True)

    def _write(self, value: dict[str, Any]) -> None:
        try:
            self._file.write(to_json({"format": FORMAT, **value}) + b"\n")
        except OSError as error:
            raise not_written(self._path, error) from error


def read_head(batch: Batch) -> Head:
    """What all requests have in common.

    Raises:
        UsageError: the manifest cannot be read.
        RunError: a newer version wrote it.
    """
    _, _, content = next(lines_with_offsets(batch.manifest), (0, 0, b"{}"))
    head = _read(content, batch.manifest, 1).batch
    if head is None:
        raise UsageError(f"{batch.manifest} is no manifest of a batch: its first line says nothing of one")
    check_format(head.format, str(batch.manifest))
    return head


def read_items(path: Path) -> Iterator[tuple[int, Article | ArticleError]]:
    """The articles of a manifest with their numbers, from 1, one at a time.

    Raises:
        UsageError: it cannot be read; names the line.
    """
    lines = lines_with_offsets(path)
    next(lines, None)
    for number, (line_number, _, content) in enumerate(lines, 1):
        line = _read(content, path, line_number)
        if line.article is not None:
            yield number, line.article
        elif line.unreadable is not None:
            yield number, ArticleError(line.unreadable.message, article_id=line.unreadable.article_id)
        else:
            raise UsageError(f"{path}:{line_number}: holds no article; copy the manifest again")


def _read(content: bytes, path: Path, number: int) -> _Line:
    try:
        return _LINE.validate_json(content)
    except ValidationError as error:
        raise UsageError(f"{path}:{number}: broken: {one_line(error)}; copy the manifest again") from error
