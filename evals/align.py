"""Which predicted event is which gold event: a one-to-one assignment of best total similarity, above a floor.

The same assignment pairs the items of list fields. It is exact, and it does not depend on the order of events: where
two assignments have the same total, a symmetric hash of the paired values decides. Pure; knows no file, no run.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping, Sequence, Set
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from evals.candidates import EXACT_PAIRS, candidates
from evals.compare import comparator_for
from extractor.schemas.fields import FieldSpec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EVENT_FLOOR = 0.3
"""Events less similar than this are not the same event."""

ITEM_FLOOR = 0.0
"""List items are paired whenever they have anything in common: a wrong item is one error, not two."""

ONE_SIDED = 0.5
"""Share of its weight with which a field counts against a pair when only one side fills it."""

Similarity = Callable[[Any, Any], float]
Pairs = list[tuple[int, int]]
WordPair = tuple[str, str]

_TIE = 2.0**-20  # similarities closer than this are equal; a power of two, so that rounding to it is exact
_PRIME = 2**31 - 1


def assign(matrix: Sequence[Sequence[float]], floor: float, keys: Callable[[], tuple[list[str], list[str]]]) -> Pairs:
    """Pair rows with columns one-to-one for the best total similarity.

    Args:
        matrix: rows × columns of similarities in [0, 1].
        floor: pairs must be strictly above 0 and at least this similar, but for the error of adding floats.
        keys: canonical texts of the rows and of the columns; asked for only when a tie is possible.

    Returns:
        Pairs (row, column) in row order. Maximises the sum over admissible pairs (Kuhn 1955, through SciPy); among
        equal sums the one with the most equal keys is taken, else a choice that depends on the paired values alone,
        not on their order nor on which side is which.
    """
    least = floor - _TIE
    admissible = [[s if s >= least and s > 0 else 0.0 for s in row] for row in matrix]
    pairs = _distinct_maxima(admissible)
    if pairs is not None:
        return pairs
    pairs = _distinct_maxima([list(column) for column in zip(*admissible, strict=True)])
    if pairs is not None:
        return sorted((i, j) for j, i in pairs)
    return _optimum(admissible, *keys())


def _distinct_maxima(matrix: list[list[float]]) -> Pairs | None:
    """The optimum where it is plain: each row has one best column, and no column is the best of two rows.

    No assignment can beat the sum of the row maxima, and any other falls short of it by at least `_TIE`.
    """
    pairs: Pairs = []
    taken: set[int] = set()
    for i, row in enumerate(matrix):
        best = max(row, default=0.0)
        if best <= 0:
            continue
        j = row.index(best)
        if j in taken or (len(row) > 1 and sum(s > best - _TIE for s in row) > 1):
            return None
        taken.add(j)
        pairs.append((i, j))
    return pairs


def _optimum(matrix: list[list[float]], row_keys: list[str], column_keys: list[str]) -> Pairs:
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    values = np.array(matrix)
    left, right = _fingerprints(row_keys)[:, None], _fingerprints(column_keys)[None, :]
    pairs = 1 + min(values.shape)
    # Two sums of products differ whenever two assignments do: a checksum of both keys joined would be linear, and
    # swapping partners would leave its sum as it was.
    ties = (left == right) + (left * right % _PRIME) / (_PRIME * pairs)
    ranked = np.where(values > 0, np.round(values / _TIE) * _TIE + ties * _TIE / (2 * pairs), 0.0)
    rows, columns = linear_sum_assignment(ranked, maximize=True)
    return [(int(i), int(j)) for i, j in zip(rows, columns, strict=True) if values[i, j] > 0]


def _fingerprints(keys: Sequence[str]) -> NDArray[np.uint64]:
    """A number below 2³¹ for each key."""
    import numpy as np

    return np.array([zlib.crc32(key.encode()) % _PRIME for key in keys], dtype=np.uint64)


def canonical(value: Any) -> str:
    """A text that is equal for equal JSON values, whatever their local ids and the order of their lists."""
    if isinstance(value, Mapping) and "id" in value:
        value = {key: item for key, item in value.items() if key != "id"}
    return _sorted_json(value)


def _sorted_json(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json.dumps(key)}:{_sorted_json(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(sorted(map(_sorted_json, value))) + "]"
    return json.dumps(value)


def item_similarity(fields: Sequence[FieldSpec], floor: float = 0.0) -> Similarity:
    """Similarity of two objects: the mean over their fields, weighted as the schema declares.

    A field that neither side fills has no say; one that a single side fills counts as 0 with `ONE_SIDED` of its weight.
    Fields of a nested model share its weight. Two objects without any filled field have similarity 1.

    Args:
        fields: of the objects.
        floor: objects that cannot reach it, even if their lists agreed in full, get 0 without a look at their lists.
    """
    values = _agreement([spec for spec in fields if not _is_list(spec)])
    lists = _agreement([spec for spec in fields if _is_list(spec)])
    most = sum(_weight(spec) for spec in fields if _is_list(spec))

    def similarity(a: Mapping[str, Any], b: Mapping[str, Any]) -> float:
        total, weights = values(a, b)
        if most:
            if total + most < floor * (weights + most):
                return 0.0
            list_total, list_weights = lists(a, b)
            total, weights = total + list_total, weights + list_weights
        return total / weights if weights else 1.0

    return similarity


def _is_list(spec: FieldSpec) -> bool:
    """Whether comparing the field means pairing items; evidence is compared as one set."""
    return spec.kind in ("list_of_models", "list_of_leaves") and spec.evidence is None


def _agreement(fields: Sequence[FieldSpec]) -> Callable[[Any, Any], tuple[float, float]]:
    """The weighted similarities of two objects' fields added up, and the weights they were added with."""
    direct = [
        (spec.name, _weight(spec), _field_similarity(spec))
        for spec in fields
        if spec.kind != "model" and _weight(spec) > 0
    ]
    nested = [
        (spec.name, _weight(spec) / sum(_weight(child) for child in spec.children), _agreement(spec.children))
        for spec in fields
        if spec.kind == "model" and _weight(spec) > 0 and any(_weight(child) for child in spec.children)
    ]

    def agreement(a: Mapping[str, Any], b: Mapping[str, Any]) -> tuple[float, float]:
        total = weights = 0.0
        for name, weight, compare in direct:
            left, right = a.get(name), b.get(name)
            if left is None and right is None:
                continue
            if (left and right) or (is_filled(left) and is_filled(right)):
                weights += weight
                total += weight if left == right else weight * compare(left, right)
            elif is_filled(left) or is_filled(right):
                weights += ONE_SIDED * weight
        for name, share, inner in nested:
            inner_total, inner_weights = inner(a.get(name) or {}, b.get(name) or {})
            total += share * inner_total
            weights += share * inner_weights
        return total, weights

    return agreement


def _weight(spec: FieldSpec) -> float:
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
        return sum(matrix[i][j] for i, j in _pairs(a, b, matrix, ITEM_FLOOR))

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


def pair_items(a: Sequence[Any], b: Sequence[Any], item: Similarity) -> Pairs:
    """Pair the items of two lists for the best total similarity; items without any likeness stay alone."""
    if not a or not b:
        return []
    if a == b:
        return [(i, i) for i in range(len(a))]
    if len(a) == len(b) == 1:
        return [(0, 0)] if item(a[0], b[0]) > ITEM_FLOOR else []
    return _pairs(a, b, [[item(x, y) for y in b] for x in a], ITEM_FLOOR)


def _pairs(a: Sequence[Any], b: Sequence[Any], matrix: Sequence[Sequence[float]], floor: float) -> Pairs:
    """`assign` for two lists of JSON values, ties broken by the values themselves."""
    return assign(matrix, floor, lambda: ([canonical(x) for x in a], [canonical(y) for y in b]))


def quote_overlap(a: Set[WordPair], b: Set[WordPair]) -> float:
    """How far the evidence of one event lies inside that of the other: shared word pairs over the smaller set.

    The overlap coefficient (Szymkiewicz-Simpson), since one side may quote a clause and the other its sentence.
    """
    return len(a & b) / min(len(a), len(b))


def word_pairs(quotes: Sequence[str]) -> frozenset[WordPair] | None:
    """The pairs of neighbouring words in an event's quotes, None where it has none: what `quote_overlap` compares."""
    words = [quote.lower().split() for quote in quotes]  # by quote: their order must not make pairs of its own
    pairs: frozenset[WordPair] = frozenset().union(*map(pairwise, words))
    return pairs or frozenset((word, "") for each in words for word in each) or None


class EventAligner:
    """Pairs the events of one article with gold events, as the schema's weights say."""

    def __init__(self, fields: Sequence[FieldSpec]) -> None:
        self._similarity = item_similarity(fields, EVENT_FLOOR - _TIE)
        self._evidence = next((spec.name for spec in fields if spec.evidence), None)
        self._grouped = [(spec.name, spec.grouped.by) for spec in fields if spec.grouped and _weight(spec) > 0]

    def matrix(self, gold: Sequence[Mapping[str, Any]], predicted: Sequence[Mapping[str, Any]]) -> list[list[float]]:
        """Similarities in [0, 1], gold × predicted; beyond `EXACT_PAIRS` 0 for pairs without a rare trait in common."""
        if len(gold) * len(predicted) > EXACT_PAIRS:
            return self._large_matrix(gold, predicted)
        rows, columns = [self._prepare(event) for event in gold], [self._prepare(event) for event in predicted]
        return [[self._similarity(row, column) for column in columns] for row in rows]

    def _large_matrix(
        self, gold: Sequence[Mapping[str, Any]], predicted: Sequence[Mapping[str, Any]]
    ) -> list[list[float]]:
        """As `matrix`, with equal events compared once, and only pairs that `candidates` names."""
        row_keys, column_keys = [canonical(event) for event in gold], [canonical(event) for event in predicted]
        rows = {key: self._prepare(event) for key, event in zip(row_keys, gold, strict=True)}
        columns = {key: self._prepare(event) for key, event in zip(column_keys, predicted, strict=True)}
        names = list(columns)
        known = {
            key: {names[j]: self._similarity(row, columns[names[j]]) for j in found}
            for (key, row), found in zip(
                rows.items(), candidates(list(rows.values()), list(columns.values())), strict=True
            )
        }
        return [[known[row].get(column, 0.0) for column in column_keys] for row in row_keys]

    def align(
        self, gold: Sequence[Mapping[str, Any]], predicted: Sequence[Mapping[str, Any]]
    ) -> tuple[Pairs, list[list[float]]]:
        """Pairs (gold, predicted) of best total similarity above `EVENT_FLOOR`, and the matrix they come from."""
        matrix = self.matrix(gold, predicted)
        return _pairs(gold, predicted, matrix, EVENT_FLOOR), matrix

    def _prepare(self, event: Mapping[str, Any]) -> Mapping[str, Any]:
        """The event without empty fields, quotes as word pairs, items in groups: once an event, not once a pair."""
        filled = {name: value for name, value in event.items() if value is not None and value != []}
        if self._evidence in filled:
            filled[self._evidence] = word_pairs(filled[self._evidence])
        for name, by in self._grouped:
            if name in filled:
                filled[name] = in_groups(filled[name], by)
        return filled
