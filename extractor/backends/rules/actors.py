"""Who did it, and how the text knows (guide 8)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from extractor.backends.rules.lexicon import Wordings, any_of, armed_groups, gazetteer, table
from extractor.backends.rules.names import NAME, openers

_RANK = ("claimed", "blamed", "suspected", "reported_as_fact")
_EVENTS_WITHOUT = frozenset(("protest",))
_WINDOW = 150  # characters before a verb in which its subject stands
_LAWFUL_EVENTS = frozenset(("arrest_raid", "disrupted_weapons_use"))


@dataclass(frozen=True)
class Actor:
    """Who is said to have done it (folded, as written), how that is known, and who accuses."""

    name: str
    status: str
    by: str | None = None


@lru_cache(maxsize=1)
def _wordings() -> Wordings:
    return Wordings("attribution", name=NAME)


@lru_cache(maxsize=1)
def _told_patterns() -> list[tuple[str, re.Pattern[str]]]:
    return [
        (status, re.compile(rf"(?<![\w-]){pattern}"))
        for status in ("claimed", "blamed", "suspected")
        for pattern in _wordings().sources(status)
    ]


@lru_cache(maxsize=1)
def _nobody() -> re.Pattern[str]:
    return any_of(table("cues")["links"]["unknown_author"])


def read_claim(folded: str) -> bool | None:
    """Whether a claim of responsibility is reported (True), expressly missing (False), or not mentioned."""
    if _nobody().search(folded):
        return False
    return True if any(actor.status == "claimed" for actor in _told(folded)) else None


def read_actors(folded: str, *, event_type: str | None, head: str = "", defended: bool = False) -> list[Actor]:
    """Who did the event of a clause. `head` lends a subject to a clause that has none of its own."""
    if unclaimed := _nobody().search(folded):
        return _told(" " * unclaimed.end() + folded[unclaimed.end() :])
    if told := _told(folded):
        return told
    if event_type in _EVENTS_WITHOUT:
        return []
    facts = [] if defended else _subjects(folded)
    facts = facts or _modifiers(folded)
    if not facts and event_type in _LAWFUL_EVENTS:
        facts = [match["who"] for match in [_wordings()["lawful"].search(folded)] if match]
    if not facts and head and re.match(r",? ?and ", folded):
        facts = _accuser(head)
    return [Actor(name, "reported_as_fact") for name in dict.fromkeys(facts)]


def _told(folded: str) -> list[Actor]:
    """The actors a clause says something of by claim, blame or suspicion; the strongest kind only."""
    if not _wordings()["cue"].search(folded):
        return []
    found: dict[str, Actor] = {}
    for status, pattern in _told_patterns():
        for match in pattern.finditer(folded):
            actor = _attributed(match, status)
            quarrel = _wordings()["other_quarrel"].match(folded, match.end("who"))
            if actor is not None and not quarrel:
                found.setdefault(actor.name, actor)
        if found:
            break
    return list(found.values())


def _attributed(match: re.Match[str], status: str) -> Actor | None:
    name = _clean(match["who"])
    hedged = match.group().lower().startswith(("suspected", "by suspected", "alleged"))
    if not _can_be_actor(name) or (hedged and name[0].isupper() and not is_actor(name)):
        return None
    if status != "blamed":
        return Actor(name, status)
    by = match.groupdict().get("by")
    if not by:
        return Actor(name, "suspected")  # blamed by nobody named
    return Actor(name, status, by if _clean(by) == name else _clean(by))


def _clean(name: str | None) -> str:
    text = re.sub(r"^.*[a-z]'s (?=[A-Z])|'s?$", "", (name or "").strip())
    while lead := _wordings()["unidentified"].match(text):
        text = text[lead.end() :]
    return re.sub(r"^(?:The|In|On|A) ", "", text)


def _can_be_actor(name: str) -> bool:
    """Whether a name in the position of an actor can be one."""
    if not name or _wordings()["source_only"].match(name) or _wordings()["nobody_named"].fullmatch(name):
        return False
    if name[0].islower() and not name.startswith("al-"):
        return bool(_wordings()["band_only"].search(name)) and name not in {"group", "groups", "gang"}
    return True


def is_actor(name: str) -> bool:
    """Whether a (folded) name is a state, its forces, or an armed group."""
    words = name.split(" ")
    if name in armed_groups() or gazetteer().country_of_actor(name):
        return True
    if _wordings()["with_force"].search(name) or _wordings()["group_word"].search(name):
        return True
    return any(" ".join(words[:count]) in armed_groups() for count in range(1, len(words)))


def _subjects(folded: str) -> list[str]:
    """The actors that are the subject of an attacking verb."""
    if match := _wordings()["member_of"].search(folded):
        return [_clean(match["who"])]
    for verb in _wordings()["verb"].finditer(folded):
        before = folded[: verb.start()]
        suffers = _wordings()["may_be_passive"].search(verb.group())
        victim = suffers and _wordings()["victim_next"].match(folded, verb.end())
        if not (victim or _wordings()["passive_before"].search(before)) and (found := _before(before)):
            return found
    return []


def _before(text: str) -> list[str]:
    """The actor that ends right before a verb, with one that "and" joins to it."""
    window = text[-_WINDOW:]
    for start in [0, *(match.end() for match in re.finditer(r"[\s\"(]", window))]:
        match = _wordings()["subject"].match(window, start)
        name = _actor_of(match) if match else None
        if name is None or _wordings()["governed"].search(text[: len(text) - len(window) + start]):
            continue
        joined = _wordings()["joined"].search(window[:start])
        other = _clean(joined["who"]) if joined else ""
        if joined and _can_be_actor(other) and (is_actor(other) or other[0].islower()):
            return [other, (joined["adjective"] or "") + name]
        return [name]
    return []


def _actor_of(match: re.Match[str]) -> str | None:
    name, noun = match["name"], match["noun"]
    if not name and noun and _wordings()["national"].fullmatch(noun):
        return str(noun)
    if not name:  # "foreign-backed militias" are somebody, "gunmen" are not
        return _clean(noun) if noun and "-" in noun else None
    if name in openers():
        return None
    name = _clean(name)
    if noun and noun != "authorities":
        own_air_arm = gazetteer().country_of_actor(name) and _wordings()["air_arm"].fullmatch(noun)
        whole = match.group()[: match.end("noun") - match.start()]
        return name if name in armed_groups() or own_air_arm else _clean(whole) or None
    return None if match["possessive"] or not is_actor(name) else name


def _modifiers(folded: str) -> list[str]:
    """The actor named with the attack: "an Israeli air strike", "by the Taliban"."""
    for key in ("adjective", "by_agent"):
        for match in _wordings()[key].finditer(folded):
            name = _clean(match["who"])
            for part in (name, name.rpartition(" ")[2]):
                if part and (gazetteer().country_of_actor(part) or part in armed_groups()):
                    return [part]
            if key == "by_agent" and name and is_actor(name):
                return [name]
    return []


def _accuser(head: str) -> list[str]:
    found = _wordings()["accuser"].search(head)
    return [_clean(found["who"])] if found and is_actor(_clean(found["who"])) else []


def _party(name: str) -> str:
    """One key for "Russia", "Russian forces" and "Moscow"."""
    words = name.split(" ")
    leads = [" ".join(words[:count]) for count in range(len(words), 0, -1)]
    if group := next((lead for lead in [*leads, *words] if lead in armed_groups()), None):
        return group.removesuffix("s").lower()
    code = next((code for lead in leads if (code := gazetteer().country_of_actor(lead))), None)
    return code or name.lower().removesuffix(" group")


def merge_actors(told: list[list[Actor]]) -> list[Actor]:
    """The actors of an event over its clauses: the strongest status counts, the first accuser (guide 8.3)."""
    best: dict[str, Actor] = {}
    for actor in (actor for clause in told for actor in clause):
        key = _party(actor.name)
        if key not in best or _RANK.index(actor.status) < _RANK.index(best[key].status):
            best[key] = actor
    return list(best.values())
