"""The example of docs/scoring_uncertainty.md, computed again from the table on the page."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evals.stats import compare, f1_of, macro_over_articles

PAGE = (Path(__file__).resolve().parents[2] / "docs/scoring_uncertainty.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def runs() -> tuple[Any, Any]:
    rows = re.findall(r"^\| (?:\d|sum) \| ([\d ]+) \| ([\d ]+) \|$", PAGE, flags=re.MULTILINE)
    first, second = (np.array([[int(n) for n in row[side].split()] for row in rows]) for side in (0, 1))
    np.testing.assert_array_equal(first[:-1].sum(axis=0), first[-1])
    np.testing.assert_array_equal(second[:-1].sum(axis=0), second[-1])
    return first[:-1, None], second[:-1, None]


def said(pattern: str) -> float:
    found = re.search(pattern, PAGE)
    assert found, f"the page no longer says {pattern}"
    return float(found[1].replace("−", "-"))


def test_the_figures_of_the_page(runs: tuple[Any, Any]) -> None:
    first, second = (f1_of(run.sum(axis=0))[0] for run in runs)
    assert first == pytest.approx(said(r"4\.5 / 14 = ([\d.]+[0-9])"), abs=5e-4)
    assert second == pytest.approx(said(r"6\.5 / 15 = ([\d.]+[0-9])"), abs=5e-4)
    assert second - first == pytest.approx(said(r"The difference is ([\d.]+[0-9])"), abs=5e-4)
    assert macro_over_articles(runs[0])[0] == pytest.approx(said(r"([\d.]+) for the first run"))
    assert macro_over_articles(runs[1])[0] == pytest.approx(said(r"([\d.]+) for the second"))


def test_the_swaps_of_the_page(runs: tuple[Any, Any]) -> None:
    differences = []
    for swapped in (1, 2):
        swap = (np.arange(4) == swapped)[:, None, None]
        first, second = np.where(swap, runs[1], runs[0]), np.where(swap, runs[0], runs[1])
        differences.append(float((f1_of(second.sum(axis=0)) - f1_of(first.sum(axis=0)))[0]))
    assert differences[0] == pytest.approx(said(r"a difference of (−[\d.]+[0-9])"), abs=5e-4)
    assert differences[1] == pytest.approx(said(r"article 3 alone gives \+([\d.]+[0-9])"), abs=5e-4)


def test_the_verdicts_of_the_page(runs: tuple[Any, Any]) -> None:
    (found,) = compare(*runs)
    assert (found.p, found.verdict) == (said(r"observed one: p = ([\d.]+)"), "cannot tell")
    more = [np.concatenate([run, run[1:3], run[1:3]]) for run in runs]
    (found,) = compare(*more)
    assert found.p == pytest.approx(said(r"2 / 2⁶ = ([\d.]+)"), abs=5e-4)
    assert found.verdict == "better"
