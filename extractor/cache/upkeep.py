"""Looking at and clearing out a cache file, for whoever keeps it; works while others use it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from extractor.cache import database
from extractor.cache.rows import from_row
from extractor.errors import UsageError


@dataclass(frozen=True, slots=True)
class CacheStats:
    """What a cache holds. `size` in bytes, of the file and its journal; `backends` counts answers by backend."""

    path: Path
    answers: int
    size: int
    oldest: datetime | None
    newest: datetime | None
    backends: dict[str, int]


def stats(path: Path | str | None = None) -> CacheStats:
    """Count what a cache holds.

    Raises:
        UsageError: there is no cache there, or it cannot be read.
    """
    file = _file(path)
    with _connection(file) as connection:
        counted = dict(connection.execute("SELECT backend, count(*) FROM answers GROUP BY backend ORDER BY backend"))
        oldest, newest = connection.execute("SELECT min(created), max(created) FROM answers").fetchone()
    size = sum(part.stat().st_size for suffix in ("", "-wal") if (part := Path(f"{file}{suffix}")).exists())
    return CacheStats(file, sum(counted.values()), size, _moment(oldest), _moment(newest), counted)


def prune(
    path: Path | str | None = None,
    *,
    older_than: timedelta | None = None,
    backend: str | None = None,
    now: datetime | None = None,
) -> int:
    """Delete answers and give their space back; how many.

    Args:
        path: as for `ResponseCache`.
        older_than: only those made longer ago than this.
        backend: only those of this backend.
        now: the time that ages count from.

    Raises:
        UsageError: there is no cache there, or it cannot be written.
    """
    before = None if older_than is None else ((now or datetime.now(UTC)) - older_than).timestamp()
    with _connection(_file(path)) as connection:
        deleted = connection.execute(
            "DELETE FROM answers WHERE (?1 IS NULL OR created < ?1) AND (?2 IS NULL OR backend = ?2)", (before, backend)
        ).rowcount
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return deleted


def export(path: Path | str | None = None) -> Iterator[dict[str, Any]]:
    """All answers, oldest first, as JSON values: `key`, `backend`, `created`, `text`, `model`, `usage`, `cost_usd`.

    Raises:
        UsageError: there is no cache there, it cannot be read, or an answer in it was changed.
    """
    file = _file(path)
    with _connection(file) as connection:
        rows = connection.execute("SELECT key, backend, created, value, checksum FROM answers ORDER BY created, key")
        for key, backend, created, value, checksum in rows:
            if from_row(key, value, checksum) is None:
                raise UsageError(f"cache {file}: answer {key.hex()} was changed: delete the file, it cannot be trusted")
            moment = datetime.fromtimestamp(created, UTC).isoformat()
            yield {"key": key.hex(), "backend": backend, "created": moment, **from_json(value)}


def _file(path: Path | str | None) -> Path:
    file = database.file_in(Path(path)) if path is not None else database.default_path()
    if not file.is_file():
        raise UsageError(f"no cache at {file}: it is made by the first run that uses one")
    return file


@contextmanager
def _connection(file: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(database.connect(file)) as connection:
            yield connection
    except database.ERRORS as error:
        raise database.unusable(file, error) from error


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
