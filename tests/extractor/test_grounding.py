"""What `ground` gives for whole events."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import pytest
from pydantic import BaseModel

from extractor.grounding import ground
from extractor.schemas import Schema, load_schema, validate_event
from extractor.schemas.counts import Count
from extractor.schemas.metadata import Evidence, Grounded

CONFLICT = load_schema()


class Part(BaseModel):
    label: str
    weight_kg: float | None = None


class Recall(BaseModel):
    """A product recall: another schema, with other shapes."""

    product: str
    maker: Annotated[str | None, Grounded("none")] = None
    announced: date | None = None
    units: int | None = None
    hurt: list[Count] = []
    parts: list[Part] = []
    urgent: bool = False
    quotes: Annotated[list[str], Grounded("quote"), Evidence()] = []


RECALL = Schema("recall", Recall, Recall, "events")


def event(**fields: Any) -> dict[str, Any]:
    record = {"role": "main", "event_type": "other", **fields}
    return CONFLICT.finish(validate_event(CONFLICT, record), 0)


def spans(text: str, *events: dict[str, Any], schema: Schema = CONFLICT) -> dict[str, tuple[str | None, str]]:
    return {
        span.path: (None if span.start is None else text[span.start : span.end], span.status)
        for span in ground(text, events, schema)
    }


def exactly(number: int) -> dict[str, int]:
    return {"min": number, "max": number}


def test_every_value_taken_from_the_text_has_a_span_and_others_have_none() -> None:
    text = "Radio Delta said seven Grizna-2 rockets hit the K4 base in Oltava on 3 March 2021."
    record = event(
        date={"text": "3 March 2021", "value": "2021-03-03"},
        locations=[{"site": "K4 base", "settlement": "Oltava", "country": "IQ"}],
        munitions=[{"type": "rocket", "name": "Grizna-2", "fired": exactly(7)}],
        targets=[{"name": "the K4 base", "type": "military_base", "affiliations": ["IQ"]}],
        reported_by=["Radio Delta"],
        evidence=[text],
    )
    assert spans(text, record) == {
        "events.0.date.text": ("3 March 2021", "exact"),
        "events.0.date.value": ("3 March 2021", "folded"),
        "events.0.locations.0.site": ("K4 base", "exact"),
        "events.0.locations.0.settlement": ("Oltava", "exact"),
        "events.0.munitions.0.name": ("Grizna-2", "exact"),
        "events.0.munitions.0.fired": ("seven", "folded"),
        "events.0.targets.0.name": ("the K4 base", "exact"),
        "events.0.reported_by.0": ("Radio Delta", "exact"),
        "events.0.evidence.0": (text, "exact"),
    }


def test_another_schema_is_grounded_by_its_own_metadata() -> None:
    text = "On 2024-05-07 Boreal said 1,200 Kettle-X had a cap of 0.5 kg; 3 to 5 people were hurt, then a dozen."
    record = {
        "product": "Kettle-X",
        "maker": "Nobody",
        "announced": "2024-05-07",
        "units": 1200,
        "hurt": [{"min": 3, "max": 5, "approx": False, "disputed": False}, exactly(12)],
        "parts": [{"label": "cap", "weight_kg": 0.5}],
        "urgent": True,
        "quotes": [text],
    }
    assert spans(text, record, schema=RECALL) == {
        "events.0.product": ("Kettle-X", "exact"),
        "events.0.announced": ("2024-05-07", "exact"),
        "events.0.units": ("1,200", "folded"),
        "events.0.hurt.0": ("3 to 5", "folded"),
        "events.0.hurt.1": ("a dozen", "folded"),
        "events.0.parts.0.label": ("cap", "exact"),
        "events.0.parts.0.weight_kg": ("0.5", "exact"),
        "events.0.quotes.0": (text, "exact"),
    }


def test_a_value_that_stands_nowhere_stays_visible() -> None:
    text = "A fire burned in Oltava."
    record = event(locations=[{"settlement": "Drugovo"}], evidence=["A flood reached the gates of the city."])
    assert spans(text, record) == {
        "events.0.locations.0.settlement": (None, "ungrounded"),
        "events.0.evidence.0": (None, "ungrounded"),
    }


def test_of_several_places_the_one_in_the_evidence_is_taken() -> None:
    text = "Oltava was calm. A bomb went off in Oltava at noon. Later Oltava was closed."
    record = event(locations=[{"settlement": "Oltava"}], evidence=["A bomb went off in Oltava at noon."])
    [place, _] = ground(text, [record], CONFLICT)
    assert (place.start, place.status) == (text.index("Oltava at"), "exact")


def test_of_places_outside_the_evidence_the_nearest_is_taken() -> None:
    text = f"Oltava was calm. {'It rained all day. ' * 9}A bomb went off. Later Oltava was closed."
    record = event(locations=[{"settlement": "Oltava"}], evidence=["A bomb went off."])
    [place, _] = ground(text, [record], CONFLICT)
    assert (place.start, place.status) == (text.rindex("Oltava"), "exact")


def test_a_repeated_quote_goes_to_the_events_other_quote() -> None:
    text = f"Two men died. {'It rained all day. ' * 9}Two men died. A bomb went off in Oltava."
    record = event(evidence=["Two men died.", "A bomb went off in Oltava."])
    [first, _] = ground(text, [record], CONFLICT)
    assert (first.start, first.status) == (text.rindex("Two men"), "exact")


def test_a_repeated_quote_with_no_other_goes_to_the_events_values() -> None:
    text = f"Two men died. {'It rained all day. ' * 9}Two men died. That was in Oltava."
    record = event(locations=[{"settlement": "Oltava"}], evidence=["Two men died."])
    assert ground(text, [record], CONFLICT)[1].start == text.rindex("Two men")


def test_places_that_nothing_tells_apart_are_ambiguous() -> None:
    text = "Two men died. It rained. Two men died."
    [quote] = ground(text, [event(evidence=["Two men died."])], CONFLICT)
    assert (quote.start, quote.end, quote.status) == (0, 13, "ambiguous")


def test_a_name_twice_in_the_evidence_goes_to_its_neighbour_in_the_record() -> None:
    text = "Oltava was shaken when shells fell on many streets. The Halden depot in Oltava burned."
    record = event(locations=[{"site": "Halden depot", "settlement": "Oltava"}], evidence=[text])
    spans_by_path = {span.path: span for span in ground(text, [record], CONFLICT)}
    assert spans_by_path["events.0.locations.0.settlement"].start == text.index("Oltava burned")


def test_the_same_place_for_two_events_is_told_apart_by_their_quotes() -> None:
    quotes = ["Rockets hit Oltava on Monday.", "A bomb shook Oltava on Friday."]
    text = " ".join(quotes)
    records = [event(locations=[{"settlement": "Oltava"}], evidence=[quote]) for quote in quotes]
    starts = [span.start for span in ground(text, records, CONFLICT) if span.path.endswith("settlement")]
    assert starts == [text.index("Oltava"), text.rindex("Oltava")]


def casualties(text: str, *rows: tuple[str, dict[str, Any]]) -> list[tuple[int | None, str | None, str]]:
    record = event(casualties=[{"effect": effect, "count": count} for effect, count in rows], evidence=[text])
    return [
        (span.start, None if span.start is None else text[span.start : span.end], span.status)
        for span in ground(text, [record], CONFLICT)
        if span.path.endswith("count")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Three people were killed and three injured.",
        "The blast killed three and wounded three.",
        "Three dead, three hurt.",
        "It left 3 dead and 3 wounded",
    ],
)
def test_equal_counts_are_told_apart_by_the_words_beside_them(text: str) -> None:
    rows = casualties(text, ("killed", exactly(3)), ("injured", exactly(3)))
    turned = casualties(text, ("injured", exactly(3)), ("killed", exactly(3)))
    number = "3" if "3" in text else "three"
    assert [row[0] for row in rows] == [text.lower().index(number), text.lower().rindex(number)]
    assert turned == rows[::-1]
    assert {row[2] for row in rows} <= {"exact", "folded"}


@pytest.mark.parametrize(
    ("text", "count", "expected"),
    [
        ("The blast killed 7 people.", exactly(7), ("7", "exact")),
        ("The blast killed seven people.", exactly(7), ("seven", "folded")),
        ("The blast killed a soldier.", exactly(1), ("kill", "inferred")),
        ("The blast killed four soldiers.", exactly(1), (None, "ungrounded")),
        ("Three people were killed.", exactly(1), (None, "ungrounded")),
        ("The blast wounded three and killed the driver.", exactly(1), ("kill", "inferred")),
        ("The blast killed dozens.", {"min": 12, "approx": True}, ("dozens", "inferred")),
        ("The blast killed several people.", {"min": 2, "approx": True}, ("several", "inferred")),
        ("None were killed in the blast.", exactly(0), ("None", "folded")),
        ("The blast killed nobody.", exactly(0), ("nobody", "folded")),
        ("The blast killed at least 20 people.", {"min": 20}, ("20", "exact")),
        ("The blast killed up to 30 people.", {"max": 30}, ("30", "exact")),
        ("The blast killed 20 to 30 people.", {"min": 20, "max": 30}, ("20 to 30", "folded")),
        ("The blast, 30 km from the killed, shook homes.", exactly(30), (None, "ungrounded")),
        ("On 30 March the blast killed many.", exactly(30), (None, "ungrounded")),
        ("The blast killed dozens.", exactly(12), (None, "ungrounded")),
    ],
)
def test_a_count_is_found_by_what_it_means(text: str, count: dict[str, Any], expected: tuple[str | None, str]) -> None:
    [(_, found, status)] = casualties(text, ("killed", count))
    assert (found, status) == expected


def test_an_article_says_one_only_before_what_is_counted() -> None:
    text = "A dispute ended when a Grizna rocket landed in an orchard."
    record = event(munitions=[{"type": "rocket", "hit": exactly(1)}], evidence=[text])
    [span, _] = ground(text, [record], CONFLICT)
    assert (span.start, span.end, span.status) == (text.index("a Grizna"), text.index(" Grizna"), "inferred")
    told = "Another strike killed the mayor."
    assert casualties(told, ("killed", exactly(1))) == [(told.index("kill"), "kill", "inferred")]


def test_a_count_of_one_follows_from_the_one_name_in_its_row() -> None:
    text = "A mine went off. The driver, Ana Paz, is in hospital, and Leo Sun with her."
    rows = [(["Ana Paz"], 1), (["Ana Paz", "Leo Sun"], 1), (["Ana Paz"], 3)]
    for names, number in rows:
        row = {"effect": "injured", "names": names, "count": exactly(number)}
        spans = ground(text, [event(casualties=[row], evidence=["A mine went off"])], CONFLICT)
        [span] = [span for span in spans if span.path.endswith("count")]
        if (names, number) == rows[0]:
            assert (text[span.start : span.end], span.status) == ("Ana Paz", "inferred")
        else:
            assert span.status == "ungrounded"


@pytest.mark.parametrize(
    ("text", "quote", "count", "found"),
    [
        ("A mine went off under a truck, and wounded six guards. It rained.", "A mine went off", exactly(6), "six"),
        ("A mine went off. Nobody was hurt, said the mayor.", "A mine went off", exactly(0), "Nobody"),
        ("A mine went off. Of the guards two were injured.", "A mine went off", exactly(2), "two"),
        ("A mine went off. The mayor has two daughters.", "A mine went off", exactly(2), None),
        ("A mine went off near one of the mills.", "A mine went off", exactly(1), None),
    ],
)
def test_a_short_quote_leaves_the_numbers_beside_it_to_be_found(
    text: str, quote: str, count: dict[str, Any], found: str | None
) -> None:
    record = event(casualties=[{"effect": "injured", "count": count}], evidence=[quote])
    [span] = [span for span in ground(text, [record], CONFLICT) if span.path.endswith("count")]
    assert (None if span.start is None else text[span.start : span.end]) == found


def test_an_uncounted_plural_says_two_or_more() -> None:
    text = "Rockets fell on the market."
    record = event(munitions=[{"type": "rocket", "fired": {"min": 2, "approx": True}}], evidence=[text])
    assert spans(text, record)["events.0.munitions.0.fired"] == ("Rockets", "inferred")


def test_small_numbers_outside_the_evidence_are_nobodys() -> None:
    text = "A bomb went off in Oltava. The two countries have been at odds. One minister resigned."
    for number in (1, 2):
        rows = [{"effect": "killed", "count": exactly(number)}]
        record = event(casualties=rows, evidence=["A bomb went off in Oltava."])
        assert spans(text, record)["events.0.casualties.0.count"] == (None, "ungrounded")


def test_a_disputed_range_stands_at_its_lower_bound() -> None:
    text = "Police said 12 people were killed. After a long search of the whole quarter, doctors spoke of 19."
    rows = [{"effect": "killed", "count": {"min": 12, "max": 19, "disputed": True}}]
    assert spans(text, event(casualties=rows, evidence=[text]))["events.0.casualties.0.count"] == ("12", "exact")


@pytest.mark.parametrize(
    ("text", "words", "value", "expected"),
    [
        ("It happened on March 3.", "March 3", "XXXX-03-03", ("March 3", "folded")),
        ("It happened on March 3.", "March 3", "2021-03-03", ("March 3", "inferred")),
        ("It happened on March 3, 2021.", None, "2021-03-03", ("March 3, 2021", "folded")),
        ("It happened on 2021-03-03.", None, "2021-03-03", ("2021-03-03", "exact")),
        ("It happened late on Tuesday.", "late on Tuesday", "2021-03-02", ("late on Tuesday", "inferred")),
        ("It happened in late December.", "late December", "XXXX-12", ("December", "folded")),
        ("It happened on March 3-5, 2021.", None, "2021-03-03/2021-03-05", ("March 3-5, 2021", "folded")),
        ("From 30 March to 2 April it burned.", None, "XXXX-03-30/XXXX-04-02", ("30 March to 2 April", "folded")),
        ("It happened on 03/04/2021.", None, "2021-04-03", ("03/04/2021", "inferred")),
        ("It happened in 2019.", None, "2019", ("2019", "exact")),
        ("It happened in 2019.", None, "2018", (None, "ungrounded")),
        ("It happened on March 4.", None, "2021-03-03", (None, "ungrounded")),
    ],
)
def test_a_date_is_found_as_written_or_inferred_from_its_words(
    text: str, words: str | None, value: str, expected: tuple[str | None, str]
) -> None:
    record = event(date={"text": words, "value": value}, evidence=[text])
    assert spans(text, record)["events.0.date.value"] == expected


def test_an_empty_text_and_no_events_are_no_obstacle() -> None:
    assert ground("", [], CONFLICT) == []
    assert ground("Some text.", [], CONFLICT) == []
    record = event(reported_by=["Radio Delta"], munitions=[{"type": "rocket", "fired": exactly(7)}], evidence=["Words"])
    assert {status for _, status in spans("", record).values()} == {"ungrounded"}


def test_keys_may_be_missing() -> None:
    assert spans("Oltava burned.", {"locations": [{"settlement": "Oltava"}]}) == {
        "events.0.locations.0.settlement": ("Oltava", "exact")
    }
