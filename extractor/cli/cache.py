"""The commands `extractor cache …` and their options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

cache_app = typer.Typer(
    help="Look at, clear out or print the answers that are kept.", no_args_is_help=True, rich_markup_mode=None
)
_PathOption = Annotated[
    Path | None,
    typer.Option("--cache", help="The file or its folder; else EXTRACTOR_CACHE or the user's cache folder."),
]


@cache_app.command("stats")
def cache_stats(path: _PathOption = None) -> None:
    """Print how many answers are kept, of which backends, and how old they are."""
    from extractor.cli.caching import show_stats

    show_stats(path)


@cache_app.command("prune")
def cache_prune(
    path: _PathOption = None,
    older_than: Annotated[str | None, typer.Option(help="Only answers older than this: 30d, 12h, 8w.")] = None,
    backend: Annotated[str | None, typer.Option("--backend", "-b", help="Only answers of this provider/model.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All answers.")] = False,
) -> None:
    """Delete answers and give their space back."""
    from extractor.cli.caching import prune_answers

    prune_answers(path, older_than, backend, everything=everything)


@cache_app.command("export")
def cache_export(path: _PathOption = None) -> None:
    """Print all answers as JSON lines, oldest first."""
    from extractor.cli.caching import export_answers

    export_answers(path)
