"""Who did it, and how the text knows (guide 8)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from extractor.backends.rules.lexicon import any_of, armed_groups, gazetteer, table
from extractor.backends.rules.names import NAME, OPENERS

_RANK = ("claimed", "blamed", "suspected", "reported_as_fact")
_BAND = (
    r"(?:militias?|militants?|rebels?|insurgents?|jihadists?|separatists?|factions?|paramilitar(?:y|ies)|guerrillas?|"
    r"(?:militant |armed |terrorist |extremist |rebel |jihadist )?groups?|extremists?|terrorists?|pirates|bandits|cartel|gang(?:s| members)?|settlers)"
)
_FORCE = (
    r"(?:army|forces?|troops|soldiers|military|air force|navy|warplanes?|(?:fighter )?jets?|aircraft|police|drones?|"
    r"security forces|government forces|artillery|helicopters?|gunships?|marines|commandos|special forces|coalition|warships?|regime|authorities|border guards)"
)
_LOWER = rf"(?:(?!(?:the|of|and|in|by|for|on|to|at|many)\b)[\w-]+(?: and (?=\w+ed)|,? )){{0,4}}?{_BAND}"
_WHO = rf"(?P<who>{NAME}(?: (?:{_BAND}|{_FORCE}))?|{_LOWER})"
_BY = rf"(?P<by>{NAME}(?: (?:officials|authorities|government|police|military|army|prosecutors|ministry))?|(?:[a-z]+ ){0, 2}(?:authorities|officials|army|military|government|police|ministry|governor|prosecutors?|committee|residents)|[Aa]uthorities|[Oo]fficials|[Pp]olice|[Rr]esidents)"
_CUE = re.compile(
    r"claim|blam|accus|suspect|believ|alleg|attribut|responsib|finger|behind|hallmark|thought|pinned|crow|boast|brag|gloat|in (?:the )?name|sa(?:id|ys) (?:\w+ ){0,3}?(?:it|they|its)\b",
    re.IGNORECASE,
)
_GROUP_WORD = re.compile(
    r"(?:Front|Army|Brigades?|Movement|Forces?|Guards?|Corps|Militia|Resistance|Jihad|Legion|Battalion|Cartel|Liberation|Hezbollah|Hizbollah|Hizbullah|Party|Organi[sz]ation|Taliban|Shabaab|Qaeda|State|Network|Coalition|Command|Fighters|Group|Brotherhood|Mujahideen|Tigers|Gang|Boys)$"
)
_SUBJECT = (
    rf"(?P<name>{NAME})?(?:(?P<possessive>'s?) )?(?: ?(?P<noun>(?:[A-Za-z]+-[a-z]+ (?:and [a-z]+ )?(?:[a-z]+ )?)?(?:{_BAND}|{_FORCE})))?(?: \([^)]*\))?"
    r"(?:,[^,]{1,50},)?(?: (?:has|have|had|then|also|later|said (?:it|they|on \w+day it)|says it|reportedly|immediately|on \w+day|early|late|overnight|in turn|themselves|again|and its allies|on \w+ \d+|further|"
    r"(?:in|from) [A-Z]\w+|loyal to [A-Z]\w+|simultaneously|subsequently|quickly|repeatedly|fighters|members))*,? $"
)
_FROM = re.compile(
    rf"\b(?:gunmen|militants|fighters|members|gang members|rebels|insurgents) (?:from|of|belonging to|loyal to|with|affiliated with|linked to) (?:the )?(?P<who>{NAME})"
)
_STRIKE = r"(?:(?:air|drone|missile|rocket|artillery|retaliatory|military|ballistic|cruise|naval|ground|aerial|military|cross-border|targeted|tank|overnight|night-?time|massive|deadly|guided|Shahed)[ -]?){0,3}(?:air)?(?:strikes?|raids?|shelling|drones?|warplanes?|jets?|missiles?|attacks?|assault|fire|bombardment|bombing|aircraft|helicopters?|offensive|rockets|incursion|operation|artillery|gunfire|bombs?)"
_ADJECTIVE = re.compile(
    rf"\b(?P<who>U\.S\.|(?:[A-Z]\w+ )?[A-Z]\w+)(?:'s)? {_STRIKE}\b(?! (?:base|officials?|alert|sirens?|(?:were|was|are|have been|had been) (?:killed|wounded|injured|attacked|targeted|hit|stationed|affected|based|ambushed|shot)|killed in|in the country|stationed|deployed|wounded|injured))"
)
_BY_AGENT = re.compile(
    rf"(?<!statement )(?<!reported )(?<!report )(?<!released )(?<!told )\bby (?:an? |the |several |suspected )?(?P<who>U\.S\.|{NAME})(?: (?:{_BAND}|{_FORCE}|{_STRIKE}))?\b"
)
_MAY_BE_PASSIVE = re.compile(
    r"(?:killed|wounded|injured|attacked|struck|kidnapped|abducted|detained|arrested|shot|targeted|hit|captured)$"
)
_VICTIM_NEXT = re.compile(
    r" (?:in|by|when|during|after|near|at|and (?:wounded|injured|\d+)|as|on \w+day (?:in|by|when)|dead|since|while|outside)\b"
)
_UNIDENTIFIED = re.compile(
    r"^(?:unidentified|unknown|masked|armed|several|some|suspected|the|a|an|many|other|various|two|three|four|five|dozens of|hundreds of|its|their|those|these|rival|\d+)\s+",
    re.IGNORECASE,
)
_SOURCE_ONLY = re.compile(
    r"^(?:Police|Reuters|AFP|AP|UN|United Nations|Human Rights|Amnesty|Red Cross|Observatory|BBC|CNN)"
)
_NATIONAL = re.compile(
    r"coalition|army|air force|navy|military|security forces|government forces|special forces|troops|soldiers|police|commandos|marines"
)
_GOVERNED = re.compile(r"\b(?:in|at|near|from|of|on|to|for|inside|outside|against|with|between) (?:the )?$")
_LAWFUL = re.compile(
    r"\b(?P<who>(?:[Ss]ecurity|[Ii]ntelligence|[Ss]pecial|[Gg]overnment) (?:forces|agents|services?|officers)|[Pp]olice(?: officers)?|"
    r"[Tt]roops|[Ss]oldiers|[Aa]rmy engineers|[Bb]order guards|(?:[Bb]omb|[Aa]nti-terror\w*) (?:disposal )?(?:squad|police|experts)|[Aa]uthorities)"
    r" (?:\w+ ){0,2}?(?:arrested|detained|seized|found|discovered|defused|recovered|captured|rounded up|foiled|uncovered|raided|confiscated|apprehended|nabbed)\b"
)
_LAWFUL_EVENTS = frozenset({"arrest_raid", "disrupted_weapons_use"})
_OTHER_QUARREL = re.compile(
    r"(?: \([^)]*\))?(?:,[^,]{1,60},)? (?:of|for) (?:\w+ )?(?:arming|training|backing|supporting|harbou?ring|funding|sheltering|violating|using|trying|"
    r"seeking|failing|supplying|aiding|providing|financing|sponsoring|stoking|exploiting|undermining)\b"
)
_EVENTS_WITHOUT = frozenset({"protest"})


@dataclass(frozen=True)
class Actor:
    """Who is said to have done it (folded, as written), how that is known, and who accuses."""

    name: str
    status: str
    by: str | None = None


@dataclass(frozen=True)
class _Rules:
    told: list[tuple[str, re.Pattern[str]]]
    verb: re.Pattern[str]
    nobody: re.Pattern[str]


@lru_cache(maxsize=1)
def _rules() -> _Rules:
    lists = table("attribution")
    told = [
        (
            status,
            re.compile(
                rf"(?<![\w-]){pattern.replace('{who}', _WHO).replace('{by}', _BY).replace('{verbs}', lists['active']['verbs'])}"
            ),
        )
        for status in ("claimed", "blamed", "suspected")
        for pattern in lists[status]
    ]
    nobody = any_of(table("cues")["links"]["unknown_author"])
    return _Rules(told, re.compile(rf"\b{lists['active']['verbs']}\b"), nobody)


def read_claim(folded: str) -> bool | None:
    """Whether a claim of responsibility is reported (True), expressly missing (False), or not mentioned."""
    if _rules().nobody.search(folded):
        return False
    return True if any(actor.status == "claimed" for actor in _told(folded)) else None


def read_actors(folded: str, *, event_type: str | None, head: str = "", defended: bool = False) -> list[Actor]:
    """Who did the event of a clause. `head` lends a subject to a clause that has none of its own."""
    if unclaimed := _rules().nobody.search(folded):
        return _told(" " * unclaimed.end() + folded[unclaimed.end() :])
    if told := _told(folded):
        return told
    if event_type in _EVENTS_WITHOUT:
        return []
    facts = [] if defended else _subjects(folded)
    facts = facts or _modifiers(folded)
    if not facts and event_type in _LAWFUL_EVENTS:
        facts = [match["who"] for match in [_LAWFUL.search(folded)] if match]
    if not facts and head and re.match(r",? ?and ", folded):
        facts = _accuser(head)
    return [Actor(name, "reported_as_fact") for name in dict.fromkeys(facts)]


def _told(folded: str) -> list[Actor]:
    if not _CUE.search(folded):
        return []
    found: dict[str, Actor] = {}
    for status, pattern in _rules().told:
        for match in pattern.finditer(folded):
            name = _clean(match["who"])
            by = match.groupdict().get("by")
            if _OTHER_QUARREL.match(folded, match.end("who")):
                continue
            if (
                not name
                or name in found
                or not _named(
                    name,
                    strict=status == "suspected"
                    and match.group().lower().startswith(("suspected", "by suspected", "alleged")),
                )
            ):
                continue
            if status == "blamed" and (not by or _clean(by) == name):
                found[name] = Actor(name, "suspected" if not by else status, by)
                continue
            found[name] = Actor(name, status, _clean(by) if by and status == "blamed" else None)
        if found:
            break
    return list(found.values())


def _clean(name: str | None) -> str:
    text = re.sub(r"^.*[a-z]'s (?=[A-Z])|'s?$", "", (name or "").strip())
    while lead := _UNIDENTIFIED.match(text):
        text = text[lead.end() :]
    return re.sub(r"^(?:The|In|On|A) ", "", text)


def _named(name: str, *, strict: bool) -> bool:
    """Whether a name can be an actor; `strict` asks for more than a capital letter."""
    if (
        not name
        or _SOURCE_ONLY.match(name)
        or re.fullmatch(r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|It|He|They|She|No", name)
    ):
        return False
    if name[0].islower() and not name.startswith("al-"):
        return bool(re.search(rf"{_BAND}$", name)) and name not in {"group", "groups", "gang"}
    return not strict or is_actor(name)


def is_actor(name: str) -> bool:
    """Whether a name is a state, its forces, or an armed group."""
    words = name.split(" ")
    if name in armed_groups() or gazetteer().country_of_actor(name):
        return True
    if re.search(rf"(?: |^)(?:{_BAND}|{_FORCE})$", name):
        return True
    lead = [" ".join(words[:count]) for count in range(len(words), 0, -1)]
    return bool(_GROUP_WORD.search(name)) or any(part in armed_groups() for part in lead)


def _subjects(folded: str) -> list[str]:
    if match := _FROM.search(folded):
        return [_clean(match["who"])]
    for verb in _rules().verb.finditer(folded):
        if (_MAY_BE_PASSIVE.search(verb.group()) and _VICTIM_NEXT.match(folded, verb.end())) or re.search(
            r"\b(?:was|were|been|being|be|are|is|to) $", folded[: verb.start()]
        ):
            continue
        if found := _before(folded[: verb.start()]):
            return found
    return []


@lru_cache(maxsize=1)
def _subject_pattern() -> re.Pattern[str]:
    return re.compile(_SUBJECT)


def _before(text: str) -> list[str]:
    """The actor that ends right before a verb, with one that "and" joins to it."""
    window = text[-150:]
    starts = [0] + [match.end() for match in re.finditer(r"[\s\"(]", window)]
    for start in starts:
        if match := _subject_pattern().match(window, start):
            name = _actor_of(match)
            if name is None or _GOVERNED.search(text[: len(text) - len(window) + start]):
                continue
            joined = re.search(
                rf"(?P<who>{NAME}|{_LOWER}) and (?:(?P<adjective>(?:[\w-]+ ){1, 2})|the )?$", window[:start]
            )
            other = _clean(joined["who"]) if joined else ""
            whole = ((joined["adjective"] or "") if joined else "") + name
            return [other, whole] if other and _named(other, strict=False) and is_actor_like(other) else [name]
    return []


def is_actor_like(name: str) -> bool:
    """As `is_actor`, for the first of two joined names."""
    return is_actor(name) or name[0].islower()


def _actor_of(match: re.Match[str]) -> str | None:
    name, noun = match["name"], match["noun"]
    if not name and noun and _NATIONAL.fullmatch(noun):
        return noun
    if not name:  # "Tehran-aligned militias" are somebody, "gunmen" are not
        return _clean(noun) if noun and "-" in noun else None
    if name in OPENERS:
        return None
    name = _clean(name)
    if noun and noun != "authorities":
        whole = match.group()[: match.end("noun") - match.start()]
        return _short(name, noun, whole)
    if match["possessive"]:
        return None
    return name if name and is_actor(name) else None


def _short(name: str, noun: str, whole: str) -> str | None:
    if name in armed_groups() or (
        gazetteer().country_of_actor(name)
        and re.fullmatch(r"warplanes?|(?:fighter )?jets?|aircraft|drones?|helicopters?", noun)
    ):
        return name
    return _clean(whole) or None


def _modifiers(folded: str) -> list[str]:
    for pattern in (_ADJECTIVE, _BY_AGENT):
        for match in pattern.finditer(folded):
            name = _clean(match["who"])
            for part in (name, name.split(" ")[-1] if name else ""):
                if part and (gazetteer().country_of_actor(part) or part in armed_groups()):
                    return [part]
            if pattern is _BY_AGENT and name and is_actor(name):
                return [name]
    return []


def _accuser(head: str) -> list[str]:
    found = re.search(rf"(?P<who>{NAME}) (?:accus|blam)\w+", head)
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
