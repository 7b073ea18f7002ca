"""Countries as ISO 3166-1 alpha-2 codes."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated

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
