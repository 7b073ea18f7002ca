"""Hostile and very long input takes time in proportion to its length, or bounded time: no square, no freeze."""

from __future__ import annotations

import time
from typing import Any

import pytest

from evals.align import EventAligner
from extractor.backends.rules import extract_events
from extractor.grounding import ground
from extractor.records import Article
from extractor.schemas import load_schema

SCHEMA = load_schema()
LINEAR_MARGIN = 3
"""Growth may be this many times that of the length before it counts as more than linear; a square is far beyond."""


def cpu_seconds(work: Any) -> float:
    """Processor time of the better of two runs."""
    best = float("inf")
    for _ in range(2):
        started = time.process_time()
        work()
        best = min(best, time.process_time() - started)
    return best


def report(what: str, short: float, long: float, times: int) -> None:
    print(f"\n{what}: {times} times the length takes {long / short:.1f} times as long")
    assert long < LINEAR_MARGIN * times * short


@pytest.mark.parametrize("unit", ["killed ", "Aa Bb ", "AB CD ", "two soldiers and ", "said it would ", "("])
def test_the_baseline_reads_hostile_text_in_linear_time(benchmark: Any, unit: str) -> None:
    short, long = (Article(id="a", text=unit * (size // len(unit))) for size in (16_000, 80_000))
    benchmark.pedantic(extract_events, args=(short,), rounds=1, warmup_rounds=1)
    report(repr(unit), cpu_seconds(lambda: extract_events(short)), cpu_seconds(lambda: extract_events(long)), 5)


def test_grounding_takes_linear_time(benchmark: Any) -> None:
    sentence = "one man and two women said “yes” from 3 March 2021 to April 2. "
    event = SCHEMA.event.model_validate(
        {
            "role": "main",
            "event_type": "other",
            "date": {"value": "2021-03-03/2021-04-02"},
            "casualties": [{"effect": "killed", "count": {"min": 1, "max": 2}}],
            "evidence": ["one man and two womem", "“yes”", "e" * 500],
        }
    )
    record = SCHEMA.finish(event, 0)
    benchmark.pedantic(ground, args=(sentence * 500, [record], SCHEMA), rounds=1, warmup_rounds=1)
    short = cpu_seconds(lambda: ground(sentence * 500, [record], SCHEMA))
    report("grounding", short, cpu_seconds(lambda: ground(sentence * 4000, [record], SCHEMA)), 8)


def crowd(size: int, start: int) -> list[dict[str, Any]]:
    """Events that all differ a little."""
    return [
        SCHEMA.finish(
            SCHEMA.event.model_validate(
                {
                    "role": "background",
                    "event_type": "bombing_ied",
                    "date": {"value": f"{2000 + i % 20}-{1 + i % 12:02}-{1 + i % 28:02}"},
                    "locations": [{"settlement": f"Village{i}", "country": "NE"}],
                    "evidence": [f"a bomb number {i} went off in Village{i} by the road to Mill{i % 7}"],
                }
            ),
            i,
        )
        for i in range(start, start + size)
    ]


@pytest.mark.parametrize(("gold", "predicted", "bound_s"), [(5, 10_000, 30), (2_000, 2_000, 60)])
def test_an_article_with_thousands_of_events_is_aligned_in_bounded_time(
    benchmark: Any, gold: int, predicted: int, bound_s: float
) -> None:
    events = crowd(max(gold, predicted), 0)
    aligner = EventAligner(SCHEMA.fields)
    pairs, _ = benchmark.pedantic(aligner.align, args=(events[:gold], events[:predicted]), rounds=1)
    assert pairs == [(i, i) for i in range(gold)]
    print(f"\n{gold} gold and {predicted} predicted events: {benchmark.stats.stats.min:.1f} s")
    assert benchmark.stats.stats.min < bound_s
