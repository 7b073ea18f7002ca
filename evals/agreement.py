"""How far two labellers of the same articles agree, by the scorer that measures runs, and beyond chance. Pure.

One labeller stands in for gold and the other for the run; F1 is the same whichever is which. Accepted alternatives are
left out: what counts is what each of them wrote down first. Events that either labeller calls optional do not count.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from evals.counts import ArticleScore, EventPair, Scorer, Tallies
from evals.gold import GoldArticle, GoldError
from evals.judge import Column
from evals.scores import RunScores
from evals.stats import alpha

_HEDGE = ".hedge"


@dataclass(slots=True)
class Agreement:
    """What two labellers came to.

    Attributes:
        scores: counts as of a run; `missing` is what only the first labeller has, `spurious` only the second.
        pairs: by enumeration, the values that the labellers gave to the same thing, first labeller's first.
        articles: of the articles that both labelled, in the order of the rows of `scores`.
        only_first, only_second: ids of articles that a single labeller labelled; they are not counted.
    """

    scores: RunScores
    pairs: dict[str, list[tuple[Any, Any]]]
    articles: list[GoldArticle] = field(default_factory=list)
    only_first: list[str] = field(default_factory=list)
    only_second: list[str] = field(default_factory=list)

    def alphas(self) -> dict[str, tuple[float | None, int]]:
        """Krippendorff's alpha of every enumeration, and on how many things both gave a value.

        Things are paired events and list items that both labellers have; alpha says nothing of those that one alone
        has, for which F1 is there. None where alpha does not exist: see `evals.stats.alpha`.
        """
        return {name: (alpha(pairs), len(pairs)) for name, pairs in self.pairs.items()}


def agreement(first: Sequence[GoldArticle], second: Sequence[GoldArticle], scorer: Scorer) -> Agreement:
    """Compare the labels of two labellers, article by article.

    Raises:
        GoldError: they have no article in common, or one of another text under the same id.
    """
    others = {article.id: article for article in second}
    scores = RunScores(scorer, Tallies.empty(scorer.columns))
    found = Agreement(scores, defaultdict(list))
    for article in first:
        other = others.pop(article.id, None)
        if other is None:
            found.only_first.append(article.id)
            continue
        _check_text(article, other)
        score = _score(article, other, scorer)
        scores.rows.append(scores.tallies.add(score).cells)
        found.articles.append(article)
        for pair in score.counted:
            _collect(pair, scorer.columns, found.pairs)
    found.only_second += others
    if not found.articles:
        raise GoldError("the two folders have no article in common: give the labels of the same articles")
    return found


def _check_text(article: GoldArticle, other: GoldArticle) -> None:
    if article.article.text != other.article.text:
        raise GoldError(f"{article.path} and {other.path} have the id {article.id!r} and not the same text")


def _score(article: GoldArticle, other: GoldArticle, scorer: Scorer) -> ArticleScore:
    """The second labeller's events scored against the first's; optional ones of either are aligned and not counted."""
    labels = replace(article, accept={}, when_published_known={})
    score = scorer.score(labels, [*other.events, *other.optional], published=False)
    counted = len(other.events)
    return replace(
        score,
        pairs=[
            pair if pair.predicted is None or pair.predicted < counted else pair._replace(optional=True)
            for pair in score.pairs
        ],
    )


def _collect(pair: EventPair, columns: Sequence[Column], found: dict[str, list[tuple[Any, Any]]]) -> None:
    for judgement in pair.judgements:
        column = columns[judgement.column]
        values = judgement.gold, judgement.predicted
        if None not in values and _is_enumeration(column, values):
            found[column.name].append(values)


def _is_enumeration(column: Column, values: Iterable[Any]) -> bool:
    """Flags are enumerations of two values. Hedges are not: what is collected of them is set on both sides."""
    if column.name.endswith(_HEDGE):
        return False
    return column.comparator == "enum" or (column.comparator == "exact" and all(isinstance(v, bool) for v in values))
