"""The article that is extracted over and over, what the model answers to it, and the request that both make.

A bundled gold article of three events with all its labels as the answer: what a careful model would send.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from extractor.prompts import load_prompt
from extractor.records import Article
from extractor.schemas import Schema, load_schema

GOLD = Path(__file__).parents[2] / "gold" / "conflict" / "dev" / "ayorou-rockets.json"
MODEL, QUIET_MODEL, LANGEXTRACT_MODEL = "conflict", "quiet", "gpt-langextract"
"""Models of the endpoint: one finds all events, one none; LangExtract chooses its provider by the model's name, and
wants answers in a form of its own."""

EVENTS = {MODEL: 3, QUIET_MODEL: 0}


def articles(count: int, first: int = 0) -> Iterator[Article]:
    """Articles that differ in their first line, one at a time."""
    text = _gold()["text"]
    for number in range(first, first + count):
        yield Article(f"article-{number}", f"Report {number}.\n{text}")


@lru_cache(maxsize=1)
def schema() -> Schema:
    return load_schema()


@lru_cache(maxsize=1)
def answers() -> dict[str, str]:
    """What each model of the endpoint says."""
    known = schema().event.model_fields.keys()
    events = [{key: value for key, value in event.items() if key in known} for event in _gold()["events"]]
    whole = [schema().event.model_validate(event).model_dump(mode="json") for event in events]
    quotes = [quote for event in events for quote in event["evidence"]]
    return {
        MODEL: json.dumps({"events": whole}),
        QUIET_MODEL: json.dumps({"events": []}),
        LANGEXTRACT_MODEL: json.dumps({"extractions": [{"quote": quote, "quote_attributes": {}} for quote in quotes]}),
    }


@lru_cache(maxsize=1)
def request() -> dict[str, Any]:
    """What all requests of one prompt have in common, in the words of chat completions; messages are added."""
    name = schema().name
    shown = {"type": "json_schema", "json_schema": {"name": name, "schema": schema().json_schema()}}
    return {"model": MODEL, "max_tokens": 4096, "temperature": 0.0, "response_format": shown}


def messages(article: Article) -> list[dict[str, str]]:
    """The prompt, rendered for an article."""
    rendered = load_conflict().render(article, schema())
    return [{"role": message.role, "content": message.content} for message in rendered]


@lru_cache(maxsize=1)
def load_conflict() -> Any:
    return load_prompt("conflict/1")


@lru_cache(maxsize=1)
def _gold() -> Any:
    return json.loads(GOLD.read_text(encoding="utf-8"))
