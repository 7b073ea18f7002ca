"""How many tokens a text has, without any model's tokeniser: a guess by the shapes of its words.

Byte-pair tokenisers of today's models (about 100,000 to 260,000 tokens) have a token of its own for most English words
up to some seven letters with the space before them, cut longer and rarer words into pieces of about four letters,
numbers into groups of three digits, and take scripts that they saw less of in smaller pieces. A rule of thumb: expect
it to be off by a fifth, and by more in other languages than English. Where answers are there already, or the server
counts, their figures correct it (`estimating`). Pure functions.
"""

from __future__ import annotations

import re
from functools import lru_cache

from extractor.records import Message

_PIECES = re.compile(
    r"[A-Za-z']+"
    r"|(?P<digits>\d+)"
    r"|(?P<wide>[\u0e00-\u0eff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+)"
    r"|(?P<letters>[^\W\d_]+)"
    r"|(?P<lines>\s*\n\s*)"
    r"|(?P<blanks>[^\S\n]{2,})"
    r"|(?P<signs>[^\w\s]+|_+)"
)
_WHOLE_WORD = 8
"""Letters of a Latin word that is usually one token."""
_MORE_LETTERS = 5
"""Letters for each further token of a longer word."""
_DIGITS = 3
_OTHER_LETTERS = 3
"""Letters to a token in other alphabets: Cyrillic, Arabic, Greek, Latin with marks."""
_SIGNS = 2
_MESSAGE_TOKENS = 4
"""What a chat template puts around each message."""


def guess_tokens(text: str) -> int:
    """About so many tokens."""
    return sum(_piece(match) for match in _PIECES.finditer(text))


def guess_message_tokens(messages: tuple[Message, ...]) -> int:
    """About so many tokens of a whole request; the first message, often the same, is looked at once."""
    first, *others = messages
    return (
        _remembered(first.content)
        + sum(guess_tokens(message.content) for message in others)
        + _MESSAGE_TOKENS * len(messages)
    )


@lru_cache(maxsize=16)
def _remembered(text: str) -> int:
    return guess_tokens(text)


def _piece(match: re.Match[str]) -> int:
    size = match.end() - match.start()
    match match.lastgroup:
        case None:
            return 1 if size <= _WHOLE_WORD else 1 + -(-(size - _WHOLE_WORD) // _MORE_LETTERS)
        case "digits":
            return -(-size // _DIGITS)
        case "wide":
            return size
        case "letters":
            return -(-size // _OTHER_LETTERS)
        case "signs":
            return -(-size // _SIGNS)
        case _:
            return 1
