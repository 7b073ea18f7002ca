"""Whether a short word can be the acronym of a run of words, in this or another language's order.

Acronyms of foreign organisations keep the order and initials of their own language (FARC: Fuerzas Armadas
Revolucionarias de Colombia; "Revolutionary Armed Forces of Colombia"), so letters may be permuted, and an English
organisation word also offers the initials of its translations.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from evals.names.lexicon import word_classes

IN_ORDER: Final = 0.97
PERMUTED: Final = 0.9
ONE_WORD_SHORT: Final = 0.85

LENGTHS: Final = range(2, 9)
"""Letters that an acronym may have."""


SHORTEST_INSIDE: Final = 3
"""Letters that an acronym needs to be believed where it or its expansion is only part of a name."""
_LONG_EXPANSION: Final = 5


@lru_cache(maxsize=32768)
def acronym_similarity(acronym: str, expansion: tuple[str, ...], *, whole: bool = True) -> float:
    """How well `acronym` abbreviates `expansion`: `IN_ORDER`, `PERMUTED`, `ONE_WORD_SHORT` or 0.

    `expansion` holds folded base forms without particles, at least two. Permuted letters are believed only where the
    expansion is a `whole` name: three words with three given initials are found by chance in many a long description.
    Two letters must be in order, too; a letter may be missing only from five words on.
    """
    if len(acronym) not in LENGTHS or not acronym.isalpha() or len(expansion) not in range(2, len(acronym) + 2):
        return 0.0
    if acronym == "".join(word[0] for word in expansion):
        return IN_ORDER if whole or len(acronym) >= SHORTEST_INSIDE else 0.0
    if not whole or len(acronym) < SHORTEST_INSIDE:
        return 0.0
    options = [word_classes().initials.get(word, frozenset()) | {word[0]} for word in expansion]
    if len(expansion) == len(acronym):
        return PERMUTED if _covers(acronym, options) else 0.0
    if len(expansion) >= _LONG_EXPANSION and len(expansion) == len(acronym) + 1 and acronym[0] in options[0]:
        shortened = (options[:i] + options[i + 1 :] for i in range(1, len(options)))
        return ONE_WORD_SHORT if any(_covers(acronym, shorter) for shorter in shortened) else 0.0
    return 0.0


def _covers(letters: str, options: Sequence[frozenset[str]]) -> bool:
    """Whether every letter can be given its own word (a perfect matching, by backtracking over at most 8 letters)."""
    if not letters:
        return True
    return any(
        letters[0] in option and _covers(letters[1:], [*options[:i], *options[i + 1 :]])
        for i, option in enumerate(options)
    )
