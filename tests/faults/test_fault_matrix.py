"""Every fault that endpoints show, over real HTTP, through the openai client and through instructor with Gemini's SDK.

What is paid: requests and tokens by first try, retry and re-ask. What is kept: the extraction, or a failure with its
kind and the raw answer; what goes into the cache and into `answers.jsonl`.

`once`: the fault comes once, then good answers. `always`: nothing else comes. Three attempts, one re-ask.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from extractor.backends import Backend, open_backend
from extractor.cache import ResponseCache, stats
from extractor.engine import Options, run_identity
from extractor.records import Extraction, Usage
from extractor.runs import Spend, Spent, open_run, read_run
from tests.extractor.extraction_cases import (
    EVENT,
    GOOD,
    PROMPT,
    SCHEMA,
    WRONG,
    ImpatientTiming,
    Outcome,
    articles,
    extracted,
    lines,
)
from tests.loopback import replies
from tests.loopback.replies import Reply, answer
from tests.loopback.server import LoopbackServer

OPTIONS = Options(attempts=3, reasks=1, concurrency=1)
IMPATIENT_S, PATIENT_S = 1.0, 30.0
CLIENTS = {"openai": "openai/some-model", "instructor": "google/gemini-any", "anthropic": "anthropic/claude-any"}

MISSING = {"events": [{key: value for key, value in EVENT.items() if key != "role"}]}
HALF = {"events": [EVENT, {**EVENT, "event_type": "shelling"}]}


def nested(levels: int) -> Any:
    return {"in": nested(levels - 1)} if levels else "bottom"


@dataclass(frozen=True)
class Row:
    """A fault and what comes of it.

    Attributes:
        fault: what the endpoint does.
        paid: requests of `once` as first tries, retries and re-asks; an answered one has 100 + 20 tokens.
        answered: how many of the requests of `once` brought an answer with its tokens.
        waits: seconds before the first retry, by an unlucky chance of one half.
        problems: kinds of the problems of the extraction of `once`.
        always: the failure's kind when nothing else comes; None: an extraction even so.
        always_paid, always_answered: as above.
        raw: stands in the failure's raw answer.
        only: the client that it can happen to.
    """

    fault: Any
    paid: tuple[int, int, int]
    answered: int
    always: str | None
    always_paid: tuple[int, int, int]
    always_answered: int = 0
    waits: float | None = None
    problems: tuple[str, ...] = ()
    raw: str = ""
    only: str | None = None

    @property
    def timeout_s(self) -> float:
        """Short only where time is the fault: a busy machine may be late with anything."""
        return IMPATIENT_S if self.always == "timeout" else PATIENT_S


def transport(fault: Reply, kind: str, *, waits: float = 0.75, raw: str = "", only: str | None = None) -> Row:
    """A fault that is sent again, and brings nothing."""
    return Row(fault, (1, 1, 0), 1, kind, (1, 2, 0), waits=waits, raw=raw, only=only)


def invalid(fault: Any, raw: str) -> Row:
    """An answer that is paid, and asked for again with what is wrong."""
    return Row(fault, (1, 0, 1), 2, "invalid_output", (1, 0, 1), 2, raw=raw)


ROWS = {
    "429 without Retry-After": transport(replies.rate_limited(), "rate_limited", raw="Rate limit"),
    "429 with Retry-After": transport(replies.rate_limited(7), "rate_limited", waits=7.5, raw="Rate limit"),
    "500": transport(replies.server_error(500), "server_error", raw="had an error"),
    "503": transport(replies.server_error(503), "server_error", raw="had an error"),
    "reset before the answer": transport(replies.reset(), "unreachable"),
    "reset in the body": transport(replies.reset_in_body(GOOD), "unreachable"),
    "body cut off": transport(replies.cut_body(GOOD), "unreachable"),
    "late answer": transport(replies.slow(GOOD, 2), "timeout"),
    "slow body": transport(replies.dripping(GOOD), "timeout"),
    "wrong content type": transport(replies.html_page(), "unreachable", raw="<!DOCTYPE html>"),
    "plain text": transport(replies.not_json(), "server_error", raw="upstream connect error"),
    "empty choices": transport(replies.empty_choices(), "server_error", raw='"choices": []', only="openai"),
    "no candidate": replace(invalid(replies.empty_choices(), ""), only="instructor"),
    "cut JSON": invalid(replies.cut_json(GOOD), json.dumps(GOOD)[:20]),
    "wrong enumeration": invalid(WRONG, '"event_type": "shelling"'),
    "missing field": invalid(MISSING, '"event_type": "shelling_missile_attack"'),
    "40 levels around": invalid(nested(40), '"bottom"'),
    "40 levels within": invalid({"events": [{**EVENT, "evidence": [nested(40)]}]}, '"bottom"'),
    "40 lists": invalid("[" * 40 + "]" * 40, "[[[["),
    "two objects": invalid(json.dumps(GOOD) * 2, json.dumps(GOOD) * 2),
    "empty text": invalid("", ""),
    "prose around JSON": Row(
        replies.prose_around(GOOD), (1, 0, 0), 1, None, (1, 0, 0), 1, problems=("prose_around_json",)
    ),
    "one event of two is wrong": Row(HALF, (1, 0, 1), 2, None, (1, 0, 1), 2),
    "refusal": Row(
        replies.refusal("I will not."), (1, 0, 0), 1, "refusal", (1, 0, 0), 1, raw="I will not.", only="openai"
    ),
    "content filter": Row(
        replies.content_filtered("half an ans"), (1, 0, 0), 1, "content_filter", (1, 0, 0), 1, raw="half an ans"
    ),
    "truncation": Row(replies.truncated(), (1, 0, 1), 2, "truncated", (1, 0, 1), 2, raw='{"role": "ma'),
    "usage missing": Row(replies.without_usage(GOOD), (1, 0, 0), 0, None, (1, 0, 0)),
    "usage absurd": Row(
        answer(GOOD, usage={"prompt_tokens": 10**15, "completion_tokens": -7}), (1, 0, 0), 0, None, (1, 0, 0)
    ),
    "the answer sent twice": Row(replies.sent_twice(GOOD), (1, 0, 0), 1, None, (1, 0, 0), 1),
}
ENDS = frozenset({"refusal", "content filter"})
"""Faults that end the article at once: asking again would bring the same."""


@dataclass
class Kept:
    outcome: Outcome
    folder: Path
    waits: ImpatientTiming = field(default_factory=ImpatientTiming)

    @property
    def spent(self) -> Spent:
        return read_run(self.folder / "run").usage

    @property
    def answers(self) -> list[dict[str, Any]]:
        path = self.folder / "run" / "answers.jsonl"
        return lines(path) if path.exists() else []

    @property
    def cached(self) -> int:
        return stats(self.folder / "cache.sqlite").answers


@pytest.fixture(params=["openai", "instructor"])  # tests of all rows give the client with the row
def client(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "instructor":
        pytest.importorskip("google.genai", reason="the extra 'google' is not installed")
        pytest.importorskip("jsonref", reason="the extra 'google' is not installed")
        monkeypatch.setenv("GOOGLE_API_KEY", "key-of-the-loopback")
    return str(request.param)


def opened(server: LoopbackServer, client: str, timeout_s: float) -> Backend:
    url = server.url if client == "openai" else server.root_url
    return open_backend(CLIENTS[client], base_url=url, timeout_s=timeout_s)


def extract(
    server: LoopbackServer,
    client: str,
    folder: Path,
    count: int = 1,
    options: Options = OPTIONS,
    timeout_s: float = PATIENT_S,
) -> Kept:
    """Extract with everything on, into a run folder and a cache."""
    waits = ImpatientTiming()
    backend = opened(server, client, timeout_s)
    identity = run_identity(backend, PROMPT, SCHEMA, options)
    with ResponseCache(folder / "cache.sqlite") as cache, open_run(folder / "run", identity) as run:
        outcome = extracted(backend, articles(count), options=options, run=run, cache=cache, waits=waits)
    return Kept(outcome, folder, waits)


def requests(spent: Spent) -> tuple[int, int, int]:
    return spent.first.requests, spent.retry.requests, spent.reask.requests


def tokens(spend: Spend) -> tuple[int, int]:
    return spend.input_tokens, spend.output_tokens


CASES = [
    (name, client) for name, row in ROWS.items() for client in ("openai", "instructor") if row.only in (None, client)
]
"""A row stands for both clients, unless the protocol of one has no such answer."""


@pytest.mark.parametrize(("name", "client"), [case for case in CASES if case[0] not in ENDS], indirect=["client"])
def test_a_fault_that_comes_once_costs_its_requests_and_no_article(
    loopback: LoopbackServer, tmp_path: Path, name: str, client: str
) -> None:
    row = ROWS[name]
    loopback.answer = GOOD
    loopback.script(row.fault)
    kept = extract(loopback, client, tmp_path, timeout_s=row.timeout_s)
    result = kept.outcome.extraction
    assert result.events[0]["evidence"] == EVENT["evidence"]
    assert [(span.status, span.start) for span in result.spans if span.path == "events.0.evidence.0"] == [("exact", 10)]
    assert tuple(problem.kind for problem in result.problems) == row.problems
    assert requests(kept.spent) == row.paid
    assert sum(row.paid) == loopback.count
    assert tokens(kept.spent.paid) == (100 * row.answered, 20 * row.answered)
    assert result.usage == (Usage(100 * row.answered, 20 * row.answered) if row.answered else None)
    assert kept.waits.slept == ([] if row.waits is None else [row.waits])
    assert kept.answers[-1]["answer"]["finish"] == "stop"
    assert kept.cached >= 1
    assert not (tmp_path / "run" / "failures.jsonl").read_bytes()
    asked = loopback.count
    assert extract(loopback, client, tmp_path).outcome.totals.skipped == 1
    assert loopback.count == asked, "nothing is paid twice"


@pytest.mark.parametrize(("name", "client"), CASES, indirect=["client"])
def test_a_fault_that_stays_ends_in_what_is_there_or_in_a_named_failure_with_the_raw_answer(
    loopback: LoopbackServer, tmp_path: Path, name: str, client: str
) -> None:
    row = ROWS[name]
    loopback.answer = row.fault
    kept = extract(loopback, client, tmp_path, timeout_s=row.timeout_s)
    assert requests(kept.spent) == row.always_paid
    assert sum(row.always_paid) == loopback.count
    assert tokens(kept.spent.paid) == (100 * row.always_answered, 20 * row.always_answered)
    [line] = lines(tmp_path / "run" / ("extractions.jsonl" if row.always is None else "failures.jsonl"))
    assert line["article_id"] == "article-0"
    if row.always is None:
        assert isinstance(kept.outcome.results[0], Extraction)
        assert len(line["events"]) == 1
        return
    assert (line["kind"], line["attempts"]) == (row.always, sum(row.always_paid))
    assert row.raw in (line["raw"] or "")
    assert bool(line["raw"]) == bool(row.raw)
    assert line["message"]
    assert "\n" not in line["message"]
    good = [each for each in kept.answers if each.get("answer", {}).get("finish") == "stop"]
    assert len(good) == (row.always_answered if row.always == "invalid_output" else 0)
    if row.always != "invalid_output":
        assert kept.cached == 0


def test_a_truncated_answer_is_asked_for_once_more_with_twice_the_tokens(
    loopback: LoopbackServer, tmp_path: Path
) -> None:
    loopback.answer = replies.truncated()
    assert extract(loopback, "openai", tmp_path).outcome.failure.kind == "truncated"
    first, second = (seen.body["max_tokens"] for seen in loopback.requests)
    assert second == 2 * first


def test_a_valid_event_is_kept_when_the_reask_brings_no_better_answer(loopback: LoopbackServer, tmp_path: Path) -> None:
    loopback.answer = HALF
    result = extract(loopback, "openai", tmp_path).outcome.extraction
    assert [(problem.path, problem.kind) for problem in result.problems] == [("answer.events.1", "invalid_event")]


def test_nothing_listening_costs_no_token_and_fails_the_article(tmp_path: Path, client: str) -> None:
    with LoopbackServer() as gone:
        pass
    kept = extract(gone, client, tmp_path)
    failure = kept.outcome.failure
    assert (failure.kind, failure.attempts, failure.raw, failure.usage) == ("unreachable", 3, None, Usage())
    assert "is the server running" in failure.message
    assert requests(kept.spent) == (1, 2, 0)
    assert (tokens(kept.spent.paid), kept.answers, kept.cached) == ((0, 0), [], 0)


def numbered(body: dict[str, Any]) -> Any:
    """Events with the number of the article in their evidence; of article 2 the answer comes twice."""
    text = json.dumps(body)
    number = next(number for number in range(10) if f"Report number {number}." in text)
    value = {"events": [{**EVENT, "evidence": [f"Report number {number}."]}]}
    return replies.sent_twice(value) if number == 2 else value


def test_an_answer_that_was_not_asked_for_is_given_to_no_other_article(
    loopback: LoopbackServer, tmp_path: Path, client: str
) -> None:
    loopback.answer = numbered
    kept = extract(loopback, client, tmp_path, count=10)
    for name, result in kept.outcome.extractions.items():
        assert result.events[0]["evidence"] == [f"Report number {name.removeprefix('article-')}."]
    assert len(kept.outcome.extractions) == 10
    assert requests(kept.spent) == (10, 0, 0)
    assert loopback.count == 10
    assert (len(kept.answers), kept.cached) == (10, 10)


def test_a_refusal_through_instructor_and_anthropic_is_paid_once_and_named(
    loopback: LoopbackServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("anthropic", reason="the extra 'anthropic' is not installed")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "key-of-the-loopback")
    loopback.answer = replies.refusal("I will not.")
    kept = extract(loopback, "anthropic", tmp_path)
    assert (kept.outcome.failure.kind, kept.outcome.failure.raw, kept.cached) == ("refusal", "I will not.", 0)
    assert (requests(kept.spent), tokens(kept.spent.first)) == ((1, 0, 0), (100, 20))


def test_of_two_choices_the_first_counts(loopback: LoopbackServer, tmp_path: Path) -> None:
    choices = [
        {"index": index, "finish_reason": "stop", "message": {"role": "assistant", "content": json.dumps(value)}}
        for index, value in enumerate((GOOD, {"events": []}))
    ]
    loopback.answer = Reply(body=json.dumps({"model": "m", "choices": choices, "usage": replies.USAGE}).encode())
    kept = extract(loopback, "openai", tmp_path)
    assert len(kept.outcome.extraction.events) == 1
    assert (requests(kept.spent), tokens(kept.spent.first)) == ((1, 0, 0), (100, 20))
