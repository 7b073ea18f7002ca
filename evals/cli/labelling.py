"""What `evals gold new`, `show`, `stats`, `schema` and `rules` do."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from evals.cli.writing import STDOUT, write_json, write_text
from evals.gold import Examined, GoldError, all_problems, examine, gold_files, read_gold
from evals.guide import prompt_rules
from evals.labelling.coverage import coverage
from evals.labelling.json_schema import FILE_NAME, gold_json_schema
from evals.labelling.requirements import FILE_NAME as COVERAGE_FILE
from evals.labelling.requirements import missed, read_requirements
from evals.labelling.splits import by_split
from evals.labelling.starting import Start, drafts, schema_file
from evals.labels import bare
from evals.report.coverage_table import coverage_table
from evals.report.gold_view import GoldView, Marked
from evals.report.tables import show
from extractor.articles import read_articles
from extractor.articles.files import files_of
from extractor.cli.running import OK, SOME_FAILED
from extractor.errors import ArticleError, UsageError
from extractor.grounding import ground
from extractor.records import Article
from extractor.schemas import Schema, load_schema

# ---------------------------------------------------------------- new


def start_files(sources: Sequence[str], start: Start) -> None:
    """Write a gold file for each article, and what it needs beside it; all are drafted before the first is written.

    Raises:
        UsageError: an article cannot be read, or a file is there already.
    """
    made = drafts(_articles(sources), start)
    for folder in dict.fromkeys(draft.path.parent for draft in made):
        _make(folder)
        if schema_file(folder, start.schema) is None:
            write_json(folder / FILE_NAME, gold_json_schema(start.schema))
            typer.echo(f"{folder / FILE_NAME}  (for the editor)")
    for draft in made:
        if draft.text_path is not None:
            _make(draft.text_path.parent)
            write_text(draft.text_path, draft.text)
            typer.echo(str(draft.text_path))
        write_json(draft.path, draft.data)
        typer.echo(str(draft.path))
    texts = f" --texts {start.texts}" if start.stand_off and start.texts else ""
    typer.echo(f"fill in the event, or delete it; then: evals gold check {made[0].path}{texts}", err=True)


def _articles(sources: Sequence[str]) -> Iterator[tuple[str, Article]]:
    for source in sources:
        for name in _files(source):
            for article in read_articles([name]):
                if isinstance(article, ArticleError):
                    raise UsageError(f"{article}: no file was written")
                yield name, article


def _files(source: str) -> Iterator[str]:
    if source == "-" or source.startswith("hf:"):
        yield source
        return
    for file in files_of(source):
        if isinstance(file, ArticleError):
            raise UsageError(f"{file}: no file was written")
        yield file.path


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder} cannot be made: {error.strerror}; name another folder") from error


# ---------------------------------------------------------------- show


def show_article(article: str, gold: Path, schema_name: str, texts: Path | None) -> int:
    """Print one article with its labels; exit code 1 if something is wrong with them.

    Raises:
        GoldError: there is no such article, or its file or text cannot be read.
    """
    schema = load_schema(schema_name)
    path = Path(article)
    if path.is_dir():
        files = gold_files(path)
        raise GoldError(f"{article} is a folder: name one of its files, such as {files[0]}")
    examined = examine(path if path.is_file() else _found(article, gold), schema, texts=texts)
    if examined.data is None or examined.text is None:
        raise GoldError(examined.located(examined.problems[0]))
    problems = all_problems(examined, schema)
    lines = [f"{examined.located(problem)}{' (warning)' if problem.warning else ''}" for problem in problems]
    show(GoldView(_finished(examined, schema), examined.text, schema, _names(examined, schema), lines))
    return SOME_FAILED if any(not problem.warning for problem in problems) else OK


def _found(article: str, gold: Path) -> Path:
    """The gold file of an id; the file's name decides first, so that a broken file is found as well."""
    if article.endswith(".json") or not gold.exists():
        raise GoldError(f"{article} is no gold file, and there is no folder {gold} to look in: name one with --gold")
    files = gold_files(gold)
    named = [path for path in files if path.stem == article] or [path for path in files if _id(path) == article]
    if not named:
        raise GoldError(f"no article {article!r} in {gold}: name another folder with --gold, or the file itself")
    if len(named) > 1:
        raise GoldError(f"{article!r} is in {', '.join(map(str, named))}: name the file")
    return named[0]


def _id(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig")).get("id")
    except (OSError, ValueError, AttributeError):
        return None


def _finished(examined: Examined, schema: Schema) -> Mapping[str, Any]:
    """The file's object with all keys of its labels, where they fit the schema; else as it is."""
    article, data = examined.article, examined.data or {}
    if article is None:
        return data
    events, optional = (
        [bare(event, schema.fields) for event in labels] for labels in (article.events, article.optional)
    )
    return {**data, "events": events, "optional": optional, "accept": article.accept}


def _names(examined: Examined, schema: Schema) -> list[Marked]:
    """Where the values that were copied from the text stand in it."""
    if examined.article is None or examined.text is None:
        return []
    quotes = f".{schema.evidence_field}."
    return [
        Marked(span.start, span.end, span.path)
        for span in ground(examined.text, examined.article.events, schema)
        if span.start is not None and span.end is not None and quotes not in span.path
    ]


# ---------------------------------------------------------------- stats, schema


def show_coverage(
    folder: Path, require: Path | None, schema_name: str, texts: Path | None, json_file: Path | None
) -> int:
    """Print what a gold folder covers and what it lacks; exit code 1 if it lacks anything.

    Raises:
        GoldError: the gold cannot be read.
        UsageError: the requirements cannot be read.
    """
    schema = load_schema(schema_name)
    stated = require or (folder / COVERAGE_FILE if (folder / COVERAGE_FILE).is_file() else None)
    required = read_requirements(stated) if stated else None
    covered = coverage(by_split(read_gold(folder, schema, texts=texts), folder), schema)
    lacking = missed(covered, required) if required else []
    if json_file is not None:
        write_json(json_file, {**covered, "missed": lacking})
    if json_file != STDOUT:
        show(coverage_table(covered, title=f"{folder}: {covered['articles']} articles, {covered['events']} events"))
        for line in lacking:
            typer.echo(f"missing: {line}")
        if required:
            typer.echo(f"{stated}: {f'{len(lacking)} missing' if lacking else 'all of it is covered'}")
    return SOME_FAILED if lacking else OK


def write_json_schema(schema_name: str, output: Path) -> None:
    """Write the JSON Schema of gold files."""
    write_json(output, gold_json_schema(load_schema(schema_name)))


def write_rules(guide: Path, output: Path) -> None:
    """Write the rules of a labelling guide for a prompt.

    Raises:
        UsageError: the guide cannot be read.
        GoldError: it has no rules.
    """
    try:
        text = guide.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{guide} cannot be read: name the labelling guide") from error
    write_text(output, prompt_rules(text))
