"""Scoring a run: the contract `scores.json`, and articles that failed, are absent, or that gold does not know."""

from __future__ import annotations

import io
import json
import random
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.counts import Counts
from evals.errors import KINDS
from evals.rates import RATES
from evals.report.tables import NOTHING, score_report, show
from evals.scores import RunScores, as_json, score_run
from extractor.errors import RunError
from extractor.records import Extraction, Span
from tests.evals.generated_events import events
from tests.evals.scoring_cases import (
    EVENT,
    OTHER,
    SCORER,
    SCORERS,
    extraction_of,
    gold_of,
    gold_records,
    with_changes,
)
from tests.schemas.acquisitions import APPOINTMENTS, TAKEOVERS

COUNT_KEYS = {"correct", "partial", "incorrect", "missing", "spurious"}
FIGURE_KEYS = {"precision", "recall", "f1"}
ROW_KEYS = COUNT_KEYS | FIGURE_KEYS | {"strict", "interval"}


def scored(gold: list[Any], extractions: list[Extraction], **more: Any) -> RunScores:
    return score_run(gold, extractions, scorer=SCORER, **more)


def small_run() -> RunScores:
    gold = [gold_of(EVENT, OTHER, article_id="a"), gold_of(OTHER, article_id="b"), gold_of(article_id="c")]
    wrong = with_changes(EVENT, date={"value": "2024-05"}, perpetrators=[])
    return scored(
        gold,
        [
            extraction_of(OTHER, article_id="b"),
            extraction_of(article_id="c"),
            extraction_of(
                wrong,
                with_changes(OTHER, role="unrelated"),
                article_id="a",
                spans=[Span("events.0.date.value", None, None, "ungrounded")],
            ),
        ],
    )


def test_the_contract_has_the_keys_that_others_read() -> None:
    result = as_json(small_run(), resamples=50)
    assert result["format"] == 1
    assert set(result) >= {"format", "articles", "events", "tiers", "fields", "roles", "errors", "rates"}
    assert set(result["articles"]) == {"gold", "failed", "absent", "unknown"}
    assert set(result["tiers"]) == {"1", "2"}
    assert set(result["roles"]) == {"main", "background"}
    for row in (result["events"], *result["tiers"].values()):
        assert set(row) == ROW_KEYS
    assert list(result["fields"]) == [column.name for column in SCORER.columns]
    for name, row in result["fields"].items():
        assert set(row) == ROW_KEYS | {"tier"}, name
        assert set(row["strict"]) == FIGURE_KEYS
        assert row["tier"] in (1, 2)
    for group in (*result["roles"].values(), result["matched"]):
        assert set(group) == {"events", "tiers", "fields"}
    assert tuple(result["errors"]) == KINDS
    assert tuple(result["rates"]) == RATES
    assert all(set(rate) == {"n", "of", "rate"} for rate in result["rates"].values())


def test_the_figures_are_those_of_the_counts() -> None:
    result = as_json(small_run())
    assert {key: result["events"][key] for key in COUNT_KEYS} == Counts(3)._asdict()
    dates = result["fields"]["date.value"]
    assert [dates[key] for key in ("correct", "partial", "missing", "recall", "precision")] == [
        2,
        1,
        0,
        2.5 / 3,
        2.5 / 3,
    ]
    assert dates["strict"] == {"precision": 2 / 3, "recall": 2 / 3, "f1": 2 / 3}
    names = result["fields"]["perpetrators.name"]
    assert (names["recall"], names["precision"], names["f1"]) == (2 / 3, 1.0, 0.8)
    assert result["roles"]["main"]["fields"]["perpetrators.name"]["recall"] == 0.0
    assert result["errors"]["too_coarse"] == 1
    assert result["errors"]["wrong_value"] == 1  # the role of the second event
    assert result["rates"]["date_not_in_text"] == {"n": 1, "of": 1, "rate": 1.0}
    for tier in (1, 2):
        rows = [row for row in result["fields"].values() if row["tier"] == tier]
        assert all(result["tiers"][str(tier)][key] == sum(row[key] for row in rows) for key in COUNT_KEYS)


def test_the_contract_survives_json_and_prints_the_same_from_a_file() -> None:
    result = as_json(small_run(), resamples=50)
    again = json.loads(json.dumps(result, allow_nan=False))
    assert again == result

    def printed(scores: dict[str, Any]) -> str:
        out = io.StringIO()
        show(score_report(scores, title="a run", everything=True), file=out)
        return out.getvalue()

    assert printed(again) == printed(result)


def test_a_figure_that_does_not_exist_is_null_and_shown_as_a_dash() -> None:
    result = as_json(scored([gold_of(article_id="a")], [extraction_of(article_id="a")]), resamples=20)
    for row in (result["events"], *result["tiers"].values(), *result["fields"].values()):
        assert [row[key] for key in (*sorted(FIGURE_KEYS), "interval")] == [None] * 4
        assert set(row["strict"].values()) == {None}
    assert {rate["rate"] for rate in result["rates"].values()} == {None}
    out = io.StringIO()
    show(score_report(result, title="nothing"), file=out)
    [line] = [line for line in out.getvalue().splitlines() if "events found" in line]
    assert line.split()[2:] == [NOTHING] * 5 + ["0"] * 5


def test_no_gold_at_all_gives_no_figures() -> None:
    result = as_json(scored([], []), resamples=20)
    assert result["articles"]["gold"] == 0
    assert result["events"]["f1"] is None


def test_intervals_hold_the_figure_and_exist_only_where_two_articles_have_a_value() -> None:
    gold = [gold_of(EVENT, article_id=f"a{i}") for i in range(8)]
    wrong = with_changes(EVENT, event_type="protest")
    run = scored(gold, [extraction_of(wrong if i % 3 else EVENT, article_id=f"a{i}") for i in range(8)])
    result = as_json(run, resamples=200)
    low, high = result["fields"]["event_type"]["interval"]
    assert 0 <= low < result["fields"]["event_type"]["f1"] < high <= 1
    low, high = result["fields"]["date.value"]["interval"]
    assert low <= result["fields"]["date.value"]["f1"] == high == 1.0
    assert result["fields"]["munitions.name"]["interval"] is None
    assert as_json(run)["fields"]["event_type"]["interval"] is None  # not asked for
    alone = as_json(scored([gold_of(EVENT, article_id="a")], [extraction_of(EVENT, article_id="a")]), resamples=50)
    assert alone["fields"]["event_type"]["interval"] is None


def test_failed_and_absent_articles_count_as_missed_and_unknown_ones_are_left_out() -> None:
    gold = [gold_of(EVENT, article_id=name) for name in ("done", "failed", "absent")]
    run = scored(
        gold, [extraction_of(EVENT, article_id="done"), extraction_of(OTHER, article_id="other")], failed=["failed"]
    )
    result = as_json(run)
    assert result["articles"] == {"gold": 3, "failed": ["failed"], "absent": ["absent"], "unknown": ["other"]}
    assert {key: result["events"][key] for key in COUNT_KEYS} == Counts(1, missing=2)._asdict()
    assert result["fields"]["event_type"]["missing"] == 2
    assert result["errors"]["missed"] == 2
    assert [list(row[:5]) for row in run.rows] == [[1, 0, 0, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 1, 0]]


def test_an_article_that_failed_first_and_was_done_later_is_done() -> None:
    run = scored([gold_of(EVENT, article_id="a")], [extraction_of(EVENT, article_id="a")], failed=["a"])
    assert (run.failed, run.tallies.all.events) == ([], Counts(1))


def test_an_article_that_failed_and_has_no_events_is_not_right_for_that() -> None:
    result = as_json(scored([gold_of(article_id="a")], [], failed=["a"]))
    assert result["articles"]["failed"] == ["a"]
    assert result["events"]["f1"] is None


def test_two_extractions_of_one_article_are_refused_not_taken_for_an_unknown_article() -> None:
    with pytest.raises(RunError, match="'a' has two extractions"):
        scored([gold_of(EVENT, article_id="a")], [extraction_of(EVENT, article_id="a")] * 2)


def test_the_publication_date_decides_which_dates_are_right_where_the_article_has_one() -> None:
    undated, known = with_changes(EVENT, date={"text": "on Tuesday"}), {"events.0.date": EVENT["date"]}
    for published, given_dates, expected in (
        (date(2024, 5, 8), True, Counts(1)),
        (date(2024, 5, 8), False, Counts(spurious=1)),
        (None, True, Counts(spurious=1)),
    ):
        gold = gold_of(undated, article_id="a", published=published, when_published_known=known)
        run = scored([gold], [extraction_of(EVENT, article_id="a")], published=given_dates)
        dates = as_json(run)["fields"]["date.value"]
        assert {key: dates[key] for key in COUNT_KEYS} == expected._asdict()


@pytest.mark.parametrize("name", SCORERS)
@settings(max_examples=25, deadline=None)
@given(data=st.data(), rng=st.randoms(use_true_random=False))
def test_the_order_of_articles_changes_nothing(name: str, data: st.DataObject, rng: random.Random) -> None:
    scorer = SCORERS[name]
    articles = [(data.draw(events(scorer.schema, max_size=2)), f"a{i}") for i in range(3)]
    gold = [gold_records(ours, article_id) for ours, article_id in articles]
    extractions = [
        Extraction(
            article_id, data.draw(events(scorer.schema, max_size=2)), [], [], None, None, None, "b/m", None, "p/1"
        )
        for _, article_id in articles
    ]
    first = as_json(score_run(gold, extractions, scorer=scorer), resamples=None)
    rng.shuffle(gold)
    rng.shuffle(extractions)
    again = score_run(gold, iter(extractions), scorer=scorer)
    assert as_json(again, resamples=None) == first
    assert [sum(cells) for cells in zip(*again.rows, strict=True)] == again.tallies.all.cells


@pytest.mark.parametrize("name", [TAKEOVERS, APPOINTMENTS])
def test_a_second_schema_is_scored_from_gold_to_tables_without_any_change(name: str) -> None:
    scorer = SCORERS[name]
    label: dict[str, Any] = {"person": "Ada Quill", "begins": "2024-01-02", "salary": 0}
    guess: dict[str, Any] = {**label, "begins": "2024-11-02"}
    if name == TAKEOVERS:
        label = {"stage": "announced", "announced": "2024-01-02", "quotes": ["Harlow buys"], "locations": ["Redgate"]}
        guess = {**label, "stage": "agreed", "announced": "2024-11-02", "shareholders": {"min": 3}}
    gold = [gold_of(label, label, article_id=article_id, schema=scorer.schema) for article_id in "ab"]
    run = score_run(
        gold,
        [extraction_of(label, guess, article_id=article_id, schema=scorer.schema) for article_id in "ab"],
        scorer=scorer,
    )
    result = json.loads(json.dumps(as_json(run, resamples=50)))
    dates = "announced" if name == TAKEOVERS else "begins"
    assert [result["fields"][dates][key] for key in ("correct", "partial", "incorrect")] == [2, 0, 2]
    assert result["events"]["f1"] == 1.0
    assert set(result["roles"]) == ({"announced"} if name == TAKEOVERS else set())
    out = io.StringIO()
    show(score_report(result, title="deals"), file=out)
    assert dates in out.getvalue()
