"""Which stretches of a sentence tell of an event, and by what method."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from extractor.backends.rules.lexicon import any_of, table, words
from extractor.backends.rules.segment import Document, Sentence

_GENERIC = "attack_unspecified"
_A_GAME = 4
_OUTRIGHT = frozenset({"suicide_bombing", "abduction"})
_WEAPON_SLOT = re.compile(r"\{weapon:([a-z_|]+)\}")
# ", the previous site of an earlier strike", "; ", " while ", " a day after a bomb …"
_CUTS = re.compile(
    r"; |,? (?:while|whereas) |, (?:the )?(?=(?:previous|earlier|scene|site) )|\.{3} "
    r"|,? (?=(?:\w+ )?(?:hours?|days?|weeks?|months?|years?) (?:after|before) )"
    r"| after (?=(?:rocket|missile|mortar|drone|air|gun|militant|deadly|\w+ (?:rocket|drone|air)) ?(?:fire|attack|strike|raid|launch)s?\b)"
    r"|, and (?=(?:in|near|on|another|a second|a separate|separately|elsewhere) )"
)
_COORDINATED = re.compile(
    r",? and (?=(?:then )?(?:shelled|bombed|struck|launched|fired|carried out|attacked|raided|killed|stormed|conducted) )"
)
_ACCUSING = re.compile(r"\b(?:accus|blam)(?:ed|es|ing)\b")
_WEEKDAY = re.compile(
    r"\b(?:today|tonight|yesterday|last night|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b|\b(?-i:[A-Z][a-z]{2,8} \d{1,2}|\d{1,2} [A-Z][a-z]{2,8})\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A stretch of one sentence that tells at most one event.

    `read` is the folded stretch with all that is not told as having happened blanked out, at the same length;
    `event_type` is None where nothing in it tells of an event. `head` is the stretch before it in the sentence, which
    lends subject and place ("the first attack on X since May 3, when …").
    """

    start: int
    end: int
    sentence: Sentence
    folded: str
    read: str
    event_type: str | None
    head: str = ""
    borrows: bool = False
    flags: frozenset[str] = frozenset()

    def says(self, flag: str) -> bool:
        """Whether a cue of `[links]` stands in the clause."""
        return flag in self.flags


@dataclass(frozen=True)
class _Rules:
    types: list[tuple[str, re.Pattern[str]]]
    generic: re.Pattern[str]
    assault: re.Pattern[str]
    sport: re.Pattern[str]
    interceptions: list[tuple[str, re.Pattern[str]]]
    drop: re.Pattern[str]
    drop_undated: re.Pattern[str]
    tail: re.Pattern[str]
    phrase: re.Pattern[str]
    reference: re.Pattern[str]
    since_when: re.Pattern[str]
    links: dict[str, re.Pattern[str]]


@lru_cache(maxsize=1)
def _rules() -> _Rules:
    triggers, cues, weapons = table("triggers"), table("cues"), table("weapons")

    def with_weapons(pattern: str) -> str:
        return _WEAPON_SLOT.sub(lambda slot: _weapon_words(weapons, slot.group(1).split("|")), pattern)

    links = {name: any_of(patterns) for name, patterns in cues["links"].items()}
    return _Rules(
        types=[
            (row["type"], any_of([with_weapons(pattern) for pattern in row["patterns"]])) for row in triggers["types"]
        ],
        generic=any_of(triggers["generic"]["patterns"]),
        assault=any_of([with_weapons(pattern) for pattern in triggers["assault"]["patterns"]]),
        sport=any_of([cues["not_events"]["sport"]]),
        interceptions=[
            (kind, any_of([with_weapons(pattern) for pattern in triggers["interception"][weapon]]))
            for kind, weapon in (("air_drone_strike", "drone"), ("shelling_missile_attack", "missile"))
        ],
        drop=any_of(cues["not_events"]["drop"]),
        drop_undated=any_of(cues["not_events"]["drop_undated"]),
        tail=any_of(cues["not_events"]["tail"]),
        phrase=any_of(cues["not_events"]["phrase"]),
        reference=links.pop("reference"),
        since_when=links.pop("since_when"),
        links=links,
    )


def _weapon_words(weapons: dict[str, dict[str, list[str]]], types: list[str]) -> str:
    known = [word for kind in types for part in ("words", "models") for word in weapons[part].get(kind, [])]
    return rf"\b{words(known)}\b"


def read_clauses(document: Document) -> Iterator[Clause]:
    """All clauses of an article, in order, sentences of no event left out."""
    rules = _rules()
    if len({match.group().lower() for match in rules.sport.finditer(document.folded)}) >= _A_GAME:
        return
    for sentence in document.sentences:
        folded = document.folded[sentence.start : sentence.end]
        if rules.drop.search(folded) or (rules.drop_undated.search(folded) and not _WEEKDAY.search(folded)):
            continue
        yield from _clauses(folded, sentence)


def _clauses(folded: str, sentence: Sentence) -> Iterator[Clause]:
    if since := _rules().since_when.search(folded):
        first = folded[: since.start()]
        yield _clause(folded, 0, since.start(), sentence, silent=bool(re.search(r"\bfirst\b", first)))
        yield _clause(
            folded, since.start(), len(folded), sentence, head=first, borrows=True, extra="background same_place"
        )
        return
    start = 0
    for cut in _cut_points(folded):
        left = folded[start:cut]
        if (_tells(left) or _rules().links["definite"].search(left)) and _tells(folded[cut:]):
            yield _clause(folded, start, cut, sentence, head=folded[:start], borrows=_borrows(folded[start:cut]))
            start = cut
    yield _clause(
        folded, start, len(folded), sentence, head=folded[:start], borrows=start > 0 and _borrows(folded[start:])
    )


def _cut_points(folded: str) -> list[int]:
    cuts = [match.start() for match in _CUTS.finditer(folded)]
    cuts += [match.start() for match in _COORDINATED.finditer(folded) if _ACCUSING.search(folded[: match.start()])]
    return sorted(cuts)


def _borrows(part: str) -> bool:
    return bool(re.match(r",? ?(?:the )?(?:previous|scene|site)\b", part))


def _tells(part: str) -> bool:
    return _type_of(_masked(part)) is not None or bool(_ACCUSING.search(part))


def _clause(
    folded: str, start: int, end: int, sentence: Sentence, *, head: str = "", borrows: bool = False,
    extra: str | None = None, silent: bool = False,
) -> Clause:  # fmt: skip
    part = folded[start:end]
    read = _masked(part)
    flags = {name for name, pattern in _rules().links.items() if pattern.search(part)} | set((extra or "").split())
    event_type = None if silent else _type_of(read)
    if event_type and not _by_force(read):
        flags.add("interception")
    if event_type and _intercepted(read):
        flags.add("shot_down")
    if borrows or re.match(r",? ?(?:\w* ?(?:hours?|days?|weeks?|months?|years?) )?(?:after|before) ", part):
        flags.add("background")
    return Clause(
        sentence.start + start, sentence.start + end, sentence, part, read,
        event_type, head, borrows, frozenset(flags),
    )  # fmt: skip


def _by_force(read: str) -> bool:
    """Whether more than an interception is told."""
    rules = _rules()
    return bool(rules.generic.search(read) or rules.assault.search(read)) or any(
        pattern.search(read) for _, pattern in rules.types
    )


def _masked(part: str) -> str:
    rules = _rules()
    read = rules.phrase.sub(_blank, part)
    read = rules.reference.sub(_blank, read)
    while tail := rules.tail.search(read):
        stop = _clause_end(read, tail.end())
        read = read[: tail.start()] + " " * (stop - tail.start()) + read[stop:]
    return read


def _blank(match: re.Match[str]) -> str:
    """Spaces for what matched, all but its part `keep`."""
    kept = match.groupdict().get("keep") or ""
    return kept + " " * (len(match.group()) - len(kept))


def _clause_end(text: str, start: int) -> int:
    found = re.compile(
        r'[;"]|, (?:killing|wounding|injuring|after|when|while|but|and then)\b|\bafter (?:an?|\d)'
    ).search(text, start)
    return found.start() if found else len(text)


def _type_of(read: str) -> str | None:
    """The method of a clause: the outright ones first, else the one told first."""
    rules = _rules()
    found = [(match.start(), event_type) for event_type, pattern in rules.types if (match := pattern.search(read))]
    outright = next((event_type for _, event_type in found if event_type in _OUTRIGHT), None)
    if outright or found:
        return outright or min(found)[1]
    if rules.assault.search(read):
        return "armed_assault"
    return _GENERIC if rules.generic.search(read) else _intercepted(read)


def _intercepted(read: str) -> str | None:
    return next((event_type for event_type, pattern in _rules().interceptions if pattern.search(read)), None)
