"""What a gold file must hold beyond its schema: quotes verbatim, names as written, no article in two splits. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from evals.gold import GoldArticle
from extractor.schemas import FieldSpec, Schema

SHINGLE = 8
"""Words in a row that two articles may not share: fewer happen by chance, more are a copy."""

_COPIED_SHARE = 0.1
_WORD = re.compile(r"\w+")


def problems_of(article: GoldArticle, schema: Schema) -> list[str]:
    """What is wrong with one article's labels."""
    found: list[str] = []
    for key, events in (("events", article.events), ("optional", article.optional)):
        for i, event in enumerate(events):
            found += _not_verbatim(event, schema.fields, f"{key}.{i}", article.article.text)
    for i, no in enumerate(article.not_events):
        if no.get("quote", "") not in article.article.text:
            found.append(f"not_events.{i}: quote does not stand in the text: {_short(no.get('quote', ''))}")
        if not no.get("reason"):
            found.append(f"not_events.{i}: has no reason")
    known = {f"events.{i}" for i in range(len(article.events))} | {
        f"optional.{i}" for i in range(len(article.optional))
    }
    found += [f"incidents: {path} is no event" for path in article.incidents if path not in known]
    if not article.article.text.strip():
        found.append("text is empty")
    return found


def _not_verbatim(record: Mapping[str, Any], fields: Sequence[FieldSpec], path: str, text: str) -> Iterator[str]:
    """Quotes, and names as written, that do not stand in the text."""
    for spec in fields:
        value, at = record.get(spec.name), f"{path}.{spec.name}"
        if value is None:
            continue
        if spec.kind == "model":
            yield from _not_verbatim(value, spec.children, at, text)
        elif spec.kind == "list_of_models":
            for i, item in enumerate(value):
                yield from _not_verbatim(item, spec.children, f"{at}.{i}", text)
        elif spec.grounding in ("quote", "name"):
            values = value if spec.kind == "list_of_leaves" else [value]
            yield from (
                f"{at}: does not stand in the text as written: {_short(item)}" for item in values if item not in text
            )


def overlaps(articles: Sequence[GoldArticle]) -> list[str]:
    """Ids given twice, and pairs of articles that share so many runs of words that one is a copy of the other."""
    found = []
    seen: dict[str, GoldArticle] = {}
    for article in articles:
        if article.id in seen:
            found.append(f"{article.path}: id {article.id!r} is also that of {seen[article.id].path}")
        seen.setdefault(article.id, article)
    shingles = [(article, shingles_of(article.article.text)) for article in articles]
    for i, (a, ours) in enumerate(shingles):
        for b, theirs in shingles[i + 1 :]:
            shared = len(ours & theirs)
            if shared > _COPIED_SHARE * max(1, min(len(ours), len(theirs))):
                found.append(f"{a.path} and {b.path} share {shared} runs of {SHINGLE} words: keep one of them")
    return found


def shingles_of(text: str) -> frozenset[tuple[str, ...]]:
    """All runs of `SHINGLE` words of a text, folded to lower case."""
    words = _WORD.findall(text.lower())
    return frozenset(tuple(words[i : i + SHINGLE]) for i in range(len(words) - SHINGLE + 1))


def _short(text: str, limit: int = 60) -> str:
    return repr(text if len(text) <= limit else text[:limit] + "…")
