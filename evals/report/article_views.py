"""An article as the HTML report shows it: its text cut into marked pieces, its events side by side. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from evals.counts import EventPair, Scorer
from evals.errors import EVENT
from evals.gold import GoldArticle
from evals.judgements import Outcome
from evals.report.error_views import ErrorView, labels
from evals.report.values import said
from extractor.records import Extraction


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that stands at `[start, end)` of the text: a quote, a value, an error; `says` is shown on hovering."""

    start: int
    end: int
    kind: str
    says: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text under the same marks; `anchor` is where it starts."""

    text: str
    kinds: str
    says: str
    anchor: int


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One judged value of a pair of events."""

    name: str
    gold: str
    predicted: str
    outcome: str


@dataclass(frozen=True, slots=True)
class PairView:
    """A gold event and its prediction, or one of them alone."""

    title: str
    rows: tuple[FieldRow, ...]


@dataclass(frozen=True, slots=True)
class ArticleView:
    """One article of the report; `state` is empty unless the article failed or is not in the run."""

    article: GoldArticle
    state: str
    pieces: tuple[Piece, ...]
    pairs: tuple[PairView, ...]
    errors: tuple[ErrorView, ...]


def article_view(
    article: GoldArticle,
    extraction: Extraction | None,
    errors: Sequence[ErrorView],
    scorer: Scorer,
    *,
    published: bool,
    state: str = "",
) -> ArticleView:
    """Everything about one article.

    Args:
        article: the labels.
        extraction: what the run has of it, if anything.
        errors: those of this article that shall be shown.
        scorer: of the run's schema.
        published: whether the extraction was given the publication date.
        state: why there is no extraction, for people.
    """
    events = extraction.events if extraction else []
    score = scorer.score(article, events, published=published and article.article.published is not None)
    marks = [*_value_marks(extraction, scorer), *_error_marks(errors)]
    return ArticleView(
        article=article,
        state=state,
        pieces=tuple(pieces_of(article.article.text, marks)),
        pairs=tuple(_pair(pair, article, events, scorer) for pair in score.pairs),
        errors=tuple(errors),
    )


def pieces_of(text: str, marks: Iterable[Mark]) -> Iterable[Piece]:
    """The whole text, cut wherever a mark starts or ends; marks outside the text are cut to it."""
    inside = [Mark(max(0, m.start), min(len(text), m.end), m.kind, m.says) for m in marks]
    inside = [mark for mark in inside if mark.start < mark.end]
    cuts = sorted({0, len(text), *(mark.start for mark in inside), *(mark.end for mark in inside)})
    for start, end in pairwise(cuts):
        over = [mark for mark in inside if mark.start <= start and mark.end >= end]
        yield Piece(
            text=text[start:end],
            kinds=" ".join(sorted({mark.kind for mark in over})),
            says="\n".join(dict.fromkeys(mark.says for mark in over)),
            anchor=start,
        )


def _value_marks(extraction: Extraction | None, scorer: Scorer) -> Iterable[Mark]:
    evidence = scorer.schema.evidence_field
    for span in extraction.spans if extraction else ():
        if span.start is not None and span.end is not None:
            quote = evidence is not None and evidence in span.path.split(".")
            yield Mark(span.start, span.end, "quote" if quote else "value", f"{span.path} ({span.status})")


def _error_marks(errors: Iterable[ErrorView]) -> Iterable[Mark]:
    """Where a wrong value stands, and where a missed one does; the quote of a whole event only if that was missed."""
    for view in errors:
        place, error = view.context, view.error
        if place is None:
            continue
        says = f"{view.kind}: {error.field}, gold {view.gold}, predicted {view.predicted}"
        if place.side == "predicted":
            yield Mark(place.start, place.end, "wrong", says)
        elif error.kind == "missed" and (place.side == "gold" or error.field == EVENT):
            yield Mark(place.start, place.end, "missed", says)
        else:
            yield Mark(place.start, place.end, "about", says)


def _pair(pair: EventPair, article: GoldArticle, events: Sequence[Mapping[str, Any]], scorer: Scorer) -> PairView:
    everything = [*article.events, *article.optional]
    gold = None if pair.gold is None else everything[pair.gold]
    predicted = None if pair.predicted is None else events[pair.predicted]
    sides = [
        f"{side} {event.get('id', '')} ({labels(event, scorer.schema)})"
        for side, event in (("gold", gold), ("predicted", predicted))
        if event is not None
    ]
    state = "optional, not counted" if pair.optional else "missed" if predicted is None else ""
    state = state or ("not in gold" if gold is None else "")
    rows = [
        FieldRow(
            scorer.columns[judgement.column].name,
            said(judgement.gold),
            said(judgement.predicted),
            Outcome(judgement.outcome).name.lower(),
        )
        for judgement in pair.judgements
    ]
    return PairView(" and ".join(sides) + (f": {state}" if state else ""), tuple(rows))
