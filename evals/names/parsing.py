"""What a name consists of: its readings (outside and inside brackets) and who it is known to be."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from evals.names.acronyms import acronym_similarity
from evals.names.aliases import Entity, Phrase, content_phrase
from evals.names.folding import to_ascii, words
from evals.names.tokens import Reading, known_entity, known_names, tokens


@dataclass(frozen=True, slots=True)
class Gloss:
    """One side of a bracket as a name of its own; `sure` if the two sides are known to name the same thing."""

    readings: tuple[Reading, ...]
    sure: bool


@dataclass(frozen=True, slots=True)
class Name:
    """A parsed name.

    `readings` holds it word by word and, if that differs, with the known names inside it replaced by their entities;
    `glosses` holds what stands before and in brackets. `entity` is who the whole is known to be, `mentioned` every
    known group or person in it.
    """

    folded: str
    phrase: Phrase
    readings: tuple[Reading, ...]
    glosses: tuple[Gloss, ...]
    entity: Entity | None
    mentioned: frozenset[Entity]
    compound: bool


_GLOSS: Final = re.compile(r"[(\[{]([^()\[\]{}]*)[)\]}]?")
_ALSO_KNOWN: Final = re.compile(r"\b(?:a\.?k\.?a\.?|also known as|better known as|also called|known as|nicknamed)\b")
_COMPOUND: Final = re.compile(r"\W*([a-z]{2,7}) ?[-/] ?([a-z]{1,7})\W*")


@lru_cache(maxsize=65536)
def parse(text: str) -> Name:
    """Parse a name. Cached: names recur far more often than pairs do."""
    plain = to_ascii(text)
    listed = words(plain)
    parts = [words(part) for part in _sides(plain)]
    entity = known_entity(listed) or (known_entity(parts[0]) if parts else None)
    return Name(
        folded=" ".join(listed),
        phrase=content_phrase(listed),
        readings=_readings(listed),
        glosses=_glosses(parts),
        entity=entity,
        mentioned=frozenset(found for found in known_names(listed) if found.kind in ("groups", "people")),
        compound=entity is None and _is_compound(plain),
    )


def _is_compound(plain: str) -> bool:
    halves = _COMPOUND.fullmatch(plain)
    known = [known_entity([half]) for half in halves.groups()] if halves else []
    return any(entity is not None and entity.kind == "groups" for entity in known)


def _sides(plain: str) -> tuple[str, ...]:
    """What stands outside and inside brackets, or around "also known as"; empty if there is nothing of the kind."""
    if _ALSO_KNOWN.search(plain):
        return tuple(part for part in _ALSO_KNOWN.split(plain) if words(part))
    outside = _GLOSS.sub(" ", plain)
    inside = tuple(gloss for gloss in _GLOSS.findall(plain) if words(gloss))
    return (outside, *inside) if inside and words(outside) else ()


def _glosses(parts: Sequence[list[str]]) -> tuple[Gloss, ...]:
    """The sides as names. A bracket that only classifies, "Bogota (city)", is no name of its own."""
    if not parts:
        return ()
    outside, *inside = parts
    telling = [part for part in inside if any(token.kind.tells for token in tokens(part))]
    sure = [_same_by_table_or_initials(outside, part) for part in telling]
    return (
        Gloss(_readings(outside), sure=True),
        *(Gloss(_readings(part), sure=known) for part, known in zip(telling, sure, strict=True)),
    )


def _same_by_table_or_initials(a: Sequence[str], b: Sequence[str]) -> bool:
    entity = known_entity(a)
    if entity is not None and entity == known_entity(b):
        return True
    short, long = sorted((content_phrase(a), content_phrase(b)), key=len)
    expansion = tuple(token.key for token in tokens(long) if token.weight)
    return len(short) == 1 and acronym_similarity(short[0], expansion) > 0.0


def _readings(listed: Sequence[str]) -> tuple[Reading, ...]:
    return tuple(dict.fromkeys((tokens(listed), tokens(listed, known_names=True))))
