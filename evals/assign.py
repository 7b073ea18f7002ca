"""The one-to-one assignment of best total similarity between two lists. Pure.

It is exact, and it does not depend on the order of the lists: where two assignments have the same total, a symmetric
hash of the paired values decides.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Pairs = list[tuple[int, int]]

TIE = 2.0**-20
"""Similarities closer than this are equal; a power of two, so that rounding to it is exact."""

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
    least = floor - TIE
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

    No assignment can beat the sum of the row maxima, and any other falls short of it by at least `TIE`.
    """
    pairs: Pairs = []
    taken: set[int] = set()
    for i, row in enumerate(matrix):
        best = max(row, default=0.0)
        if best <= 0:
            continue
        j = row.index(best)
        if j in taken or (len(row) > 1 and sum(s > best - TIE for s in row) > 1):
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
    ranked = np.where(values > 0, np.round(values / TIE) * TIE + ties * TIE / (2 * pairs), 0.0)
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


def assign_values(a: Sequence[Any], b: Sequence[Any], matrix: Sequence[Sequence[float]], floor: float) -> Pairs:
    """`assign` for two lists of JSON values, ties broken by the values themselves."""
    return assign(matrix, floor, lambda: ([canonical(x) for x in a], [canonical(y) for y in b]))
