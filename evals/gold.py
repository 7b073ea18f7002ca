"""Hand-labelled articles: reading them, and saying exactly what is wrong with a file. One JSON file an article."""

from __future__ import annotations

import copy
import difflib
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from evals.seed_labels import from_seed_labels, is_seed_labels
from extractor.errors import ExtractorError
from extractor.records import Article
from extractor.schemas import FieldSpec, Schema, describe

FORMAT = 1
_SHAPES: Mapping[str, type] = {
    "title": str,
    "source": str,
    "language": str,
    "fictional": bool,
    "tags": list,
    "events": list,
    "optional": list,
    "not_events": list,
    "accept": dict,
    "incidents": dict,
    "when_published_known": dict,
    "notes": dict,
}
_KEYS = _SHAPES.keys() | {"$schema", "format", "id", "published", "text", "text_file", "text_sha256"}
_SHAPE_NAMES = {str: "text", bool: "true or false", list: "a list", dict: "an object"}


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
    for key in sorted(data.keys() - _KEYS):
        raise GoldError(f"{path}: unknown key {key!r}{_did_you_mean(key, _KEYS)}")
    if data.get("format") != FORMAT:
        raise GoldError(f"{path}: format is {data.get('format')!r}: this version reads format {FORMAT}")
    for key in ("id", "events"):
        if key not in data:
            raise GoldError(f"{path}: has no {key!r}")
    for key, shape in _SHAPES.items():
        if data.get(key) is not None and not isinstance(data[key], shape):
            raise GoldError(f"{path}: {key} is {data[key]!r}: it must be {_SHAPE_NAMES[shape]}")
    for i, no in enumerate(data.get("not_events") or []):
        if not (isinstance(no, dict) and isinstance(no.get("quote"), str) and no["quote"]):
            raise GoldError(f"{path}: not_events.{i}: must be an object with quote and reason")
    article = Article(
        id=str(data["id"]),
        text=_text(path, data, texts),
        title=data.get("title"),
        published=_published(path, data.get("published")),
        source=data.get("source"),
        metadata={"tags": data.get("tags") or [], "language": data.get("language")},
    )
    events = _events(path, data["events"], "events", schema)
    optional = _events(path, data.get("optional"), "optional", schema)
    return GoldArticle(
        article=article,
        path=path,
        events=events,
        optional=optional,
        accept=_accepted(path, data.get("accept") or {}, {"events": events, "optional": optional}, schema),
        not_events=tuple(data.get("not_events") or ()),
        incidents=data.get("incidents") or {},
        when_published_known=_with_date(path, data.get("when_published_known") or {}, events, schema),
        language=data.get("language"),
        fictional=bool(data.get("fictional")),
        tags=tuple(data.get("tags") or ()),
        notes=data.get("notes") or {},
    )


def _events(path: Path, labels: Any, key: str, schema: Schema) -> tuple[dict[str, Any], ...]:
    return tuple(_event(path, label, f"{key}.{i}", schema, i) for i, label in enumerate(labels or []))


def _event(path: Path, label: Any, at: str, schema: Schema, index: int) -> dict[str, Any]:
    if isinstance(label, dict) and "id" not in schema.event.model_fields:
        label = {key: value for key, value in label.items() if key != "id"}
    try:
        event = schema.event.model_validate(label)
    except ValidationError as error:
        raise GoldError(f"{path}: {at}: {describe(error)}{_near_field(error, schema)}") from error
    # A schema that takes any key would drop a misspelt one, and the label with it.
    for lost, names in _lost(label, event.model_dump(mode="json"), event.model_dump(mode="json", by_alias=True)):
        raise GoldError(f"{path}: {at}: the schema has no field {lost!r}{_did_you_mean(lost, names)}")
    return schema.finish(event, index)


def _did_you_mean(key: str, names: Iterable[str]) -> str:
    near = difflib.get_close_matches(key, names, n=1)
    return f", did you mean {near[0]!r}?" if near else ""


def _near_field(error: ValidationError, schema: Schema) -> str:
    """For the first unknown key that pydantic reports: the field of that name's likeness, at the same place."""
    for problem in error.errors(include_url=False):
        if problem["type"] == "extra_forbidden":
            *parents, key = (str(part) for part in problem["loc"] if isinstance(part, str))
            fields: Sequence[FieldSpec] = schema.fields
            for name in parents:
                fields = next((spec.children for spec in fields if spec.name == name), ())
            return _did_you_mean(key, [spec.name for spec in fields])
    return ""


def _lost(label: Any, named: Any, aliased: Any) -> Iterator[tuple[str, list[str]]]:
    """Keys of a label that its validated form lacks, by name and by alias, each with the names that stand there."""
    if isinstance(label, dict) and isinstance(named, dict):
        for key, value in label.items():
            if key not in named and key not in aliased:
                yield key, list(named)
            elif key in named:
                yield from _lost(value, named[key], aliased.get(key, named[key]))
    elif isinstance(label, list) and isinstance(named, list):
        for parts in zip(label, named, aliased, strict=False):
            yield from _lost(*parts)


def _accepted(
    path: Path, accept: Mapping[str, Any], record: Mapping[str, Sequence[dict[str, Any]]], schema: Schema
) -> Mapping[str, Sequence[Any]]:
    """The alternatives as finished values, each checked by putting it in. Null is always taken: it may be left out."""
    finished: dict[str, Sequence[Any]] = {}
    for at, values in accept.items():
        _resolve(path, "accept", {key: list(events) for key, events in record.items()}, at)
        key, number, *inner = at.split(".")
        if not _takes_alternatives(inner, schema.fields):
            raise GoldError(f"{path}: accept: {at} takes no alternatives: name a field or a whole list within an event")
        if not isinstance(values, list):
            raise GoldError(f"{path}: accept: {at} must be a list of further right values")
        finished[at] = [
            None if value is None else _put_in(path, at, record[key][int(number)], inner, value, schema)
            for value in values
        ]
    return finished


def _takes_alternatives(parts: Sequence[str], fields: Sequence[FieldSpec]) -> bool:
    spec = next((spec for spec in fields if parts and spec.name == parts[0]), None)
    if spec is None:
        return False
    if len(parts) == 1:
        return spec.kind != "model"
    inner = parts[2:] if spec.kind == "list_of_models" else parts[1:]
    grouping = spec.grouped is not None and list(inner) == [spec.grouped.by]
    return not grouping and _takes_alternatives(inner, spec.children)


def _bare(record: Mapping[str, Any], fields: Sequence[FieldSpec]) -> dict[str, Any]:
    """A copy of a finished record as it is written: without its local id and its computed keys."""
    bare: dict[str, Any] = {}
    for spec in fields:
        value = copy.deepcopy(record[spec.name])
        if spec.kind == "model" and value is not None:
            value = _bare(value, spec.children)
        elif spec.kind == "list_of_models" and value is not None:
            value = [_bare(item, spec.children) for item in value]
        bare[spec.name] = value
    return bare


def _put_in(path: Path, at: str, event: dict[str, Any], inner: Sequence[str], value: Any, schema: Schema) -> Any:
    changed = _bare(event, schema.fields)
    replace_at(changed, ".".join(inner), value)
    return _resolve(path, "accept", _event(path, changed, f"accept: {at}", schema, 0), ".".join(inner))


def _with_date(
    path: Path, values: Mapping[str, Any], events: tuple[dict[str, Any], ...], schema: Schema
) -> Mapping[str, Any]:
    """The replacements, checked by putting them in and validating the events again."""
    if not values:
        return {}
    record = {"events": [_bare(event, schema.fields) for event in events]}
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
            text = _read_text(path, folder / name)
            break
    else:
        raise GoldError(f"{path}: text_file {name} is not found: give its folder with --texts")
    expected = data.get("text_sha256")
    if expected and hashlib.sha256(text.encode()).hexdigest() != expected:
        raise GoldError(f"{path}: {name} is not the text that was labelled: its SHA-256 differs from text_sha256")
    return text


def _read_text(path: Path, file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise GoldError(f"{path}: its text {file} cannot be read as UTF-8: {error}") from error


def _text_folders(path: Path, texts: Path | None) -> Iterator[Path]:
    if texts is not None:
        yield texts
    yield path.parent
    yield path.parent.parent / "articles"


def gold_digest(articles: Sequence[GoldArticle]) -> str:
    """SHA-256 over texts, publication dates and labels, independent of file order and layout."""
    material = [
        [
            g.id,
            g.article.text,
            str(g.article.published),
            g.events,
            g.optional,
            dict(g.accept),
            dict(g.when_published_known),
        ]
        for g in sorted(articles, key=lambda g: g.id)
    ]
    return hashlib.sha256(json.dumps(material, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
