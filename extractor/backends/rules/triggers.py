"""Which words tell of an event, by what method, and which only look like it (guide 1.5, 3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from extractor.backends.rules.lexicon import Wordings, any_of, table, words

GENERIC = "attack_unspecified"
_A_GAME = 4  # sporting words that make an article one about a game
_OUTRIGHT = frozenset(("suicide_bombing", "abduction"))
_WEAPON_SLOT = re.compile(r"\{weapon:([a-z_|]+)\}")


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of folded text, read for triggers.

    Attributes:
        read: the text with all that is not told as having happened blanked out, at the same length.
        event_type: the method told; None where nothing tells of an event.
        interception: nothing but the shooting down of weapons is told.
        shot_down: weapons were shot down, so the subject is the defender.
    """

    read: str
    event_type: str | None
    interception: bool
    shot_down: bool


@dataclass(frozen=True)
class _Triggers:
    types: list[tuple[str, re.Pattern[str]]]
    assault: re.Pattern[str]
    generic: re.Pattern[str]
    interceptions: list[tuple[str, re.Pattern[str]]]


@lru_cache(maxsize=1)
def _triggers() -> _Triggers:
    lists = table("triggers")
    return _Triggers(
        types=[(row["type"], _with_weapons(row["patterns"])) for row in lists["types"]],
        assault=_with_weapons(lists["assault"]["patterns"]),
        generic=_with_weapons(lists["generic"]["patterns"]),
        interceptions=[(row["type"], _with_weapons(row["patterns"])) for row in lists["interceptions"]],
    )


def _with_weapons(patterns: list[str]) -> re.Pattern[str]:
    """The patterns as one, `{weapon:a|b}` replaced by all words for weapons of those types."""
    weapons = table("weapons")
    return any_of([_WEAPON_SLOT.sub(lambda slot: _weapon_words(weapons, slot.group(1)), one) for one in patterns])


def _weapon_words(weapons: dict[str, Any], types: str) -> str:
    known = [word for kind in types.split("|") for part in ("words", "models") for word in weapons[part].get(kind, [])]
    return rf"\b{words(known)}\b"


@lru_cache(maxsize=1)
def cues() -> Wordings:
    """The patterns of `cues.toml`."""
    return Wordings("cues")


def is_of_a_game(folded: str) -> bool:
    """Whether a text is a sports report, which attacks and strikes in every line."""
    found = {match.group().lower() for match in cues()["not_events.sport"].finditer(folded)}
    return len(found) >= _A_GAME


def tells_of_nothing(sentence: str) -> bool:
    """Whether a whole sentence is about drills, disasters or many events at once."""
    if cues()["not_events.drop"].search(sentence):
        return True
    return bool(cues()["not_events.drop_undated"].search(sentence)) and not cues()["cuts.day_named"].search(sentence)


@lru_cache(maxsize=512)
def read_stretch(part: str) -> Stretch:
    """Read a stretch of one sentence for triggers."""
    read = _masked(part)
    intercepted = next((kind for kind, pattern in _triggers().interceptions if pattern.search(read)), None)
    method = _method(read)
    return Stretch(read, method or intercepted, bool(intercepted and not method), bool(intercepted))


def _masked(part: str) -> str:
    read = cues()["not_events.phrase"].sub(_blank, part)
    read = cues()["links.reference"].sub(_blank, read)
    while tail := cues()["not_events.tail"].search(read):
        end = cues()["cuts.tail_end"].search(read, tail.end())
        stop = end.start() if end else len(read)
        read = read[: tail.start()] + " " * (stop - tail.start()) + read[stop:]
    return read


def _blank(match: re.Match[str]) -> str:
    """Spaces for what matched, all but its part `keep`."""
    kept = match.groupdict().get("keep") or ""
    return kept + " " * (len(match.group()) - len(kept))


def _method(read: str) -> str | None:
    """The outright methods first, else the one told first, else an assault, else an attack without a method."""
    found = [(match.start(), kind) for kind, pattern in _triggers().types if (match := pattern.search(read))]
    if found:
        return next((kind for _, kind in found if kind in _OUTRIGHT), min(found)[1])
    if _triggers().assault.search(read):
        return "armed_assault"
    return GENERIC if _triggers().generic.search(read) else None
