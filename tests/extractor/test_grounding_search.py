from __future__ import annotations

import pytest

from extractor.grounding.folding import Index
from extractor.grounding.nearly import find_nearly
from extractor.grounding.search import find_name, find_quote


def names(text: str, value: str) -> list[tuple[str, str]]:
    return [(text[place.start : place.end], place.status) for place in find_name(Index(text), value)]


def quotes(text: str, value: str) -> list[tuple[str, str]]:
    return [(text[place.start : place.end], place.status) for place in find_quote(Index(text), value)]


def nearly(text: str, value: str, *, is_quote: bool = False) -> list[str]:
    return [text[place.start : place.end] for place in find_nearly(Index(text), value, [], is_quote=is_quote)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("USAF jets passed the houses and missed us all", "US"),
        ("the U.S.A. team", "US"),
        ("Iranian troops", "Iran"),
        ("angry Iraqis", "Iraq"),
        ("Kirkukis were angry", "Kirkuk"),
        ("northwest of Oltava; the north was quiet", "west of Oltava"),
        ("smoke over the airbase filled the air", "base"),
        ("an unarmed group of men", "armed group"),
        ("Mr. McDonald", "Donald"),
        ("Oltava12 is a model", "Oltava"),
        ("the K12 base", "K1"),
        ("Straße", "s"),
        ("the oﬃce", "off"),
        ("a base in Iraqi hands", "a base in Iraq"),
    ],
)
def test_a_name_is_not_found_inside_another_word(text: str, value: str) -> None:
    assert names(text, value) == []
    assert nearly(text, value) == []


@pytest.mark.parametrize(
    ("text", "value", "found"),
    [
        ("the “Rowan” unit", '"Rowan" unit', "“Rowan” unit"),
        ("Kata’ib al-Wadi", "Kata'ib al-Wadi", "Kata’ib al-Wadi"),
        ("the K–1 base", "K-1 base", "K–1 base"),
        ("the K-1 base", "K1 base", "K-1 base"),
        ("the Mill Street market", "Mill-Street market", "Mill Street market"),
        ("in Port\u00a0Venn", "Port Venn", "Port\u00a0Venn"),
        ("in Port \n Venn", "Port Venn", "Port \n Venn"),
        ("in PortVenn today", "Port Venn", "PortVenn"),
        ("at the air base", "the airbase", "the air base"),
        ("ROCKETS HIT OLTAVA", "Oltava", "OLTAVA"),
        ("to Ko\u0308vesd.", "Kövesd", "Ko\u0308vesd"),
        ("to Ko\u0308vesd.", "Kovesd", "Ko\u0308vesd"),
        ("São Brito", "Sao Brito", "São Brito"),
        ("Hauptstraße 3", "HAUPTSTRASSE 3", "Hauptstraße 3"),
        ("HAUPTSTRASSE", "Hauptstraße", "HAUPTSTRASSE"),
        ("İzmir road", "Izmir", "İzmir"),
        ("the oﬃce burned", "office", "oﬃce"),
        ("the Sokil drone", "SOKIL", "Sokil"),
        ("the U.S. said", "US", "U.S."),
        ("the US said", "U.S.", "US"),
        ("Ol\u00adtava", "Oltava", "Ol\u00adtava"),
    ],
)
def test_a_name_is_found_however_it_is_typeset(text: str, value: str, found: str) -> None:
    assert names(text, value) == [(found, "folded")]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("soldiersnorth of the city", "north of the city"),
        ("a fire inOltava", "Oltava"),
        ("Oltavaprovince; another province", "Oltava"),
        ("they blamedNVL for it", "NVL"),
    ],
)
def test_a_name_is_found_where_a_space_is_missing_beside_it(text: str, value: str) -> None:
    assert names(text, value) == [(value, "fuzzy")]


def test_a_missing_space_after_a_full_stop_is_no_obstacle() -> None:
    assert names("he said.Oltava burned", "Oltava") == [("Oltava", "exact")]
    assert quotes("he said.There were fires.Then rain", "There were fires.") == [("There were fires.", "exact")]


def test_all_places_are_given_in_text_order() -> None:
    text = "Oltava, oltava and OLTAVA"
    places = find_name(Index(text), "Oltava")
    assert [(place.start, place.status, place.tier) for place in places] == [
        (0, "exact", 0),
        (8, "folded", 1),
        (19, "folded", 0),
    ]


def test_quotation_marks_belong_to_a_quote_that_has_them() -> None:
    text = "He said “we did it” and left"
    assert quotes(text, '"we did it"') == [("“we did it”", "folded")]
    assert quotes(text, "we did it") == [("we did it", "exact")]


def test_a_long_quote_may_begin_inside_a_word() -> None:
    assert quotes("five soldiers were killed", "oldiers were kill") == [("oldiers were kill", "fuzzy")]


@pytest.mark.parametrize(
    ("text", "value", "found"),
    [
        ("the Hizbollah fighters", "Hezbollah fighters", "Hizbollah fighters"),
        ("the Katyusha rockets", "Katyusha rocket", "Katyusha rockets"),
        ("Colonel Adem Vargha spoke", "Colonel Adem Varga", "Colonel Adem Vargha"),
    ],
)
def test_a_misspelt_name_is_found_nearly(text: str, value: str, found: str) -> None:
    assert nearly(text, value) == [found]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("east of Oltava", "west of Oltava"),
        ("the Western Province", "the Eastern Province"),
        ("the 15th Brigade", "the 16th Brigade"),
        ("Thursday evening", "Tuesday evening"),
        ("the army of North Morava", "the army of South Morava"),
        ("June 3 at dawn", "July 3 at dawn"),
        ("Iraqi", "Iraq"),
        ("the Ministry of Defence", "the Interior Ministry"),
        ("anything else", "Oltava"),
        ("", "Oltava"),
    ],
)
def test_another_name_is_not_taken_for_a_misspelling(text: str, value: str) -> None:
    assert names(text, value) == []
    assert nearly(text, value) == []


def test_a_quote_may_differ_a_little_but_not_in_facts() -> None:
    text = "Seven soldiers were killed in the attack on the base on Monday, he said."
    clause = "Seven soldiers were killed in the attack on the base on Monday"
    assert nearly(text, "Seven soldiers were killed in the atack on the base on Monday", is_quote=True) == [clause]
    assert nearly(text, "7 soldiers were killed in the attack on the base on Monday", is_quote=True) == [clause]
    assert nearly(text, f"{clause}.", is_quote=True) == [clause]
    assert nearly(text, clause.replace("Seven", "Eight"), is_quote=True) == []
    assert nearly(text, clause.replace("Monday", "Sunday"), is_quote=True) == []
    assert nearly(text, clause.replace("were killed", "were not killed"), is_quote=True) == []


def test_every_place_of_the_nearest_form_is_given() -> None:
    text = "Hizbollah fighters came; the Hizbollah fighters left"
    assert nearly(text, "Hezbollah fighters") == ["Hizbollah fighters"] * 2


@pytest.mark.parametrize("value", ["", " ", "—", "“”", "\u00ad", "\u0301"])
def test_a_value_without_letters_or_digits_is_nowhere(value: str) -> None:
    text = "“Fire” — he said\u00ad \u0301"
    assert names(text, value) == []
    assert quotes(text, value) == []
    assert nearly(text, value) == []


def test_other_scripts_are_found() -> None:
    assert names("في بغداد اليوم", "بغداد") == [("بغداد", "exact")]
    assert names("в Киеве и Одессе", "Одессе") == [("Одессе", "exact")]
    assert names("В КИЕВЕ", "Киеве") == [("КИЕВЕ", "folded")]
    assert names("서울 근처", "서울") == [("서울", "exact")]
