"""With what: the weapons a clause names, and how many were launched and where they ended (guide 3)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from extractor.backends.rules.lexicon import table, words
from extractor.backends.rules.quantities import ONE, QUANTITY, SEVERAL, Bounds, bounds, disagreeing

_FATES = ("fired", "hit", "missed", "intercepted", "unfired")
_NOUN_AFTER = re.compile(
    r"(?:-\w+)?(?: and \w+)? (?:attacks?|strikes?|fire|assaults?|raids?|launch(?:es|ers?|ing)?|pads?|systems?|defen[cs]es?|program\w*|blasts?|explosions?|squads?|units?|barrages?|salvos?|volleys?|bombardments?|shelling|bombings?|sites?|makers?|alerts?|sirens?|threats?|operators?|rounds? of)\b",
    re.IGNORECASE,
)
_ONE_NOUN_AFTER = re.compile(r"\s(?:strikes|hits)\s(?:a|an|the|[A-Z])")
_QUANTITY = re.compile(
    rf"\b{QUANTITY}(?P<mods>(?: (?!(?:in|on|at|by|with|of|were|was|and|to|from|people|injured|than|least|as|when|killed|wounded|dead|after|while|where|launched|fired|\d+|volley|barrage|salvo)\b)[\w'-]+){{0,4}}) $",
    re.IGNORECASE,
)
_ELLIPSIS = re.compile(
    rf"\b(?P<lead>another|the other|the remaining|the rest|of which|of them|only|all|(?:(?<=^)|(?<=, )|(?<=and )|(?<=while ))) ?(?P<q>{QUANTITY.replace('(?P<', '(?P<e')})(?: (?:of them|were|was|had|have|missiles|rockets))? (?=(?:crashed|landed|hit|fell|came down|struck|were|was|exploded|still|intercepted|shot|missed))",
    re.IGNORECASE,
)
_AFTER = [
    ("unfired", re.compile(r"\W*(?:\w+ ){0,3}?(?:still (?:inside|in|on|loaded|unfired|lying|attached|mounted)|left in|unfired|ready to (?:be )?(?:fired|launch)|failed to (?:launch|fire)|remained in)\b")),
    ("intercepted", re.compile(r"\W*(?:\w+ ){0,3}?(?:intercepted|shot down|downed|brought down|neutrali[sz]ed|repelled|destroyed (?:by|in|over))\b")),
    ("missed", re.compile(r"\W*(?:\w+ ){0,3}?(?:missed|(?:landed|fell|crashed|exploded|came down|hit) (?:\w+ ){0,5}?(?:outside|beyond|short|near(?:by)?|in (?:an? |the )?(?:\w+ )?(?:open|empty|field|nearby|sea|desert|farmland|uninhabited|village)|into the (?:sea|desert)))\b")),
    ("hit", re.compile(r"\W*(?:\w+ ){0,3}?(?:hits?|struck|strikes|landed|slammed|fell|impacted|exploded|smashed|plowed|ploughed|came down|got through|reached|crashed)\b")),
    ("fired", re.compile(r"\W*(?:\w+ ){0,3}?(?:fired|launched|targeted|targeting|target|aimed|lobbed|sent|rained|pounded|used|were fired)\b")),
]  # fmt: skip
_BEFORE = [
    ("unfired", re.compile(r"\b(?:unfired|unused|unlaunched|carrying|containing|still held|loaded with|ready)\b[^.;]{0,20}$")),
    ("intercepted", re.compile(r"\b(?:intercept(?:ed|ing|s)?|shot down|shoot(?:ing)? down|down(?:ed|ing)|destroy(?:ed|ing)|repell?ed|neutrali[sz]ed|brought down|thwarted)\b[^.;]{0,45}$")),
    ("fired", re.compile(r"\b(?:fir(?:e|ed|ing|es)|launch(?:ed|ing|es)?|volley|barrage|salvo|salvoes|attack(?:ed)? (?:\S+ ){0,4}?with|by|lobbed|sent|us(?:ed|ing)|dropp?ed|unleashed|rained|swarm|wave)\b[^.;]{0,45}$")),
]  # fmt: skip
_FOUND = "disrupted_weapons_use"
_COUNTED = frozenset(
    "rocket mortar artillery_shell missile ballistic_missile cruise_missile drone aerial_bomb grenade".split()
)
_CARRIED = re.compile(r"\bunfired\b|\bunexploded\b|\bunused\b")


@dataclass(frozen=True)
class Munition:
    """One kind of weapon of an event; `counts` by fate: fired, hit, missed, intercepted, unfired."""

    type: str
    name: str | None = None
    counts: dict[str, Bounds] = field(default_factory=dict)


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], list[tuple[str, re.Pattern[str]]], dict[str, str]]:
    lists = table("weapons")
    models = {kind: words(names) for kind, names in lists["models"].items()}
    common = {kind: words(nouns) for kind, nouns in lists["words"].items()}
    model = "|".join(f"(?P<m_{kind}>{names})" for kind, names in models.items())
    noun = words([word for nouns in lists["words"].values() for word in nouns])
    whole = re.compile(
        rf"\b(?:(?:{model})(?:[- ]type)?(?: (?:cruise|ballistic|anti-tank|attack|kamikaze|suicide|guided))*(?: (?P<noun>(?i:{noun})))?|(?P<alone>(?i:{noun})))(?!\w)"
    )
    return whole, [(kind, re.compile(nouns, re.IGNORECASE)) for kind, nouns in common.items()], {}


def _kind(noun: str) -> str:
    return next((kind for kind, pattern in _patterns()[1] if pattern.fullmatch(noun)), "other")


def read_munitions(folded: str, *, event_type: str | None) -> list[Munition]:
    """The weapons of a clause, one row a kind, with the counts the clause gives."""
    rows: dict[str, Munition] = {}
    for match in _patterns()[0].finditer(folded):
        kind, name = _identify(match)
        if not _belongs(kind, match, folded, event_type):
            continue
        row = rows.setdefault(kind, Munition(kind, name))
        if name and row.name is None:
            row = Munition(kind, name, row.counts)
        found = event_type == _FOUND
        counts = _found_counts(folded, match) if found else _counts(folded, match) if kind in _COUNTED else {}
        for fate, count in counts.items():
            row.counts[fate] = disagreeing(row.counts[fate], count) if fate in row.counts else count
        rows[kind] = row
    for fate, count in _ellipses(folded):
        _give(rows, fate, count)
    return list(rows.values())


def _identify(match: re.Match[str]) -> tuple[str, str | None]:
    for group, text in match.groupdict().items():
        if text and group.startswith("m_"):
            noun = _kind(match["noun"]) if match["noun"] else None
            kind = group[2:]
            # the noun decides where it is finer: "Shahed missile" stays what the text calls it
            return (noun if noun and noun not in {"other", "missile", "artillery_shell", "ied"} else kind), text
    return _kind(match.group()), None


def _belongs(kind: str, match: re.Match[str], folded: str, event_type: str | None) -> bool:
    """Whether a weapon word names a weapon used here."""
    after = folded[match.end() : match.end() + 30]
    if re.match(
        r"(?:-| )(?:defen[cs]e|program|test|factory|production|maker|shield|disposal|squad|threat|making|control)",
        after,
    ):
        return False
    if kind == "other" and event_type not in {
        "armed_assault",
        "protest",
        "riot_storming",
        "armed_clash",
        "attack_unspecified",
    }:
        return False
    if (
        kind == "ied"
        and match.group().lower() in {"bomb", "bombs", "explosives"}
        and event_type in {"air_drone_strike", "suicide_bombing", "protest"}
    ):
        return False
    return True


def _counts(folded: str, match: re.Match[str]) -> dict[str, Bounds]:
    before, after = folded[: match.start()], folded[match.end() :]
    if _NOUN_AFTER.match(after) and not _ONE_NOUN_AFTER.match(after):
        return {}
    quantity = _QUANTITY.search(before[-70:])
    count = bounds(quantity) if quantity else None
    plural = match.group().endswith("s")
    if quantity is not None and quantity["one"] and (plural or quantity["one"].lower() == "the"):
        count = None if plural else ONE
    if (
        quantity is not None
        and quantity["one"]
        and re.search(r"\b(?:volley|barrage|salvo|hail|swarm)\b", quantity["mods"])
    ):
        count = None
    if count == ONE and re.search(r"\bby (?:an? )?(?:\S+ ){0,2}$", before[-40:]):
        count = None  # "killed by a drone" counts nothing
    fate = _fate(before, after, carried=bool(_CARRIED.search(before[-30:])))
    if (
        count is None
        and plural
        and fate in {"fired", "hit"}
        and not re.search(r"\b(?:volley|barrage|salvo|hail|swarm|series|waves?|the)\b", before[-35:])
    ):
        count = SEVERAL
    if fate is None:
        fate = "fired" if count and count.min is not None and count.min > 1 else None
    return {fate: count} if fate and count and count != Bounds(0, 0) else {}


def _found_counts(folded: str, match: re.Match[str]) -> dict[str, Bounds]:
    """Weapons that were found or seized before use are unfired."""
    quantity = _QUANTITY.search(folded[: match.start()][-70:])
    count = bounds(quantity) if quantity else None
    return {"unfired": count} if count and count != Bounds(0, 0) else {}


def _fate(before: str, after: str, *, carried: bool) -> str | None:
    if carried:
        return "unfired"
    if _BEFORE[1][1].search(before[-75:]):
        return "intercepted"
    for fate, pattern in _AFTER:
        if pattern.match(after):
            return fate
    return next((fate for fate, pattern in _BEFORE if pattern.search(before[-60:])), None)


def _ellipses(folded: str) -> list[tuple[str, Bounds]]:
    found = []
    for match in _ELLIPSIS.finditer(folded):
        inner = re.compile(QUANTITY, re.IGNORECASE).match(match["q"])
        count = bounds(inner) if inner else None
        fate = next((fate for fate, pattern in _AFTER if pattern.match(" " + folded[match.end() :])), None)
        if count and fate:
            found.append((fate, count))
    return found


def _give(rows: dict[str, Munition], fate: str, count: Bounds) -> None:
    kind = next(iter(rows), "unknown")
    row = rows.setdefault(kind, Munition(kind))
    row.counts.setdefault(fate, count)


def merge_munitions(told: list[list[Munition]]) -> list[Munition]:
    """The weapons of an event over all its clauses; rocket and missile for one projectile are a rocket (guide 3.3)."""
    rows: dict[str, Munition] = {}
    kinds = {row.type for clause in told for row in clause}
    for clause in told:
        for row in clause:
            kind = _same_weapon(row.type, kinds)
            if kind is None:
                continue
            known = rows.get(kind, Munition(kind))
            counts = dict(known.counts)
            for fate in _FATES:
                if fate in row.counts:
                    counts[fate] = disagreeing(counts[fate], row.counts[fate]) if fate in counts else row.counts[fate]
            rows[kind] = Munition(kind, known.name or row.name, counts)
    return list(rows.values())


def _same_weapon(kind: str, kinds: set[str]) -> str | None:
    if kind == "missile":
        return next((finer for finer in ("rocket", "ballistic_missile", "cruise_missile") if finer in kinds), kind)
    if kind == "artillery_shell" and "mortar" in kinds:
        return "mortar"
    if kind == "ied":
        return next((finer for finer in ("vehicle_bomb", "suicide_device") if finer in kinds), kind)
    if kind == "unknown" and len(kinds) > 1:
        return next(other for other in sorted(kinds) if other != "unknown")
    return kind
