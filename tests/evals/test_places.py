"""Two places compared as wholes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.compare import Verdict
from evals.places import Level, Part, Place, compare_places, place_of, places

CORRECT, PARTIAL, INCORRECT = Verdict.CORRECT, Verdict.PARTIAL, Verdict.INCORRECT


def verdict(a: dict[str, Any], b: dict[str, Any]) -> Verdict:
    """The verdict, seen to be the same either way round."""
    found = compare_places(place_of(a), place_of(b))
    assert found is compare_places(place_of(b), place_of(a))
    return found


CAMP = {"site": "Camp Redgate", "settlement": "Mosul", "admin1": "Nineveh", "country": "IQ"}


@pytest.mark.parametrize(
    "coarser",
    [
        {"settlement": "Mosul", "admin1": "Nineveh", "country": "IQ"},
        {"settlement": "Mosul"},
        {"admin1": "Nineveh", "country": "IQ"},
        {"country": "IQ"},
    ],
)
def test_a_coarser_right_place_is_partly_right(coarser: dict[str, str]) -> None:
    assert verdict(CAMP, coarser) is PARTIAL


@pytest.mark.parametrize(
    "same",
    [
        CAMP,
        {"site": "Redgate camp", "country": "IQ"},
        {"site": "Camp Redgate"},
        {"site": "Camp Redgate", "admin1": "Nineveh"},
    ],
)
def test_levels_between_the_finest_and_the_country_may_be_missing(same: dict[str, str]) -> None:
    assert verdict(CAMP, same) is CORRECT


@pytest.mark.parametrize(
    "other",
    [
        {"settlement": "Baghdad", "country": "IQ"},
        {"site": "Camp Redgate", "country": "SY"},
        {"site": "Camp Redgate", "settlement": "Basra", "country": "IQ"},
        {"site": "the fish market", "settlement": "Mosul", "country": "IQ"},
        {"country": "SY"},
        {},
    ],
)
def test_a_place_that_is_elsewhere_is_wrong(other: dict[str, str]) -> None:
    assert verdict(CAMP, other) is INCORRECT


def test_the_capital_in_place_of_a_site_gives_nothing() -> None:
    depot = {"site": "the Rasan depot", "country": "IQ"}
    assert verdict(depot, {"settlement": "Baghdad", "country": "IQ"}) is INCORRECT
    assert verdict(depot, {"site": "Baghdad", "country": "IQ"}) is INCORRECT
    assert verdict(depot, {"country": "IQ"}) is PARTIAL


def test_the_capital_is_a_coarser_right_answer_only_for_what_stands_in_it() -> None:
    hotel = {"site": "Hotel Meridian", "settlement": "Baghdad", "country": "IQ"}
    assert verdict(hotel, {"settlement": "Baghdad", "country": "IQ"}) is PARTIAL
    assert verdict(hotel, {"site": "Baghdad", "country": "IQ"}) is INCORRECT


def test_a_finer_place_in_the_right_country_is_partly_right() -> None:
    assert verdict({"country": "CO"}, {"settlement": "Bogota", "country": "CO"}) is PARTIAL


def test_each_side_naming_something_that_the_other_does_not_is_no_agreement() -> None:
    assert verdict({"site": "the mill", "country": "PE"}, {"settlement": "Tarma", "country": "PE"}) is INCORRECT


def test_a_name_on_another_level_is_partly_right() -> None:
    assert verdict({"settlement": "Kirkuk", "country": "IQ"}, {"admin1": "Kirkuk", "country": "IQ"}) is PARTIAL
    base = {"site": "K1 base", "settlement": "Kirkuk", "country": "IQ"}
    assert verdict(base, {"site": "Kirkuk", "country": "IQ"}) is PARTIAL
    assert verdict(base, {"site": "Kirkuk", "settlement": "Basra", "country": "IQ"}) is INCORRECT


def test_a_partly_right_name_makes_a_partly_right_place() -> None:
    assert verdict({"site": "Saint Clara church"}, {"site": "the church"}) in (PARTIAL, INCORRECT)
    assert verdict({"site": "Jose Ruiz international airport"}, {"site": "Ruiz airport"}) is PARTIAL


def test_several_parts_of_one_level_are_a_chain() -> None:
    farm = Place(
        "SV",
        (
            Part(Level.SETTLEMENT, "Arenal district"),
            Part(Level.SETTLEMENT, "Santa Lucrecia"),
            Part(Level.SITE, "La Loma farm"),
        ),
    )
    for name in ("Arenal district", "Santa Lucrecia"):
        assert compare_places(farm, Place("SV", (Part(Level.SETTLEMENT, name),))) is PARTIAL
    assert compare_places(farm, Place("SV", (Part(Level.SETTLEMENT, "Villa Honda"),))) is INCORRECT


def test_a_state_without_a_code_is_compared_by_name() -> None:
    assert compare_places(Place("YUGOSLAVIA"), Place("Yugoslavia")) is CORRECT
    assert compare_places(Place("YUGOSLAVIA"), Place("RS")) is INCORRECT


def test_parts_must_go_from_coarse_to_fine() -> None:
    with pytest.raises(ValueError, match=r"coarse to fine.*Camp Redgate, Mosul"):
        Place("IQ", (Part(Level.SITE, "Camp Redgate"), Part(Level.SETTLEMENT, "Mosul")))


def test_nothing_is_not_the_same_place_as_nothing() -> None:
    assert compare_places(Place(), Place()) is INCORRECT


NAMES = st.sampled_from(["Mosul", "Baghdad", "Basra", "Camp Redgate", "the mill", "Nineveh"])
PARTS = st.lists(st.builds(Part, st.sampled_from(Level), NAMES), max_size=4)
ANY_PLACE = st.builds(
    lambda country, parts: Place(country, tuple(sorted(parts, key=lambda part: part.level))),
    st.sampled_from([None, "IQ", "SY", "YUGOSLAVIA"]),
    PARTS,
)


@given(ANY_PLACE, ANY_PLACE)
def test_the_verdict_is_symmetric_and_the_similarity_follows_it(a: Place, b: Place) -> None:
    assert compare_places(a, b) is compare_places(b, a)
    assert places.similarity(a, b) == places.verdict(a, b) / 2


@given(ANY_PLACE)
def test_a_place_is_itself_and_partly_right_for_its_country(place: Place) -> None:
    if place.parts or place.country:
        assert compare_places(place, place) is CORRECT
    if place.parts and place.country:
        assert compare_places(place, Place(place.country)) is PARTIAL
