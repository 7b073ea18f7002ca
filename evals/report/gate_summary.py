"""A judged gate for a terminal, and as Markdown for a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from evals.comparing import spoken
from evals.gate import GateLine
from evals.gates import Checked
from evals.report.compare_tables import described, figure_cells, p_cell, resampled, run_line, verdict_cell

HOLDS = "holds"
_HEAD = ("F1", "baseline", "run", "difference", "95% of it", "p adjusted", "verdict", "gate")


_METHOD = "F1 in points, 95% intervals by paired bootstrap, p by paired permutation with Holm's correction"


def gate_report(checked: Checked) -> Group:
    """Which runs, every line of the gate, notes, and what it comes to."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for name in _HEAD:
        table.add_column(name, justify="left" if name in ("F1", "verdict", "gate") else "right", no_wrap=name != "gate")
    for line in checked.judged.lines:
        found = line.comparison
        gate = Text(_said(line), style="dim" if line.holds else "red")
        table.add_row(spoken(line.name), *figure_cells(found), p_cell(found), verdict_cell(found), gate)
    return Group(
        run_line("baseline", checked.baseline),
        run_line("run     ", checked.run),
        *(Text(note, style="yellow") for note in checked.notes),
        table,
        Text(checked.judged.in_words(), style="bold green" if checked.judged.holds else "bold red"),
    )


def gate_markdown(checked: Checked, *, clusters: int) -> str:
    """The summary for a pull request: the result, the figures that matter, the others folded away."""
    lines = checked.judged.lines
    shown = [line for line in lines if not line.holds or line.comparison.verdict != "cannot tell" or _is_sum(line)]
    hidden = [line for line in lines if line not in shown]
    runs = [f"baseline {described(checked.baseline)}", f"run {described(checked.run)}"]
    facts = [*runs, *checked.notes, f"{resampled(len(checked.run[0].gold), clusters)}; {_METHOD}"]
    parts = [
        f"## Gate {_escaped(checked.gate.name)}: {HOLDS if checked.judged.holds else 'broken'}",
        f"{_capital(_escaped(checked.judged.in_words()))}.",
        _table(shown),
        *([_folded(hidden)] if hidden else []),
        "\n".join(f"- {_escaped(fact)}" for fact in facts),
    ]
    return "\n\n".join(parts) + "\n"


def _is_sum(line: GateLine) -> bool:
    return line.name == "events" or line.name.startswith("tier.")


def _folded(lines: Sequence[GateLine]) -> str:
    count = f"{len(lines)} figures on which this gold cannot tell"
    return f"<details><summary>{count}</summary>\n\n{_table(lines)}\n\n</details>"


def _table(lines: Iterable[GateLine]) -> str:
    rows = [_HEAD, ("---",) * len(_HEAD)]
    for line in lines:
        found = line.comparison
        rows.append((spoken(line.name), *figure_cells(found), p_cell(found), found.verdict, _said(line)))
    return "\n".join("| " + " | ".join(map(_escaped, row)) + " |" for row in rows)


def _said(line: GateLine) -> str:
    return HOLDS if line.holds else " and ".join(line.reasons)


def _escaped(text: str) -> str:
    """Names of runs and fields must not end a cell, open a tag or a link."""
    for sign in "\\`*_{}[]<>|#":
        text = text.replace(sign, f"\\{sign}")
    return text


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
