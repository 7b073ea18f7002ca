"""The failure rates that are always reported, each a share with its numerator and denominator. Pure.

They are defined over the fields of the conflict schema; for a schema without such a field the rate does not exist.

- `invented_perpetrator`: aligned events whose gold names no perpetrator, and the prediction does.
- `place_is_capital`: predicted target places whose site or settlement is the country's capital where gold's is not.
- `date_not_in_text`: predicted date values for which the grounder finds no words in the article.
- `deaths_double_counted`: articles with deaths in gold whose predicted events add up to more than gold's do.
- `ungrounded`: values taken from the text, evidence included, that stand nowhere in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from evals.compare import is_capital
from evals.counts import ArticleScore
from evals.gold import GoldArticle
from evals.judgements import total_of
from extractor.records import Extraction

_PLACE_PATH = re.compile(r"locations\.\d+\.(site|settlement)")

RATES = ("invented_perpetrator", "place_is_capital", "date_not_in_text", "deaths_double_counted", "ungrounded")


class Share(NamedTuple):
    """`n` of `of`; the rate is None where `of` is 0."""

    n: int = 0
    of: int = 0

    @property
    def rate(self) -> float | None:
        """A fraction in [0, 1]."""
        return self.n / self.of if self.of else None

    def plus(self, n: int, of: int) -> Share:
        """With further cases."""
        return Share(self.n + n, self.of + of)


@dataclass(slots=True)
class Rates:
    """Adds up the rates over articles."""

    shares: dict[str, Share] = field(default_factory=lambda: dict.fromkeys(RATES, Share()))

    def add(
        self, score: ArticleScore, gold: GoldArticle, truth: Sequence[Mapping[str, Any]], extraction: Extraction | None
    ) -> None:
        """Add one article; without an extraction nothing was predicted."""
        if extraction is None:
            return
        pairs = [
            (truth[pair.gold], extraction.events[pair.predicted], gold.accept_for(pair.gold))
            for pair in score.counted
            if pair.gold is not None and pair.predicted is not None
        ]
        self._count("invented_perpetrator", _invented_perpetrators(pairs))
        self._count("place_is_capital", _capitals(pairs))
        spans = extraction.spans
        self._count(
            "date_not_in_text", [span.status == "ungrounded" for span in spans if span.path.endswith(".date.value")]
        )
        self._count("ungrounded", [span.status == "ungrounded" for span in spans])
        self._count("deaths_double_counted", _too_many_deaths(score, truth, extraction))

    def _count(self, name: str, cases: Sequence[bool]) -> None:
        self.shares[name] = self.shares[name].plus(sum(cases), len(cases))


_Pair = tuple[Mapping[str, Any], Mapping[str, Any], Mapping[str, Sequence[Any]]]


def _invented_perpetrators(pairs: Sequence[_Pair]) -> list[bool]:
    return [
        bool(predicted.get("perpetrators"))
        for gold, predicted, accept in pairs
        if "perpetrators" in gold and not gold["perpetrators"] and "perpetrators" not in accept
    ]


def _capitals(pairs: Sequence[_Pair]) -> list[bool]:
    cases = []
    for gold, predicted, accept in pairs:
        right = [name for place in _rows(gold, "locations") for name in _names(place)]
        right += [name for path, names in accept.items() if _PLACE_PATH.fullmatch(path) for name in names if name]
        for place in _rows(predicted, "locations"):
            if place.get("kind", "target") == "target" and _names(place):
                country = place.get("country")
                wrong = [name for name in _names(place) if is_capital(name, country)]
                cases.append(bool(wrong) and not any(is_capital(name, country) for name in right))
    return cases


def _rows(event: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    """The objects of a list; none where a user's schema has something else under the name."""
    rows = event.get(name)
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def _names(place: Mapping[str, Any]) -> list[str]:
    return [place[level] for level in ("site", "settlement") if place.get(level)]


def _too_many_deaths(score: ArticleScore, truth: Sequence[Mapping[str, Any]], extraction: Extraction) -> list[bool]:
    optional = {pair.predicted for pair in score.pairs if pair.optional}
    right = _deaths(truth)
    if not right:
        return []
    counted = _deaths([event for j, event in enumerate(extraction.events) if j not in optional])
    upper = right["max"]
    least = (counted or {}).get("min") or 0  # "up to 5 deaths" may be none
    return [upper is not None and least > upper]


def _deaths(events: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    rows = [row for event in events for row in _rows(event, "casualties") if row.get("effect") == "killed"]
    total = total_of([count for row in rows if isinstance(count := row.get("count"), Mapping)])
    return total if total and (total.get("min") or total.get("max")) else None
