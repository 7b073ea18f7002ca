"""The articles that a command line names: files and what else, or standard input."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import BinaryIO, cast

from extractor.articles import DEFAULT_MAX_CHARS, read_articles
from extractor.errors import ArticleError, UsageError
from extractor.records import Article


class ArticleSources:
    """Articles to be read from the start as often as needed, by one reader at a time.

    Args:
        named: files, folders, globs, `hf:NAME[:SPLIT]`, `-`; nothing at all is standard input.
        text_field, max_chars, limit: as the options of these names say.
        again: they will be read more than once: what standard input gives is kept, in a temporary file.

    Raises:
        UsageError: nothing is named, and standard input is a terminal.
    """

    def __init__(
        self,
        named: Sequence[str],
        *,
        text_field: str | None = None,
        max_chars: int | None = None,
        limit: int | None = None,
        again: bool = False,
    ) -> None:
        if not named and sys.stdin.isatty():
            raise UsageError("no articles: name files, folders or globs, or pipe a text in")
        self._named = tuple(named) or ("-",)
        self._text_field = text_field
        self._max_chars = DEFAULT_MAX_CHARS if max_chars is None else max_chars
        self._limit = limit
        self._again = again
        self._stdin: BinaryIO | None = None

    def read(self) -> Iterable[Article | ArticleError]:
        """All of them, lazily, in order; see `read_articles`."""
        found = read_articles(
            self._named, stdin=self._standard_input(), text_field=self._text_field, max_chars=self._max_chars
        )
        return found if self._limit is None else islice(found, self._limit)

    def _standard_input(self) -> BinaryIO | None:
        if "-" not in self._named:
            return None
        if not self._again:
            return _unbuffered()
        if self._stdin is None:
            self._stdin = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115  # gone with this object
            shutil.copyfileobj(_unbuffered(), self._stdin)
        self._stdin.seek(0)
        return self._stdin


def _unbuffered() -> BinaryIO:
    """Standard input, unbuffered by Python: an interrupt while its buffer waits in a thread would crash the process."""
    if sys.stdin is not sys.__stdin__:
        return sys.stdin.buffer
    return open(0, "rb", closefd=False)
