"""A labelled article as it is once it was read, and what is right for it. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evals.labels import replace_at
from extractor.errors import ExtractorError
from extractor.records import Article


class GoldError(ExtractorError):
    """A gold file or folder that cannot be used; the message names file and place."""


@dataclass(frozen=True)
class GoldArticle:
    """One labelled article.

    Attributes:
        article: text and metadata, as an extraction would get them.
        events: what must be found; finished records, in the order of the file.
        optional: events that may be found and are never counted.
        accept: further right answers, by full path (`events.0.munitions.0.type`).
        not_events: quotes that look like events and are none, with the reason.
        incidents: event path to the incident it is a report of.
        when_published_known: values that replace those of `events` when the publication date was given.
    """

    article: Article
    path: Path
    events: tuple[dict[str, Any], ...]
    optional: tuple[dict[str, Any], ...] = ()
    accept: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    not_events: tuple[Mapping[str, str], ...] = ()
    incidents: Mapping[str, str] = field(default_factory=dict)
    when_published_known: Mapping[str, Any] = field(default_factory=dict)
    language: str | None = None
    fictional: bool = False
    tags: tuple[str, ...] = ()
    notes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The article's id."""
        return self.article.id

    def truth(self, *, published: bool) -> Sequence[Mapping[str, Any]]:
        """The events as they are right with, or without, the publication date given to the extraction."""
        if not published or not self.when_published_known:
            return self.events
        events = json.loads(json.dumps(self.events))
        for path, value in self.when_published_known.items():
            replace_at({"events": events}, path, value)
        return list(events)

    def accept_for(self, index: int) -> Mapping[str, Sequence[Any]]:
        """The accepted alternatives of one gold event, by path within it."""
        if not self.accept:
            return {}
        prefix = f"events.{index}."
        return {path.removeprefix(prefix): values for path, values in self.accept.items() if path.startswith(prefix)}
