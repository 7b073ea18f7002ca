"""What is said of one gold and one predicted value, and the ways to say it: for leaves, lists, objects, groups. Pure.

One rule for all: null against null is no judgement, a value against null is missing or spurious, two values are
compared.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from typing import Any, NamedTuple

from evals.align import Likeness, Similarity, is_filled, pair_items
from evals.assign import Pairs
from evals.compare import Comparator, Verdict, is_coarser_place


class Outcome(IntEnum):
    """The five counts of MUC scoring (Chinchor 1992); the number is the place in every counts array."""

    CORRECT = 0
    PARTIAL = 1
    INCORRECT = 2
    MISSING = 3
    SPURIOUS = 4


class Judgement(NamedTuple):
    """One count: which column, what outcome, the two values, and the path of each within its event."""

    column: int
    outcome: Outcome
    gold: Any
    predicted: Any
    gold_path: str
    predicted_path: str


_new = tuple.__new__
"""Makes a Judgement in half the time that calling it takes: a hundred thousand a second are made."""

Accept = Mapping[str, Sequence[Any]]
"""Further right answers by path within the gold event: a gold file's `accept` without the leading `events.N.`."""

NO_ACCEPT: Accept = {}

Judge = Callable[[Any, Any, Accept, str, str, list[Judgement]], None]
"""(gold, predicted, accept, gold path, predicted path, found): appends its judgements; either value may be null."""

Items = Sequence[tuple[int, Mapping[str, Any]]]
"""Items of a list of objects, each with its index in the event."""

JudgeItems = Callable[[Items, Items, Accept, str, str, list[Judgement]], None]

_OF_VERDICT = {
    Verdict.CORRECT: Outcome.CORRECT,
    Verdict.PARTIAL: Outcome.PARTIAL,
    Verdict.INCORRECT: Outcome.INCORRECT,
}
_GAIN = {
    Outcome.CORRECT: 1.0,
    Outcome.PARTIAL: 0.5,
    Outcome.INCORRECT: -1.0,
    Outcome.MISSING: -0.5,
    Outcome.SPURIOUS: -0.5,
}


class ObjectField(NamedTuple):
    """One field of an object: how it is judged and, for a place, its column and the coarser levels beside it."""

    name: str
    judge: Judge
    column: int = -1
    coarser: tuple[str, ...] = ()


def nothing(_gold: Any, _predicted: Any, _accept: Accept, _gold_at: str, _at: str, _found: list[Judgement]) -> None:
    """A field that is kept and not scored."""


def leaf(column: int, verdict: Callable[[Any, Any], Verdict]) -> Judge:
    """A single value; with accepted alternatives the best of them counts."""

    def judge(gold: Any, predicted: Any, accept: Accept, gold_at: str, at: str, found: list[Judgement]) -> None:
        if accept and gold_at in accept:
            outcome = _best_outcome([gold, *accept[gold_at]], predicted, verdict)
            if outcome is None:
                return
        elif gold is None:
            if predicted is None:
                return
            outcome = Outcome.SPURIOUS
        elif predicted is None:
            outcome = Outcome.MISSING
        elif gold == predicted:
            outcome = Outcome.CORRECT
        else:
            outcome = _OF_VERDICT[verdict(gold, predicted)]
        found.append(_new(Judgement, (column, outcome, gold, predicted, gold_at, at)))

    return judge


def _best_outcome(right: Sequence[Any], predicted: Any, verdict: Callable[[Any, Any], Verdict]) -> Outcome | None:
    """The best outcome over the gold value (first) and its accepted alternatives; an accepted null costs nothing."""
    if predicted is None:
        return None if None in right else Outcome.MISSING
    best = max((verdict(value, predicted) for value in right if value is not None), default=Verdict.INCORRECT)
    if best is Verdict.INCORRECT and right[0] is None:
        return Outcome.SPURIOUS
    return _OF_VERDICT[best]


def values(column: int, comparator: Comparator) -> Judge:
    """A list of leaves: paired for the best total similarity; each pair and each leftover counts."""

    def judge(gold: Any, predicted: Any, _accept: Accept, gold_at: str, at: str, found: list[Judgement]) -> None:
        left, right = gold or (), predicted or ()
        pairs = pair_items(left, right, comparator.similarity, operator.eq)
        for i, j in pairs:
            ours, theirs = left[i], right[j]
            outcome = Outcome.CORRECT if ours == theirs else _OF_VERDICT[comparator.verdict(ours, theirs)]
            found.append(Judgement(column, outcome, ours, theirs, f"{gold_at}.{i}", f"{at}.{j}"))
        for i in _unpaired(left, pairs, 0):
            found.append(Judgement(column, Outcome.MISSING, left[i], None, f"{gold_at}.{i}", at))
        for j in _unpaired(right, pairs, 1):
            found.append(Judgement(column, Outcome.SPURIOUS, None, right[j], gold_at, f"{at}.{j}"))

    return judge


def flags(column: int, names: Sequence[str]) -> Judge:
    """The flags that are set on an object, each a value of its own; both sides' paths are those of the object."""

    def judge(gold: Any, predicted: Any, _accept: Accept, gold_at: str, at: str, found: list[Judgement]) -> None:
        for name in names:
            ours = name if gold and gold.get(name) else None
            theirs = name if predicted and predicted.get(name) else None
            if ours or theirs:
                outcome = Outcome.CORRECT if ours == theirs else Outcome.MISSING if ours else Outcome.SPURIOUS
                found.append(Judgement(column, outcome, ours, theirs, gold_at, at))

    return judge


def fields(parts: Sequence[ObjectField]) -> Judge:
    """An object, field by field; None for an object without a partner.

    A place that is right at a coarser level of the other side's hierarchy is partly right.
    """

    def judge(gold: Any, predicted: Any, accept: Accept, gold_at: str, at: str, found: list[Judgement]) -> None:
        left, right = gold or {}, predicted or {}
        gold_prefix, prefix = (f"{gold_at}.", f"{at}.") if gold_at else ("", "")
        ours, theirs = left.get, right.get
        for name, judge_field, column, coarser in parts:
            a, b = ours(name), theirs(name)
            if a is b is None or not (a or b or is_filled(a) or is_filled(b)):
                continue
            path = gold_prefix + name
            if column >= 0 and a == b and not accept:  # what most values are, spared a call
                found.append(_new(Judgement, (column, Outcome.CORRECT, a, b, path, prefix + name)))
            elif coarser and a and b and path not in accept and is_coarser_place(a, b, left, right, coarser):
                found.append(Judgement(column, Outcome.PARTIAL, a, b, path, prefix + name))
            else:
                judge_field(a, b, accept, path, prefix + name, found)

    return judge


def items(similarity: Similarity, plainly: Likeness, judge_item: Judge) -> JudgeItems:
    """A list of objects: paired for the best total similarity, leftovers judged against nothing."""

    def judge(gold: Items, predicted: Items, accept: Accept, gold_at: str, at: str, found: list[Judgement]) -> None:
        alike = _with_accepted(gold, accept, gold_at, similarity) if accept else similarity
        pairs = pair_items([item for _, item in gold], [item for _, item in predicted], alike, plainly)
        for i, j in pairs:
            (i_at, left), (j_at, right) = gold[i], predicted[j]
            judge_item(left, right, accept, f"{gold_at}.{i_at}", f"{at}.{j_at}", found)
        for i in _unpaired(gold, pairs, 0):
            judge_item(gold[i][1], None, accept, f"{gold_at}.{gold[i][0]}", at, found)
        for j in _unpaired(predicted, pairs, 1):
            judge_item(None, predicted[j][1], accept, gold_at, f"{at}.{predicted[j][0]}", found)

    return judge


def _with_accepted(gold: Items, accept: Accept, gold_at: str, similarity: Similarity) -> Similarity:
    """The similarity of a gold item and a prediction, where each accepted value stands in if it is the closer one."""
    choices = {
        id(item): [(path.removeprefix(at).split("."), others) for path, others in accept.items() if path.startswith(at)]
        for at, item in ((f"{gold_at}.{index}.", item) for index, item in gold)
    }

    def closest(item: Mapping[str, Any], predicted: Any) -> float:
        best = similarity(item, predicted)
        for path, others in choices[id(item)]:
            for other in others:
                candidate = _replaced(item, path, other)
                if (alike := similarity(candidate, predicted)) > best:
                    item, best = candidate, alike
        return best

    return closest if any(choices.values()) else similarity


def _replaced(item: Mapping[str, Any], path: Sequence[str], value: Any) -> Mapping[str, Any]:
    first, *rest = path
    if not rest:
        return {**item, first: value}
    inner = item.get(first)
    return {**item, first: _replaced(inner, rest, value)} if isinstance(inner, Mapping) else item


def whole_list(judge_items: JudgeItems) -> Judge:
    """A list of objects that are all comparable with one another."""

    def judge(gold: Any, predicted: Any, accept: Accept, gold_at: str, at: str, found: list[Judgement]) -> None:
        judge_items(list(enumerate(gold or ())), list(enumerate(predicted or ())), accept, gold_at, at, found)

    return judge


def groups(by: str, judges: Mapping[str, Sequence[JudgeItems]]) -> Judge:
    """A list of objects that are comparable only within one value of the field `by`."""

    def judge(gold: Any, predicted: Any, accept: Accept, gold_at: str, at: str, found: list[Judgement]) -> None:
        left, right = _by_value(gold, by), _by_value(predicted, by)
        for value, in_turn in judges.items():
            if value in left or value in right:
                ours, theirs = left.get(value, ()), right.get(value, ())
                for judge_items in in_turn:
                    judge_items(ours, theirs, accept, gold_at, at, found)

    return judge


def _by_value(items_: Sequence[Mapping[str, Any]] | None, by: str) -> dict[Any, list[tuple[int, Mapping[str, Any]]]]:
    found: dict[Any, list[tuple[int, Mapping[str, Any]]]] = {}
    for index, item in enumerate(items_ or ()):
        found.setdefault(item.get(by), []).append((index, item))
    return found


def total(of: str, judge_total: Judge) -> JudgeItems:
    """The sum of the items' counts `of` as one value; an accepted count of an item gives an accepted total."""

    def judge(gold: Items, predicted: Items, accept: Accept, gold_at: str, at: str, found: list[Judgement]) -> None:
        ours, theirs = _total(gold, of), _total(predicted, of)
        given = [[item.get(of), *accept.get(f"{gold_at}.{index}.{of}", ())] for index, item in gold] if accept else []
        others = _totals(given) if any(len(options) > 1 for options in given) else []
        judge_total(ours, theirs, {gold_at: others} if others else NO_ACCEPT, gold_at, at, found)

    return judge


def _total(entries: Items, of: str) -> Mapping[str, Any] | None:
    return entries[0][1].get(of) if len(entries) == 1 else total_of([item.get(of) for _, item in entries])


def _totals(given: Sequence[Sequence[Mapping[str, Any] | None]]) -> list[Mapping[str, Any] | None]:
    """The totals of all ways to choose one count from each row; added row by row, equal sums once."""
    sums: list[Mapping[str, Any] | None] = [None]
    for options in given:
        together = [total_of([one, option]) for one in sums for option in options]
        sums = [one for i, one in enumerate(together) if one not in together[:i]]
    return sums


def total_of(counts: Sequence[Mapping[str, Any] | None]) -> Mapping[str, Any] | None:
    """The sum of counts given as bounds, with an upper bound only where every part has one. None without any count."""
    given = [count for count in counts if count]
    if len(given) <= 1:
        return given[0] if given else None
    lows = [count["min"] for count in given if count.get("min") is not None]
    highs = [count["max"] for count in given if count.get("max") is not None]
    return {
        "min": sum(lows) if lows else None,
        "max": sum(highs) if len(highs) == len(given) else None,
        "approx": any(count.get("approx") for count in given),
        "disputed": any(count.get("disputed") for count in given),
    }


def best_alternative(judge_list: Judge) -> Judge:
    """A list whose gold file may accept other whole lists: the one that the prediction fits best is the gold."""

    def judge(gold: Any, predicted: Any, accept: Accept, gold_at: str, at: str, found: list[Judgement]) -> None:
        if not accept or gold_at not in accept:
            judge_list(gold, predicted, accept, gold_at, at, found)
            return
        readings: list[list[Judgement]] = [[]]
        judge_list(gold, predicted, accept, gold_at, at, readings[0])
        for other in accept[gold_at]:
            readings.append([])
            judge_list(other, predicted, NO_ACCEPT, gold_at, at, readings[-1])
        found.extend(max(readings, key=lambda reading: sum(_GAIN[judgement.outcome] for judgement in reading)))

    return judge


def _unpaired(entries: Sequence[Any], pairs: Pairs, side: int) -> Sequence[int]:
    """The indices of one side (0 gold, 1 predicted) that are in no pair."""
    if len(pairs) == len(entries):
        return ()
    paired = {pair[side] for pair in pairs}
    return [i for i in range(len(entries)) if i not in paired]
