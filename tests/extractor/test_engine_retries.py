"""Transport retries: what is sent again, when, how often; on a clock that waiting moves, so nothing waits here."""

from __future__ import annotations

from typing import Any

import pytest

from extractor.engine import Options
from extractor.records import Usage
from tests.extractor.extraction_cases import (
    GOOD,
    WRONG,
    ImpatientTiming,
    article,
    articles,
    extracted,
    loopback_backend,
)
from tests.loopback import replies
from tests.loopback.server import LoopbackServer


@pytest.mark.parametrize(
    "fault",
    [
        replies.rate_limited(),
        replies.server_error(500),
        replies.server_error(503),
        replies.error(408, "late"),
        replies.error(409, "conflict"),
        replies.reset(),
        replies.cut_body(GOOD),
        replies.html_page(502),
        replies.empty_choices(),
    ],
)
def test_transport_faults_are_sent_again_and_counted_apart(loopback: LoopbackServer, fault: Any) -> None:
    loopback.script(fault, fault, GOOD)
    outcome = extracted(loopback, [article()])
    assert len(outcome.extraction.events) == 1
    assert outcome.extraction.usage == Usage(100, 20)
    spent = outcome.totals.spent
    assert (spent.first.requests, spent.retry.requests, spent.reask.requests) == (1, 2, 0)
    assert (spent.first.input_tokens, spent.retry.input_tokens) == (0, 100)
    bodies = [seen.body for seen in loopback.requests]
    assert bodies[0] == bodies[1] == bodies[2]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (replies.unauthorized(), "rejected"),
        (replies.unknown_model(), "rejected"),
        (replies.bad_request(), "rejected"),
        (replies.context_overflow(), "context_overflow"),
    ],
)
def test_what_no_retry_helps_is_sent_once(loopback: LoopbackServer, fault: Any, kind: str) -> None:
    loopback.answer = fault
    waits = ImpatientTiming()
    failure = extracted(loopback, [article()], waits=waits).failure
    assert (failure.kind, failure.attempts, loopback.count, waits.slept) == (kind, 1, 1, [])


def test_waits_grow_to_their_bound_with_chance_in_them(loopback: LoopbackServer) -> None:
    loopback.answer = replies.server_error()
    options = Options(attempts=6, first_wait_s=1, longest_wait_s=5)
    shortest, longest = ImpatientTiming(chance=0.0), ImpatientTiming(chance=1.0)
    failure = extracted(loopback, [article()], options=options, waits=shortest).failure
    extracted(loopback, [article()], options=options, waits=longest)
    assert shortest.slept == [0.5, 1, 2, 2.5, 2.5]
    assert longest.slept == [1, 2, 4, 5, 5]
    assert (failure.kind, failure.attempts, loopback.count) == ("server_error", 6, 12)


def test_retry_after_is_obeyed_beyond_the_longest_wait(loopback: LoopbackServer) -> None:
    loopback.script(replies.rate_limited(90), replies.rate_limited(milliseconds=20), GOOD)
    waits = ImpatientTiming(chance=0.0)
    extracted(loopback, [article()], options=Options(longest_wait_s=10), waits=waits)
    assert waits.slept == [90, 1]  # never shorter than asked for, nor than our own wait


def test_those_who_were_told_the_same_moment_do_not_come_back_all_at_once(loopback: LoopbackServer) -> None:
    loopback.script(replies.rate_limited(30), GOOD)
    waits = ImpatientTiming(chance=0.5)
    extracted(loopback, [article()], waits=waits)
    assert waits.slept == [30.5]


def test_no_attempt_begins_after_the_deadline(loopback: LoopbackServer) -> None:
    loopback.answer = replies.rate_limited(40)
    waits = ImpatientTiming(chance=0.0)
    failure = extracted(loopback, [article()], options=Options(deadline_s=100), waits=waits).failure
    assert (failure.kind, failure.attempts, waits.slept) == ("rate_limited", 3, [40, 40])


def test_an_article_that_hangs_fails_at_its_deadline_and_its_request_is_counted(loopback: LoopbackServer) -> None:
    loopback.script(replies.slow(GOOD, 3), GOOD)
    options = Options(deadline_s=0.2, concurrency=1)
    outcome = extracted(loopback, articles(2), options=options)
    failure = outcome.failures["article-0"]
    assert (failure.kind, failure.attempts) == ("timeout", 1)
    assert "0.2 s" in failure.message
    assert outcome.extractions.keys() == {"article-1"}


def test_an_endpoint_that_is_not_there_fails_each_article_and_names_itself() -> None:
    with LoopbackServer() as gone:
        backend = loopback_backend(gone)
        url = gone.url
    outcome = extracted(backend, articles(3), options=Options(attempts=2))
    assert {failure.kind for failure in outcome.failures.values()} == {"unreachable"}
    assert all(url in failure.message for failure in outcome.failures.values())
    assert [failure.attempts for failure in outcome.failures.values()] == [2, 2, 2]
    assert outcome.totals.spent.paid.requests == 6
    assert outcome.failures["article-0"].usage == Usage()


def test_a_retry_of_a_reask_is_a_reask(loopback: LoopbackServer) -> None:
    loopback.script(WRONG, replies.server_error(), GOOD)
    spent = extracted(loopback, [article()]).totals.spent
    assert (spent.first.requests, spent.retry.requests, spent.reask.requests) == (1, 0, 2)


def test_a_reask_lost_in_transport_fails_the_article_so_that_resuming_tries_it_again(loopback: LoopbackServer) -> None:
    loopback.script({"events": [*GOOD["events"], 1]}, *[replies.server_error()] * 2)
    failure = extracted(loopback, [article()], options=Options(attempts=2)).failure
    assert (failure.kind, failure.attempts) == ("server_error", 3)
    assert failure.usage == Usage(100, 20)


def test_a_reask_refused_for_good_leaves_what_validated(loopback: LoopbackServer) -> None:
    loopback.script({"events": [*GOOD["events"], 1]}, replies.context_overflow())
    result = extracted(loopback, [article()]).extraction
    assert len(result.events) == 1
    assert [problem.kind for problem in result.problems] == ["invalid_event"]


def test_others_go_on_while_one_waits(loopback: LoopbackServer) -> None:
    loopback.script(replies.slow(GOOD, 3))
    outcome = extracted(loopback, articles(20), options=Options(concurrency=2))
    assert [result.article_id for result in outcome.results][-1] == "article-0"
