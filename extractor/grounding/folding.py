"""An article made searchable once: folded text, and for every folded character where it stands in the original.

Folding takes away what writers, web pages and models change without meaning anything: case, curly quotes, dashes,
kinds and numbers of spaces, diacritics, ligatures, invisible characters. Everything here counts in code points of the
original text. Knows nothing of schemas or events.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from itertools import compress

_QUOTES = dict.fromkeys("‘’‚‛′‵ʼʻʾʿˈ´＇", "'") | dict.fromkeys("“”„‟″‶«»〝〞＂", '"')
_HYPHENS = dict.fromkeys("‐‑‒–−﹣－", "-")
_LONG_DASHES = dict.fromkeys("—―⸺⸻", " ")  # they part clauses: "the base—seven rockets" is no compound
_AS_ASCII = _QUOTES | _HYPHENS | _LONG_DASHES
_GAPS = b" \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f-'`\""
"""What is left out when searching: after folding, all kinds of spaces, dashes and quotes are among these."""
_NOTHING = "\x1f"  # stands, as a gap, for a character that folds to nothing
_WITHOUT_QUOTES = dict.fromkeys(map(ord, f"'`\"{_NOTHING}"))
_IS_KEPT = bytes(0 if code in _GAPS else 1 for code in range(256))
_GAP_CHARACTERS = frozenset(_GAPS.decode())
_NON_ASCII = re.compile(r"[^\x00-\x7f]")
_WORD = re.compile(r"[^\W_]+")
_LETTERS_ONLY = bytes(code if chr(code).isalpha() and code < 128 else ord(" ") for code in range(256))  # noqa: PLR2004
_DIGITS = re.compile(r"[0-9]+")
_MANY = 48  # distinct characters above which one pass through a table beats so many replacements


@lru_cache(maxsize=16384)
def fold_character(character: str) -> str:
    """The folded form of one character: usually one character, none for marks, two or more for ligatures.

    The definition is Unicode's compatibility decomposition (NFKD, UAX #15) without combining marks, case folded, with
    quotes, dashes and spaces brought to ASCII. Folding a text is folding its characters one by one.
    """
    if replacement := _AS_ASCII.get(character):
        return replacement
    if character.isspace():
        return " "
    if unicodedata.category(character) == "Cf":  # soft hyphens, joiners, byte order marks, direction marks
        return ""
    if "가" <= character <= "힣":  # a Hangul syllable decomposes into letters without being a ligature
        return character
    parts = unicodedata.normalize("NFKD", character)
    kept = "".join(part for part in parts if not unicodedata.combining(part))
    return "".join(_AS_ASCII.get(part, " " if part.isspace() else part) for part in kept.casefold())


def flatten(text: str) -> tuple[str, dict[str, str]]:
    """A text folded without changing its length, and those of its characters that fold to several, with their folds.

    Those stay as they are; characters that fold to nothing become a gap.
    """
    if text.isascii():
        return text.lower(), {}
    longer: dict[str, str] = {}
    single: dict[str, str] = {}
    for character in set(_NON_ASCII.findall(text)):
        folded = fold_character(character)
        if len(folded) > 1:
            longer[character.lower()] = folded
        elif folded != character:
            single[character] = folded or _NOTHING
    if len(single) > _MANY:
        text = text.translate({ord(character): folded for character, folded in single.items()})
    else:
        for character, folded in single.items():
            text = text.replace(character, folded)
    return text.lower(), longer


def _drop_gaps(plain: str) -> str:
    if plain.isascii():
        return plain.encode().translate(None, _GAPS).decode()
    for gap in _GAP_CHARACTERS:
        plain = plain.replace(gap, "")
    return plain


def squeeze(text: str) -> str:
    """A text folded, without spaces, dashes and quotes: what values are compared in."""
    return squeeze_flat(*flatten(text))


def squeeze_flat(plain: str, longer: Mapping[str, str]) -> str:
    """`squeeze` for a text that was flattened before."""
    for character, folded in longer.items():
        plain = plain.replace(character, folded)
    return _drop_gaps(plain)


def words_of(text: str, *, dash: str = " ") -> list[str]:
    """The folded words of a text; spaces and, unless told otherwise, dashes part words, quotes do not."""
    plain, longer = flatten(text)
    for character, folded in longer.items():
        plain = plain.replace(character, folded)
    return plain.replace("-", dash).translate(_WITHOUT_QUOTES).split()


def is_gap(character: str) -> bool:
    """Whether searching leaves this character out."""
    folded = character.lower() if character.isascii() else fold_character(character)
    return all(part in _GAP_CHARACTERS for part in folded)


def is_mark(character: str) -> bool:
    """Whether this character belongs to the one before it (a combining mark)."""
    return not character.isascii() and unicodedata.combining(character) != 0


class Index:
    """One article, folded.

    Attributes:
        text: the original.
        plain: as long as `text`, folded character by character where the folded form is one character; patterns for
            numbers and dates run over it and need no mapping.
        squeezed: folded, without spaces, dashes and quotes; `str.find` finds values in it whatever the spacing.
        offsets: for each character of `squeezed`, its place in `text`.
        splits: whether some character of `text` folds to two or more, so that a match could begin or end inside it.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.plain, longer = flatten(text)
        self.squeezed = _drop_gaps(self.plain)
        raw = self.plain.encode("ascii", "replace")  # one byte a character, "?" for those beyond ASCII
        self.offsets = list(compress(range(len(text)), raw.translate(_IS_KEPT)))
        self.splits = bool(longer)
        if longer:
            self._expand(longer)

    def _expand(self, longer: dict[str, str]) -> None:
        """Put in the folds of characters that fold to several, all with the place of that character."""
        pieces, offsets, last = [], [], 0
        for match in re.finditer("[" + re.escape("".join(longer)) + "]", self.squeezed):
            folded = _drop_gaps(longer[match.group()])
            pieces += [self.squeezed[last : match.start()], folded]
            offsets += [*self.offsets[last : match.start()], *[self.offsets[match.start()]] * len(folded)]
            last = match.end()
        self.squeezed = "".join([*pieces, self.squeezed[last:]])
        self.offsets = offsets + self.offsets[last:]

    @cached_property
    def word_spans(self) -> list[tuple[int, int]]:
        """`[start, end)` of every word, in order."""
        return [match.span() for match in _WORD.finditer(self.plain)]

    @cached_property
    def _letters(self) -> str:
        """`plain` between two spaces, with spaces for all but the letters a to z: " word " is found whole only."""
        return f" {self.plain.encode('ascii', 'replace').translate(_LETTERS_ONLY).decode()} "

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Every run of the letters a to z in `plain`."""
        return frozenset(self._letters.split())

    @cached_property
    def digit_spans(self) -> list[tuple[int, int]]:
        """`[start, end)` of every run of digits, in order."""
        return [match.span() for match in _DIGITS.finditer(self.plain)]

    def word_starts(self, words: Iterable[str]) -> list[int]:
        """Where any of these words of the letters a to z stands whole, in order.

        One look at the vocabulary tells which words are there at all; searching for those few is several times faster
        than one pattern of all alternatives.
        """
        letters, starts = self._letters, []
        for word in self.vocabulary.intersection(words):
            start = letters.find(f" {word} ")
            while start >= 0:
                starts.append(start)
                start = letters.find(f" {word} ", start + len(word) + 1)
        return sorted(starts)

    def squeezed_range(self, start: int, end: int) -> tuple[int, int]:
        """Where the original `[start, end)` lies in `squeezed`."""
        return bisect_left(self.offsets, start), bisect_left(self.offsets, end)
