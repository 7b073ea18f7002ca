"""The acceptance measure: values planted at known places, among decoys, with text and values disturbed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import pytest

from extractor.grounding import ground
from extractor.records import Span
from extractor.schemas import load_schema
from tests.extractor.planted_articles import TEXT_DISTURBANCES, VALUE_DISTURBANCES, Planted, plant

SEEDS = range(100)


@dataclass
class Tally:
    pairs: int = 0
    right: int = 0
    wrong: list[str] = field(default_factory=list)
    nowhere: list[str] = field(default_factory=list)
    out_of_range: list[str] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    repeated: int = 0
    first_is_right: int = 0


def grounded(planted: Planted) -> dict[str, Span]:
    return {span.path: span for span in ground(planted.text, planted.events, load_schema())}


@lru_cache(maxsize=1)
def tally() -> Tally:
    result = Tally()
    for seed in SEEDS:
        planted = plant(seed)
        spans = grounded(planted)
        assert spans.keys() == planted.truth.keys()
        for path, (start, end) in planted.truth.items():
            span, where = spans[path], f"seed {seed}, {path}: {planted.value(path)!r}"
            result.pairs += 1
            result.seen.update(planted.disturbances.get(path, ()))
            written = planted.text[start:end]
            result.repeated += planted.text.count(written) > 1
            result.first_is_right += planted.text.find(str(planted.value(path))) == start
            if span.start is None or span.end is None:
                result.nowhere.append(where)
            elif (span.start, span.end) == (start, end):
                result.right += 1
            else:
                result.wrong.append(f"{where}: {planted.text[span.start : span.end]!r} for {written!r}")
            if span.start is not None and not 0 <= span.start < (span.end or 0) <= len(planted.text):
                result.out_of_range.append(where)
    return result


def test_at_least_995_of_1000_returned_offsets_are_right() -> None:
    result = tally()
    returned = result.right + len(result.wrong)
    assert result.pairs >= 2000
    assert result.right / returned >= 0.995, result.wrong


def test_at_least_98_of_100_planted_values_are_found() -> None:
    result = tally()
    assert len(result.nowhere) / result.pairs <= 0.02, result.nowhere


def test_no_offset_is_out_of_range() -> None:
    assert tally().out_of_range == []


def test_the_planted_articles_are_hard() -> None:
    """Each kind of disturbance occurs often, values are repeated, and plain search from the start fails on many."""
    result = tally()
    kinds = [f"text: {name}" for name in TEXT_DISTURBANCES] + [f"value: {name}" for name in VALUE_DISTURBANCES]
    rare = [kind for kind in [*kinds, "lost space before", "number words"] if result.seen[kind] < 10]
    assert rare == []
    assert result.repeated / result.pairs > 0.3
    assert result.first_is_right / result.pairs < 0.6


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_keys_does_not_matter(seed: int) -> None:
    planted = plant(seed)

    def turned(content: Any) -> Any:
        if isinstance(content, dict):
            return {key: turned(content[key]) for key in reversed(content)}
        return [turned(item) for item in content] if isinstance(content, list) else content

    events = [turned(event) for event in planted.events]
    assert ground(planted.text, events, load_schema()) == ground(planted.text, planted.events, load_schema())


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_events_does_not_matter(seed: int) -> None:
    planted = plant(seed)
    forward = grounded(planted)
    planted.events.reverse()
    for path, span in grounded(planted).items():
        _, number, rest = path.split(".", 2)
        other = forward[f"events.{2 - int(number)}.{rest}"]
        assert (span.start, span.end, span.status) == (other.start, other.end, other.status)


@pytest.mark.parametrize("seed", range(5))
def test_undisturbed_articles_are_placed_without_a_fault(seed: int) -> None:
    planted = plant(seed, disturbed=False)
    places = {path: (span.start, span.end) for path, span in grounded(planted).items()}
    assert places == planted.truth


def test_names_that_were_never_planted_are_nowhere() -> None:
    strangers = {"site": "the Verdun quarry", "settlement": "Zarnok Heights"}
    for seed in range(20):
        planted = plant(seed)
        for event in planted.events:
            event["locations"][0] |= strangers
            event["perpetrators"][0]["name"] = "Army of Dusk"
            event["casualties"][0]["names"] = ["Ilse Quandt"]
        for path, span in grounded(planted).items():
            if path.endswith(("site", "settlement", "perpetrators.0.name", "casualties.0.names.0")):
                assert span.status == "ungrounded", (seed, path)
