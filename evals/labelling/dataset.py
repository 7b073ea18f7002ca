"""Gold as a `datasets` dataset, one parquet file a split, and back again without loss.

What is plain has a column of its type; labels, whose keys differ from article to article, stand as JSON. `keys` holds
which keys a file has, in their order, and `other` what fits no column, so that every file comes back as it was. The
text of a stand-off file stays out: it may not be redistributed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from evals.gold import Examined, GoldError
from evals.labelling.coverage import countries_of, words_in
from extractor.schemas import Schema

TEXT_COLUMNS = ("title", "published", "source", "language", "text", "text_file", "text_sha256")
JSON_COLUMNS = ("events", "optional", "not_events", "accept", "incidents", "when_published_known", "notes")
COLUMNS: Mapping[str, str] = {
    "file": "path of the gold file",
    "format": "version of the gold format",
    "id": "the article's name",
    "title": "headline",
    "published": "day of publication, YYYY-MM-DD; null where it is not known",
    "source": "who published it",
    "language": "of the article",
    "fictional": "whether text and events are invented",
    "tags": "genre, and `trap:NAME` for each trap",
    "text": "the article; null where it may not be redistributed",
    "text_file": "name of the file with the text, where it stands apart",
    "text_sha256": "SHA-256 of the text in UTF-8",
    "events": "JSON: what must be found",
    "optional": "JSON: events that may be found and are never counted",
    "not_events": "JSON: quotes that look like events and are none, with the reason",
    "accept": "JSON: further right values by path",
    "incidents": "JSON: event to the id of what happened",
    "when_published_known": "JSON: values that are right when the publication date is given, by path",
    "notes": "JSON: why it is labelled so",
    "words": "length of the article",
    "event_count": "how many events must be found",
    "countries": "ISO 3166-1 alpha-2 codes of the countries in which they happened",
    "keys": "keys of the gold file in their order",
    "other": "JSON: keys of the gold file that have no column here",
}
"""Every column with its meaning, in order."""

_PATIENCE_S = 30.0
_DERIVED = frozenset({"file", "words", "event_count", "countries", "keys", "other"})


def rows_of(examined: Iterable[Examined], root: Path, schema: Schema) -> Iterator[dict[str, Any]]:
    """The row of each gold file.

    Args:
        examined: files without problems.
        root: folder of the whole set; paths are from it.
        schema: of the labels.

    Raises:
        GoldError: a file holds characters that are no Unicode text.
    """
    for one in examined:
        row = _row(one, one.path.relative_to(root).as_posix(), schema)
        try:
            json.dumps(row, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise GoldError(f"{one.path}: holds half of a character pair (a lone \\ud800): mend it first") from error
        yield row


def _row(one: Examined, file: str, schema: Schema) -> dict[str, Any]:
    data, article = one.data, one.article
    if data is None or article is None:
        raise GoldError(f"{one.path}: has problems: `evals gold check {one.path}` lists them")
    row: dict[str, Any] = dict.fromkeys(COLUMNS)
    other: dict[str, Any] = {}
    for key, value in data.items():
        if key in JSON_COLUMNS and value is not None:
            row[key] = json.dumps(value, ensure_ascii=False)
        elif key in COLUMNS and key not in _DERIVED and (value is None or _fits(key, value)):
            row[key] = value
        else:
            other[key] = value
    return row | {
        "file": file,
        "words": words_in(article.article.text),
        "event_count": len(article.events),
        "countries": sorted(countries_of(article, schema)),
        "keys": list(data),
        "other": json.dumps(other, ensure_ascii=False) if other else None,
    }


def _fits(key: str, value: Any) -> bool:
    if key in ("id", *TEXT_COLUMNS):
        return isinstance(value, str)
    if key == "tags":
        return isinstance(value, list)
    return isinstance(value, bool) if key == "fictional" else isinstance(value, int)


def gold_of_row(row: Mapping[str, Any]) -> tuple[PurePosixPath, dict[str, Any]]:
    """The gold file of a row: its path and its object, as it was when the row was made.

    Raises:
        GoldError: the row was not made by `rows_of`, or its path leads out of the folder.
    """
    name = row.get("file")
    try:
        path = PurePosixPath(str(name))
        other = json.loads(row["other"]) if row["other"] else {}
        data = {key: other[key] if key in other else _value(key, row[key]) for key in row["keys"]}
    except (KeyError, TypeError, ValueError) as error:
        raise GoldError(f"row {name!r} is no gold article: only what `evals gold push` wrote can be pulled") from error
    if not isinstance(name, str) or path.is_absolute() or ".." in path.parts or path.suffix != ".json" or "\\" in name:
        raise GoldError(f"row {name!r}: its path is no .json file within the folder; nothing is written")
    return path, data


def _value(key: str, value: Any) -> Any:
    return json.loads(value) if key in JSON_COLUMNS and value is not None else value


def write_splits(splits: Mapping[str, Sequence[Mapping[str, Any]]], folder: Path) -> list[Path]:
    """Write `data/SPLIT.parquet` for each split; the files written."""
    from datasets import Dataset, disable_progress_bars  # type: ignore[import-untyped]

    disable_progress_bars()
    (folder / "data").mkdir(parents=True, exist_ok=True)
    written = []
    for split, rows in splits.items():
        file = folder / "data" / f"{split}.parquet"
        Dataset.from_list([dict(row) for row in rows], features=_features()).to_parquet(str(file))
        written.append(file)
    return written


def _features() -> Any:
    from datasets import Features, List, Value

    kinds: dict[str, Any] = dict.fromkeys(COLUMNS, Value("string"))
    kinds |= dict.fromkeys(("format", "words", "event_count"), Value("int32"))
    kinds |= dict.fromkeys(("tags", "countries", "keys"), List(Value("string")))
    return Features({**kinds, "fictional": Value("bool")})


def read_rows(source: str, *, hub: bool) -> Iterator[dict[str, Any]]:
    """All rows of a dataset folder or of a dataset on the hub, split by split. Nothing is kept in a cache.

    Raises:
        GoldError: it cannot be reached or is no dataset.
    """
    from datasets import load_dataset
    from huggingface_hub import HfApi

    try:
        if hub:
            # Asked once and first: the library tries an address that does not answer for half a minute.
            HfApi(endpoint=os.environ.get("HF_ENDPOINT")).dataset_info(source, timeout=_PATIENCE_S)
        for rows in load_dataset(source, streaming=True).values():
            for row in rows:
                yield dict(row)
    except Exception as error:  # the library and its clients share no base class of errors
        reason = " ".join(str(error).split()) or type(error).__name__
        raise GoldError(f"{source} cannot be read as a dataset: {reason}; check the name and the connection") from error
