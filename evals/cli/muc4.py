"""The commands `evals muc4 …`: the public MUC-4 corpus as a task, and the metrics published for it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

muc4_app = typer.Typer(
    help="The MUC-4 corpus as a task, and its published metrics. You bring the corpus; it is not part of this product.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

FolderArgument = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="Local copy of the corpus, with gold_templates.jsonl.")
]
JsonOption = Annotated[Path | None, typer.Option("--json", help="Also write all figures to this file; - for stdout.")]
SlotsOption = Annotated[bool, typer.Option("--slots", help="Also the rows of single slots.")]


@muc4_app.command("convert")
def convert(
    folder: FolderArgument,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to write gold files to.")],
) -> None:
    """Write gold files for `evals run --schema muc4 --prompt muc4 --gold OUTPUT`, texts included."""
    from evals.cli.muc4_commands import convert_corpus

    convert_corpus(folder, output)


@muc4_app.command("metrics")
def metrics(folder: FolderArgument, json: JsonOption = None, slots: SlotsOption = False) -> None:
    """Every published metric for every file in FOLDER/predictions, beside expected.json where it is.

    Exit code 1 if a figure differs from expected.json at 4 decimals.
    """
    from evals.cli.muc4_commands import show_metrics

    raise typer.Exit(show_metrics(folder, json, slots=slots))


@muc4_app.command("score")
def score(
    run: Annotated[Path, typer.Argument(help="A run of the schema muc4: a name under runs/, or a path.")],
    folder: FolderArgument,
    json: JsonOption = None,
    slots: SlotsOption = False,
) -> None:
    """The published metrics of a run of yours. Offline; no model is asked."""
    from evals.cli.muc4_commands import show_run
    from extractor.runs import run_folder

    raise typer.Exit(show_run(run_folder(run), folder, json, slots=slots))
