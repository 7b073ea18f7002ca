"""Whom it harmed: people killed, injured, missing or captured, in disjoint rows (guide 6 and 7)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from extractor.backends.rules.lexicon import any_of, armed_groups, gazetteer, table, words
from extractor.backends.rules.names import Name, find_names
from extractor.backends.rules.quantities import ONE, QUANTITY, SEVERAL, ZERO, Bounds, bounds, disagreeing, subtract

_STOP = (
    r"(?!(?:in|on|at|by|with|who|which|that|were|was|and|or|to|from|after|when|as|for|is|are|has|have|had|but|near|"
    r"including|killed|injured|wounded|during|while|since|of|then|also|between|over|than|least|\d+|dozens|scores|hundreds|"
    r"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty)\b)"
)
_AUXILIARY = (
    r"(?:,? (?:who|which|that))?(?: (?:were|was|are|is|have|has|had|been|being|be|reportedly|also|all|left|lay|found|"
    r"confirmed|reported|later|still|since|now|feared|believed|seriously|severely|critically|slightly|lightly|at least|already|subsequently|themselves|fatally))*"
)
_PASSIVE_NEXT = re.compile(r"\W*(?:$|[.,;]|\b(?:in|by|when|as|after|during|at|on|near|outside|and|while|following|inside|since|late|early|overnight|there)\b)")
_INCLUDING = re.compile(r"[^.;]{0,60}?,? (?:including|among them|among whom (?:was|were)|of whom|most of them|mostly|as well as)(?= )")
_JOIN = re.compile(r"(?:,? and|,|,? as well as|,? along with|, plus)(?: (?:also|the))? ")
_SPLIT_NAMED = re.compile(r",? (?:and(?: also)?|as well as|along with) ")
_NAMED_END = re.compile(r" (?:in (?:an?|the|targeted|retaliation|central|[A-Z])|near|when|after|during|by|on|at|outside|while|with an?|last|late|early|that|which)\b|[.;]|, (?:who|which|in|sparking|triggering|prompting)\b| and (?:wounded|injured|fired)")


@dataclass(frozen=True)
class People:
    """A group of people in the text, at `[start, end)` of the clause."""

    start: int
    end: int
    count: Bounds
    group: str
    affiliations: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    targeted: bool = False
    bare_plural: bool = False


@dataclass(frozen=True)
class Harm:
    """One row: what happened to how many of whom. `whole` marks a total that parts are told of."""

    effect: str
    people: People

    @property
    def count(self) -> Bounds:
        """How many."""
        return self.people.count


@dataclass(frozen=True)
class _Words:
    phrase: re.Pattern[str]
    groups: list[tuple[str, re.Pattern[str]]]
    effects: list[tuple[str, re.Pattern[str]]]
    titles: list[tuple[str, re.Pattern[str]]]
    denials: dict[str, re.Pattern[str]]


@lru_cache(maxsize=1)
def _words() -> _Words:
    people = table("people")
    heads = words([head for group in people["groups"].values() for head in group])
    return _Words(
        phrase=re.compile(
            rf"\b(?:(?P<quantity>{QUANTITY})\b ?)?(?P<mods>(?:{_STOP}[\w'&.-]+ ){{0,4}}?)(?P<head>{heads})\b(?! {heads}\b)(?! (?:forces?|station|base|officials? said|said))"
            rf"|\b(?P<bare>{QUANTITY.replace('(?P<', '(?P<b')})(?= ?(?:$|[.,;]|dead\b|killed\b|wounded\b|injured\b|and\b|in\b|on\b|at\b|when\b|others?\b|were\b|was\b|have\b|had\b|missing\b|died\b|near\b|of\b|after\b|during\b|people\b))",
            re.IGNORECASE,
        ),
        groups=[(group, re.compile(words(nouns), re.IGNORECASE)) for group, nouns in people["groups"].items()],
        effects=[(effect, re.compile(rf"\b{words(verbs)}\b", re.IGNORECASE)) for effect, verbs in people["effects"].items()],
        titles=[(group, re.compile(rf"(?<!\w){words(titles)}(?!\w)")) for group, titles in people["titles"].items()],
        denials={name: any_of(patterns) for name, patterns in table("cues")["denials"].items()},
    )  # fmt: skip


def read_harm(folded: str) -> list[Harm]:
    """The rows that one clause states."""
    text = _words().denials["not_yet"].sub(lambda match: " " * len(match.group()), folded)
    rows, text = _zero_rows(text)
    for effect, pattern in _words().effects:
        for verb in pattern.finditer(text):
            rows += [Harm(effect, people) for people in _harmed(text, verb)]
    return list(dict.fromkeys(rows))


def _zero_rows(text: str) -> tuple[list[Harm], str]:
    """Explicit zeros (guide 6.4), and the text without the words that say so."""
    rows: list[Harm] = []
    for name, effects in (("all_harm", ("killed", "injured")), ("no_dead", ("killed",)), ("no_injured", ("injured",))):
        for match in _words().denials[name].finditer(text):
            before = [found for found in _phrases(text[: match.end()]) if found.group != "unspecified"]
            known = before[-1] if before else None
            group, whose = (known.group, known.affiliations) if known else ("unspecified", ())
            rows += [Harm(effect, People(match.start(), match.end(), ZERO, group, whose)) for effect in effects]
            text = text[: match.start()] + " " * (match.end() - match.start()) + text[match.end() :]
            break
    return rows, text


def _harmed(text: str, verb: re.Match[str]) -> list[People]:
    """Those whom a verb of harm is said of: its subject if passive, else its object."""
    word = verb.group().lower()
    subject = _subject(text, verb.start())
    passive = subject is not None and (
        word.startswith(("die", "dead", "perish", "lost", "suffer", "sustain", "diagnos", "hospital", "treated", "miss", "unacc", "went", "remain", "still"))
        or _is_passive(text, verb)
    )
    if passive and subject is not None:
        return _with_parts(text, subject, verb.end())
    if word.endswith(("dead", "died", "die", "dies", "missing")):
        return []
    by_name = _named(text, verb, passive=_is_passive(text, verb))
    return by_name or _objects(text, verb.end())


def _is_passive(text: str, verb: re.Match[str]) -> bool:
    before = text[: verb.start()].rstrip()
    if re.search(r"\b(?:were|was|been|being|be|are|is|left|people|found|reportedly|feared|confirmed)(?: \w+ly| also| at least)?$", before):
        return True
    return bool(_PASSIVE_NEXT.match(text[verb.end() :])) and not verb.group().lower().endswith("ing")


def _phrases(text: str) -> Iterator[People]:
    for match in _words().phrase.finditer(text):
        if (people := _people(match)) is not None:
            yield people


def _people(match: re.Match[str]) -> People | None:
    if match["head"] is None:
        return _bare(match)
    head, mods = match["head"], match["mods"] or ""
    group = _group(head, mods)
    quantity = match["quantity"]
    count: Bounds | None
    if quantity:
        count = bounds(match)
        if match["one"] and match["one"].lower() == "the":
            count = ONE if not head.endswith("s") and head.lower() not in {"people", "men", "women", "children"} else None
        elif match["one"] and head.lower().endswith("s") and not re.match(r"an? group|an? famil", match.group(), re.IGNORECASE):
            count = None
    elif head.lower() in {"people", "men", "women", "children", "policemen", "gunmen"} or (head.endswith("s") and not head.endswith("ss")):
        count = SEVERAL
    else:
        count = None
    if count is None or re.search(r"\b(?:killed|wounded|injured|killing|dead)\b", mods):
        return None
    whose = _affiliations(mods + head)
    return People(match.start(), match.end(), count, group, whose, bare_plural=not quantity)


def _bare(match: re.Match[str]) -> People | None:
    inner = re.compile(QUANTITY, re.IGNORECASE).match(match["bare"])
    if inner is None or inner["one"] or (count := bounds(inner)) is None or count == ZERO:
        return None
    return People(match.start(), match.end(), count, "unspecified")


def _group(head: str, mods: str) -> str:
    lowered = f" {mods.lower()}"
    if " contractor" in lowered or " subcontractor" in lowered:
        return "contractor"
    if " police " in lowered:
        return "police_security"
    found = next((group for group, pattern in _words().groups if pattern.fullmatch(head)), "unspecified")
    if re.search(r" (?:militia|militant|rebel|insurgent|terrorist|gang) ", lowered):
        return "militant"
    if re.search(r" (?:army|military|navy) ", lowered) and found in {"unspecified", "militant", "police_security", "official"}:
        return "military"
    return found


def _affiliations(text: str) -> tuple[str, ...]:
    book = gazetteer()
    found: list[str] = []
    for name in find_names(text):
        if is_group(name.text):
            found.append(name.text)
            continue
        for part in [name.text, *re.split(r"[ -]", name.text)]:
            if code := book.demonyms.get(part) or book.countries.get(part):
                found.append(code)
    return tuple(dict.fromkeys(found))


def is_group(name: str) -> bool:
    """Whether a name is an armed group's: a known one, or one that ends like a known one ("… Hezbollah")."""
    last = name.rpartition(" ")[2]
    return name in armed_groups() or (last in armed_groups() and " " in name)


def _subject(text: str, end: int) -> People | None:
    """The people phrase right before a verb, auxiliaries and an aside in between."""
    before = text[:end].rstrip()
    for people in reversed(list(_phrases(before + " "))):
        gap = before[people.end :]
        if re.fullmatch(rf"(?: \([^)]*\))?(?:,[^,]{{1,60}},)?(?: from [\w' -]{{1,40}})?(?: of [A-Z][\w' -]{{1,40}})?(?: and [\w ]{{1,30}}? (?:were|was))?{_AUXILIARY}\s*", gap):
            return people
        if re.fullmatch(rf"(?:,? (?:including|among them) .{{1,90}}?,?){_AUXILIARY}\s*", gap):
            return people
    return None


def _with_parts(text: str, total: People, after: int) -> list[People]:
    """A total and the parts told of it: "two people were killed, including a businessman" (guide 6.6)."""
    start = after
    between = re.compile(r",? (?:including|among them) ").match(text, total.end)
    found = between or _INCLUDING.match(text, after)
    if found is None:
        return [total]
    start = found.end() - (0 if between else 0)
    parts = list(_listed(text, start))
    rest: Bounds | None = total.count
    kept = []
    for part in parts:
        if rest is None or part.count.approx or part.count.min is None or (rest.min is not None and part.count.min > rest.min):
            continue
        rest = subtract(rest, part.count)
        kept.append(part)
    if not kept or all(part.group == total.group for part in kept):
        return [total]
    return [*kept, *([replace(total, count=rest)] if rest is not None and (rest.min or rest.max) else [])]


def _objects(text: str, start: int) -> list[People]:
    while match := re.compile(r" (?:and (?:wounding|injuring|wounded|injured)|as many as(?! \d))").match(text, start):
        start = match.end()
    found = list(_listed(text, start))
    if not found:
        return []
    if len(found) == 1:
        return _with_parts(text, found[0], found[0].end)
    return found


def _listed(text: str, start: int) -> Iterator[People]:
    """People phrases in a row from `start` on, joined by commas and "and"."""
    position = start
    while True:
        space = re.compile(r"\s*").match(text, position)
        position = space.end() if space else position
        match = _words().phrase.match(text, position)
        people = _people(match) if match else None
        if people is None:
            return
        tail = re.compile(r"(?: (?:of|from) (?:the )?(?:[A-Z][\w'-]+ ?){1,4}(?=[ ,.]))?").match(text, people.end)
        whose = _affiliations(tail.group()) if tail else ()
        if position == start or text[people.start].isdigit() or not people.bare_plural:
            yield replace(people, affiliations=tuple(dict.fromkeys((*people.affiliations, *whose))))
        joint = _JOIN.match(text, people.end)
        if joint is None:
            return
        position = joint.end()


def _named(text: str, verb: re.Match[str], *, passive: bool) -> list[People]:
    """People told by name: "killed General X and group leader Y"."""
    if verb.group().lower().startswith(("injur", "wound", "hurt", "claim", "seiz", "die")) and not passive:
        return []
    if passive:
        clause = re.split(r"[;]|\b(?:when|that|after|as|while|said)\b", text[: verb.start()])[-1]
        offset, window = verb.start() - len(clause), clause
    else:
        stop = _NAMED_END.search(text, verb.end())
        offset, window = verb.end(), text[verb.end() : stop.start() if stop else len(text)]
    found = []
    position = 0
    for item in _SPLIT_NAMED.split(window):
        place = window.index(item, position)
        position = place + len(item)
        if (person := _person(item, offset + place)) is not None:
            found.append(person)
    return found


def _person(item: str, offset: int) -> People | None:
    names = [name for name in find_names(item) if _is_person(name, item)]
    if not names:
        return None
    name = names[-1]
    before = item[: name.end]
    if re.search(r"\b(?:\d+|people|said|two|three|four|five)\b", item):
        return None
    titles = [(hit.start(), group, hit) for group, pattern in _words().titles for hit in pattern.finditer(before)]
    if not titles:
        return None
    _, group, hit = max(titles, key=lambda found: (found[2].end(), found[2].end() - found[0]))
    whole = name.text
    for _, pattern in _words().titles:
        while (lead := pattern.match(whole)) and lead.end() < len(whole):
            whole = whole[lead.end() :].strip()
    first = whole.split(" ")[0]
    if first in gazetteer().demonyms:
        whole = whole.partition(" ")[2]
    whose = tuple(dict.fromkeys((*_affiliations(item[: hit.end()]), *_groups_in(item[: name.start]))))[:2]
    if not whole:
        return None
    return People(offset + name.start, offset + name.end, ONE, group, whose, (whole,), targeted=True)


def _is_person(name: Name, item: str) -> bool:
    if name.text in armed_groups() or name.text in gazetteer().cities or name.text in gazetteer().countries:
        return False
    tokens = name.text.split(" ")
    return len(tokens) >= 2 and not re.search(r"\b(?:Corps|Force|Forces|Guard|Army|Ministry|Police|Hezbollah|Hizbollah|Brigades?|Party|Front)$", name.text) and not re.match(r" (?:cofounder|co-founder|leader|commander|chief|fighters?|members?)", item[name.end :])  # fmt: skip  # noqa: PLR2004


def _groups_in(text: str) -> list[str]:
    return [name.text for name in find_names(text) if re.match(r" (?:cofounder|co-founder|leader|commander|chief)", text[name.end :])]


def merge_harm(told: list[list[Harm]]) -> list[Harm]:
    """The rows of an event over all its clauses, each person counted once."""
    rows: list[Harm] = []
    for clause in told:
        for effect in dict.fromkeys(harm.effect for harm in clause):
            known = [harm for harm in rows if harm.effect == effect]
            new = _disjoint([harm for harm in clause if harm.effect == effect])
            rows = [harm for harm in rows if harm.effect != effect] + _reconcile(known, new)
    return rows


def _disjoint(rows: list[Harm]) -> list[Harm]:
    """Within a clause the same row is told once."""
    seen: dict[tuple[str, Bounds, tuple[str, ...]], Harm] = {}
    for harm in rows:
        seen.setdefault((harm.people.group, harm.count, harm.people.names), harm)
    kept = list(seen.values())
    return [harm for harm in kept if harm.count != ZERO] or kept


def _reconcile(known: list[Harm], new: list[Harm]) -> list[Harm]:
    if not known or not new:
        return known or new
    old_total, new_total = _total(known), _total(new)
    if old_total == new_total:
        return max(known, new, key=_detail)
    if old_total == ZERO:  # "at first none; later over 100" (guide 6.3)
        return new
    if new_total == ZERO:
        return known
    if len(known) == len(new) == 1:
        return _two_tellings(known[0], new[0])
    if _fits_within(new_total, old_total):
        return known
    return new if _fits_within(old_total, new_total) else known


def _two_tellings(first: Harm, second: Harm) -> list[Harm]:
    groups = {first.people.group, second.people.group}
    if len(groups) > 1 and "unspecified" not in groups and not _near(groups):
        return [first, second]
    if first.people.names and second.people.names and first.people.names != second.people.names:
        return [first, second]
    count = disagreeing(first.count, second.count)
    rich = max(first, second, key=lambda harm: _detail([harm]))
    return [Harm(rich.effect, replace(rich.people, count=count))]


def _near(groups: set[str]) -> bool:
    return groups <= {"civilian", "contractor"} or groups <= {"military", "police_security"} or groups <= {"militant", "military"}


def _fits_within(part: Bounds, total: Bounds) -> bool:
    return part.max is not None and (total.min or 0) > part.max


def _total(rows: list[Harm]) -> Bounds:
    lows = [row.count.min or 0 for row in rows]
    highs = [row.count.max for row in rows]
    return Bounds(sum(lows), None if None in highs else sum(high or 0 for high in highs), any(row.count.approx for row in rows))


def _detail(rows: list[Harm]) -> int:
    return sum((row.people.group != "unspecified") + len(row.people.affiliations) + 2 * len(row.people.names) for row in rows)
