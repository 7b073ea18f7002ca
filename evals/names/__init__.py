"""How alike two names are: people, groups, sites, settlements, weapons, descriptions of persons.

    >>> from evals.names import compare_names, name_similarity
    >>> compare_names("Kata'ib Hizbollah (KH)", "Kataib Hezbollah")
    'correct'
    >>> compare_names("Soler Rodríguez", "Rodriguez")
    'partial'
    >>> compare_names("First Brigade", "2nd Brigade")
    'incorrect'

Pure functions over strings and the data files in `evals/data`; knows nothing of events, fields, gold or runs.
"""

from functools import lru_cache
from typing import Final, Literal

from evals.names.aliases import Entity, aliases
from evals.names.folding import fold, to_ascii
from evals.names.matching import reading_similarity
from evals.names.parsing import Name, parse
from evals.names.tokens import Reading

__all__ = ["CORRECT", "PARTIAL", "Agreement", "canonical", "compare_names", "fold", "name_similarity"]

Agreement = Literal["correct", "partial", "incorrect"]

CORRECT: Final = 0.9
"""From here on two names say the same: what differs is spelling, order, articles, titles or generic words."""
PARTIAL: Final = 0.6
"""From here on one name is less complete than the other, or vaguer; below, they are two names."""

SAME_ENTITY: Final = 0.98
PART_OF_ENTITY: Final = PARTIAL
"""A body and the larger one it belongs to, or the alliance: just partial."""
OTHER_ENTITY_CAP: Final = 0.4
"""The most that two names reach which the alias table knows to be different bodies."""
UNSURE_GLOSS: Final = 0.85
"""Factor for a bracket that need not be another name of what stands before it ("the commander (Hamas)")."""


def name_similarity(a: str, b: str, *, actor: bool = False) -> float:
    """How alike two names are: symmetric, deterministic, 1.0 for equal folded names, 0.0 for nothing in common.

    MUC-4 scored string fills by hand where they were not equal after "articles, small numbers and quantifiers" were
    taken away; this stands in for that judge. A name contained in a longer one scores at least 0.6, a name in another
    spelling at least 0.9, and two names with something telling on either side that the other lacks fall steeply.

    Args:
        a: A name as written.
        b: Another.
        actor: Whether the names are of actors, where a seat of government stands for its state ("Washington").

    Returns:
        A value in [0, 1]; `CORRECT` and `PARTIAL` cut it into verdicts.
    """
    return _cached_similarity(a, b, actor)


def compare_names(a: str, b: str, *, actor: bool = False) -> Agreement:
    """The verdict on two names, by the thresholds `CORRECT` and `PARTIAL`; arguments as in `name_similarity`."""
    similarity = name_similarity(a, b, actor=actor)
    return "correct" if similarity >= CORRECT else "partial" if similarity >= PARTIAL else "incorrect"


def canonical(name: str, *, actor: bool = False) -> str | None:
    """The canonical form of a name in the alias table, None if the table does not know it.

    With `actor`, a seat of government is its state: "Washington" is "United States".
    """
    entity = _entity(parse(name), actor=actor)
    return entity.name if entity else None


def _entity(name: Name, *, actor: bool) -> Entity | None:
    if actor and (seat := aliases().seats.get(name.phrase)):
        return seat
    return name.entity


@lru_cache(maxsize=1 << 17)
def _cached_similarity(a: str, b: str, actor: bool) -> float:
    if a == b:
        return 1.0
    # In folded order: ties between alignments must fall alike however the arguments come, and in whatever case.
    first, second = sorted((parse(a), parse(b)), key=lambda name: name.folded)
    if not first.folded:
        return float(not second.folded and to_ascii(a).strip() == to_ascii(b).strip())
    return _similarity(first, second, actor=actor)


def _similarity(a: Name, b: Name, *, actor: bool) -> float:
    if a.folded == b.folded:
        return 1.0
    who_a, who_b = _entity(a, actor=actor), _entity(b, actor=actor)
    if who_a and who_a == who_b:
        return SAME_ENTITY
    if who_a and who_b and _is_part(who_a, who_b):
        return PART_OF_ENTITY
    similarity = _best_reading(a, b)
    if (a.compound and who_b in a.mentioned) or (b.compound and who_a in b.mentioned):
        return min(similarity, PART_OF_ENTITY)
    return min(similarity, OTHER_ENTITY_CAP) if _known_apart(a, b, who_a, who_b) else similarity


def _best_reading(a: Name, b: Name) -> float:
    """The best over the readings. Where both have brackets they are compared whole, lest a bracket that tells two
    otherwise equal names apart be ignored.
    """
    best = _similarity_of(a.readings, b.readings)
    if bool(a.glosses) != bool(b.glosses):
        glossed, plain = (a, b) if a.glosses else (b, a)
        for gloss in glossed.glosses:
            best = max(best, _similarity_of(gloss.readings, plain.readings) * (1.0 if gloss.sure else UNSURE_GLOSS))
    return best


def _similarity_of(a: tuple[Reading, ...], b: tuple[Reading, ...]) -> float:
    return max(reading_similarity(left, right) for left in a for right in b)


def _is_part(a: Entity, b: Entity) -> bool:
    return a.part_of == b.name or b.part_of == a.name


def _known_apart(a: Name, b: Name, who_a: Entity | None, who_b: Entity | None) -> bool:
    """Whether the alias table says that these are two bodies: in a `not` list, or under different entries."""
    lookalikes = aliases().lookalikes
    if (who_a and b.phrase in lookalikes[who_a]) or (who_b and a.phrase in lookalikes[who_b]):
        return True
    if who_a and who_b and who_a.kind == who_b.kind:
        return who_a.kind in ("groups", "people", "states")
    if not a.mentioned or not b.mentioned or a.mentioned & b.mentioned:
        return False
    return not any(_is_part(one, other) for one in a.mentioned for other in b.mentioned)
