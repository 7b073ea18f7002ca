"""How far two labellers agree, as a table in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from evals.comparing import POINTS, SUMS, TIER_2, spoken
from evals.report.compare_tables import percent
from evals.report.tables import NOTHING, SHOWN_IDS


def agreement_report(result: Mapping[str, Any], first: Path, second: Path) -> Group:
    """The table, and the articles that a single labeller labelled.

    Args:
        result: as `evals.cli.agreeing.agreement_json` gives it.
        first: folder of the first labeller.
        second: folder of the second.
    """
    lines = [Text(f"articles labelled by both: {result['articles']['both']}", style="dim")]
    for key, folder in (("only_first", first), ("only_second", second)):
        lines += _lone(result["articles"][key], folder)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("agreement", no_wrap=True)
    for name in ("F1", "95% of F1", "strict", "alpha", "on", "same", "partly", "other", "only first", "only second"):
        table.add_column(name, justify="right", no_wrap=name == "95% of F1")
    for name, row in result["rows"].items():
        table.add_row(spoken(name), *_cells(row), style="bold" if name in SUMS else "", end_section=name == TIER_2)
    return Group(Text(f"{first} and {second}", style="bold"), *lines, table)


def _lone(ids: Sequence[str], folder: Path) -> list[Text]:
    if not ids:
        return []
    shown = ", ".join(ids[:SHOWN_IDS]) + (" …" if len(ids) > SHOWN_IDS else "")
    return [Text(f"{len(ids)} only in {folder}, left out: {shown}", style="yellow")]


def _cells(row: Mapping[str, Any]) -> list[str]:
    interval, chance = row["interval"], row["alpha"]
    return [
        percent(row["f1"]),
        f"{POINTS * interval[0]:.0f}–{POINTS * interval[1]:.0f}" if interval else NOTHING,
        percent(row["strict_f1"]),
        NOTHING if chance is None else f"{chance:.2f}",
        str(row["units"]) if row["units"] else NOTHING,
        *(str(row[name]) for name in ("correct", "partial", "incorrect", "missing", "spurious")),
    ]
