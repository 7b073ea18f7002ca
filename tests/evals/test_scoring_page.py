"""The worked example of docs/scoring.md, computed again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evals.counts import Counts, Scorer, Tallies
from evals.gold import GoldArticle
from extractor.records import Article
from extractor.schemas import load_schema

QUOTE = "Four rockets hit the depot at Varn"


def event(**values: Any) -> dict[str, Any]:
    schema = load_schema()
    return schema.finish(schema.event.model_validate(values), 0)


def test_the_worked_example_of_the_page() -> None:
    first = event(
        role="main",
        event_type="shelling_missile_attack",
        date={"value": "2021-05-03"},
        munitions=[{"type": "rocket", "fired": {"min": 4, "max": 4}}],
        evidence=[QUOTE],
    )
    second = event(role="background", event_type="bombing_ied", evidence=["a bomb went off at the fair in April"])
    predicted = event(
        role="main",
        event_type="air_drone_strike",
        date={"value": "2021-05"},
        munitions=[{"type": "drone"}],
        perpetrators=[{"name": "Red Column", "status": "blamed"}],
        evidence=[QUOTE],
    )
    gold = GoldArticle(Article("a", QUOTE), Path("a.json"), events=(first, second))
    scorer = Scorer(load_schema())
    tallies = Tallies.empty(scorer.columns)
    tallies.add(scorer.score(gold, [predicted], published=False))

    assert tallies.all.events == Counts(correct=1, missing=1)
    everything = tallies.all.tier(scorer.columns, 1)
    assert everything == Counts(correct=1, partial=2, incorrect=0, missing=4, spurious=3)
    assert (everything.possible, everything.actual) == (7, 6)
    figures, strict = everything.figures(), everything.figures(strict=True)
    assert figures == pytest.approx((2 / 6, 2 / 7, 4 / 13))
    assert strict == pytest.approx((1 / 6, 1 / 7, 2 / 13))
    page = (Path(__file__).resolve().parents[2] / "docs/scoring.md").read_text()
    for said in ("COR 1, PAR 2, INC 0, MIS 4, SPU 3", "POS = 7, ACT = 6", "0.308", "0.154"):
        assert said in page
