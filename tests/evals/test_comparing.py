"""Which rows are compared, what is said of them, and which articles are resampled together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.comparing import (
    HEADLINE,
    Row,
    about,
    as_json,
    chosen,
    compare_runs,
    conclusion,
    counts_of,
    incident_clusters,
    points,
    row_names,
)
from evals.gold import GoldArticle
from evals.running import score_folder
from evals.scores import RunScores
from evals.stats import Comparison
from extractor.errors import UsageError
from extractor.records import Article
from tests.evals.recorded import found, write_gold, write_run

ARTICLES = 12
SAME = Comparison(0.5, 0.5, 0.0, (-0.1, 0.1), 1.0, 1.0, "cannot tell", 0, 0.06, None, None)
BETTER = replace(SAME, b=0.7, difference=0.2, adjusted_p=0.01, verdict="better", further_articles=0)
OPEN = replace(SAME, b=0.53, difference=0.03, further_articles=41)


def scores(tmp_path: Path, name: str, missing: range | list[int]) -> RunScores:
    gold = write_gold(tmp_path / "gold", ARTICLES)
    run = write_run(tmp_path / name, gold, found(ARTICLES, missing=missing))
    return score_folder(run, gold).scores


def told(a: list[RunScores], b: list[RunScores], **options: object) -> dict[str, Comparison]:
    return {row.name: row.comparison for row in compare_runs(a, b, **options)}  # type: ignore[arg-type]


def test_a_run_that_finds_many_more_events_is_better_and_the_reverse_is_worse(tmp_path: Path) -> None:
    some, everything = scores(tmp_path, "some", range(8)), scores(tmp_path, "everything", [])
    forth, back = told([some], [everything]), told([everything], [some])
    assert (forth["events"].verdict, back["events"].verdict) == ("better", "worse")
    assert forth["events"].difference == pytest.approx(0.5)  # 4 of 12 found, nothing spurious: F1 8/16
    assert back["event_type"].difference == pytest.approx(-0.5)


def test_only_rows_that_something_fills_are_compared_and_the_headline_comes_first(tmp_path: Path) -> None:
    rows = compare_runs([scores(tmp_path, "a", [])], [scores(tmp_path, "b", [])])
    assert [row.name for row in rows] == ["events", "tier.1", "role", "event_type", "munitions.type"]
    assert tuple(row.name for row in rows if row.headline) == HEADLINE


def test_the_correction_is_made_over_the_fields_that_are_asked_for(tmp_path: Path) -> None:
    a, b = scores(tmp_path, "a", range(6)), scores(tmp_path, "b", [])
    every, one = told([a], [b]), told([a], [b], wanted=["event_type"])
    assert list(one) == ["event_type"]
    assert one["event_type"].p == every["event_type"].p
    assert one["event_type"].adjusted_p < every["event_type"].adjusted_p


def test_a_row_that_nothing_fills_is_compared_where_a_bound_asks_for_it(tmp_path: Path) -> None:
    a = scores(tmp_path, "a", [])
    assert told([a], [a], wanted=["events"], always=["date.value"])["date.value"].b is None


def test_repeats_are_averaged_and_their_noise_is_known(tmp_path: Path) -> None:
    a = [scores(tmp_path, f"a{i}", [i]) for i in range(3)]
    b = [scores(tmp_path, f"b{i}", []) for i in range(2)]
    assert counts_of(a).shape[0] == 3
    compared = told(a, b)["events"]
    assert compared.a == pytest.approx(2 * 11 / 23)  # one of twelve is missed in each repeat
    assert compared.noise_floor is not None
    assert told(a[:1], b[:1])["events"].noise_floor is None


def test_a_pattern_that_fits_nothing_is_named_with_what_was_meant(tmp_path: Path) -> None:
    columns = scores(tmp_path, "a", []).scorer.columns
    with pytest.raises(UsageError, match=r"did you mean 'date.value'"):
        chosen(columns, ["date.valeu"])
    killed = chosen(columns, ["casualties.killed.*"])
    assert killed
    assert all(name.startswith("casualties.killed.") for name in killed)
    assert chosen(columns, []) == row_names(columns)


def test_articles_that_share_an_incident_through_a_third_are_one_cluster() -> None:
    clusters = incident_clusters([gold("x", "one"), gold("y", "two"), gold("z", "one", "two"), gold("w")])
    assert clusters[0] == clusters[1] == clusters[2] != clusters[3]


@given(st.lists(st.sets(st.integers(0, 6), max_size=3), max_size=12))
def test_clusters_are_the_connected_parts_of_articles_and_incidents(told_by: list[set[int]]) -> None:
    clusters = incident_clusters([gold(str(i), *map(str, told)) for i, told in enumerate(told_by)])
    reach = np.eye(len(told_by), dtype=bool)
    for i, a in enumerate(told_by):
        for j, b in enumerate(told_by):
            reach[i, j] |= bool(a & b)
    for _ in told_by:
        reach = (reach.astype(int) @ reach.astype(int)) > 0
    for i in range(len(told_by)):
        assert [own == clusters[i] for own in clusters] == reach[i].tolist()


def gold(name: str, *incidents: str) -> GoldArticle:
    told = {f"events.{i}": incident for i, incident in enumerate(incidents)}
    return GoldArticle(Article(name, "text"), Path(f"{name}.json"), events=(), incidents=told)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (
            [Row("events", None, BETTER), Row("tier.1", None, OPEN), Row("role", 1, SAME), Row("date.value", 1, SAME)],
            (
                "B is better on events; on tier 1 this gold cannot tell: it could show differences from 6 points on, "
                "and about 41 more articles would settle it; on no single field can this gold tell A from B."
            ),
        ),
        (
            [Row("events", None, SAME), Row("date.value", 1, BETTER)],
            (
                "On events this gold cannot tell: A and B came out equal, and it could show differences from 6 points "
                "on; among the rest B is better on date.value."
            ),
        ),
        (
            [Row("role", 1, replace(SAME, difference=None, a=None))],
            "On role a run has no figure, so nothing can be said.",
        ),
        (
            [Row("role", 1, replace(OPEN, detectable=1.0, further_articles=1))],
            (
                "On role this gold cannot tell: it is too small to show any difference, and about 1 more article would "
                "settle it."
            ),
        ),
        ([Row("role", 1, replace(BETTER, verdict="worse"))], "B is worse on role."),
        (
            [Row(f"field{i}", 1, BETTER) for i in range(8)],
            "B is better on field0, field1, field2, field3, field4, field5 and 2 more.",
        ),
        ([], "Neither gold nor the runs fill any of these."),
    ],
)
def test_the_closing_sentence(rows: list[Row], says: str) -> None:
    assert conclusion(rows) == says


def test_numbers_in_sentences_are_rounded_as_estimates_are() -> None:
    assert [about(n) for n in (7, 41, 415, 4137)] == ["7", "41", "420", "4,100"]
    assert [points(x) for x in (0.004, 0.06, -0.0613, 0.234)] == ["0.4 points", "6 points", "6.1 points", "23 points"]


def test_json_holds_every_number_of_a_row() -> None:
    assert as_json([Row("date.value", 1, OPEN)])["date.value"] == {
        "tier": 1,
        "a": 0.5,
        "b": 0.53,
        "difference": 0.03,
        "interval": (-0.1, 0.1),
        "p": 1.0,
        "adjusted_p": 1.0,
        "verdict": "cannot tell",
        "differing": 0,
        "detectable": 0.06,
        "further_articles": 41,
        "noise_floor": None,
    }
