"""Countries as ISO 3166-1 alpha-2 codes."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from typing import Annotated, NamedTuple

from pydantic import BeforeValidator, WithJsonSchema

USER_ASSIGNED = frozenset({"XK"})
"""Codes that ISO leaves to users and news needs: XK, Kosovo, as the European Union writes it."""


@lru_cache(maxsize=1)
def country_codes() -> frozenset[str]:
    """All ISO 3166-1 alpha-2 codes in force, and the user-assigned ones taken here."""
    import pycountry

    return frozenset(country.alpha_2 for country in pycountry.countries) | USER_ASSIGNED


def _check(value: object) -> object:
    if not isinstance(value, str):
        return value
    code = value.strip().upper()
    if code not in country_codes():
        raise ValueError(f"{value!r} is no ISO 3166-1 alpha-2 country code: write two letters such as IQ, or null")
    return code


CountryCode = Annotated[str, BeforeValidator(_check), WithJsonSchema({"type": "string", "pattern": "^[A-Z]{2}$"})]
"""A string field that holds an ISO 3166-1 alpha-2 code, upper-cased on the way in."""


class CountryNames(NamedTuple):
    """What news calls a country: itself, its people, its capital or seat of government, and its larger cities."""

    code: str
    names: tuple[str, ...]
    demonyms: tuple[str, ...]
    capital: tuple[str, ...]
    cities: tuple[str, ...]


@lru_cache(maxsize=1)
def country_names() -> tuple[CountryNames, ...]:
    """The countries of `data/countries.tsv`."""
    text = resources.files("extractor.schemas").joinpath("data/countries.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return tuple(
        CountryNames(code, *(tuple(name for name in cell.split("|") if name) for cell in cells))
        for code, *cells in rows
    )


@lru_cache(maxsize=1)
def capitals() -> dict[str, tuple[str, ...]]:
    """Country code to the names of its capital, as news writes them."""
    return {country.code: country.capital for country in country_names()}
