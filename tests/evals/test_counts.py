"""Counts and figures: identities of MUC scoring, empty cases, and what must not change them."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from evals.align import EVENT_FLOOR, EventAligner
from evals.counts import Counts, Figures, Scorer, Tallies, summed
from evals.gold import GoldArticle
from tests.evals.generated_events import event, events
from tests.evals.scoring_cases import (
    CONFLICT,
    EVENT,
    OTHER,
    SCORER,
    SCORERS,
    counts_by_name,
    finished,
    gold_of,
    gold_records,
    score,
    shuffled,
    swapped,
    with_changes,
)

Events = list[dict[str, Any]]
COUNTS = st.builds(Counts, *[st.integers(0, 5)] * 5)
each_schema = pytest.mark.parametrize("name", SCORERS)


def counted(scorer: Scorer, gold: Events, predicted: Events) -> dict[str, Counts]:
    return counts_by_name(scorer, scorer.score(gold_records(gold), predicted, published=False))


def recall(counts: Counts) -> float:
    return counts.figures().recall or 0.0


def precision(counts: Counts) -> float:
    return counts.figures().precision or 0.0


# ---------------------------------------------------------------- figures


@settings(max_examples=100, deadline=None)
@given(COUNTS)
def test_possible_and_actual_are_what_gold_and_prediction_hold(counts: Counts) -> None:
    cor, par, inc, mis, spu = counts
    assert counts.possible == cor + par + inc + mis
    assert counts.actual == cor + par + inc + spu
    lenient, strict = counts.figures(), counts.figures(strict=True)
    if counts.possible:
        assert lenient.recall == (cor + par / 2) / counts.possible
        assert strict.recall == cor / counts.possible
    if counts.actual:
        assert lenient.precision == (cor + par / 2) / counts.actual
        assert strict.precision == cor / counts.actual
    if lenient.precision and lenient.recall:
        p, r = lenient.precision, lenient.recall
        assert lenient.f1 == pytest.approx(2 * p * r / (p + r))


def test_a_figure_with_nothing_below_the_line_does_not_exist() -> None:
    assert Counts().figures() == Figures(None, None, None)
    assert Counts(missing=2).figures() == Figures(None, 0.0, 0.0)
    assert Counts(spurious=2).figures() == Figures(0.0, None, 0.0)
    assert Counts(incorrect=1).figures() == Figures(0.0, 0.0, 0.0)


def test_partly_right_values_earn_half_and_in_strict_figures_nothing() -> None:
    counts = Counts(correct=1, partial=2, incorrect=1, missing=0, spurious=1)
    assert counts.figures() == Figures(2 / 5, 2 / 4, 4 / 9)
    assert counts.figures(strict=True) == Figures(1 / 5, 1 / 4, 2 / 9)


@settings(max_examples=50, deadline=None)
@given(st.lists(COUNTS, max_size=4))
def test_counts_add_up_place_by_place(many: list[Counts]) -> None:
    assert tuple(summed(many)) == tuple(sum(one[i] for one in many) for i in range(5))


# ---------------------------------------------------------------- properties of scoring


@each_schema
@settings(max_examples=50, deadline=None)
@given(data=st.data(), rng=st.randoms(use_true_random=False))
def test_gold_against_itself_is_right_in_every_value_and_counts_nothing_else(
    name: str, data: st.DataObject, rng: random.Random
) -> None:
    scorer = SCORERS[name]
    gold = data.draw(events(scorer.schema))
    found = counted(scorer, gold, shuffled(gold, rng))
    values = [scorer.columns[value.column].name for one in gold for value in scorer.gold_values(one)]
    expected = {name: Counts(correct=values.count(name)) for name in set(values)}
    assert found == expected | ({"event": Counts(correct=len(gold))} if gold else {})


def test_two_gold_events_that_differ_only_where_alignment_does_not_look_are_still_matched_to_themselves() -> None:
    alike = [
        with_changes(EVENT, property_damage=damage, responsibility_claimed=claimed)
        for damage in (True, False)
        for claimed in (True, False, None)
    ]
    for predicted in (alike, alike[::-1], alike[3:] + alike[:3]):
        found = score(alike, predicted)
        assert found["property_damage"] == Counts(6)
        assert found["responsibility_claimed"] == Counts(4)


@each_schema
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_swapping_gold_and_prediction_swaps_precision_and_recall(name: str, data: st.DataObject) -> None:
    scorer = SCORERS[name]
    gold, predicted = data.draw(events(scorer.schema)), data.draw(events(scorer.schema))
    assert counted(scorer, predicted, gold) == swapped(counted(scorer, gold, predicted))


@each_schema
@settings(max_examples=50, deadline=None)
@given(data=st.data(), rng=st.randoms(use_true_random=False))
def test_the_order_of_events_and_of_list_items_changes_no_count(
    name: str, data: st.DataObject, rng: random.Random
) -> None:
    scorer = SCORERS[name]
    gold, predicted = data.draw(events(scorer.schema)), data.draw(events(scorer.schema))
    found = counted(scorer, gold, predicted)
    assert counted(scorer, shuffled(gold, rng), shuffled(predicted, rng)) == found


@each_schema
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_what_is_possible_depends_on_gold_alone_and_what_is_actual_on_the_prediction(
    name: str, data: st.DataObject
) -> None:
    scorer = SCORERS[name]
    gold, predicted = data.draw(events(scorer.schema)), data.draw(events(scorer.schema))
    found = counted(scorer, gold, predicted)
    alone = {key: one.missing for key, one in counted(scorer, gold, []).items()}
    lone = {key: one.spurious for key, one in counted(scorer, [], predicted).items()}
    assert {key: one.possible for key, one in found.items() if one.possible} == alone
    assert {key: one.actual for key, one in found.items() if one.actual} == lone


@settings(max_examples=50, deadline=None)
@given(events(CONFLICT), events(CONFLICT), event(CONFLICT), st.integers(0, 4))
def test_a_spurious_event_never_raises_event_precision_nor_changes_recall(
    gold: Events, predicted: Events, stray: dict[str, Any], place: int
) -> None:
    stray = {**stray, "role": "unrelated", "event_type": "other", "evidence": ["nothing of the kind"]}
    stray |= {"date": {"text": None, "value": "1901-01-01", "precision": "day"}, "locations": []}
    assume(all(row[0] < EVENT_FLOOR for row in EventAligner(CONFLICT.fields).matrix(gold, [stray])))
    before = counted(SCORER, gold, predicted).get("event", Counts())
    after = counted(SCORER, gold, [*predicted[:place], stray, *predicted[place:]])["event"]
    assert after == before._replace(spurious=before.spurious + 1)
    if before.actual:
        assert precision(after) <= precision(before)


@settings(max_examples=50, deadline=None)
@given(st.lists(event(CONFLICT), min_size=1, max_size=4), events(CONFLICT), st.data())
def test_taking_a_right_event_away_never_raises_event_recall(gold: Events, noise: Events, data: st.DataObject) -> None:
    kept = data.draw(st.lists(st.sampled_from(range(len(gold))), min_size=1, unique=True))
    right = [gold[i] for i in kept]
    with_it, without = counted(SCORER, gold, right + noise)["event"], counted(SCORER, gold, right[1:] + noise)["event"]
    assert recall(without) <= recall(with_it)


@settings(max_examples=50, deadline=None)
@given(events(CONFLICT, max_size=3), events(CONFLICT, max_size=3), events(CONFLICT, max_size=2))
def test_optional_events_may_be_matched_and_are_never_counted(gold: Events, predicted: Events, spare: Events) -> None:
    article = GoldArticle(gold_of().article, gold_of().path, tuple(gold), tuple(spare))
    result = SCORER.score(article, predicted, published=False)
    matched = {pair.predicted for pair in result.pairs if pair.optional and pair.predicted is not None}
    found = counts_by_name(SCORER, result).get("event", Counts())
    assert found.possible == len(gold)
    assert found.actual == len(predicted) - len(matched)
    assert not any(pair.judgements for pair in result.pairs if pair.optional)
    # What is left over is scored as if the optional events and their predictions were not there.
    rest = [one for j, one in enumerate(predicted) if j not in matched]
    assert counts_by_name(SCORER, result) == counted(SCORER, gold, rest) or matched


# ---------------------------------------------------------------- single cases


def test_an_article_without_events_and_without_predictions_is_right_and_yields_no_counts() -> None:
    result = SCORER.score(gold_of(), [], published=False)
    assert list(result.pairs) == []
    tallies = Tallies.empty(SCORER.columns)
    tallies.add(result)
    assert tallies.articles == 1
    assert tallies.all.events == Counts()
    assert tallies.all.tier(SCORER.columns, 1).figures() == Figures(None, None, None)


def test_an_event_that_is_missed_is_missing_in_every_field_it_fills_and_in_no_other() -> None:
    found = score([OTHER], [])
    assert found.pop("event") == Counts(missing=1)
    assert set(found) == {
        "role",
        "event_type",
        "date.value",
        "locations.target.settlement",
        "locations.target.country",
        "perpetrators.name",
        "perpetrators.status",
    }
    assert set(found.values()) == {Counts(missing=1)}
    assert score([], [OTHER]) == {name: Counts(spurious=1) for name in [*found, "event"]}


def test_an_optional_event_neither_earns_nor_costs_whether_it_is_predicted_or_not() -> None:
    article = gold_of(EVENT, optional=[OTHER])
    for predicted in ([EVENT], [EVENT, OTHER], [OTHER, EVENT]):
        found = counts_by_name(SCORER, SCORER.score(article, finished(*predicted), published=False))
        assert found["event"] == Counts(1)
        assert {counts.spurious + counts.missing for counts in found.values()} == {0}
    assert counts_by_name(SCORER, SCORER.score(article, [], published=False))["event"] == Counts(missing=1)


def test_a_second_prediction_of_one_event_is_spurious_and_names_the_event_it_repeats() -> None:
    result = SCORER.score(gold_of(OTHER, EVENT), finished(EVENT, EVENT), published=False)
    assert counts_by_name(SCORER, result)["event"] == Counts(1, 0, 0, 1, 1)
    [extra] = [pair for pair in result.pairs if pair.gold is None]
    assert extra.nearest == 1


def test_accepted_values_belong_to_their_own_event() -> None:
    twin = with_changes(OTHER, date={"value": "2023-12"})
    accept = {"events.1.date.value": ["2023-12"]}
    assert score([EVENT, OTHER], [EVENT, twin], accept)["date.value"] == Counts(2)
    assert score([OTHER, EVENT], [EVENT, twin], accept)["date.value"] == Counts(1, 0, 1)


def test_tallies_split_figures_by_the_gold_events_role_and_by_whether_events_were_matched() -> None:
    wrong_role = with_changes(EVENT, role="background")
    stray = with_changes(
        OTHER, role="response", event_type="riot_storming", date={"value": "2020"}, locations=[], evidence=["x y z"]
    )
    result = SCORER.score(gold_of(EVENT, OTHER), finished(wrong_role, stray), published=False)
    tallies = Tallies.empty(SCORER.columns)
    own = tallies.add(result)
    assert tallies.all.events == Counts(1, 0, 0, 1, 1)
    assert own.cells == tallies.all.cells
    assert {name: tally.events for name, tally in tallies.groups.items()} == {
        "main": Counts(1),
        "background": Counts(missing=1),
        "response": Counts(spurious=1),
    }
    role = next(i for i, column in enumerate(SCORER.columns) if column.name == "role")
    assert tallies.matched.events == Counts(1)
    assert tallies.matched.counts(role) == tallies.groups["main"].counts(role) == Counts(incorrect=1)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(events(CONFLICT, max_size=2), events(CONFLICT, max_size=2)), max_size=4))
def test_tallies_hold_what_the_articles_hold_and_groups_add_up_to_all(articles: list[tuple[Events, Events]]) -> None:
    scores = [SCORER.score(gold_records(gold), predicted, published=False) for gold, predicted in articles]
    tallies = Tallies.empty(SCORER.columns)
    rows = [tallies.add(one).cells for one in scores]
    expected = counts_by_name(SCORER, *scores)
    assert tallies.articles == len(articles)
    assert tallies.all.events == expected.get("event", Counts())
    for i, column in enumerate(SCORER.columns):
        assert tallies.all.counts(i) == expected.get(column.name, Counts())
    assert tallies.all.cells == [sum(cells) for cells in zip(*rows, strict=True)] or not rows
    assert summed(tally.events for tally in tallies.groups.values()) == tallies.all.events
    for tier in (1, 2):
        assert tallies.all.tier(SCORER.columns, tier) == summed(
            expected.get(column.name, Counts()) for column in SCORER.columns if column.tier == tier
        )
