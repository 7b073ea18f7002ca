"""What one clause states about its event."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from extractor.backends.rules.actors import Actor, read_actors, read_claim
from extractor.backends.rules.casualties import Harm, read_harm
from extractor.backends.rules.clauses import Clause
from extractor.backends.rules.dates import DateMention, find_dates
from extractor.backends.rules.lexicon import any_of, table
from extractor.backends.rules.munitions import Munition, read_munitions
from extractor.backends.rules.names import NAME
from extractor.backends.rules.places import Place, read_places

_REPORTED = re.compile(
    r"\b(?:reported|said|says|announced|told \w+|confirmed|statement)(?: \w+){0,2}?(?: on)? $", re.IGNORECASE
)
_SOURCE = re.compile(
    rf"according to (?:the )?(?P<a>{NAME})|(?P<b>{NAME}) (?:said|reported|confirmed)\b"
    rf"|statement from (?:the )?(?:[a-z]+ )*(?P<c>{NAME})"
)
_TOLL_BY = re.compile(r"\b(?:to|at) (?:\S+ ){1,2}?(?:on|by) $")
_SINCE = re.compile(r"\b(?:since|until|before) (?:early |mid |late |mid-|the )?$", re.IGNORECASE)


@dataclass(frozen=True)
class Facts:
    """A clause as read: its own date, places, weapons, harm, actors."""

    clause: Clause
    date: DateMention | None
    date_text: str | None
    reported_on: DateMention | None
    places: tuple[Place, ...]
    munitions: tuple[Munition, ...]
    harm: tuple[Harm, ...]
    actors: tuple[Actor, ...]
    claimed: bool | None
    damage: bool | None
    sources: tuple[str, ...]

    @property
    def event_type(self) -> str | None:
        """The method the clause shows."""
        return self.clause.event_type

    @property
    def in_body(self) -> bool:
        """Whether it stands in the text proper, not in title or headline."""
        return self.clause.sentence.kind == "body"

    @property
    def targets(self) -> list[Place]:
        """The places where it happened."""
        return [place for place in self.places if place.kind == "target" and not place.empty]

    @property
    def is_placed(self) -> bool:
        """Whether it names a site or town."""
        return any(place.site or place.settlement for place in self.places)

    @property
    def tells_more(self) -> bool:
        """Whether it says anything that a record could keep."""
        return bool(self.date or self.places or self.harm or self.actors or self._counts)

    @property
    def is_detail(self) -> bool:
        """Whether it can add to an event told before, without telling of one itself."""
        refers = self.clause.says("definite") and (self.is_placed or bool(self.munitions))
        return bool(self.harm or self.actors or self.damage or self._counts or refers)

    @property
    def _counts(self) -> bool:
        return any(munition.counts for munition in self.munitions)


@lru_cache(maxsize=1)
def _damage() -> tuple[re.Pattern[str], re.Pattern[str]]:
    lists = table("cues")["denials"]
    return any_of(lists["damage"]), any_of(lists["no_damage"])


def read_facts(clause: Clause, anchor: date | None, named: frozenset[str] = frozenset()) -> Facts:
    """Read one clause; `named` holds the countries that the article names."""
    read = clause.read
    dates = find_dates(read, anchor)
    own, reported = _own_date(read, dates, since_counts=clause.says("background") and bool(clause.head))
    claimed = read_claim(clause.folded)
    harm = read_harm(_without_dates(read, dates))
    if claimed is not None and not harm:
        own = None  # the day of a claim is not the day of the deed
    places = read_places(read, named)
    if clause.borrows and not any(place.kind == "target" and not place.empty for place in places):
        places = [*read_places(clause.head, named), *places]
    harm_there, none_there = _damage()
    return Facts(
        clause=clause,
        date=own,
        date_text=clause.folded[own.start : own.end] if own else None,
        reported_on=reported,
        places=tuple(places),
        munitions=tuple(read_munitions(read, event_type=clause.event_type)),
        harm=tuple(harm),
        actors=tuple(_actors(clause)),
        claimed=claimed,
        damage=False if none_there.search(read) else True if harm_there.search(read) else None,
        sources=tuple(_sources(clause.folded)),
    )


def _own_date(
    read: str, found: list[DateMention], *, since_counts: bool
) -> tuple[DateMention | None, DateMention | None]:
    """The event's date and the date of its reporting: of several the first day that is not a bound (guide 4.5, 4.6)."""
    own = [
        mention
        for mention in found
        if not _REPORTED.search(read[: mention.start])
        and not (_TOLL_BY.search(read[: mention.start]) and "toll" in read)
        and (since_counts or not _SINCE.search(read[: mention.start]))
    ]
    reported = [mention for mention in found if _REPORTED.search(read[: mention.start])]
    days = [mention for mention in own if mention.is_day]
    return next(iter(days or own), None), next(iter(reported), None)


def _without_dates(read: str, dates: list[DateMention]) -> str:
    """With date words blanked out: "February 18" is not 18 people."""
    for mention in dates:
        read = read[: mention.start] + " " * (mention.end - mention.start) + read[mention.end :]
    return read


def _actors(clause: Clause) -> list[Actor]:
    """Who attacked; where weapons are shot down the subject is the defender."""
    if clause.says("interception"):
        return []
    return read_actors(clause.read, event_type=clause.event_type, head=clause.head, defended=clause.says("shot_down"))


def _sources(folded: str) -> list[str]:
    return [name for match in _SOURCE.finditer(folded) for name in match.groups() if name]
