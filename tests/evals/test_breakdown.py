"""Figures by metadata, and macro averages beside micro ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evals.breakdown import LENGTHS, UNKNOWN, breakdown, groups_of, with_macro
from evals.gold import GoldArticle
from evals.running import ScoredRun, score_folder
from evals.scores import as_json
from extractor.errors import UsageError
from extractor.records import Article
from tests.evals.recorded import found, labels, write_gold, write_run

Scored = Callable[..., ScoredRun]


@pytest.fixture
def scored(tmp_path: Path) -> Scored:
    """Six articles; the events of 0 and 3 are missed."""

    def score(**others: Any) -> ScoredRun:
        gold = write_gold(tmp_path / "gold", 6, **others)
        return score_folder(write_run(tmp_path / "run", gold, found(6, missing=[0, 3])), gold)

    return score


def test_figures_are_those_of_the_articles_of_each_group(scored: Scored) -> None:
    run = scored(source=lambda number: ["Varn Courier", "Mill Post", None][number % 3])
    groups = breakdown(run.scores, run.gold, "source", resamples=100)
    assert list(groups) == ["Mill Post", "Varn Courier", UNKNOWN]
    assert {name: group["articles"] for name, group in groups.items()} == dict.fromkeys(groups, 2)
    assert groups["Mill Post"]["rows"]["events"]["recall"] == 1.0
    assert groups["Varn Courier"]["rows"]["events"]["recall"] == 0.0  # articles 0 and 3
    assert groups["Varn Courier"]["rows"]["event_type"]["missing"] == 2


def test_groups_add_up_to_the_whole_and_tags_overlap(scored: Scored) -> None:
    run = scored(tags=lambda number: ["all"] + (["even"] if number % 2 == 0 else []))
    groups = breakdown(run.scores, run.gold, "tag", resamples=0)
    whole = as_json(run.scores)
    assert groups["all"]["rows"]["tier.1"]["correct"] == whole["tiers"]["1"]["correct"]
    assert groups["all"]["rows"]["events"]["f1"] == whole["events"]["f1"]
    assert groups["even"]["articles"] == 3
    assert groups["even"]["rows"]["events"]["interval"] is None


def test_lengths_are_groups_in_order_that_leave_nothing_out() -> None:
    sizes = [0, 199, 200, 499, 500, 999, 1000, 5000]
    gold = [GoldArticle(Article(str(n), "word " * n), Path("x.json"), events=()) for n in reversed(sizes)]
    groups = groups_of(gold, "length")
    assert list(groups) == [name for name, _ in LENGTHS]
    assert [sorted(int(gold[i].id) for i in members) for members in groups.values()] == [
        [0, 199],
        [200, 499],
        [500, 999],
        [1000, 5000],
    ]


def test_an_unknown_metadatum_is_named_with_those_that_there_are(scored: Scored) -> None:
    run = scored()
    with pytest.raises(UsageError, match="tag, source, language, length"):
        groups_of(run.gold, "author")


def test_macro_gives_each_article_the_same_say(tmp_path: Path) -> None:
    # a0: four events, all found. a1: one event, missed. a2: none and none predicted: no figure, no say.
    events = {0: [labels(0, event_type=kind, evidence=[f"quote of {kind}"]) for kind in KINDS], 1: [labels(1)], 2: []}
    gold = write_gold(tmp_path / "gold", 3, events=lambda number: events[number])
    run = score_folder(write_run(tmp_path / "run", gold, {**events, 1: []}), gold)
    result = with_macro(as_json(run.scores), run.scores, run.gold, resamples=200)
    assert result["events"]["f1"] == pytest.approx(2 * 4 / 9)
    assert result["events"]["macro"]["f1"] == pytest.approx(0.5)
    low, high = result["events"]["macro"]["interval"]
    assert 0 <= low < 0.5 < high <= 1
    assert result["fields"]["date.value"]["macro"] == {"f1": None, "interval": None}
    # over fields: role and event_type 8/9, munitions.type 8/9; all others have no figure
    assert result["tiers"]["1"]["macro_fields"]["f1"] == pytest.approx(8 / 9)
    assert result["tiers"]["2"]["macro_fields"]["f1"] is None


KINDS = ("bombing_ied", "armed_clash", "protest", "abduction")
