"""Extraction in one call, for programs and notebooks."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from extractor.backends import open_backend
from extractor.backends.base import Backend
from extractor.engine.run_loop import extract_many
from extractor.errors import ArticleError, BackendError
from extractor.prompts import ANY_SCHEMA, Prompt, load_prompt
from extractor.records import Article, Extraction, Failure
from extractor.schemas import DEFAULT, Schema, load_schema

T = TypeVar("T")


def extract(
    article: Article | str,
    *,
    backend: str | Backend = "rules/baseline",
    prompt: str | Prompt = "conflict/1",
    schema: str | Schema | None = None,
) -> Extraction:
    """Extract the events of one article.

    Args:
        article: an article, or its text.
        backend: `provider/model`, or an open backend, which stays open.
        prompt: `name/version`, a folder, or a loaded prompt.
        schema: a name, or a loaded schema; by default the one that the prompt is written for, or `conflict`.

    Raises:
        ArticleError: there is no text in it.
        BackendError: no valid answer; `kind` says why, `raw` is the last one.
        ExtractorError: no such backend, prompt or schema.
    """
    item = Article(id="article", text=article) if isinstance(article, str) else article
    loaded = load_prompt(prompt) if isinstance(prompt, str) else prompt
    named = DEFAULT if loaded.schema == ANY_SCHEMA else loaded.schema
    wanted = schema if schema is not None else named
    return _finished(_extract_one(item, backend, loaded, load_schema(wanted) if isinstance(wanted, str) else wanted))


async def _extract_one(article: Article, backend: str | Backend, prompt: Prompt, schema: Schema) -> Extraction:
    opened = open_backend(backend) if isinstance(backend, str) else backend
    results: list[Extraction | Failure] = []
    try:
        await extract_many([article], backend=opened, prompt=prompt, schema=schema, on_result=results.append)
    finally:
        if isinstance(backend, str):
            await opened.aclose()
    [result] = results
    if isinstance(result, Extraction):
        return result
    if result.kind == "bad_article":
        raise ArticleError(result.message, article_id=article.id)
    raise BackendError(result.message, kind=result.kind, raw=result.raw)


def _finished(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end; in a thread of its own where an event loop runs already, as in notebooks."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    outcome: list[T | BaseException] = []

    def run() -> None:
        try:
            outcome.append(asyncio.run(work))
        except BaseException as error:  # raised again in the caller's thread
            outcome.append(error)

    thread = threading.Thread(target=run, name="extract")
    thread.start()
    thread.join()
    [result] = outcome
    if isinstance(result, BaseException):
        raise result
    return result
