"""What breaks a gate, what does not, and what a pull request is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.comparing import Row
from evals.gate import Bounds, judge
from evals.gates import Gate, check_gate
from evals.report.gate_summary import gate_markdown
from evals.stats import Comparison
from extractor.errors import UsageError
from tests.evals.recorded import found, write_gold, write_run

UNSURE = Comparison(0.80, 0.78, -0.02, (-0.1, 0.05), 0.6, 1.0, "cannot tell", 4, 0.1, 90, None)
WORSE = replace(UNSURE, b=0.60, difference=-0.2, adjusted_p=0.004, verdict="worse")


def reasons(comparison: Comparison, **bounds: dict[str, float]) -> tuple[str, ...]:
    return judge([Row("events", None, comparison)], Bounds(**bounds)).lines[0].reasons


def test_a_drop_that_may_be_chance_holds_and_a_sure_one_breaks() -> None:
    assert reasons(UNSURE) == ()
    assert reasons(WORSE) == ("is worse for sure, by 20 points (p 0.004)",)


def test_a_minimum_breaks_whatever_the_baseline_was() -> None:
    assert reasons(UNSURE, minimum={"events": 0.79}) == ("has F1 0.7800, below its least 0.79",)
    assert reasons(UNSURE, minimum={"events": 0.78}) == ()


def test_an_allowance_stands_in_for_the_test() -> None:
    assert reasons(WORSE, max_drop={"events": 0.25}) == ()
    assert reasons(UNSURE, max_drop={"events": 0.01}) == ("dropped by 2 points, allowed are 1 point",)


def test_a_drop_of_exactly_what_is_allowed_holds() -> None:
    exactly = replace(UNSURE, a=0.9, b=0.88, difference=0.88 - 0.9)
    assert reasons(exactly, max_drop={"events": 0.02}) == ()


def test_a_bound_on_a_figure_that_does_not_exist_is_broken() -> None:
    nothing = replace(UNSURE, b=None, difference=None)
    assert reasons(nothing, minimum={"events": 0.1}) == ("has no F1 where 0.1 is the least",)
    assert reasons(nothing, max_drop={"events": 0.1})


@pytest.mark.parametrize("value", [-0.1, 1.5, 80, float("nan"), float("inf")])
def test_bounds_are_fractions(value: float) -> None:
    with pytest.raises(UsageError, match="fraction"):
        Bounds(minimum={"events": value})
    with pytest.raises(UsageError, match="fraction"):
        Bounds(max_drop={"events": value})


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_a_stricter_minimum_never_holds_where_a_looser_one_breaks(b: float, loose: float, strict: float) -> None:
    loose, strict = sorted((loose, strict))
    comparison = replace(UNSURE, b=b, difference=0.0)
    assert len(reasons(comparison, minimum={"events": loose})) <= len(reasons(comparison, minimum={"events": strict}))


def test_the_markdown_names_what_broke_and_folds_the_rest(tmp_path: Path) -> None:
    gold = write_gold(tmp_path / "gold", 12)
    good = write_run(tmp_path / "good", gold, found(12))
    bad = write_run(tmp_path / "bad|<b>", gold, found(12, missing=range(8)), failed=())
    checked = check_gate(Gate("a | <b>", bad, good, gold, bounds=Bounds(minimum={"munitions.type": 0.6})))
    markdown = gate_markdown(checked, clusters=12)
    heading, sentence, table, *_ = markdown.split("\n\n")
    assert heading == r"## Gate a \| \<b\>: broken"
    assert "events is worse for sure, by 50 points" in sentence
    assert r"munitions.type has F1 0.5000, below its least 0.6" in sentence
    assert len({line.count(" | ") for line in table.splitlines()}) == 1
    assert "| events | 100.0 | 50.0 | -50.0 |" in table
    assert "<b>" not in markdown.replace("<details>", "").replace("<summary>", "")


def test_a_gate_that_holds_says_so(tmp_path: Path) -> None:
    gold = write_gold(tmp_path / "gold", 3)
    run = write_run(tmp_path / "run", gold, found(3))
    checked = check_gate(Gate("same", run, run, gold))
    assert checked.judged.holds
    assert "none of 5 figures is worse" in checked.judged.in_words()
    assert checked.notes == ()
