"""Many articles while one request in ten goes wrong, each time in another way; the server counts what it is asked.

`python -m tests.faults.mixed_faults --articles 10000` prints what became of them; the tests do it with fewer.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from extractor.backends import open_backend
from extractor.cache import ResponseCache
from extractor.engine import Options, Totals, extract_many, run_identity
from extractor.records import Extraction, Failure
from extractor.runs import RunInfo, open_run, read_run
from tests.extractor.extraction_cases import EVENT, PROMPT, SCHEMA, WRONG_EVENT, articles, lines
from tests.loopback import replies
from tests.loopback.server import LoopbackServer, last_user

TIMEOUT_S = 1.0
OPTIONS = Options(concurrency=48, attempts=4, reasks=1, first_wait_s=0.01, longest_wait_s=0.05)
_NUMBER = re.compile(r"Report number (\d+)\.")

FAULTS: tuple[Callable[[Any], Any], ...] = (
    lambda _: replies.rate_limited(),
    lambda _: replies.rate_limited(milliseconds=5),
    lambda _: replies.server_error(500),
    lambda _: replies.server_error(503),
    lambda _: replies.reset(),
    replies.reset_in_body,
    replies.cut_body,
    lambda value: replies.slow(value, TIMEOUT_S + 0.5),
    lambda _: replies.html_page(),
    lambda _: replies.not_json(),
    lambda _: replies.empty_choices(),
    replies.cut_json,
    replies.prose_around,
    lambda value: {"events": [*value["events"], WRONG_EVENT]},
    lambda _: {"events": [WRONG_EVENT]},
    lambda value: {"events": [{key: each for key, each in value["events"][0].items() if key != "role"}]},
    lambda _: "[" * 40 + "]" * 40,
    lambda _: replies.refusal(),
    lambda _: replies.content_filtered(),
    lambda _: replies.truncated(),
    replies.without_usage,
    lambda value: replies.answer(value, usage={"prompt_tokens": -1, "completion_tokens": 10**15}),
    replies.sent_twice,
)
"""What goes wrong, made of the answer that would have been right."""


@dataclass(frozen=True)
class Report:
    """What became of the articles.

    Attributes:
        totals: as the extraction returned them; info: as `run.json` has them.
        extractions, failures: the lines of the run.
        told: ids of the results that were told, in order.
        asked: requests that the server got; faults: those that it answered with a fault.
    """

    totals: Totals
    info: RunInfo
    extractions: list[dict[str, Any]]
    failures: list[dict[str, Any]]
    told: list[str]
    asked: int
    faults: int
    seconds: float


class FaultyEndpoint:
    """Answers with the number of the article as evidence; `rate` of the answers are faults."""

    def __init__(self, server: LoopbackServer, rate: float, seed: int) -> None:
        self._server = server
        self._rate = rate
        self._chance = random.Random(seed)  # noqa: S311
        self.asked = self.faults = 0

    def __call__(self, body: dict[str, Any]) -> Any:
        self._server.requests.clear()  # ten thousand of them would fill the memory
        self.asked += 1
        found = _NUMBER.search(last_user(body)) or _NUMBER.search(body["messages"][1]["content"])
        assert found is not None
        good = {"events": [{**EVENT, "evidence": [found[0]]}]}
        if self._chance.random() >= self._rate:
            return good
        self.faults += 1
        return self._chance.choice(FAULTS)(good)


def extract_among_faults(folder: Path, count: int, *, rate: float = 0.1, seed: int = 0) -> Report:
    """Extract articles with cache and run folder, through the real client."""
    told: list[str] = []

    def result(each: Extraction | Failure) -> None:
        told.append(each.article_id)

    async def extract() -> Totals:
        with (
            ResponseCache(folder / "cache.sqlite") as cache,
            open_run(folder / "run", run_identity(backend, PROMPT, SCHEMA, OPTIONS)) as run,
        ):
            try:
                return await extract_many(
                    articles(count),
                    backend=backend,
                    prompt=PROMPT,
                    schema=SCHEMA,
                    options=OPTIONS,
                    cache=cache,
                    run=run,
                    on_result=result,
                )
            finally:
                await backend.aclose()

    started = time.monotonic()
    with LoopbackServer() as server:
        endpoint = FaultyEndpoint(server, rate, seed)
        server.answer = endpoint
        backend = open_backend("openai/some-model", base_url=server.url, timeout_s=TIMEOUT_S, max_connections=64)
        totals = asyncio.run(extract())
    return Report(
        totals,
        read_run(folder / "run"),
        lines(folder / "run" / "extractions.jsonl"),
        lines(folder / "run" / "failures.jsonl"),
        told,
        endpoint.asked,
        endpoint.faults,
        time.monotonic() - started,
    )


def check(report: Report, count: int) -> None:
    """See that every article ended once, in its own extraction or a named failure, and that all requests are counted.

    Raises:
        AssertionError: not so.
    """
    wanted = sorted(article.id for article in articles(count))
    ended = [line["article_id"] for line in (*report.extractions, *report.failures)]
    assert sorted(ended) == wanted, "each once, none lost"
    assert sorted(report.told) == wanted
    for line in report.extractions:
        number = line["article_id"].removeprefix("article-")
        assert [event["evidence"] for event in line["events"]] == [[f"Report number {number}."]], line
    assert all(line["kind"] != "internal" and line["message"] and line["attempts"] for line in report.failures)
    paid = report.totals.spent.paid.requests
    assert paid == report.asked
    assert report.info.usage.paid.requests == paid
    counts = report.info.articles
    assert (counts.total, counts.done, counts.failed) == (count, len(report.extractions), len(report.failures))
    assert report.info.finished is not None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = extract_among_faults(Path(folder), given.articles, rate=given.rate, seed=given.seed)
    check(report, given.articles)
    spent = report.info.usage
    print(  # noqa: T201
        json.dumps(
            {
                "articles": given.articles,
                "requests": report.asked,
                "faults": report.faults,
                "extractions": len(report.extractions),
                "failures": dict(Counter(line["kind"] for line in report.failures)),
                "first, retry, reask": [spent.first.requests, spent.retry.requests, spent.reask.requests],
                "seconds": round(report.seconds, 1),
            }
        )
    )


if __name__ == "__main__":
    main()
