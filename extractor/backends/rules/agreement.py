"""Whether two tellings can be of one event: nothing stated speaks against it (guide 1.1, 1.2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from extractor.backends.rules.dates import DateMention, is_day
from extractor.backends.rules.facts import Facts
from extractor.backends.rules.lexicon import table
from extractor.backends.rules.places import Place, is_big_town, site_key
from extractor.backends.rules.triggers import GENERIC

LEAD = 3
"""Sentences at the beginning of an article that tell the main event, if they tell one at all."""

_BEYOND_DOUBT = LEAD // 2  # sentences after which another method with more dead is another event


@dataclass
class Draft:
    """An event in the making: the facts of its clauses, in order."""

    facts: list[Facts] = field(default_factory=list)
    role: str = "background"

    @property
    def event_type(self) -> str:
        """The first method told in the body (headlines play with words); unspecified where none is."""
        told = sorted(self.facts, key=lambda facts: not facts.in_body)
        types = [facts.event_type for facts in told if facts.event_type]
        if "suicide_bombing" in types:
            return "suicide_bombing"
        return next((kind for kind in types if kind != GENERIC), GENERIC)

    @property
    def places(self) -> list[Place]:
        """Target places told so far."""
        return [place for facts in self.facts for place in facts.targets]

    @property
    def dates(self) -> list[DateMention]:
        """Dates told so far."""
        return [facts.date for facts in self.facts if facts.date]

    @property
    def is_thin(self) -> bool:
        """Whether it is so far told without a day, a site or a town."""
        return not any(date.is_day for date in self.dates) and not any(place.is_named for place in self.places)

    def says(self, flag: str) -> bool:
        """Whether the clause that opened it shows a cue."""
        return self.facts[0].clause.says(flag)


@lru_cache(maxsize=1)
def _kin() -> tuple[frozenset[frozenset[str]], frozenset[str]]:
    kin: dict[str, Any] = table("triggers")["kin"]
    return frozenset(frozenset(pair) for pair in kin["pairs"]), frozenset(kin["no_attacks"])


def is_attack(event_type: str) -> bool:
    """Whether "the attack" can mean an event of that type."""
    return event_type not in _kin()[1]


def compatible(one: Facts, draft: Draft) -> bool:
    """Whether nothing stated speaks against one event: method, day, place, author, toll."""
    if not types_agree(one.event_type, draft.event_type) or _dates_clash(one, draft):
        return False
    return not (_places_clash(one, draft) or _authors_clash(one, draft) or tolls_clash(one, draft))


def types_agree(first: str | None, second: str) -> bool:
    """Whether two methods can be of one event."""
    if first is None or first == second or frozenset((first, second)) in _kin()[0]:
        return True
    return GENERIC in (first, second) and is_attack(first) and is_attack(second)


def same_day(one: Facts, draft: Draft) -> bool:
    """Whether both name the same day."""
    mine = one.date
    if mine is None or not mine.is_day:
        return False
    days = [day for day in draft.dates if day.is_day]
    return any(mine.value == day.value and (mine.value is not None or mine.weekday == day.weekday) for day in days)


def same_place(one: Facts, draft: Draft) -> bool:
    """Whether both name the same site or town."""
    return bool(_named_keys(one.targets) & _named_keys(draft.places))


def tolls_clash(one: Facts, draft: Draft) -> bool:
    """Whether another method killed more than this event has: a stray from another story (guide 2.4)."""
    if one.event_type in (None, GENERIC, draft.event_type) or one.clause.sentence.index < _BEYOND_DOUBT:
        return False
    mine = sum(row.count.min or 0 for row in one.harm if row.effect == "killed")
    told = [row.count for facts in draft.facts for row in facts.harm if row.effect == "killed"]
    return bool(told) and all(count.max is not None for count in told) and mine > sum(count.max or 0 for count in told)


def _dates_clash(one: Facts, draft: Draft) -> bool:
    mine = one.date
    return mine is not None and bool(draft.dates) and not any(_dates_agree(mine, known) for known in draft.dates)


def _dates_agree(first: DateMention, second: DateMention) -> bool:
    if first.value and second.value:
        return first.value.startswith(second.value) or second.value.startswith(first.value)
    for unresolved, other in ((first, second), (second, first)):
        if unresolved.value is None and unresolved.weekday is not None and is_day(other.value):
            return False  # "on Friday" and "on February 18" are told apart
    return first.weekday is None or second.weekday is None or first.weekday == second.weekday


def _places_clash(one: Facts, draft: Draft) -> bool:
    if not one.targets or not draft.places or same_place(one, draft):
        return False
    if not one.in_body and not any(place.settlement for place in one.targets):
        return False  # a headline names a site loosely
    for level in ("settlement", "site", "admin1", "country"):
        here, there = _keys(one.targets, level), _keys(draft.places, level)
        quarter = level == "settlement" and one.clause.says("definite") and not _two_towns(here, there)
        if here and there and not quarter:
            return not here & there
    return False


def _two_towns(here: set[str], there: set[str]) -> bool:
    """Whether both sides are big towns, so that neither is a quarter of the other."""
    return any(is_big_town(name) for name in here) and any(is_big_town(name) for name in there)


def _authors_clash(one: Facts, draft: Draft) -> bool:
    mine = {actor.name for actor in one.actors if actor.status == "reported_as_fact"}
    told = [actor for facts in draft.facts for actor in facts.actors]
    if mine & {actor.by for actor in told}:
        return True  # who accuses somebody else of it has not done it
    theirs = {actor.name for actor in told if actor.status == "reported_as_fact"}
    certain = not one.clause.says("definite") and one.clause.sentence.index >= LEAD
    return certain and bool(mine and theirs and not mine & theirs)


def _keys(places: Iterable[Place], level: str) -> set[str]:
    return {site_key(value) or value for place in places if (value := getattr(place, level))}


def _named_keys(places: Iterable[Place]) -> set[str]:
    names = [value for place in places for value in (place.site, place.settlement) if value]
    return {key for name in names if (key := site_key(name))}
