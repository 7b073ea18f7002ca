"""Capitalised names in folded text: where they stand, and what the gazetteer knows of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from extractor.backends.rules.lexicon import lines

_PREFIX = r"(?:al|el|ar|as|at|ad|an|ash|ul|az|et)-"
_PARTICLE = r"(?:of|de|de la|de los|del|la|el|al|bin|ibn|da|do|dos|e|von|van|ng|y|des|du)"
_NO_ADJECTIVE = (
    r"(?!\w+-(?:trained|backed|aligned|linked|led|funded|supported|affiliated|allied|sponsored|held|controlled|occupied|"
    r"born|owned|based|flagged)\b)"
)
_CAPITALISED = rf"{_NO_ADJECTIVE}(?:(?:{_PREFIX})?[A-Z][\w']*(?:-[\w']+)*|U\.S\.|U\.K\.|U\.N\.)"
NAME = rf"{_CAPITALISED}(?: (?:{_PARTICLE} )?{_CAPITALISED})*"
"""A run of capitalised words, particles inside allowed; the inside of a regular expression, case-sensitive."""

_NAME = re.compile(rf"(?<![\w'@#]){NAME}")
_CALENDAR = frozenset(
    ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday", "January", "February", "March",
     "April", "May", "June", "July", "August", "September", "October", "November", "December")
)  # fmt: skip


@lru_cache(maxsize=1)
def openers() -> frozenset[str]:
    """Words that a sentence or headline opens with, capitalised for that alone."""
    return frozenset(word for line in lines("openers.txt") for word in line.split())


@lru_cache(maxsize=1)
def _dropped() -> frozenset[str]:
    return openers() | _CALENDAR | {f"{day}'s" for day in _CALENDAR}


def _runs(folded: str) -> Iterator[tuple[int, str]]:
    """Runs of capitalised words, cut after a possessive: "Mexico's Guerrero" is two names."""
    for match in _NAME.finditer(folded):
        start = match.start()
        for part in re.split(r"(?<=[A-Za-z]'s) (?=[A-Z])", match.group()):
            yield start, part
            start += len(part) + 1


@dataclass(frozen=True, slots=True)
class Name:
    """A name at `[start, end)` of what was read; `text` is folded, without a possessive ending."""

    start: int
    end: int
    text: str
    possessive: bool = False


def find_names(folded: str) -> Iterator[Name]:
    """Capitalised names, in order; words that only open a sentence and calendar words are cut off."""
    for at, run in _runs(folded):
        words = run.split(" ")
        first = next((index for index, word in enumerate(words) if word not in _dropped()), len(words))
        while 0 < first < len(words) and words[first][0].islower() and "-" not in words[first]:
            first += 1  # "Residents of Goma" leaves "Goma"
        last = len(words)
        while last > first and words[last - 1] in _CALENDAR:
            last -= 1
        text = " ".join(words[first:last])
        bare = re.sub(r"'s?$", "", text)
        if bare:
            start = at + sum(len(word) + 1 for word in words[:first])
            yield Name(start, start + len(bare), bare, possessive=bare != text)
