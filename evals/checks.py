"""What a gold file must hold beyond its schema: quotes verbatim, names as written, no article in two splits. Pure.

Works on the file's own object, whatever else is wrong with it, so that all problems are found in one go.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from evals.doubts import doubts
from evals.gold_article import GoldArticle
from evals.nearest import nearest
from evals.problems import At, Problem, did_you_mean, short
from evals.rules import rule_problems
from extractor.schemas import FieldSpec, Schema

SHINGLE = 8
"""Words in a row that two articles may not share: fewer happen by chance, more are a copy."""

TRAP = "trap:"
"""Tags that begin so name a trap of the article; which there are stands in `coverage.toml`."""

_COPIED_SHARE = 0.1
_WORD = re.compile(r"\w+")


def problems_of(article: GoldArticle, schema: Schema) -> list[Problem]:
    """What is wrong with the labels of an article that was read."""
    data: dict[str, Any] = {
        "published": article.article.published and article.article.published.isoformat(),
        "events": article.events,
        "optional": article.optional,
        "not_events": article.not_events,
        "accept": article.accept,
        "incidents": article.incidents,
        "when_published_known": article.when_published_known,
        "notes": article.notes,
    }
    return problems_in(data, article.article.text, schema)


def problems_in(data: Mapping[str, Any], text: str | None, schema: Schema) -> list[Problem]:
    """What is wrong with the labels of a gold file beyond its schema, warnings among it.

    Args:
        data: the file's object; what has not the right shape in it is passed over.
        text: the article; None where it could not be read: then nothing is looked for in it.
        schema: of the labels.
    """
    events = {key: list(_records(data.get(key))) for key in ("events", "optional")}
    found: list[Problem] = []
    if text is not None:
        for key, records in events.items():
            for i, event in enumerate(records):
                found += _not_verbatim(event, schema.fields, (key, i), text)
        found += _stray_quotes(data, text)
        found += _unusable(text)
    found += rule_problems(data, events, schema)
    found += doubts(data, events, schema)
    for at in _mapping(data.get("incidents")):
        key, _, number = str(at).partition(".")
        if not (number.isdecimal() and int(number) < len(events.get(key, ()))):
            advice = "write events.0 for the first event, and so on"
            found.append(Problem(("incidents", at), f"{at} is no event: {advice}"))
    return found


def unknown_tags(tags: Iterable[Any], known: Iterable[str]) -> list[Problem]:
    """A warning for each trap that no list has, so that a misspelt one is not lost from the coverage."""
    names = sorted(tag.removeprefix(TRAP) for tag in known)
    return [
        Problem(("tags", i), f"unknown tag {tag!r}{_near_tag(tag, names)}", warning=True)
        for i, tag in enumerate(tags)
        if isinstance(tag, str) and tag.startswith(TRAP) and tag.removeprefix(TRAP) not in names
    ]


def _near_tag(tag: str, names: Sequence[str]) -> str:
    near = did_you_mean(tag.removeprefix(TRAP), names)
    return near.replace("'", f"'{TRAP}", 1) or ": coverage.toml has the list"


def _records(value: Any) -> Iterator[Mapping[str, Any]]:
    """The items of a list; in the place of one that is no object an empty one, so that numbers stay."""
    if isinstance(value, list | tuple):
        for item in value:
            yield item if isinstance(item, Mapping) else {}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _not_verbatim(record: Mapping[str, Any], fields: Sequence[FieldSpec], at: At, text: str) -> Iterator[Problem]:
    """Quotes, and names as written, that do not stand in the text."""
    for spec in fields:
        value, place = record.get(spec.name), (*at, spec.name)
        if spec.kind == "model":
            yield from _not_verbatim(_mapping(value), spec.children, place, text)
        elif spec.kind == "list_of_models":
            for i, item in enumerate(_records(value)):
                yield from _not_verbatim(item, spec.children, (*place, i), text)
        elif spec.grounding in ("quote", "name"):
            places = (
                [((*place, i), item) for i, item in enumerate(value)] if isinstance(value, list) else [(place, value)]
            )
            for where, name in places:
                if isinstance(name, str) and name and name not in text:
                    yield Problem(where, _as_written(name, text))


def _as_written(value: str, text: str) -> str:
    near = nearest(value, text)
    if near is None:
        return f"does not stand in the text as written: {short(value)}; nothing in the text is like it"
    if near.only_form:
        advice = "only quotes, dashes, case or spaces differ: copy it from the text"
    else:
        advice = "copy the words that you mean from the text"
    return (
        f"does not stand in the text as written: {near.given}; the nearest is {near.found} "
        f"at character {near.start}: {advice}"
    )


def _stray_quotes(data: Mapping[str, Any], text: str) -> Iterator[Problem]:
    for i, no in enumerate(_records(data.get("not_events"))):
        quote = no.get("quote")
        if isinstance(quote, str) and quote and quote not in text:
            yield Problem(("not_events", i, "quote"), _as_written(quote, text))
        if not no.get("reason"):
            yield Problem(("not_events", i), "has no reason: say why it is no event")


def _unusable(text: str) -> Iterator[Problem]:
    if not text.strip():
        yield Problem(("text",), "text is empty")
    half = next((i for i, character in enumerate(text) if "\ud800" <= character <= "\udfff"), None)
    if half is not None:
        yield Problem(("text",), f"character {half} is half of a pair (a lone \\ud800): write the character itself")


def overlaps(articles: Sequence[GoldArticle]) -> list[tuple[GoldArticle, Problem]]:
    """What goes wrong between articles: an id given twice, an incident in two splits (folders), a copied text.

    Two articles are copies when they share very many runs of words.

    Returns:
        Each problem with the later of the two articles.
    """
    found = []
    seen: dict[str, GoldArticle] = {}
    told: dict[str, GoldArticle] = {}
    for article in articles:
        if article.id in seen:
            message = f"id {article.id!r} is also that of {seen[article.id].path}: give it another id"
            found.append((article, Problem(("id",), message)))
        seen.setdefault(article.id, article)
        for event, incident in article.incidents.items():
            first = told.setdefault(incident, article)
            if first.path.parent != article.path.parent:
                message = f"incident {incident!r} is told in another split, too: put {first.path} and this into one"
                found.append((article, Problem(("incidents", event), message)))
    shingles = [(article, shingles_of(article.article.text)) for article in articles]
    for i, (a, ours) in enumerate(shingles):
        for b, theirs in shingles[i + 1 :]:
            shared = len(ours & theirs)
            if shared > _COPIED_SHARE * max(1, min(len(ours), len(theirs))):
                message = f"shares {shared} runs of {SHINGLE} words with {a.path}: keep one of them"
                found.append((b, Problem(("text",), message)))
    return found


def shingles_of(text: str) -> frozenset[tuple[str, ...]]:
    """All runs of `SHINGLE` words of a text, folded to lower case."""
    words = _WORD.findall(text.lower())
    return frozenset(tuple(words[i : i + SHINGLE]) for i in range(len(words) - SHINGLE + 1))
