"""Where a quote or a name stands in an article: exactly or after folding, at all its places.

Names match whole words only. Where the article has lost a space ("soldiersnorth of the river"), a name may begin or
end inside what looks like one word, as long as the rest of it is no affix that makes another word ("northwest").
"""

from __future__ import annotations

from functools import cached_property
from typing import Literal, NamedTuple

from extractor.grounding import lexicon
from extractor.grounding.folding import Index, flatten, is_gap, is_mark, squeeze, squeeze_flat, words_of

_ACRONYM_LETTERS = 5
_SHOUTED_LETTERS = 4  # from here on, capitals may be another word in capitals: "SOKIL", but not "US"
_RESPACED_LETTERS = 6  # shorter values must have the spaces of the text: "US" is not "u s"
_GLUED_LETTERS = 8  # longer values of several words are recognised although they touch a neighbour
_LEAST_GLUED_LETTERS = 3  # anything shorter is in too many words
_SHORTEST_NEIGHBOUR = 3
_KEPT_ENDS = ".,;:!?)"  # a value may end with these, and searching keeps them
_LOOSE_QUOTE_LETTERS = 12  # quotes this long need not begin and end with a word


class Place(NamedTuple):
    """A place of a value: original `[start, end)`, how it was found, and how doubtful it is.

    `tier` 0 is as good as exact; 1 has a capitalised value in lower case ("March", "march"); 2 has other spaces,
    or touches a neighbouring word.
    """

    start: int
    end: int
    status: Literal["exact", "folded", "fuzzy"]
    tier: int


class _Needle:
    """A value made ready for searching; what few matches need is worked out when it is needed."""

    def __init__(self, value: str) -> None:
        self.value = value
        self.plain, longer = flatten(value)
        self.squeezed = squeeze_flat(self.plain, longer)
        self.has_capitals = not value.islower()
        first, last = value[:1], value[-1:]
        self.has_edges = not (first.isalnum() and (last.isalnum() or last in _KEPT_ENDS))

    @cached_property
    def words(self) -> list[str]:
        return words_of(self.value)

    @cached_property
    def edges(self) -> tuple[str, str]:
        """The quotes and dashes that the value begins and ends with; searching leaves them out."""
        stripped = self.value.strip()
        return stripped[: _count_gaps(stripped)], stripped[len(stripped) - _count_gaps(stripped[::-1]) :]


def find_quote(index: Index, quote: str) -> list[Place]:
    """All places of a verbatim quote, in text order."""
    places, loose = _scan(index, quote)
    if places:
        return places
    return [place for place, _ in loose if len(squeeze(quote)) >= _LOOSE_QUOTE_LETTERS]


def find_name(index: Index, name: str) -> list[Place]:
    """All places of a name or phrase, those where it touches a neighbouring word last."""
    letters = name.replace(".", "") if name.isupper() else ""
    is_acronym = letters.isalpha() and len(letters) <= _ACRONYM_LETTERS
    if is_acronym and (places := _find_acronym(index, name)):
        return places
    places, loose = _scan(index, name)
    if is_acronym:
        kept = [place for place in places if not index.text[place.start : place.end].islower()]
        return kept if len(letters) >= _SHOUTED_LETTERS else []
    return places + [
        place for place, stretch in loose if _is_only_glued(index, stretch, is_long=_is_long(name, stretch))
    ]


def _find_acronym(index: Index, name: str) -> list[Place]:
    """Capitals as they stand, with or without full stops: "US" is neither "us" nor a part of "USAF"."""
    letters = name.replace(".", "")
    text = index.text
    places = []
    for form in {name, letters, ".".join(letters), ".".join(letters) + "."}:
        start = text.find(form)
        while start >= 0:
            end = start + len(form)
            if _is_whole(text, start, end):
                if not _goes_on(text, end):
                    places.append(Place(start, end, "exact" if form == name else "folded", 0))
            elif _touches_lower_case(text, start, end) and _is_only_glued(index, (start, end), is_long=True):
                places.append(Place(start, end, "fuzzy", 2))
            start = text.find(form, end)
    widest = {place.start: place for place in sorted(places, key=lambda place: place.end)}
    exact = {place.start: place for place in places if place.status == "exact"}
    return [(exact.get(start) or widest[start]) for start in sorted(widest)]


def _goes_on(text: str, end: int) -> bool:
    """Whether another capital follows a full stop: the "U.S." of "U.S.A." is another name."""
    after = end if text[end - 1] == "." else end + 1
    return (
        text[after - 1 : after] == "."
        and text[after : after + 1].isupper()
        and not text[after + 1 : after + 2].islower()
    )


def _touches_lower_case(text: str, start: int, end: int) -> bool:
    """Whether capitals end where a word without capitals begins, and the other way round: "blamedNVL"."""
    return not (text[start - 1 : start].isupper() or text[end : end + 1].isupper())


def _scan(index: Index, value: str) -> tuple[list[Place], list[tuple[Place, tuple[int, int]]]]:
    """Places where the value's words are whole, and those where it begins or ends inside a word."""
    needle = _Needle(value)
    squeezed = needle.squeezed
    whole: list[Place] = []
    loose: list[tuple[Place, tuple[int, int]]] = []
    if not squeezed:
        return whole, loose
    hay, offsets, text = index.squeezed, index.offsets, index.text
    is_simple = not needle.has_edges
    length, position = len(squeezed), hay.find(squeezed)
    while position >= 0:
        start, end = offsets[position], offsets[position + length - 1] + 1
        if index.splits and _cuts(offsets, position, length):
            pass
        elif _is_whole(text, start, end):
            if is_simple and text[start:end] == value and text[end : end + 1].isascii():
                whole.append(Place(start, end, "exact", 0))  # by far the most frequent case
            elif place := _place(index, needle, start, end):
                whole.append(place)
        elif place := _place(index, needle, start, end):
            loose.append((place._replace(status="fuzzy", tier=2), (start, end)))
        position = hay.find(squeezed, position + 1)
    return whole, loose


def _count_gaps(text: str) -> int:
    return next((count for count, character in enumerate(text) if not is_gap(character)), len(text))


def _cuts(offsets: list[int], position: int, length: int) -> bool:
    """Whether a match begins or ends inside a character that folds to several ("ß" to "ss")."""
    end = position + length
    return (position > 0 and offsets[position - 1] == offsets[position]) or (
        end < len(offsets) and offsets[end] == offsets[end - 1]
    )


def _is_whole(text: str, start: int, end: int) -> bool:
    if start and text[start - 1].isalnum() and text[start].isalnum():
        return False
    return not (end < len(text) and text[end - 1].isalnum() and text[end].isalnum())


def _place(index: Index, needle: _Needle, start: int, end: int) -> Place | None:
    text = index.text
    while end < len(text) and is_mark(text[end]):
        end += 1
    if needle.has_edges:
        before, after = needle.edges
        start -= _matching_edge(text[max(start - len(before), 0) : start][::-1], before[::-1])
        end += _matching_edge(text[end : end + len(after)], after)
    found = text[start:end]
    if found == needle.value:
        return Place(start, end, "exact", 0)
    if index.plain[start:end] != needle.plain and not _same_spacing(needle, found):
        if len(needle.squeezed) < _RESPACED_LETTERS and not any(map(str.isdigit, needle.squeezed)):
            return None
        return Place(start, end, "folded", 2)
    return Place(start, end, "folded", 1 if needle.has_capitals and found.islower() else 0)


def _same_spacing(needle: _Needle, found: str) -> bool:
    """Whether spaces stand where the value has them; a dash may be a space or nothing ("K-1", "K1")."""
    words = words_of(found)
    if words == needle.words:
        return True
    bare = words_of(needle.value, dash="")
    return words == bare or words_of(found, dash="") in (needle.words, bare)


def _matching_edge(beside: str, edge: str) -> int:
    """How many characters beside a match belong to it, because the value has quotes or dashes there, too."""
    if beside.startswith(edge):
        return len(edge)
    both = zip(beside, edge, strict=False)
    return next(
        (count for count, (one, other) in enumerate(both) if not is_gap(one) or one.isspace() or other.isspace()),
        min(len(beside), len(edge)),
    )


def _is_long(name: str, stretch: tuple[int, int]) -> bool:
    return " " in name.strip() and stretch[1] - stretch[0] >= _GLUED_LETTERS


def _is_only_glued(index: Index, stretch: tuple[int, int], *, is_long: bool) -> bool:
    """Whether a name that begins or ends inside a word does so for want of a space."""
    text, (start, end) = index.text, stretch
    if end - start < _LEAST_GLUED_LETTERS:
        return False
    left, right = start, end
    while left and text[left - 1].isalnum():
        left -= 1
    while right < len(text) and text[right].isalnum():
        right += 1
    if not text[start].isalnum():
        left = start
    if not text[end - 1].isalnum():
        right = end
    before, after = index.plain[left:start], index.plain[end:right]
    return (not before or _is_neighbour(index, before, lexicon.GLUE_PREFIXES, lenient=is_long)) and (
        not after or _is_neighbour(index, after, lexicon.GLUE_SUFFIXES, lenient=is_long)
    )


def _is_neighbour(index: Index, rest: str, affixes: frozenset[str], *, lenient: bool) -> bool:
    if rest in affixes:
        return False
    if rest in lexicon.GLUE_WORDS and (len(rest) > 1 or lenient):
        return True
    return len(rest) >= _SHORTEST_NEIGHBOUR and (lenient or rest in index.vocabulary)
