"""Agreement beyond chance between two labellers, or between a run and gold, for enumerations. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence

import numpy as np

_PAIR = 2  # values that a unit needs to be compared


def alpha(units: Iterable[Sequence[Hashable | None]]) -> float | None:
    """Krippendorff's alpha for nominal values (Krippendorff 2004, ch. 11), by the library `krippendorff`.

    Args:
        units: for each labelled thing the values given to it, one a labeller: pairs for two labellers. None is a
            labeller who gave no value; a thing with fewer than two values shows no agreement and is left out.

    Returns:
        1 for perfect agreement, 0 for what chance would do, below 0 for systematic disagreement. None where alpha does
        not exist: no thing has two values, or all values are the same, so that chance would agree as well.
    """
    pairable = [kept for unit in units if len(kept := [value for value in unit if value is not None]) >= _PAIR]
    places: dict[Hashable, int] = {}
    for values in pairable:
        for value in values:
            places.setdefault(value, len(places))
    if len(places) < _PAIR:
        return None
    import krippendorff

    table = np.zeros((len(pairable), len(places)), dtype=np.int64)
    for row, values in zip(table, pairable, strict=True):
        for value in values:
            row[places[value]] += 1
    return float(krippendorff.alpha(value_counts=table, level_of_measurement="nominal"))
