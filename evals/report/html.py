"""Scores and errors as one HTML page that needs nothing else: no network, no server, no other file.

Everything from articles, labels and answers is escaped by the template engine, and the page's own policy lets no script
run but the one that is part of it.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from evals.report.article_views import ArticleView

_COUNTS = ("correct", "partial", "incorrect", "missing", "spurious")


@dataclass(frozen=True)
class Page:
    """What the page shows.

    Attributes:
        title: what was scored.
        subtitle: of which gold, how many articles.
        scores: as `evals.scores.as_json` gives them.
        articles: to be shown, each with its errors.
        notes: what must be known, such as articles that failed.
        breakdowns: by metadatum, as `evals.breakdown.breakdown` gives them.
    """

    title: str
    subtitle: str
    scores: Mapping[str, Any]
    articles: Sequence[ArticleView]
    notes: Sequence[str] = ()
    breakdowns: Mapping[str, Any] = field(default_factory=dict)


def html_page(page: Page) -> str:
    """The page as text."""
    errors = [view.error for article in page.articles for view in article.errors]
    script = _data("report.js")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(_data("report.html.jinja")).render(
        title=page.title,
        subtitle=page.subtitle,
        notes=page.notes,
        scores=page.scores,
        fields=[(name, row) for name, row in page.scores["fields"].items() if any(row[count] for count in _COUNTS)],
        breakdowns=page.breakdowns,
        articles=page.articles,
        kinds=dict(Counter(error.kind for error in errors).most_common()),
        error_fields=dict(Counter(error.field for error in errors).most_common()),
        style=Markup(_data("report.css")),  # noqa: S704 - our own files, not anybody's text
        script=Markup(script),  # noqa: S704
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def _data(name: str) -> str:
    return resources.files("evals.report").joinpath("data", name).read_text(encoding="utf-8")
