"""Sentences into clauses that tell at most one event each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from extractor.backends.rules.segment import Document, Sentence
from extractor.backends.rules.triggers import cues, is_of_a_game, read_stretch, tells_of_nothing

_NO_FLAGS = frozenset(("reference", "since_when"))


@dataclass(frozen=True, slots=True)
class Clause:
    """A stretch of one sentence that tells at most one event.

    Attributes:
        start, end: where it stands in the document.
        folded: its text, folded; `read`: the same with what has not happened blanked out.
        event_type: the method it tells, None where nothing in it tells of an event.
        head: what stands before it in the sentence; `borrows` says that this lends it place and subject ("the first
            attack on X since May 3, when …").
        flags: the names of the cues in `[links]` of `cues.toml` that stand in it.
    """

    start: int
    end: int
    sentence: Sentence
    folded: str
    read: str
    event_type: str | None
    head: str
    borrows: bool
    flags: frozenset[str]

    def says(self, flag: str) -> bool:
        """Whether a cue stands in the clause."""
        return flag in self.flags


def read_clauses(document: Document) -> Iterator[Clause]:
    """All clauses of an article, in order, sentences of no event left out."""
    if is_of_a_game(document.folded):
        return
    for sentence in document.sentences:
        folded = document.folded[sentence.start : sentence.end]
        if not tells_of_nothing(folded):
            yield from _clauses(folded, sentence)


def _clauses(folded: str, sentence: Sentence) -> Iterator[Clause]:
    if since := cues()["links.since_when"].search(folded):
        yield _clause(folded, 0, since.start(), sentence, silent="first" in folded[: since.start()].split())
        yield _clause(folded, since.start(), len(folded), sentence, borrows=True)
        return
    start = 0
    for cut in _cut_points(folded):
        left = folded[start:cut]
        if (_tells(left) or cues()["links.definite"].search(left)) and _tells(folded[cut:]):
            yield _clause(folded, start, cut, sentence)
            start = cut
    yield _clause(folded, start, len(folded), sentence)


def _cut_points(folded: str) -> list[int]:
    cuts = [match.start() for match in cues()["cuts.between"].finditer(folded)]
    for match in cues()["cuts.coordinated"].finditer(folded):
        if cues()["cuts.accusing"].search(folded[: match.start()]):
            cuts.append(match.start())
    return sorted(cuts)


def _tells(part: str) -> bool:
    return read_stretch(part).event_type is not None or bool(cues()["cuts.accusing"].search(part))


def _clause(
    folded: str, start: int, end: int, sentence: Sentence, *, borrows: bool = False, silent: bool = False
) -> Clause:
    """A clause; a `silent` one tells of no event whatever its words."""
    part = folded[start:end]
    stretch = read_stretch(part)
    flags = {name for name in _flag_names() if cues()[f"links.{name}"].search(part)}
    flags |= {name for name in ("interception", "shot_down") if getattr(stretch, name)}
    if borrows:
        flags |= {"background", "same_place"}
    elif start > 0 and cues()["cuts.borrowing"].match(part):
        borrows = True
        flags.add("background")
    if cues()["cuts.earlier"].match(part):
        flags.add("background")
    return Clause(
        sentence.start + start,
        sentence.start + end,
        sentence,
        part,
        stretch.read,
        None if silent else stretch.event_type,
        folded[:start],
        borrows,
        frozenset(flags),
    )


def _flag_names() -> list[str]:
    return [name for name in cues().keys("links") if name not in _NO_FLAGS]
