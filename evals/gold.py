"""Hand-labelled articles: reading them, and saying exactly what is wrong with a file. One JSON file an article."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from evals.seed_labels import from_seed_labels, is_seed_labels
from extractor.errors import ExtractorError
from extractor.records import Article
from extractor.schemas import Schema, describe

FORMAT = 1
_TEXT_KEYS = {"text", "text_file", "text_sha256"}
_KEYS = _TEXT_KEYS | {
    "$schema",
    "format",
    "id",
    "title",
    "published",
    "source",
    "language",
    "fictional",
    "tags",
    "events",
    "optional",
    "not_events",
    "accept",
    "incidents",
    "when_published_known",
    "notes",
}


class GoldError(ExtractorError):
    """A gold file or folder that cannot be used; the message names file and place."""


@dataclass(frozen=True)
class GoldArticle:
    """One labelled article.

    Attributes:
        article: text and metadata, as an extraction would get them.
        events: what must be found; finished records, in the order of the file.
        optional: events that may be found and are never counted.
        accept: further right answers, by full path (`events.0.munitions.0.type`).
        not_events: quotes that look like events and are none, with the reason.
        incidents: event path to the incident it is a report of.
        when_published_known: values that replace those of `events` when the publication date was given.
    """

    article: Article
    path: Path
    events: tuple[dict[str, Any], ...]
    optional: tuple[dict[str, Any], ...] = ()
    accept: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    not_events: tuple[Mapping[str, str], ...] = ()
    incidents: Mapping[str, str] = field(default_factory=dict)
    when_published_known: Mapping[str, Any] = field(default_factory=dict)
    language: str | None = None
    fictional: bool = False
    tags: tuple[str, ...] = ()
    notes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The article's id."""
        return self.article.id

    def truth(self, *, published: bool) -> Sequence[Mapping[str, Any]]:
        """The events as they are right with, or without, the publication date given to the extraction."""
        if not published or not self.when_published_known:
            return self.events
        events = json.loads(json.dumps(self.events))
        for path, value in self.when_published_known.items():
            replace_at({"events": events}, path, value)
        return list(events)

    def accept_for(self, index: int) -> Mapping[str, Sequence[Any]]:
        """The accepted alternatives of one gold event, by path within it."""
        if not self.accept:
            return {}
        prefix = f"events.{index}."
        return {path.removeprefix(prefix): values for path, values in self.accept.items() if path.startswith(prefix)}


def replace_at(record: dict[str, Any], path: str, value: Any) -> None:
    """Set the value at a dotted path.

    Raises:
        KeyError: the path leads nowhere.
    """
    *parents, last = path.split(".")
    holder: Any = record
    for key in parents:
        holder = _step(holder, key, path)
    _step(holder, last, path)
    holder[int(last) if isinstance(holder, list) else last] = value


def _step(holder: Any, key: str, path: str) -> Any:
    try:
        return holder[int(key)] if isinstance(holder, list) else holder[key]
    except (KeyError, IndexError, ValueError, TypeError):
        raise KeyError(path) from None


def read_gold(folder: Path, schema: Schema, *, texts: Path | None = None) -> list[GoldArticle]:
    """All gold articles in a folder and its subfolders, sorted by path.

    Args:
        folder: a folder of `.json` files, or one such file.
        schema: what the labels must conform to.
        texts: where to find the texts of stand-off files; else beside the file, then in a sibling folder `articles`.

    Raises:
        GoldError: the first thing that is wrong; `evals gold check` lists all.
    """
    articles: dict[str, GoldArticle] = {}
    for path in gold_files(folder):
        gold = read_gold_file(path, schema, texts=texts)
        if gold.id in articles:
            raise GoldError(f"{path}: id {gold.id!r} is also that of {articles[gold.id].path}: give it another id")
        articles[gold.id] = gold
    return list(articles.values())


def gold_files(folder: Path) -> Sequence[Path]:
    """The gold files of a folder.

    Raises:
        GoldError: there is none.
    """
    if folder.is_file():
        return [folder]
    if not folder.is_dir():
        raise GoldError(f"no gold folder {folder}: name a folder of .json files, such as gold/conflict/dev")
    files = sorted(path for path in folder.rglob("*.json") if not path.name.endswith(".schema.json"))
    if not files:
        raise GoldError(f"no .json files in {folder}: write one after docs/formats.md")
    return files


def read_gold_file(path: Path, schema: Schema, *, texts: Path | None = None) -> GoldArticle:
    """Read and validate one gold file.

    Raises:
        GoldError: not readable, not JSON, an unknown key, labels that do not fit the schema.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise GoldError(f"{path}: cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise GoldError(f"{path}: is not JSON: {error}") from error
    if not isinstance(data, dict):
        raise GoldError(f"{path}: holds no JSON object: a gold file is one object with id, text and events")
    if is_seed_labels(data):
        data = from_seed_labels(data)
    return _build(path, data, schema, texts)


def _build(path: Path, data: dict[str, Any], schema: Schema, texts: Path | None) -> GoldArticle:
    for key in data.keys() - _KEYS:
        near = difflib.get_close_matches(key, _KEYS, n=1)
        raise GoldError(f"{path}: unknown key {key!r}" + (f", did you mean {near[0]!r}?" if near else ""))
    if data.get("format") != FORMAT:
        raise GoldError(f"{path}: format is {data.get('format')!r}: this version reads format {FORMAT}")
    for key in ("id", "events"):
        if key not in data:
            raise GoldError(f"{path}: has no {key!r}")
    article = Article(
        id=str(data["id"]),
        text=_text(path, data, texts),
        title=data.get("title"),
        published=_published(path, data.get("published")),
        source=data.get("source"),
        metadata={"tags": data.get("tags") or [], "language": data.get("language")},
    )
    events = _events(path, data["events"], "events", schema)
    gold = GoldArticle(
        article=article,
        path=path,
        events=events,
        optional=_events(path, data.get("optional") or [], "optional", schema),
        accept=data.get("accept") or {},
        not_events=tuple(data.get("not_events") or ()),
        incidents=data.get("incidents") or {},
        when_published_known=_with_date(path, data.get("when_published_known") or {}, events, schema),
        language=data.get("language"),
        fictional=bool(data.get("fictional")),
        tags=tuple(data.get("tags") or ()),
        notes=data.get("notes") or {},
    )
    for accepted in gold.accept:
        _resolve(path, "accept", {"events": list(gold.events), "optional": list(gold.optional)}, accepted)
    return gold


def _events(path: Path, labels: Any, key: str, schema: Schema) -> tuple[dict[str, Any], ...]:
    if not isinstance(labels, list):
        raise GoldError(f"{path}: {key} is no list")
    return tuple(_event(path, label, f"{key}.{i}", schema, i) for i, label in enumerate(labels))


def _event(path: Path, label: Any, at: str, schema: Schema, index: int) -> dict[str, Any]:
    if isinstance(label, dict):
        label = {key: value for key, value in label.items() if key != "id"}
    try:
        return schema.finish(schema.event.model_validate(label), index)
    except ValidationError as error:
        raise GoldError(f"{path}: {at}: {describe(error)}") from error


def _with_date(
    path: Path, values: Mapping[str, Any], events: tuple[dict[str, Any], ...], schema: Schema
) -> Mapping[str, Any]:
    """The replacements, checked by putting them in and validating the events again."""
    if not values:
        return {}
    record = {"events": json.loads(json.dumps(events))}
    for at, value in values.items():
        _resolve(path, "when_published_known", record, at)
        replace_at(record, at, value)
    finished = {
        "events": [
            _event(path, e, f"when_published_known: events.{i}", schema, i) for i, e in enumerate(record["events"])
        ]
    }
    return {at: _resolve(path, "when_published_known", finished, at) for at in values}


def _resolve(path: Path, key: str, record: Mapping[str, Any], at: str) -> Any:
    value: Any = record
    for part in at.split("."):
        try:
            value = _step(value, part, at)
        except KeyError:
            raise GoldError(f"{path}: {key}: {at} leads nowhere at {part!r}") from None
    return value


def _published(path: Path, value: Any) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise GoldError(f"{path}: published is {value!r}: write YYYY-MM-DD or null") from None


def _text(path: Path, data: Mapping[str, Any], texts: Path | None) -> str:
    if isinstance(data.get("text"), str):
        return str(data["text"])
    name = data.get("text_file")
    if not isinstance(name, str):
        raise GoldError(f"{path}: has neither text nor text_file")
    for folder in _text_folders(path, texts):
        if (folder / name).is_file():
            text = (folder / name).read_text(encoding="utf-8")
            break
    else:
        raise GoldError(f"{path}: text_file {name} is not found: give its folder with --texts")
    expected = data.get("text_sha256")
    if expected and hashlib.sha256(text.encode()).hexdigest() != expected:
        raise GoldError(f"{path}: {name} is not the text that was labelled: its SHA-256 differs from text_sha256")
    return text


def _text_folders(path: Path, texts: Path | None) -> Iterator[Path]:
    if texts is not None:
        yield texts
    yield path.parent
    yield path.parent.parent / "articles"


def gold_digest(articles: Sequence[GoldArticle]) -> str:
    """SHA-256 over texts and labels, independent of file order and layout."""
    material = [
        [g.id, g.article.text, g.events, g.optional, dict(g.accept), dict(g.when_published_known)]
        for g in sorted(articles, key=lambda g: g.id)
    ]
    return hashlib.sha256(json.dumps(material, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
