"""What kind of error each wrong value is, and where to look at it. Pure: over scores, gold and extractions.

The kinds answer different questions. `missed`: gold has it, the prediction does not. `wrong_value`: another value
stands there. `hallucinated`: a value that stands nowhere in the article. `misassigned`: right for another event of the
article. `too_coarse`, `too_fine`: partly right, with less or more detail than gold. `duplicate`: an event told a second
time. `spurious`: a value or an event where gold has none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from evals.compare import Verdict, compare_dates
from evals.counts import ArticleScore, EventPair, Scorer
from evals.gold import GoldArticle
from evals.judgements import Judgement, Outcome
from evals.names import compare_names
from extractor.records import Extraction, Span
from extractor.schemas.dates import parse_edtf
from extractor.schemas.metadata import Comparator

ErrorKind = Literal[
    "missed", "wrong_value", "hallucinated", "misassigned", "too_coarse", "too_fine", "duplicate", "spurious"
]
KINDS: tuple[ErrorKind, ...] = ErrorKind.__args__  # type: ignore[attr-defined]  # the values of the Literal
EVENT = "event"
"""The field name of errors that concern a whole event."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One error: what, where in gold and prediction, and the span of the predicted value if it has one.

    For a whole event (`field` is `event`) the values are the first evidence quotes, and `reason` may name the gold
    file's own reason why a quote is no event.
    """

    article_id: str
    kind: ErrorKind
    field: str
    gold_path: str | None
    predicted_path: str | None
    gold_value: Any
    predicted_value: Any
    span: Span | None = None
    reason: str | None = None


def explain(
    scorer: Scorer, score: ArticleScore, gold: GoldArticle, extraction: Extraction | None, *, published: bool
) -> list[FieldError]:
    """All errors of one article, in the order of its pairs. Fields of an event without a partner are not repeated."""
    spans = {span.path: span for span in extraction.spans} if extraction else {}
    predicted = extraction.events if extraction else []
    truth = gold.truth(published=published)
    held: dict[int, list[tuple[int, Any]]] = defaultdict(list)
    for i, event in enumerate(truth):
        for value in scorer.gold_values(event):
            held[value.column].append((i, value.gold))
    errors: list[FieldError] = []
    for pair in score.counted:
        if pair.gold is None or pair.predicted is None:
            errors.append(_event_error(scorer, score.article_id, pair, gold, truth, predicted, spans))
            continue
        for judgement in pair.judgements:
            if judgement.outcome is not Outcome.CORRECT:
                others = [value for i, value in held[judgement.column] if i != pair.gold]
                events = truth[pair.gold], predicted[pair.predicted]
                errors.append(_field_error(scorer, score.article_id, pair, judgement, events, others, spans))
    return errors


def _event_error(
    scorer: Scorer,
    article_id: str,
    pair: EventPair,
    gold: GoldArticle,
    truth: Sequence[Mapping[str, Any]],
    predicted: Sequence[Mapping[str, Any]],
    spans: Mapping[str, Span],
) -> FieldError:
    if pair.predicted is None:
        assert pair.gold is not None  # noqa: S101 - a pair has at least one side
        quote = _first_quote(scorer, truth[pair.gold])
        return FieldError(article_id, "missed", EVENT, f"events.{pair.gold}", None, quote, None)
    path = f"events.{pair.predicted}"
    quotes = _quotes(scorer, predicted[pair.predicted])
    span = spans.get(f"{path}.{scorer.schema.evidence_field}.0")
    reason = next(
        (no["reason"] for no in gold.not_events if any(_touches(no["quote"], quote) for quote in quotes)), None
    )
    kind: ErrorKind = "spurious"
    if pair.nearest is not None:
        kind = "duplicate"
    elif quotes and all(
        _is_ungrounded(spans, f"{path}.{scorer.schema.evidence_field}.{i}") for i in range(len(quotes))
    ):
        kind = "hallucinated"
    near = None if pair.nearest is None else _gold_path(pair.nearest, truth)
    return FieldError(article_id, kind, EVENT, near, path, None, quotes[0] if quotes else None, span, reason)


def _gold_path(index: int, truth: Sequence[Mapping[str, Any]]) -> str:
    """Where a gold event stands in its file: optional events are counted on from the others."""
    return f"events.{index}" if index < len(truth) else f"optional.{index - len(truth)}"


def _is_ungrounded(spans: Mapping[str, Span], path: str) -> bool:
    return path in spans and spans[path].status == "ungrounded"


def _quotes(scorer: Scorer, event: Mapping[str, Any]) -> Sequence[str]:
    return (event.get(scorer.schema.evidence_field) or []) if scorer.schema.evidence_field else []


def _first_quote(scorer: Scorer, event: Mapping[str, Any]) -> str | None:
    return next(iter(_quotes(scorer, event)), None)


def _touches(a: str, b: str) -> bool:
    return a in b or b in a


def _field_error(
    scorer: Scorer,
    article_id: str,
    pair: EventPair,
    judgement: Judgement,
    events: tuple[Mapping[str, Any], Mapping[str, Any]],
    others: Sequence[Any],
    spans: Mapping[str, Span],
) -> FieldError:
    span = spans.get(f"events.{pair.predicted}.{judgement.predicted_path}")
    return FieldError(
        article_id,
        _kind(judgement, scorer.columns[judgement.column].comparator, events, others, span),
        scorer.columns[judgement.column].name,
        f"events.{pair.gold}.{judgement.gold_path}",
        f"events.{pair.predicted}.{judgement.predicted_path}",
        judgement.gold,
        judgement.predicted,
        span,
    )


def _kind(
    judgement: Judgement,
    comparator: Comparator | None,
    events: tuple[Mapping[str, Any], Mapping[str, Any]],
    others: Sequence[Any],
    span: Span | None,
) -> ErrorKind:
    chosen = comparator == "enum" or isinstance(judgement.predicted, bool)
    if judgement.outcome is Outcome.MISSING:
        return "missed"
    if judgement.outcome is Outcome.PARTIAL and judgement.gold is None:  # nearly an accepted value where gold has none
        return "wrong_value"
    if judgement.outcome is Outcome.PARTIAL and not chosen:  # near values of an enumeration have no finer and coarser
        coarser = _is_coarser_place(judgement, *events) if comparator == "place" else None
        if coarser is None:
            coarser = _is_coarser(judgement.predicted, judgement.gold)
        return "too_coarse" if coarser else "too_fine"
    if span is not None and span.status == "ungrounded":
        return "hallucinated"
    if not chosen and judgement.predicted in others:  # one of few values is right for some other event by chance
        return "misassigned"
    return "spurious" if judgement.outcome is Outcome.SPURIOUS else "wrong_value"


def _is_coarser_place(judgement: Judgement, gold: Mapping[str, Any], predicted: Mapping[str, Any]) -> bool | None:
    """Whether the predicted name is what gold has at another level of the place; False the other way, else None."""
    if _is_beside(judgement.predicted, gold, judgement.gold_path):
        return True
    return False if _is_beside(judgement.gold, predicted, judgement.predicted_path) else None


def _is_beside(name: str, event: Mapping[str, Any], path: str) -> bool:
    *parents, level = path.split(".")
    place: Any = event
    for key in parents:
        if isinstance(place, list):  # the path of an accepted list may lead beyond the list that it stands in for
            place = place[int(key)] if int(key) < len(place) else None
        else:
            place = (place or {}).get(key)
    beside = place.items() if isinstance(place, Mapping) else ()
    return any(
        key != level and isinstance(value, str) and compare_names(name, value) == "correct" for key, value in beside
    )


def _is_coarser(predicted: Any, gold: Any) -> bool:
    """Whether a partly right value says less than gold: a wider count, a vaguer date, a shorter name."""
    if isinstance(predicted, Mapping):
        return _width(predicted) >= _width(gold)
    try:
        return compare_dates(predicted, gold) is Verdict.PARTIAL and _vagueness(predicted) >= _vagueness(gold)
    except (ValueError, TypeError):
        return len(str(predicted)) <= len(str(gold))


def _width(count: Mapping[str, Any]) -> float:
    low, high = count.get("min"), count.get("max")
    return float("inf") if low is None or high is None else float(high - low)


def _vagueness(value: str) -> int:
    parsed = parse_edtf(value)
    return ("day", "week", "month", "year", "unknown").index(parsed.precision) * 2 + (parsed.start.year is None)
