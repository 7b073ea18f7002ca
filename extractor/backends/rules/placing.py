"""The wordings that tie places to events, from `data/places.toml`, and facilities by their head nouns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from extractor.backends.rules.lexicon import Wordings, armed_groups, gazetteer, table, words
from extractor.backends.rules.names import NAME, Name

_UNNAMED = frozenset({"forces", "transport_convoy"})
_HEAD_FIRST = re.compile(
    r"(?:Camp|Fort|Base|Hotel|Hostel|Checkpoint|Forward Operating Base|Fortress|Villa|Joint Base|Naval Station) [A-Z]"
)
_FIRST_TYPES = {"Hotel": "civilian", "Hostel": "civilian", "Villa": "civilian", "Checkpoint": "police_security"}
_CITY_SITES = frozenset(
    ["airport", "diplomatic", "military_base", "infrastructure", "civilian", "police_security", "religious"]
)


@dataclass(frozen=True)
class Site:
    """A facility as written, its target type, and the city or country that its name begins with."""

    text: str
    type: str
    city: str | None = None
    country: str | None = None
    end: int = 0


@lru_cache(maxsize=1)
def _wordings() -> Wordings:
    return Wordings("places", name=NAME, head=_heads().every)


def wording(name: str) -> re.Pattern[str]:
    """A pattern of `places.toml`."""
    return _wordings()[name]


@lru_cache(maxsize=4)
def word_list(name: str) -> frozenset[str]:
    """A list of `places.toml`."""
    words_listed: list[str] = table("places")[name]
    return frozenset(words_listed)


@dataclass(frozen=True)
class _Heads:
    every: str
    after: re.Pattern[str]
    inside: re.Pattern[str]
    before: re.Pattern[str]
    types: list[tuple[str, re.Pattern[str]]]


@lru_cache(maxsize=1)
def _heads() -> _Heads:
    lists = {kind: heads for kind, heads in table("facilities").items() if kind not in _UNNAMED}
    every = words([head for heads in lists.values() for head in heads])
    return _Heads(
        every,
        re.compile(rf"(?:'s)? (?:\([A-Z]+\) )?(?:[a-z]+ )??{every}\b", re.IGNORECASE),
        re.compile(rf"\b{every}$", re.IGNORECASE),
        re.compile(rf"{every} of (?P<where>[A-Z].*)$", re.IGNORECASE),
        [(kind, re.compile(words(heads), re.IGNORECASE)) for kind, heads in lists.items()],
    )


def facility_type(head: str) -> str:
    """The target type of a facility by its head noun, `other` if it is none."""
    for part in (head, head.rpartition(" ")[2]):
        if kind := next((kind for kind, pattern in _heads().types if pattern.fullmatch(part)), None):
            return kind
    return "other"


def find_site(name: Name, text: str) -> Site | None:
    """The facility that a name is, or is the first part of."""
    before, after = text[: name.start], text[name.end :]
    if wording("is_a_base").match(after) or wording("named_as_base").search(before):
        return Site(name.text, "military_base")
    if _HEAD_FIRST.match(name.text):
        return Site(name.text, _FIRST_TYPES.get(name.text.split(" ")[0], "military_base"))
    if of := _heads().before.match(name.text):  # "University of Karachi"
        where = of["where"]
        head = name.text[: of.start("where") - len(" of ")]
        return Site(name.text, facility_type(head), where if where in gazetteer().cities else None)
    if found := _heads().after.match(after):
        whole = f"{name.text}{found.group()}"
        head = found.group().removeprefix("'s").strip().split(") ")[-1]
    elif (inside := _heads().inside.search(name.text)) and inside.start() > 0:
        whole, head = name.text, inside.group()
    else:
        return None
    return _accepted(name, whole, head, before, text[name.start + len(whole) :])


def _accepted(name: Name, whole: str, head: str, before: str, after: str) -> Site | None:
    """A facility, unless the words are a source ("the Interior Ministry said") or no name ("Iraqi base")."""
    kind = facility_type(head)
    stem = whole[: len(whole) - len(head)].strip().removesuffix("'s").strip() or whole
    book = gazetteer()
    ours = name.text in armed_groups() and kind != "military_base"
    nobody = stem in book.demonyms and kind != "diplomatic"
    office = kind == "government" and not wording("governed").search(before)
    if ours or nobody or office or kind == "other" or wording("is_a_source").match(after):
        return None
    city = stem if stem in book.cities else None
    country = book.countries.get(stem) if kind != "diplomatic" else None
    if country or (city and kind not in _CITY_SITES):
        return Site("", kind, city, country)
    return Site(whole, kind, city)


def find_only_one(text: str) -> Site | None:
    """A site that needs no name, "the central market"."""
    found = wording("only_one").search(text)
    return Site(found["site"], facility_type(found["site"])) if found else None
