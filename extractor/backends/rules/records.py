"""Drafts into events as the conflict schema has them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from extractor.backends.rules.actors import merge_actors
from extractor.backends.rules.agreement import Draft
from extractor.backends.rules.casualties import Harm
from extractor.backends.rules.facts import Facts
from extractor.backends.rules.lexicon import gazetteer
from extractor.backends.rules.munitions import FATES, Munition, merge_munitions
from extractor.backends.rules.people import affiliations
from extractor.backends.rules.places import Place, merge_places, site_key
from extractor.backends.rules.placing import wording
from extractor.backends.rules.segment import Document
from extractor.backends.rules.tolls import merge_harm

_CARE = re.compile(r"hospital|clinic|medical|morgue|mortuary", re.IGNORECASE)
_TARGET_OF_GROUP = {"militant": "armed_group", "military": "military_forces", "official": "government"}
_MOST_EVIDENCE = 6


def as_record(draft: Draft, main: Draft, document: Document, focus: str | None) -> dict[str, Any] | None:
    """One event, or None where only the title, which is no part of the text, tells of it."""
    evidence = [quote for facts in draft.facts if (quote := _quote(facts, document))][:_MOST_EVIDENCE]
    if not evidence:
        return None
    places = merge_all_places(draft, main, focus)
    munitions = merge_munitions([list(facts.munitions) for facts in draft.facts if _used(facts, draft)])
    harm = merge_harm([list(facts.harm) for facts in draft.facts])
    actors = merge_actors([list(facts.actors) for facts in draft.facts])
    claims = [facts.claimed for facts in draft.facts if facts.claimed is not None]
    damage = [facts.damage for facts in draft.facts if facts.damage is not None]
    written = _Spelling(document)
    return {
        "role": draft.role,
        "event_type": event_type(draft, munitions),
        "date": _date(draft, written),
        "locations": [_location(place, written) for place in places],
        "munitions": [_munition(row) for row in munitions],
        "targets": _targets(places, harm, draft, written),
        "perpetrators": [
            {
                "name": written.actor(actor.name),
                "status": actor.status,
                "blamed_by": written(actor.by) if actor.by else None,
            }
            for actor in actors
        ],
        "responsibility_claimed": claims[-1] if claims else None,
        "casualties": [_casualties(row, written) for row in harm],
        "property_damage": any(damage) if damage else None,
        "reported_by": list(dict.fromkeys(written(name) for facts in draft.facts for name in facts.sources))[:4],
        "evidence": list(dict.fromkeys(evidence)),
    }


def _used(facts: Facts, draft: Draft) -> bool:
    """Whether the weapons of a clause were used: those seized after an attack were not."""
    return facts.event_type != "disrupted_weapons_use" or draft.event_type == "disrupted_weapons_use"


class _Spelling:
    """From folded text back to the spelling of the article."""

    def __init__(self, document: Document) -> None:
        self.document = document

    def actor(self, name: str) -> str:
        """An actor as written; a state told by its adjective goes by its name, where the article has that."""
        code = gazetteer().demonyms.get(name)
        own = gazetteer().names[code] if code and name not in gazetteer().countries else ""
        return self(own if own and re.search(rf"\b{own}\b", self.document.folded) else name)

    def __call__(self, folded: str) -> str:
        at = self.document.folded.find(folded)
        return self.document.text[at : at + len(folded)] if at >= 0 else folded


def _quote(facts: Facts, document: Document) -> str | None:
    start, end = facts.clause.start, facts.clause.end
    if start < document.body:
        return None
    return re.sub(r"^[\s,;]+(?:and |while )?", "", document.text[start:end]).strip() or None


def event_type(draft: Draft, munitions: list[Munition]) -> str:
    """The method of an event: as told; a bare "strike" by somebody with air power is an air strike (guide 3.2)."""
    told = draft.event_type
    if told != "attack_unspecified":
        return told
    first = draft.facts[0].clause.read
    if (
        re.search(r"\bstrikes?\b", first, re.IGNORECASE)
        and any(facts.actors for facts in draft.facts)
        and not munitions
    ):
        return "air_drone_strike"
    return told


def _date(draft: Draft, written: _Spelling) -> dict[str, Any]:
    own = [facts for facts in draft.facts if facts.date is not None]
    best = next((facts for facts in own if facts.date and facts.date.is_day and facts.date.value), None) or next(
        (facts for facts in own if facts.date and facts.date.value), None) or (own[0] if own else None)  # fmt: skip
    if best is not None and best.date is not None:
        return {"text": written(best.date_text or ""), "value": best.date.value}
    if draft.role == "main":
        for facts in draft.facts:
            if facts.reported_on is not None and facts.reported_on.weekday is not None:
                day = facts.reported_on
                return {"text": written(facts.clause.read[day.start : day.end]), "value": day.value}
    return {"text": None, "value": None}


def _named(row: Place) -> bool:
    return row.kind == "target" and bool(row.site or row.settlement)


def merge_all_places(draft: Draft, main: Draft, focus: str | None) -> list[Place]:
    """The places of an event, one row a place, the target first."""
    rows: list[Place] = []
    for facts in draft.facts:
        first_named = not any(_named(row) for row in rows)
        for place in _places_of(facts, draft):
            at = next((index for index, row in enumerate(rows) if _same(row, place)), None)
            if at is not None:
                rows[at] = merge_places(rows[at], place)
            elif first_named or place.kind != "target":
                rows.append(place)
    if main is not draft and not any(row.site for row in rows):
        rows = _with_borrowed(rows, _borrowed(draft, main, focus))
    away = {place.away_from for facts in draft.facts for place in facts.places if place.away_from}
    rows = [replace(row, settlement=None) if row.settlement in away else row for row in rows]  # "north of X" wins
    rows = [row if row.country else replace(row, country=focus) for row in _without_echoes(rows)]
    return sorted(rows, key=lambda row: row.kind != "target")


def _places_of(facts: Facts, draft: Draft) -> list[Place]:
    """The places of a clause; one that only refers to the event ("the attack …") says no country of it."""
    if facts.event_type is None:  # a detail: people are taken to hospital somewhere
        return [place for place in facts.places if not (place.empty or _CARE.search(place.site or ""))]
    refers = facts is not draft.facts[0] and facts.event_type == "attack_unspecified"
    return [
        place for place in facts.places if not place.empty and not (refers and not _named(place) and not place.admin1)
    ]


def _with_borrowed(rows: list[Place], borrowed: list[Place]) -> list[Place]:
    if not any(map(_named, rows)):
        return [*borrowed, *rows]
    return [next((merge_places(row, place) for place in borrowed if _same(row, place)), row) for row in rows]


def _borrowed(draft: Draft, main: Draft, focus: str | None) -> list[Place]:
    """The place of the main event, for one told "at the same base" or "in the city"."""
    rows = [row for row in merge_all_places(main, main, focus) if row.kind == "target"]
    if any(facts.clause.says("same_place") for facts in draft.facts):
        return rows
    if any(facts.clause.says("same_town") for facts in draft.facts):
        return [replace(row, site=None, site_type=None, relation=None) for row in rows if row.settlement][:1]
    return []


def _same(row: Place, place: Place) -> bool:
    if row.kind != place.kind:
        return False
    if row.site and place.site:
        return site_key(row.site) == site_key(place.site)
    if row.settlement and place.settlement:
        return row.settlement == place.settlement
    if row.admin1 and place.admin1 and row.admin1 != place.admin1:
        return False
    return not (row.country and place.country and row.country != place.country)


def _without_echoes(rows: list[Place]) -> list[Place]:
    """A second target place stays only where the first telling already had several."""
    targets = [row for row in rows if row.kind == "target"]
    others = [row for row in rows if row.kind != "target"]
    named = [row for row in targets if row.site or row.settlement]
    return [*(named or targets), *others[:2]]


def _location(place: Place, written: _Spelling) -> dict[str, Any]:
    return {
        "kind": place.kind,
        "site": written(place.site) if place.site else None,
        "settlement": written(place.settlement) if place.settlement else None,
        "admin1": written(place.admin1) if place.admin1 else None,
        "country": place.country,
        "relation_text": written(place.relation) if place.relation else None,
    }


def _munition(row: Munition) -> dict[str, Any]:
    counts = {fate: row.counts[fate].as_record() if fate in row.counts else None for fate in FATES}
    return {"type": row.type, "name": row.name, **counts}


def _targets(places: list[Place], harm: list[Harm], draft: Draft, written: _Spelling) -> list[dict[str, Any]]:
    """The people aimed at, where the text names them, else the sites."""
    killed = [(row.people, name) for row in harm if row.effect == "killed" for name in row.people.names]
    if killed:
        return [
            {
                "name": written(name),
                "type": _TARGET_OF_GROUP.get(people.group, "civilian"),
                "affiliations": list(people.affiliations),
            }
            for people, name in killed
        ]
    return [
        {"name": written(place.site), "type": place.site_type or "other", "affiliations": _owners(place, draft)}
        for place in places
        if place.site and place.kind == "target"
    ]


def _owners(place: Place, draft: Draft) -> list[str]:
    """Whose a base or an embassy is: by its name, or by the troops it houses."""
    if place.site_type not in {"military_base", "diplomatic"}:
        return []
    whose = list(affiliations(place.site or ""))
    if place.site_type == "military_base":
        for facts in draft.facts:
            for match in wording("housing").finditer(facts.clause.folded):
                whose += affiliations(match.group())
    return sorted(dict.fromkeys(code for code in whose if code))


def _casualties(row: Harm, written: _Spelling) -> dict[str, Any]:
    return {
        "effect": row.effect,
        "group": row.people.group,
        "affiliations": list(row.people.affiliations),
        "count": row.count.as_record(),
        "names": [written(name) for name in row.people.names],
    }
