"""Figures by metadata of the articles as a table in a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich import box
from rich.table import Table

from evals.comparing import EVENTS, POINTS, TIER_1, TIER_2
from evals.report.compare_tables import percent
from evals.report.tables import NOTHING


def breakdown_table(groups: Mapping[str, Mapping[str, Any]], by: str) -> Table:
    """One line a group: articles, then precision, recall, F1 and its interval of events and tier 1, F1 of tier 2."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for name in (by, "articles", "events P", "R", "F1", "95%", "tier 1 P", "R", "F1", "95%", "tier 2 F1", "95%"):
        table.add_column(name, justify="left" if name == by else "right", no_wrap=name != by)
    for name, group in groups.items():
        rows = group["rows"]
        cells = [cell for row in (EVENTS, TIER_1) for cell in _figures(rows[row])]
        table.add_row(name, str(group["articles"]), *cells, *_with_interval(rows[TIER_2]))
    return table


def _figures(row: Mapping[str, Any]) -> list[str]:
    return [percent(row["precision"]), percent(row["recall"]), *_with_interval(row)]


def _with_interval(row: Mapping[str, Any]) -> list[str]:
    """F1 and its interval, in points."""
    interval = row["interval"]
    return [
        percent(row["f1"]),
        f"{POINTS * interval[0]:.0f}–{POINTS * interval[1]:.0f}" if interval else NOTHING,
    ]
