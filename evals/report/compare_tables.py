"""A comparison of two runs as a table in a terminal, and what must be known to read it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from evals.comparing import POINTS, Row, about, conclusion, spoken
from evals.report.tables import NOTHING, SHOWN_IDS
from evals.running import ScoredRun
from evals.stats import Comparison

COLOURS = {"better": "green", "worse": "red", "cannot tell": "dim"}
_FIRM_P = 0.001


def compare_report(a: Sequence[ScoredRun], b: Sequence[ScoredRun], rows: Sequence[Row], *, clusters: int) -> Group:
    """The whole comparison: which runs, the table, and a closing sentence.

    Args:
        a: the first run, as its repeats.
        b: the second run, as its repeats.
        rows: what was compared.
        clusters: how many groups of articles were resampled; fewer than articles where incidents are told twice.
    """
    return Group(
        run_line("A", a),
        run_line("B", b),
        *(line for name, runs in (("A", a), ("B", b)) for line in missing_lines(name, runs)),
        Text(resampled(len(a[0].gold), clusters), style="dim"),
        compare_table(rows),
        Text(conclusion(rows), style="bold"),
    )


def run_line(letter: str, runs: Sequence[ScoredRun]) -> Text:
    """Which run a letter stands for."""
    return Text.assemble((f"{letter}  ", "bold"), described(runs))


def described(runs: Sequence[ScoredRun]) -> str:
    """A run, or the repeats of one: folder, backend, prompt."""
    info = runs[0].info
    name = runs[0].folder if len(runs) == 1 else runs[0].folder.parent
    repeats = f", {len(runs)} repeats" if len(runs) > 1 else ""
    return f"{name}: {info.backend}, prompt {info.prompt}{repeats}"


def missing_lines(letter: str, runs: Sequence[ScoredRun]) -> list[Text]:
    """Articles that count as missed in a run, and those that gold does not have."""
    lines = []
    for run in runs:
        at = letter if len(runs) == 1 else f"{letter} {run.folder.name}"
        for ids, meaning in (
            (run.scores.failed, "failed, counted as missed"),
            (run.scores.absent, "not in the run, counted as missed"),
            (run.scores.unknown, "not in gold, left out"),
        ):
            if ids:
                shown = ", ".join(ids[:SHOWN_IDS]) + (" …" if len(ids) > SHOWN_IDS else "")
                lines.append(Text(f"{at}: {len(ids)} {meaning}: {shown}", style="yellow"))
    return lines


def resampled(articles: int, clusters: int) -> str:
    """How many articles the statistics rest on."""
    told = f"{articles} gold article{'s' * (articles != 1)}"
    return told if clusters == articles else f"{told} in {clusters} groups that share no incident, resampled together"


def compare_table(rows: Sequence[Row]) -> Table:
    """Both figures, the difference with its interval, and the verdict, row by row. All but p in points."""
    repeated = any(row.comparison.noise_floor is not None for row in rows)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("F1", no_wrap=True)
    names = ["A", "B", "B - A", "95% of it", "p adjusted", "verdict", "can show from", "further articles"]
    for name in [*names, *(["noise of repeats"] if repeated else [])]:
        table.add_column(
            name, justify="left" if name == "verdict" else "right", no_wrap=name in ("B - A", "95% of it", "verdict")
        )
    for i, row in enumerate(rows):
        last = row.headline and i + 1 < len(rows) and not rows[i + 1].headline
        table.add_row(*_cells(row, repeated=repeated), style="bold" if row.headline else "", end_section=last)
    return table


def _cells(row: Row, *, repeated: bool) -> list[Text | str]:
    found = row.comparison
    noise = [NOTHING if found.noise_floor is None else f"±{POINTS * found.noise_floor:.1f}"] if repeated else []
    return [spoken(row.name), *figure_cells(found), p_cell(found), verdict_cell(found), *_reach(found), *noise]


def figure_cells(found: Comparison) -> list[str]:
    """A, B, the difference and its interval."""
    interval = NOTHING
    if found.interval is not None:
        interval = f"{signed(found.interval[0])} to {signed(found.interval[1])}"
    return [
        percent(found.a),
        percent(found.b),
        NOTHING if found.difference is None else signed(found.difference),
        interval,
    ]


def p_cell(found: Comparison) -> str:
    """The adjusted p."""
    return "<0.001" if found.adjusted_p < _FIRM_P else f"{found.adjusted_p:.3f}"


def verdict_cell(found: Comparison) -> Text:
    """The verdict in words; colour only repeats them."""
    return Text(found.verdict, style=COLOURS[found.verdict])


def _reach(found: Comparison) -> list[str]:
    detectable = NOTHING if found.detectable is None or found.detectable >= 1 else f"{POINTS * found.detectable:.1f}"
    return [detectable, NOTHING if not found.further_articles else about(found.further_articles)]


def percent(value: Any) -> str:
    """A fraction in points, – where it does not exist."""
    return NOTHING if value is None else f"{POINTS * value:.1f}"


def signed(value: float) -> str:
    """A difference in points, with its sign; no sign where it rounds to 0."""
    text = f"{POINTS * value:+.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else text
