"""The word lists behind name comparison, read once from `evals/data`, and the base form of a word.

Only arranges data for lookup; what a class of words does to a score stands in `tokens`.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final

_SHORTEST_PLURAL: Final = 4


@dataclass(frozen=True, slots=True)
class WordClasses:
    """Folded words by what they do in a name; see `evals/data/generic_words.json` and `titles.json`."""

    articles: frozenset[str]
    particles: frozenset[str]
    determiners: frozenset[str]
    tail_starters: frozenset[str]
    clause_starters: frozenset[str]
    titles: frozenset[str]
    honorifics: frozenset[str]
    titles_also_names: frozenset[str]
    modifiers: frozenset[str]
    parts: frozenset[str]
    relations: frozenset[str]
    stances: frozenset[str]
    generic: frozenset[str]
    people: frozenset[str]
    directions: Mapping[str, str]
    numbers: Mapping[str, int]
    irregular_plurals: Mapping[str, str]
    translations: Mapping[str, str]
    initials: Mapping[str, frozenset[str]]
    synonyms: frozenset[frozenset[str]]


def read_data(name: str) -> dict[str, Any]:
    """A data file of `evals/data` as it stands."""
    content: dict[str, Any] = json.loads((files("evals") / "data" / name).read_text(encoding="utf-8"))
    return content


def _variants_to_head(groups: Mapping[str, Iterable[str]]) -> dict[str, str]:
    return {variant: head for head, variants in groups.items() for variant in variants}


@cache
def word_classes() -> WordClasses:
    """The word lists, read on first use."""
    lists = read_data("generic_words.json")
    titles = read_data("titles.json")
    initials = {
        head: frozenset(word[0] for word in (head, *variants)) for head, variants in lists["translations"].items()
    }
    return WordClasses(
        articles=frozenset(lists["articles"]),
        particles=frozenset(lists["particles"]),
        determiners=frozenset(lists["determiners"]),
        tail_starters=frozenset(lists["tail_starters"]),
        clause_starters=frozenset(lists["clause_starters"]),
        titles_also_names=frozenset(titles["also_names"]),
        honorifics=frozenset(titles["honorifics"]),
        titles=frozenset(word for group, words_ in titles.items() if group != "note" for word in words_),
        modifiers=frozenset(lists["modifiers"]),
        parts=frozenset(lists["parts"]),
        relations=frozenset(lists["relations"]),
        stances=frozenset(lists["stances"]),
        generic=frozenset(word for group in lists["generic"].values() for word in group),
        people=frozenset(lists["generic"]["people"]),
        directions=_variants_to_head(lists["directions"]) | {head: head for head in lists["directions"]},
        numbers=lists["numbers"],
        irregular_plurals=lists["irregular_plurals"],
        translations=_variants_to_head(lists["translations"]),
        initials=initials,
        synonyms=frozenset(frozenset(pair) for pair in lists["synonyms"]),
    )


@lru_cache(maxsize=65536)
def base_form(word: str) -> str:
    """The word that stands for `word`: plural to singular, translation of an organisation word to English."""
    classes = word_classes()
    singular = _singular(word)
    return classes.translations.get(singular, classes.translations.get(word, singular))


def _singular(word: str) -> str:
    irregular = word_classes().irregular_plurals.get(word)
    if irregular is not None:
        return irregular
    if len(word) < _SHORTEST_PLURAL or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > _SHORTEST_PLURAL:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "sses", "xes", "zes")):
        return word[:-2]
    return word[:-1]
