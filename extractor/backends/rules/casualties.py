"""Whom it harmed: people killed, injured, missing or captured, in disjoint rows (guide 6)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from extractor.backends.rules.lexicon import Wordings, any_of, table, words
from extractor.backends.rules.people import People, find_people, named_person, people_at
from extractor.backends.rules.quantities import ZERO, Bounds, subtract

_TOLLS = ("toll", "count_of_dead", "bodies")


@dataclass(frozen=True)
class Harm:
    """One row: what happened to how many of whom."""

    effect: str
    people: People

    @property
    def count(self) -> Bounds:
        """How many."""
        return self.people.count


@lru_cache(maxsize=1)
def _wordings() -> Wordings:
    return Wordings("harm")


@lru_cache(maxsize=1)
def _effects() -> list[tuple[str, re.Pattern[str]]]:
    verbs = table("people")["effects"].items()
    return [(effect, re.compile(rf"\b{words(forms)}\b", re.IGNORECASE)) for effect, forms in verbs]


@lru_cache(maxsize=1)
def _denials() -> dict[str, re.Pattern[str]]:
    return {name: any_of(patterns) for name, patterns in table("cues")["denials"].items()}


def read_harm(folded: str) -> list[Harm]:
    """The rows that one clause states."""
    text = _denials()["not_yet"].sub(lambda match: " " * len(match.group()), folded)
    rows, text = _zero_rows(text)
    if toll := next((found for key in _TOLLS if (found := _wordings()[key].search(text))), None):
        dead = [replace(people, group="unspecified") for people in find_people(f"{toll['toll']} ")][:1]
        return [*rows, *(Harm("killed", people) for people in dead)]
    for effect, pattern in _effects():
        for verb in pattern.finditer(text):
            if not text[: verb.start()].endswith(("the ", "The ")):  # "among the wounded" names them, no more
                rows += [Harm(effect, people) for people in _harmed(text, verb)]
    return list(dict.fromkeys(rows))


def _zero_rows(text: str) -> tuple[list[Harm], str]:
    """Explicit zeros (guide 6.4), and the text without the words that say so."""
    rows: list[Harm] = []
    for name, effects in (("all_harm", ("killed", "injured")), ("no_dead", ("killed",)), ("no_injured", ("injured",))):
        match = _denials()[name].search(text)
        if match is None:
            continue
        known = (
            _meant(text, match.end()) if name != "all_harm" or _wordings()["of_whom"].search(match.group()) else None
        )
        if known is None and text[: match.start()].endswith(("suffered ", "sustained ", "reported ")):
            known = _meant(text, match.start())
        group, whose = (known.group, known.affiliations) if known else ("unspecified", ())
        rows += [Harm(effect, People(match.start(), match.end(), ZERO, group, whose)) for effect in effects]
        text = text[: match.start()] + " " * (match.end() - match.start()) + text[match.end() :]
    return rows, text


def _meant(text: str, end: int) -> People | None:
    """Whom a "none" or a bare number means: the people last named before it in the clause."""
    before = re.sub(r"\b(?:no|none|the)\b", "two", text[:end], flags=re.IGNORECASE)
    return next((people for people in reversed(list(find_people(before))) if people.group != "unspecified"), None)


def _harmed(text: str, verb: re.Match[str]) -> list[People]:
    """Those whom a verb of harm is said of: its subject if passive, else its object."""
    word = verb.group().lower()
    subjects = _subjects(text, verb.start())
    if subjects and (_wordings()["passive_sense"].match(word) or _is_passive(text, verb)):
        return _passive(text, verb, subjects)
    if _wordings()["intransitive"].search(word):
        return []
    return _named(text, verb, passive=_is_passive(text, verb)) or _objects(text, verb.end())


def _passive(text: str, verb: re.Match[str], subjects: list[People]) -> list[People]:
    if len(subjects) > 1:
        return subjects
    [subject] = subjects
    if subject.group == "unspecified" and subject.end - subject.start <= len("more than 1,000,000"):
        bare = not re.search(r"[a-z]{4,}s?$", text[subject.start : subject.end].removeprefix("more than"))
        known = _meant(text, subject.start) if bare else None
        if known is not None:
            subject = replace(subject, group=known.group, affiliations=known.affiliations)
    return [*_with_parts(text, subject, verb.end()), *_along_with(text, verb.end())]


def _along_with(text: str, end: int) -> list[People]:
    match = _wordings()["along_with"].match(text, end)
    return list(people_at(text, match.end())) if match else []


def _is_passive(text: str, verb: re.Match[str]) -> bool:
    if _wordings()["passive_before"].search(text[: verb.start()].rstrip()):
        return True
    return bool(_wordings()["passive_next"].match(text[verb.end() :])) and not verb.group().lower().endswith("ing")


def _subjects(text: str, end: int) -> list[People]:
    """The people right before a verb, with those that "and" or commas join to them."""
    before = text[:end].rstrip()
    found = list(find_people(f"{before} "))
    last = next(
        (at for at in reversed(range(len(found))) if _wordings()["before_verb"].fullmatch(before[found[at].end :])),
        None,
    )
    if last is None:
        return []
    first = last
    while (
        first > 0
        and not _wordings()["otherwise_told"].search(before[: found[first - 1].start])
        and re.fullmatch(r",?(?: and)? ?", before[found[first - 1].end : found[first].start])
    ):
        first -= 1
    if re.search(r"\b(?:including|among them)\b", before[found[last].end :]) or first == last:
        return [found[last]]
    if first > 0 and re.fullmatch(r",? (?:including|among them) ", before[found[first - 1].end : found[first].start]):
        return [found[first - 1]]
    return [people for people in found[first : last + 1] if not people.bare_plural]


def _with_parts(text: str, total: People, after: int) -> list[People]:
    """A total and the parts told of it: "two people were killed, including a businessman" (guide 6.6)."""
    found = _wordings()["including_between"].match(text, total.end) or _wordings()["including"].match(text, after)
    if found is None:
        return [total]
    rest: Bounds | None = total.count
    kept = []
    for part in people_at(text, found.end()):
        too_many = rest is None or part.count.min is None or (rest.min is not None and part.count.min > rest.min)
        if rest is None or too_many or part.count.approx:
            continue
        rest = subtract(rest, part.count)
        kept.append(part)
    if not kept or all(part.group == total.group for part in kept):
        return [total]
    return [*kept, *([replace(total, count=rest)] if rest is not None and (rest.min or rest.max) else [])]


def _objects(text: str, start: int) -> list[People]:
    while match := _wordings()["leading_verb"].match(text, start):
        start = match.end()
    found = list(people_at(text, start))
    if len(found) == 1:
        return _with_parts(text, found[0], found[0].end)
    return found


def _named(text: str, verb: re.Match[str], *, passive: bool) -> list[People]:
    """People told by name: "killed General X and group leader Y"."""
    if not passive and _wordings()["never_of_a_name"].match(verb.group().lower()):
        return []
    if passive:
        window = _wordings()["clause_opener"].split(text[: verb.start()])[-1]
        offset = verb.start() - len(window)
    else:
        stop = _wordings()["named_end"].search(text, verb.end())
        offset, window = verb.end(), text[verb.end() : stop.start() if stop else len(text)]
    found = []
    position = 0
    for item in _wordings()["split_named"].split(window):
        place = window.index(item, position)
        position = place + len(item)
        if (person := named_person(item, offset + place)) is not None:
            found.append(person)
    return [*found, *(_along_with(text, verb.end()) if found and passive else [])]
