"""What is wrong with a gold file, as a value with its place, and the words that messages about it share. Pure."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

At = tuple[str | int, ...]
_LIKENESS = 0.5


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong with a gold file.

    Attributes:
        at: keys and numbers from the file's object to the place.
        message: what is wrong and what to do, in one line.
        warning: it may be meant so; nothing is refused for it.
    """

    at: At
    message: str
    warning: bool = False

    def __str__(self) -> str:
        where = ".".join(map(str, self.at))
        return f"{where}: {self.message}" if where else self.message


def did_you_mean(key: str, names: Iterable[str]) -> str:
    """The end of a sentence about an unknown word: the known one that it is most like, if there is any."""
    names = list(names)
    near = difflib.get_close_matches(key, names, n=1, cutoff=_LIKENESS)
    return f", did you mean {near[0]!r}?" if near else ""


def short(value: Any, limit: int = 60) -> str:
    """A value as it is shown in a message: text in single quotes, all else as JSON has it."""
    text = repr(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= limit else f"{text[:limit]}…"
