"""The failure rates: a worked example of each, and the cases in which a rate does not exist."""

from __future__ import annotations

from typing import Any

import pytest

from evals.gold import GoldArticle
from evals.rates import RATES, Rates, Share
from extractor.records import Extraction, Span, SpanStatus
from extractor.schemas import load_schema
from tests.evals.scoring_cases import EVENT, OTHER, SCORER, SCORERS, extraction_of, gold_of, with_changes
from tests.schemas.acquisitions import APPOINTMENTS, TAKEOVERS


def rates(gold: GoldArticle, *predicted: dict[str, Any], spans: tuple[Span, ...] = ()) -> dict[str, Share]:
    return added(Rates(), gold, extraction_of(*predicted, spans=spans)).shares


def added(rates: Rates, gold: GoldArticle, extraction: Extraction | None) -> Rates:
    events = extraction.events if extraction else []
    rates.add(SCORER.score(gold, events, published=False), gold, gold.truth(published=False), extraction)
    return rates


def place(**levels: str) -> dict[str, Any]:
    return with_changes(EVENT, locations=[levels])


def killed(*counts: tuple[int | None, int | None]) -> dict[str, Any]:
    rows = [{"effect": "killed", "count": {"min": low, "max": high}} for low, high in counts]
    return with_changes(EVENT, casualties=rows)


def span(path: str, status: SpanStatus) -> Span:
    return Span(path, None if status == "ungrounded" else 0, None if status == "ungrounded" else 4, status)


def test_a_rate_without_cases_does_not_exist() -> None:
    assert Share().rate is None
    assert Share(1, 4).rate == 0.25
    found = rates(gold_of())
    assert tuple(found) == RATES
    assert set(found.values()) == {Share(0, 0)}


def test_an_article_that_failed_predicts_nothing_and_enters_no_rate() -> None:
    assert set(added(Rates(), gold_of(EVENT), None).shares.values()) == {Share(0, 0)}


def test_a_perpetrator_is_invented_where_gold_names_none() -> None:
    silent = with_changes(EVENT, perpetrators=[])
    key = "invented_perpetrator"
    assert rates(gold_of(silent), EVENT)[key] == Share(1, 1)
    assert rates(gold_of(silent), silent)[key] == Share(0, 1)
    assert rates(gold_of(EVENT), EVENT)[key] == Share(0, 0)  # gold names one: no case
    assert rates(gold_of(silent, accept={"events.0.perpetrators": [[]]}), EVENT)[key] == Share(0, 0)
    assert rates(gold_of(silent), OTHER)[key] == Share(0, 0)  # another event: nothing to compare with
    assert rates(gold_of(optional=[silent]), EVENT)[key] == Share(0, 0)


def test_a_place_is_set_to_the_capital_where_golds_is_not() -> None:
    key = "place_is_capital"
    gold = gold_of(place(settlement="Kirkuk", country="IQ"))
    assert rates(gold, place(settlement="Baghdad", country="IQ"))[key] == Share(1, 1)
    assert rates(gold, place(site="Baghdad", country="IQ"))[key] == Share(1, 1)
    assert rates(gold, place(settlement="Baghdad"))[key] == Share(1, 1)
    assert rates(gold, place(settlement="Kirkuk", country="IQ"))[key] == Share(0, 1)
    assert rates(gold, place(settlement="Mosul", country="IQ"))[key] == Share(0, 1)
    assert rates(gold, place(admin1="Baghdad", country="IQ"))[key] == Share(0, 0)  # the province is not the city
    assert rates(gold, place(country="IQ"))[key] == Share(0, 0)
    assert rates(gold, place(kind="launch", settlement="Baghdad", country="IQ"))[key] == Share(0, 0)


def test_a_capital_is_right_where_gold_has_it_or_accepts_it() -> None:
    key = "place_is_capital"
    guess = place(settlement="Baghdad", country="IQ")
    assert rates(gold_of(guess), guess)[key] == Share(0, 1)
    accept = {"events.0.locations.0.settlement": ["Baghdad", None]}
    assert rates(gold_of(place(settlement="Taji", country="IQ"), accept=accept), guess)[key] == Share(0, 1)


def test_a_date_is_not_in_the_text_where_no_words_of_the_article_bear_it() -> None:
    spans = (
        span("events.0.date.value", "ungrounded"),
        span("events.1.date.value", "inferred"),
        span("events.1.date.text", "ungrounded"),
    )
    found = rates(gold_of(EVENT, OTHER), EVENT, OTHER, spans=spans)
    assert found["date_not_in_text"] == Share(1, 2)
    assert found["ungrounded"] == Share(2, 3)


@pytest.mark.parametrize(
    ("gold", "predicted", "share"),
    [
        ([(3, 3)], [(3, 3)], Share(0, 1)),
        ([(3, 3)], [(3, 3), (3, 3)], Share(1, 1)),
        ([(3, 3)], [(2, 2), (2, 2)], Share(1, 1)),
        ([(3, 5)], [(5, 5)], Share(0, 1)),
        ([(3, None)], [(3, 3), (90, 90)], Share(0, 1)),  # "at least 3" has no upper bound to exceed
        ([(3, 3)], [(None, 5)], Share(0, 1)),  # "up to 5" may be none
        ([(3, 3)], [], Share(0, 1)),
        ([(0, 0)], [(4, 4)], Share(0, 0)),  # no deaths in gold: nothing to count twice
        ([], [(4, 4)], Share(0, 0)),
    ],
)
def test_deaths_are_counted_twice_where_they_add_up_to_more_than_gold_has(
    gold: list[tuple[int | None, int | None]], predicted: list[tuple[int | None, int | None]], share: Share
) -> None:
    assert rates(gold_of(killed(*gold)), killed(*predicted))["deaths_double_counted"] == share


def test_deaths_add_up_over_all_events_of_the_article_but_those_of_optional_ones() -> None:
    again = {**OTHER, "casualties": [{"effect": "killed", "count": {"min": 2, "max": 2}}]}
    key = "deaths_double_counted"
    assert rates(gold_of(EVENT), EVENT, again)[key] == Share(1, 1)
    assert rates(gold_of(EVENT, again), EVENT, again)[key] == Share(0, 1)
    assert rates(gold_of(EVENT, optional=[again]), EVENT, again)[key] == Share(0, 1)


def test_rates_add_up_over_articles() -> None:
    silent = with_changes(EVENT, perpetrators=[])
    both = added(Rates(), gold_of(silent), extraction_of(EVENT))
    added(both, gold_of(silent), extraction_of(silent))
    added(both, gold_of(silent), None)
    assert both.shares["invented_perpetrator"] == Share(1, 2)
    assert both.shares["invented_perpetrator"].rate == 0.5


@pytest.mark.parametrize("name", [TAKEOVERS, APPOINTMENTS])
def test_a_schema_without_such_fields_has_no_such_rates_whatever_it_calls_its_own(name: str) -> None:
    scorer, schema = SCORERS[name], load_schema(name)
    label: dict[str, Any] = {"person": "Ada Quill"}
    if name == TAKEOVERS:
        label = {"stage": "agreed", "quotes": ["Harlow buys"], "locations": ["Baghdad"], "casualties": 3}
    gold, extraction = gold_of(label, schema=schema), extraction_of(label, schema=schema)
    found = Rates()
    score = scorer.score(gold, extraction.events, published=False)
    found.add(score, gold, gold.truth(published=False), extraction)
    assert set(found.shares.values()) == {Share(0, 0)}
