"""Which pairs of events are worth comparing, in an article with so many that all pairs cannot be. Pure.

Nobody labels thousands of events in one article, but a model in a loop writes them. Up to `EXACT_PAIRS` pairs all are
compared and this module is not used. Beyond, equal events are compared once, and a pair is compared only if it shares a
trait that is rare in the article: a pair of neighbouring words of the evidence, or an equal value of a field. So the
work grows with the number of different events, not with its square.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence, Set
from typing import Any

EXACT_PAIRS = 50_000
"""As many pairs are compared one by one, in a few seconds: ten thousand predictions against five gold events."""

RARE = 50
"""A trait that more events have than this says too little; but each event's rarest trait is always used."""

Trait = Hashable


def candidates(rows: Sequence[Mapping[str, Any]], columns: Sequence[Mapping[str, Any]]) -> list[Set[int]]:
    """For each row the columns that share a rare trait with it.

    Symmetric in rows and columns, and independent of the order of events and of the lists in them.
    """
    ours = [frozenset(_traits(row, ())) for row in rows]
    theirs = [frozenset(_traits(column, ())) for column in columns]
    shared = frozenset().union(*ours) & frozenset().union(*theirs)
    ours, theirs = [traits & shared for traits in ours], [traits & shared for traits in theirs]
    held = Counter(trait for traits in (*ours, *theirs) for trait in traits)
    having: dict[Trait, list[int]] = defaultdict(list)
    for j, traits in enumerate(theirs):
        for trait in traits:
            having[trait].append(j)
    found: list[set[int]] = [{j for trait in _rare(traits, held) for j in having[trait]} for traits in ours]
    seeking: dict[Trait, list[int]] = defaultdict(list)
    for i, traits in enumerate(ours):
        for trait in traits:
            seeking[trait].append(i)
    for j, traits in enumerate(theirs):
        for trait in _rare(traits, held):
            for i in seeking[trait]:
                found[i].add(j)
    return list(found)


def _traits(value: Any, path: tuple[str, ...]) -> Iterator[Trait]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            if path or key != "id":  # an event's local id is its place in the list, no trait
                yield from _traits(item, (*path, key))
    elif isinstance(value, list):
        for item in value:
            yield from _traits(item, path)
    elif isinstance(value, frozenset):
        for item in value:
            yield (path, item)
    elif value is not None:
        yield (path, value)


def _rare(traits: Set[Trait], held: Mapping[Trait, int]) -> Set[Trait]:
    rare = {trait for trait in traits if held[trait] <= RARE}
    if rare or not traits:
        return rare
    return {min(traits, key=lambda trait: (held[trait], repr(trait)))}
