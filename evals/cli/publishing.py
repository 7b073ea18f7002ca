"""What `evals gold push` and `evals gold pull` do."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

import typer

from evals.cli.writing import write_json, write_text
from evals.gold import Examined, GoldError, examine, gold_files
from evals.labelling.card import dataset_card
from evals.labelling.coverage import coverage
from evals.labelling.dataset import gold_of_row, read_rows, rows_of, write_splits
from evals.labelling.splits import by_split, split_of
from extractor.errors import UsageError
from extractor.schemas import Schema, load_schema

HUB = "hub:"
_SPLIT_NAME = re.compile(r"\w+(?:\.\w+)*")  # what `datasets` takes for one
_CARD = "README.md"


def push(folder: Path, output: str, schema_name: str, texts: Path | None, name: str | None, *, public: bool) -> None:
    """Write a dataset to a folder or to the hub.

    Raises:
        GoldError: a gold file has problems.
        UsageError: the folder has something in it, or the hub cannot be reached.
    """
    schema = load_schema(schema_name)
    files = _examined(folder, schema, texts)
    title = name or folder.resolve().name
    if not output.startswith(HUB):
        _write(files, folder, Path(output), schema, title)
        typer.echo(f"{output}: {len(files)} articles")
        return
    repository = output.removeprefix(HUB)
    with tempfile.TemporaryDirectory() as draft:
        _write(files, folder, Path(draft), schema, title)
        address = _upload(Path(draft), repository, public=public)
    typer.echo(f"{address}: {len(files)} articles")


def _examined(folder: Path, schema: Schema, texts: Path | None) -> list[Examined]:
    files = [examine(path, schema, texts=texts) for path in gold_files(folder)]
    for one in files:
        if one.problems:
            raise GoldError(f"{one.located(one.problems[0])}; nothing is written; see `evals gold check {folder}`")
    return files


def _write(files: Sequence[Examined], folder: Path, output: Path, schema: Schema, title: str) -> None:
    root = folder if folder.is_dir() else folder.parent
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise UsageError(f"{output} is there already: name a new or empty folder")
    rows: dict[str, list[dict[str, object]]] = {}
    for one, row in zip(files, rows_of(files, root, schema), strict=True):
        rows.setdefault(_split(one.path, folder), []).append(row)
    articles = [one.article for one in files if one.article is not None]
    card = dataset_card(
        title,
        schema.name,
        coverage(by_split(articles, folder), schema),
        languages=sorted({article.language for article in articles if article.language}),
        fictional=sum(article.fictional for article in articles),
        stand_off=sum("text" not in (one.data or {}) for one in files),
    )
    try:
        output.mkdir(parents=True, exist_ok=True)
        write_splits(dict(sorted(rows.items())), output)
    except OSError as error:
        raise UsageError(f"{output} cannot be written: {error.strerror or error}; name another folder") from error
    write_text(output / _CARD, card)


def _split(path: Path, folder: Path) -> str:
    split = split_of(path, folder)
    if not _SPLIT_NAME.fullmatch(split):
        raise UsageError(f"a dataset can have no split {split!r}: name the folder with letters, digits and _ only")
    return split


def _upload(draft: Path, repository: str, *, public: bool) -> str:
    from huggingface_hub import HfApi

    api = HfApi(endpoint=os.environ.get("HF_ENDPOINT"))
    try:
        made = api.create_repo(repository, repo_type="dataset", private=not public, exist_ok=True)
        api.upload_folder(
            repo_id=repository, repo_type="dataset", folder_path=draft, delete_patterns=["data/*.parquet"]
        )
    except Exception as error:  # the library and its client share no base class of errors
        reason = " ".join(str(error).split()) or type(error).__name__
        advice = "check the name, the connection and `hf auth login`, or push to a folder"
        raise UsageError(f"{HUB}{repository} cannot be pushed to: {reason}; {advice}") from error
    return str(made)


def pull(source: str, output: Path) -> None:
    """Write the gold files of a dataset; all are read before the first is written.

    Raises:
        GoldError: it is no dataset that `push` wrote.
        UsageError: a file is there already.
    """
    hub = source.startswith(HUB)
    if not hub and not any(Path(source).glob("data/*.parquet")):
        raise UsageError(
            f"{source} has no data/*.parquet: name a folder that `evals gold push` wrote, or {HUB}OWNER/NAME"
        )
    name = source.removeprefix(HUB) if hub else str(Path(source).resolve())
    files = [(output / path, data) for path, data in map(gold_of_row, read_rows(name, hub=hub))]
    for path, _ in files:
        if path.exists():
            raise UsageError(f"{path} is there already and is not overwritten: name another folder")
    for path, data in files:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"{path.parent} cannot be made: {error.strerror}; name another folder") from error
        write_json(path, data)
    typer.echo(f"{output}: {len(files)} articles")
