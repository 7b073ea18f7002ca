"""Judging a pair of events: what is counted under which name, with which values, and what gold files may accept."""

from __future__ import annotations

import random
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from evals.counts import Counts
from evals.judge import EventJudge
from evals.judgements import NO_ACCEPT, Outcome, total_of
from extractor.schemas.counts import Count
from extractor.schemas.fields import fields_of
from extractor.schemas.metadata import Grouped, Scored, Totalled
from tests.evals.generated_events import event
from tests.evals.scoring_cases import (
    CONFLICT,
    EVENT,
    SCORER,
    SCORERS,
    finished,
    score,
    shuffled,
    stands_at,
    with_changes,
)
from tests.schemas.acquisitions import TAKEOVERS

ONE_RIGHT, ONE_PARTLY, ONE_WRONG = Counts(1), Counts(0, 1), Counts(0, 0, 1)
ONE_MISSING, ONE_SPURIOUS = Counts(0, 0, 0, 1), Counts(0, 0, 0, 0, 1)


def count(low: int | None, high: int | None, **flags: bool) -> dict[str, Any]:
    return {"min": low, "max": high, "approx": False, "disputed": False, **flags}


def killed(low: int | None, high: int | None, **more: Any) -> dict[str, Any]:
    return {"effect": "killed", "count": count(low, high), **more}


def test_the_columns_of_the_conflict_schema_are_those_of_the_design() -> None:
    tiers = {column.name: column.tier for column in SCORER.columns}
    assert {name for name, tier in tiers.items() if tier == 1} == {
        "role",
        "event_type",
        "date.value",
        "locations.target.site",
        "locations.target.settlement",
        "locations.target.admin1",
        "locations.target.country",
        "munitions.type",
        "munitions.fired",
        "perpetrators.name",
        "perpetrators.status",
        "perpetrators.blamed_by",
        "casualties.killed.total",
        "casualties.injured.total",
    }
    assert tiers["locations.launch.site"] == tiers["casualties.killed.group"] == tiers["munitions.fired.hedge"] == 2
    assert not {"date.text", "reported_by", "evidence", "id", "date.precision", "casualties.killed.count"} & set(tiers)


def test_nulls_on_both_sides_earn_nothing() -> None:
    bare = {"role": "main", "event_type": "protest", "evidence": ["a crowd"]}
    assert score([bare], [bare]) == {"event": ONE_RIGHT, "role": ONE_RIGHT, "event_type": ONE_RIGHT}


def test_a_wrong_date_is_not_hidden_by_the_fields_that_agree() -> None:
    found = score([EVENT], [with_changes(EVENT, date={"value": "2024-11-07"})])
    assert found["date.value"] == ONE_WRONG
    assert found["event_type"] == ONE_RIGHT
    assert sum(sum(one) for name, one in found.items() if name.startswith("date")) == 1


def test_an_aligned_pair_that_agrees_on_little_still_shows_each_wrong_field() -> None:
    found = score(
        [EVENT],
        [
            with_changes(
                EVENT,
                role="background",
                event_type="protest",
                perpetrators=[{"name": "Lantern Group", "status": "suspected"}],
                locations=[{"site": "Mill Street", "settlement": "Ostrava", "country": "CZ"}],
            )
        ],
    )
    assert found["event"] == ONE_RIGHT
    for field in ("role", "event_type"):
        assert found[field] == ONE_WRONG
    for field in ("locations.target.site", "locations.target.settlement", "perpetrators.name"):
        assert found[field].correct == 0
        assert found[field].possible == found[field].actual == 1


def test_false_and_zero_are_values() -> None:
    gold = with_changes(EVENT, property_damage=False, casualties=[killed(0, 0)])
    assert score([gold], [gold])["property_damage"] == ONE_RIGHT
    assert score([gold], [gold])["casualties.killed.total"] == ONE_RIGHT
    silent = with_changes(EVENT, casualties=[])
    assert score([gold], [silent])["property_damage"] == ONE_MISSING
    assert score([gold], [silent])["casualties.killed.total"] == ONE_MISSING
    assert score([silent], [gold])["property_damage"] == ONE_SPURIOUS
    assert score([gold], [with_changes(gold, property_damage=True)])["property_damage"] == ONE_WRONG


def test_list_items_are_compared_with_those_they_fit_not_with_those_in_their_place() -> None:
    places = [{"site": "Camp Redgate"}, {"site": "North Pier"}, {"site": "Mill Street"}]
    found = score([with_changes(EVENT, locations=places)], [with_changes(EVENT, locations=places[::-1])])
    assert found["locations.target.site"] == Counts(3)


def test_a_list_of_one_is_scored_as_a_list_of_many() -> None:
    def sites(gold: list[str], predicted: list[str]) -> Counts:
        ours, theirs = ([{"site": name} for name in names] for names in (gold, predicted))
        return score([with_changes(EVENT, locations=ours)], [with_changes(EVENT, locations=theirs)])[
            "locations.target.site"
        ]

    assert sites(["Harlow Freight"], ["Harlow"]) == ONE_PARTLY
    assert sites(["Harlow Freight", "North Pier"], ["North Pier", "Harlow"]) == Counts(1, 1)
    assert sites(["Quillon"], ["Harlow"]) == Counts(0, 0, 0, 1, 1)
    assert sites(["Quillon", "North Pier"], ["Harlow", "North Pier"]) == Counts(1, 0, 0, 1, 1)


@pytest.mark.parametrize("name", SCORERS)
@settings(max_examples=50, deadline=None)
@given(data=st.data(), rng=st.randoms(use_true_random=False))
def test_judgements_name_values_that_stand_at_their_paths_each_value_once(
    name: str, data: st.DataObject, rng: random.Random
) -> None:
    scorer = SCORERS[name]
    gold, predicted = data.draw(event(scorer.schema)), data.draw(event(scorer.schema))
    if rng.random() < 0.5:
        predicted = shuffled(gold, rng)
    judge = EventJudge(scorer.schema.fields)
    for ours, theirs in ((gold, predicted), (gold, None), (None, predicted)):
        for judgement in judge.judge(ours, theirs):
            column = judge.columns[judgement.column].name
            assert (judgement.gold is None) == (judgement.outcome is Outcome.SPURIOUS)
            assert (judgement.predicted is None) == (judgement.outcome is Outcome.MISSING)
            if judgement.gold is not None:
                assert ours is not None
                assert stands_at(judgement, column, "gold", ours)
            if judgement.predicted is not None:
                assert theirs is not None
                assert stands_at(judgement, column, "predicted", theirs)


@pytest.mark.parametrize("name", SCORERS)
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_no_value_is_counted_both_as_matched_and_as_missing(name: str, data: st.DataObject) -> None:
    """POS is what gold alone would be missing, ACT what the prediction alone would be spurious."""
    scorer = SCORERS[name]
    gold, predicted = data.draw(event(scorer.schema)), data.draw(event(scorer.schema))
    judge = EventJudge(scorer.schema.fields)

    def values(ours: Any, theirs: Any, side: str) -> list[str]:
        return sorted(
            f"{found.column} {getattr(found, side)}"
            for found in judge.judge(ours, theirs)
            if getattr(found, side) is not None
        )

    assert values(gold, predicted, "gold") == values(gold, None, "gold")
    assert values(gold, predicted, "predicted") == values(None, predicted, "predicted")


# ---------------------------------------------------------------- accepted alternatives


def judged(field: str, gold: dict[str, Any], predicted: dict[str, Any], accept: dict[str, list[Any]]) -> Counts | None:
    return score([gold], [predicted], {f"events.0.{path}": values for path, values in accept.items()}).get(field)


@pytest.mark.parametrize(
    ("gold", "accepted", "predicted", "expected"),
    [
        ("2024-05-07", ["2024-05-08"], "2024-05-07", ONE_RIGHT),
        ("2024-05-07", ["2024-05-08"], "2024-05-08", ONE_RIGHT),
        ("2024-05-07", ["2024-06"], "2024-06-01", ONE_PARTLY),
        ("2024-05-07", ["2024-05-08"], "2024-05-09", ONE_WRONG),
        ("2024-05-07", ["2024-05-08"], None, ONE_MISSING),
        ("2024-05-07", [None], "2024-05-07", ONE_RIGHT),
        ("2024-05-07", [None], None, None),
        ("2024-05-07", [None], "2024-05-09", ONE_WRONG),
        (None, ["2024-05-08"], "2024-05-08", ONE_RIGHT),
        (None, ["2024-05-08"], None, None),
        (None, ["2024-05-08"], "2024-05", ONE_PARTLY),
        (None, ["2024-05-08"], "2023-05-08", ONE_SPURIOUS),
    ],
)
def test_the_best_of_gold_and_its_alternatives_counts(
    gold: str | None, accepted: list[Any], predicted: str | None, expected: Counts | None
) -> None:
    ours, theirs = (with_changes(EVENT, date={"value": value}) for value in (gold, predicted))
    assert judged("date.value", ours, theirs, {"date.value": accepted}) == expected


def test_an_alternative_of_a_list_item_brings_it_together_with_the_prediction() -> None:
    gold = with_changes(EVENT, munitions=[{"type": "rocket"}])
    guess = with_changes(EVENT, munitions=[{"type": "drone"}])
    assert judged("munitions.type", gold, guess, {}) == Counts(0, 0, 0, 1, 1)
    assert judged("munitions.type", gold, guess, {"munitions.0.type": ["drone"]}) == ONE_RIGHT
    two = with_changes(EVENT, munitions=[{"type": "grenade"}, {"type": "rocket"}])
    guesses = with_changes(EVENT, munitions=[{"type": "drone"}, {"type": "grenade"}])
    assert judged("munitions.type", two, guesses, {"munitions.1.type": ["drone"]}) == Counts(2)
    assert judged("munitions.type", two, guesses, {"munitions.0.type": ["drone"]}) == Counts(1, 0, 0, 1, 1)


def test_an_accepted_null_makes_a_list_item_optional() -> None:
    gold = with_changes(EVENT, munitions=[{"type": "rocket"}])
    assert judged("munitions.type", gold, with_changes(EVENT, munitions=[]), {"munitions.0.type": [None]}) is None


def test_a_whole_list_may_have_alternatives() -> None:
    lists: dict[str, list[Any]] = {"munitions": [[], [{"type": "mortar"}, {"type": "grenade"}]]}
    gold = with_changes(EVENT, munitions=[{"type": "rocket"}])
    for munitions, expected in (
        ([{"type": "rocket"}], ONE_RIGHT),
        ([], None),
        ([{"type": "grenade"}, {"type": "mortar"}], Counts(2)),
        ([{"type": "mortar"}], Counts(1, 0, 0, 1)),
        ([{"type": "ied"}], ONE_SPURIOUS),
    ):
        assert judged("munitions.type", gold, with_changes(EVENT, munitions=munitions), lists) == expected


def test_a_list_of_names_may_have_alternatives() -> None:
    target = {"name": "Camp Redgate", "type": "military_base"}
    gold = with_changes(EVENT, targets=[{**target, "affiliations": ["Veldt Brigade"]}])
    accept: dict[str, list[Any]] = {"targets.0.affiliations": [["IQ"], []]}
    for given_names, expected in ((["IQ"], ONE_RIGHT), ([], None), (["Veldt Brigade"], ONE_RIGHT)):
        guess = with_changes(EVENT, targets=[{**target, "affiliations": given_names}])
        assert judged("targets.affiliations", gold, guess, accept) == expected


# ---------------------------------------------------------------- counts, hedges, totals


def test_a_count_is_judged_by_its_bounds_and_its_hedge_apart() -> None:
    def fired(gold: dict[str, Any] | None, guess: dict[str, Any] | None) -> tuple[Counts | None, Counts | None]:
        ours, theirs = (with_changes(EVENT, munitions=[{"type": "rocket", "fired": one}]) for one in (gold, guess))
        found = score([ours], [theirs])
        return found.get("munitions.fired"), found.get("munitions.fired.hedge")

    assert fired(count(3, 3), count(3, 3)) == (ONE_RIGHT, None)
    assert fired(count(3, 3, approx=True), count(3, 3)) == (ONE_RIGHT, ONE_MISSING)
    assert fired(count(3, 3), count(3, 3, disputed=True)) == (ONE_RIGHT, ONE_SPURIOUS)
    assert fired(count(3, 4, approx=True), count(3, 3, disputed=True)) == (ONE_PARTLY, Counts(0, 0, 0, 1, 1))
    assert fired(count(3, 3, approx=True, disputed=True), count(3, 3, approx=True, disputed=True)) == (
        ONE_RIGHT,
        Counts(2),
    )
    assert fired(count(3, 3, approx=True), None) == (ONE_MISSING, ONE_MISSING)
    assert fired(None, None) == (None, None)


def test_rows_of_one_effect_are_scored_as_their_total() -> None:
    total = "casualties.killed.total"
    one_row = with_changes(EVENT, casualties=[killed(5, 5)])
    two_rows = with_changes(EVENT, casualties=[killed(2, 2, group="civilian"), killed(3, 3, group="military")])
    assert score([two_rows], [one_row])[total] == ONE_RIGHT
    twice = with_changes(EVENT, casualties=[killed(5, 5), killed(5, 5)])
    assert score([one_row], [twice])[total] == ONE_WRONG
    wounded = with_changes(EVENT, casualties=[{"effect": "injured", "count": count(5, 5)}])
    found = score([one_row], [wounded])
    assert (found[total], found["casualties.injured.total"]) == (ONE_MISSING, ONE_SPURIOUS)


def test_a_total_has_an_upper_bound_only_where_every_row_has_one() -> None:
    assert total_of([count(2, 2), count(3, None, approx=True)]) == count(5, None, approx=True)
    assert total_of([count(None, 4), count(3, 3)]) == count(3, 7)
    assert total_of([count(None, 4)]) == count(None, 4)
    assert total_of([count(0, 0)]) == count(0, 0)
    assert total_of([None]) is total_of([]) is None


def test_an_accepted_count_gives_an_accepted_total() -> None:
    gold = with_changes(EVENT, casualties=[killed(2, 2, group="civilian"), killed(3, 3, group="military")])
    total = "casualties.killed.total"
    for accept, expected in (
        ({}, ONE_WRONG),
        ({"casualties.0.count": [count(4, 4)]}, ONE_RIGHT),
        ({"casualties.1.count": [count(4, 4)]}, ONE_WRONG),
        ({"casualties.0.count": [count(3, 3)], "casualties.1.count": [count(4, 4)]}, ONE_RIGHT),
    ):
        guess = with_changes(EVENT, casualties=[killed(7, 7)])
        assert judged(total, gold, guess, accept) == expected
    without = with_changes(EVENT, casualties=[])
    nothing: dict[str, list[Any]] = {"casualties.0.count": [None], "casualties.1.count": [None]}
    assert judged(total, gold, without, nothing) is None


# ---------------------------------------------------------------- groups, places, tiers


def test_items_of_different_groups_are_never_compared() -> None:
    gold = with_changes(EVENT, locations=[{"kind": "target", "site": "Camp Redgate"}])
    found = score([gold], [with_changes(EVENT, locations=[{"kind": "launch", "site": "Camp Redgate"}])])
    assert found["locations.target.site"] == ONE_MISSING
    assert found["locations.launch.site"] == ONE_SPURIOUS


def test_a_settlement_in_the_place_of_its_site_is_partly_right_but_a_capital_is_wrong() -> None:
    def site(place: dict[str, Any], guess: str) -> Counts:
        ours = with_changes(EVENT, locations=[place])
        theirs = with_changes(EVENT, locations=[{**place, "site": guess}])
        return score([ours], [theirs])["locations.target.site"]

    assert site({"site": "Pier Seven", "settlement": "Kirkuk", "country": "IQ"}, "Kirkuk") == ONE_PARTLY
    assert site({"site": "Pier Seven", "settlement": "Baghdad", "country": "IQ"}, "Baghdad") == ONE_WRONG


class Row(BaseModel):
    kind: Literal["a", "b"]
    size: Annotated[Count | None, Scored(tier=1)] = None
    label: str | None = None


class Odd(BaseModel):
    kept: Annotated[Row | None, Scored(tier=3)] = None
    apart: Annotated[list[Row], Scored(tier=2)] = []
    grouped: Annotated[list[Row], Scored(tier=2), Grouped("kind", otherwise=1), Totalled("size", otherwise=1)] = []
    sizes: list[Count] = []


def test_the_tier_of_a_model_or_list_holds_for_all_that_is_in_it() -> None:
    columns = {column.name: column.tier for column in EventJudge(fields_of(Odd)).columns}
    assert not [name for name in columns if name.startswith("kept")]
    assert columns["apart.label"] == columns["grouped.a.label"] == columns["grouped.b.total"] == 2
    assert columns["sizes"] == 1


def test_a_list_of_counts_is_scored_item_by_item() -> None:
    judge = EventJudge(fields_of(Odd))
    found = judge.judge({"sizes": [count(1, 1), count(5, 9)]}, {"sizes": [count(7, 7), count(1, 1)]}, NO_ACCEPT)
    assert sorted(judgement.outcome for judgement in found) == [Outcome.CORRECT, Outcome.PARTIAL]


def test_a_second_schema_is_judged_by_its_own_fields() -> None:
    scorer = SCORERS[TAKEOVERS]
    deal = {
        "stage": "announced",
        "announced": "2024-01-02",
        "buyer": {"name": "Harlow Freight", "country": "GB"},
        "price": {"amount": 0.0},
        "hostile": False,
        "bidders": 0,
        "sectors": ["shipping", "brewing"],
        "locations": ["Camp Redgate"],
        "jobs": [{"effect": "cut", "count": {"min": 20, "max": 20}}, {"effect": "cut", "count": {"min": 5, "max": 5}}],
        "quotes": ["Harlow Freight buys a brewery"],
    }
    guess = {
        **deal,
        "stage": "agreed",
        "announced": "2024-11-02",
        "price": None,
        "bidders": None,
        "sectors": ["brewing", "printing"],
        "jobs": [{"effect": "cut", "count": {"min": 25, "max": 25}}],
    }
    judge = EventJudge(scorer.schema.fields)
    [gold, predicted] = finished(deal, guess, schema=scorer.schema)
    outcomes: dict[str, list[str]] = {}
    for judgement in judge.judge(gold, predicted):
        outcomes.setdefault(judge.columns[judgement.column].name, []).append(judgement.outcome.name)
    assert outcomes == {
        "stage": ["PARTIAL"],
        "announced": ["INCORRECT"],
        "buyer.name": ["CORRECT"],
        "buyer.country": ["CORRECT"],
        "price.amount": ["MISSING"],
        "bidders": ["MISSING"],
        "hostile": ["CORRECT"],
        "sectors": ["CORRECT", "MISSING", "SPURIOUS"],
        "locations": ["CORRECT"],
        "jobs.cut.total": ["CORRECT"],
    }


def test_unscored_fields_are_not_judged() -> None:
    judge = EventJudge(CONFLICT.fields)
    [gold] = finished(EVENT)
    [guess] = finished(with_changes(EVENT, reported_by=["a radio"], evidence=["something else"]))
    guess["date"]["text"] = "some day"
    assert {judgement.outcome for judgement in judge.judge(gold, guess)} == {Outcome.CORRECT}
