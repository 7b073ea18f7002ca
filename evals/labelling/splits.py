"""The splits of a gold folder: its subfolders, or the folder itself where the files stand right in it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from evals.gold import GoldArticle


def by_split(articles: Sequence[GoldArticle], folder: Path) -> dict[str, list[GoldArticle]]:
    """Articles by split, splits in the order of their names.

    Args:
        articles: as `read_gold` gave them for the folder.
        folder: a folder, or one file.
    """
    found: dict[str, list[GoldArticle]] = {}
    for article in articles:
        found.setdefault(split_of(article.path, folder), []).append(article)
    return dict(sorted(found.items()))


def split_of(path: Path, folder: Path) -> str:
    """The split of a gold file: the first folder below the one that was named, else that one's own name."""
    root = folder if folder.is_dir() else folder.parent
    parts = path.relative_to(root).parts
    return parts[0] if len(parts) > 1 else root.resolve().name
