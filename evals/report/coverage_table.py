"""What a gold set covers, as tables in a terminal. Reads the JSON of `evals gold stats --json`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from evals.labelling.coverage import TOTAL
from evals.report.tables import NOTHING


def coverage_table(covered: Mapping[str, Any], *, title: str) -> RenderableType:
    """All counts by split in one table, and the incidents told by several articles below."""
    splits = list(covered["splits"])
    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold", pad_edge=False)
    table.add_column("", no_wrap=True)
    for split in (*splits, TOTAL):
        table.add_column(split, justify="right")
    table.add_row("articles", *map(str, covered["splits"].values()), str(covered["articles"]), style="bold")
    _row(table, "  without an event", covered["no_event"], splits)
    for name, counts in covered["published"].items():
        _row(table, f"  publication date {name}", counts, splits)
    for name, tally in covered["enumerations"].items():
        _section(table, f"events by {name.replace('_', ' ')}", tally, splits)
    for name, caption in (
        ("continents", "articles by continent"),
        ("countries", "articles by country"),
        ("lengths", "articles by words"),
        ("tags", "articles by genre or other tag"),
        ("traps", "articles by trap"),
    ):
        _section(table, f"{caption} ({len(covered[name])})", covered[name], splits)
    return Group(table, *_incidents(covered["incidents"]))


def _section(table: Table, caption: str, tally: Mapping[str, Mapping[str, int]], splits: Sequence[str]) -> None:
    table.add_section()
    table.add_row(caption, style="bold")
    for name, counts in tally.items():
        _row(table, f"  {name}", counts, splits)


def _row(table: Table, name: str, counts: Mapping[str, int], splits: Sequence[str]) -> None:
    table.add_row(name, *(str(counts[key] or NOTHING) for key in (*splits, TOTAL)))


def _incidents(incidents: Mapping[str, Sequence[str]]) -> list[RenderableType]:
    several = {name: ids for name, ids in incidents.items() if len(ids) > 1}
    lines = [Text(f"incidents told by several articles ({len(several)})", style="bold")]
    lines += [Text(f"  {name}  {len(ids)}: {', '.join(ids)}") for name, ids in several.items()]
    return [*lines, Text()]
