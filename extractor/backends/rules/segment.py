"""Article text into sentences, with offsets; page debris, datelines and captions set apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from extractor.backends.rules.lexicon import any_of, fold, table

Kind = Literal["title", "headline", "body"]

_LONGEST_HEADLINE = 160
_LONGEST_SENTENCE = 1000
_ABBREVIATIONS = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "dr",
        "gen",
        "maj",
        "col",
        "lt",
        "capt",
        "sgt",
        "brig",
        "adm",
        "sen",
        "rep",
        "gov",
        "st",
        "no",
        "jan",
        "feb",
        "mar",
        "apr",
        "jun",
        "jul",
        "aug",
        "sep",
        "sept",
        "oct",
        "nov",
        "dec",
        "inc",
        "ltd",
        "co",
        "corp",
        "vs",
        "approx",
        "est",
        "prof",
        "rev",
        "hon",
        "pres",
        "jr",
        "sr",
        "etc",
        "dept",
        "mt",
        "ft",
    ]
)
# ends of sentences, also where the space after the full stop was lost ("said.There")
_END = re.compile(r"""[.!?]+["')\]]*(?=\s+["'(\[]?[A-Z0-9"']|\s*$|["']?[A-Z][a-z ])""")
_SPELT_TWICE = re.compile(r"\b(?P<word>[A-Za-z-]+) \(\d+\)")  # "three (3)"
_LAST_WORD = re.compile(r"([A-Za-z.]+)\.[\"')\]]*$")
_DATELINE = re.compile(
    r"\s*(?:[A-Z][A-Z'/ .-]{2,}[A-Z](?:,? [A-Z][\w. ,]{2,40})?(?: ?\([^)]{2,40}\))*"
    r"|[A-Z][\w' ,.-]{2,40}(?: ?\([^)]{2,40}\))+)"
    r"(?:,? [A-Z][a-z]{2,8}\.? \d{1,2}(?:, \d{4})?)?(?: ?\([^)]{2,40}\))* ?(?:-{1,2}|:) "
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A stretch `[start, end)` of the document; `index` counts body sentences, `paragraph` paragraphs."""

    start: int
    end: int
    paragraph: int
    index: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class Document:
    """An article as the rules read it: `folded` has the length of `text`, so that spans are valid in both.

    Where a title comes apart from the text it stands first, and `body` is where the text begins.
    """

    text: str
    folded: str
    body: int
    sentences: tuple[Sentence, ...]


@lru_cache(maxsize=1)
def _debris() -> dict[str, re.Pattern[str]]:
    return {name: any_of(patterns) for name, patterns in table("debris").items()}


def read_document(text: str, title: str | None) -> Document:
    """Segment an article. A title that the text repeats is not read twice."""
    apart = title.strip() if title and fold(title.strip()) not in fold(text[: len(title) + 200]) else ""
    whole = f"{apart}\n\n{text}" if apart else text
    body = len(whole) - len(text)
    folded = _SPELT_TWICE.sub(lambda match: match["word"].rjust(len(match.group()), "-"), fold(whole))
    return Document(whole, folded, body, tuple(_sentences(folded, body)))


def _sentences(folded: str, body: int) -> Iterator[Sentence]:
    index = 0
    for number, (start, end) in enumerate(_paragraphs(folded)):
        if start < body:
            yield Sentence(start, end, number, 0, "title")
            continue
        paragraph = folded[start:end]
        if _debris()["from_here"].match(paragraph):
            return
        if _debris()["paragraph"].match(paragraph) or _debris()["caption"].search(paragraph):
            continue
        dateline = _DATELINE.match(paragraph)
        begin = start + dateline.end() if dateline else start
        kind: Kind = "headline" if index == 0 and _is_headline(folded, begin, end) else "body"
        for first, last in _split(folded, begin, end):
            yield Sentence(first, last, number, index, kind)
            index += kind == "body"


def _paragraphs(folded: str) -> Iterator[tuple[int, int]]:
    """Lines with text; a line that goes on in lower case belongs to the one before."""
    start = end = -1
    for line in re.finditer(r"[^\n]+", folded):
        stripped = line.group().strip()
        if not stripped:
            continue
        if start >= 0 and stripped[0].islower() and "\n\n" not in folded[end : line.start()]:
            end = line.end()
            continue
        if start >= 0:
            yield start, end
        start, end = line.start() + line.group().index(stripped[0]), line.end()
    if start >= 0:
        yield start, end


def _is_headline(folded: str, start: int, end: int) -> bool:
    return end - start <= _LONGEST_HEADLINE and folded[start:end].rstrip()[-1:] not in ".!\"'" and end < len(folded)


def _split(folded: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    first = start
    for match in _END.finditer(folded, start, end):
        if match.end() < end and _is_abbreviation(folded[first : match.end()]):
            continue
        yield from _pieces(folded, first, match.end())
        first = match.end()
        while first < end and folded[first].isspace():
            first += 1
    yield from _pieces(folded, first, end)


def _pieces(folded: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A sentence; one too long to be one (a list, a table, no full stops) in pieces, so that reading stays linear."""
    while end - start > _LONGEST_SENTENCE:
        space = folded.rfind(" ", start, start + _LONGEST_SENTENCE)
        cut = space if space > start else start + _LONGEST_SENTENCE
        yield start, cut
        start = cut
    if folded[start:end].strip():
        yield start, end


def _is_abbreviation(sentence: str) -> bool:
    found = _LAST_WORD.search(sentence)
    if found is None:
        return False
    word = found.group(1)
    return word.lower() in _ABBREVIATIONS or "." in word or (len(word) == 1 and word.isupper())
