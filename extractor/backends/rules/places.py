"""Where: sites, settlements, regions and countries that a clause ties to its event (guide 5)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from extractor.backends.rules.lexicon import armed_groups, gazetteer, table, words
from extractor.backends.rules.names import CAPITALISED, NAME, Name, find_names

PlaceKind = Literal["target", "impact", "launch"]

_SIDE = r"(?:north|south|east|west|central|upper|lower|mid)(?:[ -]?(?:east|west|north|south))?(?:ern)?"
_QUALIFIER = rf"(?:the|a|an|{_SIDE}|downtown|nearby|neighbou?ring|remote|rural|besieged|disputed|war-torn|restive|volatile|occupied|border|coastal|eastern|port|capital|city|town|village|district|suburb|of|region|neighbou?rhood|area|outskirts|province|frontline|industrial|densely|populated|extensive|sprawling|disputed|troubled|crowded|busy|holy|historic|popular|second|largest|rebel-held|government-held|predominantly|mainly|Kurdish|Shiite|Sunni|US|American)"
_PREPOSITION = re.compile(
    rf"\b(?P<prep>in|at|near|outside|inside|around|across|of|on|onto|into|over|against|towards?|hit|hits|hitting|struck|strikes|striking|targeted|targeting|shelled|shelling|bombed|bombing|rocked|rocks|attacked|stormed|storm|pounded|through|between|within|from|and|,|at the|deep inside)"
    rf"(?: (?:[\w'-]+ )?{_QUALIFIER})*(?: (?:[A-Z]\w+ )?(?:city|town|village|port|capital|district|region|province|governorate|neighbou?rhood|suburb|area)(?: of|,))? ?$"
)
_DIRECTION = re.compile(
    rf"(?P<relation>(?:(?:about|around|some|roughly|approximately|just|nearly) )?(?:\d[\d.,]* ?(?:km|kilomet(?:er|re)s?|miles?|m|met(?:er|re)s?)(?: \([^)]*\))? (?:{_SIDE}|from|outside|away from)|(?<!\w){_SIDE})"
    rf" ?(?:of|from)?) (?:the )?(?:(?:[A-Z]\w+ )?capital,?(?: of|,)? |(?:city|town) of )?$"
)
_REGION_WORD = r"(?:province|governorate|oblast|state|region|department|county|district|prefecture|division)"
_REGION_AFTER = re.compile(rf"(?: |')?(?:'s )?(?:{_REGION_WORD}|Province|Governorate|Oblast|State|Region|Department)\b")
_ADMIN1_WORD = re.compile(r" (?:province|governorate|oblast|state|region|department|county|Province|Governorate|Oblast|Region|State|Department)\b")
_REGION_BEFORE = re.compile(r"\b(?:province|governorate|state|oblast|department) of $", re.IGNORECASE)
_LAUNCH = re.compile(r"\b(?:fired|launched|launch|came|coming|originated|flew|taken off) (?:\S+ ){0,2}?from (?:[\w'-]+ ){0,6}?$")
_IMPACT = re.compile(r"\b(?:crashed|fell|landed|missed|exploded) (?:\S+ ){0,3}?(?:near|in|outside) (?:[\w'-]+ ){0,5}?(?:village|town|field|farm|area) (?:of )?$")
_NOT_HERE = re.compile(
    rf"\b(?:[Rr]eporting (?:\w+ )?from|said in|told \w+ in|based in|born in|speaking in|visit to|flew to|fled to|returned? (?:home )?(?:to|from)|summit in|talks in|statement from|arrived in|headquartered in|hospitals? in|taken to|transferred to|from) (?:{_QUALIFIER} )*{NAME}"
)
_SOURCE_AFTER = re.compile(r"(?:'s)? (?:said|says|spokes\w+|officials?|told|announced|reported|confirmed|blamed|accused|blames|accuses|voted|condemned|warned|is pointing|pointed)\b")
_SETTLEMENT_AFTER = re.compile(r"(?: city\b|,? (?:a|the) (?:\w+ ){0,3}?(?:town|city|village|suburb|settlement|neighbou?rhood)\b)")
_BASE_AFTER = re.compile(r", (?:a|an|the) (?:\w+ ){0,2}?(?:base|airbase|camp|outpost|prison|barracks)\b")
_CAPITAL = re.compile(r"\b(?P<people>[A-Z]\w+(?: [A-Z]\w+)?) capital\b(?!,? (?:of )?[A-Z])")
_OWN_HEADS = re.compile(r"\b(?:embass(?:y|ies)|consulates?)\b", re.IGNORECASE)
_PEOPLE_OF = re.compile(r"(?: (?:[a-z-]+ )?(?:base|airbase|city|town|village|province|port|border|coast|capital|region|airport|market|school|hospital|soil|territory|enclave|side|waters|refinery|city's|island|prison|mosque|church|airfield|military base|army base))\b")
_NEVER = frozenset(
    "God Islam Parliament Congress Senate Twitter Facebook Telegram English Arabic Ramadan Eid Christmas Easter Muslim Christian Shia Shiite Sunni Reuters AFP AP "
    "BBC CNN X Interpol UN EU NATO General President Minister Prime Army Navy Police Government State Security Council Pentagon Kremlin GMT".split()
)


@dataclass(frozen=True, slots=True)
class Place:
    """One place, every level as written (folded) or None; `near` says that the settlement is a point of reference."""

    kind: PlaceKind = "target"
    site: str | None = None
    site_type: str | None = None
    settlement: str | None = None
    admin1: str | None = None
    country: str | None = None
    relation: str | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing is known."""
        return not (self.site or self.settlement or self.admin1 or self.country)


@dataclass(frozen=True)
class _Heads:
    after: re.Pattern[str]
    inside: re.Pattern[str]
    types: list[tuple[str, re.Pattern[str]]]


@lru_cache(maxsize=1)
def _heads() -> _Heads:
    lists = {kind: heads for kind, heads in table("facilities").items() if kind not in {"forces", "transport_convoy"}}
    every = words([head for heads in lists.values() for head in heads])
    return _Heads(
        re.compile(rf"(?:'s)? (?:\([A-Z]+\) )?(?:[a-z]+ )??{every}\b", re.IGNORECASE),
        re.compile(rf"\b{every}$", re.IGNORECASE),
        [(kind, re.compile(rf"{words(heads)}", re.IGNORECASE)) for kind, heads in lists.items()],
    )


def facility_type(head: str) -> str:
    """The target type of a facility by its head noun."""
    return next((kind for kind, pattern in _heads().types if pattern.fullmatch(head)), "other")


def read_places(folded: str) -> list[Place]:
    """The places of a clause. Several settlements or countries of one event come as several target places."""
    text = _NOT_HERE.sub(_keep_launch, folded)
    reader = _Reader(text)
    for name in find_names(text):
        reader.take(name)
    reader.take_capital()
    return reader.places()


def _keep_launch(match: re.Match[str]) -> str:
    before = match.string[max(0, match.start() - 60) : match.start()]
    return match.group() if re.search(r"\b(?:fired|launched|flew|came|coming) (?:\S+ ){0,2}$", before) else " " * len(match.group())


class _Reader:
    """Collects the places of one clause, name by name."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.sites: list[tuple[str, str]] = []
        self.settlements: list[str] = []
        self.regions: list[str] = []
        self.countries: list[str] = []
        self.hints: list[str] = []
        self.relation: str | None = None
        self.others: list[Place] = []
        self.last_end = -99

    def take(self, name: Name) -> None:
        """Sort one name in, or leave it."""
        before, after = self.text[: name.start], self.text[name.end :]
        book = gazetteer()
        if (code := book.demonyms.get(name.text)) and _PEOPLE_OF.match(after) and name.text not in {"US", "U.S.", "American"}:
            self.hints.append(code)
        if _SOURCE_AFTER.match(after):
            return
        located = _PREPOSITION.search(before[-90:])
        if located and located["prep"] in {",", "and"} and name.start - self.last_end > 12:  # noqa: PLR2004
            located = None
        if self._launch_or_impact(name, before):
            return
        if direction := _DIRECTION.search(before[-90:]):
            self._refer(name, direction)
        elif located and located["prep"] == "from":
            return
        elif self._site(name, before, after):
            self.last_end = name.end
        elif self._region(name, before, after) or (located and self._settlement(name, located["prep"], after)):
            self.last_end = name.end
        elif name.text in book.cities and (_PREPOSITION.search(before) or not before.strip()) and name.possessive:
            self.settlements.append(name.text)

    def _launch_or_impact(self, name: Name, before: str) -> bool:
        kind: PlaceKind
        if _LAUNCH.search(before[-80:]):
            kind = "launch"
        elif _IMPACT.search(before[-80:]):
            kind = "impact"
        else:
            return False
        region = bool(_ADMIN1_WORD.match(self.text[name.end :]) or _REGION_BEFORE.search(before))
        book = gazetteer()
        country = book.countries.get(name.text) or book.cities.get(name.text)
        settlement = None if region or name.text in book.countries else name.text
        self.others.append(Place(kind, None, None, settlement, name.text if region else None, country))
        return True

    def _refer(self, name: Name, direction: re.Match[str]) -> None:
        book = gazetteer()
        code = book.cities.get(name.text) or book.countries.get(name.text) or book.regions.get(name.text)
        if code:
            self.hints.append(code)
        self.relation = f"{direction['relation']} {name.text}" if self.relation is None else self.relation

    def _site(self, name: Name, before: str, after: str) -> bool:
        book = gazetteer()
        if found := _heads().after.match(after):
            text = f"{name.text}{found.group()}"
            head = found.group().removeprefix("'s").strip().split(") ")[-1]
        elif (inside := _heads().inside.search(name.text)) and inside.start() > 0:
            text, head = name.text, inside.group()
        elif _BASE_AFTER.match(after):
            text, head = name.text, "base"
        else:
            return False
        kind = next((kind for part in (head, head.split(" ")[-1]) if (kind := facility_type(part)) != "other"), "other")
        stem = text[: len(text) - len(head)].strip().removesuffix("'s").strip() or text
        if _SOURCE_AFTER.match(self.text[name.start + len(text) :]) or (name.text in armed_groups() and kind != "military_base"):
            return False
        if stem in book.demonyms and kind != "diplomatic":
            return False
        if stem in book.cities or stem in book.countries:
            self._city_of_site(stem, kind, text)
            return True
        if kind == "other" or (kind == "government" and not re.search(r"\b(?:at|on|near|outside|in|into|stormed|hit|struck|of|storm|targeted|the) (?:the )?$", before)):
            return False
        self.sites.append((text, kind))
        return True

    def _city_of_site(self, stem: str, kind: str, text: str) -> None:
        if stem in gazetteer().cities:
            self.settlements.append(stem)
            if kind in {"airport", "diplomatic", "military_base", "infrastructure", "civilian", "police_security", "religious"}:
                self.sites.append((text, kind))
        else:
            self.countries.append(gazetteer().countries[stem])
            if kind == "diplomatic":
                self.countries.pop()
                self.sites.append((text, kind))

    def _region(self, name: Name, before: str, after: str) -> bool:
        book = gazetteer()
        if name.text.split(" ")[-1] in {"Province", "Governorate", "Oblast", "Region", "State", "Department"} and " " in name.text:
            base = name.text.rpartition(" ")[0]
            if base not in {"Islamic", "United"}:
                self.regions.append(base)
                return True
        if (_ADMIN1_WORD.match(after) or _REGION_BEFORE.search(before)) and name.text not in book.countries and name.text not in book.demonyms and name.text not in {"Islamic", "Security"}:
            self.regions.append(name.text)
            return True
        if name.text in book.regions and name.text not in book.cities and (_PREPOSITION.search(before[-90:]) or name.possessive):
            self.regions.append(name.text)
            return True
        return False

    def _settlement(self, name: Name, prep: str, after: str) -> bool:
        book = gazetteer()
        if name.text in book.countries:
            if prep in {"near", "of", "from"} or (name.text in book.demonyms and re.match(r" [a-z]", after)):
                return False
            if name.possessive:
                self.hints.append(book.countries[name.text])
            else:
                self.countries.append(book.countries[name.text])
            return True
        if name.text in book.cities:
            if prep == "near" and self.relation is None:
                self.relation = f"near {name.text}"
            self.settlements.append(name.text)
            return True
        if prep not in {"in", "at", "near", "outside", "inside", "around", "and", ","} and not _SETTLEMENT_AFTER.match(after):
            return False
        return self._unknown(name, prep, after)

    def _unknown(self, name: Name, prep: str, after: str) -> bool:
        """A name the gazetteer lacks, in the position of a place."""
        tokens = name.text.split(" ")
        if prep == "of" or len(tokens) > 3 or any(part in _NEVER or part in gazetteer().demonyms for part in re.split(r"[ -]", name.text)):  # noqa: PLR2004
            return False
        if name.text in armed_groups() or (name.text.isupper() and len(name.text) > 1) or gazetteer().demonyms.get(tokens[0]):
            return False
        if prep in {"and", ","} and not self.settlements:
            return False
        if re.match(r" [a-z]+(?:ed|s)\b|, \d\d?,| said", after) and prep in {"and", ","}:
            return False
        self.settlements.append(name.text)
        return True

    def take_capital(self) -> None:
        """ "the Iraqi capital" stands for the city."""
        for match in _CAPITAL.finditer(self.text):
            code = gazetteer().demonyms.get(match["people"]) or gazetteer().demonyms.get(match["people"].split(" ")[-1])
            if code and not self.settlements and not _DIRECTION.search(self.text[: match.start()]) and not _DIRECTION.search(self.text[: match.end() + 1]):
                if re.search(r"\bin (?:the )?(?:\w+ )?$", self.text[: match.start()]):
                    self.settlements.append(gazetteer().capitals[code][0])

    def places(self) -> list[Place]:
        """What was collected, put together."""
        settlements = list(dict.fromkeys(self.settlements))
        regions, countries = list(dict.fromkeys(self.regions)), list(dict.fromkeys(self.countries))
        region = regions[0] if regions else None
        code = self._country(settlements, regions, countries)
        if self.sites:
            site, kind = self.sites[0]
            own = next((city for city in settlements if city != site), None)
            return [Place("target", site, kind, own, region, code, self.relation), *self.others]
        if settlements:
            cities = settlements if len(settlements) <= 3 else settlements[:1]  # noqa: PLR2004
            found = [Place("target", None, None, city, region, gazetteer().cities.get(city) or code, self.relation) for city in cities]
            if len(settlements) > 1 and not self._listed(settlements):
                found = found[:1]
            return [*found, *self.others]
        if region or code:
            codes = countries if len(countries) > 1 and not region else [code]
            return [*(Place("target", admin1=region, country=one, relation=self.relation) for one in codes), *self.others]
        return self.others

    def _listed(self, settlements: list[str]) -> bool:
        """Whether the settlements are told side by side: "in X and Y"."""
        return bool(re.search(rf"{re.escape(settlements[0])}(?:, [^,]+)* and (?:in |at )?(?:the (?:\w+ ){{0,3}})?{re.escape(settlements[1])}", self.text))

    def _country(self, settlements: list[str], regions: list[str], countries: list[str]) -> str | None:
        book = gazetteer()
        if countries:
            return countries[0]
        known = [code for city in settlements if (code := book.cities.get(city))]
        known += [code for region in regions if (code := book.regions.get(region) or book.cities.get(region))]
        return next(iter([*known, *self.hints]), None)


def merge_places(first: Place, second: Place) -> Place:
    """Two tellings of one place: what the first leaves open is taken from the second."""
    return replace(
        first,
        site=first.site or second.site,
        site_type=first.site_type or second.site_type,
        settlement=first.settlement or second.settlement,
        admin1=first.admin1 or second.admin1,
        country=first.country or second.country,
        relation=first.relation or second.relation,
    )


_GENERIC_WORDS = re.compile(
    r"\b(?:the|al|el|air|military|army|training|international|base|airbase|camp|complex|airport|training|joint|city|of|compound)\b"
)


def site_key(site: str) -> str:
    """What makes two names of a site the same: without generic words, hyphens and case."""
    key = _GENERIC_WORDS.sub(" ", re.sub(r"\bal-|\bel-|-", "", site.lower()).replace("american", "us").replace("u.s.", "us"))
    return " ".join(key.split())


__all__ = ["CAPITALISED", "Place", "facility_type", "merge_places", "read_places", "site_key"]
