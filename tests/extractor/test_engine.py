"""One article after the other against a model endpoint: good answers, bad answers, bad articles, one call."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from extractor.engine import Options, extract
from extractor.errors import ArticleError, BackendError, PromptError, UsageError
from extractor.prompts import load_prompt
from extractor.records import Article, Completion, Extraction, Request, Usage
from extractor.runs import read_extractions, read_failures
from extractor.schemas import load_schema
from tests.extractor.extraction_cases import (
    EVENT,
    GOOD,
    QUOTE,
    TEXT,
    WRONG,
    WRONG_EVENT,
    article,
    articles,
    extracted,
    loopback_backend,
    opened,
)
from tests.extractor.priced_backend import PricedBackend
from tests.loopback import replies
from tests.loopback.server import LoopbackServer

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
