"""Which number of the article is which count of an event.

The same number is often in a sentence twice ("three were killed and three wounded"). Words that tell whose number it
is, the field's name and the values beside it in the record, decide: the event's equal counts are given to its mentions
together, for the least total distance to such words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import permutations
from typing import Any, NamedTuple

from extractor.grounding import lexicon
from extractor.grounding.choosing import Stretch, distance, distance_to_nearest, starting_between, within
from extractor.grounding.folding import Index
from extractor.grounding.numbers import Mention, find_articles, find_numbers, is_measure
from extractor.grounding.search import Place
from extractor.records import SpanStatus

_SMALL = 2  # such numbers are everywhere: outside the evidence they are nobody's
_REACH = 250  # characters from the evidence within which a number is taken for the event's
_CUE_REACH = 80  # farther words say nothing about a number
_ARTICLE_REACH = 40  # "a US civilian contractor"
_TELLING_REACH = 30  # "three of the soldiers were killed"
_ONE_REACH = 10  # "one of them dead"
_PAIR_REACH = 40  # "between 20 and, by other accounts, 30"
_MOST_JOINTLY = 6
_SHORTEST_CUE = 3
_NO_CUES = frozenset({"other", "unknown", "unspecified", "count", "number", "total"})
_WORD = re.compile(r"[a-z]+")
_PARTED = re.compile(r"[,;:.]|\b(?:and|by|but|while|with)\b")
_SENTENCE_END = re.compile(r"[.!?][\"')\]]*\s+|\n")


class Wanted(NamedTuple):
    """A number as a record holds it: equal bounds for a plain one, None for an open bound."""

    low: float | None
    high: float | None
    counts_things: bool

    @property
    def is_range(self) -> bool:
        """Whether two different numbers must be found."""
        return self.low is not None and self.high is not None and self.low != self.high

    @property
    def number(self) -> float:
        """The one number to look for: the lower bound where there is one."""
        return self.low if self.low is not None else self.high or 0


class Counted(NamedTuple):
    """A count to be placed: where in the record it stands, and the words that may stand near it in the text."""

    path: str
    wanted: Wanted
    cues: tuple[str, ...]


class Found(NamedTuple):
    """Where a count stands."""

    start: int
    end: int
    status: SpanStatus


@dataclass
class Numbers:
    """The numbers of one article and the places of cue words, each looked for once."""

    index: Index
    mentions: dict[float, list[Mention]] = field(init=False)
    _cues: dict[str, list[Stretch]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.mentions = find_numbers(self.index)

    def cue_places(self, cue: str) -> list[Stretch]:
        """Where words that tell of this cue begin and end (the matched beginning of the word only)."""
        if cue not in self._cues:
            self._cues[cue] = sorted(
                place for form in (cue, *lexicon.CUES.get(cue, ())) for place in _word_starts(self.index.plain, form)
            )
        return self._cues[cue]


def as_wanted(value: Any) -> Wanted | None:
    """A count `{min, max, …}` or a plain number, None for anything else."""
    if isinstance(value, Mapping):
        low, high = value.get("min"), value.get("max")
        return None if low is None and high is None else Wanted(low, high, counts_things=True)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Wanted(value, value, counts_things=False)
    return None


def cues_of(name: str, record: Mapping[str, Any]) -> tuple[str, ...]:
    """The words that the field's name and the texts beside it give, sorted so that their order cannot matter."""
    texts = sorted(value for value in record.values() if isinstance(value, str))
    return _cue_words(name, tuple(texts))


@lru_cache(maxsize=4096)
def _cue_words(name: str, texts: tuple[str, ...]) -> tuple[str, ...]:
    words = {word for text in (name, *texts) for word in _WORD.findall(text.lower())}
    return tuple(sorted(word for word in words if len(word) >= _SHORTEST_CUE and word not in _NO_CUES))


def place_counts(
    numbers: Numbers, counts: Sequence[Counted], evidence: Sequence[Stretch], neighbours: Mapping[str, Sequence[Place]]
) -> dict[str, Found]:
    """The places of an event's counts by path; a count that is nowhere is left out.

    Digits as written are `exact`, other ways to write the number `folded`; where a convention gives the number
    ("a", "several", a bare plural) the place is that of those words and the status `inferred`. A range stands where its
    bounds stand close together, from the first to the last; bounds apart (sources that disagree) have one place, that
    of the lower. `neighbours` are, for each path, the places of values that belong near it; they settle what the cues
    leave open.
    """
    found: dict[str, Found] = {}
    groups: dict[Wanted, list[Counted]] = {}
    around = _sentences(numbers.index.plain, evidence)
    for count in counts:
        groups.setdefault(count.wanted._replace(counts_things=True), []).append(count)
    for wanted, group in groups.items():
        if wanted.is_range and (pair := _place_pair(numbers, wanted, evidence)):
            found.update((count.path, pair) for count in group)
            continue
        for count, mentions in zip(group, _assign(numbers, group, evidence, around), strict=True):
            if mentions:
                found[count.path] = _settle(numbers.index, count, mentions, neighbours[count.path])
            elif unsaid := _bare_plural(numbers, count, around) or _one_unsaid(numbers, count, around):
                found[count.path] = unsaid
    return found


def _sentences(plain: str, evidence: Sequence[Stretch]) -> list[Stretch]:
    """The evidence with the sentences that it was cut out of: a short quote leaves out the numbers beside it."""
    found = []
    for start, end in evidence:
        before = [match.end() for match in _SENTENCE_END.finditer(plain, max(0, start - _REACH), start)]
        after = _SENTENCE_END.search(plain, max(start, end - 1), min(len(plain), end + _REACH))
        found.append((before[-1] if before else start, after.start() if after else end))
    return found


def _assign(
    numbers: Numbers, group: list[Counted], evidence: Sequence[Stretch], around: Sequence[Stretch]
) -> list[list[Mention]]:
    """For each of several equal counts the mentions that may be its own: one, unless they cannot be told apart."""
    candidates = [_candidates(numbers, count, evidence, around) for count in group]
    if all(len(own) <= 1 for own in candidates):
        return candidates
    costs = [[_cost(numbers, count, mention) for mention in own] for count, own in zip(group, candidates, strict=True)]
    shared = candidates[0]
    jointly = 1 < len(group) <= len(shared) <= _MOST_JOINTLY and all(own == shared for own in candidates)
    if not jointly:
        return [
            [mention for mention, cost in zip(own, prices, strict=True) if cost == min(prices)]
            for own, prices in zip(candidates, costs, strict=True)
        ]
    ways = list(permutations(range(len(shared)), len(group)))
    totals = [sum(costs[row][column] for row, column in enumerate(way)) for way in ways]
    best = [way for way, total in zip(ways, totals, strict=True) if total == min(totals)]
    return [[shared[column] for column in sorted({way[row] for way in best})] for row in range(len(group))]


def _candidates(
    numbers: Numbers, count: Counted, evidence: Sequence[Stretch], around: Sequence[Stretch]
) -> list[Mention]:
    """The mentions of a count's number: in the evidence, in its sentences, near it, else the only one of the article.

    Small numbers are everywhere: outside the quotes one is taken only where a word tells that it counts this.
    """
    wanted = count.wanted
    mentions = numbers.mentions.get(wanted.number, ())
    if not evidence:
        return [mention for mention in mentions if _may_mean(numbers, mention, wanted)]
    for stretches in (evidence, around):
        inside = [mention for mention in mentions if within(mention, stretches) and _may_mean(numbers, mention, wanted)]
        if stretches is around and wanted.number <= _SMALL:
            inside = [mention for mention in inside if _is_told(numbers, count, mention)]
        if not inside and wanted.number == 1 and wanted.counts_things:
            inside = list(_articles(numbers, count, stretches))
        if inside:
            plainly = [mention for mention in inside if mention.wording != "vague"]
            return plainly or inside
    outside = [mention for mention in mentions if mention.wording != "vague" and _may_mean(numbers, mention, wanted)]
    told = [mention for mention in outside if _is_told(numbers, count, mention)]
    if wanted.number <= _SMALL:
        return _nearest(told, evidence)
    gaps = [distance_to_nearest(mention, evidence) for mention in outside]
    if gaps and min(gaps) <= _REACH:
        return [mention for mention, gap in zip(outside, gaps, strict=True) if gap == min(gaps)]
    return outside if len(outside) == 1 else _nearest(told, evidence)


def _nearest(mentions: list[Mention], evidence: Sequence[Stretch]) -> list[Mention]:
    gaps = [distance_to_nearest(mention, evidence) for mention in mentions]
    return [mention for mention, gap in zip(mentions, gaps, strict=True) if gap == min(gaps)]


def _is_told(numbers: Numbers, count: Counted, mention: Mention) -> bool:
    """Whether a word that tells of this count goes with a number: "two of them wounded", "killed two"."""
    reach = _ONE_REACH if count.wanted.number == 1 else _TELLING_REACH  # "one" is a pronoun, too
    return any(
        distance(mention, place) <= (reach if place[0] >= mention.end else _ONE_REACH)
        and not _parted(numbers, mention, place)
        for cue in count.cues
        for place in starting_between(
            numbers.cue_places(cue), mention.start - 2 * _TELLING_REACH, mention.end + _TELLING_REACH
        )
    )


def _parted(numbers: Numbers, mention: Mention, place: Stretch) -> bool:
    """Whether something between a number and a word begins another part of the sentence."""
    between = min(mention.end, place[1]), max(mention.start, place[0])
    return _PARTED.search(numbers.index.plain, *between) is not None


def _may_mean(numbers: Numbers, mention: Mention, wanted: Wanted) -> bool:
    if not wanted.counts_things:
        return mention.wording != "vague"
    if is_measure(numbers.index.plain, mention):
        return False
    return mention.wording != "vague" or (wanted.low is not None and wanted.high is None)


def _articles(numbers: Numbers, count: Counted, evidence: Sequence[Stretch]) -> Iterator[Mention]:
    """`a` and `an` in the evidence that lead to a word telling of this count: the last one before each such word."""
    cues = [place for cue in count.cues if cue not in lexicon.ACTS for place in numbers.cue_places(cue)]
    for start, end in evidence:
        leading = {
            max(before, key=lambda article: article.start)
            for cue in cues
            if start <= cue[0] < end
            and (
                before := [
                    article
                    for article in find_articles(numbers.index.plain, max(start, cue[0] - _ARTICLE_REACH), cue[0])
                    if not set(".;:") & set(numbers.index.plain[article.end : cue[0]])
                ]
            )
        }
        yield from sorted(leading)


def _place_pair(numbers: Numbers, wanted: Wanted, evidence: Sequence[Stretch]) -> Found | None:
    """A range whose bounds stand close together, in the evidence if there is any: from the first to the last."""
    bounds = [
        [mention for mention in numbers.mentions.get(bound or 0, ()) if _may_mean(numbers, mention, wanted)]
        for bound in (wanted.low, wanted.high)
    ]
    pairs = [
        (distance(low, high), min(low.start, high.start), max(low.end, high.end))
        for low in bounds[0]
        for high in starting_between(bounds[1], low.start - 2 * _PAIR_REACH, low.end + _PAIR_REACH)
        if distance(low, high) <= _PAIR_REACH
    ]
    if evidence:
        pairs = [pair for pair in pairs if distance_to_nearest(pair[1:], evidence) <= _REACH]
        inside = [pair for pair in pairs if any(first <= pair[1] and pair[2] <= last for first, last in evidence)]
        pairs = inside or pairs
    if not pairs:
        return None
    gap, start, end = min(pairs)
    ties = sum(pair[0] == gap for pair in pairs)
    return Found(start, end, "folded" if ties == 1 else "ambiguous")


def _settle(index: Index, count: Counted, mentions: list[Mention], neighbours: Sequence[Place]) -> Found:
    if len(mentions) > 1 and neighbours:
        gaps = [distance_to_nearest(mention, neighbours) for mention in mentions]
        mentions = [mention for mention, gap in zip(mentions, gaps, strict=True) if gap == min(gaps)]
    mention = mentions[0]
    return Found(
        mention.start, mention.end, "ambiguous" if len(mentions) > 1 else _status(index, mention, count.wanted)
    )


def _status(index: Index, mention: Mention, wanted: Wanted) -> SpanStatus:
    if mention.wording == "vague":
        return "inferred"
    return "exact" if index.text[mention.start : mention.end] == f"{wanted.number}" else "folded"


def _bare_plural(numbers: Numbers, count: Counted, evidence: Sequence[Stretch]) -> Found | None:
    """Where an uncounted plural says two or more, by convention: the plural in the evidence, if it has one."""
    if (count.wanted.low, count.wanted.high) != (2, None):
        return None
    plain = numbers.index.plain
    plurals = {
        (start, end)
        for cue in count.cues
        for start, stop in numbers.cue_places(cue)
        if (end := _end_of_word(plain, stop)) and plain[end - 1] == "s" and end > stop
    }
    inside = sorted(place for place in plurals if within(place, evidence))
    return Found(*inside[0], "inferred" if len(inside) == 1 else "ambiguous") if inside else None


def _one_unsaid(numbers: Numbers, count: Counted, around: Sequence[Stretch]) -> Found | None:
    """Where a single person or thing is told of without a number ("killed the driver"): the word that tells of it.

    Only if no number goes with that word, for then it would be that many.
    """
    if (count.wanted.low, count.wanted.high) != (1, 1) or not count.wanted.counts_things:
        return None
    told = sorted(
        place
        for cue in count.cues
        if cue in lexicon.ACTS
        for place in numbers.cue_places(cue)
        if within(place, around) and not _has_number(numbers, place)
    )
    return Found(*told[0], "inferred") if told else None


def _has_number(numbers: Numbers, place: Stretch) -> bool:
    """Whether a number goes with a word: it stands close, and nothing between them begins another part."""
    return any(
        distance(mention, place) <= _TELLING_REACH and not _parted(numbers, mention, place)
        for mentions in numbers.mentions.values()
        for mention in starting_between(mentions, place[0] - 2 * _TELLING_REACH, place[1] + _TELLING_REACH)
        if not is_measure(numbers.index.plain, mention)
    )


def _cost(numbers: Numbers, count: Counted, mention: Mention) -> int:
    """Distance to the words that tell whose number it is, summed over the cues; words too far away all count alike."""
    start, end = mention.start, mention.end
    total = 0
    for cue in count.cues:
        nearest = _CUE_REACH
        for first, last in numbers.cue_places(cue):
            gap = first - end if first >= end else start - last
            nearest = min(nearest, max(gap, 0))
        total += nearest
    return total


def _word_starts(plain: str, form: str) -> Iterator[Stretch]:
    start = plain.find(form)
    while start >= 0:
        if not (start and plain[start - 1].isalnum()):
            yield start, start + len(form)
        start = plain.find(form, start + 1)


def _end_of_word(plain: str, place: int) -> int:
    while place < len(plain) and plain[place].isalnum():
        place += 1
    return place
