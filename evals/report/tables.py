"""Scores as tables in a terminal. Reads the contract `scores.json`, so that a saved file prints the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich import box
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

NOTHING = "–"
SHOWN_IDS = 5


def score_report(scores: Mapping[str, Any], *, title: str, everything: bool = False) -> Group:
    """The whole report: what was scored, the table per field, roles, errors and failure rates.

    Args:
        scores: as `evals.scores.as_json` gives them.
        title: of the table: run, backend, prompt.
        everything: also the fields that neither gold nor the run ever fills.
    """
    return Group(
        fields_table(scores, title=title, everything=everything),
        *_articles(scores),
        *_macro_over_fields(scores),
        Text(),
        roles_table(scores),
        Text(),
        rates_table(scores),
        Text(),
        errors_line(scores),
    )


def gold_articles(number: int) -> str:
    """How many there are, in words that agree."""
    return f"{number} gold article{'' if number == 1 else 's'}"


def fields_table(scores: Mapping[str, Any], *, title: str, everything: bool = False) -> Table:
    """Precision, recall and F1 of events, tiers and fields, with partial credit and strict, and the counts behind.

    With the mean F1 over articles where the scores have it (`evals.breakdown.with_macro`).
    """
    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold", pad_edge=False)
    table.collapse_padding = True
    table.add_column("field", no_wrap=True)
    for name in ("precision", "recall", "F1"):
        table.add_column(name, justify="right")
    table.add_column("95% of F1", justify="right", style="dim", no_wrap=True)
    table.add_column("strict", justify="right")
    if macro := "macro" in scores["events"]:
        table.add_column("macro", justify="right")
    for name in ("COR", "PAR", "INC", "MIS", "SPU"):
        table.add_column(name, justify="right", style="dim")
    table.add_row("events found", *_cells(scores["events"], macro=macro), style="bold", end_section=True)
    for tier, caption in (("1", "tier 1, together"), ("2", "tier 2, together")):
        table.add_row(caption, *_cells(scores["tiers"][tier], macro=macro), style="bold")
        rows = [(name, row) for name, row in scores["fields"].items() if str(row["tier"]) == tier]
        for name, row in rows:
            if everything or _filled(row):
                table.add_row(f"  {name}", *_cells(row, macro=macro))
        table.add_section()
    return table


def roles_table(scores: Mapping[str, Any]) -> Table:
    """Events and tiers by the role of the event, and over matched events only."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("events of role", "events P", "R", "F1", "tier 1 P", "R", "F1", "tier 2 P", "R", "F1"):
        table.add_column(name, justify="left" if name == "events of role" else "right", no_wrap=True)
    for name, group in [*scores["roles"].items(), ("matched events only", scores["matched"])]:
        parts = (group["events"], group["tiers"]["1"], group["tiers"]["2"])
        table.add_row(name, *(_percent(part[figure]) for part in parts for figure in ("precision", "recall", "f1")))
    return table


def rates_table(scores: Mapping[str, Any]) -> Table:
    """The failure rates, each with its cases."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("failure rate")
    table.add_column("share", justify="right")
    table.add_column("cases", justify="right", style="dim")
    for name, rate in scores["rates"].items():
        table.add_row(name.replace("_", " "), _percent(rate["rate"]), f"{rate['n']} of {rate['of']}")
    return table


def errors_line(scores: Mapping[str, Any]) -> Text:
    """How many errors of each kind."""
    kinds = [f"{kind.replace('_', ' ')} {n}" for kind, n in scores["errors"].items() if n]
    return Text("errors: " + (", ".join(kinds) or "none"), style="dim")


def show(report: Any, *, file: Any = None, width: int | None = None) -> None:
    """Print a report; plain text where the output is no terminal."""
    console = Console(file=file, width=width, highlight=False)
    if width is None and not console.is_terminal:
        console = Console(file=file, width=120, highlight=False)
    console.print(report)


def _articles(scores: Mapping[str, Any]) -> list[Text]:
    articles = scores["articles"]
    lines = [Text(gold_articles(articles["gold"]), style="dim")]
    for key, meaning in (
        ("failed", "failed in the run and count as missed"),
        ("absent", "are not in the run and count as missed"),
        ("unknown", "of the run are not in gold and are left out"),
    ):
        if ids := articles[key]:
            shown = ", ".join(ids[:SHOWN_IDS]) + (" …" if len(ids) > SHOWN_IDS else "")
            lines.append(Text(f"{len(ids)} {meaning}: {shown}", style="yellow"))
    return lines


def _macro_over_fields(scores: Mapping[str, Any]) -> list[Text]:
    means = {tier: row["macro_fields"]["f1"] for tier, row in scores["tiers"].items() if "macro_fields" in row}
    said = ", ".join(f"tier {tier} {_percent(value)}" for tier, value in means.items())
    return [Text(f"macro above: F1 averaged over articles; averaged over fields: {said}", style="dim")] if means else []


def _cells(row: Mapping[str, Any], *, macro: bool) -> list[str]:
    interval = row.get("interval")
    return [
        *(_percent(row[name]) for name in ("precision", "recall", "f1")),
        f"{100 * interval[0]:.0f}–{100 * interval[1]:.0f}" if interval else NOTHING,
        _percent(row["strict"]["f1"]),
        *([_percent(row["macro"]["f1"])] if macro else []),
        *(str(row[name]) for name in ("correct", "partial", "incorrect", "missing", "spurious")),
    ]


def _percent(value: float | None) -> str:
    return NOTHING if value is None else f"{100 * value:.1f}"


def _filled(row: Mapping[str, Any]) -> bool:
    return any(row[name] for name in ("correct", "partial", "incorrect", "missing", "spurious"))
