"""The rows of a Hugging Face dataset, streamed: from the hub, or from a local folder of data files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from extractor.articles.fields import Options, Placed, Row, articles_from_rows, no_text_column, text_column
from extractor.articles.tables import one_line
from extractor.errors import ArticleError

PREFIX = "hf:"


def dataset_articles(source: str, *, options: Options) -> Iterator[Placed | ArticleError]:
    """The articles of `hf:NAME` or `hf:NAME:SPLIT`; a dataset with several splits wants one named.

    Rows without an id are called by the last part of the name, the split and their number: `news-train-000001`.
    """
    name, _, split = source.removeprefix(PREFIX).partition(":")
    try:
        split, dataset = _open(name, split)
    except ArticleError as error:
        yield error
        return
    base_id = f"{PurePath(name).name}-{split}"
    yield from articles_from_rows(_rows(dataset, source, options), name=source, base_id=base_id, options=options)


def _open(name: str, split: str) -> tuple[str, Any]:
    source = f"{PREFIX}{name}:{split}" if split else f"{PREFIX}{name}"
    if not name:
        raise ArticleError(f"{source} names no dataset; write hf:NAME or hf:NAME:SPLIT", article_id=source)

    from datasets import load_dataset  # type: ignore[import-untyped]

    try:
        splits = load_dataset(name, streaming=True)
    except Exception as error:  # the library and its clients share no base class of errors
        reason = "cannot be reached as a dataset; check the name and the connection, or give a local folder"
        raise ArticleError(f"{source} {reason}: {one_line(error)}", article_id=source) from error
    names = list(splits)
    chosen = split or (names[0] if len(names) == 1 else "")
    if chosen not in names:
        problem = f"has no split {split!r}" if split else "has several splits"
        choices = ", ".join(f"{PREFIX}{name}:{each}" for each in names)
        raise ArticleError(f"{source} {problem}; give one of {choices}", article_id=source)
    return chosen, splits[chosen]


def _rows(dataset: Any, source: str, options: Options) -> Iterator[Row | ArticleError]:
    rows = iter(dataset)
    number = 0
    while True:
        try:
            values = next(rows, None)
        except Exception as error:  # as above: whatever a remote file or a builder raises
            reason = f"broke off behind row {number}: {one_line(error)}"
            yield ArticleError(f"{source} {reason}", article_id=source)
            return
        if values is None:
            return
        number += 1
        if number == 1 and text_column(values, options.text_field) is None:
            yield no_text_column(source, values, options.text_field)
            return
        yield Row(number, f"{source}:{number}", values)
