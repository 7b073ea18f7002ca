"""Kinds of error: each is produced here by a case that is plainly of that kind."""

from __future__ import annotations

from typing import Any

import pytest

from evals.errors import EVENT as WHOLE_EVENT
from evals.errors import KINDS, FieldError, explain
from evals.gold import GoldArticle
from extractor.records import Span, SpanStatus
from extractor.schemas import load_schema
from tests.evals.scoring_cases import (
    EVENT,
    OTHER,
    SCORER,
    SCORERS,
    extraction_of,
    gold_of,
    with_changes,
)
from tests.schemas.acquisitions import APPOINTMENTS, TAKEOVERS

STRAY: dict[str, Any] = {
    "role": "unrelated",
    "event_type": "other",
    "date": {"value": "1950"},
    "evidence": ["a whale swam up the river", "children cheered"],
}


def span(path: str, status: SpanStatus) -> Span:
    return Span(path, None if status == "ungrounded" else 0, None if status == "ungrounded" else 4, status)


def explained(gold: GoldArticle, *predicted: dict[str, Any], spans: tuple[Span, ...] = ()) -> list[FieldError]:
    extraction = extraction_of(*predicted, spans=spans)
    return explain(SCORER, SCORER.score(gold, extraction.events, published=False), gold, extraction, published=False)


def only(errors: list[FieldError], field: str) -> FieldError:
    [found] = [error for error in errors if error.field == field]
    return found


def kinds(errors: list[FieldError]) -> dict[str, str]:
    return {error.field: error.kind for error in errors}


def places(*sites: dict[str, Any]) -> dict[str, Any]:
    return with_changes(EVENT, locations=[{"country": "IQ", **site} for site in sites])


def killed(low: int | None, high: int | None) -> dict[str, Any]:
    return with_changes(EVENT, casualties=[{"effect": "killed", "count": {"min": low, "max": high}}])


def test_a_right_extraction_has_no_errors_and_neither_has_an_article_without_events() -> None:
    assert explained(gold_of(EVENT, OTHER), OTHER, EVENT) == []
    assert explained(gold_of()) == []
    empty = gold_of()
    assert explain(SCORER, SCORER.score(empty, [], published=False), empty, None, published=False) == []


def test_what_gold_has_and_the_prediction_lacks_is_missed() -> None:
    errors = explained(gold_of(EVENT), with_changes(EVENT, perpetrators=[]))
    assert kinds(errors) == {"perpetrators.name": "missed", "perpetrators.status": "missed"}
    error = only(errors, "perpetrators.name")
    assert (error.gold_path, error.gold_value) == ("events.0.perpetrators.0.name", "Veldt Brigade")
    assert error.predicted_value is None


def test_an_event_that_is_not_found_is_one_error_not_one_a_field() -> None:
    [error] = explained(gold_of(EVENT, OTHER), EVENT)
    assert (error.kind, error.field, error.gold_path) == ("missed", WHOLE_EVENT, "events.1")
    assert (error.gold_value, error.predicted_path) == (OTHER["evidence"][0], None)


def test_an_article_that_failed_misses_all_its_events() -> None:
    gold = gold_of(EVENT, OTHER)
    errors = explain(SCORER, SCORER.score(gold, [], published=False), gold, None, published=False)
    assert [error.kind for error in errors] == ["missed", "missed"]


def test_another_value_in_its_place_is_a_wrong_value() -> None:
    errors = explained(gold_of(EVENT), with_changes(EVENT, date={"value": "2024-05-12"}))
    error = only(errors, "date.value")
    assert (error.kind, error.gold_value, error.predicted_value) == ("wrong_value", "2024-05-07", "2024-05-12")
    assert (error.gold_path, error.predicted_path) == ("events.0.date.value", "events.0.date.value")


def test_a_value_that_stands_nowhere_in_the_article_is_hallucinated_and_shows_its_span() -> None:
    guess = with_changes(EVENT, perpetrators=[{"name": "Lantern Group", "status": "claimed"}])
    path = "events.0.perpetrators.0.name"
    error = only(explained(gold_of(EVENT), guess, spans=(span(path, "ungrounded"),)), "perpetrators.name")
    assert error.kind == "hallucinated"
    assert error.span == span(path, "ungrounded")
    grounded = only(explained(gold_of(EVENT), guess, spans=(span(path, "exact"),)), "perpetrators.name")
    assert grounded.kind == "wrong_value"


def test_a_value_of_another_event_of_the_article_is_misassigned() -> None:
    guess = with_changes(EVENT, perpetrators=[{"name": "Lantern Group", "status": "claimed"}])
    errors = explained(gold_of(EVENT, OTHER), guess, OTHER)
    assert only(errors, "perpetrators.name").kind == "misassigned"
    assert only(explained(gold_of(EVENT), guess), "perpetrators.name").kind == "wrong_value"
    silent = with_changes(EVENT, perpetrators=[])
    assert only(explained(gold_of(silent, OTHER), guess, OTHER), "perpetrators.name").kind == "misassigned"


def test_one_of_few_values_is_not_called_misassigned_because_another_event_has_it_too() -> None:
    # Of four roles the wrong one is nearly always some other event's.
    gold = gold_of(with_changes(EVENT, property_damage=False), with_changes(OTHER, property_damage=True))
    guess = with_changes(EVENT, role="background", property_damage=True)
    found = kinds(explained(gold, guess, with_changes(OTHER, property_damage=True)))
    assert found == {"role": "wrong_value", "property_damage": "wrong_value"}


@pytest.mark.parametrize(
    ("gold", "guess", "field", "kind"),
    [
        ("2024-05-07", "2024-05", "date.value", "too_coarse"),
        ("2024-05-07", "2024", "date.value", "too_coarse"),
        ("2024-05", "2024-05-07", "date.value", "too_fine"),
        ("2024-05-07", "XXXX-05-07", "date.value", "too_coarse"),
        ("XXXX-05-07", "2024-05-07", "date.value", "too_fine"),
        ("2024-05-07", "2024-05-05/2024-05-09", "date.value", "too_coarse"),
        ("2024-05-07", "../2024-05-08", "date.value", "too_coarse"),
    ],
)
def test_partly_right_dates_are_too_coarse_or_too_fine(gold: str, guess: str, field: str, kind: str) -> None:
    ours, theirs = (with_changes(EVENT, date={"value": value}) for value in (gold, guess))
    assert only(explained(gold_of(ours), theirs), field).kind == kind


def test_partly_right_counts_are_too_coarse_or_too_fine() -> None:
    total = "casualties.killed.total"
    assert only(explained(gold_of(killed(5, 5)), killed(3, 9)), total).kind == "too_coarse"
    assert only(explained(gold_of(killed(5, 5)), killed(5, None)), total).kind == "too_coarse"
    assert only(explained(gold_of(killed(None, 9)), killed(7, 7)), total).kind == "too_fine"


def test_partly_right_names_are_too_coarse_or_too_fine() -> None:
    def named(name: str) -> dict[str, Any]:
        return with_changes(EVENT, perpetrators=[{"name": name, "status": "claimed"}])

    full, short = named("Harlow Freight Guards"), named("Harlow")
    assert only(explained(gold_of(full), short), "perpetrators.name").kind == "too_coarse"
    assert only(explained(gold_of(short), full), "perpetrators.name").kind == "too_fine"


def test_the_town_in_the_place_of_its_base_is_too_coarse_however_long_its_name() -> None:
    base, town = {"site": "Pier 7", "settlement": "Kirkuk"}, {"site": "Kirkuk"}
    site = "locations.target.site"
    assert only(explained(gold_of(places(base)), places(town)), site).kind == "too_coarse"
    assert only(explained(gold_of(places(town)), places(base)), site).kind == "too_fine"


def test_an_accepted_list_that_is_longer_than_golds_own_can_be_explained() -> None:
    accepted = [{"kind": "target", "site": "North Pier"}, {"kind": "target", "site": "Pier 7", "settlement": "Kirkuk"}]
    gold = gold_of(places({"site": "Mill"}), accept={"events.0.locations": [accepted]})
    errors = explained(gold, places({"site": "North Pier"}, {"site": "Kirkuk", "settlement": "Kirkuk"}))
    assert "locations.target.site" in kinds(errors)


def test_near_values_of_an_enumeration_are_neither_coarser_nor_finer() -> None:
    gold = with_changes(EVENT, event_type="bombing_ied")
    for guess in ("suicide_bombing", "attack_unspecified"):
        assert kinds(explained(gold_of(gold), with_changes(gold, event_type=guess))) == {"event_type": "wrong_value"}


def test_an_event_told_a_second_time_is_a_duplicate_of_the_event_it_repeats() -> None:
    [error] = explained(gold_of(OTHER, EVENT), EVENT, OTHER, EVENT)
    assert (error.kind, error.field, error.gold_path) == ("duplicate", WHOLE_EVENT, "events.1")
    assert error.predicted_path in ("events.0", "events.2")


def test_a_duplicate_of_an_optional_event_names_it_by_its_place_in_the_file() -> None:
    [error] = explained(gold_of(EVENT, optional=[OTHER]), EVENT, OTHER, OTHER)
    assert (error.kind, error.gold_path) == ("duplicate", "optional.0")


def test_a_value_or_event_where_gold_has_none_is_spurious() -> None:
    silent = with_changes(EVENT, perpetrators=[])
    errors = explained(gold_of(silent), EVENT)
    assert kinds(errors) == {"perpetrators.name": "spurious", "perpetrators.status": "spurious"}
    [event] = explained(gold_of(EVENT), EVENT, STRAY)
    assert (event.kind, event.field, event.predicted_path) == ("spurious", WHOLE_EVENT, "events.1")
    assert event.predicted_value == STRAY["evidence"][0]


def test_an_event_is_hallucinated_only_if_none_of_its_quotes_stands_in_the_article() -> None:
    first, second = "events.1.evidence.0", "events.1.evidence.1"
    for status, expected in (("ungrounded", "hallucinated"), ("exact", "spurious")):
        spans = (span(first, "ungrounded"), span(second, status))  # type: ignore[arg-type]
        [error] = explained(gold_of(EVENT), EVENT, STRAY, spans=spans)
        assert error.kind == expected
        assert error.span == spans[0]


def test_an_event_from_a_quote_that_is_no_event_tells_golds_reason() -> None:
    no = {"quote": "a whale swam up the river at noon", "reason": "no violence"}
    [error] = explained(gold_of(EVENT, not_events=(no,)), EVENT, STRAY)
    assert (error.kind, error.reason) == ("spurious", "no violence")


def test_optional_events_and_accepted_values_are_no_errors() -> None:
    gold = gold_of(EVENT, optional=[OTHER], accept={"events.0.event_type": ["armed_clash"]})
    assert explained(gold, with_changes(EVENT, event_type="armed_clash"), OTHER) == []


def test_every_kind_of_error_has_its_case_here() -> None:
    assert set(KINDS) == {
        "missed",
        "wrong_value",
        "hallucinated",
        "misassigned",
        "too_coarse",
        "too_fine",
        "duplicate",
        "spurious",
    }


@pytest.mark.parametrize("name", [TAKEOVERS, APPOINTMENTS])
def test_errors_are_explained_for_a_second_schema_with_or_without_evidence(name: str) -> None:
    scorer, schema = SCORERS[name], load_schema(name)
    right: dict[str, Any] = {"person": "Ada Quill", "office": "harbour master", "salary": 0}
    wrong: dict[str, Any] = {"person": "Ada Quill", "office": "harbour master", "salary": 9}
    lone: dict[str, Any] = {"person": "Bo Fenwick"}
    if name == TAKEOVERS:
        right = {"stage": "agreed", "quotes": ["Harlow buys"], "price": {"amount": 9.5}, "locations": ["Redgate"]}
        wrong = {**right, "price": {"amount": 9.0}, "locations": ["Ostrava"]}
        lone = {"stage": "rumoured", "quotes": ["nobody knows"], "announced": "2024-01-02"}
    gold = gold_of(right, schema=schema)
    extraction = extraction_of(wrong, lone, schema=schema)
    errors = explain(scorer, scorer.score(gold, extraction.events, published=False), gold, extraction, published=False)
    expected = {"salary": "wrong_value", "event": "spurious"}
    if name == TAKEOVERS:
        expected = {"price.amount": "wrong_value", "locations": "spurious", "event": "spurious"}
    assert kinds(errors) == expected


def test_a_value_nearly_as_accepted_where_gold_has_none_is_wrong() -> None:
    event = with_changes(EVENT, munitions=[{"type": "rocket"}])
    accept = {"events.0.munitions.0.fired": [{"min": 2, "max": 4}]}
    predicted = with_changes(EVENT, munitions=[{"type": "rocket", "fired": {"min": 3, "max": 3}}])
    assert only(explained(gold_of(event, accept=accept), predicted), "munitions.fired").kind == "wrong_value"
