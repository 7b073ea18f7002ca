"""Combinations of backend and prompt side by side in a terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from evals.comparing import EVENTS, POINTS, SUMS, TIER_1, TIER_2, spoken
from evals.matrix import Measured, Summary
from evals.report.compare_tables import percent
from evals.report.tables import NOTHING, gold_articles


def matrix_report(summaries: Sequence[Summary]) -> Group:
    """The overview, F1 of every field, and for repeated runs how much they move from repeat to repeat."""
    parts: list[RenderableType] = [overview_table(summaries), fields_table(summaries)]
    if any(len(one.runs) > 1 for one in summaries):
        parts.append(noise_table(summaries))
    return Group(*parts, Text(_closing(summaries), style="dim"))


def overview_table(summaries: Sequence[Summary]) -> Table:
    """One line a combination: quality with intervals, failures, cost, tokens and latency."""
    table = _table("")
    table.add_column("backend", overflow="fold")
    table.add_column("prompt")
    names = ["events F1", "tier 1 F1", "tier 2 F1", "failed", "cost $", "tokens in", "out", "median s", "95% s"]
    for name in names:
        table.add_column(name, justify="right", no_wrap=name.endswith("F1"))
    for number, one in enumerate(summaries, 1):
        missing = one.failed + one.absent
        table.add_row(
            str(number),
            one.combination.backend,
            one.combination.ref,
            *(_with_interval(one.rows.get(name)) for name in (EVENTS, TIER_1, TIER_2)),
            Text(str(missing), style="red" if missing else ""),
            NOTHING if one.cost_usd is None else f"{one.cost_usd:.4f}",
            f"{one.answers.input_tokens:,}",
            f"{one.answers.output_tokens:,}",
            *([NOTHING, NOTHING] if one.latency_s is None else [f"{seconds:.2f}" for seconds in one.latency_s]),
        )
    return table


def fields_table(summaries: Sequence[Summary]) -> Table:
    """F1 with its interval, one line a field and one column a combination, numbered as in the overview."""
    return _by_field("F1, 95%", summaries, _with_interval)


def noise_table(summaries: Sequence[Summary]) -> Table:
    """How often an article's counts flip between repeats, and by how much F1 of two single runs differs at most."""
    return _by_field("flips, noise", summaries, _noise)


def _by_field(title: str, summaries: Sequence[Summary], cell: Callable[[Measured | None], str]) -> Table:
    table = _table(title)
    for number in range(len(summaries)):
        table.add_column(str(number + 1), justify="right", no_wrap=True)
    names = dict.fromkeys(name for one in summaries for name in one.rows)
    for name in names:
        cells = [cell(one.rows.get(name)) for one in summaries]
        table.add_row(spoken(name), *cells, style="bold" if name in SUMS else "", end_section=name == TIER_2)
    return table


def _table(first: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column(first, no_wrap=True)
    return table


def _with_interval(row: Measured | None) -> str:
    if row is None or row.f1 is None:
        return NOTHING
    interval = f" {POINTS * row.interval[0]:3.0f}–{POINTS * row.interval[1]:<3.0f}" if row.interval else " " * 8
    return percent(row.f1) + interval


def _noise(row: Measured | None) -> str:
    if row is None or row.noise is None or row.noise.flip_rate is None:
        return NOTHING
    floor = NOTHING if row.noise.noise_floor is None else f"±{POINTS * row.noise.noise_floor:.1f}"
    return f"{POINTS * row.noise.flip_rate:.0f}% {floor:>6}"


def _closing(summaries: Sequence[Summary]) -> str:
    articles = gold_articles(len(summaries[0].runs[0].gold))
    if len(summaries) == 1:
        return f"{articles}; {summaries[0].combination.folder}"
    first, second, *_ = (one.combination.folder for one in summaries)
    return f"{articles}; to tell two of them apart: evals compare {first} {second} --gold …"
