"""How alike two records are, as the schema's weights say, and which predicted event is which gold event. Pure.

The items of list fields are paired the same way: by the one-to-one assignment of best total similarity above a floor
(`evals.assign`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from itertools import pairwise
from typing import Any, NamedTuple

from evals.assign import TIE, Pairs, assign_values, canonical
from evals.candidates import EXACT_PAIRS, candidates
from evals.compare import comparator_for
from extractor.schemas.fields import FieldSpec

EVENT_FLOOR = 0.3
"""Events less similar than this are not the same event."""

ITEM_FLOOR = 0.0
"""List items are paired whenever they have anything in common: a wrong item is one error, not two."""

ONE_SIDED = 0.5
"""Share of its weight with which a field counts against a pair when only one side fills it."""

Event = Mapping[str, Any]
Bounds = tuple[float, float]
"""Least and greatest similarity that a pair can have."""

_LEAST = EVENT_FLOOR - TIE

Similarity = Callable[[Any, Any], float]
Likeness = Callable[[Any, Any], bool]
WordPair = tuple[str, str]


def item_similarity(fields: Sequence[FieldSpec]) -> Similarity:
    """Similarity of two objects: the mean over their fields, weighted as the schema declares.

    A field that neither side fills has no say; one that a single side fills counts as 0 with `ONE_SIDED` of its weight.
    Fields of a nested model share its weight. Two objects without any filled field have similarity 1.
    """
    agreement = weighted_agreement(fields)

    def similarity(a: Mapping[str, Any], b: Mapping[str, Any]) -> float:
        total, weights = agreement(a, b)
        return total / weights if weights else 1.0

    return similarity


def plain_likeness(fields: Sequence[FieldSpec]) -> Likeness:
    """Whether two objects are equal in a field that has a say: their similarity is above 0 then, whatever else is."""
    names = [spec.name for spec in fields if spec.kind == "leaf" and weight_of(spec) > 0]

    def likeness(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
        for name in names:
            value = a.get(name)
            if value is not None and value == b.get(name):
                return True
        return False

    return likeness


def never(_a: Any, _b: Any) -> bool:
    """The likeness that tells nothing."""
    return False


def weighted_agreement(fields: Sequence[FieldSpec]) -> Callable[[Any, Any], tuple[float, float]]:
    """The weighted similarities of two objects' fields added up, and the weights they were added with."""
    direct = [
        (spec.name, weight_of(spec), _field_similarity(spec))
        for spec in fields
        if spec.kind != "model" and weight_of(spec) > 0
    ]
    nested = [
        (
            spec.name,
            weight_of(spec) / sum(weight_of(child) for child in spec.children),
            weighted_agreement(spec.children),
        )
        for spec in fields
        if spec.kind == "model" and weight_of(spec) > 0 and any(weight_of(child) for child in spec.children)
    ]

    def agreement(a: Mapping[str, Any], b: Mapping[str, Any]) -> tuple[float, float]:
        total = weights = 0.0
        for name, weight, compare in direct:
            left, right = a.get(name), b.get(name)
            if left == right:
                if left or is_filled(left):
                    weights += weight
                    total += weight
            elif (left or is_filled(left)) and (right or is_filled(right)):
                weights += weight
                total += weight * compare(left, right)
            elif left or right or is_filled(left) or is_filled(right):
                weights += ONE_SIDED * weight
        for name, share, inner in nested:
            inner_total, inner_weights = inner(a.get(name) or {}, b.get(name) or {})
            total += share * inner_total
            weights += share * inner_weights
        return total, weights

    return agreement


def weight_of(spec: FieldSpec) -> float:
    """What the field weighs when two records are compared as a whole; 0 leaves it out."""
    return spec.evidence.weight if spec.evidence else spec.scored.weight


def is_filled(value: Any) -> bool:
    """Whether a value is there to be compared; zero and False are, null and the empty list are not."""
    return value is not None and value != []


def _field_similarity(spec: FieldSpec) -> Similarity:
    if spec.evidence:
        return quote_overlap
    if spec.kind == "leaf":
        return comparator_for(spec).similarity
    return list_similarity(list_item_similarity(spec), spec.grouped.by if spec.grouped else None)


def list_item_similarity(spec: FieldSpec) -> Similarity:
    """Similarity of two items of a list field; 0 between items of different groups where the schema groups them."""
    if spec.kind == "list_of_leaves":
        return comparator_for(spec).similarity
    within = item_similarity([child for child in spec.children if not spec.grouped or child.name != spec.grouped.by])
    if spec.grouped is None:
        return within
    by = spec.grouped.by
    return lambda a, b: within(a, b) if a.get(by) == b.get(by) else 0.0


def list_similarity(item: Similarity, by: str | None = None) -> Similarity:
    """Similarity of two non-empty lists: the best total over paired items, over the length of the longer list.

    Args:
        item: of two items.
        by: the field by which the schema groups the items; those of different groups have nothing in common. The
            lists may then come as `in_groups` gives them.
    """

    def best_total(a: Sequence[Any], b: Sequence[Any]) -> float:
        if len(a) == len(b) == 1:
            return item(a[0], b[0])
        matrix = [[item(x, y) for y in b] for x in a]
        return sum(matrix[i][j] for i, j in assign_values(a, b, matrix, ITEM_FLOOR))

    def similarity(a: Sequence[Any], b: Sequence[Any]) -> float:
        return best_total(a, b) / max(len(a), len(b))

    def grouped_similarity(a: Any, b: Any) -> float:
        ours, theirs = in_groups(a, by), in_groups(b, by)
        longer = max(sum(map(len, ours.values())), sum(map(len, theirs.values())))
        return sum(best_total(items, theirs[group]) for group, items in ours.items() if group in theirs) / longer

    return similarity if by is None else grouped_similarity


def in_groups(items: Any, by: str | None) -> dict[Any, list[Any]]:
    """Items by their value of the field `by`, in the order of these values; what is grouped already stays as it is."""
    if isinstance(items, dict):
        return items
    if len(items) == 1:
        return {items[0].get(by): items}
    groups: dict[Any, list[Any]] = {}
    for value in sorted({entry.get(by) for entry in items}, key=str):
        groups[value] = [entry for entry in items if entry.get(by) == value]
    return groups


def pair_items(a: Sequence[Any], b: Sequence[Any], item: Similarity, plainly: Likeness = never) -> Pairs:
    """Pair the items of two lists for the best total similarity; items without any likeness stay alone.

    Args:
        a: the first list.
        b: the second.
        item: similarity of two items.
        plainly: a quick test that may tell that `item` is above 0.
    """
    if not a or not b:
        return []
    if len(a) == len(b) == 1:
        return [(0, 0)] if plainly(a[0], b[0]) or item(a[0], b[0]) > ITEM_FLOOR else []
    if a == b:
        return [(i, i) for i in range(len(a))]
    return assign_values(a, b, [[item(x, y) for y in b] for x in a], ITEM_FLOOR)


def quote_overlap(a: Set[WordPair], b: Set[WordPair]) -> float:
    """How far the evidence of one event lies inside that of the other: shared word pairs over the smaller set.

    The overlap coefficient (Szymkiewicz-Simpson), since one side may quote a clause and the other its sentence.
    """
    return len(a & b) / min(len(a), len(b))


def word_pairs(quotes: Sequence[str]) -> frozenset[WordPair] | None:
    """The pairs of neighbouring words in an event's quotes, None where it has none: what `quote_overlap` compares."""
    words = [quote.lower().split() for quote in quotes]
    pairs: set[WordPair] = set()
    for each in words:  # by quote: their order must not make pairs of its own
        pairs.update(pairwise(each))
    return frozenset(pairs) or frozenset((word, "") for each in words for word in each) or None


class Alignment(NamedTuple):
    """Which predicted event is which gold event.

    `pairs` are (gold, predicted); `nearest` gives, for a prediction without a partner, the gold event that it would
    have matched, had another prediction not taken it; a prediction near none is not in it.
    """

    pairs: Pairs
    nearest: Mapping[int, int]


class EventAligner:
    """Pairs the events of one article with gold events, as the schema's weights say.

    Comparing the lists of two events is the dear part, and mostly needless: evidence, type and date already say which
    event is which. So each pair first gets bounds between which its similarity lies whatever its lists are, and lists
    are compared only in articles where the bounds leave the assignment open. The result is the same.
    """

    def __init__(self, fields: Sequence[FieldSpec]) -> None:
        lists = [spec for spec in fields if spec.kind in ("list_of_models", "list_of_leaves") and not spec.evidence]
        self._values = weighted_agreement([spec for spec in fields if spec not in lists])
        self._lists = weighted_agreement(lists)
        self._list_weights = [(spec.name, weight_of(spec)) for spec in lists if weight_of(spec) > 0]
        self._evidence = next((spec.name for spec in fields if spec.evidence), None)

    def align(self, gold: Sequence[Event], predicted: Sequence[Event]) -> Alignment:
        """The pairs of best total similarity above `EVENT_FLOOR`."""
        if len(gold) * len(predicted) > EXACT_PAIRS:
            matrix = self._large_matrix(gold, predicted)
            pairs = assign_values(gold, predicted, matrix, EVENT_FLOOR)
            return Alignment(pairs, _nearest(lambda i, j: matrix[i][j], len(gold), _lone(pairs, len(predicted))))
        rows, columns = [self._prepare(event) for event in gold], [self._prepare(event) for event in predicted]
        bounds = [[self._bounds(row, column) for column in columns] for row in rows]
        found = _certain(bounds)
        if found is None:
            for i, row in enumerate(bounds):  # the likeliest pair of each row, exactly: often that is enough
                j = row.index(max(row))
                exact = self._within(row[j], rows[i], columns[j])
                row[j] = (exact, exact)
            found = _certain(bounds)
        if found is None:
            matrix = [[self._within(bounds[i][j], a, b) for j, b in enumerate(columns)] for i, a in enumerate(rows)]
            found = assign_values(gold, predicted, matrix, EVENT_FLOOR)
        lone = _lone(found, len(predicted))
        return Alignment(found, _nearest(lambda i, j: self._within(bounds[i][j], rows[i], columns[j]), len(gold), lone))

    def matrix(self, gold: Sequence[Event], predicted: Sequence[Event]) -> list[list[float]]:
        """Similarities in [0, 1], gold × predicted."""
        rows, columns = [self._prepare(event) for event in gold], [self._prepare(event) for event in predicted]
        return [[self._similarity(row, column) for column in columns] for row in rows]

    def _large_matrix(self, gold: Sequence[Event], predicted: Sequence[Event]) -> list[list[float]]:
        """As `matrix`, with equal events compared once, and 0 for pairs that `candidates` does not name."""
        row_keys, column_keys = [canonical(event) for event in gold], [canonical(event) for event in predicted]
        rows = {key: self._prepare(event) for key, event in zip(row_keys, gold, strict=True)}
        columns = {key: self._prepare(event) for key, event in zip(column_keys, predicted, strict=True)}
        names = list(columns)
        known = {
            key: {names[j]: self._within(self._bounds(row, columns[names[j]]), row, columns[names[j]]) for j in found}
            for (key, row), found in zip(
                rows.items(), candidates(list(rows.values()), list(columns.values())), strict=True
            )
        }
        return [[known[row].get(column, 0.0) for column in column_keys] for row in row_keys]

    def _prepare(self, event: Event) -> Event:
        """The event with its quotes as word pairs: once an event, not once a pair."""
        return {**event, self._evidence: word_pairs(event.get(self._evidence) or ())} if self._evidence else event

    def _similarity(self, a: Event, b: Event) -> float:
        total, weights = self._values(a, b)
        list_total, list_weights = self._lists(a, b)
        return (total + list_total) / (weights + list_weights) if weights + list_weights else 1.0

    def _bounds(self, a: Event, b: Event) -> Bounds:
        """The similarity if the lists had nothing in common, and if they agreed in full."""
        total, weights = self._values(a, b)
        most = 0.0
        for name, weight in self._list_weights:
            left, right = a.get(name), b.get(name)
            if left and right:
                most += weight
            elif left or right:
                weights += ONE_SIDED * weight
        weights += most
        return (total / weights, (total + most) / weights) if weights else (1.0, 1.0)

    def _within(self, bounds: Bounds, a: Event, b: Event) -> float:
        """The similarity; 0 without a look at the lists where it cannot reach the floor."""
        return 0.0 if bounds[1] < _LEAST else self._similarity(a, b)


def _certain(bounds: Sequence[Sequence[Bounds]]) -> Pairs | None:
    """The assignment where the bounds decide it; None where they leave it open."""
    pairs = _certain_rows(bounds)
    if pairs is not None:
        return pairs
    pairs = _certain_rows(list(zip(*bounds, strict=True)))
    return None if pairs is None else sorted((i, j) for j, i in pairs)


def _certain_rows(bounds: Sequence[Sequence[Bounds]]) -> Pairs | None:
    """The optimum where each row has one best column, surely above the floor, and no column is the best of two rows.

    No assignment can beat the sum of the row maxima. A row of which all pairs are surely below the floor stays alone.
    """
    pairs: Pairs = []
    taken: set[int] = set()
    for i, row in enumerate(bounds):
        j, (low, _) = max(enumerate(row), key=lambda cell: cell[1][0], default=(-1, (0.0, 0.0)))
        if low < EVENT_FLOOR:
            if any(high >= _LEAST for _, high in row):
                return None
            continue
        if j in taken or any(high > low - TIE for k, (_, high) in enumerate(row) if k != j):
            return None
        taken.add(j)
        pairs.append((i, j))
    return pairs


def _lone(pairs: Pairs, predicted: int) -> list[int]:
    if len(pairs) == predicted:
        return []
    met = {j for _, j in pairs}
    return [j for j in range(predicted) if j not in met]


def _nearest(similarity: Callable[[int, int], float], gold: int, lone: Sequence[int]) -> dict[int, int]:
    """For each lone prediction the most similar gold event, if it is similar enough to have been matched."""
    nearest = {}
    for j in lone:
        best, i = max(((similarity(i, j), -i) for i in range(gold)), default=(0.0, 0))
        if best >= EVENT_FLOOR:
            nearest[j] = -i
    return nearest
