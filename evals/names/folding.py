"""Folding a name to plain words: case, diacritics, scripts, quotes, dashes, dotted acronyms, letter-digit compounds.

Knows nothing of what words mean; that is `lexicon` and `tokens`.
"""

import re
import unicodedata

from anyascii import anyascii

_APOSTROPHES = str.maketrans({"`": "'", "\u2019": "'", "\u2018": "'", "\u02bc": "'", "\u02bf": "'", "\u02be": "'"})
_POSSESSIVE = re.compile(r"(?<=\w)\s*'s\b")
_DOTTED_ACRONYM = re.compile(r"\b(?:[a-z]\.){2,}(?![a-z]{2})[a-z]?")
_LETTER_DIGIT = re.compile(r"(?<=[a-z])(?=\d)")
_DIGIT_LETTER = re.compile(r"(?<=\d)(?!(?:st|nd|rd|th)\b)(?=[a-z])")
_WORD = re.compile(r"[a-z0-9]+")


def to_ascii(text: str) -> str:
    """`text` in lower-case ASCII with its punctuation: composed, transliterated (anyascii), case-folded."""
    composed = unicodedata.normalize("NFC", text).translate(_APOSTROPHES)
    return (composed if composed.isascii() else anyascii(composed.casefold())).casefold()


def words(text: str) -> list[str]:
    """The words of `text`, folded.

    Possessives go ("Merino's" is merino), apostrophes inside a word close up ("Kata'ib" is kataib), dotted acronyms
    join ("U.S." is us), and letters part from digits, so that K1, K-1 and K 1 are the same two words; ordinals stay.
    """
    plain = _POSSESSIVE.sub(" ", to_ascii(text)).replace("'", "").replace("&", " and ")
    plain = _DOTTED_ACRONYM.sub(lambda match: match[0].replace(".", "") + " ", plain)
    return _WORD.findall(_DIGIT_LETTER.sub(" ", _LETTER_DIGIT.sub(" ", plain)))


def fold(text: str) -> str:
    """The folded words joined by single spaces; equal folds are the same name."""
    return " ".join(words(text))
