"""From judgements to counts, from counts to figures. Every figure of every report comes from counts made here. Pure.

Precision, recall and F1 follow MUC (Chinchor 1992): POS = COR + PAR + INC + MIS, ACT = COR + PAR + INC + SPU, recall =
(COR + ½ PAR) / POS, precision = (COR + ½ PAR) / ACT; strict figures give PAR nothing. A figure with an empty
denominator does not exist: it is None, shown as "–", and enters no mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from evals.align import EventAligner
from evals.gold import GoldArticle
from evals.judge import Column, EventJudge
from evals.judgements import NO_ACCEPT, Judgement, Outcome
from extractor.schemas import Schema

OUTCOMES = len(Outcome)
HALF = 0.5


class Counts(NamedTuple):
    """The five counts of one field; they add up over articles."""

    correct: int = 0
    partial: int = 0
    incorrect: int = 0
    missing: int = 0
    spurious: int = 0

    def plus(self, other: Counts) -> Counts:
        """The sum of two counts, place by place."""
        return Counts(*(a + b for a, b in zip(self, other, strict=True)))

    @property
    def possible(self) -> int:
        """POS: what gold has."""
        return self.correct + self.partial + self.incorrect + self.missing

    @property
    def actual(self) -> int:
        """ACT: what was predicted."""
        return self.correct + self.partial + self.incorrect + self.spurious

    def figures(self, *, strict: bool = False) -> Figures:
        """Precision, recall and F1; `strict` gives no credit for partly right values."""
        earned = self.correct + (0 if strict else HALF * self.partial)
        precision = earned / self.actual if self.actual else None
        recall = earned / self.possible if self.possible else None
        both = self.possible + self.actual
        return Figures(precision, recall, 2 * earned / both if both else None)


class Figures(NamedTuple):
    """Fractions in [0, 1]; None where the denominator is empty. F1 = 2 (COR + ½ PAR) / (POS + ACT)."""

    precision: float | None
    recall: float | None
    f1: float | None


def summed(counts: Iterable[Counts]) -> Counts:
    """The sum of many counts: what micro-averages are computed from."""
    total = Counts()
    for one in counts:
        total = total.plus(one)
    return total


class EventPair(NamedTuple):
    """A gold event and its prediction, or one of them alone.

    `gold` and `predicted` are indices in the article's lists, None for no partner; an `optional` gold event is matched
    like any other and never counted. `nearest` is, for a lone prediction, the gold event that it would have matched had
    another prediction not taken it. `group` is the value by which the schema splits figures (the role).
    """

    gold: int | None
    predicted: int | None
    optional: bool
    group: str | None
    judgements: Sequence[Judgement]
    nearest: int | None = None


@dataclass(frozen=True, slots=True)
class ArticleScore:
    """Everything that scoring says of one article."""

    article_id: str
    pairs: Sequence[EventPair]

    @property
    def counted(self) -> Iterator[EventPair]:
        """The pairs that count."""
        return (pair for pair in self.pairs if not pair.optional)


class Scorer:
    """Scores predicted events of one schema against gold.

    Attributes:
        columns: the scored fields, in schema order; judgements name them by number.
    """

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._aligner = EventAligner(schema.fields)
        self._judge = EventJudge(schema.fields)
        self._split = next((spec.name for spec in schema.fields if spec.splits), None)

    def gold_values(self, event: Mapping[str, Any]) -> list[Judgement]:
        """What a gold event fills, column by column: the judgements on it without a partner."""
        return self._judge.judge(event, None, NO_ACCEPT)

    @property
    def columns(self) -> Sequence[Column]:
        """The scored fields, in schema order."""
        return self._judge.columns

    def score(self, gold: GoldArticle, predicted: Sequence[Mapping[str, Any]], *, published: bool) -> ArticleScore:
        """Align and judge the events of one article.

        Args:
            gold: the labels.
            predicted: finished event records; empty for an article that failed or is not in the run.
            published: whether the extraction was given the article's publication date; decides which dates are right.
        """
        events = gold.truth(published=published)
        everything = [*events, *gold.optional]
        paired, nearest = self._aligner.align(everything, predicted)
        pairs = []
        for i, j in paired:
            optional = i >= len(events)
            judged = () if optional else self._judge.judge(events[i], predicted[j], gold.accept_for(i))
            pairs.append(EventPair(i, j, optional, self._group(everything[i]), judged))
        met = {i for i, _ in paired}
        for i, event in enumerate(everything):
            if i not in met:
                optional = i >= len(events)
                judged = () if optional else self._judge.judge(event, None, gold.accept_for(i))
                pairs.append(EventPair(i, None, optional, self._group(event), judged))
        met = {j for _, j in paired}
        for j, event in enumerate(predicted):
            if j not in met:
                judged = self._judge.judge(None, event, NO_ACCEPT)
                pairs.append(EventPair(None, j, False, self._group(event), judged, nearest.get(j)))
        return ArticleScore(gold.id, pairs)

    def _group(self, event: Mapping[str, Any]) -> str | None:
        return event.get(self._split) if self._split else None


class Tally:
    """Counts added up over pairs of events: of event detection, and of every column.

    Attributes:
        cells: flat, five counts for events, then five for each column; what statistics resample.
    """

    __slots__ = ("cells",)

    def __init__(self, columns: int) -> None:
        self.cells = [0] * (OUTCOMES * (columns + 1))

    def add(self, cells: Sequence[int]) -> None:
        """Count each of the cells once more; see `cells_of`."""
        own = self.cells
        for cell in cells:
            own[cell] += 1

    @property
    def events(self) -> Counts:
        """Event detection."""
        return Counts(*self.cells[:OUTCOMES])

    def counts(self, column: int) -> Counts:
        """The counts of a column."""
        first = OUTCOMES * (column + 1)
        return Counts(*self.cells[first : first + OUTCOMES])

    def tier(self, columns: Sequence[Column], tier: int) -> Counts:
        """The counts of all columns of a tier together."""
        return summed(self.counts(i) for i, column in enumerate(columns) if column.tier == tier)


def cells_of(pair: EventPair) -> list[int]:
    """The cells a pair adds to. An aligned pair is a correct event, gold alone missing, a prediction alone spurious."""
    event = Outcome.MISSING if pair.predicted is None else Outcome.SPURIOUS if pair.gold is None else Outcome.CORRECT
    return [int(event), *[OUTCOMES * (found[0] + 1) + found[1] for found in pair.judgements]]


@dataclass(slots=True)
class Tallies:
    """All the ways in which one run's counts are added up.

    Attributes:
        all: every counted pair.
        matched: aligned pairs only, so that field figures are free of detection errors.
        groups: by the value that the schema splits figures by; the gold event's, or a lone prediction's own.
        articles: how many were added.
    """

    columns: Sequence[Column]
    all: Tally
    matched: Tally
    groups: dict[str, Tally] = field(default_factory=dict)
    articles: int = 0

    @classmethod
    def empty(cls, columns: Sequence[Column]) -> Tallies:
        """No article yet."""
        return cls(columns, Tally(len(columns)), Tally(len(columns)))

    def add(self, score: ArticleScore) -> Tally:
        """Add one article, and return its own tally."""
        own = Tally(len(self.columns))
        for pair in score.counted:
            cells = cells_of(pair)
            own.add(cells)
            self.all.add(cells)
            if pair.gold is not None and pair.predicted is not None:
                self.matched.add(cells)
            if pair.group is not None:
                if pair.group not in self.groups:
                    self.groups[pair.group] = Tally(len(self.columns))
                self.groups[pair.group].add(cells)
        self.articles += 1
        return own
