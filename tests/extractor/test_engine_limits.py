"""Limits of endpoints, kept on this side: the pace of a minute, requests at once, and stopping when all is in vain."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.backends.base import Terms
from extractor.engine import Options
from extractor.engine.halting import IN_A_ROW
from extractor.engine.pace import Gate, Pace
from extractor.errors import UsageError
from extractor.runs import read_extractions, read_run
from tests.extractor.extraction_cases import GOOD, ImpatientTiming, articles, extracted, loopback_backend, opened
from tests.loopback import replies
from tests.loopback.server import LoopbackServer, last_user


@given(st.lists(st.tuples(st.floats(0, 200), st.floats(0, 30)), min_size=1, max_size=60), st.floats(1, 600))
def test_no_minute_has_more_than_its_limit(asked: list[tuple[float, float]], per_minute: float) -> None:
    """Amounts of at most 30 asked for at any times: what begins in any 60 s is at most the limit and one more."""

    async def scenario() -> None:
        waits = ImpatientTiming()
        pace, begun = Pace(per_minute, waits.timing), []
        for pause, amount in asked:
            waits.moment += pause
            await pace.take(amount)
            begun.append((waits.moment, amount))
        for moment, _ in begun:
            window = [amount for at, amount in begun if moment <= at < moment + 60 - 1e-6]
            assert sum(window[:-1]) <= per_minute * (1 + 1e-6)

    asyncio.run(scenario())


def test_a_pace_serves_in_order_and_evenly() -> None:
    async def scenario() -> None:
        waits = ImpatientTiming()
        pace = Pace(60, waits.timing)
        for _ in range(5):
            await pace.take()
        assert waits.slept == [1, 1, 1, 1]
        pace.correct(10)  # the last took more than was thought
        await pace.take()
        assert waits.slept[-1] == 11

    asyncio.run(scenario())


def test_requests_per_minute_hold_for_retries_and_reasks_too(loopback: LoopbackServer) -> None:
    loopback.script(replies.server_error(), *[{"events": [1]}] * 2)
    loopback.answer = GOOD
    waits = ImpatientTiming(chance=0.0)
    extracted(loopback, articles(7), options=Options(requests_per_minute=6, first_wait_s=0), waits=waits)
    assert loopback.count == 10
    assert waits.moment == pytest.approx(90, abs=1), "ten requests, ten seconds apart"


def test_a_profile_says_the_limits_and_options_beat_it(loopback: LoopbackServer) -> None:
    loopback.answer = GOOD
    for options, seconds in ((Options(), 30), (Options(requests_per_minute=60), 3)):
        backend = loopback_backend(loopback)
        backend.capabilities = replace(backend.capabilities, terms=Terms(requests_per_minute=6))
        waits = ImpatientTiming()
        extracted(backend, articles(4), options=options, waits=waits)
        assert waits.moment == pytest.approx(seconds, abs=0.5)


def test_tokens_per_minute_are_learnt_from_the_answers(loopback: LoopbackServer) -> None:
    loopback.answer = replies.answer(GOOD, usage={"prompt_tokens": 900, "completion_tokens": 100, "total_tokens": 1000})
    waits = ImpatientTiming()
    extracted(loopback, articles(50), options=Options(tokens_per_minute=10_000, concurrency=1), waits=waits)
    assert 49 * 6 <= waits.moment + 6 < 49 * 6 * 1.3, "a thousand tokens each, ten thousand a minute"


def test_a_profile_says_how_many_at_once_and_options_beat_it(loopback: LoopbackServer) -> None:
    loopback.answer, loopback.latency_s = GOOD, 0.02
    for options, most in ((Options(), 3), (Options(concurrency=6), 6)):
        backend = loopback_backend(loopback)
        backend.capabilities = replace(backend.capabilities, terms=Terms(concurrency=3))
        loopback.clear()
        extracted(backend, articles(30), options=options)
        assert loopback.max_in_flight == most


def test_requests_at_once_halve_when_it_is_too_many_and_grow_again(loopback: LoopbackServer) -> None:
    loopback.latency_s = 0.01

    def bears_four(_: dict[str, Any]) -> Any:
        return replies.rate_limited() if loopback.in_flight > 4 else GOOD

    loopback.answer = bears_four
    options = Options(concurrency=32, attempts=12, first_wait_s=0, longest_wait_s=0)
    outcome = extracted(loopback, articles(200), options=options)
    assert len(outcome.extractions) == 200
    refused = loopback.count - 200
    assert 16 <= refused < 200, "without adapting, thirty at a time would be refused over and over"


def test_the_gate_halves_once_a_round_and_never_below_one() -> None:
    async def scenario() -> list[int]:
        gate = Gate(16)
        passes = [await gate.enter() for _ in range(16)]
        limits = []
        for each in passes:
            each.refused()
        limits.append(gate.limit)
        for each in passes:
            each.__exit__(None, None, None)
        for _ in range(6):
            with await gate.enter() as inside:
                inside.refused()
            limits.append(gate.limit)
        for _ in range(200):
            with await gate.enter() as inside:
                inside.answered()
        limits.append(gate.limit)
        return limits

    assert asyncio.run(scenario()) == [8, 4, 2, 1, 1, 1, 1, 16]


def test_a_request_cancelled_at_the_gate_takes_no_place() -> None:
    async def scenario() -> None:
        gate = Gate(1)
        first = await gate.enter()
        waiting = [asyncio.create_task(gate.enter()) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[1].cancel()
        first.__exit__(None, None, None)  # lets the first one in …
        waiting[0].cancel()  # … which is cancelled at the same moment
        await asyncio.wait(waiting[:2])
        (await asyncio.wait_for(waiting[2], 1)).__exit__(None, None, None)
        with await asyncio.wait_for(gate.enter(), 1):
            assert gate.limit == 1

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("fault", "said"),
    [(replies.unauthorized(), "refused the key"), (replies.unknown_model(), "does not know the model")],
)
def test_what_fails_for_every_article_stops_the_run_which_resumes(
    loopback: LoopbackServer, tmp_path: Path, fault: Any, said: str
) -> None:
    loopback.answer, loopback.latency_s = fault, 0.002
    options = Options(concurrency=4)
    with opened(loopback, tmp_path / "r", options) as run:
        outcome = extracted(loopback, articles(5000), run=run, options=options)
    assert IN_A_ROW <= loopback.count <= IN_A_ROW + 4
    assert said in (outcome.totals.stopped or "")
    assert outcome.totals.left == 5000 - len(outcome.failures)
    info = read_run(tmp_path / "r")
    assert (info.articles.total, info.finished) == (5000, None)
    loopback.answer, loopback.latency_s = GOOD, 0.0
    with opened(loopback, tmp_path / "r", options) as run:
        again = extracted(loopback, articles(300), run=run, options=options)
    assert again.totals.stopped is None
    assert len(list(read_extractions(tmp_path / "r"))) == 300


def test_request_ids_in_the_message_do_not_hide_that_the_cause_is_the_same(loopback: LoopbackServer) -> None:
    numbers = iter(range(10_000))
    loopback.answer = lambda _: replies.unauthorized(f"Incorrect key, request req_{next(numbers)}f")
    assert extracted(loopback, articles(200)).totals.stopped
    assert loopback.count < 30


def test_a_server_that_is_gone_stops_the_run() -> None:
    with LoopbackServer() as gone:
        backend = loopback_backend(gone)
    outcome = extracted(backend, articles(500), options=Options(attempts=2))
    assert "cannot be reached" in (outcome.totals.stopped or "")
    assert len(outcome.results) < 30


def test_different_causes_and_answers_in_between_do_not_stop_the_run(loopback: LoopbackServer) -> None:
    def mostly_rejected(body: dict[str, Any]) -> Any:
        number = int(last_user(body).rpartition("Report number ")[2].partition(".")[0])
        return GOOD if number % 8 == 0 else replies.bad_request()

    loopback.answer = mostly_rejected
    outcome = extracted(loopback, articles(80), options=Options(concurrency=1))
    assert Counter(type(each).__name__ for each in outcome.results) == {"Extraction": 10, "Failure": 70}
    assert outcome.totals.stopped is None


def test_what_is_left_of_a_slow_source_is_counted_only_for_a_while(
    loopback: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    from extractor.engine import run_loop

    monkeypatch.setattr(run_loop, "_COUNTING_S", 0.2)
    loopback.answer = replies.unauthorized()
    released = threading.Event()

    def stream() -> Any:
        yield from articles(20)
        released.wait(timeout=20)

    try:
        totals = extracted(loopback, stream()).totals
    finally:
        released.set()
    assert totals.stopped
    assert totals.left_is_least


@pytest.mark.parametrize("name", ["requests_per_minute", "tokens_per_minute"])
@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf")])
def test_limits_that_mean_nothing_are_refused(name: str, value: float) -> None:
    with pytest.raises(UsageError, match=f"{name} is"):
        Options(**{name: value})  # type: ignore[arg-type]
