"""How sure a figure is. Pure functions over arrays of counts; never looks at a text, a label or a run again.

Articles are the unit of resampling: the values of one article depend on each other, articles do not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[Any]

RESAMPLES = 2000
LEVEL = 0.95
_BLOCK = 256  # resamples drawn at a time, so that memory stays bounded
_COR, _PAR, _INC, _MIS, _SPU = range(5)


def f1_of(counts: Any) -> Floats:
    """Micro F1 from counts.

    Args:
        counts: array of shape (..., 5): correct, partial, incorrect, missing, spurious.

    Returns:
        Array of shape (...), in [0, 1]; NaN where neither gold nor prediction has a value.
    """
    import numpy as np

    counts = np.asarray(counts, dtype=float)
    earned = counts[..., _COR] + 0.5 * counts[..., _PAR]
    both = 2 * counts[..., : _INC + 1].sum(axis=-1) + counts[..., _MIS] + counts[..., _SPU]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(2 * earned / both)


def bootstrap_sums(counts: Ints, *, resamples: int = RESAMPLES, seed: int = 0) -> Floats:
    """Counts summed over articles drawn with replacement (Efron 1979), all fields by the same draws.

    Args:
        counts: (articles, fields, 5), one row of counts an article and field.
        resamples: how many draws.
        seed: of NumPy's PCG64; the same seed gives the same draws.

    Returns:
        Array of shape (resamples, fields, 5).
    """
    import numpy as np

    articles, fields, outcomes = counts.shape
    flat = counts.reshape(articles, fields * outcomes).astype(np.float32)
    rng = np.random.default_rng(seed)
    blocks = []
    for first in range(0, resamples, _BLOCK):
        size = min(_BLOCK, resamples - first)
        draws = rng.integers(0, articles, size=(size, articles)) + np.arange(size)[:, None] * articles
        weights = np.bincount(draws.ravel(), minlength=size * articles).reshape(size, articles)
        blocks.append(weights.astype(np.float32) @ flat)
    return np.concatenate(blocks).reshape(resamples, fields, outcomes).astype(np.float64)


def f1_intervals(
    counts: Ints, *, resamples: int = RESAMPLES, seed: int = 0, level: float = LEVEL
) -> list[tuple[float, float] | None]:
    """Percentile bootstrap interval of micro F1 for every field.

    Returns:
        One (low, high) a field, None where fewer than two articles have a value: nothing can be said from one.
    """
    import numpy as np

    articles, fields, _ = counts.shape
    if articles == 0:
        return [None] * fields
    samples = f1_of(bootstrap_sums(counts, resamples=resamples, seed=seed))
    filled = (counts.sum(axis=2) > 0).sum(axis=0)
    tail = (1 - level) / 2
    intervals: list[tuple[float, float] | None] = []
    for column in range(fields):
        values = samples[:, column]
        values = values[~np.isnan(values)]
        if filled[column] < 2 or len(values) == 0:  # noqa: PLR2004 - one article has no spread
            intervals.append(None)
        else:
            low, high = np.quantile(values, [tail, 1 - tail])
            intervals.append((float(low), float(high)))
    return intervals
