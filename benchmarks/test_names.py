"""Name comparison against the judgements of MUC-4, and its speed.

`name_pairs.jsonl` holds pairs of the 1992 evaluation (README of the MUC-4 package): `same` pairs were credited by a
judge, the others are keys of the same slot. Some of the others name one group all the same (FMLN spelt out against
FMLN), so 1.0 cannot be reached.
"""

import itertools
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from rapidfuzz import fuzz

from evals.names import PARTIAL, fold, name_similarity

PAIRS = Path(__file__).resolve().parents[2] / "shared/muc4/tst3/name_pairs.jsonl"
LEAST_AREA = 0.985
LEAST_ACCEPTED = 0.95
FALSE_ACCEPTS = 0.01

Score = Callable[[str, str], float]


@dataclass(frozen=True)
class Figures:
    """Area under the ROC curve, and the share of credited pairs above the threshold of 1% false accepts."""

    area: float
    accepted: float


def figures(pairs: Iterable[dict[str, Any]], score: Score) -> Figures:
    """The score of a pair is the best over the alternatives; ties count half in the area and nothing in acceptance."""
    same: list[float] = []
    different: list[float] = []
    for pair in pairs:
        (same if pair["same"] else different).append(max(score(pair["a"], b) for b in pair["b"]))
    area = sum((high > low) + 0.5 * (high == low) for high, low in product(same, different))
    threshold = sorted(different, reverse=True)[int(FALSE_ACCEPTS * len(different))]
    return Figures(area / (len(same) * len(different)), sum(high > threshold for high in same) / len(same))


def folded(ratio: Score) -> Score:
    return lambda a, b: ratio(fold(a), fold(b))


@pytest.fixture(scope="module")
def pairs() -> list[dict[str, Any]]:
    if not PAIRS.exists():
        pytest.skip(f"needs the MUC-4 package beside the repository: {PAIRS.name} not found")
    return [json.loads(line) for line in PAIRS.read_text(encoding="utf-8").splitlines()]


def test_names_are_told_apart_better_than_by_plain_string_ratios(
    pairs: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    scores: dict[str, Score] = {
        "evals.names": name_similarity,
        "rapidfuzz partial_ratio, folded": folded(fuzz.partial_ratio),
        "rapidfuzz partial_ratio": fuzz.partial_ratio,
        "rapidfuzz token_set_ratio": fuzz.token_set_ratio,
        "rapidfuzz ratio": fuzz.ratio,
    }
    table = {name: figures(pairs, score) for name, score in scores.items()}
    with capsys.disabled():
        print(f"\n{'':32} {'AUC':>7} {'accepted at 1% false':>21}")
        for name, result in table.items():
            print(f"{name:32} {result.area:7.4f} {result.accepted:21.1%}")
    ours = table.pop("evals.names")
    assert ours.area >= LEAST_AREA
    assert ours.accepted >= LEAST_ACCEPTED
    assert all(ours.area > other.area and ours.accepted > other.accepted for other in table.values())


def test_speed_of_pairs_seen_before(benchmark: Any) -> None:
    name_similarity("Kata'ib Hizbollah", "Kataib Hezbollah")
    similarity = benchmark(name_similarity, "Kata'ib Hizbollah", "Kataib Hezbollah")
    assert similarity > 0.9
    if benchmark.stats is not None:
        assert benchmark.stats.stats.median < 1e-6


def test_speed_of_new_pairs(benchmark: Any) -> None:
    numbers = itertools.count()

    def unseen() -> tuple[tuple[str, str], dict[str, Any]]:
        number = next(numbers)
        return (f"General Anwar Haddad{number} (AH)", f"2nd brigade of Kirkuk {number}"), {}

    assert benchmark.pedantic(name_similarity, setup=unseen, rounds=1000) < PARTIAL
