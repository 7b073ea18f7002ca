"""Start gold files: everything about an article that is known before a person reads it. No model is asked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from os.path import relpath
from pathlib import Path
from typing import Any

from evals.gold import read_text_file, text_digest, text_folders
from evals.gold_frame import FORMAT
from evals.labelling.json_schema import FILE_NAME, gold_json_schema
from evals.skeleton import blank_event
from extractor.errors import UsageError
from extractor.records import Article
from extractor.schemas import Schema

_LONGEST_HEADLINE = 150
_FOLDERS_ABOVE = 2
_NO_NAME = re.compile(r"[^\w.-]+")
_LANGUAGE = ("language", "lang", "inLanguage")


@dataclass(frozen=True, slots=True)
class Start:
    """What to start: the choices of one call of `evals gold new`.

    Attributes:
        output: a `.json` file, for one article, or a folder; None: the current folder.
        stand_off: keep the text out of the gold file.
        texts: folder of the texts of stand-off files.
        incident: id of what happened, for the first event.
        fictional: whether the articles are invented.
        tags: of every article.
        events: how many empty events to begin with.
    """

    schema: Schema
    output: Path | None = None
    stand_off: bool = False
    texts: Path | None = None
    incident: str | None = None
    fictional: bool = False
    tags: Sequence[str] = ()
    events: int = 1


@dataclass(frozen=True, slots=True)
class Draft:
    """A gold file to be written, and the text to be written beside it for a stand-off file, if it is not there yet."""

    path: Path
    data: dict[str, Any]
    text_path: Path | None = None
    text: str = ""


def drafts(articles: Iterable[tuple[str, Article]], start: Start) -> list[Draft]:
    """Draft a gold file for each article; writes nothing.

    Args:
        articles: each with the path of the file it was read from.
        start: what was chosen.

    Raises:
        UsageError: a file that would be written is there already, or two articles would go to one.
    """
    found = list(articles)
    made = [_draft(source, article, start, alone=len(found) == 1) for source, article in found]
    taken: dict[Path, str] = {}
    for draft in made:
        for path in (draft.path, *([draft.text_path] if draft.text_path else [])):
            if path.exists():
                raise UsageError(f"{path} is there already and is not overwritten: name another with --output")
            if path in taken:
                raise UsageError(f"two articles would be written to {path}: start them one by one, with --output")
            taken[path] = draft.data["id"]
    return made


def schema_file(folder: Path, schema: Schema) -> Path | None:
    """The JSON Schema for gold files of a folder: in it, or in one of the two folders above, made of the same schema.

    Raises:
        UsageError: there is none, and the folder has one of another schema, so that none can be put there.
    """
    title = gold_json_schema(schema)["title"]
    folder = folder.resolve()
    for file in (parent / FILE_NAME for parent in (folder, *folder.parents[:_FOLDERS_ABOVE])):
        if _title(file) == title:
            return file
    if (folder / FILE_NAME).exists():
        raise UsageError(
            f"{folder / FILE_NAME} is not of the schema {schema.name!r}: name another folder with --output"
        )
    return None


def _title(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8")).get("title")
    except (OSError, ValueError, AttributeError):
        return None


def _draft(source: str, article: Article, start: Start, *, alone: bool) -> Draft:
    name = _NO_NAME.sub("-", article.id).strip("-.") or "article"
    path = _target(name, start.output, alone=alone)
    data: dict[str, Any] = {
        "$schema": _relative(schema_file(path.parent, start.schema) or path.parent / FILE_NAME, path.parent),
        "format": FORMAT,
        "id": path.stem if alone and start.output else name,
        "title": article.title or _headline(article.text),
        "published": article.published.isoformat() if article.published else None,
        "source": article.source,
        "language": _language(article),
        "fictional": start.fictional,
        "tags": list(start.tags),
    }
    text_path = None
    if start.stand_off:
        text_path, data["text_file"] = _text_place(source, article, path, start.texts, data["id"])
    else:
        data["text"] = article.text
    data |= {
        "text_sha256": text_digest(article.text),
        "events": [blank_event(start.schema) for _ in range(start.events)],
        "optional": [],
        "not_events": [],
        "accept": {},
        "incidents": {"events.0": start.incident} if start.incident and start.events else {},
        "when_published_known": {},
        "notes": {},
    }
    return Draft(path, data, text_path, article.text)


def _target(name: str, output: Path | None, *, alone: bool) -> Path:
    if output is None:
        return Path(f"{name}.json")
    if output.suffix == ".json" and not output.is_dir():
        if not alone:
            raise UsageError(f"--output {output} is one file, and there are several articles: name a folder")
        return output
    return output / f"{name}.json"


def _relative(path: Path, folder: Path) -> str:
    return Path(relpath(path.resolve(), folder.resolve())).as_posix()


def _headline(text: str) -> str | None:
    """The first line, where it stands alone as headlines do; a person sees it and can take it away."""
    first, _, rest = text.strip().partition("\n")
    alone = rest.startswith("\n") or not rest.strip()
    sentence = first.rstrip().endswith((".", ":", ";", ","))
    return first.strip() if rest and alone and not sentence and len(first) <= _LONGEST_HEADLINE else None


def _language(article: Article) -> str | None:
    given = (article.metadata.get(key) for key in _LANGUAGE)
    return next((value.strip() for value in given if isinstance(value, str) and value.strip()), None)


def _text_place(source: str, article: Article, path: Path, texts: Path | None, name: str) -> tuple[Path | None, str]:
    """Where the text of a stand-off file is to be written, None if it is there as it is, and its `text_file`."""
    for folder in text_folders(path, texts):
        try:
            inside = Path(source).resolve().relative_to(folder.resolve())
            if read_text_file(Path(source)) == article.text:
                return None, inside.as_posix()
        except (ValueError, OSError):  # elsewhere, or not a text: ValueError is also that of undecodable bytes
            continue
    if texts is None:
        raise UsageError(
            f"{source}: a stand-off file needs a folder that has the text: name it with --texts, now and at every use"
        )
    file = texts / f"{name}.txt"
    if file.is_file() and _holds(file, article.text):
        return None, file.name
    return file, file.name


def _holds(file: Path, text: str) -> bool:
    try:
        return read_text_file(file) == text
    except (OSError, UnicodeDecodeError):
        return False
