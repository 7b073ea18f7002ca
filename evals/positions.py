"""Where each value of a JSON text stands, so that a message about a label can name a line. Pure: knows no gold.

The `json` package says whether a text is JSON and what it means; here only the places are added. Of the packages that
do the same, none was maintained when this was written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Path = tuple[str | int, ...]
"""Keys and numbers from the outermost value inwards: `("events", 0, "role")`."""

_SPACE = re.compile(r"[ \t\n\r]*")
_SCALAR = json.JSONDecoder()
_ADVICE: Mapping[str, str] = {
    "Expecting ',' delimiter": "a comma or a closing bracket is missing behind this",
    "Expecting property name enclosed in double quotes": "a key in double quotes must stand here",
    "Illegal trailing comma before end of object": "take away this comma before }",
    "Illegal trailing comma before end of array": "take away this comma before ]",
    "Expecting ':' delimiter": "a colon is missing between key and value",
    "Expecting value": "a value is missing here: text in double quotes, a number, true, false, null, [ or {",
    "Unterminated string starting at": "the text that begins here has no closing double quote: close its quote first",
    "Invalid control character at": (
        "a text goes over the end of its line: close its quote first, or write a line break as \\n"
    ),
    "Invalid \\escape": "a lone backslash: write it twice",
    "Extra data": "something stands behind the end of the object",
}
_BEHIND = "Expecting ',' delimiter"
"""What is wrong here is missed only at the next value, often on a later line."""

_QUOTE_INSIDE = r", or a quote mark inside a text needs \" before it"
_CURLY = "“”„‟‘’‚‛"


class NotJsonError(ValueError):
    """A text that is not JSON.

    Attributes:
        line: where it goes wrong, from 1.
    """

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class Positions:
    """The places of all values in a JSON text.

    Attributes:
        text: what was read.
        value: what it means; of a key that stands twice in one object, the last.
        starts: offset at which each value begins, in code points; for a member of an object that of its key.
        repeated: keys that stand more than once in their object, with the offset of the first.
    """

    text: str
    value: Any
    starts: Mapping[Path, int]
    repeated: Sequence[tuple[Path, int]]

    def line(self, path: Sequence[str | int]) -> int:
        """The line, from 1, of a value, or of the innermost value around it that there is."""
        known = tuple(path)
        while known not in self.starts:
            known = known[:-1]
        return line_of(self.text, self.starts[known])


def line_of(text: str, offset: int) -> int:
    """The line, from 1, of a character."""
    return text.count("\n", 0, offset) + 1


def read_positions(text: str) -> Positions:
    """Read a JSON text with the place of each value.

    Raises:
        NotJsonError: it is not JSON, or nested deeper than Python's own reader goes.
    """
    try:
        value = json.loads(text)
        walk = _Walk(text)
        walk.value(0, ())
    except json.JSONDecodeError as error:
        raise _not_json(text, error) from error
    except RecursionError:
        raise NotJsonError("is nested too deeply to be read", 1) from None
    return Positions(text, value, walk.starts, walk.repeated)


def _not_json(text: str, error: json.JSONDecodeError) -> NotJsonError:
    before = text[: error.pos].rstrip()
    closing = text[error.pos : error.pos + 1]
    at, advice = error.pos, _ADVICE.get(error.msg, error.msg[:1].lower() + error.msg[1:])
    if before.endswith(",") and closing and closing in "]}":  # said so only from Python 3.13 on
        at, advice = len(before) - 1, f"take away this comma before {closing}"
    elif error.msg == _BEHIND:
        at = len(before) - 1
    at, advice = _told(text, error, at, advice)
    line = line_of(text, max(at, 0))
    column = at - text.rfind("\n", 0, max(at, 0))
    return NotJsonError(f"is not JSON: {advice} (column {column})", line)


def _told(text: str, error: json.JSONDecodeError, at: int, advice: str) -> tuple[int, str]:
    """Place and advice, where what stands at the error says more than the error does."""
    ahead = text[error.pos : error.pos + 2]
    before = text[: error.pos].rstrip(" \t")
    if error.msg.startswith("Invalid control"):
        curly = _closed_curly(text[text.rfind('"', 0, error.pos) + 1 : error.pos])
    elif error.msg.startswith("Unterminated"):
        curly = _closed_curly(text[error.pos + 1 :])
    elif ahead in ("//", "/*") or ahead[:1] == "#":
        return error.pos, "JSON has no comments: delete it"
    else:
        curly = bool(ahead) and ahead[0] in _CURLY
    if curly:
        return error.pos, 'these are curly quotes: use straight ones, "'
    if error.msg in (_BEHIND, "Expecting ':' delimiter") and before.endswith('"'):
        return at, advice + _QUOTE_INSIDE
    return at, advice


def _closed_curly(inside: str) -> bool:
    """Whether a text that has no end seems to have a curly closing quote; a pair of them may be part of it."""
    return "“" not in inside and inside.rstrip(" \t\n\r,:]}").endswith(("”", "„", "‟"))


@dataclass
class _Walk:
    """One walk over a text that is known to be JSON; each method returns the offset behind what it read."""

    text: str
    starts: dict[Path, int] = field(default_factory=dict)
    repeated: list[tuple[Path, int]] = field(default_factory=list)

    def value(self, offset: int, path: Path) -> int:
        offset = self._skip(offset)
        self.starts.setdefault(path, offset)
        match self.text[offset]:
            case "{":
                return self._object(offset + 1, path)
            case "[":
                return self._array(offset + 1, path)
            case _:
                return _SCALAR.raw_decode(self.text, offset)[1]

    def _object(self, offset: int, path: Path) -> int:
        offset = self._skip(offset)
        while self.text[offset] != "}":
            key, behind = _SCALAR.raw_decode(self.text, offset)
            member = (*path, key)
            if member in self.starts:
                self._forget(member)
            self.starts[member] = offset
            offset = self._next(self.value(self._skip(behind) + 1, member))
        return offset + 1

    def _array(self, offset: int, path: Path) -> int:
        offset, number = self._skip(offset), 0
        while self.text[offset] != "]":
            offset = self._next(self.value(offset, (*path, number)))
            number += 1
        return offset + 1

    def _forget(self, member: Path) -> None:
        """Drop an earlier value of the same key with all that is in it: the last one counts."""
        self.repeated.append((member, self.starts[member]))
        for known in [path for path in self.starts if path[: len(member)] == member]:
            del self.starts[known]

    def _next(self, offset: int) -> int:
        """From behind a value to the next one, or to the closing bracket."""
        offset = self._skip(offset)
        return self._skip(offset + 1) if self.text[offset] == "," else offset

    def _skip(self, offset: int) -> int:
        match = _SPACE.match(self.text, offset)
        return match.end() if match else offset
