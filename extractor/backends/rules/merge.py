"""Clauses of one event together: the same attack told in headline, lead and details is one event (guide 1.2, 2)."""

from __future__ import annotations

from extractor.backends.rules.agreement import (
    LEAD,
    Draft,
    compatible,
    is_attack,
    same_day,
    same_place,
    tolls_clash,
    types_agree,
)
from extractor.backends.rules.facts import Facts
from extractor.backends.rules.triggers import GENERIC, cues

_REACH = 3  # sentences from an event's last one in which details still belong to it


def merge(facts: list[Facts]) -> list[Draft]:
    """Sort facts into events, in the order of the text; the one that title and headline announce is the main one."""
    told = [one for one in facts if one.in_body]
    announced = [one for one in facts if not one.in_body]
    drafts = _sorted(told) or _sorted(announced)
    if drafts and told:
        _announce(drafts, announced)
    return drafts


def _sorted(facts: list[Facts]) -> list[Draft]:
    drafts: list[Draft] = []
    current: Draft | None = None
    for one in facts:
        draft = _home(one, drafts, current) if drafts else None
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
        alike = [draft for draft in fitting if one.event_type in (GENERIC, None, draft.event_type)]
        if draft := next(iter([*alike, *fitting]), None):
            draft.facts.insert(0, one)
            main = draft
    if main is not None and main is not drafts[0]:
        drafts[0].role, main.role = "background", "main"
        drafts.remove(main)
        drafts.insert(0, main)


def _opens(one: Facts, *, first: bool) -> bool:
    """Whether a clause without a home tells of a new event."""
    clause = one.clause
    if one.event_type is None or (one.in_body and not cues()["cuts.finite"].search(clause.read)):
        return False
    if clause.says("interception"):
        return first
    if clause.says("background") and clause.head and not one.tells_more:
        return False
    if one.event_type == GENERIC and clause.says("definite") and not (one.date or one.places):
        return False
    return one.tells_more or not one.in_body or clause.sentence.index < LEAD


def _role(one: Facts, drafts: list[Draft], current: Draft | None) -> str:
    if not drafts:
        return "main"
    clause = one.clause
    if (
        clause.says("definite")
        and one.harm
        and one.event_type != GENERIC
        and not (one.date or one.places or one.actors)
    ):
        stray = all(tolls_clash(one, draft) or not types_agree(one.event_type, draft.event_type) for draft in drafts)
        return "unrelated" if stray else "background"
    if clause.says("background") or _is_earlier(one, drafts[0]):
        return "background"
    hunted = one.event_type == "arrest_raid" and clause.says("hunted") and is_attack(drafts[0].event_type)
    answered = clause.says("response") and current is not None and current.role == "main"
    return "response" if hunted or answered else "background"


def _is_earlier(one: Facts, main: Draft) -> bool:
    """Whether its own date words point to a time before the main event."""
    if one.date is None or not one.date.past or one.date.value is None:
        return False
    day = next((date.value for date in main.dates if date.value), None)
    return day is None or one.date.value <= day


def _home(one: Facts, drafts: list[Draft], current: Draft | None) -> Draft | None:
    """The event that a clause belongs to, or None."""
    if one.event_type is None or (one.claimed is not None and one.event_type == GENERIC):
        return _home_of_detail(one, drafts, current)
    if one.clause.says("interception"):
        return _home_of_interception(one, drafts)
    fitting = [draft for draft in reversed(drafts) if compatible(one, draft)]
    on_the_day = [draft for draft in fitting if same_day(one, draft)]
    at_the_place = [draft for draft in fitting if same_place(one, draft)]
    if both := next((draft for draft in on_the_day if draft in at_the_place), None):
        return both
    if one.clause.says("background") or one.clause.says("another"):
        return _home_of_background(one, fitting, at_the_place)
    if on_the_day and not (one.is_placed and any(place.is_named for place in on_the_day[0].places)):
        return on_the_day[0]
    return _home_by_story(one, fitting, at_the_place, drafts[0], current)


def _home_by_story(
    one: Facts, fitting: list[Draft], at_the_place: list[Draft], main: Draft, current: Draft | None
) -> Draft | None:
    """By the habits of news: the lead is about the main event, then it is place and reference that tell."""
    response = one.clause.says("response")
    if one.clause.sentence.index < LEAD and main in fitting and not response:
        return main
    if response or (one.date and one.date.past):
        return None
    if at_the_place:
        return at_the_place[0]
    thin = [draft for draft in fitting if draft is not main and draft.is_thin and draft.event_type == one.event_type]
    if thin:
        return thin[0]
    if one.clause.says("definite"):
        return next((draft for draft in (current, main) if draft in fitting), next(iter(fitting), None))
    undated = not one.date or current is None or not current.dates
    return current if current in fitting and undated and not one.is_placed else None


def _home_of_background(one: Facts, fitting: list[Draft], at_the_place: list[Draft]) -> Draft | None:
    """An earlier event is only one told as earlier before; another one is none of those told."""
    if one.clause.says("another"):
        return None
    older = [draft for draft in fitting if draft.role == "background" and draft.says("background")]
    return next((draft for draft in older if draft in at_the_place or not one.places), None)


def _home_of_interception(one: Facts, drafts: list[Draft]) -> Draft | None:
    """What was shot down belongs to the latest attack with such weapons."""
    kinds = {row.type for row in one.munitions}
    fitting = [draft for draft in reversed(drafts) if compatible(one, draft)]
    alike = [draft for draft in fitting if kinds & {row.type for facts in draft.facts for row in facts.munitions}]
    return next(iter([*alike, *([] if kinds else fitting)]), None)


def _home_of_detail(one: Facts, drafts: list[Draft], current: Draft | None) -> Draft | None:
    """Casualties, claims and counts told in a sentence of their own go to the event before it."""
    if one.claimed is not None:
        return _home_of_claim(one, drafts, current)
    if one.clause.says("no_word") and drafts[0] is current:
        return current
    if not one.is_detail or current is None or not compatible(one, current):
        return None
    near = one.clause.sentence.index - current.facts[-1].clause.sentence.index
    return current if near <= _REACH or len(drafts) == 1 else None


def _home_of_claim(one: Facts, drafts: list[Draft], current: Draft | None) -> Draft | None:
    """A claim is of the latest attack, unless it says "today's"."""
    attacks = [draft for draft in drafts if is_attack(draft.event_type)]
    if not one.clause.says("definite") and current in attacks:
        return current
    todays = "today" in one.clause.folded or "tonight" in one.clause.folded
    return next(iter(attacks if todays else attacks[::-1]), None)
