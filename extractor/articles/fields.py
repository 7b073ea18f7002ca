"""From a row of a table, or the head of a document, to the fields of an article. Nothing is ever guessed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from extractor.articles.decoding import check_text, is_unicode
from extractor.errors import ArticleError
from extractor.records import Article

COLUMNS: dict[str, tuple[str, ...]] = {
    "text": ("text", "body", "content", "article"),
    "id": ("id", "article_id", "doc_id"),
    "title": ("title", "headline"),
    "published": ("published", "published_at", "date", "publish_date", "publication_date"),
    "source": ("source", "outlet", "publisher"),
    "url": ("url", "link"),
}
"""Column names that are understood, whatever their case; the first that has a value is taken."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to read: `text_field` names the text column of tables, `max_chars` is the longest article that is read."""

    text_field: str | None
    max_chars: int


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: its number (from 1, for the id; None for a lone row), place (`path:line`) and columns."""

    number: int | None
    place: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Placed:
    """An article and where it was read: `path` or `path:line`."""

    place: str
    article: Article


@dataclass(frozen=True, slots=True)
class Description:
    """What is said about an article beside its text; `metadata` holds all that has no field of its own."""

    title: str | None
    published: date | None
    source: str | None
    url: str | None
    metadata: dict[str, Any]

    def article(self, article_id: str, text: str) -> Article:
        """The article that it describes."""
        return Article(
            id=article_id,
            text=text,
            title=self.title,
            published=self.published,
            source=self.source,
            url=self.url,
            metadata=self.metadata,
        )


def describe(values: Mapping[str, Any]) -> Description:
    """Take title, publication date, source and URL from named values; the rest is metadata, untouched.

    A value that cannot be used (a date that is not ISO 8601, a source that is not text) stays in the metadata under
    its own name, and its field is None.
    """
    rest = dict(values)
    found: dict[str, Any] = {}
    for name, usable in (("title", _text), ("published", _date), ("source", _text), ("url", _text)):
        column = _column(values, COLUMNS[name])
        found[name] = usable(values[column]) if column is not None else None
        if column is not None and found[name] is not None:
            del rest[column]
    return Description(metadata=rest, **found)


def describes_something(values: Mapping[str, Any]) -> bool:
    """Whether any of the names is one that `describe` understands."""
    return any(_column(values, COLUMNS[name]) is not None for name in ("title", "published", "source", "url"))


def text_column(columns: Iterable[str], text_field: str | None) -> str | None:
    """Which of the columns holds the text; None if none does."""
    found = {column.strip().casefold(): column for column in reversed(list(columns))}
    wanted = (text_field.strip().casefold(),) if text_field is not None else COLUMNS["text"]
    return next((found[name] for name in wanted if name in found), None)


def no_text_column(name: str, columns: Iterable[str], text_field: str | None) -> ArticleError:
    """The error for a table or row without text: names the columns there are."""
    wanted = f"no column {text_field!r}" if text_field is not None else "no text column (text, body, content, article)"
    found = ", ".join(repr(str(column)) for column in columns) or "none"
    return ArticleError(f"{name} has {wanted}; name it with --text-field, columns found: {found}", article_id=name)


def articles_from_rows(
    rows: Iterable[Row | ArticleError], *, name: str, base_id: str, options: Options
) -> Iterator[Placed | ArticleError]:
    """An article or an error for every row, and an error for a table without rows.

    Rows without an id are called `base_id` and their number: `articles-000001`.
    """
    empty = True
    for row in rows:
        empty = False
        if isinstance(row, ArticleError):
            yield row
            continue
        try:
            article = _article(row, base_id, options)
        except ArticleError as error:
            yield error
        else:
            yield Placed(row.place, article)
    if empty:
        yield ArticleError(f"{name} holds no articles", article_id=name)


def _article(row: Row, base_id: str, options: Options) -> Article:
    given = _given_id(row)
    column = _text_column_with_value(row.values, options.text_field)
    if column is None:
        error = no_text_column(row.place, row.values, options.text_field)
        raise ArticleError(str(error), article_id=given or row.place)
    text = row.values[column]
    if not isinstance(text, str):
        reason = f"{row.place}: {column!r} holds {_kind(text)} where the text of the article is wanted"
        raise ArticleError(reason, article_id=given or row.place)
    check_text(text, name=row.place, article_id=given or row.place, max_chars=options.max_chars)
    used = {column, _column(row.values, COLUMNS["id"]) if given else None}
    article_id = given or (base_id if row.number is None else f"{base_id}-{row.number:06d}")
    return describe({key: value for key, value in row.values.items() if key not in used}).article(article_id, text)


def _text_column_with_value(values: Mapping[str, Any], text_field: str | None) -> str | None:
    filled = text_column((key for key, value in values.items() if not _blank(value)), text_field)
    return filled if filled is not None else text_column(values, text_field)


def _given_id(row: Row) -> str | None:
    column = _column(row.values, COLUMNS["id"])
    if column is None:
        return None
    value = row.values[column]
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and is_unicode(value):
        return value.strip()
    reason = f"{row.place}: the id in {column!r} is {_kind(value)}; give text or a whole number"
    raise ArticleError(reason, article_id=row.place)


def _column(values: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    """The first of the names that has a value, as the table spells it."""
    found = {key.strip().casefold(): key for key in reversed(list(values)) if not _blank(values[key])}
    return next((found[name] for name in names if name in found), None)


def _blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _kind(value: Any) -> str:
    return "nothing" if value is None else f"a {type(value).__name__}"


def _text(value: Any) -> str | None:
    return value.strip() if isinstance(value, str) and is_unicode(value) else None


def _date(value: Any) -> date | None:
    """The day of an ISO 8601 date or date and time, as written: no change of time zone."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    return iso_date(value) if isinstance(value, str) else None


def iso_date(value: str) -> date | None:
    """The day of an ISO 8601 date, or date and time, as text; None for anything else."""
    try:
        return datetime.fromisoformat(value.strip()).date()
    except ValueError:
        return None
