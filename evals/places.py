"""Whether two places are the same place, each taken as a whole: country, region, settlement, site.

The scorer counts the levels of a place as fields of their own; this answers the question that a reader asks, and that
MUC-4's judges answered: is it there? Pure; knows nothing of events, files or runs.

    >>> from evals.places import compare_places, place_of
    >>> site = place_of({"site": "Camp Redgate", "settlement": "Mosul", "country": "IQ"})
    >>> compare_places(site, place_of({"settlement": "Mosul", "country": "IQ"})).name  # right, and coarser
    'PARTIAL'
    >>> compare_places(site, place_of({"settlement": "Baghdad", "country": "IQ"})).name  # the capital in its place
    'INCORRECT'
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Any

from evals.compare import PARTIAL_SIMILARITY, Comparator, Verdict, is_capital
from evals.names import compare_names


class Level(IntEnum):
    """How fine a part of a place is, below the country; the names of the schema's place fields in lower case."""

    ADMIN1 = 1
    SETTLEMENT = 2
    SITE = 3


@dataclass(frozen=True, slots=True)
class Part:
    """One name in a place: "Mosul", a settlement."""

    level: Level
    name: str


@dataclass(frozen=True, slots=True)
class Place:
    """A place from coarse to fine.

    Attributes:
        country: its ISO 3166-1 alpha-2 code; the name as written for a state that has none any more; None if unknown.
        parts: what lies below the country, coarse to fine; several parts may have one level (a canton in a district).
    """

    country: str | None = None
    parts: tuple[Part, ...] = ()

    def __post_init__(self) -> None:
        """Refuse parts that are not in order: the last one is taken to be the finest."""
        levels = [part.level for part in self.parts]
        if levels != sorted(levels):
            raise ValueError(f"the parts of a place go from coarse to fine, these do not: {', '.join(self.names)}")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the parts, coarse to fine."""
        return tuple(part.name for part in self.parts)


def place_of(location: Mapping[str, Any]) -> Place:
    """The place in a record with the fields `country`, `admin1`, `settlement` and `site`, all optional."""
    return Place(
        location.get("country"),
        tuple(Part(level, name) for level in Level if (name := location.get(level.name.lower()))),
    )


@lru_cache(maxsize=8192)
def compare_places(a: Place, b: Place) -> Verdict:
    """The verdict on two places, the same whichever of them is gold.

    - Correct: the finest parts are the same place. Levels between that and the country may be missing on either side.
    - Partial: one is right and coarser, its finest part (or its country, where it has nothing else) being among the
      other's; or the finest parts are partly the same name.
    - Incorrect: different countries; two different names on one level; or each side names something that the other does
      not. That a capital is in the right country earns nothing for a place that is not said to be in the capital.

    A name may stand on another level than on the other side ("Kirkuk" as a site, or as a region) and is then partly
    right, unless it is the capital, which is what a guess falls back to (as in `evals.compare.is_coarser_place`).
    """
    if a.country and b.country and not _is_same_country(a.country, b.country):
        return Verdict.INCORRECT
    if not a.parts or not b.parts:
        return _within_country(a, b)
    if _is_finest_of(b, a) and _is_finest_of(a, b):
        return _verdict_on_finest(a, b)
    return Verdict.PARTIAL if _contains(a, b) or _contains(b, a) else Verdict.INCORRECT


def _is_same_country(a: str, b: str) -> bool:
    return a == b or (len(a) > 2 and len(b) > 2 and compare_names(a, b) == "correct")  # noqa: PLR2004  # ISO alpha-2


def _within_country(a: Place, b: Place) -> Verdict:
    """Where at least one side names no more than a country; that they are not two countries is settled."""
    if not a.country or not b.country:
        return Verdict.INCORRECT
    return Verdict.PARTIAL if a.parts or b.parts else Verdict.CORRECT


def _is_finest_of(a: Place, b: Place) -> bool:
    """Whether the finest part of `a` is that of `b`, on the same level, and nothing above contradicts it."""
    return a.parts[-1].level == b.parts[-1].level and _agree(a.parts[-1].name, b.parts[-1].name) and not _clashes(a, b)


def _verdict_on_finest(a: Place, b: Place) -> Verdict:
    same = compare_names(a.parts[-1].name, b.parts[-1].name) == "correct"
    return Verdict.CORRECT if same else Verdict.PARTIAL


def _contains(whole: Place, detail: Place) -> bool:
    """Whether the finest part of `whole` is one of the parts of `detail`, and nothing else contradicts it."""
    finest = whole.parts[-1]
    country = whole.country or detail.country
    for part in detail.parts:
        if part.level == finest.level and _agree(part.name, finest.name):
            return not _clashes(whole, detail)
        if (
            part.level != finest.level
            and compare_names(part.name, finest.name) == "correct"
            and not is_capital(finest.name, country)
        ):
            return _clashes(whole, detail) <= {finest.level}
    return False


def _clashes(a: Place, b: Place) -> set[Level]:
    """The levels that both sides fill without having a name in common."""
    return {
        level
        for level in Level
        if (ours := _names_on(a, level)) and (theirs := _names_on(b, level)) and not _any_agree(ours, theirs)
    }


def _names_on(place: Place, level: Level) -> list[str]:
    return [part.name for part in place.parts if part.level == level]


def _any_agree(ours: Iterable[str], theirs: list[str]) -> bool:
    return any(_agree(a, b) for a in ours for b in theirs)


def _agree(a: str, b: str) -> bool:
    return compare_names(a, b) != "incorrect"


places = Comparator(lambda a, b: PARTIAL_SIMILARITY * compare_places(a, b), compare_places)
"""Places as a comparator, for a schema that scores a place as one value."""
