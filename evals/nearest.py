"""The place in a text that is most like a quote which does not stand in it, shown where the two differ. Pure."""

from __future__ import annotations

from typing import NamedTuple

from extractor.grounding.folding import Index
from extractor.grounding.search import find_name, find_quote

_ALIKE = 60.0
"""Least likeness, of 100, at which a place is worth showing (rapidfuzz's partial ratio)."""

_BEFORE, _SHOWN = 20, 60


class Nearest(NamedTuple):
    """The nearest place: where it begins, and both sides from a little before the first difference.

    `only_form` says that the two differ only in what folding takes away: quotes, dashes, spaces, case, diacritics.
    """

    start: int
    given: str
    found: str
    only_form: bool


def nearest(value: str, text: str) -> Nearest | None:
    """Where a text comes nearest to a value; None if nothing in it is like it."""
    index = Index(text)
    places = find_quote(index, value) or find_name(index, value)
    if places:
        return _shown(value, text, places[0].start, places[0].end, only_form=True)
    from rapidfuzz.fuzz import partial_ratio_alignment

    if not value.strip() or not text.strip():
        return None
    match = partial_ratio_alignment(value.casefold(), text.casefold(), score_cutoff=_ALIKE)
    # Folding may lengthen a text ("ß"): offsets then hold only for the text without it.
    if match is None or len(text.casefold()) != len(text):
        match = partial_ratio_alignment(value, text, score_cutoff=_ALIKE)
    if match is None:
        return None
    return _shown(value, text, *_whole_words(text, match.dest_start, match.dest_end), only_form=False)


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while start and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while end < len(text) and text[end].isalnum() and text[end - 1].isalnum():
        end += 1
    return start, end


def _shown(value: str, text: str, start: int, end: int, *, only_form: bool) -> Nearest:
    found = text[start:end]
    pairs = zip(value, found, strict=False)
    same = next((i for i, (ours, theirs) in enumerate(pairs) if ours != theirs), min(len(value), len(found)))
    first = 0 if len(value) <= _SHOWN and len(found) <= _SHOWN else max(0, same - _BEFORE)
    return Nearest(start, _window(value, first), _window(found, first), only_form)


def _window(text: str, first: int) -> str:
    shown = repr(text[first : first + _SHOWN])
    return f"{'…' * (first > 0)}{shown}{'…' * (first + _SHOWN < len(text))}"
