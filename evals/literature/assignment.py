"""The assignment that all CEAF metrics rest on: one-to-one between rows and columns, best total similarity.

Source: Luo, "On coreference resolution performance metrics", HLT/EMNLP 2005 (CEAF); solved by the Hungarian method.
"""

from collections.abc import Sequence


def assign(similarity: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    """Choose the one-to-one pairs of rows and columns with the largest sum of similarities.

    Args:
        similarity: rows of equal length, entries at least 0.

    Returns:
        min(rows, columns) pairs (row, column) by ascending row, pairs of similarity 0 included; among equal sums
        whichever SciPy finds, as in the reference scorers. Empty if either side is.
    """
    if not similarity or not similarity[0]:
        return []
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment([[-value for value in row] for row in similarity])
    return list(zip(rows.tolist(), columns.tolist(), strict=True))


def assignment_value(similarity: Sequence[Sequence[int]]) -> int:
    """The largest sum of similarities that any one-to-one matching reaches; 0 if either side is empty."""
    return sum(similarity[row][column] for row, column in assign(similarity))
