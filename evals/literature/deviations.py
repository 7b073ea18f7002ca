"""Which figures differ from reference figures, at the 4 decimals to which they are published. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

DECIMALS = 4


class Deviation(NamedTuple):
    """One figure that is not as expected; `path` is dotted, `computed` None where the figure does not exist."""

    path: str
    computed: Any
    expected: Any


def deviations(computed: Mapping[str, Any], expected: Mapping[str, Any]) -> list[Deviation]:
    """Every value of `expected` that `computed` has not, or has otherwise: fractions to `DECIMALS`, the rest exactly.

    What only `computed` has is no deviation: nothing is expected of it.
    """
    return list(_walk(computed, expected, ""))


def _walk(computed: Any, expected: Any, path: str) -> Iterator[Deviation]:
    if isinstance(expected, Mapping) and isinstance(computed, Mapping):
        for key, value in expected.items():
            yield from _walk(computed.get(key), value, f"{path}.{key}" if path else key)
    elif not _is_same(computed, expected):
        yield Deviation(path, computed, expected)


def _is_same(computed: Any, expected: Any) -> bool:
    if isinstance(computed, float) and isinstance(expected, float | int):
        return round(computed, DECIMALS) == round(expected, DECIMALS)
    return bool(computed == expected)
