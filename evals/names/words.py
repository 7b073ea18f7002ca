"""How alike two single words are.

Spelling variants are of two kinds. Typing errors and near spellings are left to rapidfuzz (optimal string alignment).
Transliterations of one word differ mostly in vowels and doubled letters (Qasem, Qassim; Hezbollah, Hizballah), so words
are also compared after a light phonetic fold and on their consonants.
"""

import re
from functools import lru_cache
from typing import Final

from rapidfuzz.distance import OSA

from evals.names.lexicon import word_classes

SAME_SOUND: Final = 0.97
SAME_CONSONANTS: Final = 0.93
SYNONYM: Final = 0.8
NEAR_SPELLING: Final = 0.8
"""Least OSA similarity of two spellings of a name: one edit in five letters."""

_NEAR_WITH_SAME_CONSONANTS: Final = 0.75
_LONG: Final = 7
_SHORTEST_SOUND: Final = 3
_SHORTEST_FUZZY: Final = 4
_SHORTEST_SKELETON: Final = 3
_SOUNDS: Final = (
    (re.compile(r"(?<=.{2})(?:[ae]h?|(?<![aeioucdgkpst])h)$"), "a"),
    (re.compile(r"x"), "ks"),
    (re.compile(r"q|ck|kh|c(?![eih])"), "k"),
    (re.compile(r"gh"), "g"),
    (re.compile(r"d[jz]h?"), "j"),
    (re.compile(r"dh"), "d"),
    (re.compile(r"ph"), "f"),
    (re.compile(r"th"), "t"),
    (re.compile(r"ou|oo|w|o"), "u"),
    (re.compile(r"ee|ei|ai|ae|ay|ey|y|e"), "i"),
    (re.compile(r"(.)\1+"), r"\1"),
)
_VOWELS: Final = re.compile(r"(?<!^)[aeiou]")


@lru_cache(maxsize=65536)
def sound(word: str) -> str:
    """A light phonetic fold: k-like, u-like and i-like letters become one, doubled letters single."""
    for pattern, replacement in _SOUNDS:
        word = pattern.sub(replacement, word)
    return word


@lru_cache(maxsize=65536)
def skeleton(word: str) -> str:
    """The consonants of a word's sound; a vowel counts only in first place, and all vowels are alike there."""
    heard = sound(word)
    consonants = _VOWELS.sub("", heard)
    return "a" + consonants[1:] if heard[:1] in "aeiou" else consonants


@lru_cache(maxsize=65536)
def word_similarity(a: str, b: str) -> float:
    """How alike two folded base forms are, in [0, 1]; 0 where they are rather two different words.

    Ordinary words of the lexicon must be equal or listed synonyms: they are no misspelt names ("mission", "missile").
    """
    if a == b:
        return 1.0
    classes = word_classes()
    if frozenset((a, b)) in classes.synonyms:
        return SYNONYM
    if a.isdigit() or b.isdigit() or _is_ordinary(a) or _is_ordinary(b):
        return 0.0
    return _name_similarity(a, b)


def _name_similarity(a: str, b: str) -> float:
    if sound(a) == sound(b) and max(len(a), len(b)) >= _SHORTEST_SOUND:
        return SAME_SOUND
    if min(len(a), len(b)) < _SHORTEST_FUZZY:
        return 0.0
    spelling = OSA.normalized_similarity(a, b)
    if _same_consonants(a, b, spelling):
        return SAME_CONSONANTS
    return spelling if spelling >= NEAR_SPELLING else 0.0


def _same_consonants(a: str, b: str, spelling: float) -> bool:
    """Whether two words are one name in two transliterations: the same consonants, and vowels not too far apart.

    Equal consonants alone are too little (Hassan, Hussein; Mahmoud, Mohammed; Moreno, Merino), unless one side comes
    from a script that leaves vowels out (hzballh).
    """
    consonants = skeleton(a)
    if consonants != skeleton(b) or len(consonants) < _SHORTEST_SKELETON:
        return False
    heard = sound(a), sound(b)
    if len(consonants) > _SHORTEST_SKELETON and sum(map(_is_vowelless, heard)) == 1:
        return True
    if spelling >= _NEAR_WITH_SAME_CONSONANTS:
        return True
    return min(map(len, heard)) >= _LONG and OSA.normalized_similarity(*heard) >= NEAR_SPELLING


def _is_vowelless(heard: str) -> bool:
    return 4 * sum(letter in "aiu" for letter in heard) <= len(heard)


@lru_cache(maxsize=65536)
def _is_ordinary(word: str) -> bool:
    classes = word_classes()
    return word in classes.generic or word in classes.modifiers or word in classes.titles or word in classes.parts
