"""The words of a name as weighted tokens.

A weight says how much a word tells who or what is meant. MUC-4 counted string fills as equal "after articles, small
numbers and quantifiers are removed" and gave partial credit to the rest by hand; weights between 0 and 1 stand for that
judgement. `excess` is what it costs if the other name merely lacks the word: K-1 base and K-1 military base are the
same, embassy and US embassy less so.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, unique
from functools import cache
from typing import Final

from evals.names.aliases import Entity, Phrase, aliases, content_phrase
from evals.names.lexicon import base_form, word_classes


@unique
class Kind(Enum):
    """The class of a token, as (weight, excess)."""

    ENTITY = (1.5, 1.5)
    PLAIN = (1.0, 1.0)
    NUMBER = (0.7, 0.7)
    DIRECTION = (0.6, 0.6)
    COUNTRY = (0.6, 0.5)
    GENERIC = (0.5, 0.2)
    PART = (0.1, 0.05)
    MODIFIER = (0.2, 0.05)
    TITLE = (0.15, 0.03)
    QUANTITY = (0.05, 0.02)
    PARTICLE = (0.0, 0.0)

    def __init__(self, weight: float, excess: float) -> None:
        """Let `kind.weight` and `kind.excess` read the pair."""
        self.weight = weight
        self.excess = excess

    @property
    def tells(self) -> bool:
        """Whether such a token can tell one name from another, as "Kirkuk" can and "base" cannot."""
        return self in _TELLING

    @property
    def names(self) -> bool:
        """Whether such a token can be a name alone; context may supply the others ("the embassy", "first brigade")."""
        return self in _NAMING

    @property
    def excludes(self) -> bool:
        """Whether two different tokens of this kind contradict each other, as north and south do."""
        return self in _EXCLUDING


_TELLING: Final = frozenset({Kind.ENTITY, Kind.PLAIN, Kind.NUMBER, Kind.COUNTRY})
_NAMING: Final = frozenset({Kind.ENTITY, Kind.PLAIN})
_EXCLUDING: Final = frozenset({Kind.ENTITY, Kind.NUMBER, Kind.DIRECTION, Kind.COUNTRY})

_KIND_OF_SECTION: Final = {"states": Kind.COUNTRY, "weapons": Kind.PLAIN, "bodies": Kind.GENERIC}
"""What a known name of these sections of the alias table counts as; of all others, an entity."""

TAIL_FACTOR: Final = 0.35
"""What a word weighs after a preposition of place or in a clause ("power lines along the road")."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word, country or known entity; `key` decides equality, `spelling` is what joins and acronyms are made of."""

    key: str
    spelling: str
    kind: Kind
    weight: float
    excess: float


Reading = tuple[Token, ...]

_ORDINAL: Final = re.compile(r"(\d+)(?:st|nd|rd|th)")


def tokens(listed: Sequence[str], *, known_names: bool = False) -> Reading:
    """The tokens of folded words; with `known_names`, known names inside become one token each, else only countries."""
    segments = _segments(listed, known_names=known_names)
    if len(segments) == 1 and segments[0][1] is None:
        return (_alone(listed[0]),)
    classes, kinds = word_classes(), _kinds()
    found: list[Token] = []
    factor = 1.0
    for index, (span, entity) in enumerate(segments):
        before = segments[index - 1][0][0] if index else ""
        after = segments[index + 1][0][0] if index + 1 < len(segments) else ""
        if entity is None:
            if index and (span[0] in classes.tail_starters or span[0] in classes.clause_starters):
                factor = TAIL_FACTOR
            key, kind = _classify(span[0], before, after, kinds)
        else:
            key, kind = f"={entity.name}", _KIND_OF_SECTION.get(entity.kind, Kind.ENTITY)
        if kind is Kind.COUNTRY:
            key += _stance(before, after)
        found.append(Token(key, "".join(span), kind, kind.weight * factor, kind.excess * factor))
    return tuple(found)


def known_names(listed: Sequence[str]) -> list[Entity]:
    """The entries of the alias table named in these folded words, longest names first at each place."""
    return [entity for _, entity in _segments(listed, known_names=True) if entity is not None]


def known_entity(listed: Sequence[str]) -> Entity | None:
    """The entry of the alias table that these folded words name, as a whole; a group's people are the group."""
    phrase = content_phrase(listed)
    table = aliases()
    found = table.inside.get(phrase) or table.alone.get(phrase)
    if found is None and len(phrase) > 1 and phrase[-1] in word_classes().people:
        group = table.inside.get(phrase[:-1]) or table.alone.get(phrase[:-1])
        return group if group is not None and group.kind == "groups" else None
    return found


def _segments(listed: Sequence[str], *, known_names: bool) -> list[tuple[Phrase, Entity | None]]:
    """`listed` cut into known names (the longest at each place) and single words."""
    if known_names and (whole := known_entity(listed)):
        return [(tuple(listed), whole)]
    table = aliases()
    articles = word_classes().articles
    segments: list[tuple[Phrase, Entity | None]] = []
    start = 0
    while start < len(listed):
        longest = 0 if listed[start] in articles else table.longest.get(base_form(listed[start]), 0)
        for end in range(min(len(listed), start + longest), start, -1):
            entity = table.inside.get(content_phrase(listed[start:end]))
            if entity is not None and (known_names or entity.kind == "states"):
                segments.append((tuple(listed[start:end]), entity))
                start = end
                break
        else:
            segments.append(((listed[start],), None))
            start += 1
    return segments


@cache
def _kinds() -> dict[str, Kind]:
    """Word to kind. Where a word is in several classes, the last one named here keeps it."""
    classes = word_classes()
    order = (
        (Kind.GENERIC, classes.generic),
        (Kind.PART, classes.parts),
        (Kind.MODIFIER, classes.stances | classes.relations | classes.modifiers),
        (Kind.TITLE, classes.titles),
        (Kind.PARTICLE, classes.clause_starters | classes.tail_starters | classes.determiners),
        (Kind.PARTICLE, classes.particles | classes.articles),
    )
    return {word: kind for kind, members in order for word in members}


def _classify(word: str, before: str, after: str, kinds: dict[str, Kind]) -> tuple[str, Kind]:
    """The comparison key and the kind of a folded word between its neighbours (empty at the ends)."""
    classes = word_classes()
    base = base_form(word)
    kind = kinds.get(word) or kinds.get(base) or Kind.PLAIN
    if kind is Kind.PARTICLE and word in kinds:
        return word, kind
    ordinal = _ORDINAL.fullmatch(word)
    number = int(ordinal[1]) if ordinal else int(word) if word.isdigit() else classes.numbers.get(word)
    if number is not None:
        counts = not before and ordinal is None and base_form(after) != after
        return f"#{number}", Kind.QUANTITY if counts else Kind.NUMBER
    if word in classes.directions:
        return classes.directions[word], Kind.DIRECTION
    if before and word in classes.titles_also_names:
        return base, Kind.PLAIN
    if kind is Kind.TITLE and not after and word not in classes.honorifics:
        return base, Kind.GENERIC  # "a rebel commander" is described by the rank that "General Dostum" merely bears
    return base, kind


def _alone(word: str) -> Token:
    """A one-word name: never a mere article ("DAS" may be an agency)."""
    key, kind = _classify(word, "", "", _kinds())
    kind = Kind.PLAIN if kind is Kind.PARTICLE else kind
    return Token(key, word, kind, kind.weight, kind.excess)


def _stance(before: str, after: str) -> str:
    """What sets "pro-Iranian" and "Iran-backed" apart from Iran itself: a mark on the key, mostly empty."""
    classes = word_classes()
    if before in classes.stances:
        return f"~{before}"
    return "~pro" if after in classes.relations else ""
