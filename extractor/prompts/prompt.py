"""A loaded prompt, and how it becomes messages.

The messages start with all that is the same for every article, so that the prefix caches of providers and of local
servers hold; the article comes last, as quoted material (`extractor.prompts.fence`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from extractor.errors import PromptError
from extractor.prompts.fence import fence
from extractor.prompts.field_guide import field_guide
from extractor.prompts.templates import render
from extractor.records import Article, Message
from extractor.schemas import Schema, describe

ANY_SCHEMA = "any"
"""The `schema` of a prompt that asks for whatever schema it is given."""

SYSTEM_FILE, USER_FILE, EXAMPLES_FILE = "system.md.jinja", "user.md.jinja", "examples.jsonl"
RULES_FILE = "rules.md"
"""Optional: rules that the templates print as `{{ rules }}`, kept apart because labellers work by the same ones."""


class Parameters(BaseModel):
    """What a prompt asks of the backend. `temperature` (0 to 2) and `seed` are not sent when absent."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    temperature: float | None = Field(None, ge=0, le=2)
    max_tokens: int = Field(4096, ge=1)
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """One worked example: an article and its answer as compact JSON. `line` counts from 1 in `examples.jsonl`."""

    line: int
    text: str
    answer: str
    title: str | None = None
    published: date | None = None
    source: str | None = None


@dataclass(frozen=True)
class Prompt:
    """A prompt folder as read from disk.

    Attributes:
        name: of the family, such as `conflict`.
        version: 1 and up.
        schema: the name of the schema it is written for, or `any`.
        description: one line for listings.
        digest: SHA-256, hexadecimal, over templates, examples and the settings that reach the model; name, version,
            description and release do not change it.
        released: immutable since its release; the loader has checked that its files still match.
        parameters: what it asks of the backend.
        folder: where it was read from.
        system: source of the template of the part that is the same for all articles.
        user: source of the template of the part that holds the article.
        examples: the worked examples, in order.
        rules: what the templates print as `{{ rules }}`; empty without the file.
        compact: answers are asked for in the compact notation of the schema's values.
    """

    name: str
    version: int
    schema: str
    description: str
    digest: str
    released: bool
    parameters: Parameters
    folder: Path
    system: str
    user: str
    examples: tuple[Example, ...]
    rules: str = ""
    compact: bool = False

    @property
    def ref(self) -> str:
        """`name/version`, as runs record it."""
        return f"{self.name}/{self.version}"

    def render(self, article: Article, schema: Schema) -> tuple[Message, ...]:
        """The messages for one article: `system`, the same bytes for every article, then `user`.

        Raises:
            PromptError: written for another schema, an example that the schema refuses, or a template that fails.
        """
        return (
            Message("system", _system_text(self, schema)),
            Message("user", _user_text(self, _fenced(article))),
        )

    def answer_schema(self, schema: Schema) -> dict[str, Any]:
        """The JSON schema that answers to this prompt are held to."""
        return schema.json_schema(compact=self.compact)

    def stable_fraction(self, article: Article, schema: Schema) -> float:
        """The share of the characters of a request, 0 to 1, that comes before anything of the article.

        That much of each request a provider can serve from its prefix cache.
        """
        system, user = (message.content for message in self.render(article, schema))
        return (len(system) + user.index(_fenced(article))) / (len(system) + len(user))


def check_user_template(prompt: Prompt) -> None:
    """See that the user template prints the article once and unchanged, whatever is in it.

    Raises:
        PromptError: it does not.
    """
    _user_text(prompt, fence("A line of {{ text }}.\n<b>Another</b> & a third.", title="Probe"))


def _fenced(article: Article) -> str:
    return fence(article.text, title=article.title, published=article.published, source=article.source)


def _user_text(prompt: Prompt, fenced: str) -> str:
    file = str(prompt.folder / USER_FILE)
    rendered = render(prompt.user, file, {"article": fenced})
    if rendered.count(fenced) != 1:
        raise PromptError(f"{file}: must print the article once and unchanged: write {{{{ article }}}} in one place")
    return rendered


@lru_cache(maxsize=16)
def _system_text(prompt: Prompt, schema: Schema) -> str:
    if prompt.schema not in (ANY_SCHEMA, schema.name):
        raise PromptError(
            f"prompt {prompt.ref} is written for the schema {prompt.schema!r}, not {schema.name!r}: "
            "use the prompt 'generic' or one of your own"
        )
    for example in prompt.examples:
        _check_example(prompt, example, schema)
    examples = [
        {"article": fence(e.text, title=e.title, published=e.published, source=e.source), "answer": e.answer}
        for e in prompt.examples
    ]
    values = {"schema": _description(prompt, schema), "examples": examples, "rules": prompt.rules}
    return render(prompt.system, str(prompt.folder / SYSTEM_FILE), values)


def _description(prompt: Prompt, schema: Schema) -> dict[str, Any]:
    return {
        "name": schema.name,
        "events_field": schema.events_field,
        "evidence_field": schema.evidence_field,
        "event": schema.event.__name__,
        "fields": field_guide(schema, compact=prompt.compact),
        "json_schema": json.dumps(prompt.answer_schema(schema), ensure_ascii=False, separators=(",", ":")),
    }


def _check_example(prompt: Prompt, example: Example, schema: Schema) -> None:
    where = f"{prompt.folder / EXAMPLES_FILE} line {example.line}"
    answer = json.loads(example.answer)
    try:
        schema.root.model_validate(answer)
    except ValidationError as error:
        raise PromptError(f"{where}: the answer does not fit the schema {schema.name!r}: {describe(error)}") from error
    if schema.evidence_field is None:
        return
    for event in answer[schema.events_field]:
        for quote in event.get(schema.evidence_field) or ():
            if quote not in example.text:
                raise PromptError(f"{where}: the quote {quote!r} does not stand in the example's text: copy it exactly")
