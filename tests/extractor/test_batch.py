"""Batches from requests to a run: the same as online, whatever comes back and in whatever order."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

import pytest

from extractor.batch import WriteJob, write_batch
from extractor.batch.ids import CustomId
from extractor.engine import Options
from extractor.errors import ArticleError, PromptError, RunError, UsageError
from extractor.records import Article
from extractor.runs import read_extractions, read_failures, read_run
from tests.extractor.batch_cases import WHO, answer, line, number_of, read, save, stubborn, write, wrong
from tests.extractor.extraction_cases import GOOD, PROMPT, TEXT, WRONG, article, articles, extracted, lines, opened
from tests.loopback import replies
from tests.loopback.server import LoopbackServer

_NO_LATENCY = re.compile(rb'"latency_s":[^,]*')


def results(folder: Path) -> list[bytes]:
    """All lines of a run in the order of their articles, without the time that answers took."""
    found = [
        line for name in ("extractions", "failures") for line in (folder / f"{name}.jsonl").read_bytes().split(b"\n")
    ]
    return sorted(_NO_LATENCY.sub(b'"latency_s":null', one) for one in found)


def test_a_batch_with_two_rounds_of_reasks_ends_as_the_online_path_byte_for_byte(
    loopback: LoopbackServer, tmp_path: Path
) -> None:
    count = 200
    loopback.answer = stubborn
    with opened(loopback, tmp_path / "online", Options(reasks=2)) as run:
        extracted(loopback, articles(count), run=run, options=Options(reasks=2))
    requests = write(tmp_path, articles(count))
    sent = [200, 20, 10]
    for number, expected in enumerate(sent, 1):
        current = requests if number == 1 else tmp_path / f"requests.{number}.jsonl"
        assert len(lines(current)) == expected
        report = read(current, answer(current))
    assert report.waiting == 0
    assert report.next_files == []
    assert not (tmp_path / "requests.4.jsonl").exists()
    assert results(tmp_path / "run") == results(tmp_path / "online")
    assert loopback.count == sum(sent)
    assert (report.done, report.failed.total()) == (198, 2)
    assert report.failed == {"invalid_output": 2}
    salvaged = [one for one in read_extractions(tmp_path / "run") if one.problems]
    assert {one.article_id for one in salvaged} == {"article-0", "article-80", "article-160"}
    batch, online = read_run(tmp_path / "run"), read_run(tmp_path / "online")
    assert batch.usage == online.usage
    assert batch.options["batch"] is True
    assert batch.finished


def test_answers_may_come_in_any_order_in_pieces_and_more_than_once(tmp_path: Path) -> None:
    requests = write(tmp_path, articles(30))
    found = lines(answer(requests))
    random.Random(7).shuffle(found)  # noqa: S311
    report = read(requests, save(tmp_path / "some.jsonl", found[:12]))
    assert report.done + report.waiting == 30
    assert report.unanswered == 18
    assert {one["custom_id"] for one in found[12:]} < {one["custom_id"] for one in lines(tmp_path / "requests.2.jsonl")}
    again = read(requests, tmp_path / "some.jsonl")
    assert (again.done, again.waiting, again.unknown) == (report.done, report.waiting, [])
    report = read(requests, save(tmp_path / "all.jsonl", found))
    assert report.unanswered == 0
    assert report.tally.duplicates == 0
    report = read(tmp_path / "requests.2.jsonl", answer(tmp_path / "requests.2.jsonl"))
    report = read(tmp_path / "requests.3.jsonl", answer(tmp_path / "requests.3.jsonl"))
    whole = tmp_path / "whole"
    whole.mkdir()
    requests = write(whole, articles(30))
    for name in ("requests.jsonl", "requests.2.jsonl", "requests.3.jsonl"):
        read(requests.with_name(name), answer(requests.with_name(name)))
    assert results(tmp_path / "run") == results(whole / "run")


def test_of_two_answers_to_one_request_the_first_counts_and_the_other_is_told(tmp_path: Path) -> None:
    requests = write(tmp_path, articles(2))
    first, second = lines(requests)
    found = [line(first, GOOD), line(second, GOOD), line(first, {"events": []})]
    report = read(requests, save(tmp_path / "a.jsonl", found))
    assert report.tally.duplicates == 1
    assert [len(one.events) for one in read_extractions(tmp_path / "run")] == [1, 1]


def test_articles_with_the_same_text_keep_answers_of_their_own(tmp_path: Path) -> None:
    twins = [Article("one", TEXT), Article("two", TEXT)]
    requests = write(tmp_path, twins)
    first, second = lines(requests)
    read(requests, save(tmp_path / "a.jsonl", [line(first, GOOD), line(second, {"events": []})]))
    assert {one.article_id: len(one.events) for one in read_extractions(tmp_path / "run")} == {"one": 1, "two": 0}


def test_answers_to_unknown_requests_and_lines_that_are_none_are_counted_and_change_nothing(tmp_path: Path) -> None:
    requests = write(tmp_path, articles(2))
    first, second = lines(requests)
    stranger = {**first, "custom_id": "someone-elses"}
    other = {**first, "custom_id": str(CustomId(1, 0, 1, "0" * 32))}
    path = save(tmp_path / "a.jsonl", [line(one, GOOD) for one in (first, second, stranger, other)])
    path.write_text(
        "\ufeff" + path.read_text() + '\n{"custom_id": 3}\n["no object"]\n{"custom_id": "x"}\n{"custom_id": "cut'
    )
    report = read(requests, path)
    assert report.done == 2
    assert report.unknown == [stranger["custom_id"], other["custom_id"]]
    assert report.tally.unreadable == 4
    assert "a.jsonl:6: no custom_id in it" in report.tally.broken[0]


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (replies.refusal(), "refusal"),
        (replies.content_filtered(), "content_filter"),
        (replies.context_overflow(), "context_overflow"),
        (replies.bad_request(), "rejected"),
        (replies.unauthorized(), "rejected"),
    ],
)
def test_what_no_further_round_would_help_is_a_failure_with_its_kind(
    reply: replies.Reply, kind: str, tmp_path: Path
) -> None:
    requests = write(tmp_path, articles(1))
    report = read(requests, answer(requests, lambda _: reply))
    assert (report.failed, report.waiting) == ({kind: 1}, 0)
    assert read(requests, save(tmp_path / "none.jsonl", [])).failed == {kind: 1}
    assert len(list(read_failures(tmp_path / "run"))) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"status_code": 429, "body": {"error": {"message": "Rate limit reached"}}},
        {"status_code": 500, "body": None},
        {"status_code": 200, "body": {"choices": []}},
        {"status_code": 200, "body": "<html>"},
        None,
    ],
)
def test_an_error_that_may_go_away_sends_the_same_request_again(fault: dict[str, Any] | None, tmp_path: Path) -> None:
    requests = write(tmp_path, articles(2))
    first, second = lines(requests)
    error = {"code": "batch_expired", "message": "not executed in time"} if fault is None else None
    failed = {"custom_id": first["custom_id"], "response": fault, "error": error}
    report = read(requests, save(tmp_path / "a.jsonl", [failed, line(second, GOOD)]))
    assert (report.done, report.unanswered, report.tally.errors.total()) == (1, 1, 1)
    assert lines(tmp_path / "requests.2.jsonl") == [first]
    assert read_run(tmp_path / "run").finished is None
    report = read(tmp_path / "requests.2.jsonl", answer(tmp_path / "requests.2.jsonl", lambda _: GOOD))
    assert (report.done, report.waiting) == (2, 0)
    assert read_run(tmp_path / "run").usage.first.requests == 2


def test_an_error_and_an_answer_to_one_request_are_an_answer(tmp_path: Path) -> None:
    requests = write(tmp_path, articles(1))
    [request] = lines(requests)
    found = [line(request, replies.rate_limited()), line(request, GOOD), line(request, replies.server_error())]
    report = read(requests, save(tmp_path / "a.jsonl", found))
    assert (report.done, report.tally.errors.total()) == (1, 0)


def test_a_truncated_answer_is_asked_for_once_more_with_more_room(tmp_path: Path) -> None:
    requests = write(tmp_path, articles(1), options={"reasks": 2, "max_tokens": 500})
    read(requests, answer(requests, lambda _: replies.truncated()))
    [longer] = lines(tmp_path / "requests.2.jsonl")
    assert longer["body"]["max_completion_tokens"] == 1000
    report = read(tmp_path / "requests.2.jsonl", answer(tmp_path / "requests.2.jsonl", lambda _: replies.truncated()))
    assert report.failed == {"truncated": 1}


def test_a_rejected_article_is_asked_again_when_told_so(tmp_path: Path) -> None:
    requests = write(tmp_path, articles(1))
    read(requests, answer(requests, lambda _: replies.unauthorized()))
    nothing = save(tmp_path / "none.jsonl", [])
    assert read(requests, nothing).waiting == 0
    assert read(requests, nothing, retry_failed=True).waiting == 1
    assert lines(tmp_path / "requests.2.jsonl") == lines(requests)
    report = read(requests, answer(requests, lambda _: GOOD))
    assert (report.done, report.failed, report.next_files) == (1, {}, [])
    assert list(read_failures(tmp_path / "run")) == []


def test_a_model_that_refuses_a_temperature_is_asked_without_from_then_on(tmp_path: Path) -> None:
    requests = write(tmp_path, articles(1))
    assert "temperature" in lines(requests)[0]["body"]
    refusal = replies.bad_request("Unsupported value: 'temperature' does not support 0 with this model.")
    assert read(requests, answer(requests, lambda _: refusal)).unanswered == 1
    second = tmp_path / "requests.2.jsonl"
    assert "temperature" not in lines(second)[0]["body"]
    read(second, answer(second, lambda _: WRONG))
    assert "temperature" not in lines(tmp_path / "requests.3.jsonl")[0]["body"]


@pytest.mark.parametrize(("model", "sent"), [("gpt-5-mini", False), ("o3", False), ("gpt-4.1", True)])
def test_models_known_to_take_no_temperature_are_sent_none(model: str, sent: bool, tmp_path: Path) -> None:
    requests = write(tmp_path, articles(1), model=f"openai/{model}")
    assert ("temperature" in lines(requests)[0]["body"]) is sent


def test_giving_up_keeps_what_validates_and_fails_the_rest(tmp_path: Path) -> None:
    requests = write(tmp_path, articles(3))
    salvageable, hopeless, _ = lines(requests)
    found = [line(salvageable, wrong(0, salvageable=True)), line(hopeless, wrong(0))]
    path = save(tmp_path / "a.jsonl", found)
    assert read(requests, path).waiting == 3
    report = read(requests, path, give_up=True)
    assert (report.done, report.waiting) == (1, 0)
    assert report.failed == {"invalid_output": 1, "no_answer": 1}
    assert report.next_files == []
    assert not (tmp_path / "requests.2.jsonl").exists()
    [kept] = read_extractions(tmp_path / "run")
    assert len(kept.events) == 1
    assert kept.problems
    late = read(requests, answer(requests, lambda _: GOOD))
    assert (late.done, late.failed) == (2, {"invalid_output": 1})


def test_a_person_may_answer_in_the_plain_form(tmp_path: Path) -> None:
    requests = write(tmp_path, articles(3))
    one, two, three = (request["custom_id"] for request in lines(requests))
    found = [
        {"custom_id": one, "content": json.dumps(GOOD)},
        {"custom_id": two, "content": GOOD},
        {"custom_id": three, "content": f"Here you are:\n```json\n{json.dumps(GOOD)}\n```"},
    ]
    report = read(requests, save(tmp_path / "a.jsonl", found), backend="imported/assistant")
    assert report.done == 3
    first, _, third = read_extractions(tmp_path / "run")
    assert (first.backend, first.usage, first.cost_usd) == ("imported/assistant", None, None)
    assert first.events == third.events
    assert third.problems[0].kind == "prose_around_json"


def test_usage_is_taken_over_and_half_the_price_is_paid(tmp_path: Path) -> None:
    requests = write(tmp_path, articles(1), model="openai/gpt-4.1")
    usage = {"prompt_tokens": 1_000_000, "completion_tokens": 1_000_000}
    read(requests, answer(requests, lambda _: replies.answer(GOOD, usage=usage)))
    [found] = read_extractions(tmp_path / "run")
    assert found.usage is not None
    assert found.usage.input_tokens == 1_000_000
    assert found.cost_usd == pytest.approx((2 + 8) / 2)
    assert read_run(tmp_path / "run").cost_usd == found.cost_usd


def test_ids_of_any_kind_are_safe(tmp_path: Path) -> None:
    names = ["a b/ü\n", 'quote"', "x" * 500, "-r0-n1-", "twice", "twice", "\udcff"]
    items = [Article(name, f"{TEXT} {number}") for number, name in enumerate(names)]
    requests = write(tmp_path, [*items, ArticleError("b.txt: no text", article_id="b.txt"), Article("blank", "…")])
    assert all(re.fullmatch(r"[a-z0-9-]{1,64}", one["custom_id"]) for one in lines(requests))
    report = read(requests, answer(requests, lambda _: GOOD))
    assert {one.article_id for one in read_extractions(tmp_path / "run")} == {*names[:5]}
    failed = {one.article_id for one in read_failures(tmp_path / "run")}
    assert failed == {"twice#2", "\\udcff", "b.txt", "blank"}
    assert report.failed == {"bad_article": 4}
    assert read(requests, tmp_path / "answers.jsonl").failed == {"bad_article": 4}


def test_requests_are_split_at_the_limits_and_read_back_together(tmp_path: Path) -> None:
    requests = write(tmp_path, articles(25), max_requests=10)
    parts = [tmp_path / f"requests{name}.jsonl" for name in ("", ".part-2", ".part-3")]
    assert [len(lines(path)) for path in parts] == [10, 10, 5]
    read(requests, *(answer(path) for path in parts))
    assert len(lines(tmp_path / "requests.2.jsonl")) == 3
    by_size = tmp_path / "small"
    by_size.mkdir()
    size = requests.stat().st_size // 4
    write(by_size, articles(25), max_bytes=size)
    files = sorted(by_size.glob("requests*.jsonl"))
    assert all(path.stat().st_size <= size for path in files if "manifest" not in path.name)
    assert sum(len(lines(path)) for path in files if "manifest" not in path.name) == 25


def test_a_request_larger_than_a_file_may_be_names_the_article_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"'article-0' has .* bytes"):
        write(tmp_path, articles(2), max_bytes=1000)
    assert list(tmp_path.iterdir()) == []


def test_repeats_become_runs_of_their_own(tmp_path: Path) -> None:
    requests = write(tmp_path, articles(2), repeats=2)
    assert len({one["custom_id"] for one in lines(requests)}) == 4
    read(requests, answer(requests, lambda _: GOOD))
    for repeat in range(2):
        found = list(read_extractions(tmp_path / "run" / f"repeat-{repeat}"))
        assert [one.repeat for one in found] == [repeat, repeat]


def test_a_prompt_that_changed_since_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "prompt"
    folder.mkdir()
    for path in PROMPT.folder.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    settings = folder / "prompt.toml"
    settings.write_text(re.sub(r"(?m)^(released|digest) = .*$", "", settings.read_text()))
    requests = write(tmp_path, articles(1), prompt=str(folder))
    (folder / "user.md.jinja").write_text((folder / "user.md.jinja").read_text() + "\nBe quick.\n")
    with pytest.raises(PromptError, match="has changed since the requests were written"):
        read(requests, answer(requests))


def test_what_is_there_is_not_overwritten(tmp_path: Path) -> None:
    write(tmp_path, articles(1))
    with pytest.raises(UsageError, match="is there already"):
        write(tmp_path, articles(2))
    assert len(lines(tmp_path / "requests.jsonl")) == 1


def test_a_run_of_something_else_is_not_written_to(tmp_path: Path) -> None:
    requests = write(tmp_path, articles(1))
    path = answer(requests, lambda _: GOOD)
    read(requests, path)
    with pytest.raises(RunError, match="was made with backend"):
        read(requests, path, backend="imported/assistant")


def test_requests_without_their_manifest_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"has no manifest beside it \(requests\.manifest\.jsonl\)"):
        read(save(tmp_path / "requests.jsonl", []), save(tmp_path / "a.jsonl", []))


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("Qwen/Qwen3-8B", "vllm/Qwen/Qwen3-8B"),
        ("anthropic/claude", "has a batch format of its own"),
        ("openai/", "no provider"),
    ],
)
def test_a_model_that_cannot_be_written_for_is_told(model: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=message):
        write_batch(WriteJob(articles(1), tmp_path / "r.jsonl", model))
    assert not (tmp_path / "r.jsonl").exists()


def test_a_server_of_ones_own_is_asked_in_its_own_words(tmp_path: Path) -> None:
    requests = write(tmp_path, articles(1), model="vllm/Qwen/Qwen3-8B")
    body = lines(requests)[0]["body"]
    assert (body["model"], "max_tokens" in body, "max_completion_tokens" in body) == ("Qwen/Qwen3-8B", True, False)
    assert body["response_format"]["type"] == "json_schema"
    assert number_of(body) == 0
    assert article(0).text in body["messages"][1]["content"]
    assert WHO not in json.dumps(body)
