"""Capitalised names in folded text: where they stand, and what the gazetteer knows of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_PARTICLE = r"(?:al|el|ar|as|at|ad|an|ash|ul|az|et|at)-"
_ADJECTIVE = r"(?!\w+-(?:trained|backed|aligned|linked|led|funded|supported|affiliated|allied|sponsored|held|controlled|occupied|born|owned|based|flagged)\b)"
CAPITALISED = rf"{_ADJECTIVE}(?:(?:{_PARTICLE})?[A-Z][\w']*(?:-[\w']+)*|U\.S\.|U\.K\.|U\.N\.)"
NAME = rf"{CAPITALISED}(?: (?:(?:of|de|de la|de los|del|la|el|al|bin|ibn|da|do|dos|e|von|van|ng|y|des|du|al-) )?{CAPITALISED})*"
"""A run of capitalised words, particles inside allowed; the inside of a regular expression, case-sensitive."""

_NAME = re.compile(rf"(?<![\w'@#]){NAME}")
_CALENDAR = (
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August "
    "September October November December"
).split()
_OPENERS = (
    "The A An In On At Near Two Three Four Five Six Seven Eight Nine Ten Several Some Dozens Hundreds At It Its He She They His Her Their "
    "This That These Those When After Before While As Since Earlier Later Meanwhile Then No None One Another Other Both Many Most All "
    "There Local Police Officials Witnesses Authorities Residents Security Also But And For From With By To Of According Following "
    "Days Hours Weeks Thus Prior Since Overnight Gunmen Militants Rebels Protesters Soldiers Troops Missile Rocket Drone Bomb Blast "
    "Suicide Car Attack Air Strike Gangs Pirates Bandits Jihadists Insurgents Guerrillas Gang Explosion Read Suspected Unidentified Masked Armed Various Elsewhere Mr Mrs If Not Last Late Early "
    "Separately Medics Hospital People Civilians Children Women At Least More Over Up About Around Nearly Almost Areas Tuesday's "
    "Rockets Missiles Drones Mortars Shells Sources Twin Deadly Huge Massive Powerful Roadside Mortar Artillery Shelling Islamist Jihadist Breaking Update"
).split()
OPENERS = frozenset(_OPENERS)
_DROPPED = frozenset(_CALENDAR) | frozenset(_OPENERS) | {f"{day}'s" for day in _CALENDAR}


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
    for start, text in _runs(folded):
        while text:
            first, _, rest = text.partition(" ")
            if first not in _DROPPED:
                break
            start += len(first) + 1
            text = rest
            while (particle := text.partition(" "))[0] in {"of", "de"}:
                start += len(particle[0]) + 1
                text = particle[2]
        while text and text.split(" ")[-1] in _CALENDAR:
            text = text.rpartition(" ")[0]
        if not text:
            continue
        bare = re.sub(r"'s?$", "", text)
        if bare:
            yield Name(start, start + len(bare), bare, possessive=bare != text)
