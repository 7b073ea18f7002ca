"""Read articles from whatever the user names, one at a time; what cannot be read comes as a value, in its place."""

from __future__ import annotations

import hashlib
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

from extractor.articles.decoding import DEFAULT_MAX_CHARS, STDIN, rejoined, row_bytes
from extractor.articles.documents import document, text_article
from extractor.articles.fields import Options, Placed, articles_from_rows
from extractor.articles.files import File, files_of, unreadable
from extractor.articles.hub import PREFIX, dataset_articles
from extractor.articles.tables import csv_rows, json_rows, jsonl_rows, parquet_rows
from extractor.errors import ArticleError, UsageError
from extractor.records import Article

_DOCUMENTS = frozenset({".txt", ".md", ".html", ".htm"})


def read_articles(
    sources: Sequence[str],
    *,
    stdin: BinaryIO | None = None,
    text_field: str | None = None,
    max_chars: int = DEFAULT_MAX_CHARS,
) -> Iterator[Article | ArticleError]:
    """Read articles in the order of the sources, holding one at a time.

    Args:
        sources: files, folders, globs (`**` too), `-` for standard input, `hf:NAME[:SPLIT]` for a dataset.
        stdin: what `-` reads; the process's standard input by default. JSONL if it begins with `{`, else one text.
        text_field: the column of tables that holds the text, where it is none of text, body, content, article.
        max_chars: the longest article that is read, in characters.

    Returns:
        Articles, and an `ArticleError` in the place of each that cannot be read: nothing is raised for one bad
        article. Ids are unique: an article whose id was met before comes as an error. Ids are kept as 16-byte digests
        in a temporary database on disk, so that memory does not grow with the number of articles.

    Raises:
        UsageError: no sources, `-` twice, or a limit below one character.
    """
    if not sources:
        raise UsageError("no articles given; name files, folders or globs, or - for standard input")
    if list(sources).count("-") > 1:
        raise UsageError("- is given twice, but standard input can be read only once")
    if max_chars < 1:
        raise UsageError(f"--max-chars is {max_chars}; give at least 1")
    return _unique(_read_all(list(sources), stdin, Options(text_field, max_chars)))


def _read_all(sources: list[str], stdin: BinaryIO | None, options: Options) -> Iterator[Placed | ArticleError]:
    for source in sources:
        if source == "-":
            yield from _standard_input(sys.stdin.buffer if stdin is None else stdin, options)
        elif source.startswith(PREFIX):
            yield from dataset_articles(source, options=options)
        else:
            for file in files_of(source):
                if isinstance(file, ArticleError):
                    yield file
                else:
                    yield from _file(file, options)


def _file(file: File, options: Options) -> Iterator[Placed | ArticleError]:
    try:
        if file.suffix in _DOCUMENTS:
            yield Placed(file.path, document(file, options=options))
        else:
            yield from _table(file, options)
    except ArticleError as error:
        yield error
    except OSError as error:
        yield unreadable(file.path, error)


def _table(file: File, options: Options) -> Iterator[Placed | ArticleError]:
    name, base_id = file.path, file.base_id
    with Path(file.path).open("rb") as stream:
        match file.suffix:
            case ".json":
                rows = json_rows(stream, name=name)
            case ".csv" | ".tsv":
                rows = csv_rows(stream, name=name, tabs=file.suffix == ".tsv", options=options)
            case ".parquet":
                rows = parquet_rows(stream, name=name, options=options)
            case _:
                rows = jsonl_rows(stream, name=name, options=options)
        yield from articles_from_rows(rows, name=name, base_id=base_id, options=options)


def _standard_input(stream: BinaryIO, options: Options) -> Iterator[Placed | ArticleError]:
    try:
        head = stream.readline(row_bytes(options.max_chars))
        whole = rejoined(head, stream)
        if _begins_json(head):
            rows = jsonl_rows(whole, name=STDIN, options=options)
            yield from articles_from_rows(rows, name=STDIN, base_id=STDIN, options=options)
        else:
            yield Placed(STDIN, text_article(whole, name=STDIN, article_id=STDIN, options=options))
    except ArticleError as error:
        yield error
    except OSError as error:
        yield unreadable(STDIN, error)


def _begins_json(head: bytes) -> bool:
    encoding = "utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    return head[:4096].decode(encoding, "ignore").lstrip().startswith("{")


def _unique(found: Iterator[Placed | ArticleError]) -> Iterator[Article | ArticleError]:
    """Articles, the second and later ones of an id turned into errors.

    Such an error goes by its place, not by the id: that belongs to the article which is kept.
    """
    # An empty name is SQLite's private temporary database: in memory up to its page cache, then on disk. Readers may
    # be advanced from a worker thread, though only ever by one at a time.
    with closing(sqlite3.connect("", check_same_thread=False, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("BEGIN")  # never ended: one transaction, so that no insertion is written for itself
        database.execute("CREATE TABLE seen (id BLOB PRIMARY KEY) WITHOUT ROWID")
        for each in found:
            if isinstance(each, ArticleError):
                yield each
            elif _is_new(database, each.article.id):
                yield each.article
            else:
                advice = "give every article its own id, or read files of one name through the folder they share"
                message = f"{each.place} is skipped: an earlier article has its id {each.article.id!r}; {advice}"
                yield ArticleError(message, article_id=each.place)


def _is_new(database: sqlite3.Connection, article_id: str) -> bool:
    digest = hashlib.blake2b(article_id.encode(), digest_size=16).digest()
    return database.execute("INSERT OR IGNORE INTO seen VALUES (?)", (digest,)).rowcount == 1
