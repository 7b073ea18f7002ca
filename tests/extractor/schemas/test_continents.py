"""Countries and their continents."""

from __future__ import annotations

import pytest

from extractor.schemas.continents import continents
from extractor.schemas.countries import country_codes


def test_every_country_that_a_label_may_hold_is_on_one_continent() -> None:
    assert continents().keys() == country_codes()
    assert set(continents().values()) == {
        "Africa",
        "Antarctica",
        "Asia",
        "Europe",
        "North America",
        "Oceania",
        "South America",
    }


@pytest.mark.parametrize(
    ("code", "continent"),
    [
        ("NE", "Africa"),
        ("EG", "Africa"),
        ("TR", "Asia"),
        ("RU", "Europe"),
        ("HT", "North America"),
        ("SR", "South America"),
    ],
)
def test_a_country_is_where_the_united_nations_have_it(code: str, continent: str) -> None:
    assert continents()[code] == continent
