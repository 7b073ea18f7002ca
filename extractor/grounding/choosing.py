"""One place out of several: the one in, or nearest to, what is already known to belong to the event.

Nothing here depends on the order in which values are asked for: places are told apart only by the event's quotes and
by values that have a single place.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from extractor.grounding.search import Place

Stretch = tuple[int, int]
Located = tuple[int, int, *tuple[Any, ...]]
"""Anything that begins with where it starts and ends: a stretch, a place, a mention of a number."""
L = TypeVar("L", bound=Located)


def distance(one: Located, other: Located) -> int:
    """Characters between two stretches; 0 when they touch or overlap."""
    return max(one[0] - other[1], other[0] - one[1], 0)


def distance_to_nearest(place: Located, others: Iterable[Located]) -> int:
    """Characters to the nearest of `others`, which must not be empty."""
    return min(distance(place, other) for other in others)


def starting_between(located: Sequence[L], first: int, last: int) -> Sequence[L]:
    """Those of `located`, which must be in text order, that start from `first` to `last`, both included."""
    low = bisect_left(located, first, key=lambda one: one[0])
    return located[low : bisect_right(located, last, lo=low, key=lambda one: one[0])]


def within(place: Located, stretches: Sequence[Stretch]) -> bool:
    """Whether a place lies inside one of the stretches."""
    start, end = place[0], place[1]
    for first, last in stretches:  # noqa: SIM110  # asked for every mention of every value; a generator costs thrice
        if first <= start and end <= last:
            return True
    return False


def by_evidence(places: list[Place], evidence: Sequence[Stretch]) -> list[Place]:
    """The places inside the evidence, the better-written before others; if none are, those nearest to it."""
    if len(places) <= 1:
        return places
    if evidence and (inside := [place for place in places if within(place, evidence)]):
        return _least(inside, lambda place: place.tier)
    places = _least(places, lambda place: place.tier)
    if evidence and len(places) > 1:
        places = _least(places, lambda place: distance_to_nearest(place, evidence))
    return places


def by_neighbours(places: list[Place], *groups: Sequence[Located]) -> list[Place]:
    """The places nearest to the first group that tells them apart (values of the same record, then of the event)."""
    for group in groups:
        if group and len(places) > 1:
            places = _least(places, lambda place, group=group: distance_to_nearest(place, group))  # type: ignore[misc]
    return places


def _least(places: list[Place], key: Callable[[Place], int]) -> list[Place]:
    keys = [key(place) for place in places]
    least = min(keys)
    return [place for place, value in zip(places, keys, strict=True) if value == least]
