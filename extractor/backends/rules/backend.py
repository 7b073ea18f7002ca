"""The backend `rules/baseline`: deterministic, offline, no model."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from typing import Any

from extractor.backends.base import Capabilities
from extractor.backends.rules.clauses import read_clauses
from extractor.backends.rules.dates import find_anchor
from extractor.backends.rules.facts import Facts, read_facts
from extractor.backends.rules.lexicon import gazetteer
from extractor.backends.rules.merge import merge
from extractor.backends.rules.records import as_record
from extractor.backends.rules.segment import read_document
from extractor.errors import BackendError
from extractor.records import Article, Completion, Request

NAME = "rules/baseline"
_SCHEMA = "conflict"
_CAPITALISED_RUN = re.compile(r"U\.S\.|[A-Z]\w+(?: [A-Z]\w+)*")


def extract_events(article: Article) -> list[dict[str, Any]]:
    """The events of an article, the main one first, as plain JSON values of the conflict schema.

    The same article gives the same events, always; an article that tells of no event gives an empty list.
    """
    document = read_document(article.text, article.title)
    anchor = find_anchor(document.folded, article.published)
    named = _countries_named(document.folded)
    facts = [read_facts(clause, anchor, frozenset(named)) for clause in read_clauses(document)]
    drafts = merge(facts)
    focus = _focus(facts, named)
    records = [as_record(draft, drafts[0], document, focus) for draft in drafts]
    return [record for record in records if record is not None]


def _countries_named(folded: str) -> Counter[str]:
    """How often the article names each country: itself, its people, its capital or a region."""
    book = gazetteer()
    found: Counter[str] = Counter()
    for match in _CAPITALISED_RUN.finditer(folded):
        run = match.group()
        forms = (run, run.title()) if run.isupper() else (run, *run.split(" "))
        code = next((code for form in forms if (code := book.country_of_actor(form) or book.regions.get(form))), None)
        if code:
            found[code] += 1
    return found


def _focus(facts: list[Facts], named: Counter[str]) -> str | None:
    """The country the article is about: of the places of its events, else the one named most."""
    placed = Counter(place.country for one in facts for place in one.places if place.country)
    return next((code for code, _ in (placed or named).most_common(1)), None)


class RulesBackend:
    """Answers from word lists and rules in this process; a floor that every model must beat."""

    name = NAME
    endpoint = ""
    capabilities = Capabilities(
        structured_output="native", hosted=False, reports_usage=False, schemas=frozenset({_SCHEMA})
    )

    async def complete(self, request: Request) -> Completion:
        """Answer from `request.article`; the messages are not read.

        Raises:
            BackendError: the request asks for another schema than the conflict schema.
        """
        if request.schema_name != _SCHEMA:
            asked = request.schema_name
            message = f"{NAME} answers only the {_SCHEMA!r} schema, not {asked!r}: choose a model with --backend"
            raise BackendError(message, kind="rejected")
        started = time.perf_counter()
        text = json.dumps({"events": extract_events(request.article)}, ensure_ascii=False)
        return Completion(text, model="baseline", latency_s=time.perf_counter() - started)

    async def aclose(self) -> None:
        """Nothing to give back."""
