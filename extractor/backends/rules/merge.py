"""Clauses of one event together: the same attack told in headline, lead and details is one event (guide 1.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from extractor.backends.rules.facts import Facts
from extractor.backends.rules.places import Place, is_big_town, site_key

_GENERIC = "attack_unspecified"
_NO_ATTACKS = frozenset({"arrest_raid", "protest", "disrupted_weapons_use"})
_LEAD = 3
_REACH = 3  # sentences from an event's last one in which details still belong to it
_FINITE = re.compile(
    r"\b(?:\w+ed|was|were|has|have|had|hit|struck|shot|blew|tore|went|fell|took|broke|left|came|set|fought|burst|drove|threw|"
    r"ran|began|kills?|hits?|strikes?|attacks?|rocks?|died|killing|wounding|injuring|set|said|rammed|dead|held)\b"
)
_NEAR = frozenset(
    frozenset(pair)
    for pair in (
        ("suicide_bombing", "bombing_ied"), ("suicide_bombing", "armed_assault"), ("armed_clash", "armed_assault"), ("abduction", "armed_assault"),
        ("protest", "riot_storming"), ("shelling_missile_attack", "air_drone_strike"), ("bombing_ied", "armed_assault"), ("riot_storming", "armed_assault"),
        ("armed_clash", "riot_storming"), ("disrupted_weapons_use", "arrest_raid"), ("disrupted_weapons_use", "armed_clash"),
        ("armed_clash", "bombing_ied"), ("armed_clash", "arrest_raid"), ("armed_clash", "protest"), ("bombing_ied", "disrupted_weapons_use"),
    )
)  # fmt: skip


@dataclass
class Draft:
    """An event in the making: the facts of its clauses, in order."""

    facts: list[Facts] = field(default_factory=list)
    role: str = "background"

    @property
    def event_type(self) -> str:
        """The first method told, unspecified where none is."""
        told = sorted(self.facts, key=lambda facts: facts.clause.sentence.kind != "body")  # headlines play with words
        types = [facts.event_type for facts in told if facts.event_type]
        if "suicide_bombing" in types:
            return "suicide_bombing"
        return next((kind for kind in types if kind != _GENERIC), _GENERIC)

    @property
    def places(self) -> list[Place]:
        """Target places told so far."""
        return [place for facts in self.facts for place in facts.places if place.kind == "target" and not place.empty]

    @property
    def actors(self) -> set[str]:
        """Names of those who did it, as far as stated outright."""
        return {actor.name for facts in self.facts for actor in facts.actors if actor.status == "reported_as_fact"}

    def says(self, flag: str) -> bool:
        """Whether the clause that opened it shows a cue."""
        return self.facts[0].clause.says(flag)


def merge(facts: list[Facts]) -> list[Draft]:
    """Sort facts into events, in the order of the text; the one that title and headline announce is the main one."""
    told = [one for one in facts if one.clause.sentence.kind == "body"]
    announced = [one for one in facts if one.clause.sentence.kind != "body"]
    drafts = _sorted(told) or _sorted(announced)
    if drafts and told:
        _announce(drafts, announced)
    return drafts


def _sorted(facts: list[Facts]) -> list[Draft]:
    drafts: list[Draft] = []
    current: Draft | None = None
    for one in facts:
        draft = _home(one, drafts, current)
        if draft is None:
            if not _opens(one, first=not drafts):
                continue
            draft = Draft(role=_role(one, drafts, current))
            drafts.append(draft)
        draft.facts.append(one)
        current = draft
    return drafts


def _announce(drafts: list[Draft], announced: list[Facts]) -> None:
    """Give headlines to the events they announce; the first announced one is the main event."""
    main: Draft | None = None
    for one in reversed(announced):
        if one.clause.says("background") or (one.event_type is None and not one.harm):
            continue
        fitting = [draft for draft in drafts if compatible(one, draft)]
        alike = [draft for draft in fitting if one.event_type in (_GENERIC, None, draft.event_type)]
        draft = next(iter([*alike, *fitting]), None)
        if draft is not None:
            draft.facts.insert(0, one)
            main = draft
    if main is not None and main is not drafts[0]:
        drafts[0].role, main.role = "background", "main"
        drafts.remove(main)
        drafts.insert(0, main)


def _opens(one: Facts, *, first: bool) -> bool:
    if one.event_type is None:
        return False
    if one.clause.says("interception"):
        return first
    if one.clause.says("background") and one.clause.head and not one.tells_more:
        return False
    if one.event_type == _GENERIC and one.clause.says("definite") and not (one.date or one.places):
        return False
    if one.clause.sentence.kind == "body" and not _FINITE.search(one.clause.read):
        return False
    return one.tells_more or one.clause.sentence.kind != "body" or one.clause.sentence.index < _LEAD


def _role(one: Facts, drafts: list[Draft], current: Draft | None) -> str:
    if not drafts:
        return "main"
    if (
        one.clause.says("definite")
        and one.event_type != _GENERIC
        and not (one.date or one.places or one.actors)
        and one.harm
    ):
        return (
            "unrelated"
            if all(_tolls_clash(one, draft) or not _types_fit(one.event_type, draft.event_type) for draft in drafts)
            else "background"
        )
    day = next((facts.date.value for facts in drafts[0].facts if facts.date and facts.date.value), None)
    later = one.date is not None and one.date.value is not None and day is not None and one.date.value > day
    if one.clause.says("background") or (one.date and one.date.past and one.date.value and not later):
        return "background"
    hunted = one.event_type == "arrest_raid" and one.clause.says("hunted") and drafts[0].event_type not in _NO_ATTACKS
    answered = one.clause.says("response") and current is not None and current.role == "main"
    return "response" if hunted or answered else "background"


def _home(one: Facts, drafts: list[Draft], current: Draft | None) -> Draft | None:
    """The event that a clause belongs to, or None."""
    if not drafts:
        return None
    if one.event_type is None:
        return _home_of_detail(one, drafts, current)
    if one.claimed is not None and one.event_type == _GENERIC:
        return _home_of_detail(one, drafts, current)
    if one.clause.says("interception"):
        return _home_of_interception(one, drafts)
    fitting = [draft for draft in reversed(drafts) if compatible(one, draft)]
    if not fitting:
        return None
    same_day = [draft for draft in fitting if _same_date(one, draft)]
    same_place = [draft for draft in fitting if _same_place(one, draft)]
    if both := next((draft for draft in same_day if draft in same_place), None):
        return both
    if one.clause.says("background") or one.clause.says("another"):
        return _home_of_background(one, fitting, same_place)
    if same_day and _plausible(one, same_day[0]):
        return same_day[0]
    main = drafts[0]
    if one.clause.sentence.index < _LEAD and main in fitting and not one.clause.says("response"):
        return main
    if one.date and one.date.past and not same_day:
        return None
    if same_place and not one.clause.says("response"):
        return same_place[0]
    return _home_by_reference(one, fitting, current, main)


def _home_by_reference(one: Facts, fitting: list[Draft], current: Draft | None, main: Draft) -> Draft | None:
    thin = next(
        (draft for draft in fitting if draft is not main and _is_thin(draft) and draft.event_type == one.event_type),
        None,
    )
    if thin is not None and not one.clause.says("response"):
        return thin
    own_place = any(place.site or place.settlement for place in one.places)
    if one.clause.says("definite") and not one.clause.says("response"):
        for draft in (current, main):
            if draft in fitting:
                return draft
        return fitting[0]
    if own_place or one.clause.says("response"):
        return None
    if current in fitting and (not one.date or not current or not any(facts.date for facts in current.facts)):
        return current
    return None


def _is_thin(draft: Draft) -> bool:
    """Whether an event is so far told without a day, a site or a town."""
    dated = any(facts.date and facts.date.is_day for facts in draft.facts)
    return not dated and not any(place.site or place.settlement for place in draft.places)


def _home_of_background(one: Facts, fitting: list[Draft], same_place: list[Draft]) -> Draft | None:
    if one.clause.says("another"):
        return None
    older = [draft for draft in fitting if draft.role == "background" and draft.says("background")]
    return next((draft for draft in older if draft in same_place or not one.places), None)


def _home_of_interception(one: Facts, drafts: list[Draft]) -> Draft | None:
    """What was shot down belongs to the latest attack with such weapons."""
    kinds = {row.type for row in one.munitions}
    fitting = [draft for draft in reversed(drafts) if compatible(one, draft)]
    alike = [draft for draft in fitting if kinds & {row.type for facts in draft.facts for row in facts.munitions}]
    return next(iter([*alike, *(fitting if not kinds else [])]), None)


def _home_of_detail(one: Facts, drafts: list[Draft], current: Draft | None) -> Draft | None:
    """Casualties, claims and counts told in a sentence of their own go to the event before it."""
    if one.clause.says("no_word") and drafts[0] is current:
        return current
    placed = one.clause.says("definite") and (
        any(place.site or place.settlement for place in one.places) or bool(one.munitions)
    )
    counted = any(row.counts for row in one.munitions)
    if not (one.harm or one.claimed is not None or one.actors or one.damage or counted or placed):
        return None
    if one.claimed is not None and one.clause.says("definite") and not one.harm:
        attacks = [draft for draft in drafts if draft.event_type not in _NO_ATTACKS]
        todays = "today" in one.clause.folded or "tonight" in one.clause.folded
        return next(iter(attacks if todays else attacks[::-1]), None)
    if current is None or not compatible(one, current):
        return None
    if one.claimed is not None:
        return current
    near = one.clause.sentence.index - current.facts[-1].clause.sentence.index
    return current if near <= _REACH or len(drafts) == 1 else None


def compatible(one: Facts, draft: Draft) -> bool:
    """Whether nothing stated speaks against one event: method, day, place, author."""
    if not _types_fit(one.event_type, draft.event_type) or _dates_clash(one, draft):
        return False
    return not (_places_clash(one, draft) or _authors_clash(one, draft) or _tolls_clash(one, draft))


def _tolls_clash(one: Facts, draft: Draft) -> bool:
    """Whether another method killed more than this event has: a stray from another story (guide 2.4)."""
    if (
        one.event_type in (None, _GENERIC)
        or one.event_type == draft.event_type
        or one.clause.sentence.index < _LEAD // 2
    ):
        return False
    mine = sum(row.count.min or 0 for row in one.harm if row.effect == "killed")
    told = [row.count for facts in draft.facts for row in facts.harm if row.effect == "killed"]
    return bool(told) and all(count.max is not None for count in told) and mine > sum(count.max or 0 for count in told)


def _types_fit(first: str | None, second: str) -> bool:
    if first is None or first == second or frozenset((first, second)) in _NEAR:
        return True
    return _GENERIC in (first, second) and not {first, second} & _NO_ATTACKS


def _dates_clash(one: Facts, draft: Draft) -> bool:
    dates = [facts.date for facts in draft.facts if facts.date]
    return (
        one.date is not None
        and bool(dates)
        and not any(_dates_agree(one.date.value, one.date.weekday, known.value, known.weekday) for known in dates)
    )


def _dates_agree(value: str | None, weekday: int | None, other: str | None, other_day: int | None) -> bool:
    if value and other:
        return value.startswith(other) or other.startswith(value)
    if (value is None and weekday is not None and is_day(other)) or (
        other is None and other_day is not None and is_day(value)
    ):
        return False  # "on Friday" and "on February 18" are told apart
    if weekday is not None and other_day is not None:
        return weekday == other_day
    return True


def is_day(value: str | None) -> bool:
    """Whether an EDTF value names a day."""
    return value is not None and value.count("-") == 2  # noqa: PLR2004


def _same_date(one: Facts, draft: Draft) -> bool:
    if one.date is None or not one.date.is_day:
        return False
    known = [facts.date for facts in draft.facts if facts.date and facts.date.is_day]
    return any(
        one.date.value == day.value
        and one.date.weekday == day.weekday
        or (one.date.value and one.date.value == day.value)
        for day in known
    )


def _places_clash(one: Facts, draft: Draft) -> bool:
    mine = [place for place in one.places if place.kind == "target" and not place.empty]
    theirs = draft.places
    if not mine or not theirs or _same_place(one, draft):
        return False
    if one.clause.sentence.kind != "body" and not any(place.settlement for place in mine):
        return False  # a headline names a site loosely
    for level in ("settlement", "site", "admin1", "country"):
        here = {_key(value) for place in mine if (value := getattr(place, level))}
        there = {_key(value) for place in theirs if (value := getattr(place, level))}
        if (
            here
            and there
            and not (level == "settlement" and one.clause.says("definite") and _may_be_within(here, there))
        ):
            return not here & there
    return False


def _may_be_within(here: set[str], there: set[str]) -> bool:
    """Whether one side may be a quarter or village of the other: no big town on both sides."""
    return not (any(is_big_town(name) for name in here) and any(is_big_town(name) for name in there))


def _key(value: str) -> str:
    return site_key(value) or value


def _same_place(one: Facts, draft: Draft) -> bool:
    def keys(places: list[Place]) -> set[str]:
        return {
            _key(value) for place in places for value in (place.site, place.settlement) if value and site_key(value)
        }

    return bool(keys([place for place in one.places if place.kind == "target"]) & keys(draft.places))


def _authors_clash(one: Facts, draft: Draft) -> bool:
    mine = {actor.name for actor in one.actors if actor.status == "reported_as_fact"}
    if mine & {actor.by for facts in draft.facts for actor in facts.actors if actor.by}:
        return True  # who accuses somebody else of it has not done it
    return (
        bool(mine and draft.actors and not mine & draft.actors)
        and not one.clause.says("definite")
        and one.clause.sentence.index >= _LEAD
    )


def _plausible(one: Facts, draft: Draft) -> bool:
    return not (
        any(place.settlement or place.site for place in one.places)
        and any(place.settlement or place.site for place in draft.places)
    )
