"""The alias table: which names are known to mean the same group, person, place or weapon.

Read once from `evals/data/aliases.json`, whose note says what its keys mean.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from evals.names.folding import words
from evals.names.lexicon import base_form, read_data, word_classes

Phrase = tuple[str, ...]
"""Base forms of folded words, articles dropped: the key of the alias lookups."""


_ARTICLES_INSIDE = 3
"""How many articles a name as written may have more than its key."""


@dataclass(frozen=True, slots=True)
class Entity:
    """One entry of the alias table; `kind` is its section there (groups, people, sites, ... states)."""

    name: str
    kind: str
    part_of: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Aliases:
    """The alias table as lookups from folded phrases.

    `inside` is recognised anywhere in a name, `alone` only when it is the whole name, `seats` (capitals and palaces
    that stand for a government) only when it is the whole name of an actor. `lookalikes` maps an entity to folded names
    that are someone else. `longest` maps the first word of the phrases in `inside` to how many words to
    look at from there.
    """

    inside: Mapping[Phrase, Entity]
    alone: Mapping[Phrase, Entity]
    seats: Mapping[Phrase, Entity]
    lookalikes: Mapping[Entity, frozenset[Phrase]]
    longest: Mapping[str, int]


@cache
def aliases() -> Aliases:
    """The alias table, read on first use. Where two entries claim a form, the first in the file keeps it."""
    table = read_data("aliases.json")
    inside: dict[Phrase, Entity] = {}
    alone: dict[Phrase, Entity] = {}
    seats: dict[Phrase, Entity] = {}
    lookalikes: dict[Entity, frozenset[Phrase]] = defaultdict(frozenset)
    for section, entries in table.items():
        if section == "note":
            continue
        for name, entry in entries.items():
            entity = Entity(name, section, entry.get("part_of"), entry.get("code"))
            for lookup, forms in (
                (inside, [name, *entry["forms"]]),
                (alone, entry.get("alone", [])),
                (seats, entry.get("seat", [])),
            ):
                for form in forms:
                    lookup.setdefault(content_phrase(words(form)), entity)
            lookalikes[entity] = frozenset(content_phrase(words(form)) for form in entry.get("not", []))
    longest: dict[str, int] = {}
    for phrase in inside:
        longest[phrase[0]] = max(longest.get(phrase[0], 0), len(phrase) + _ARTICLES_INSIDE)
    return Aliases(inside, alone, seats, dict(lookalikes), longest)


def content_phrase(listed: Iterable[str]) -> Phrase:
    """The key of folded words: "the Al-Qassam Brigades" is qassam brigade. Romance articles stay (El Salvador)."""
    kept = tuple(base_form(word) for word in listed)
    articles = word_classes().articles
    return tuple(word for word in kept if word not in articles) or kept
