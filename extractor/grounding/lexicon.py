"""The words of `lexicon.toml`, in the shapes that the searches need. Knows nothing of texts or values."""

from __future__ import annotations

import tomllib
from importlib.resources import files

_DATA = tomllib.loads(files(__package__).joinpath("lexicon.toml").read_text(encoding="utf-8"))

SMALL_NUMBERS: tuple[str, ...] = tuple(_DATA["numbers"]["small"])
"""`zero` to `ninety`: the words of numbers below a hundred."""
SCALES: dict[str, int] = _DATA["numbers"]["scales"]
"""`hundred` and its like, with what they multiply by."""
PLAIN_NUMBERS: dict[str, int] = _DATA["numbers"]["plain"]
"""Words such as `none` or `both` whose number is certain."""
VAGUE_NUMBERS: dict[str, int] = _DATA["numbers"]["vague"]
"""Words such as `dozens`, with the lower bound that the labelling convention gives them."""
MEASURES_AFTER: tuple[str, ...] = tuple(_DATA["measures"]["after"])
"""Units: a number before one of them counts no people or things."""
MEASURES_BEFORE: tuple[str, ...] = tuple(_DATA["measures"]["before"])
"""Signs: a number after one of them counts no people or things."""
YEARS_FOLLOW: frozenset[str] = frozenset(_DATA["measures"]["years_follow"])
"""Words after which four digits are a year."""
SHORT_MONTHS: dict[str, int] = _DATA["months"]["short"]
"""Short names of months, 1 to 12; they may carry a full stop."""
MONTHS: dict[str, int] = _DATA["months"]["full"] | SHORT_MONTHS
"""Names and short names of months, 1 to 12."""
GLUE_PREFIXES: frozenset[str] = frozenset(_DATA["glue"]["prefixes"])
"""What makes another word when it stands before a word without a space."""
GLUE_SUFFIXES: frozenset[str] = frozenset(_DATA["glue"]["suffixes"])
"""What makes another word when it stands after a word without a space."""
GLUE_WORDS: frozenset[str] = frozenset(_DATA["glue"]["words"])
"""Small words that are words wherever a space is missing."""
ACTS: frozenset[str] = frozenset(_DATA["acts"]["words"])
"""Verbs that are cues for a number and never what `a` counts."""
CUES: dict[str, tuple[str, ...]] = {word: tuple(forms) for word, forms in _DATA["cues"].items()}
"""For a field's name or a neighbouring value: how other words for it begin."""

NUMBER_WORDS: dict[str, int] = {
    word: (number if number <= 20 else (number - 18) * 10)  # noqa: PLR2004  # twenty, thirty, … follow nineteen
    for number, word in enumerate(SMALL_NUMBERS)
}
"""`zero` to `ninety` with their values."""
RIGID: dict[str, str] = (
    {word: word for word in _DATA["rigid"]["words"]}
    | {word: f"month {number}" for word, number in MONTHS.items()}
    | {word: str(number) for word, number in (NUMBER_WORDS | SCALES).items()}
)
"""Words that a fuzzy match must keep, each with what it stands for: `seven` and `7` are the same."""
