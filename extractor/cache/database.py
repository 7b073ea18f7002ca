"""The SQLite file of the cache: where it is, opening it, and what its errors mean. Knows nothing of completions."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Mapping
from pathlib import Path

from extractor.errors import UsageError

CACHE_ENV = "EXTRACTOR_CACHE"
FILE_NAME = "responses.sqlite"
BUSY_TIMEOUT_S = 30.0
"""How long to wait for another process that writes."""

_TABLE = """
CREATE TABLE IF NOT EXISTS answers (
    key BLOB PRIMARY KEY, backend TEXT NOT NULL, created REAL NOT NULL, value BLOB NOT NULL, checksum BLOB NOT NULL
) WITHOUT ROWID
"""
ERRORS = (sqlite3.Error, UnicodeDecodeError)
"""What SQLite's functions raise; the second when a damaged file yields an error message that is no text."""

_SURROUNDINGS = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_AUTH,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PROTOCOL,
    }
)
"""What is wrong around a file, not in it. Our statements never change: all other errors come from the content."""


def default_path(environment: Mapping[str, str] = os.environ) -> Path:
    """`EXTRACTOR_CACHE` (a file, or a folder to hold it), else the user's cache folder."""
    if named := environment.get(CACHE_ENV):
        return file_in(Path(named).expanduser())
    from platformdirs import user_cache_path

    return user_cache_path("extractor", appauthor=False) / FILE_NAME


def file_in(path: Path) -> Path:
    """The file itself, or the cache's file in a folder."""
    return path / FILE_NAME if path.is_dir() else path


def connect(path: Path) -> sqlite3.Connection:
    """Open the file, made when missing, for use by several threads under the caller's own lock.

    Raises:
        sqlite3.Error, UnicodeDecodeError: see `is_damage` and `unusable`.
    """
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    try:
        _patiently(connection, "PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        _patiently(connection, _TABLE)
        connection.execute("SELECT key, backend, created, value, checksum FROM answers LIMIT 1").fetchone()
    except ERRORS:
        connection.close()
        raise
    return connection


def is_damage(error: Exception, path: Path) -> bool:
    """Whether the file is no SQLite database, is damaged, or holds other tables than ours."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:  # raised by Python: text that is no UTF-8, or our own misuse
        return isinstance(error, sqlite3.OperationalError | UnicodeDecodeError)
    if code & 0xFF == sqlite3.SQLITE_READONLY:  # some damage to the header makes a file read-only to SQLite
        return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
    return code & 0xFF not in _SURROUNDINGS


def unusable(path: Path, error: Exception) -> UsageError:
    """The one line for a cache that cannot be used at all."""
    return UsageError(f"cache {path} cannot be used: {error}; name another place with {CACHE_ENV}, or do without")


def identity(path: Path) -> int | None:
    """Which file stands there: its inode; None when there is none."""
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return None


def set_aside(path: Path, file: int | None) -> Path | None:
    """Rename a damaged file, with its journal, to the first free `<name>.damaged-<n>`.

    Args:
        path: where it is.
        file: which file was found damaged (see `identity`).

    Returns:
        The new name; None when another file stands there already, put there by a process that was quicker.
    """
    if identity(path) != file:
        return None
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    for suffix in ("-wal", "-shm", ""):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    return aside


def _patiently(connection: sqlite3.Connection, statement: str) -> None:
    """Execute what the busy timeout does not cover: changing the journal mode while another process does the same."""
    give_up = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute(statement).fetchall()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise
            if time.monotonic() > give_up:
                raise
            time.sleep(0.01)
        else:
            return
