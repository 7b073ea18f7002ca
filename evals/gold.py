"""Hand-labelled articles: reading them, and saying exactly what is wrong with a file. One JSON file an article."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from evals.checks import problems_in, problems_of
from evals.gold_article import GoldArticle, GoldError
from evals.gold_frame import FORMAT, frame_problems, well_formed
from evals.labels import Labels, read_labels
from evals.positions import NotJsonError, Positions, read_positions
from evals.problems import Problem
from evals.seed_labels import from_seed_labels, is_seed_labels
from extractor.records import Article
from extractor.schemas import Schema

__all__ = [
    "FORMAT",
    "Examined",
    "GoldArticle",
    "GoldError",
    "all_problems",
    "article_digests",
    "examine",
    "gold_digest",
    "gold_files",
    "read_gold",
    "read_gold_file",
    "read_text_file",
    "text_digest",
    "text_folders",
]


_NOT_JSON = "is no JSON: make a gold file of it with `evals gold new {path}`"


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
    files = sorted(path for path in folder.rglob("*.json") if _may_be_gold(path))
    if not files:
        raise GoldError(f"no .json files in {folder}: start one with `evals gold new ARTICLE`")
    return files


def _may_be_gold(path: Path) -> bool:
    """Neither a JSON Schema nor part of a run, which may stand in the folder that one labels in."""
    return not path.name.endswith(".schema.json") and not (path.parent / "extractions.jsonl").exists()


@dataclass(frozen=True)
class Examined:
    """A gold file with all that is wrong with it.

    Attributes:
        path: of the file.
        source: its content, to find lines in; empty where it cannot be read.
        data: its object in gold format 1; None where it is not JSON or no object.
        text: the article's text; None where it is missing or not the one that was labelled.
        article: what was read; None where a problem stands in the way.
        broken_line: where it stops being JSON, from 1.
        problems: in the order of the file's keys, warnings not among them.
    """

    path: Path
    source: str
    problems: tuple[Problem, ...]
    data: Mapping[str, Any] | None = None
    text: str | None = None
    article: GoldArticle | None = None
    broken_line: int | None = None

    def located(self, problem: Problem) -> str:
        """A problem with file and line: `a.json:12: events.0.event_type: …`."""
        line = self.line(problem)
        return f"{self.path}:{line}: {problem}" if line is not None else f"{self.path}: {problem}"

    def line(self, problem: Problem) -> int | None:
        """The line of a problem, from 1; None where the file could not be read at all."""
        return self.broken_line if self.data is None else self._positions.line(problem.at)

    @cached_property
    def _positions(self) -> Positions:
        return read_positions(self.source)


def read_gold_file(path: Path, schema: Schema, *, texts: Path | None = None) -> GoldArticle:
    """Read and validate one gold file.

    Raises:
        GoldError: not readable, not JSON, an unknown key, labels that do not fit the schema.
    """
    examined = examine(path, schema, texts=texts)
    if examined.article is None:
        more = sum(not problem.warning for problem in all_problems(examined, schema)) - 1
        rest = f" (and {more} more: `evals gold check {path}` lists them)" if more else ""
        first = min(examined.problems, key=lambda problem: examined.line(problem) or 0)
        raise GoldError(examined.located(first) + rest)
    return examined.article


def all_problems(examined: Examined, schema: Schema) -> list[Problem]:
    """Everything that is wrong with one file, warnings among it, in the order of its lines."""
    if examined.data is None:
        return list(examined.problems)
    if examined.article is not None:
        beyond = problems_of(examined.article, schema)
    else:
        beyond = problems_in(examined.data, examined.text, schema)
    return sorted([*examined.problems, *beyond], key=lambda problem: examined.line(problem) or 0)


def examine(path: Path, schema: Schema, *, texts: Path | None = None) -> Examined:
    """Read one gold file with all that is wrong with it; see `read_gold` for the arguments."""
    try:
        source = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        return Examined(path, "", (Problem((), f"cannot be read: {(error.strerror or str(error)).lower()}"),))
    except UnicodeDecodeError as error:
        return Examined(path, "", (Problem((), f"is not JSON: it is no UTF-8 ({error.reason})"),))
    try:
        positions = read_positions(source)
    except NotJsonError as error:
        if path.suffix.lower() != ".json":
            return Examined(path, "", (Problem((), _NOT_JSON.format(path=path)),))
        return Examined(path, source, (Problem((), str(error)),), broken_line=error.line)
    data = positions.value
    if not isinstance(data, dict):
        message = "holds no JSON object: a gold file is one object with id, text and events"
        return Examined(path, source, (Problem((), message),))
    twice = [
        Problem(at, f"{at[-1]!r} stands twice in one object and the first is lost: keep one")
        for at, _ in positions.repeated
    ]
    if is_seed_labels(data):
        data = from_seed_labels(data)
    return _examined(path, source, data, schema, texts, twice)


def _examined(
    path: Path, source: str, data: Mapping[str, Any], schema: Schema, texts: Path | None, before: Sequence[Problem]
) -> Examined:
    problems = [*before, *frame_problems(data)]
    text, wrong = _text(path, data, texts)
    problems += wrong
    labels, found = read_labels(well_formed(data), schema)
    problems += found
    order = {key: number for number, key in enumerate(data)}
    problems.sort(key=lambda problem: order.get(str(problem.at[0]), -1) if problem.at else -1)
    article = None if problems or text is None else _article(path, data, text, labels)
    return Examined(path, source, tuple(problems), data, text, article)


def _article(path: Path, data: Mapping[str, Any], text: str, labels: Labels) -> GoldArticle:
    published = data.get("published")
    return GoldArticle(
        article=Article(
            id=str(data["id"]),
            text=text,
            title=data.get("title"),
            published=None if published is None else date.fromisoformat(published),
            source=data.get("source"),
            metadata={"tags": data.get("tags") or [], "language": data.get("language")},
        ),
        path=path,
        events=labels.events,
        optional=labels.optional,
        accept=labels.accept,
        not_events=tuple(data.get("not_events") or ()),
        incidents=data.get("incidents") or {},
        when_published_known=labels.when_published_known,
        language=data.get("language"),
        fictional=bool(data.get("fictional")),
        tags=tuple(data.get("tags") or ()),
        notes=data.get("notes") or {},
    )


# ---------------------------------------------------------------- the text


def text_digest(text: str) -> str:
    """The SHA-256 of a text, as `text_sha256` has it: over its UTF-8."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _text(path: Path, data: Mapping[str, Any], texts: Path | None) -> tuple[str | None, list[Problem]]:
    """The article's text, from the file itself or from where `text_file` says."""
    if isinstance(data.get("text"), str):
        text = str(data["text"])
        return _as_labelled(data, text, "text")
    name = data.get("text_file")
    if not isinstance(name, str):
        return None, [Problem((), "has neither text nor text_file: put the article into text")]
    folders = list(text_folders(path, texts))
    file = next((folder / name for folder in folders if (folder / name).is_file()), None)
    if file is None:
        where = " or ".join(str(folder) for folder in folders)
        return None, [Problem(("text_file",), f"{name} is not found in {where}: give its folder with --texts")]
    try:
        text = read_text_file(file)
    except (OSError, UnicodeDecodeError) as error:
        return None, [Problem(("text_file",), f"its text {file} cannot be read as UTF-8: {error}")]
    return _as_labelled(data, text, str(file))


def _as_labelled(data: Mapping[str, Any], text: str, name: str) -> tuple[str | None, list[Problem]]:
    expected = data.get("text_sha256")
    if not expected or text_digest(text) == expected:
        return text, []
    advice = f"get back that text, or check the labels against this one and write {text_digest(text)}"
    return None, [Problem(("text_sha256",), f"{name} is not the text that was labelled, its SHA-256 differs: {advice}")]


def read_text_file(file: Path) -> str:
    r"""The text of a file as the article reader has it: without a byte order mark, line ends as `\n`.

    Raises:
        OSError, UnicodeDecodeError: it cannot be read as UTF-8.
    """
    return file.read_text(encoding="utf-8-sig")


def text_folders(path: Path, texts: Path | None) -> Iterator[Path]:
    """Where the text of a stand-off gold file is looked for, in this order."""
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


def article_digests(articles: Sequence[GoldArticle]) -> dict[str, str]:
    """By id, the first 12 hex digits of a SHA-256 over what of each article reaches a model: no label is in it."""
    return {
        g.id: text_digest(json.dumps([g.article.text, g.article.title, str(g.article.published), g.article.source]))[
            :12
        ]
        for g in articles
    }
