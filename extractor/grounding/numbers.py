"""Numbers as articles write them: digits, words, and words that stand for a number. Offsets are those of `plain`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

from text_to_num import text2num

from extractor.grounding import lexicon
from extractor.grounding.folding import Index

Wording = Literal["digits", "words", "plain", "vague"]
_FIRST_YEAR, _LAST_YEAR = 1800, 2199
_YEAR_DIGITS = 4


class Mention(NamedTuple):
    """A number in the text.

    `wording` is how it is written: `digits`, number `words`, a word of certain value (`plain`: none, both) or a
    `vague` one (dozens).
    """

    start: int
    end: int
    wording: Wording


def _either(words: tuple[str, ...] | list[str]) -> str:
    longest_first = sorted(words, key=len, reverse=True)
    return "(?:" + "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in longest_first) + ")"


_SCALE = _either(list(lexicon.SCALES))
_ONE_WORD = _either([*lexicon.SMALL_NUMBERS[1:], *lexicon.SCALES])
_RUN = rf"(?:a\s+(?={_SCALE}\b))?{_ONE_WORD}(?:(?:[\s-]+|(?:(?<=hundred)|(?<=thousand))\s+and\s+){_ONE_WORD}\b)*"
_FIXED = {**lexicon.PLAIN_NUMBERS, **lexicon.VAGUE_NUMBERS, "zero": 0}
_DIGITS = re.compile(
    rf"(?P<number>\d{{1,3}}(?:,\d{{3}})+(?!\d)|\d+(?:\.\d+)?)(?:[\s-](?P<scale>{_SCALE})\b)?"
    r"(?![.,:/]?\d)(?:(?=[a-z]{3})|(?!\w))"
)
_WORDS = re.compile(rf"(?P<fixed>{_either(list(_FIXED))})\b(?!\s+{_SCALE}\b)|{_RUN}\b")
_FIRST_WORDS = frozenset(
    word.split()[0] for word in (*lexicon.SMALL_NUMBERS, *lexicon.SCALES, *_FIXED) if not word.startswith("a ")
)
_SCALED = re.compile(r"\d[\s-]$")  # "1.2 million" is read with its digits
_A_BEFORE = re.compile(r"\ba\s+$")
_AFTER_A = frozenset(word.split()[1] for word in _FIXED if word.startswith("a ")) | frozenset(lexicon.SCALES)
_DATE = re.compile(r"\d{1,4}([-./])\d{1,2}\1\d{1,4}(?!\d)")
_ARTICLE = re.compile(r"\b(?:an?|another)\b")
_WORD = re.compile(r"[a-z]+")
_MEASURE_AFTER = re.compile(rf"[\s-]?{_either(list(lexicon.MEASURES_AFTER))}(?!\w)")
_MONTH_AFTER = re.compile(rf"(?:st|nd|rd|th)?(?:\s+of)?[\s-]{_either(list(lexicon.MONTHS))}\b")
_DAY_AFTER = re.compile(r"\s?-\s?\d{1,2}(?:st|nd|rd|th)?\s+" + _either(list(lexicon.MONTHS)) + r"\b")
_WORD_BEFORE = re.compile(r"([a-z]+|,)\.?\s*$")
_LONGEST_GAP = 4  # "a" and the space after it
_REACH_BACK = 14  # longer than any month or word that years follow, with a space


def find_numbers(index: Index) -> dict[float, list[Mention]]:
    """All numbers of an article by value, each list in text order."""
    found: dict[float, list[Mention]] = {}
    for value, mention in (*_in_digits(index), *_in_words(index)):
        found.setdefault(value, []).append(mention)
    for mentions in found.values():
        mentions.sort()
    return found


def _in_digits(index: Index) -> Iterator[tuple[float, Mention]]:
    plain, done = index.plain, 0
    for start, _ in index.digit_spans:
        if start < done or _continues_something(plain, start):
            continue
        if date := _DATE.match(plain, start):
            done = date.end()
            continue
        match = _DIGITS.match(plain, start)
        if match is None:
            continue
        done = match.end()
        scale = match.group("scale")
        value = float(match.group("number").replace(",", "")) * (lexicon.SCALES[scale] if scale else 1)
        yield value, Mention(start, done, "digits")


def _continues_something(plain: str, start: int) -> bool:
    """Whether digits belong to what stands before them: "K1", "F-16", "8:45", "1.5"."""
    before = plain[max(start - 2, 0) : start]
    if not before:
        return False
    if before[-1].isalnum() or before[-1] == "_":
        return True
    return (before[-1] == "-" and before[0].isalpha()) or (before[-1] in ".,:/" and before[0].isdigit())


def _in_words(index: Index) -> Iterator[tuple[float, Mention]]:
    plain, done = index.plain, 0
    for place in index.word_starts(_FIRST_WORDS | _AFTER_A):
        if place < done or _SCALED.search(plain, max(place - _LONGEST_GAP, 0), place):
            continue
        article = _A_BEFORE.search(plain, max(place - _LONGEST_GAP, 0), place)
        start = article.start() if article else place
        match = _WORDS.match(plain, start) or _WORDS.match(plain, place)
        if match is None:
            continue
        start, done = match.span()
        if match.group("fixed"):
            word = " ".join(match.group().split())
            wording: Wording = "vague" if word in lexicon.VAGUE_NUMBERS else "plain"
            yield float(_FIXED[word]), Mention(start, done, wording)
            continue
        for value, first, last in _parse_run(match.group()):
            yield value, Mention(start + first, start + last, "words")


def find_articles(plain: str, start: int, end: int) -> list[Mention]:
    """`a`, `an` and `another` in a stretch of the folded text: each may say one."""
    return [Mention(*match.span(), "vague") for match in _ARTICLE.finditer(plain, start, end)]


@lru_cache(maxsize=4096)
def _parse_run(run: str) -> tuple[tuple[float, int, int], ...]:
    """The numbers of a run of number words, as (value, start, end) in the run; several if it makes no one number."""
    value = _parse_words(" ".join(run.replace("-", " ").split()))
    if value is not None:
        return ((value, 0, len(run)),)
    parts = [match for match in _WORD.finditer(run) if match.group() not in ("a", "and")]
    values = lexicon.NUMBER_WORDS | lexicon.SCALES
    return tuple((float(values[part.group()]), part.start(), part.end()) for part in parts)


def _parse_words(words: str) -> float | None:
    words = f"one{words[1:]}" if words.startswith("a ") else words
    if words in lexicon.NUMBER_WORDS:
        return float(lexicon.NUMBER_WORDS[words])
    rest, _, last = words.rpartition(" ")
    try:
        if last == "dozen":
            return 12.0 * float(text2num(rest, "en")) if rest else 12.0
        return float(text2num(words, "en"))
    except ValueError:
        return None


def is_measure(plain: str, mention: Mention) -> bool:
    """Whether a number is a distance, time, age, sum of money, percentage, day of the month or year."""
    start, end, wording = mention
    if wording in ("plain", "vague"):
        return False
    if wording == "digits" and _is_calendar(plain, start, end):
        return True
    before = plain[max(start - 4, 0) : start].rstrip()
    return before.endswith(lexicon.MEASURES_BEFORE) or _MEASURE_AFTER.match(plain, end) is not None


def _is_calendar(plain: str, start: int, end: int) -> bool:
    """Whether digits are a day of the month or a year."""
    if _MONTH_AFTER.match(plain, end) or _DAY_AFTER.match(plain, end):
        return True
    before = _WORD_BEFORE.search(plain[max(start - _REACH_BACK, 0) : start])
    if before is None:
        return False
    word = before.group(1)
    if word in lexicon.MONTHS:
        return True
    is_year = end - start == _YEAR_DIGITS and _FIRST_YEAR <= int(plain[start:end]) <= _LAST_YEAR
    return is_year and (word in lexicon.YEARS_FOLLOW or word == ",")
