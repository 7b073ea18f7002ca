"""Many articles against a model endpoint: streaming, resuming, cancelling, the cache, the budget."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from extractor.cache import ResponseCache
from extractor.engine import Options, extract_all, extract_many, run_identity
from extractor.errors import RunError, UsageError
from extractor.records import Article, Extraction, Failure, Usage
from extractor.runs import open_run, read_extractions, read_failures, read_run
from tests.extractor.extraction_cases import (
    GOOD,
    PROMPT,
    SCHEMA,
    TEXT,
    WRONG,
    Outcome,
    article,
    articles,
    extracted,
    loopback_backend,
    opened,
)
from tests.extractor.priced_backend import PricedBackend
from tests.loopback import replies
from tests.loopback.server import LoopbackServer, last_user

NONE: dict[str, Any] = {"events": []}


def test_articles_are_taken_as_they_are_needed_and_a_bounded_number_is_under_way(loopback: LoopbackServer) -> None:
    taken = 0
    ahead: list[int] = []

    def stream() -> Iterator[Article]:
        nonlocal taken
        for each in articles(60):
            taken += 1
            ahead.append(taken - loopback.count)
            yield each

    loopback.latency_s = 0.01
    outcome = extracted(loopback, stream(), options=Options(concurrency=4))
    assert len(outcome.extractions) == 60
    assert loopback.max_in_flight == 4
    assert max(ahead) <= 4 + 2 * 4 + 1


def test_results_come_while_the_articles_are_still_coming(loopback: LoopbackServer) -> None:
    outcome = Outcome()
    first_done = threading.Event()

    def result(result: Extraction | Failure) -> None:
        outcome.results.append(result)
        first_done.set()

    def stream() -> Iterator[Article]:
        yield article(1)
        assert first_done.wait(timeout=10), "the first article was held back until the second came"
        yield article(2)

    extract_all(stream(), backend=loopback_backend(loopback), prompt=PROMPT, schema=SCHEMA, on_result=result)
    assert outcome.extractions.keys() == {"article-1", "article-2"}


def test_an_error_of_the_reader_comes_after_what_was_read_is_done(loopback: LoopbackServer, tmp_path: Path) -> None:
    def stream() -> Iterator[Article]:
        yield from articles(3)
        raise UsageError("no such dataset")

    loopback.latency_s = 0.05
    with pytest.raises(UsageError, match="no such dataset"), opened(loopback, tmp_path / "r") as run:
        extracted(loopback, stream(), run=run)
    assert len(list(read_extractions(tmp_path / "r"))) == 3
    assert read_run(tmp_path / "r").finished is None


def test_results_are_told_once_they_are_on_the_disk(loopback: LoopbackServer, tmp_path: Path) -> None:
    told: list[str] = []
    with opened(loopback, tmp_path / "r") as run:

        def result(result: Extraction | Failure) -> None:
            content = (tmp_path / "r" / "extractions.jsonl").read_bytes()
            end = content.index(b"\n", content.index(b'"%s"' % result.article_id.encode())) + 1
            assert end <= run._extractions._synced
            told.append(result.article_id)

        backend = loopback_backend(loopback)
        extract_all(articles(20), backend=backend, prompt=PROMPT, schema=SCHEMA, run=run, on_result=result)
    assert len(told) == 20


def test_a_caller_that_fails_to_take_a_result_stops_the_extraction(loopback: LoopbackServer, tmp_path: Path) -> None:
    def broken_pipe(result: Extraction | Failure) -> None:
        raise BrokenPipeError(result.article_id)

    backend = loopback_backend(loopback)
    with opened(loopback, tmp_path / "r") as run, pytest.raises(BrokenPipeError):
        extract_all(articles(500), backend=backend, prompt=PROMPT, schema=SCHEMA, run=run, on_result=broken_pipe)
    assert loopback.count < 500


def test_a_finished_run_asks_nothing_when_it_is_resumed(loopback: LoopbackServer, tmp_path: Path) -> None:
    for session in range(2):
        with opened(loopback, tmp_path / "r") as run:
            totals = extracted(loopback, articles(10), run=run).totals
            assert (totals.total, totals.done, totals.skipped) == ((10, 10, 0), (10, 0, 10))[session]
    assert loopback.count == 10
    info = read_run(tmp_path / "r")
    assert (info.articles.total, info.articles.done, info.usage.first.requests) == (10, 10, 10)
    assert info.finished


def test_a_resumed_run_tries_what_cost_nothing_again_and_leaves_the_rest(
    loopback: LoopbackServer, tmp_path: Path
) -> None:
    def by_article(body: dict[str, Any]) -> Any:
        text = last_user(body)
        faults = {"number 1.": replies.refusal(), "number 2.": replies.reset(), "number 3.": replies.unauthorized()}
        return next((fault for name, fault in faults.items() if name in text), NONE)

    loopback.answer = by_article
    with opened(loopback, tmp_path / "r") as run:
        kinds = {name: each.kind for name, each in extracted(loopback, articles(5), run=run).failures.items()}
    assert kinds == {"article-1": "refusal", "article-2": "unreachable", "article-3": "rejected"}
    loopback.answer = NONE
    loopback.clear()
    with opened(loopback, tmp_path / "r") as run:
        outcome = extracted(loopback, articles(5), run=run)
    assert outcome.extractions.keys() == {"article-2", "article-3"}
    assert (outcome.totals.skipped, loopback.count) == (3, 2)
    assert [failure.article_id for failure in read_failures(tmp_path / "r")] == ["article-1"]
    with opened(loopback, tmp_path / "r") as run:
        assert extracted(loopback, articles(5), run=run, options=Options(retry_failed=True)).extractions.keys() == {
            "article-1"
        }
    assert list(read_failures(tmp_path / "r")) == []
    assert read_run(tmp_path / "r").articles.failed == 0


def test_a_run_of_another_prompt_or_parameter_is_not_written_to(loopback: LoopbackServer, tmp_path: Path) -> None:
    with opened(loopback, tmp_path / "r") as run, pytest.raises(RunError, match="opened for another"):
        extracted(loopback, articles(1), run=run, options=Options(temperature=0.7))
    assert loopback.count == 0


def test_cancelling_drops_what_is_under_way_and_the_run_resumes(loopback: LoopbackServer, tmp_path: Path) -> None:
    loopback.latency_s = 0.02
    outcome = Outcome()

    async def cancelled_soon() -> None:
        backend = loopback_backend(loopback)
        task = asyncio.create_task(
            extract_many(
                articles(50),
                backend=backend,
                prompt=PROMPT,
                schema=SCHEMA,
                options=Options(concurrency=4),
                run=run,
                on_result=outcome.results.append,
            )
        )
        while loopback.count < 12:  # noqa: ASYNC110  # the server runs in another thread
            await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await backend.aclose()

    run = opened(loopback, tmp_path / "r")
    asyncio.run(cancelled_soon())
    run.close(finished=False)
    written = [each.article_id for each in read_extractions(tmp_path / "r")]
    assert 4 <= len(written) < 50
    assert [each.article_id for each in outcome.results] == written
    asked = loopback.count
    with opened(loopback, tmp_path / "r") as again:
        extracted(loopback, articles(50), run=again)
    assert len({each.article_id for each in read_extractions(tmp_path / "r")}) == 50
    assert loopback.count == asked + 50 - len(written)


def test_cached_answers_are_free_and_repeats_are_not_cached_for_each_other(
    loopback: LoopbackServer, tmp_path: Path
) -> None:
    loopback.answer = GOOD
    with ResponseCache(tmp_path / "c.sqlite") as cache:
        first = extracted(loopback, [article()], cache=cache)
        again = extracted(loopback, [article()], cache=cache)
        assert loopback.count == 1
        repeat = extracted(loopback, [article()], cache=cache, options=Options(repeat=1))
        assert loopback.count == 2
    assert again.extraction.events == first.extraction.events
    assert (again.extraction.usage, again.extraction.cost_usd, again.extraction.latency_s) == (Usage(), 0.0, None)
    spent = again.totals.spent
    assert (spent.cache.requests, spent.cache.input_tokens, spent.paid.requests) == (1, 100, 0)
    assert repeat.extraction.repeat == 1


@pytest.mark.parametrize(
    "bad",
    [replies.cut_json(GOOD), replies.truncated(), replies.refusal(), replies.content_filtered(), replies.reset()],
)
def test_no_fault_is_cached(loopback: LoopbackServer, tmp_path: Path, bad: Any) -> None:
    loopback.answer = bad
    with ResponseCache(tmp_path / "c.sqlite") as cache:
        options = Options(reasks=0, attempts=1)
        assert extracted(loopback, [article()], cache=cache, options=options).failure
        loopback.answer = GOOD
        assert extracted(loopback, [article()], cache=cache, options=options).extraction.events


def test_an_invalid_answer_and_its_reask_replay_from_the_cache(loopback: LoopbackServer, tmp_path: Path) -> None:
    loopback.script(WRONG, GOOD)
    with ResponseCache(tmp_path / "c.sqlite") as cache:
        first = extracted(loopback, [article()], cache=cache).extraction
        again = extracted(loopback, [article()], cache=cache)
    assert (again.extraction.events, loopback.count) == (first.events, 2)
    assert again.totals.spent.cache.requests == 2


def test_asking_again_for_what_failed_asks_the_model_and_not_the_cache(
    loopback: LoopbackServer, tmp_path: Path
) -> None:
    loopback.answer = WRONG
    options = Options(reasks=0, retry_failed=True)
    with ResponseCache(tmp_path / "c.sqlite") as cache:
        with opened(loopback, tmp_path / "r", options) as run:
            assert extracted(loopback, [article()], cache=cache, run=run, options=options).failure
        loopback.answer = GOOD
        with opened(loopback, tmp_path / "r", options) as run:
            assert extracted(loopback, [article()], cache=cache, run=run, options=options).extraction.events


def test_a_budget_stops_paying_and_a_larger_one_goes_on(tmp_path: Path) -> None:
    def session(budget: float) -> Outcome:
        backend = PricedBackend(price=0.1)
        options = Options(concurrency=1, budget_usd=budget)
        with open_run(tmp_path / "r", run_identity(backend, PROMPT, SCHEMA, options)) as run:
            return extracted(backend, articles(5), run=run, options=options)

    first = session(0.25)
    assert (len(first.extractions), first.failures, first.totals.left) == (2, {}, 3)
    assert "of the budget of $0.25 $0.05 is left" in (first.totals.stopped or "")
    info = read_run(tmp_path / "r")
    assert (info.articles.total, info.articles.done, info.finished) == (5, 2, None)
    assert len(session(0.45).extractions) == 2, "what earlier sessions paid counts"
    assert len(session(5).extractions) == 1
    info = read_run(tmp_path / "r")
    assert (info.articles.done, info.articles.failed) == (5, 0)
    assert info.finished
    assert info.cost_usd == pytest.approx(0.5)


def test_a_budget_that_cannot_be_kept_is_refused() -> None:
    with pytest.raises(UsageError, match="no price is known for acme/priced"):
        extracted(PricedBackend(price=None), articles(5), options=Options(concurrency=1, budget_usd=1))


def test_a_thousand_cached_articles_do_not_starve_the_event_loop(loopback: LoopbackServer, tmp_path: Path) -> None:
    with ResponseCache(tmp_path / "c.sqlite") as cache:
        same_text = [Article(f"a{number}", TEXT) for number in range(500)]
        extracted(loopback, same_text[:1], cache=cache)
        longest = 0.0

        async def watched() -> None:
            nonlocal longest
            backend = loopback_backend(loopback)
            task = asyncio.create_task(
                extract_many(same_text, backend=backend, prompt=PROMPT, schema=SCHEMA, cache=cache)
            )
            while not task.done():
                before = time.monotonic()
                await asyncio.sleep(0)
                longest = max(longest, time.monotonic() - before)
            assert (await task).done == 500
            await backend.aclose()

        asyncio.run(watched())
    assert longest < 0.25
