"""What `extractor extract --dry-run` prints."""

from __future__ import annotations

import typer

from extractor.engine import Estimate

_MINUTE_S, _HOUR_S = 60, 3600


def show_estimate(found: Estimate, repeats: int = 1) -> None:
    """Print an estimate over all repeats, and how it was made."""
    often = f", {repeats} times each" if repeats > 1 else ""
    rows = [("articles", f"{found.articles // repeats:,}{often}")]
    rows += [
        (name, f"{count:,}")
        for name, count in (("done before", found.done), ("in the cache", found.cached), ("unreadable", found.bad))
        if count
    ]
    rows += [
        ("requests", f"{found.requests:,}"),
        ("tokens in", f"about {found.input_tokens:,}"),
        ("tokens out", f"about {found.output_tokens:,}"),
        ("cost", _money(found)),
        ("time", "not known" if found.seconds is None else f"about {_duration(found.seconds)}"),
    ]
    for name, value in rows:
        typer.echo(f"{name:<13} {value}")
    for note in found.notes:
        typer.echo(f"  {note}")
    typer.echo("nothing was extracted; leave --dry-run out to do it")


def _money(found: Estimate) -> str:
    if found.cost_usd is None or found.most_usd is None:
        return "not known"
    if not found.most_usd:
        return "$0"
    return f"about ${found.cost_usd:.4g}; at most ${found.most_usd:.4g}, were every first answer as long as allowed"


def _duration(seconds: float) -> str:
    if seconds < 2 * _MINUTE_S:
        return f"{seconds:.0f} s"
    if seconds < 2 * _HOUR_S:
        return f"{seconds / _MINUTE_S:.0f} min"
    return f"{seconds / _HOUR_S:.1f} h"
