"""Where: sites, settlements, regions and countries that a clause ties to its event (guide 5)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from extractor.backends.rules.lexicon import armed_groups, gazetteer
from extractor.backends.rules.names import Name, find_names
from extractor.backends.rules.placing import Site, find_only_one, find_site, word_list, wording

PlaceKind = Literal["target", "impact", "launch"]

_REACH = 90  # characters before a name in which its preposition stands
_JOINED = 12  # longest gap between two names that a comma or "and" joins
_MOST_TOWNS = 3
_LONGEST = 3  # spaces in the name of a town
_TOWN_PREPOSITIONS = frozenset({"in", "at", "near", "outside", "inside", "around", "and", ","})
_NO_COUNTRY_PREPOSITIONS = frozenset({"near", "of", "from"})
_AS_NOUN = re.compile(r" [a-z]")
_VERB_OR_AGE = re.compile(r" [a-z]+(?:ed|s)\b|, \d\d?,| said")
_LAUNCHING = re.compile(r"\b(?:fired|launched|flew|came|coming) (?:\S+ ){0,2}$")
_GENERIC_WORDS = re.compile(
    r"\b(?:the|al|el|air|military|army|training|international|base|airbase|camp|complex|airport|joint|city|of|compound)\b"
)


@dataclass(frozen=True, slots=True)
class Place:
    """One place, every level as written (folded) or None; `relation` is the wording of a distance or direction,
    `away_from` the town that it counts from.
    """

    kind: PlaceKind = "target"
    site: str | None = None
    site_type: str | None = None
    settlement: str | None = None
    admin1: str | None = None
    country: str | None = None
    relation: str | None = None
    away_from: str | None = None

    @property
    def is_named(self) -> bool:
        """Whether it has a site or a town."""
        return bool(self.site or self.settlement)

    @property
    def empty(self) -> bool:
        """Whether nothing is known."""
        return not (self.site or self.settlement or self.admin1 or self.country)


def read_places(folded: str, named: frozenset[str] = frozenset()) -> list[Place]:
    """The places of a clause. Several settlements or countries of one event come as several target places.

    `named` holds the countries that the article names: a lesser town elsewhere is taken as a namesake.
    """
    text = wording("not_here").sub(_unless_launched, folded)
    reader = _Reader(text, named)
    for name in find_names(text):
        reader.take(name)
    reader.take_unnamed()
    return reader.places()


def _unless_launched(match: re.Match[str]) -> str:
    before = match.string[max(0, match.start() - 60) : match.start()]
    return match.group() if _LAUNCHING.search(before) else " " * len(match.group())


class _Reader:
    """Collects the places of one clause, name by name."""

    def __init__(self, text: str, named: frozenset[str]) -> None:
        self.text = text
        self.named = named
        self.sites: list[Site] = []
        self.settlements: list[str] = []
        self.regions: list[str] = []
        self.countries: list[str] = []
        self.hints: list[str] = []
        self.relation: str | None = None
        self.away_from: str | None = None
        self.others: list[Place] = []
        self.last_end = -_JOINED * 2

    def take(self, name: Name) -> None:
        """Sort one name in, or leave it."""
        before, after = self.text[max(0, name.start - _REACH) : name.start], self.text[name.end :]
        book = gazetteer()
        if (code := book.demonyms.get(name.text)) and code != "US" and wording("nation_of").match(after):
            self.hints.append(code)
        if wording("is_a_source").match(after) or self._launch_or_impact(name, before):
            return
        prep = self._preposition(name, before)
        direction = wording("direction").search(before)
        if direction is None and name.text in book.countries:
            direction = wording("part_of").search(before)
        if direction:
            self._refer(name, direction)
        elif prep == "from" or self._site(name):
            return
        elif self._region(name, before, after) or (prep and self._settlement(name, prep, after)):
            self.last_end = name.end
        elif name.possessive and name.text in book.cities and not before.strip():
            self.settlements.append(name.text)

    def _preposition(self, name: Name, before: str) -> str:
        found = wording("preposition").search(before)
        prep: str = found["prep"] if found else ""
        if prep and wording("town_of").search(before):
            return "in"
        return "" if prep in {",", "and"} and name.start - self.last_end > _JOINED else prep

    def _launch_or_impact(self, name: Name, before: str) -> bool:
        kind: PlaceKind = "launch" if wording("launch").search(before) else "impact"
        if kind == "impact" and not wording("impact").search(before):
            return False
        if wording("no_town").search(name.text):
            return False
        book = gazetteer()
        after = self.text[name.end :]
        region = bool(wording("region_after").match(after) or wording("region_before").search(before))
        country = book.countries.get(name.text) or book.cities.get(name.text)
        settlement = None if region or name.text in book.countries else name.text
        self.others.append(Place(kind, None, None, settlement, name.text if region else None, country))
        return True

    def _refer(self, name: Name, direction: re.Match[str]) -> None:
        book = gazetteer()
        code = book.cities.get(name.text) or book.countries.get(name.text) or book.regions.get(name.text)
        if code:
            self.hints.append(code)
        if self.relation is None:
            self.relation = f"{direction['relation']} {name.text}"
        if name.text in book.cities:
            self.away_from = name.text

    def _site(self, name: Name) -> bool:
        site = find_site(name, self.text)
        if site is None:
            return False
        if site.city:
            self.settlements.append(site.city)
        if site.country:
            self.countries.append(site.country)
        if site.text:
            self.sites.append(site)
            self.last_end = name.start + len(site.text)
        return True

    def _region(self, name: Name, before: str, after: str) -> bool:
        book = gazetteer()
        stem, _, last = name.text.rpartition(" of ")[2].rpartition(" ")
        if stem and last in word_list("region_words") and stem not in {"Islamic", "United"}:
            self.regions.append(stem)
            return True
        said = wording("region_after").match(after) or wording("region_before").search(before)
        if said and name.text not in {"Islamic", "Security", *book.countries, *book.demonyms}:
            self.regions.append(name.text)
            return True
        known = name.text in book.regions and name.text not in book.cities
        if known and (name.possessive or wording("preposition").search(before)):
            self.regions.append(name.text)
            return True
        return False

    def _settlement(self, name: Name, prep: str, after: str) -> bool:
        book = gazetteer()
        if code := book.countries.get(name.text):
            if prep in _NO_COUNTRY_PREPOSITIONS or (name.text in book.demonyms and _AS_NOUN.match(after)):
                return False
            (self.hints if name.possessive else self.countries).append(code)
            return True
        if name.text in book.cities:
            if prep == "near" and self.relation is None:
                self.relation = f"near {name.text}"
            self.settlements.append(name.text)
            return True
        if prep not in _TOWN_PREPOSITIONS and not wording("is_a_town").match(after):
            return False
        return self._unknown(name, prep, after)

    def _unknown(self, name: Name, prep: str, after: str) -> bool:
        """A name the gazetteer lacks, in the position of a place."""
        parts = re.split(r"[ -]", name.text)
        book = gazetteer()
        known = (
            any(part in word_list("never") or part in book.demonyms for part in parts) or name.text in armed_groups()
        )
        acronym = name.text.isupper() and len(name.text) > 1
        if known or acronym or name.text.count(" ") > _LONGEST or wording("no_town").search(name.text):
            return False
        if wording("is_landscape").match(after):
            return False
        if prep in {"and", ","} and (not (self.settlements or self.sites) or _VERB_OR_AGE.match(after)):
            return False
        self.settlements.append(name.text)
        return True

    def take_unnamed(self) -> None:
        """Take what needs no name: "the Iraqi capital" stands for the city; "the central market" for itself."""
        book = gazetteer()
        found = wording("capital").search(self.text)
        if found and not self.settlements and not wording("direction").search(self.text[: found.start("people")]):
            people = found["people"]
            code = book.demonyms.get(people) or book.demonyms.get(people.rpartition(" ")[2])
            if code:
                self.settlements.append(book.capitals[code][0])
        if not self.sites and (site := find_only_one(self.text)):
            self.sites.append(site)

    def places(self) -> list[Place]:
        """What was collected, put together."""
        settlements = list(dict.fromkeys(self.settlements))
        regions, countries = list(dict.fromkeys(self.regions)), list(dict.fromkeys(self.countries))
        region = regions[0] if regions else None
        code = self._country(settlements, regions, countries)
        if self.sites:
            site = self.sites[0]
            own = next((city for city in settlements if city != site.text), None)
            return [
                Place("target", site.text, site.type, own, region, code, self.relation, self.away_from),
                *self.others,
            ]
        if settlements:
            towns = settlements[:_MOST_TOWNS] if self._side_by_side(settlements) else settlements[:1]
            codes = [self._country_of(town) or code for town in towns]
            found = [
                Place("target", None, None, *both, self.relation, self.away_from)
                for both in zip(towns, [region] * len(towns), codes, strict=True)
            ]
            return [*found, *self.others]
        if region or code:
            codes = [*countries] if len(countries) > 1 and not region else [code]
            return [
                *(Place(admin1=region, country=one, relation=self.relation, away_from=self.away_from) for one in codes),
                *self.others,
            ]
        return self.others

    def _side_by_side(self, settlements: list[str]) -> bool:
        """Whether the first settlements are told together: "in X and Y"."""
        if len(settlements) < 2:  # noqa: PLR2004
            return False
        first, second = map(re.escape, settlements[:2])
        return bool(re.search(rf"{first}(?:,| and)(?: in| at)?(?: the(?: \w+){{0,3}})? {second}", self.text))

    def _country_of(self, city: str) -> str | None:
        code = gazetteer().cities.get(city)
        if code is None or not self.named or code in self.named or city in gazetteer().major:
            return code
        return None

    def _country(self, settlements: list[str], regions: list[str], countries: list[str]) -> str | None:
        book = gazetteer()
        known = [self._country_of(city) for city in settlements]
        known += [book.regions.get(region) or book.cities.get(region) for region in regions]
        return next((code for code in (*countries, *known, *self.hints) if code), None)


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
        away_from=first.away_from or second.away_from,
    )


def is_big_town(name: str) -> bool:
    """Whether the gazetteer has a town of that (folded) name."""
    return name in gazetteer().cities


def site_key(site: str) -> str:
    """What makes two names of a site the same: without generic words, hyphens and case."""
    plain = re.sub(r"\bal-|\bel-|-", "", site.lower()).replace("american", "us").replace("u.s.", "us")
    return " ".join(_GENERIC_WORDS.sub(" ", plain).split())
