"""People in the text: how many, of what group, whose (guide 7)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from extractor.backends.rules.lexicon import armed_groups, gazetteer, table, words
from extractor.backends.rules.names import Name, find_names
from extractor.backends.rules.quantities import ONE, QUANTITY, SEVERAL, ZERO, Bounds, bounds

_STOP = (
    r"(?!(?:in|on|at|by|with|who|which|that|were|was|and|or|to|from|after|when|as|for|is|are|has|have|had|but|near|"
    r"including|killed|injured|wounded|during|while|since|of|then|also|between|over|than|least|\d+(?![\w-])|dozens|scores|hundreds|"
    r"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|said|among|against)\b)"
)
_BARE_NEXT = (
    r"(?= ?(?:$|[.,;]|(?:dead|killed|wounded|injured|and|in|on|at|when|others?|were|was|have|had|missing|died|near|of|"
    r"after|during|more|stabbed|shot)\b))"
)
_UNCOUNTED_PLURALS = frozenset(
    ["people", "men", "women", "children", "policemen", "gunmen", "servicemen", "airmen", "fishermen"]
)
_HARMED = re.compile(r"\b(?:killed|wounded|injured|killing|dead)\b")
_JOIN = re.compile(r"(?:,? and|,|,? as well as|,? along with|, plus)(?: (?:also|the))? ")
_FROM = re.compile(r"(?: (?:of|from) (?:the )?(?:[A-Z][\w'-]+ ?){1,4}(?=[ ,.]))?")
_COMMON_WORD_AFTER = re.compile(
    r" (?:cofounder|co-founder|leader|commander|chief|fighters?|members?|militants?|police|officials?)"
)
_NO_PERSON = re.compile(
    r"\b(?:Corps|Force|Forces|Guard|Army|Ministry|Police|Brigades?|Party|Front|Council|Agency|State|School|Hospital|Base)$"
)
_GROUP_LEADER = re.compile(r" (?:cofounder|co-founder|leader|commander|chief)")


@dataclass(frozen=True)
class People:
    """A group of people, at `[start, end)` of the clause.

    `names` holds the names of those told by name; `bare_plural` marks "soldiers", told without a number.
    """

    start: int
    end: int
    count: Bounds
    group: str
    affiliations: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    bare_plural: bool = False


@dataclass(frozen=True)
class _Words:
    phrase: re.Pattern[str]
    quantity: re.Pattern[str]
    groups: list[tuple[str, re.Pattern[str]]]
    titles: list[tuple[str, re.Pattern[str]]]


@lru_cache(maxsize=1)
def _words() -> _Words:
    people = table("people")
    nationals = [f"{name}s" for name in gazetteer().demonyms if name.isalpha() and not name.endswith(("s", "sh", "ch"))]
    heads = words([*(head for group in people["groups"].values() for head in group), *nationals])
    bare = QUANTITY.replace("(?P<", "(?P<b")
    return _Words(
        phrase=re.compile(
            rf"\b(?:(?P<quantity>{QUANTITY})\b ?)?(?P<mods>(?:{_STOP}[\w'&.-]+ ){{0,4}}?)"
            rf"[\"']?(?P<head>{heads})\b[\"']?"
            rf"(?! {heads}\b)(?! (?:forces?|station|base|officials? said|said))|\b(?P<bare>{bare})\b{_BARE_NEXT}",
            re.IGNORECASE,
        ),
        quantity=re.compile(QUANTITY, re.IGNORECASE),
        groups=[(group, re.compile(words(nouns), re.IGNORECASE)) for group, nouns in people["groups"].items()],
        titles=[(group, re.compile(rf"(?<!\w){words(titles)}(?!\w)")) for group, titles in people["titles"].items()],
    )


def find_people(text: str) -> Iterator[People]:
    """All phrases for people in a stretch of text, in order."""
    for match in _words().phrase.finditer(text):
        if (people := _people(match)) is not None:
            yield people


def people_at(text: str, start: int) -> Iterator[People]:
    """Phrases for people in a row from `start` on, joined by commas and "and"."""
    position, first = start, True
    while True:
        while text[position : position + 1] == " ":
            position += 1
        match = _words().phrase.match(text, position)
        people = _people(match) if match else None
        if people is None:
            return
        if first or not people.bare_plural:  # "25 members and commanders" are 25 people
            tail = _FROM.match(text, people.end)
            whose = affiliations(tail.group()) if tail else ()
            yield replace(people, affiliations=tuple(dict.fromkeys((*people.affiliations, *whose))))
        joint = _JOIN.match(text, people.end)
        if joint is None:
            return
        position, first = joint.end(), False


def _people(match: re.Match[str]) -> People | None:
    if match["head"] is None:
        return _bare(match)
    head, mods = match["head"], match["mods"] or ""
    count = _count(match, head)
    if count is None or _HARMED.search(mods):
        return None
    whose = affiliations(mods + head)
    return People(match.start(), match.end(), count, _group(head, mods), whose, bare_plural=not match["quantity"])


def _count(match: re.Match[str], head: str) -> Bounds | None:
    plural = head.lower() in _UNCOUNTED_PLURALS or (head.endswith("s") and not head.endswith("ss"))
    if not match["quantity"]:
        return SEVERAL if plural else None
    if not match["one"]:
        return bounds(match)
    if match["one"].lower() == "the":
        return None if plural else ONE
    collective = re.match(r"an? (?:group|famil)", match.group(), re.IGNORECASE)
    return None if plural and not collective else ONE


def _bare(match: re.Match[str]) -> People | None:
    inner = _words().quantity.match(match["bare"])
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
    if re.search(r" (?:army|military|navy) ", lowered) and found != "military":
        return "military"
    if found == "militant" and head.lower().startswith(("leader", "chief")) and not _groups_in(mods + head):
        return "unspecified"
    return found


def affiliations(text: str) -> tuple[str, ...]:
    """Whose: ISO-2 codes of nationalities, and names of armed groups, in the order of the text."""
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


def _groups_in(text: str) -> list[str]:
    names = [name for name in find_names(text) if is_group(name.text) or _GROUP_LEADER.match(text[name.end :])]
    return [name.text for name in names if name.text not in gazetteer().demonyms]


def named_person(item: str, offset: int) -> People | None:
    """The one person that a stretch of text names with a title or by what they were, or None.

    "the army general, Omar S." and "rebel leader Ali M." are such stretches; `offset` is where it starts.
    """
    if re.search(r"\b(?:\d+|people|said|two|three|four|five)\b", item):
        return None
    names = [name for name in find_names(item) if _is_person(name, item)]
    if not names:
        return None
    name = names[-1]
    titles = [(hit, group) for group, pattern in _words().titles for hit in pattern.finditer(item[: name.end])]
    if not titles and not re.match(r"(?:the|his|her|its|a|an) .+, $", item[: name.start].lstrip()):
        return None
    last = max(titles, key=lambda found: (found[0].end(), -found[0].start()), default=None)
    own = _without_title(name.text)
    if not own:
        return None
    lead = item[: max(name.start, last[0].end() if last else 0)]
    whose = tuple(dict.fromkeys((*affiliations(lead), *_groups_in(item[: name.end - len(own)]))))
    group = last[1] if last else "unspecified"
    if group == "military" and any(is_group(one) for one in whose) and not any(len(one) == 2 for one in whose):  # noqa: PLR2004
        group = "militant"
    return People(offset + name.start, offset + name.end, ONE, group, whose[:2], (own,))


def _without_title(name: str) -> str:
    changed = True
    while changed and name:
        changed = False
        first, _, rest = name.partition(" ")
        if first in gazetteer().demonyms or first in armed_groups():
            name, changed = rest, True
        for _, pattern in _words().titles:
            if (lead := pattern.match(name)) and lead.end() < len(name):
                name, changed = name[lead.end() :].strip(), True
    return name


def _is_person(name: Name, item: str) -> bool:
    book = gazetteer()
    if is_group(name.text) or name.text in book.cities or name.text in book.countries or name.possessive:
        return False
    return " " in name.text and not _NO_PERSON.search(name.text) and not _COMMON_WORD_AFTER.match(item[name.end :])
