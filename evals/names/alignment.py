"""Which tokens of two readings are the same thing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from evals.names.acronyms import LENGTHS, SHORTEST_INSIDE, acronym_similarity
from evals.names.tokens import Kind, Reading, Token
from evals.names.words import word_similarity

_JOIN: Final = 0.9
"""Least similarity of a word to the joined spelling of several."""
_JOIN_SLACK: Final = 3
"""How many letters a joined spelling may be longer or shorter: transliterations without vowels are short."""
_LONGEST_RUN: Final = max(LENGTHS)


@dataclass(frozen=True, slots=True)
class Pairing:
    """Tokens of the two sides, by index, taken as the same thing, and how alike they are, in (0, 1]."""

    left: tuple[int, ...]
    right: tuple[int, ...]
    similarity: float


def align(left: Reading, right: Reading) -> list[Pairing]:
    """Pair equal tokens, then joined spellings and acronyms with the words they stand for, then similar words."""
    free_left = [i for i, token in enumerate(left) if token.weight]
    free_right = [i for i, token in enumerate(right) if token.weight]
    pairings: list[Pairing] = []

    def take(pairing: Pairing) -> None:
        pairings.append(pairing)
        free_left[:] = [i for i in free_left if i not in pairing.left]
        free_right[:] = [i for i in free_right if i not in pairing.right]

    for i in tuple(free_left):
        equal = [j for j in free_right if left[i].key == right[j].key]
        if equal:
            best = max(equal, key=lambda j: (min(left[i].weight, right[j].weight), -abs(i - j)))
            take(Pairing((i,), (best,), 1.0))
    if free_left and free_right:
        for i in tuple(free_left):
            found = _span_for(left[i], left, right, free_right)
            if found:
                take(Pairing((i,), found[0], found[1]))
        for j in tuple(free_right):
            found = _span_for(right[j], right, left, free_left)
            if found:
                take(Pairing(found[0], (j,), found[1]))
    candidates = [
        (similarity, i, j)
        for i in free_left
        for j in free_right
        if (similarity := _token_similarity(left[i], right[j])) > 0.0
    ]
    for similarity, i, j in sorted(candidates, key=lambda c: (-c[0], abs(c[1] - c[2]), c[1], c[2])):
        if i in free_left and j in free_right:
            take(Pairing((i,), (j,), similarity))
    return pairings


def _token_similarity(a: Token, b: Token) -> float:
    if a.kind.excludes or b.kind.excludes:
        return 1.0 if a.key == b.key else 0.0
    return word_similarity(a.key, b.key)


def _span_for(token: Token, side: Reading, other: Reading, free: Sequence[int]) -> tuple[tuple[int, ...], float] | None:
    """The run of free tokens of `other` that `token` is the joined spelling ("airbase") or the acronym of ("FMLN").

    Particles inside or before the run may belong to it ("al-Bou", "Albu"). Two letters are an acronym only as a name
    of their own.
    """
    if token.kind not in (Kind.PLAIN, Kind.GENERIC):
        return None
    may_abbreviate = len(token.spelling) in LENGTHS and (len(token.spelling) >= SHORTEST_INSIDE or _weighty(side) == 1)
    everything = _weighty(other)
    best: tuple[tuple[int, ...], float] | None = None
    for start, first in enumerate(other):
        if first.weight and start not in free:
            continue
        run: tuple[int, ...] = (start,) if first.weight else ()
        length = len(first.spelling)
        for end in range(start + 1, len(other)):
            length += len(other[end].spelling)
            if not other[end].weight:
                continue
            if end not in free:
                break
            run = (*run, end)
            similarity = 0.0
            if length - len(token.spelling) <= _JOIN_SLACK or length - len(token.key) <= _JOIN_SLACK:
                joined = "".join(entry.spelling for entry in other[start : end + 1])
                similarity = _joined_similarity(token, joined)
            if not similarity and may_abbreviate and len(run) - len(token.spelling) in (0, 1):
                expansion = tuple(other[i].key.lstrip("=").lower() for i in run)
                similarity = acronym_similarity(token.spelling, expansion, whole=len(run) == everything)
            if similarity > 0.0 and (best is None or similarity > best[1]):
                best = run, similarity
            if len(run) > _LONGEST_RUN:
                break
    return best


def _weighty(side: Reading) -> int:
    return sum(token.weight > 0.0 for token in side)


def _joined_similarity(token: Token, joined: str) -> float:
    """How alike a word and the joined spelling of a run are; "airfield" stands for "airbase", so try both."""
    similarity = max(
        word_similarity(word, joined) if abs(len(word) - len(joined)) <= _JOIN_SLACK else 0.0
        for word in {token.spelling, token.key}
    )
    return similarity if similarity >= _JOIN else 0.0
