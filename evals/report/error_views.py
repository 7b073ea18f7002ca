"""Errors as a person looks at them: which article and event, the two values, and the place in the text. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal

from evals.errors import EVENT, KINDS, FieldError
from evals.gold import GoldArticle
from evals.judge import Column
from evals.report.values import said
from extractor.errors import UsageError
from extractor.grounding import ground
from extractor.records import Extraction, Span
from extractor.schemas import Schema

Side = Literal["predicted", "gold", "evidence"]

AROUND = 70
"""Characters of the text shown on each side."""


@dataclass(frozen=True, slots=True)
class Context:
    """A place in the article's text: `[start, end)` in code points.

    `side` says whether it is where the predicted value stands, where gold's does, or only the quote of the gold event;
    `of` says it in words.
    """

    before: str
    marked: str
    after: str
    start: int
    end: int
    side: Side
    of: str


@dataclass(frozen=True, slots=True)
class ErrorView:
    """One error, ready to be shown. `context` is None where nothing of it stands in the text."""

    error: FieldError
    file: str
    event: str
    gold: str
    predicted: str
    context: Context | None

    @property
    def kind(self) -> str:
        """The kind in words."""
        return self.error.kind.replace("_", " ")


def chosen_errors(
    errors: Sequence[FieldError],
    columns: Sequence[Column],
    *,
    kinds: Sequence[str] = (),
    fields: Sequence[str] = (),
    articles: Sequence[str] = (),
) -> list[FieldError]:
    """The errors of certain kinds, fields (patterns; `event` for whole events) and articles; empty means all.

    Raises:
        UsageError: a kind that there is not, or a pattern that fits no field.
    """
    for kind in kinds:
        if kind not in KINDS:
            raise UsageError(f"no error kind {kind!r}: there are {', '.join(KINDS)}")
    names = [EVENT, *(column.name for column in columns)]
    for pattern in fields:
        if not any(fnmatchcase(name, pattern) for name in names):
            raise UsageError(f"no field {pattern!r} is scored: name one of the score table, or {EVENT!r}")
    return [
        error
        for error in errors
        if (not kinds or error.kind in kinds)
        and (not fields or any(fnmatchcase(error.field, pattern) for pattern in fields))
        and (not articles or error.article_id in articles)
    ]


def error_views(
    errors: Sequence[FieldError], article: GoldArticle, extraction: Extraction | None, schema: Schema
) -> list[ErrorView]:
    """The errors of one article with its labels and what was extracted from it."""
    if not errors:
        return []
    places = {span.path: span for span in ground(article.article.text, article.events, schema)}
    return [_view(error, article, extraction, schema, places) for error in errors]


def _view(
    error: FieldError,
    article: GoldArticle,
    extraction: Extraction | None,
    schema: Schema,
    places: Mapping[str, Span],
) -> ErrorView:
    return ErrorView(
        error=error,
        file=str(article.path),
        event=_event(error, article, extraction, schema),
        gold=said(error.gold_value),
        predicted=said(error.predicted_value),
        context=_where(error, article, schema, places),
    )


def _where(error: FieldError, article: GoldArticle, schema: Schema, places: Mapping[str, Span]) -> Context | None:
    """Where to look: where the predicted value stands, else where gold's stands, else at the gold event's quote."""
    text = article.article.text
    tried: Sequence[tuple[Span | None, Side]] = (
        (error.span, "predicted"),
        (places.get(error.gold_path or ""), "gold"),
    )
    for span, side in tried:
        if span is not None and span.start is not None and span.end is not None and span.end <= len(text):
            return _context(text, span.start, span.end, side, f"{side}, {span.status}")
    quote = _gold_quote(error, article, schema)
    start = text.find(quote) if quote else -1
    if not quote or start < 0:
        return None
    return _context(text, start, start + len(quote), "evidence", "gold, evidence of the event")


def _context(text: str, start: int, end: int, side: Side, of: str) -> Context:
    before, after = text[max(0, start - AROUND) : start], text[end : end + AROUND]
    return Context(before, text[start:end], after, start, end, side, of)


def _gold_quote(error: FieldError, article: GoldArticle, schema: Schema) -> str | None:
    event = _at(error.gold_path, {"events": article.events, "optional": article.optional})
    quotes = (event or {}).get(schema.evidence_field) if schema.evidence_field else None
    return quotes[0] if quotes else None


def _at(path: str | None, record: Mapping[str, Sequence[Mapping[str, Any]]]) -> Mapping[str, Any] | None:
    """The event that a path leads into."""
    if path is None:
        return None
    key, number, *_ = path.split(".")
    events = record.get(key, ())
    return events[int(number)] if int(number) < len(events) else None


def _event(error: FieldError, article: GoldArticle, extraction: Extraction | None, schema: Schema) -> str:
    gold = _at(error.gold_path, {"events": article.events, "optional": article.optional})
    predicted = _at(error.predicted_path, {"events": extraction.events if extraction else []})
    parts = [
        f"{side} {'.'.join(str(path).split('.')[:2])} ({labels(event, schema)})"
        for side, path, event in (("gold", error.gold_path, gold), ("predicted", error.predicted_path, predicted))
        if event is not None
    ]
    return ", ".join(parts)


def labels(event: Mapping[str, Any], schema: Schema) -> str:
    """An event by its enumerations: `main, bombing_ied`."""
    found = [str(event[spec.name]) for spec in schema.fields if spec.values and event.get(spec.name) is not None]
    return ", ".join(found) or str(event.get("id", "event"))


def as_json(view: ErrorView) -> dict[str, Any]:
    """One error as JSON values (see `docs/formats.md`)."""
    error, context = view.error, view.context
    return {
        "article_id": error.article_id,
        "file": view.file,
        "kind": error.kind,
        "field": error.field,
        "gold_path": error.gold_path,
        "predicted_path": error.predicted_path,
        "gold": error.gold_value,
        "predicted": error.predicted_value,
        "status": error.span.status if error.span else None,
        "start": context.start if context else None,
        "end": context.end if context else None,
        "text": context.marked if context else None,
        "reason": error.reason,
    }
