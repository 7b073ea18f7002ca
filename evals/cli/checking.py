"""What `evals gold check` and `evals gold convert` do."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import typer

from evals.checks import overlaps, unknown_tags
from evals.cli.writing import write_json
from evals.gold import Examined, GoldError, all_problems, examine, gold_files
from evals.labelling.requirements import known_traps, read_requirements, requirements_file
from evals.problems import Problem
from evals.seed_labels import from_seed_labels, is_seed_labels
from extractor.cli.running import OK, SOME_FAILED
from extractor.errors import UsageError
from extractor.schemas import Schema, load_schema

T = TypeVar("T")


def check_folders(folders: Sequence[Path], schema_name: str, texts: Path | None) -> int:
    """Print every problem of every file, one a line, and a closing line; exit code 1 if there is any but warnings."""
    schema = load_schema(schema_name)
    examined = {path: examine(path, schema, texts=texts) for folder in folders for path in gold_files(folder)}
    found = [(one, problem) for one in examined.values() for problem in _problems(one, schema)]
    articles = [one.article for one in examined.values() if one.article is not None]
    found += [(examined[article.path], problem) for article, problem in overlaps(articles)]
    for one, problem in sorted(found, key=lambda each: (str(each[0].path), each[0].line(each[1]) or 0)):
        typer.echo(f"{one.located(problem)}{' (warning)' if problem.warning else ''}")
    wrong = sum(not problem.warning for _, problem in found)
    events = sum(map(_written_events, examined.values()))
    warnings = f", {_number(len(found) - wrong, 'warning')}" if len(found) > wrong else ""
    typer.echo(
        f"{_number(len(examined), 'article')}, {_number(events, 'event')}, {_number(wrong, 'problem')}{warnings}"
    )
    return SOME_FAILED if wrong else OK


def _problems(one: Examined, schema: Schema) -> list[Problem]:
    found = all_problems(one, schema)
    stated, tags = requirements_file(one.path), (one.data or {}).get("tags")
    if stated is not None and isinstance(tags, list):
        found += unknown_tags(tags, known_traps(read_requirements(stated)))
    return found


def _written_events(one: Examined) -> int:
    """How many events a file has, be they right or not."""
    events = (one.data or {}).get("events")
    return len(events) if isinstance(events, list) else 0


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"


def convert_folder(source: Path, texts: Path, output: Path) -> None:
    """Write one gold file for each label file, with its text inside; all are made before the first is written.

    Raises:
        GoldError: a file cannot be read, is not in the older arrangement, or its text is missing.
        UsageError: the output cannot be written.
    """
    converted = [_converted(path, texts) for path in gold_files(source)]
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{output} cannot be made: {error.strerror}; name another folder with --output") from error
    for gold in converted:
        target = output / f"{gold['id']}.json"
        write_json(target, gold)
        typer.echo(str(target))


def _converted(path: Path, texts: Path) -> dict[str, Any]:
    labels = _read(path, json.loads)
    if not (isinstance(labels, dict) and is_seed_labels(labels)):
        raise GoldError(f"{path}: has no doc_id and schema_version: it is not in the older arrangement")
    gold = from_seed_labels(labels)
    text_file = texts / gold.pop("text_file")
    if not text_file.is_file():
        raise GoldError(f"{path}: its text {text_file} is not there: give the right folder with --texts")
    gold["text"] = _read(text_file, str)
    gold["text_sha256"] = hashlib.sha256(gold["text"].encode()).hexdigest()
    return gold


def _read(path: Path, parse: Callable[[str], T]) -> T:
    try:
        return parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise GoldError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:  # neither UTF-8 nor JSON
        raise GoldError(f"{path}: cannot be read: {error}") from error
