"""With what: the weapons a clause names, and how many were launched and where they ended (guide 3)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from extractor.backends.rules.lexicon import Wordings, table, words
from extractor.backends.rules.quantities import ONE, QUANTITY, SEVERAL, ZERO, Bounds, bounds, disagreeing

FATES = ("fired", "hit", "missed", "intercepted", "unfired")
_FOUND = "disrupted_weapons_use"
_COUNTED = frozenset(
    ("rocket", "mortar", "artillery_shell", "missile", "ballistic_missile", "cruise_missile", "drone", "aerial_bomb",
     "grenade")
)  # fmt: skip
_NAMED_BY_NOUN = frozenset(("small_arms", "grenade", "suicide_device", "other"))  # "rifles" says more than the type
_VAGUE_NOUNS = frozenset(("other", "missile", "artillery_shell", "ied"))
_HAND_TO_HAND = frozenset(("armed_assault", "protest", "riot_storming", "armed_clash", "attack_unspecified"))
_NO_BOMB_ROW = frozenset(("air_drone_strike", "suicide_bombing", "protest"))


@dataclass(frozen=True)
class Munition:
    """One kind of weapon of an event; `counts` by fate: fired, hit, missed, intercepted, unfired."""

    type: str
    name: str | None = None
    counts: dict[str, Bounds] = field(default_factory=dict)


@dataclass(frozen=True)
class _Weapons:
    word: re.Pattern[str]
    kinds: list[tuple[str, re.Pattern[str]]]

    def kind(self, noun: str) -> str:
        return next((kind for kind, pattern in self.kinds if pattern.fullmatch(noun)), "other")


@lru_cache(maxsize=1)
def _weapons() -> _Weapons:
    lists = table("weapons")
    model = "|".join(f"(?P<m_{kind}>{words(names)})" for kind, names in lists["models"].items())
    noun = words([word for nouns in lists["words"].values() for word in nouns])
    between = r"(?:[- ]type)?(?: (?:cruise|ballistic|anti-tank|attack|kamikaze|suicide|guided))*"
    return _Weapons(
        re.compile(rf"\b(?:(?:{model}){between}(?: (?P<noun>(?i:{noun})))?|(?P<alone>(?i:{noun})))(?!\w)"),
        [(kind, re.compile(words(nouns), re.IGNORECASE)) for kind, nouns in lists["words"].items()],
    )


@lru_cache(maxsize=1)
def _wordings() -> Wordings:
    return Wordings("fates", quantity=QUANTITY, equantity=QUANTITY.replace("(?P<", "(?P<e"))


def read_munitions(folded: str, *, event_type: str | None) -> list[Munition]:
    """The weapons of a clause, one row a kind, with the counts the clause gives."""
    rows: dict[str, Munition] = {}
    for match in _weapons().word.finditer(folded):
        kind, name = _identify(match)
        if not _belongs(kind, match, folded, event_type):
            continue
        row = rows.get(kind, Munition(kind))
        counts = dict(row.counts)
        for fate, count in _stated(kind, folded, match, event_type).items():
            counts[fate] = disagreeing(counts[fate], count) if fate in counts else count
        rows[kind] = Munition(kind, row.name or name, counts)
    for fate, count in _ellipses(folded):
        kind = next(iter(rows), "unknown")
        rows.setdefault(kind, Munition(kind)).counts.setdefault(fate, count)
    return list(rows.values())


def _identify(match: re.Match[str]) -> tuple[str, str | None]:
    """Type and name. Where a model's noun is finer than its own type the noun decides."""
    for group, text in match.groupdict().items():
        if text and group.startswith("m_"):
            noun = _weapons().kind(match["noun"]) if match["noun"] else None
            return (noun if noun and noun not in _VAGUE_NOUNS else group.removeprefix("m_")), text
    kind = _weapons().kind(match.group())
    return kind, match.group() if kind in _NAMED_BY_NOUN else None


def _belongs(kind: str, match: re.Match[str], folded: str, event_type: str | None) -> bool:
    """Whether a weapon word names a weapon used here."""
    if _wordings()["not_used"].match(folded, match.end()) or (kind == "other" and event_type not in _HAND_TO_HAND):
        return False
    plain_bomb = kind == "ied" and match.group().lower() in {"bomb", "bombs", "explosives"}
    return not (plain_bomb and event_type in _NO_BOMB_ROW)


def _stated(kind: str, folded: str, match: re.Match[str], event_type: str | None) -> dict[str, Bounds]:
    """The count that stands with one weapon word, by fate."""
    if event_type == _FOUND:  # what is found before use is unfired
        count = _count(folded[: match.start()], plural=False)
        return {"unfired": count} if count and count != ZERO else {}
    if kind not in _COUNTED:
        return {}
    before, after = folded[: match.start()], folded[match.end() :]
    if _wordings()["noun_after"].match(after) and not _wordings()["verb_after"].match(after):
        return {}
    plural = match.group().endswith("s")
    count, fate = _count(before, plural=plural), _fate(before, after)
    if count is None and plural and fate in {"fired", "hit"} and not _several_unsaid(before):
        count = SEVERAL
    if fate is None and count and (count.min or 0) > 1:
        fate = "fired"
    return {fate: count} if fate and count and count != ZERO else {}


def _several_unsaid(before: str) -> bool:
    """Whether a bare plural counts nothing: "the rockets", "a barrage of rockets"."""
    return bool(_wordings()["burst"].search(before[-35:]) or re.search(r"\bthe\b", before[-35:]))


def _count(before: str, *, plural: bool) -> Bounds | None:
    quantity = _wordings()["quantity"].search(before[-70:])
    if quantity is None:
        return None
    if quantity["one"]:
        if plural or _wordings()["burst"].search(quantity["mods"]) or _wordings()["by_one"].search(before[-40:]):
            return None  # "a volley of rockets" and "killed by a drone" count nothing
        return ONE
    return bounds(quantity)


def _fate(before: str, after: str) -> str | None:
    wordings = _wordings()
    if wordings["carried"].search(before[-30:]):
        return "unfired"
    if wordings["before.intercepted"].search(before[-90:]):
        return "intercepted"
    if fate := _fate_after(after):
        return fate
    return next((fate for fate in wordings.keys("before") if wordings[f"before.{fate}"].search(before[-60:])), None)


def _fate_after(after: str) -> str | None:
    wordings = _wordings()
    return next((fate for fate in wordings.keys("after") if wordings[f"after.{fate}"].match(after)), None)


def _ellipses(folded: str) -> list[tuple[str, Bounds]]:
    found = []
    for match in _wordings()["ellipsis"].finditer(folded):
        inner = re.compile(QUANTITY, re.IGNORECASE).match(match["q"])
        count = bounds(inner) if inner and not inner["one"] else None
        fate = _fate_after(" " + folded[match.end() :])
        if count and fate:
            found.append((fate, count))
    return found


def merge_munitions(told: list[list[Munition]]) -> list[Munition]:
    """The weapons of an event over all its clauses; rocket and missile for one projectile are a rocket (guide 3.3)."""
    rows: dict[str, Munition] = {}
    kinds = {row.type for clause in told for row in clause}
    for row in (row for clause in told for row in clause):
        kind = _same_weapon(row.type, kinds)
        known = rows.get(kind, Munition(kind))
        counts = dict(known.counts)
        for fate, count in row.counts.items():
            counts[fate] = disagreeing(counts[fate], count) if fate in counts else count
        rows[kind] = Munition(kind, known.name or row.name, counts)
    return list(rows.values())


def _same_weapon(kind: str, kinds: set[str]) -> str:
    """The finer or surer word where several name one weapon."""
    if kind == "unknown" and len(kinds) > 1:
        return _same_weapon(min(kinds - {"unknown"}), kinds)
    finer = {
        "missile": ("rocket", "ballistic_missile", "cruise_missile"),
        "artillery_shell": ("mortar",),
        "ied": ("vehicle_bomb", "suicide_device"),
    }
    return next((other for other in finer.get(kind, ()) if other in kinds), kind)
