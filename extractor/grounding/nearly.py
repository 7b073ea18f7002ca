"""Where a quote or a name stands nearly as given, when it stands nowhere as given.

The bound is strict, because a wrong place is worse than none: what carries the fact (numbers, weekdays, months,
directions, negations) must be the same, and every word of a name must be nearly the same word.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection

from rapidfuzz import fuzz

from extractor.grounding import lexicon
from extractor.grounding.folding import Index, squeeze, words_of
from extractor.grounding.search import Place, find_name, find_quote

_LEAST_QUOTE, _LEAST_NAME, _LEAST_WORD = 90.0, 85.0, 75.0  # rapidfuzz ratios, 0 to 100
_SLACK = 12.0  # the first, rough cut may miss letters at both ends
_SHORTEST_NAME, _SHORTEST_QUOTE = 6, 12
_LONGER_THAN_TEXT = 1.15
_PLURALS = ("s", "es")
_PUNCTUATION = ".,;:!?…"
_TOKEN = re.compile(r"[^\W_]+")


def find_nearly(index: Index, value: str, near: list[tuple[int, int]], *, is_quote: bool) -> list[Place]:
    """Places of what the article has instead of `value`, all with status `fuzzy`; empty when nothing is near enough.

    `near` are the original stretches to look in first: the event's evidence.
    """
    trimmed = value.strip().strip(_PUNCTUATION).strip()
    find = find_quote if is_quote else find_name
    if trimmed != value.strip() and (places := find(index, trimmed)):
        return [place._replace(status="fuzzy") for place in places]
    needle = squeeze(trimmed)
    shortest = _SHORTEST_QUOTE if is_quote else _SHORTEST_NAME
    if len(needle) < shortest or len(needle) > _LONGER_THAN_TEXT * len(index.squeezed):
        return []
    for start, end in [index.squeezed_range(*stretch) for stretch in near] + [(0, len(index.squeezed))]:
        if end - start >= len(needle) and (form := _nearest_form(index, trimmed, needle, (start, end), is_quote)):
            return [place._replace(status="fuzzy") for place in find(index, form)]
    return []


def _nearest_form(
    index: Index,
    value: str,
    needle: str,
    stretch: tuple[int, int],
    is_quote: bool,
) -> str | None:
    """The words of the article that are nearest to the value and near enough, or None."""
    least = _LEAST_QUOTE if is_quote else _LEAST_NAME
    rough = fuzz.partial_ratio_alignment(needle, index.squeezed[slice(*stretch)], score_cutoff=least - _SLACK)
    if rough is None or rough.dest_end <= rough.dest_start:
        return None
    start = index.offsets[stretch[0] + rough.dest_start]
    end = index.offsets[stretch[0] + rough.dest_end - 1] + 1
    scored = sorted((-fuzz.ratio(needle, squeeze(form)), len(form), form) for form in _word_windows(index, start, end))
    for score, _, form in scored:
        if -score < least:
            return None
        if _facts(form) == _facts(value) and (is_quote or _same_words(value, form)):
            return form
    return None


def _word_windows(index: Index, start: int, end: int) -> list[str]:
    """The stretches of whole words that begin and end within one word of the given ones."""
    spans = index.word_spans
    first = bisect_right(spans, start, key=lambda span: span[1])
    last = bisect_left(spans, end, key=lambda span: span[0]) - 1
    return [
        index.text[spans[left][0] : spans[right][1]]
        for left in range(max(first - 1, 0), min(first + 2, len(spans)))
        for right in range(max(last - 1, left), min(last + 2, len(spans)))
    ]


def _facts(text: str) -> Counter[str]:
    """What may not differ: tokens with digits, number words as digits, and the lexicon's rigid words."""
    tokens = _TOKEN.findall(" ".join(words_of(text)))
    return Counter(lexicon.RIGID.get(token, token) for token in tokens if token in lexicon.RIGID or not token.isalpha())


def _same_words(value: str, form: str) -> bool:
    """Whether each word is nearly the same, first letters included, and no derivation of the other ("Iraq", "Iraqi").

    A plural is taken for its singular only beside other words.
    """
    wanted, found = words_of(value), words_of(form)
    if len(wanted) != len(found):
        return False
    return all(
        one == other
        or (
            one[:1] == other[:1]
            and fuzz.ratio(one, other) >= _LEAST_WORD
            and not _is_derived(one, other, _PLURALS if len(wanted) > 1 else ())
        )
        for one, other in zip(wanted, found, strict=True)
    )


def _is_derived(one: str, other: str, allowed: Collection[str]) -> bool:
    short, long = sorted((one, other), key=len)
    return long.startswith(short) and long[len(short) :] not in allowed
