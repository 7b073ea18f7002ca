"""The endpoint dies in the middle of a run and comes back: soon, so that retries bridge it, or after a stop."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from pathlib import Path

from extractor.backends import open_backend
from extractor.engine import Options, Totals, extract_many, run_identity
from extractor.runs import open_run, read_extractions, read_failures, read_run
from tests.extractor.extraction_cases import GOOD, PROMPT, SCHEMA, articles
from tests.loopback.server import LoopbackServer

COUNT = 60
ALL = Counter(article.id for article in articles(COUNT))


def extract(url: str, folder: Path, options: Options) -> Totals:
    """Extract into a run, with waits that are really waited for."""

    async def extract_and_close() -> Totals:
        with open_run(folder, run_identity(backend, PROMPT, SCHEMA, options)) as run:
            try:
                return await extract_many(
                    articles(COUNT), backend=backend, prompt=PROMPT, schema=SCHEMA, options=options, run=run
                )
            finally:
                await backend.aclose()

    backend = open_backend("openai/some-model", base_url=url, timeout_s=5)
    return asyncio.run(extract_and_close())


def dies_after(server: LoopbackServer, requests: int) -> threading.Thread:
    """Stop the server once it got so many requests."""

    def stop() -> None:
        while server.count < requests:
            time.sleep(0.002)
        server.stop()

    thread = threading.Thread(target=stop)
    thread.start()
    return thread


def test_retries_bridge_the_time_until_it_is_back_and_each_article_is_there_once(tmp_path: Path) -> None:
    before = LoopbackServer(GOOD, latency_s=0.02).start()
    after = LoopbackServer(GOOD, port=before.port)
    died = dies_after(before, 20)

    def come_back() -> None:
        died.join()
        time.sleep(0.5)
        after.start()

    back = threading.Thread(target=come_back)
    back.start()
    options = Options(concurrency=4, attempts=8, first_wait_s=0.1, longest_wait_s=0.5)
    totals = extract(before.url, tmp_path / "run", options)
    back.join()
    after.stop()
    assert (totals.done, totals.failed, totals.left) == (COUNT, 0, 0)
    assert Counter(each.article_id for each in read_extractions(tmp_path / "run")) == ALL
    spent = read_run(tmp_path / "run").usage
    assert (spent.first.requests, spent.reask.requests) == (COUNT, 0)
    assert spent.retry.requests > 0
    assert spent.paid.input_tokens == 100 * COUNT, "what did not arrive has no tokens"
    assert before.count + after.count <= spent.paid.requests, "those that found nobody are counted as well"
    assert before.count + after.count <= COUNT + (options.concurrency or 0)


def test_when_it_stays_away_the_run_stops_and_resumes_without_paying_twice(tmp_path: Path) -> None:
    options = Options(concurrency=4, attempts=1)
    before = LoopbackServer(GOOD, latency_s=0.02).start()
    died = dies_after(before, 20)
    totals = extract(before.url, tmp_path / "run", options)
    died.join()
    done = totals.done
    assert totals.stopped is not None
    assert totals.stopped.startswith(
        "10 articles in a row ended in the same way: openai/some-model at http://127.0.0.1"
    )
    assert 0 < done < COUNT
    assert totals.done + totals.failed + totals.left == COUNT
    assert {failure.kind for failure in read_failures(tmp_path / "run")} == {"unreachable"}
    with LoopbackServer(GOOD, port=before.port) as after:
        totals = extract(after.url, tmp_path / "run", options)
        assert (totals.skipped, totals.done, after.count) == (done, COUNT - done, COUNT - done)
    assert Counter(each.article_id for each in read_extractions(tmp_path / "run")) == ALL
    assert list(read_failures(tmp_path / "run")) == []
