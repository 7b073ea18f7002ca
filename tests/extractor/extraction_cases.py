"""Articles, answers and runs that the tests of engine, runs and cache share."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from extractor.backends import Backend, open_backend
from extractor.cache import ResponseCache
from extractor.engine import Options, Timing, Totals, extract_many, run_identity
from extractor.errors import ArticleError
from extractor.prompts import Prompt, load_prompt
from extractor.records import Article, Extraction, Failure
from extractor.runs import Identity, Run, open_run
from extractor.schemas import Schema, load_schema
from tests.loopback.server import LoopbackServer

SCHEMA = load_schema()
PROMPT = load_prompt(Path(__file__).parents[2] / "prompts" / "conflict" / "1")
QUOTE = "two mortar shells hit the grain depot"
TEXT = f"On Sunday {QUOTE} near Velmora, police said."
EVENT: dict[str, Any] = {"role": "main", "event_type": "shelling_missile_attack", "evidence": [QUOTE]}
WRONG_EVENT: dict[str, Any] = {**EVENT, "event_type": "shelling"}
GOOD: dict[str, Any] = {"events": [EVENT]}
WRONG: dict[str, Any] = {"events": [WRONG_EVENT]}

IDENTITY = Identity("conflict/1", "d1", "conflict", "d2", "openai/some-model", "http://127.0.0.1/v1", {"seed": None})


def article(number: int = 0) -> Article:
    return Article(id=f"article-{number}", text=f"{TEXT} Report number {number}.")


def articles(count: int) -> list[Article]:
    return [article(number) for number in range(count)]


def extraction(article_id: str = "article-0", **changes: Any) -> Extraction:
    values: dict[str, Any] = {
        "article_id": article_id,
        "events": [],
        "spans": [],
        "problems": [],
        "usage": None,
        "cost_usd": None,
        "latency_s": None,
        "backend": "openai/some-model",
        "model": "some-model",
        "prompt": "conflict/1",
    }
    return Extraction(**(values | changes))


class ImpatientTiming:
    """A clock that sleeping moves forward, so that waits take no time; `slept` holds what was waited for."""

    def __init__(self, chance: float = 0.5) -> None:
        self.moment = 0.0
        self.slept: list[float] = []
        self._chance = chance

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.moment += seconds

    @property
    def timing(self) -> Timing:
        return Timing(now=lambda: self.moment, sleep=self._sleep, chance=lambda: self._chance)


class Outcome:
    """What an extraction told: results in order, and its totals."""

    def __init__(self) -> None:
        self.results: list[Extraction | Failure] = []
        self.totals = Totals()

    @property
    def extractions(self) -> dict[str, Extraction]:
        return {result.article_id: result for result in self.results if isinstance(result, Extraction)}

    @property
    def failures(self) -> dict[str, Failure]:
        return {result.article_id: result for result in self.results if isinstance(result, Failure)}

    @property
    def extraction(self) -> Extraction:
        [result] = self.results
        assert isinstance(result, Extraction), result
        return result

    @property
    def failure(self) -> Failure:
        [result] = self.results
        assert isinstance(result, Failure), result
        return result


def extracted(  # as extract_many
    source: LoopbackServer | Backend,
    items: Iterable[Article | ArticleError],
    *,
    options: Options | None = None,
    run: Run | None = None,
    cache: ResponseCache | None = None,
    waits: ImpatientTiming | None = None,
    prompt: Prompt = PROMPT,
    schema: Schema = SCHEMA,
) -> Outcome:
    """Extract through the real backend from the loopback server, waiting for no retry."""
    backend = loopback_backend(source) if isinstance(source, LoopbackServer) else source
    outcome = Outcome()

    async def extract_and_close() -> None:
        try:
            outcome.totals = await extract_many(
                items,
                backend=backend,
                prompt=prompt,
                schema=schema,
                options=options,
                cache=cache,
                run=run,
                on_result=outcome.results.append,
                timing=(waits or ImpatientTiming()).timing,
            )
        finally:
            await backend.aclose()

    asyncio.run(extract_and_close())
    return outcome


def loopback_backend(server: LoopbackServer) -> Backend:
    return open_backend("openai/some-model", base_url=server.url, timeout_s=5)


def opened(server: LoopbackServer, folder: Path, options: Options | None = None, **how: Any) -> Run:
    """A run folder for extracting from the server."""
    return open_run(folder, run_identity(loopback_backend(server), PROMPT, SCHEMA, options or Options()), **how)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]
