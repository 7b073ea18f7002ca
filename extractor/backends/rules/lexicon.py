"""The word lists in `data/`, read and compiled once."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from extractor.schemas.countries import country_names

_SAME_LENGTH = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "`": "'", "“": '"', "”": '"', "«": '"', "»": '"'})
_MAJOR = 3  # cities of a country, in the order of the file, that are known by name everywhere
_SLOT = re.compile(r"\{(?P<slot>[a-z_]+)\}")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-") | dict.fromkeys("\u00a0\u202f\u2009\t", " "))


def fold(text: str) -> str:
    """Plain quotes, dashes, spaces and letters without accents, at the same length: offsets stay valid."""
    plain = text.translate(_SAME_LENGTH).translate(_DASHES)
    if plain.isascii():
        return plain
    return "".join(char if char < "\x80" else _base_letter(char) for char in plain)


@lru_cache(maxsize=4096)
def _base_letter(char: str) -> str:
    base = unicodedata.normalize("NFD", char)[0]
    return base if base.isalnum() else char


def table(name: str) -> dict[str, Any]:
    """A TOML file of `data/`, by its name without the ending."""
    return tomllib.loads(_read(f"{name}.toml"))


def _read(name: str) -> str:
    return (files(__package__) / "data" / name).read_text(encoding="utf-8")


def lines(name: str) -> list[str]:
    """The lines of a file of `data/`, comments and blank ones left out."""
    return [line for line in _read(name).splitlines() if line.strip() and not line.startswith("#")]


def any_of(patterns: list[str]) -> re.Pattern[str]:
    """One case-insensitive pattern that matches where any of these does."""
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


def words(patterns: list[str]) -> str:
    """An alternation of word patterns, longest first, to stand between word boundaries."""
    return "(?:" + "|".join(sorted(patterns, key=len, reverse=True)) + ")"


class Wordings:
    """The regular expressions of one TOML file, compiled when first asked for.

    A value is a pattern or a list of alternatives; case counts unless the file says `ignore_case = true`. `{name}` in
    it stands for the value of `name` in the file's table `slots`, or for what is passed here; other braces are left
    alone.
    """

    def __init__(self, file: str, /, **slots: str) -> None:
        self._table = table(file)
        self._slots = {**slots, **self._table.pop("slots", {})}
        self._flags = re.IGNORECASE if self._table.pop("ignore_case", False) else re.NOFLAG
        self._compiled: dict[str, re.Pattern[str]] = {}

    def source(self, key: str) -> str:
        """The pattern under a key, `table.key` for one in a table, slots filled in."""
        value: Any = self._table
        for part in key.split("."):
            value = value[part]
        return self.fill("|".join(f"(?:{one})" for one in value) if isinstance(value, list) else value)

    def sources(self, key: str) -> list[str]:
        """The patterns of a list, slots filled in."""
        return [self.fill(one) for one in self._table[key]]

    def keys(self, key: str) -> list[str]:
        """The names in a table, in the order of the file."""
        return list(self._table[key])

    def fill(self, pattern: str) -> str:
        """A pattern with its slots filled in, slots within slots too."""
        while found := _SLOT.search(pattern):
            pattern = pattern[: found.start()] + self._slots[found["slot"]] + pattern[found.end() :]
        return pattern

    def __getitem__(self, key: str) -> re.Pattern[str]:
        if key not in self._compiled:
            self._compiled[key] = re.compile(self.source(key), self._flags)
        return self._compiled[key]


@dataclass(frozen=True)
class Gazetteer:
    """Countries, their people, capitals, other cities and regions. Keys are folded; codes are ISO 3166-1 alpha-2.

    Attributes:
        countries, demonyms, cities, regions: folded name -> code.
        capitals: code -> folded names of the capital, the usual one first.
        seats: folded names of capitals and seats of government -> code.
        major: capitals and the few largest other cities.
        names: code -> the usual name of the country.
    """

    countries: dict[str, str]
    demonyms: dict[str, str]
    cities: dict[str, str]
    regions: dict[str, str]
    capitals: dict[str, tuple[str, ...]]
    seats: dict[str, str]
    major: frozenset[str]
    names: dict[str, str]

    def country_of_actor(self, name: str) -> str | None:
        """The state that a name stands for: its own, its people's or its capital's."""
        return self.countries.get(name) or self.demonyms.get(name) or self.seats.get(name)


@lru_cache(maxsize=1)
def gazetteer() -> Gazetteer:
    """The gazetteer, from the table of countries and `regions.tsv`."""
    countries: dict[str, str] = {}
    demonyms: dict[str, str] = {}
    cities: dict[str, str] = {}
    capitals: dict[str, tuple[str, ...]] = {}
    seats: dict[str, str] = {}
    major: set[str] = set()
    names: dict[str, str] = {}
    for code, *columns in country_names():
        own, people, capital, others = (tuple(map(fold, cell)) for cell in columns)
        names[code], capitals[code] = own[0], capital
        countries.update(dict.fromkeys(own, code))
        demonyms.update({form: code for name in people for form in (name, f"{name}s")})
        seats.update(dict.fromkeys(capital, code))
        major.update(capital, others[:_MAJOR])
        for city in (*capital, *others):
            cities.setdefault(city, code)
    for not_a_place in ("White House", "Pentagon", "Kremlin"):
        del cities[not_a_place]
    regions = {fold(name): code for line in lines("regions.tsv") for code, cell in [line.split("\t")]
               for name in cell.split("|")}  # fmt: skip
    return Gazetteer(countries, demonyms, cities, regions, capitals, seats, frozenset(major), names)


@lru_cache(maxsize=1)
def armed_groups() -> frozenset[str]:
    """Folded names of known armed groups and forces."""
    return frozenset(fold(line) for line in lines("groups.txt"))
