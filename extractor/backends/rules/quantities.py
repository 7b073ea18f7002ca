"""How many: digits, number words, vague words and hedges as bounds (guide 6.1 and 6.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from text_to_num import text2num

_UNITS = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_WORD = (
    rf"(?:(?:{'|'.join(_TENS)})(?:[- ](?:{'|'.join(_UNITS[:9])}))?|{'|'.join(sorted(_UNITS, key=len, reverse=True))})"
)
_WORDS = rf"{_WORD}(?: hundred(?: and {_WORD}| {_WORD})?)?(?: thousand)?"
_DIGITS = r"\d{1,3}(?:,\d{3})+|\d+"

# vague words: lowest number they allow (guide 6.2; 10, 12 and 100 are ACLED's)
_VAGUE = {
    "tens": 10, "dozens": 12, "scores": 20, "hundreds": 100, "thousands": 1000, "several dozen": 24,
    "several": 2, "a number": 2, "a few": 2, "many": 2, "various": 2, "multiple": 2, "some": 2, "a handful": 2,
    "numerous": 2, "a large number": 2,
    "scores more": 20, "dozens more": 12, "several more": 2, "several other": 2, "a group": 2,
}  # fmt: skip
_FIXED = {"a dozen": 12, "half a dozen": 6, "two dozen": 24, "three dozen": 36, "a couple": 2, "a pair": 2, "both": 2}
_ONE = ("a single", "an", "a", "another", "the")
_NONE = ("no", "none", "zero", "not one")

_AT_LEAST = (
    "at least",
    "more than",
    "over",
    "no fewer than",
    "no less than",
    "not less than",
    "upwards of",
    "a minimum of",
)
_AT_MOST = ("up to", "as many as", "fewer than", "less than", "under", "a maximum of")
_ABOUT = (
    "around",
    "about",
    "some",
    "almost",
    "nearly",
    "approximately",
    "roughly",
    "an estimated",
    "close to",
    "estimated",
)


def _choice(words: tuple[str, ...] | dict[str, int]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


QUANTITY = (
    rf"(?:(?P<hedge>{_choice((*_AT_LEAST, *_AT_MOST, *_ABOUT))}) )?"
    rf"(?:between )?(?:(?P<exact>{_DIGITS}|{_WORDS})(?:(?: to | and |-)(?P<upper>{_DIGITS}|{_WORDS})(?= ?(?:[a-z]|$)))?"
    rf"|(?P<fixed>{_choice(_FIXED)})|(?P<vague>{_choice(_VAGUE)})|(?P<none>{_choice(_NONE)})|(?P<one>{_choice(_ONE)}))"
    r"(?: of)?(?: (?:the|its|their|his|her|whom))?(?: other| more| additional)?"
)
"""A quantity in front of a noun, as the inside of a regular expression (case-insensitive, word boundaries outside)."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """A count as bounds; `definite` tells "the rocket" (a known one) from "a rocket"."""

    min: int | None
    max: int | None
    approx: bool = False
    disputed: bool = False

    def as_record(self) -> dict[str, int | bool | None]:
        """The keys of the schema's `Count`."""
        return {"min": self.min, "max": self.max, "approx": self.approx, "disputed": self.disputed}


ZERO = Bounds(0, 0)
ONE = Bounds(1, 1)
SEVERAL = Bounds(2, None, approx=True)


def number(text: str) -> int | None:
    """The value of digits or English number words, or None."""
    digits = text.replace(",", "")
    if digits.isdigit():
        return int(digits)
    try:
        return int(text2num(text.lower().replace("-", " "), "en"))
    except ValueError:
        return None


def bounds(match: re.Match[str]) -> Bounds | None:
    """The bounds that a match of `QUANTITY` states, or None where its words are no number."""
    hedge = (match["hedge"] or "").lower()
    if match["none"] or match["one"]:
        return ZERO if match["none"] else ONE
    if match["vague"]:
        return Bounds(_VAGUE[match["vague"].lower()], None, approx=True)
    fixed = match["fixed"]
    low = _FIXED[fixed.lower()] if fixed else number(match["exact"])
    if low is None:
        return None
    high = (number(match["upper"]) if match["upper"] else None) or low
    if hedge in _AT_LEAST:
        return Bounds(low, None)
    if hedge in _AT_MOST:
        return Bounds(None, high)
    return Bounds(min(low, high), max(low, high), approx=hedge in _ABOUT or bool(fixed and "dozen" in fixed))


def disagreeing(first: Bounds, second: Bounds) -> Bounds:
    """Two statements of one number: the same, or the widest bounds, marked disputed (guide 6.3)."""
    if (first.min, first.max) == (second.min, second.max):
        return first
    if first.min == second.min and None in (first.max, second.max) and SEVERAL not in (first, second):
        return first if first.max is None else second  # the headline drops the "at least"
    if _implies(first, second):
        return first
    if _implies(second, first):
        return second
    lows = [bound for bound in (first.min, second.min) if bound is not None]
    highs = [bound for bound in (first.max, second.max) if bound is not None]
    low = min(lows) if lows else None
    high = max([*highs, *lows]) if highs else None
    return Bounds(low, high, approx=first.approx or second.approx, disputed=True)


def _implies(sharp: Bounds, vague: Bounds) -> bool:
    """Whether `sharp` says all that a vague "several" or "at least n" says, and more."""
    if vague.max is not None or vague.min is None or sharp.min is None:
        return False
    return sharp.min >= vague.min and (sharp.max is not None or sharp.min > vague.min)


def subtract(total: Bounds, part: Bounds) -> Bounds | None:
    """What is left of a total when a part of it is told apart; None when nothing is."""
    low = None if total.min is None else max(0, total.min - (part.max if part.max is not None else part.min or 0))
    high = None if total.max is None else max(0, total.max - (part.min or 0))
    if not low and not high and total.max is not None:
        return None
    if low is None and high is None:
        return None
    return replace(total, min=low, max=high)
