"""The engine against a model endpoint: good and bad answers, many articles, resuming, the cache, the account."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from extractor.cache import ResponseCache
from extractor.engine import Options, extract, extract_all, extract_many, run_identity
from extractor.errors import ArticleError, BackendError, PromptError, RunError, UsageError
from extractor.prompts import load_prompt
from extractor.records import Article, Completion, Extraction, Failure, Request, Usage
from extractor.runs import open_run, read_extractions, read_failures, read_run
from extractor.schemas import load_schema
from tests.extractor.extraction_cases import (
    EVENT,
    GOOD,
    PROMPT,
    QUOTE,
    SCHEMA,
    TEXT,
    WRONG,
    WRONG_EVENT,
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


def test_an_answer_becomes_a_finished_and_grounded_record(loopback: LoopbackServer) -> None:
    loopback.answer = GOOD
    result = extracted(loopback, [article()]).extraction
    [event] = result.events
    assert (event["id"], event["date"]) == ("e1", {"text": None, "value": None, "precision": "unknown"})
    [span] = result.spans
    assert (span.path, span.status) == ("events.0.evidence.0", "exact")
    assert article().text[span.start : span.end] == QUOTE
    assert (result.article_id, result.backend, result.model) == ("article-0", "openai/some-model", "some-model")
    assert (result.prompt, result.problems, result.usage) == ("conflict/1", [], Usage(100, 20))
    assert result.latency_s is not None
    assert result.latency_s > 0


def test_an_article_without_events_is_an_extraction_and_no_failure(loopback: LoopbackServer) -> None:
    result = extracted(loopback, [article()]).extraction
    assert (result.events, result.problems) == ([], [])


def test_what_stands_nowhere_stays_and_is_a_problem(loopback: LoopbackServer) -> None:
    invented = {**EVENT, "evidence": [QUOTE, "a bridge collapsed in Tarnova"], "perpetrators": []}
    loopback.answer = {"events": [{**invented, "perpetrators": [{"name": "Zimbor Front", "status": "claimed"}]}]}
    result = extracted(loopback, [article()]).extraction
    assert result.events[0]["evidence"] == invented["evidence"]
    assert [(problem.path, problem.kind) for problem in result.problems] == [
        ("events.0.perpetrators.0.name", "ungrounded"),
        ("events.0.evidence.1", "ungrounded"),
    ]
    assert result.problems[0].message == "'Zimbor Front' stands nowhere in the article"


def test_prose_around_the_answer_is_recorded_and_costs_no_reask(loopback: LoopbackServer) -> None:
    loopback.answer = replies.prose_around(GOOD)
    result = extracted(loopback, [article()]).extraction
    assert [problem.kind for problem in result.problems] == ["prose_around_json"]
    assert (len(result.events), loopback.count) == (1, 1)


@pytest.mark.parametrize("bad", [replies.cut_json(GOOD), "I see no events.", "", WRONG, [], replies.answer(None)])
def test_a_bad_answer_is_asked_for_again_with_what_is_wrong(loopback: LoopbackServer, bad: Any) -> None:
    loopback.script(bad, GOOD)
    outcome = extracted(loopback, [article()])
    result = outcome.extraction
    assert len(result.events) == 1
    assert result.problems == []
    first, second = (seen.body["messages"] for seen in loopback.requests)
    assert second[: len(first)] == first
    assert [message["role"] for message in second[len(first) :]] == ["assistant", "user"]
    assert "cannot be used: " in second[-1]["content"]
    assert result.usage == Usage(200, 40)
    spent = outcome.totals.spent
    assert (spent.first.requests, spent.reask.requests, spent.retry.requests) == (1, 1, 0)
    assert (spent.first.input_tokens, spent.reask.input_tokens) == (100, 100)


def test_reasks_never_pile_up(loopback: LoopbackServer) -> None:
    loopback.script("bad answer one", "bad answer two", "bad answer three", GOOD)
    extracted(loopback, [article()], options=Options(reasks=3))
    lengths = [len(seen.body["messages"]) for seen in loopback.requests]
    assert lengths == [2, 4, 4, 4]
    assert loopback.requests[-1].body["messages"][2]["content"] == "bad answer three"


@pytest.mark.parametrize("reasks", [0, 1, 3])
def test_used_up_reasks_end_in_a_failure_with_the_last_answer(loopback: LoopbackServer, reasks: int) -> None:
    loopback.answer = WRONG
    failure = extracted(loopback, [article()], options=Options(reasks=reasks)).failure
    assert (failure.kind, failure.attempts, loopback.count) == ("invalid_output", 1 + reasks, 1 + reasks)
    assert failure.raw == json.dumps(WRONG)
    assert "events.0.event_type" in failure.message
    assert failure.usage == Usage(100, 20) if reasks == 0 else failure.usage is not None


def test_when_reasks_are_used_up_what_validates_is_kept(loopback: LoopbackServer) -> None:
    loopback.script({"events": [EVENT, WRONG_EVENT, {**EVENT, "event_type": "protest"}]}, WRONG, "nothing")
    result = extracted(loopback, [article()]).extraction
    assert [event["event_type"] for event in result.events] == ["shelling_missile_attack", "protest"]
    assert [event["id"] for event in result.events] == ["e1", "e2"]
    assert [(problem.path, problem.kind) for problem in result.problems] == [("answer.events.1", "invalid_event")]
    assert result.usage == Usage(300, 60)


def test_a_truncated_answer_is_asked_for_once_more_with_more_room(loopback: LoopbackServer) -> None:
    loopback.script(replies.truncated(), GOOD)
    outcome = extracted(loopback, [article()], options=Options(max_tokens=500))
    assert len(outcome.extraction.events) == 1
    room = [seen.body.get("max_tokens") or seen.body.get("max_completion_tokens") for seen in loopback.requests]
    assert room == [500, 1000]
    assert loopback.requests[0].body["messages"] == loopback.requests[1].body["messages"]
    assert outcome.totals.spent.reask.requests == 1


def test_an_answer_truncated_twice_is_a_failure_even_where_its_text_parses(loopback: LoopbackServer) -> None:
    loopback.answer = replies.truncated(json.dumps(GOOD))
    failure = extracted(loopback, [article()]).failure
    assert (failure.kind, failure.raw, loopback.count) == ("truncated", json.dumps(GOOD), 2)


def test_more_room_that_is_not_granted_leaves_the_answer_truncated(loopback: LoopbackServer) -> None:
    loopback.script(replies.truncated("{"), replies.bad_request("max_tokens is too large"))
    failure = extracted(loopback, [article()]).failure
    assert (failure.kind, failure.raw) == ("truncated", "{")
    assert "max_tokens is too large" in failure.message


@pytest.mark.parametrize(
    ("reply", "kind"),
    [(replies.refusal(), "refusal"), (replies.content_filtered(), "content_filter")],
)
def test_refused_and_filtered_answers_are_failures_and_not_asked_for_again(
    loopback: LoopbackServer, reply: Any, kind: str
) -> None:
    loopback.answer = reply
    failure = extracted(loopback, [article()]).failure
    assert (failure.kind, failure.attempts, loopback.count) == (kind, 1, 1)


def test_bad_articles_are_failures_and_stop_nobody(loopback: LoopbackServer) -> None:
    unreadable = ArticleError("b.txt: not UTF-8", article_id="b.txt")
    outcome = extracted(
        loopback, [article(1), unreadable, Article("blank", " \n"), Article("half", "x \ud83d"), article(2)]
    )
    assert outcome.extractions.keys() == {"article-1", "article-2"}
    assert {name: (failure.kind, failure.attempts) for name, failure in outcome.failures.items()} == {
        "b.txt": ("bad_article", 0),
        "blank": ("bad_article", 0),
        "half": ("bad_article", 0),
    }
    assert outcome.failures["b.txt"].message == "b.txt: not UTF-8"
    assert (outcome.totals.total, outcome.totals.done, outcome.totals.failed) == (5, 2, 3)


def test_an_id_met_before_is_a_failure_of_its_own(loopback: LoopbackServer, tmp_path: Path) -> None:
    twins = [Article("x", TEXT), Article("x", "Another text."), Article("x#2", "A third."), Article("x", "A fourth.")]
    for _ in range(2):  # resuming must not count them again
        with opened(loopback, tmp_path / "r") as run:
            extracted(loopback, twins, run=run)
    assert {failure.article_id: failure.kind for failure in read_failures(tmp_path / "r")} == {
        "x#2": "bad_article",
        "x#2#2": "bad_article",
        "x#3": "bad_article",
    }
    assert [result.article_id for result in read_extractions(tmp_path / "r")] == ["x"]
    assert loopback.count == 1


def test_an_unexpected_error_is_the_failure_of_one_article() -> None:
    class Buggy(PricedBackend):
        async def complete(self, request: Request) -> Completion:
            if request.article.id == "odd":
                raise ZeroDivisionError("odd")
            return await super().complete(request)

    outcome = extracted(Buggy(price=0.1), [article(1), Article("odd", TEXT), article(2)])
    assert outcome.extractions.keys() == {"article-1", "article-2"}
    failure = outcome.failures["odd"]
    assert (failure.kind, failure.message) == ("internal", "ZeroDivisionError: odd")


def test_a_prompt_for_another_schema_stops_the_whole_extraction(loopback: LoopbackServer) -> None:
    schema = load_schema("tests.extractor.sightings:Sighting")
    with pytest.raises(PromptError, match="generic"):
        extracted(loopback, articles(3), schema=schema)
    assert loopback.count == 0


def test_any_schema_is_asked_for_validated_and_grounded(loopback: LoopbackServer) -> None:
    schema = load_schema("tests.extractor.sightings:Sighting")
    prompt = load_prompt(Path(__file__).parents[2] / "prompts" / "generic" / "1")
    loopback.script({"events": [{"animal": "heron", "seen": "three"}]}, {"events": [{"animal": "heron", "seen": 3}]})
    text = "Three birds, a heron among them, stood by the weir."
    result = extracted(loopback, [Article("s", text)], schema=schema, prompt=prompt).extraction
    assert result.events == [{"id": "e1", "animal": "heron", "seen": 3}]
    assert [(span.path, text[span.start : span.end]) for span in result.spans] == [
        ("events.0.animal", "heron"),
        ("events.0.seen", "Three"),
    ]


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
    assert (len(first.extractions), {each.kind for each in first.failures.values()}) == (3, {"over_budget"})
    assert len(session(5).extractions) == 2
    info = read_run(tmp_path / "r")
    assert (info.articles.done, info.articles.failed) == (5, 0)
    assert info.cost_usd == pytest.approx(0.5)


def test_a_budget_that_cannot_be_kept_is_refused() -> None:
    with pytest.raises(UsageError, match="prices of acme/priced are not known"):
        extracted(PricedBackend(price=None), articles(5), options=Options(concurrency=1, budget_usd=1))


@pytest.mark.parametrize("wrong", [{"concurrency": 0}, {"reasks": -1}, {"attempts": 0}, {"temperature": -0.1}])
def test_options_out_of_range_are_named(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=next(iter(wrong))):
        Options(**wrong)


def test_the_prompts_parameters_hold_unless_the_options_say_otherwise(loopback: LoopbackServer) -> None:
    extracted(loopback, [article()])
    extracted(loopback, [article()], options=Options(temperature=0.5, seed=7))
    first, second = (seen.body for seen in loopback.requests)
    assert (first["temperature"], first.get("seed")) == (0.0, None)
    assert (second["temperature"], second["seed"]) == (0.5, 7)


def test_one_call_extracts_from_a_text(loopback: LoopbackServer) -> None:
    loopback.answer = GOOD
    backend = loopback_backend(loopback)
    result = extract(TEXT, backend=backend)
    assert result.events[0]["evidence"] == [QUOTE]

    async def notebook() -> Extraction:
        return extract(TEXT, backend=loopback_backend(loopback))

    assert asyncio.run(notebook()).events == result.events


def test_one_call_raises_what_went_wrong(loopback: LoopbackServer) -> None:
    with pytest.raises(ArticleError, match="no letters"):
        extract(" ", backend=loopback_backend(loopback))
    loopback.answer = replies.refusal("I won't.")
    with pytest.raises(BackendError, match="refused") as refused:
        extract(TEXT, backend=loopback_backend(loopback))
    assert refused.value.kind == "refusal"


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
