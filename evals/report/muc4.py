"""The published MUC-4 metrics as tables in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from evals.literature.deviations import Deviation

METRICS: Mapping[str, str] = {
    "ceaf_ree": "CEAF-REE",
    "gtt_f1": "GTT template F1",
    "ceaf_rme_phi3": "CEAF-RME φ3",
    "ceaf_rme_phisubset": "CEAF-RME φsubset",
}
SHOWN_DEVIATIONS = 20
_MICRO = "micro"
_NOTHING = "–"


def metrics_report(
    figures: Mapping[str, Any],
    expected: Mapping[str, Any] | None = None,
    deviations: Sequence[Deviation] = (),
    *,
    slots: bool = False,
) -> Group:
    """Every metric for every prediction, with the expected F1 beside it where there is one, and the deviations.

    Args:
        figures: as `evals.literature.reproduction.figures` gives them.
        expected: reference figures in the same structure.
        deviations: between the two.
        slots: also the rows of single slots, where a metric has them.
    """
    parts: list[Any] = [_metrics_table(figures, expected, slots=slots)]
    if figures["official_1992"]:
        parts.append(_official_table(figures["official_1992"], (expected or {}).get("official_1992", {})))
    if expected is not None:
        parts.append(_verdict(deviations))
    return Group(*parts)


def _metrics_table(figures: Mapping[str, Any], expected: Mapping[str, Any] | None, *, slots: bool) -> Table:
    table = _table("metric", "prediction", "slot", ["P", "R", "F1", "expected F1", "P counts", "R counts"])
    for metric, caption in METRICS.items():
        for name, entry in figures[metric].items():
            reference = ((expected or {}).get(metric) or {}).get(name) or {}
            for slot, row in _rows(entry, slots=slots):
                wanted = reference if "f1" in reference else reference.get(slot, {})
                table.add_row(
                    caption,
                    name,
                    slot,
                    *(_fraction(row[figure]) for figure in ("p", "r", "f1")),
                    _fraction(wanted.get("f1")),
                    f"{row['p_num']}/{row['p_den']}",
                    f"{row['r_num']}/{row['r_den']}",
                )
        table.add_section()
    return table


def _rows(entry: Mapping[str, Any], *, slots: bool) -> list[tuple[str, Mapping[str, Any]]]:
    if "f1" in entry:
        return [("", entry)]
    return [(slot, row) for slot, row in entry.items() if slots or slot == _MICRO]


def _official_table(systems: Mapping[str, Any], expected: Mapping[str, Any]) -> Table:
    table = _table("official scoring of 1992", ["R", "P", "F1", "expected F1", "printed P&R", "COR+PAR+INC/POS/ACT"])
    for name, row in systems.items():
        possible, actual, correct, partial, incorrect = row["counts"][:5]
        table.add_row(
            name,
            *(_fraction(row[figure]) for figure in ("recall", "precision", "f1")),
            _fraction(expected.get(name, {}).get("f1")),
            f"{row['f_printed']:.2f}",
            f"{correct}+{partial}+{incorrect}/{possible}/{actual}",
        )
    return table


def _verdict(deviations: Sequence[Deviation]) -> Text:
    if not deviations:
        return Text("every figure of expected.json is reproduced to 4 decimals, every count exactly", style="green")
    lines = [f"{len(deviations)} figures differ from expected.json:"]
    lines += [f"  {one.path}: {one.computed}, expected {one.expected}" for one in deviations[:SHOWN_DEVIATIONS]]
    if len(deviations) > SHOWN_DEVIATIONS:
        lines.append(f"  and {len(deviations) - SHOWN_DEVIATIONS} more")
    return Text("\n".join(lines), style="red")


def _table(*columns: str | list[str]) -> Table:
    """A table with the given captions, those in a list for numbers."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        for caption in [column] if isinstance(column, str) else column:
            table.add_column(caption, justify="left" if isinstance(column, str) else "right", no_wrap=True)
    return table


def _fraction(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.4f}"
