"""The offline baseline on news of many kinds; all texts are invented."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.backends.base import Backend
from extractor.backends.rules import RulesBackend, extract_events
from extractor.errors import BackendError
from extractor.records import Article, Request
from extractor.schemas import load_schema, validate_event

ARTICLES: dict[str, Any] = json.loads(Path(__file__).with_name("rules_articles.json").read_text(encoding="utf-8"))
REPORTED: dict[str, Any] = {
    name: ("\n".join(row["text"]), row["expected"]) for name, row in ARTICLES["reported"].items()
}
EVENTLESS: dict[str, str] = {name: "\n".join(lines) for name, lines in ARTICLES["eventless"].items()}
SEEDS = Path(__file__).resolve().parents[4] / "shared" / "seeds" / "articles"
Event = dict[str, Any]


def read(text: str, *, title: str | None = None, published: date | None = None) -> list[Event]:
    article = Article(id="a", text=text, title=title, published=published)
    return check(article, extract_events(article))


def check(article: Article, events: list[Event]) -> list[Event]:
    """What must hold of every answer: valid under the schema, quotes verbatim, at most one main event."""
    for event in events:
        validate_event(load_schema(), event)
        assert all(quote in article.text for quote in event["evidence"])
    assert sum(event["role"] == "main" for event in events) <= 1
    return events


def places(event: Event, *levels: str) -> list[tuple[str | None, ...]]:
    return [tuple(place[level] for level in levels) for place in event["locations"] if place["kind"] == "target"]


def total(event: Event, effect: str) -> tuple[int, int | None]:
    counts = [row["count"] for row in event["casualties"] if row["effect"] == effect]
    high = None if any(count["max"] is None for count in counts) else sum(count["max"] for count in counts)
    return sum(count["min"] or 0 for count in counts), high


def groups(event: Event, effect: str) -> dict[str, int]:
    return {row["group"]: row["count"]["min"] for row in event["casualties"] if row["effect"] == effect}


def weapon(event: Event, kind: str) -> dict[str, Any]:
    [row] = [row for row in event["munitions"] if row["type"] == kind]
    return dict(row)


def exactly(number: int) -> dict[str, Any]:
    return {"min": number, "max": number, "approx": False, "disputed": False}


@pytest.mark.parametrize("name", sorted(REPORTED))
def test_reports_of_many_kinds_are_read(name: str) -> None:
    text, expected = REPORTED[name]
    events = read(text)
    assert [event["event_type"] for event in events] == expected["types"]
    main = events[0]
    assert main["role"] == "main"
    if "place" in expected:
        assert tuple(expected["place"]) in places(main, "site", "settlement", "admin1", "country")
    for effect in ("killed", "injured"):
        if effect in expected:
            assert total(main, effect) == tuple(expected[effect])
    assert [[actor["name"], actor["status"]] for actor in main["perpetrators"]] == expected["perpetrators"]


@pytest.mark.parametrize("name", sorted(EVENTLESS))
def test_texts_without_an_event_give_none(name: str) -> None:
    assert read(EVENTLESS[name]) == []


def test_projectiles_are_counted_by_where_they_ended() -> None:
    [event] = read(
        "Nine rockets were fired at Camp Velda near the town of Orsk-Dol late on Monday, the army said. Four rockets "
        "landed inside the perimeter, while another five fell in a nearby field. Two rockets were intercepted. "
        "A patrol found a launcher with three rockets still loaded on it."
    )
    rocket = weapon(event, "rocket")
    assert rocket["fired"] == exactly(9)
    assert rocket["hit"] == exactly(4)
    assert rocket["missed"] == exactly(5)
    assert rocket["intercepted"] == exactly(2)


def test_rocket_and_missile_for_one_projectile_are_a_rocket() -> None:
    [event] = read(
        "Rocket hits base near Tarvo\n\nA Grad rocket hit a military base near Tarvo on Friday. The missile landed on "
        "an empty parade ground, a spokesman said."
    )
    assert [row["type"] for row in event["munitions"]] == ["rocket"]
    assert weapon(event, "rocket")["name"] == "Grad"
    assert weapon(event, "rocket")["hit"] == exactly(1)


def test_sources_that_disagree_give_disputed_bounds() -> None:
    [event] = read(
        "A car bomb exploded in the town of Selim on Sunday, killing 12 people, police said.\n\n"
        "Doctors said 17 people were killed in the blast."
    )
    [row] = [row for row in event["casualties"] if row["effect"] == "killed"]
    assert row["count"] == {"min": 12, "max": 17, "approx": False, "disputed": True}


def test_parts_of_a_total_are_disjoint_rows() -> None:
    [event] = read("A bomb killed 14 people, including three policemen, at a market in Osh-Tala on Saturday.")
    assert groups(event, "killed") == {"police_security": 3, "unspecified": 11}


def test_an_explicit_zero_is_a_row_and_silence_is_none() -> None:
    [zero] = read("Two shells hit the village of Marn on Friday. There were no casualties, the mayor said.")
    assert total(zero, "killed") == (0, 0)
    [silent] = read("Two shells hit the village of Marn on Friday. There were no immediate reports of casualties.")
    assert silent["casualties"] == []


def test_people_told_by_name_are_named_and_targeted() -> None:
    [event] = read(
        "On May 2, a US drone strike near the city of Kandahar killed Afghan general Rahim Sotoda and rebel commander "
        "Abdul Wahid Zor."
    )
    assert [name for row in event["casualties"] for name in row["names"]] == ["Rahim Sotoda", "Abdul Wahid Zor"]
    assert [target["name"] for target in event["targets"]] == ["Rahim Sotoda", "Abdul Wahid Zor"]
    assert [actor["name"] for actor in event["perpetrators"]] == ["US"]


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("on 3 March", "XXXX-03-03"),
        ("on March 3, 2017", "2017-03-03"),
        ("in late March", "XXXX-03"),
        ("in 2017", "2017"),
        ("on Tuesday", None),
        ("last night", None),
    ],
)
def test_dates_are_not_resolved_without_an_anchor(words: str, value: str | None) -> None:
    [event] = read(f"Gunmen killed four farmers in the village of Irba {words}, police said.")
    assert event["date"]["value"] == value


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("on 3 March", "2021-03-03"),
        ("on 20 October", "2020-10-20"),
        ("on Tuesday", "2021-03-09"),
        ("yesterday", "2021-03-09"),
        ("on Wednesday", "2021-03-10"),
        ("on Thursday", "2021-03-04"),
        ("last month", "2021-02"),
        ("in December", "2020-12"),
        ("five days ago", "2021-03-05"),
    ],
)
def test_dates_are_resolved_from_the_publication_date(words: str, value: str) -> None:
    [event] = read(
        f"Gunmen killed four farmers in the village of Irba {words}, police said.", published=date(2021, 3, 10)
    )
    assert event["date"]["value"] == value


def test_a_dated_dateline_anchors_weekdays() -> None:
    [event] = read("IRBA, June 11, 2019 (Newsline) - Gunmen killed four farmers in the village of Sule on Monday.")
    assert event["date"] == {"text": "Monday", "value": "2019-06-10"}


def test_the_dateline_and_the_capital_are_no_places() -> None:
    [event] = read("NAIROBI (Newsline) - Gunmen killed four herders on Monday, Kenyan police said in Nairobi.")
    assert all(settlement is None for (settlement,) in places(event, "settlement"))


def test_a_distance_gives_no_settlement() -> None:
    [event] = read("A rocket hit Camp Orlo, 30 km north of Baghdad, on Monday.")
    assert places(event, "site", "settlement", "country") == [("Camp Orlo", None, "IQ")]
    assert event["locations"][0]["relation_text"] == "30 km north of Baghdad"


def test_the_firing_point_is_a_launch_place() -> None:
    [event] = read("Twenty rockets were fired from Lebanon at the city of Haifa on Monday.")
    assert places(event, "settlement", "country") == [("Haifa", "IL")]
    assert [place["country"] for place in event["locations"] if place["kind"] == "launch"] == ["LB"]


@pytest.mark.parametrize(
    ("sentence", "actors", "claimed"),
    [
        ("The Taliban claimed responsibility for the attack.", [("Taliban", "claimed", None)], True),
        ("Turkish officials blamed the PKK for the attack.", [("PKK", "blamed", "Turkish officials")], None),
        ("The attack is believed to be the work of Boko Haram.", [("Boko Haram", "suspected", None)], None),
        ("No group has claimed responsibility for the attack.", [], False),
        ("The government accuses Eritrea of arming the rebels.", [], None),
    ],
)
def test_authorship_carries_how_it_is_known(
    sentence: str, actors: list[tuple[str, str, str | None]], claimed: bool | None
) -> None:
    [event] = read(f"A roadside bomb killed six soldiers near the town of Irba on Monday. {sentence}")
    assert [(actor["name"], actor["status"], actor["blamed_by"]) for actor in event["perpetrators"]] == actors
    assert event["responsibility_claimed"] is claimed


def test_blame_for_an_earlier_event_stays_with_it() -> None:
    events = read(
        "A mortar attack hit the Salva base in the province of Irba on Friday.\n\n"
        "It was the first attack on the Salva base since May 3, when a rocket strike killed two contractors there, "
        "which Ottawa blamed on the Red Falcon Brigade."
    )
    assert [event["role"] for event in events] == ["main", "background"]
    assert events[0]["perpetrators"] == []
    assert [actor["name"] for actor in events[1]["perpetrators"]] == ["Red Falcon Brigade"]
    assert places(events[1], "site") == [("Salva base",)]
    assert groups(events[1], "killed") == {"contractor": 2}


def test_an_event_told_often_is_one_event() -> None:
    [event] = read(
        "Blast kills five in Herat\n\nA bomb blast killed five people in the Afghan city of Herat on Sunday, officials "
        "said.\n\nThe explosion happened near a mosque. The blast shattered windows, a witness said.\n\n"
        "Sunday's bombing wounded another 11."
    )
    assert total(event, "killed") == (5, 5)


def test_retaliation_in_the_same_news_is_a_response() -> None:
    events = read(
        "Hamas fired 12 rockets at the city of Ashkelon on Monday.\n\n"
        "In response, Israeli warplanes bombed two depots in Khan Younis, killing three people."
    )
    assert [(event["role"], event["event_type"]) for event in events] == [
        ("main", "shelling_missile_attack"),
        ("response", "air_drone_strike"),
    ]


def test_sentences_without_a_space_between_are_told_apart() -> None:
    [event] = read("A bomb killed two people in Herat on Sunday, police said.There were no other details, they said.")
    assert event["evidence"] == ["A bomb killed two people in Herat on Sunday, police said."]


def test_curly_quotes_and_accents_come_back_as_written() -> None:
    [event] = read("Gunmen from the “Ñandú Front” killed three people in San José de Chagüí on Monday’s market day.")
    assert "San José de Chagüí" in {settlement for (settlement,) in places(event, "settlement")}


def test_a_title_apart_is_read_but_never_quoted() -> None:
    [told] = read(
        "The blast tore through a bus in Herat on Sunday, killing four.", title="Car bomb kills four in Herat"
    )
    assert weapon(told, "vehicle_bomb")
    assert told["evidence"] == ["The blast tore through a bus in Herat on Sunday, killing four."]


@pytest.mark.parametrize(
    "debris",
    [
        "Read more: Rockets kill 30 in the city of Basra",
        "Comments\nPersonal attacks, bomb threats and abuse will be removed.",
        "Subscribe to our newsletter: ten people killed in Herat by a bomb",
        "You may also like\nDrone strike kills six in Sanaa",
    ],
)
def test_page_debris_is_not_read(debris: str) -> None:
    report = "A bomb killed two people in Herat on Sunday, police said."
    assert read(f"{report}\n\n{debris}") == read(report)


def ask(request: Request) -> str:
    return asyncio.run(RulesBackend().complete(request)).text


def test_the_backend_answers_with_the_whole_schema() -> None:
    backend: Backend = RulesBackend()
    assert isinstance(backend, Backend)
    assert (backend.name, backend.endpoint, backend.capabilities.structured_output) == ("rules/baseline", "", "native")
    article = Article(id="a", text="A bomb killed two people in Herat on Sunday, police said.")
    answer = json.loads(ask(Request(article, (), "conflict", {})))
    load_schema().root.model_validate(answer)
    assert answer["events"] == extract_events(article)


def test_another_schema_is_refused_with_a_way_out() -> None:
    request = Request(Article(id="a", text="A bomb killed two people."), (), "weather", {})
    with pytest.raises(BackendError, match=r"only the 'conflict' schema, not 'weather'.*--backend") as caught:
        ask(request)
    assert caught.value.kind == "rejected"
    assert not caught.value.retryable


def sentences() -> Iterator[str]:
    for text, _ in REPORTED.values():
        yield from text.replace("\n\n", "\n").split("\n")


@given(st.lists(st.sampled_from(sorted(set(sentences()))), max_size=12).map("\n\n".join), st.randoms())
@settings(max_examples=40, deadline=None)
def test_any_mixture_of_paragraphs_is_valid_verbatim_and_repeatable(text: str, shuffler: random.Random) -> None:
    first = read(text)
    assert read(text) == first
    letters = list(text)
    shuffler.shuffle(letters)
    read("".join(letters))


@given(st.text(max_size=400))
@settings(max_examples=60, deadline=None)
def test_any_text_at_all_is_answered(text: str) -> None:
    read(text)


@pytest.mark.skipif(not SEEDS.is_dir(), reason="needs ../shared/seeds")
class TestSeeds:
    def main(self, name: str) -> Event:
        [path] = SEEDS.glob(f"{name}_*.txt")
        return read(path.read_text(encoding="utf-8"))[0]

    @pytest.mark.parametrize(
        ("name", "site", "counts"),
        [
            ("000", "K1 base", {"hit": exactly(1), "unfired": exactly(11)}),
            ("001", "K1 base", {"hit": exactly(1), "unfired": exactly(11)}),
            ("002", "K1 base", {"hit": exactly(1)}),
            ("003", "Taji", {"fired": {"min": 2, "max": None, "approx": True, "disputed": False}}),
            ("004", "Balad", {"fired": exactly(7)}),
        ],
    )
    def test_main_event_has_its_weapon_site_and_counts(self, name: str, site: str, counts: dict[str, Any]) -> None:
        event = self.main(name)
        assert event["event_type"] == "shelling_missile_attack"
        assert any(site in (found or "") for (found,) in places(event, "site"))
        rocket = weapon(event, "rocket")
        assert {fate: rocket[fate] for fate in counts} == counts
