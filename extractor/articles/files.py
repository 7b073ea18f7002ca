"""Which files a source stands for, in what order, and what their articles are called."""

from __future__ import annotations

import glob
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from stat import S_ISDIR

from extractor.errors import ArticleError

KNOWN_SUFFIXES = (".txt", ".md", ".html", ".htm", ".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet")
"""The kinds of files that are read, whatever the suffix's case."""


@dataclass(frozen=True, slots=True)
class File:
    """One file to read: its path as it is shown and opened, and the id (or start of ids) of its articles."""

    path: str
    base_id: str

    @property
    def suffix(self) -> str:
        """The suffix in lower case, with its dot."""
        return PurePath(self.path).suffix.lower()


def files_of(source: str) -> Iterator[File | ArticleError]:
    """The files of a path, a folder (with its subfolders, sorted, known suffixes only) or a glob, in a fixed order.

    A lone file's articles are called by its stem, others by their path within the folder, without the suffix unless
    two files differ in nothing else. Hidden files and folders are left out of folders and globs.
    """
    path = Path(source)
    try:
        is_folder = S_ISDIR(path.stat().st_mode)
    except OSError as error:
        # some systems refuse the very characters of a glob
        if glob.has_magic(source):
            yield from _or_nothing(_in_glob(source), f"{source} matches no article file", source)
        elif isinstance(error, FileNotFoundError | NotADirectoryError):
            yield ArticleError(f"{source} does not exist; check the path", article_id=source)
        else:
            yield unreadable(source, error)
        return
    if is_folder:
        yield from _or_nothing(_in_folder(path, path, ()), f"{source} holds no articles", source)
    else:
        yield File(source, path.stem) if _is_known(path) else _unknown(source)


def unreadable(path: str, error: OSError) -> ArticleError:
    """The error for a file or folder that the system does not let us read."""
    reason = (error.strerror or str(error)).lower()
    return ArticleError(f"{path} cannot be read: {reason}; check the path and its permissions", article_id=path)


def _is_known(path: PurePath) -> bool:
    return path.suffix.lower() in KNOWN_SUFFIXES


def _is_folder(entry: Path | os.DirEntry[str]) -> bool:
    """False also for what cannot be looked at: whoever opens it will say why."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _unknown(source: str) -> ArticleError:
    suffix = PurePath(source).suffix
    what = f"has the unknown suffix {suffix!r}" if suffix else "has no suffix"
    reason = f"{what}; known are {' '.join(KNOWN_SUFFIXES)}, and - reads text or JSONL from standard input"
    return ArticleError(f"{source} {reason}", article_id=source)


def _or_nothing(files: Iterator[File | ArticleError], nothing: str, source: str) -> Iterator[File | ArticleError]:
    first = next(files, None)
    if first is None:
        yield ArticleError(f"{nothing}; known are {' '.join(KNOWN_SUFFIXES)}", article_id=source)
        return
    yield first
    yield from files


def _in_folder(root: Path, folder: Path, above: tuple[tuple[int, int], ...]) -> Iterator[File | ArticleError]:
    """Depth first, by name. Linked folders are followed; `above` holds the folders we are in, against circles."""
    try:
        status = folder.stat()
        with os.scandir(folder) as entries:
            names = sorted((entry.name, _is_folder(entry)) for entry in entries if not entry.name.startswith("."))
    except OSError as error:
        yield unreadable(str(folder), error)
        return
    here = (status.st_dev, status.st_ino)
    if here in above:
        return
    stems = _stems(folder / name for name, is_folder in names if not is_folder)
    for name, is_folder in names:
        path = folder / name
        if is_folder:
            yield from _in_folder(root, path, (*above, here))
        elif _is_known(path):
            yield File(str(path), _id_within(root, path, stems))


def _in_glob(pattern: str) -> Iterator[File | ArticleError]:
    matches = {Path(match) for match in glob.iglob(pattern, recursive=True)}  # noqa: PTH207 - Path.glob refuses absolute patterns
    paths = sorted(path for path in matches if _is_known(path) and not _is_folder(path))
    stems = _stems(paths)
    root = _fixed_part(pattern)
    for path in paths:
        yield File(str(path), _id_within(root, path, stems))


def _stems(paths: Iterable[Path]) -> Counter[Path]:
    return Counter(path.with_suffix("") for path in paths if _is_known(path))


def _id_within(root: Path, path: Path, stems: Counter[Path]) -> str:
    stem = path.with_suffix("")
    return (path if stems[stem] > 1 else stem).relative_to(root).as_posix()


def _fixed_part(pattern: str) -> Path:
    """The folder before the first wildcard of a pattern."""
    return next(parent for parent in Path(pattern).parents if not glob.has_magic(str(parent)))
