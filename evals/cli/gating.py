"""What `evals gate` does."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path

from evals.cli.writing import STDOUT, append_text, write_text
from evals.comparing import incident_clusters
from evals.gates import Checked, Gate, check_gate
from evals.report.gate_summary import gate_markdown, gate_report
from evals.report.tables import show
from extractor.cli.running import OK, SOME_FAILED
from extractor.errors import UsageError

STEP_SUMMARY = "GITHUB_STEP_SUMMARY"
"""Where GitHub's runner wants the Markdown summary of a step."""


def gate_run(gate: Gate, summary: Path | None) -> int:
    """Judge, print, write the summaries, and return the exit code: 1 when the gate is broken."""
    checked = check_gate(gate)
    if summary != STDOUT:
        show(gate_report(checked))
    write_summaries(checked, summary)
    return OK if checked.judged.holds else SOME_FAILED


def write_summaries(checked: Checked, summary: Path | None) -> None:
    """The Markdown summary, to the file asked for and to where the runner of a pull request looks."""
    markdown = gate_markdown(checked, clusters=len(set(incident_clusters(checked.run[0].gold))))
    if summary is not None:
        write_text(summary, markdown)
    if step := os.environ.get(STEP_SUMMARY):
        append_text(Path(step), markdown)


def bounds_of(option: str, given: Sequence[str]) -> dict[str, float]:
    """Bounds from `FIELD=NUMBER`.

    Raises:
        UsageError: not of that form, no number, or two for one field.
    """
    bounds: dict[str, float] = {}
    for text in given:
        name, equals, value = text.rpartition("=")
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not equals or not name or math.isnan(number):
            raise UsageError(f"{option} {text!r}: write FIELD=NUMBER, such as events=0.8")
        if name in bounds:
            raise UsageError(f"{option} is given twice for {name!r}: give it once")
        bounds[name] = number
    return bounds
