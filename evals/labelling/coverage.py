"""What a gold set covers: splits, types, roles, countries, traps, lengths, incidents. Counts over labels; pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from evals.checks import TRAP
from evals.gold import GoldArticle
from extractor.schemas import FieldSpec, Schema
from extractor.schemas.continents import continents

FORMAT = 1
LENGTHS: tuple[tuple[str, int], ...] = (
    ("under 100", 99),
    ("100 to 600", 600),
    ("601 to 1200", 1200),
    ("1201 to 2500", 2500),
)
"""Bands of length: name, and the most words of an article in it."""

LONGEST = "over 2500"
TOTAL = "all"


def coverage(splits: Mapping[str, Sequence[GoldArticle]], schema: Schema) -> dict[str, Any]:
    """What the articles of each split cover, as JSON values (`docs/formats.md`).

    Counts of articles and events are objects from split to number, with `all` for the sum. Only what must be found
    counts as an event, not what is optional. A country, trap or genre is counted once an article.
    """
    articles = [article for members in splits.values() for article in members]
    return {
        "format": FORMAT,
        "splits": {split: len(members) for split, members in splits.items()},
        "articles": len(articles),
        "events": len([event for article in articles for event in article.events]),
        "enumerations": {
            spec.name: _tally(splits, partial(_values_of, spec.name), spec.values)
            for spec in schema.fields
            if spec.values and spec.kind == "leaf"
        },
        "countries": _tally(splits, lambda article: countries_of(article, schema)),
        "continents": _tally(splits, lambda article: continents_of(article, schema)),
        "traps": _tally(splits, lambda article: _tags(article, trap=True)),
        "tags": _tally(splits, lambda article: _tags(article, trap=False)),
        "lengths": _tally(
            splits, lambda article: [length_band(article.article.text)], (*(name for name, _ in LENGTHS), LONGEST)
        ),
        "no_event": _tally(splits, lambda article: [] if article.events else ["no event"], ("no event",))["no event"],
        "published": _tally(
            splits, lambda article: ["known" if article.article.published else "unknown"], ("known", "unknown")
        ),
        "incidents": incidents_of(articles),
    }


def words_in(text: str) -> int:
    """Words of a text, as they stand between spaces."""
    return len(text.split())


def length_band(text: str) -> str:
    """The band of length of an article."""
    words = words_in(text)
    return next((name for name, most in LENGTHS if words <= most), LONGEST)


def incidents_of(articles: Iterable[GoldArticle]) -> dict[str, list[str]]:
    """Incident to the ids of the articles that tell of it, most first."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for article in articles:
        for incident in dict.fromkeys(article.incidents.values()):
            found[incident].append(article.id)
    return dict(sorted(found.items(), key=lambda item: (-len(item[1]), item[0])))


def countries_of(article: GoldArticle, schema: Schema) -> set[str]:
    """The countries in which events of an article happened, by the schema's fields that hold country codes."""
    return {code for event in article.events for code in _codes(event, schema.fields)}


def continents_of(article: GoldArticle, schema: Schema) -> set[str]:
    """The continents of `countries_of`."""
    return {continents()[code] for code in countries_of(article, schema)}


def _codes(record: Mapping[str, Any], fields: Sequence[FieldSpec]) -> Iterator[str]:
    for spec in fields:
        value = record.get(spec.name)
        if not value:
            continue
        if spec.children:
            for item in value if isinstance(value, list) else [value]:
                yield from _codes(item, spec.children)
        elif spec.comparator == "country":
            yield from value if isinstance(value, list) else [value]


def _values_of(name: str, article: GoldArticle) -> list[str]:
    return [str(event[name]) for event in article.events if event.get(name) is not None]


def _tags(article: GoldArticle, *, trap: bool) -> set[str]:
    return {tag.removeprefix(TRAP) for tag in article.tags if tag.startswith(TRAP) is trap}


def _tally(
    splits: Mapping[str, Sequence[GoldArticle]],
    keys: Callable[[GoldArticle], Iterable[str]],
    always: Sequence[str] = (),
) -> dict[str, dict[str, int]]:
    """Key to split to count, and `all`; `always` come first and also where there is none, the others by number."""
    counts = {split: Counter(key for article in members for key in keys(article)) for split, members in splits.items()}
    total = sum(counts.values(), Counter())
    names = [*always, *sorted(total.keys() - set(always), key=lambda key: (-total[key], key))]
    return {name: {**{split: count[name] for split, count in counts.items()}, TOTAL: total[name]} for name in names}
