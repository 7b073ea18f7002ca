"""The similarity of two readings: what they share, weighed against what contradicts and what is extra.

Containment is the heart: a surname is part of a full name, "bomb" of "a powerful bomb". Words left over on one side
only make a name longer; words left over on both sides make it another name.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from evals.names.alignment import Pairing, align
from evals.names.tokens import Kind, Reading, Token

CONTAINED: Final = 0.7
"""Similarity of a name to one that has it as a vanishing part; whole agreement adds the rest."""
CONFLICT_POWER: Final = 1.5
"""How steeply words left over on both sides cost: a third of the weight in conflict leaves about half."""
EXCLUSION_FACTOR: Final = 0.5
"""For each kind of qualifier that contradicts: north and south, first and second, US and Iranian."""
GENERIC_ONLY_FACTOR: Final = 0.85
"""Where only generic words agree and one side has a name beside ("forces", "Quds forces")."""
REORDERED: Final = 0.99
"""The most that names of different folded words can reach."""


@dataclass(frozen=True, slots=True)
class _Rest:
    """What is left of one side: the weight that may contradict, and what it costs if the other merely lacks it."""

    conflict: float
    excess: float


def reading_similarity(left: Reading, right: Reading) -> float:
    """How alike two readings are, in [0, 1]; up to ties between pairings independent of their order."""
    pairings = align(left, right)
    shares = [_share(pairing, left, right) for pairing in pairings]
    shared = sum(shares)
    if shared <= 0.0:
        return 0.0
    rest_left = _rest(left, [(pairing.left, share) for pairing, share in zip(pairings, shares, strict=True)])
    rest_right = _rest(right, [(pairing.right, share) for pairing, share in zip(pairings, shares, strict=True)])
    shorter, longer = sorted((rest_left, rest_right), key=lambda rest: (rest.conflict, rest.excess))
    containment = shared / (shared + shorter.conflict)
    resemblance = shared / (shared + shorter.conflict + longer.excess)
    score = containment**CONFLICT_POWER * (CONTAINED + (1.0 - CONTAINED) * resemblance)
    lonely_left, lonely_right = _unpaired(left, right, pairings)
    score *= EXCLUSION_FACTOR ** len(_contradictions(lonely_left, lonely_right))
    if _only_generic_agrees(left, right, pairings) and any(token.kind.names for token in lonely_left + lonely_right):
        score *= GENERIC_ONLY_FACTOR
    return min(float(score), REORDERED)


def _share(pairing: Pairing, left: Reading, right: Reading) -> float:
    """The weight that a pairing agrees on. One acronym weighs as much as all its words; of two single words, the one
    in the weaker place (a tail, say) decides.
    """
    weights = sum(left[i].weight for i in pairing.left), sum(right[j].weight for j in pairing.right)
    single = len(pairing.left) == len(pairing.right) == 1
    return (min(weights) if single else max(weights)) * pairing.similarity


def _rest(side: Reading, shares: Sequence[tuple[tuple[int, ...], float]]) -> _Rest:
    left_over = dict.fromkeys(range(len(side)), 1.0)
    for indices, share in shares:
        weight = sum(side[i].weight for i in indices)
        left_over.update(dict.fromkeys(indices, max(0.0, 1.0 - share / weight)))
    return _Rest(
        conflict=sum(side[i].weight * part for i, part in left_over.items()),
        excess=sum(side[i].excess * part for i, part in left_over.items()),
    )


def _unpaired(left: Reading, right: Reading, pairings: Sequence[Pairing]) -> tuple[list[Token], list[Token]]:
    def lonely(side: Reading, indices: Callable[[Pairing], tuple[int, ...]]) -> list[Token]:
        paired = {i for pairing in pairings for i in indices(pairing)}
        return [token for i, token in enumerate(side) if i not in paired and token.weight]

    return lonely(left, lambda pairing: pairing.left), lonely(right, lambda pairing: pairing.right)


def _contradictions(left: Sequence[Token], right: Sequence[Token]) -> set[Kind]:
    return {token.kind for token in left if token.kind.excludes} & {token.kind for token in right}


def _only_generic_agrees(left: Reading, right: Reading, pairings: Sequence[Pairing]) -> bool:
    return not any(
        any(left[i].kind.tells for i in pairing.left) or any(right[j].kind.tells for j in pairing.right)
        for pairing in pairings
    )
