"""The folder of a prompt: reading it with all its checks, its digest, its release, and how two of them differ."""

from __future__ import annotations

import difflib
import hashlib
import json
import re
import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from extractor.errors import PromptError
from extractor.prompts.prompt import (
    ANY_SCHEMA,
    EXAMPLES_FILE,
    RULES_FILE,
    SYSTEM_FILE,
    USER_FILE,
    Example,
    Parameters,
    Prompt,
    check_user_template,
)
from extractor.records import Article
from extractor.schemas import describe, load_schema

SETTINGS_FILE = "prompt.toml"
NAME = r"[a-z][a-z0-9_-]*"
"""What a prompt family may be called."""


class _Settings(BaseModel):
    """The content of `prompt.toml`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(pattern=rf"^{NAME}$")
    version: int = Field(ge=1)
    description: str
    schema_name: str = Field(alias="schema")
    released: bool = False
    digest: str = ""
    notation: Literal["plain", "compact"] = "plain"
    parameters: Parameters = Parameters(temperature=None)


class _ExampleArticle(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1)
    title: str | None = None
    published: date | None = None
    source: str | None = None


class _ExampleLine(BaseModel):
    """One line of `examples.jsonl`; the answer is checked against the schema when the prompt is first rendered."""

    model_config = ConfigDict(extra="forbid")

    article: _ExampleArticle
    answer: dict[str, Any]


def read_prompt(folder: Path, *, ref: str | None = None) -> Prompt:
    """Read a prompt from its folder.

    Args:
        folder: where its files are.
        ref: the `name/version` that it must say it is, if it is known by where it stands.

    Raises:
        PromptError: another name or version, a missing file, broken TOML, a broken line of examples, a template that
            does not compile or does not print the article, or a released prompt whose files no longer match its
            digest.
    """
    settings = _settings(folder)
    if ref not in (None, said := f"{settings.name}/{settings.version}"):
        name, _, version = ref.partition("/")
        raise PromptError(
            f'{folder / SETTINGS_FILE}: says {said}, but stands in {ref}: write name = "{name}", version = {version}, '
            "and released = false for a version of your own"
        )
    system, user = _text(folder / SYSTEM_FILE), _text(folder / USER_FILE)
    examples_text = _examples_text(folder, settings)
    rules = _text(folder / RULES_FILE) if (folder / RULES_FILE).exists() else ""
    prompt = Prompt(
        name=settings.name,
        version=settings.version,
        schema=settings.schema_name,
        description=settings.description,
        digest=_digest(settings, system, user, examples_text, rules),
        released=settings.released,
        parameters=settings.parameters,
        folder=folder,
        system=system,
        user=user,
        examples=_examples(folder / EXAMPLES_FILE, examples_text),
        rules=rules,
        compact=settings.notation == "compact",
    )
    if settings.released:
        _check_unchanged(prompt, settings.digest)
    check_user_template(prompt)
    return prompt


def release(folder: Path) -> Prompt:
    """Make a prompt immutable: write `released = true` and its digest into `prompt.toml`, comments left in place.

    Releasing what is released already, and unchanged, does nothing.

    Raises:
        PromptError: the prompt is broken, its examples do not fit its schema, or it was edited after its release.
        SchemaError: its schema cannot be loaded.
    """
    prompt = read_prompt(folder)
    if prompt.released:
        return prompt
    if prompt.schema != ANY_SCHEMA:
        prompt.render(Article("probe", "Nothing happened."), load_schema(prompt.schema))
    file = folder / SETTINGS_FILE
    stamped = _stamp(_text(file), prompt.digest, file)
    partial = file.with_suffix(".toml.partial")
    partial.write_text(stamped, encoding="utf-8", newline="\n")
    partial.replace(file)
    return replace(prompt, released=True)


def diff_prompts(a: Prompt, b: Prompt) -> str:
    """A unified diff over the files of two prompts, empty if they are the same.

    Examples are spread over lines first: as stored, each is one long line in which a change would be hard to see.
    """
    return "".join(
        line
        for name in (SETTINGS_FILE, SYSTEM_FILE, RULES_FILE, USER_FILE, EXAMPLES_FILE)
        for line in difflib.unified_diff(
            _lines_to_compare(a.folder / name), _lines_to_compare(b.folder / name), f"{a.ref}/{name}", f"{b.ref}/{name}"
        )
    )


def _settings(folder: Path) -> _Settings:
    file = folder / SETTINGS_FILE
    try:
        return _Settings.model_validate(tomllib.loads(_text(file)))
    except tomllib.TOMLDecodeError as error:
        raise PromptError(f"{file}: broken TOML: {error}") from error
    except ValidationError as error:
        raise PromptError(f"{file}: {describe(error)}") from error


def _text(file: Path) -> str:
    """A file's text with plain line feeds, so that a checkout on another system has the same digest."""
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise PromptError(f"no file {file}: a prompt folder needs it") from error
    except (OSError, UnicodeDecodeError) as error:
        raise PromptError(f"{file} cannot be read as UTF-8 text: {error}") from error


def _examples_text(folder: Path, settings: _Settings) -> str:
    file = folder / EXAMPLES_FILE
    if settings.schema_name != ANY_SCHEMA:
        return _text(file)
    if file.exists():
        raise PromptError(f"{file}: a prompt for any schema cannot have examples, for whose answers? Remove the file")
    return ""


def _examples(file: Path, text: str) -> tuple[Example, ...]:
    lines = enumerate(text.split("\n"), start=1)
    return tuple(_example(f"{file} line {number}", number, line) for number, line in lines if line.strip())


def _example(where: str, number: int, line: str) -> Example:
    try:
        read = _ExampleLine.model_validate(json.loads(line))
    except json.JSONDecodeError as error:
        raise PromptError(f"{where}: no JSON object ({error.msg}, column {error.colno}): one example a line") from error
    except ValidationError as error:
        raise PromptError(f"{where}: {describe(error)}") from error
    article = read.article
    answer = json.dumps(read.answer, ensure_ascii=False, separators=(",", ":"))
    return Example(number, article.text, answer, article.title, article.published, article.source)


def _digest(settings: _Settings, system: str, user: str, examples: str, rules: str) -> str:
    """Settings that a prompt may leave out do not enter where it does, so that older digests hold."""
    content = {
        "schema": settings.schema_name,
        "parameters": settings.parameters.model_dump(),
        SYSTEM_FILE: system,
        USER_FILE: user,
        EXAMPLES_FILE: examples,
        **({RULES_FILE: rules} if rules else {}),
        **({"notation": settings.notation} if settings.notation != "plain" else {}),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _check_unchanged(prompt: Prompt, stamped: str) -> None:
    if not stamped:
        raise PromptError(
            f"{prompt.folder / SETTINGS_FILE}: says released, but has no digest: set released = false, then release it"
        )
    if prompt.digest != stamped:
        raise PromptError(
            f"prompt {prompt.ref} was edited after its release: copy it to prompts/{prompt.name}/{prompt.version + 1} "
            f"and change that, or restore it with git ({prompt.folder})"
        )


def _stamp(text: str, digest: str, file: Path) -> str:
    """Write the two keys into the part of the TOML before its first table, and see that nothing else changed."""
    table = re.search(r"^\[", text, re.MULTILINE)
    head, tail = (text[: table.start()], text[table.start() :]) if table else (text, "")
    for key, value in (("released", "true"), ("digest", f'"{digest}"')):
        line = f"{key} = {value}"
        head, found = re.subn(rf"^{key}\s*=[^#\n]*?(?=\s*(?:#.*)?$)", line, head, count=1, flags=re.MULTILINE)
        if not found:
            head = f"{head.rstrip()}\n{line}\n" + ("\n" if tail else "")
    expected = {**tomllib.loads(text), "released": True, "digest": digest}
    try:
        stamped = tomllib.loads(head + tail)
    except tomllib.TOMLDecodeError:
        stamped = {}
    if stamped != expected:
        raise PromptError(f'{file}: cannot be stamped: write released = true and digest = "{digest}" on two lines')
    return head + tail


def _lines_to_compare(file: Path) -> list[str]:
    if not file.exists():
        return []
    text = _text(file)
    if file.name == EXAMPLES_FILE:
        text = "".join(
            json.dumps(json.loads(line), ensure_ascii=False, indent=1) + "\n" for line in text.split("\n") if line
        )
    return text.splitlines(keepends=True)
