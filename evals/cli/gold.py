"""The commands `evals gold …` and their options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

gold_app = typer.Typer(
    help="Label articles by hand: start, check, look, count, convert, publish.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

SchemaOption = Annotated[str, typer.Option("--schema", help="conflict, or your own as module:Model.")]
TextsOption = Annotated[Path | None, typer.Option("--texts", help="Folder with the texts of stand-off gold files.")]


@gold_app.command("new")
def gold_new(
    articles: Annotated[list[str], typer.Argument(help="Article files, folders or globs; - for standard input.")],
    schema: SchemaOption = "conflict",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File for one article, or folder; else the current folder.")
    ] = None,
    stand_off: Annotated[
        bool, typer.Option("--stand-off", help="Leave the text out: name its file and its SHA-256.")
    ] = False,
    texts: TextsOption = None,
    incident: Annotated[str | None, typer.Option(help="Id of what happened, for the first event.")] = None,
    fictional: Annotated[bool, typer.Option("--fictional", help="The articles are invented.")] = False,
    tag: Annotated[list[str] | None, typer.Option("--tag", help="Genre, or trap:NAME; repeatable.")] = None,
    events: Annotated[int, typer.Option("--events", min=0, help="How many empty events to begin with.")] = 1,
) -> None:
    """Start a gold file for each article: all that is known before it is read, and an empty event to fill in."""
    from evals.cli.labelling import start_files
    from evals.labelling.starting import Start
    from extractor.schemas import load_schema

    start = Start(load_schema(schema), output, stand_off, texts, incident, fictional, tag or (), events)
    start_files(articles, start)


@gold_app.command("check")
def gold_check(
    folders: Annotated[list[Path], typer.Argument(help="Gold folders or files.")],
    schema: SchemaOption = "conflict",
    texts: TextsOption = None,
) -> None:
    """Check gold files, each problem with its line: schema, quotes verbatim, dates, ids, no article in two splits."""
    from evals.cli.checking import check_folders

    raise typer.Exit(check_folders(folders, schema, texts))


@gold_app.command("show")
def gold_show(
    article: Annotated[str, typer.Argument(help="A gold file, or the id of an article.")],
    gold: Annotated[
        Path | None, typer.Option("--gold", "-g", help="Folder in which to look for the id; else gold/SCHEMA.")
    ] = None,
    schema: SchemaOption = "conflict",
    texts: TextsOption = None,
) -> None:
    """Show an article with its labels: the evidence marked in the text, what each event says, what else is right."""
    from evals.cli.labelling import show_article

    raise typer.Exit(show_article(article, gold or Path("gold", schema), schema, texts))


@gold_app.command("stats")
def gold_stats(
    folder: Annotated[Path, typer.Argument(help="Gold folder; its subfolders are the splits.")],
    require: Annotated[
        Path | None,
        typer.Option("--require", help="What must be covered, as TOML; else the coverage.toml of the folder."),
    ] = None,
    schema: SchemaOption = "conflict",
    texts: TextsOption = None,
    json: Annotated[Path | None, typer.Option("--json", help="Also write it as JSON; - for stdout.")] = None,
) -> None:
    """Count what a gold folder covers, and say what of the requirements is missing. Exit code 1: something is."""
    from evals.cli.labelling import show_coverage

    raise typer.Exit(show_coverage(folder, require, schema, texts, json))


@gold_app.command("schema")
def gold_schema(
    schema: SchemaOption = "conflict",
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write; - for stdout.")] = Path("-"),
) -> None:
    """Write the JSON Schema of gold files, with which editors complete and check field names and values."""
    from evals.cli.labelling import write_json_schema

    write_json_schema(schema, output)


@gold_app.command("rules")
def gold_rules(
    guide: Annotated[Path, typer.Argument(help="A labelling guide.")] = Path("gold", "conflict", "GUIDE.md"),
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write; - for stdout.")] = Path("-"),
) -> None:
    """Write the guide's rules as a prompt tells them to a model: its rules.md, the same words as for labellers."""
    from evals.cli.labelling import write_rules

    write_rules(guide, output)


@gold_app.command("push")
def gold_push(
    folder: Annotated[Path, typer.Argument(help="Gold folder; its subfolders are the splits.")],
    output: Annotated[str, typer.Argument(help="New folder, or hub:OWNER/NAME.")],
    schema: SchemaOption = "conflict",
    texts: TextsOption = None,
    name: Annotated[str | None, typer.Option(help="What to call it on its card; else after the folder.")] = None,
    public: Annotated[bool, typer.Option("--public", help="On the hub: for everybody to see.")] = False,
) -> None:
    """Write a gold folder as a dataset: parquet a split and a card. Texts of stand-off files stay out."""
    from evals.cli.publishing import push

    push(folder, output, schema, texts, name, public=public)


@gold_app.command("pull")
def gold_pull(
    source: Annotated[str, typer.Argument(help="Folder that `evals gold push` wrote, or hub:OWNER/NAME.")],
    output: Annotated[Path, typer.Argument(help="Folder to write the gold files to.")],
) -> None:
    """Write the gold files of a dataset again, as they were. Overwrites none."""
    from evals.cli.publishing import pull

    pull(source, output)


@gold_app.command("convert")
def gold_convert(
    source: Annotated[Path, typer.Argument(help="Folder of label files in the older arrangement.")],
    texts: Annotated[Path, typer.Option("--texts", help="Folder with their texts.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to write gold files to.")],
) -> None:
    """Convert label files of the older arrangement (doc_id, source_file, gold blocks) into gold files."""
    from evals.cli.checking import convert_folder

    convert_folder(source, texts, output)
