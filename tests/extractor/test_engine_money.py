"""Money over real HTTP: what answers cost, and a budget that is never passed, whatever the endpoint does."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from extractor.backends import Backend
from extractor.backends.base import Terms
from extractor.backends.prices import TokenPrice
from extractor.cache import ResponseCache
from extractor.engine import Options, extract_many, run_identity
from extractor.engine.budget import Budget
from extractor.errors import BackendError
from extractor.runs import open_run, read_extractions, read_failures, read_run
from tests.extractor.extraction_cases import (
    GOOD,
    PROMPT,
    SCHEMA,
    WRONG,
    Outcome,
    article,
    articles,
    extracted,
    loopback_backend,
)
from tests.loopback import replies
from tests.loopback.server import LoopbackServer, last_user

PRICE = TokenPrice(input=2.0, output=8.0, cached_input=0.2)


def priced(server: LoopbackServer, price: TokenPrice | None = PRICE) -> Backend:
    backend = loopback_backend(server)
    backend.capabilities = replace(backend.capabilities, terms=Terms(price=price))
    return backend


def usage(read: int, written: int, cached: int = 0) -> dict[str, Any]:
    return {
        "prompt_tokens": read,
        "completion_tokens": written,
        "total_tokens": read + written,
        "prompt_tokens_details": {"cached_tokens": cached},
    }


def test_an_answer_costs_what_its_tokens_do_and_cached_ones_less(loopback: LoopbackServer) -> None:
    loopback.answer = replies.answer(GOOD, usage=usage(1000, 100, cached=400))
    outcome = extracted(priced(loopback), [article()])
    expected = (600 * 2 + 400 * 0.2 + 100 * 8) / 1e6
    assert outcome.extraction.cost_usd == pytest.approx(expected)
    assert outcome.totals.spent.first.cost_usd == pytest.approx(expected)


def test_first_tries_retries_and_reasks_are_paid_apart(loopback: LoopbackServer) -> None:
    loopback.script(replies.server_error(), replies.answer(WRONG, usage=usage(100, 10)))
    loopback.answer = replies.answer(GOOD, usage=usage(200, 20))
    spent = extracted(priced(loopback), [article()]).totals.spent
    assert spent.first.cost_usd == 0
    assert spent.retry.cost_usd == pytest.approx((100 * 2 + 10 * 8) / 1e6)
    assert spent.reask.cost_usd == pytest.approx((200 * 2 + 20 * 8) / 1e6)
    assert spent.paid.unsure_usd == 0, "an endpoint that answers 500 charges nothing"


def test_a_cached_answer_says_what_it_saved_and_costs_nothing(loopback: LoopbackServer, tmp_path: Path) -> None:
    loopback.answer = replies.answer(GOOD, usage=usage(1000, 100))
    with ResponseCache(tmp_path / "c.sqlite") as cache:
        extracted(priced(loopback), [article()], cache=cache)
        again = extracted(priced(loopback), [article()], cache=cache)
    assert (again.extraction.cost_usd, again.totals.spent.paid.cost_usd) == (0.0, 0.0)
    assert again.totals.spent.cache.cost_usd == pytest.approx((1000 * 2 + 100 * 8) / 1e6)


def test_without_a_price_there_is_no_cost_and_the_answers_are_counted(loopback: LoopbackServer) -> None:
    outcome = extracted(priced(loopback, None), [article()])
    assert outcome.extraction.cost_usd is None
    assert (outcome.totals.spent.first.unpriced, outcome.totals.spent.first.unsure_usd) == (1, 0.0)


@pytest.mark.parametrize("fault", [replies.cut_body(GOOD), replies.empty_choices(), replies.html_page()])
def test_an_answer_that_was_made_and_did_not_arrive_may_have_been_charged(loopback: LoopbackServer, fault: Any) -> None:
    loopback.script(fault, GOOD)
    spent = extracted(priced(loopback), [article()]).totals.spent
    assert spent.first.unsure_usd > 4096 * 8 / 1e6, "at most: the longest answer and all that was read"
    assert spent.first.cost_usd == 0
    assert spent.retry.cost_usd > 0


def test_an_answer_without_its_tokens_has_no_cost_but_a_bound(loopback: LoopbackServer) -> None:
    loopback.answer = replies.without_usage(GOOD)
    outcome = extracted(priced(loopback), [article()])
    assert outcome.extraction.cost_usd is None
    first = outcome.totals.spent.first
    assert (first.unpriced, first.unsure_usd > 0) == (1, True)


@pytest.mark.parametrize("fault", [replies.rate_limited(), replies.unauthorized(), replies.server_error(503)])
def test_a_refused_request_costs_nothing(loopback: LoopbackServer, fault: Any) -> None:
    loopback.answer = fault
    paid = extracted(priced(loopback), [article()], options=Options(attempts=2)).totals.spent.paid
    assert (paid.cost_usd, paid.unsure_usd) == (0.0, 0.0)


class Till:
    """Answers with faults, invalid answers and answers of all lengths, and keeps the account of what it charges."""

    def __init__(self, seed: int) -> None:
        self.charged = 0.0
        self.calls: dict[str, int] = {}
        self._chance = random.Random(seed)  # noqa: S311

    def __call__(self, body: dict[str, Any]) -> Any:
        number = last_user(body).rpartition("Report number ")[2].partition(".")[0] or "reask"
        self.calls[number] = self.calls.get(number, 0) + 1
        roll = self._chance.random()
        if roll < 0.1:
            return self._chance.choice([replies.rate_limited(0.01), replies.server_error(503)])
        read = sum(len(message["content"]) for message in body["messages"]) // 4
        written = self._chance.choice([30, 300, body["max_tokens"]])
        self.charged += (read * PRICE.input + written * PRICE.output) / 1e6
        reply: Any = WRONG if roll < 0.35 else GOOD
        answered = replies.answer(reply, usage=usage(read, written))
        if roll > 0.95:
            return replies.cut_body(reply)  # made, charged, and lost on the way
        return replies.without_usage(reply) if roll > 0.92 else answered


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_budget_is_never_passed_with_32_in_flight_and_faults_and_reasks(
    loopback: LoopbackServer, tmp_path: Path, seed: int
) -> None:
    till = Till(seed)
    loopback.answer, loopback.latency_s = till, 0.05

    def session(budget: float) -> Outcome:
        options = Options(concurrency=32, budget_usd=budget, max_tokens=500, first_wait_s=0.01)
        backend = priced(loopback)
        with (
            ResponseCache(tmp_path / "c.sqlite") as cache,
            open_run(tmp_path / "r", run_identity(backend, PROMPT, SCHEMA, options)) as run,
        ):
            return extracted(backend, articles(200), run=run, options=options, cache=cache)

    most_in_flight = 0
    for budget in (2.9, 3.2, 3.5):
        outcome = session(budget)
        most_in_flight = max(most_in_flight, loopback.max_in_flight)
        info = read_run(tmp_path / "r")
        ended = info.articles.done + info.articles.failed
        assert till.charged <= budget, "what the endpoint really charged"
        assert info.usage.paid.cost_usd + info.usage.paid.unsure_usd <= budget * (1 + 1e-6)
        assert till.charged > budget * 0.5, "the budget is used, not hoarded"
        assert outcome.totals.stopped
        assert (outcome.totals.left, info.finished) == (200 - ended, None)
    assert most_in_flight > 20
    outcome = session(100)
    assert (outcome.totals.stopped, outcome.totals.left) == (None, 0)
    done = [each.article_id for each in read_extractions(tmp_path / "r")]
    failed = [each.article_id for each in read_failures(tmp_path / "r")]
    assert sorted(done + failed) == sorted(each.id for each in articles(200))
    assert read_run(tmp_path / "r").finished


def test_a_budget_too_small_for_one_request_sends_none(loopback: LoopbackServer) -> None:
    outcome = extracted(priced(loopback), articles(3), options=Options(budget_usd=0.0001))
    assert (loopback.count, outcome.results, outcome.totals.left) == (0, [], 3)
    assert "may cost up to $" in (outcome.totals.stopped or "")


def test_an_article_whose_reask_does_not_fit_keeps_what_was_paid_in_the_record(loopback: LoopbackServer) -> None:
    loopback.answer = replies.answer(WRONG, usage=usage(10_000, 2000))
    options = Options(budget_usd=0.25, concurrency=1, reasks=9)
    outcome = extracted(priced(loopback), articles(9), options=options)
    [failure] = [each for each in outcome.failures.values() if each.kind == "over_budget"]
    assert failure.attempts >= 1
    assert failure.usage is not None
    assert outcome.totals.spent.paid.cost_usd <= 0.25
    assert outcome.totals.left == 9 - len(outcome.results)


def test_prices_learnt_after_a_first_session_count_for_the_budget(loopback: LoopbackServer, tmp_path: Path) -> None:
    loopback.answer = replies.answer(GOOD, usage=usage(100_000, 0))

    def session(count: int, price: TokenPrice | None, budget: float | None) -> Outcome:
        backend = priced(loopback, price)
        options = Options(budget_usd=budget, concurrency=1)
        with open_run(tmp_path / "r", run_identity(backend, PROMPT, SCHEMA, options)) as run:
            return extracted(backend, articles(count), run=run, options=options)

    session(3, None, None)
    outcome = session(9, PRICE, 0.65)  # 3 x $0.2 are gone already
    assert (len(outcome.results), outcome.totals.left) == (0, 6)


def test_what_an_interruption_drops_counts_for_the_budget_of_the_next_session(
    loopback: LoopbackServer, tmp_path: Path
) -> None:
    loopback.answer, loopback.latency_s = GOOD, 0.5
    backend = priced(loopback)
    options = Options(concurrency=4, budget_usd=100)

    async def interrupted() -> None:
        with open_run(tmp_path / "r", run_identity(backend, PROMPT, SCHEMA, options)) as run:
            work = extract_many(articles(20), backend=backend, prompt=PROMPT, schema=SCHEMA, options=options, run=run)
            task = asyncio.create_task(work)
            while loopback.count < 4:  # noqa: ASYNC110  # the server runs in another thread
                await asyncio.sleep(0.005)
            task.cancel()
            await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(interrupted())
    dropped = read_run(tmp_path / "r").dropped_usd
    assert dropped > 4 * 4096 * 8 / 1e6, "four answers of the greatest length, and what was read"
    smaller = replace(options, budget_usd=dropped + 0.05)
    with open_run(tmp_path / "r", run_identity(backend, PROMPT, SCHEMA, smaller)) as run:
        outcome = extracted(priced(loopback), articles(20), options=smaller, run=run)
    assert (outcome.results, outcome.totals.left) == ([], 20)


async def _raises(call: Callable[[], Any]) -> BackendError:
    with pytest.raises(BackendError) as caught:
        await call()
    return caught.value


def test_the_budget_waits_for_those_under_way_and_keeps_their_order() -> None:
    async def scenario() -> list[str]:
        budget, order = Budget(1.0), []
        first = await budget.set_aside(0.9)

        async def wants(name: str, most: float) -> None:
            number = await budget.set_aside(most)
            order.append(name)
            budget.settle(number, 0.1)

        waiting = [asyncio.create_task(wants("second", 0.8)), asyncio.create_task(wants("third", 0.05))]
        await asyncio.sleep(0)
        assert order == []
        budget.settle(first, 0.1)
        await asyncio.gather(*waiting)
        error = await _raises(lambda: budget.set_aside(0.9))
        assert error.kind == "over_budget"
        assert (await _raises(lambda: budget.set_aside(0.01))).kind == "over_budget", "it has ended"
        return order

    assert asyncio.run(scenario()) == ["second", "third"]


def test_a_request_that_is_cancelled_while_it_waits_for_the_budget_leaves_nothing_behind() -> None:
    async def scenario() -> None:
        budget = Budget(1.0)
        first = await budget.set_aside(0.9)
        waiting = asyncio.create_task(budget.set_aside(0.5))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        budget.settle(first, 0.0)
        await budget.set_aside(1.0)

    asyncio.run(scenario())
