r"""Files that hold one article each: plain text, Markdown and HTML.

The text of `.txt` and `.md` files is the file's, with two changes: a byte order mark is taken off, and `\r\n` and
`\r` become `\n`. Offsets count the code points of that text; `Path.read_text(encoding="utf-8-sig")` gives the same.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, BinaryIO

from extractor.articles.decoding import check_text, decode, read_at_most, text_bytes, too_long
from extractor.articles.fields import Options, describe, describes_something
from extractor.articles.files import File
from extractor.articles.pages import declared_encoding, page_values
from extractor.errors import ArticleError
from extractor.records import Article

_FRONT_MATTER = re.compile(r"---[ \t]*\n((?:(?!---[ \t]*\n).*\n){0,100}?)---[ \t]*(?:\n|\Z)")
_ENTRY = re.compile(r"([A-Za-z_][\w-]*)[ \t]*:[ \t]*(.*)")
_PAGE_BYTES = 5
"""A page may be this many times as long as the article on it: markup and scripts come on top."""


def text_article(stream: BinaryIO, *, name: str, article_id: str, options: Options) -> Article:
    """The whole stream as one article, without a title: it has none unless someone says so.

    Raises:
        ArticleError: not a text, or none that can be used.
    """
    text = _text(stream, name, options)
    check_text(text, name=name, article_id=article_id, max_chars=options.max_chars)
    return Article(id=article_id, text=text)


def document(file: File, *, options: Options) -> Article:
    """The article in a `.txt`, `.md`, `.html` or `.htm` file.

    Raises:
        ArticleError: not a text, or none that can be used.
        OSError: the file cannot be read.
    """
    with Path(file.path).open("rb") as stream:
        if file.suffix in {".html", ".htm"}:
            return _page(stream, file, options)
        if file.suffix == ".md":
            return _markdown(stream, file, options)
        return text_article(stream, name=file.path, article_id=file.base_id, options=options)


def _text(stream: BinaryIO, name: str, options: Options) -> str:
    limit = 2 * text_bytes(options.max_chars)  # \r\n counts twice here and once in the text
    data = read_at_most(stream, limit)
    if not data:
        raise ArticleError(f"{name} is empty: there is no text to read", article_id=name)
    if len(data) > limit:
        raise ArticleError(f"{name} {too_long(options.max_chars)}", article_id=name)
    return decode(data, name=name).replace("\r\n", "\n").replace("\r", "\n")


def _markdown(stream: BinaryIO, file: File, options: Options) -> Article:
    """Front matter of plain `key: value` lines describes the article and is no part of its text."""
    text = _text(stream, file.path, options)
    values: dict[str, Any] = {}
    match = _FRONT_MATTER.match(text)
    if match is not None:
        values = _front_matter(match[1])
        text = text[match.end() :] if values else text
    return _described(text, values, file, options)


def _front_matter(block: str) -> dict[str, Any]:
    """The entries, empty unless they describe an article: a rule across the page looks the same. Entries that are
    not plain (lists, blocks) are kept as the text they are.
    """
    values: dict[str, Any] = {}
    last = None
    for line in block.splitlines():
        entry = _ENTRY.fullmatch(line)
        if entry is not None:
            last, value = entry[1], entry[2].strip()
            quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
            values[last] = value[1:-1] if quoted else value
        elif last is not None and line.startswith((" ", "\t", "-")):
            values[last] = f"{values[last]}\n{line}".strip("\n")
        elif line.strip() and not line.startswith("#"):
            return {}
    return values if describes_something(values) else {}


def _page(stream: BinaryIO, file: File, options: Options) -> Article:
    limit = _PAGE_BYTES * text_bytes(options.max_chars)
    data = read_at_most(stream, limit)
    if not data:
        raise ArticleError(f"{file.path} is empty: there is no text to read", article_id=file.path)
    if len(data) > limit:
        raise ArticleError(f"{file.path} {too_long(options.max_chars)}", article_id=file.path)
    html = decode(data, name=file.path, declared=declared_encoding(data))
    values = page_values(html)
    if values is None:
        raise ArticleError(f"{file.path} holds no article text that could be found", article_id=file.base_id)
    text = values.pop("text")
    return _described(text, {key: value for key, value in values.items() if value}, file, options)


def _described(text: str, values: dict[str, Any], file: File, options: Options) -> Article:
    check_text(text, name=file.path, article_id=file.base_id, max_chars=options.max_chars)
    return describe(values).article(file.base_id, text)
