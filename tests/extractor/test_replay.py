"""A run given again from what it recorded: nothing is sent, the same comes out, and what changed is named."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from extractor.backends import open_backend
from extractor.cache import ResponseCache
from extractor.engine import Options, extract_all, run_identity
from extractor.errors import RunError, UsageError
from extractor.prompts import Prompt, load_prompt
from extractor.records import Article, Extraction
from extractor.runs import open_run, read_extractions, read_failures, read_run
from extractor.schemas import load_schema
from tests.extractor.batch_cases import answer, attempt_of, number_of, read, stubborn, write
from tests.extractor.extraction_cases import (
    GOOD,
    PROMPT,
    SCHEMA,
    WRONG,
    Outcome,
    article,
    articles,
    extracted,
    lines,
    opened,
)
from tests.loopback import replies
from tests.loopback.server import LoopbackServer


def troubled(body: dict[str, Any]) -> Any:
    """Every way in which an answer can be no simple answer, by the article's number."""
    number, first = number_of(body), attempt_of(body) == 0
    partly_valid = {"events": [*GOOD["events"], *WRONG["events"]]}
    given = {
        1: replies.refusal(),
        2: replies.context_overflow(),
        3: replies.content_filtered(),
        4: replies.truncated(),
        5: replies.truncated() if body["max_tokens"] == 4096 else GOOD,
        6: partly_valid if first else replies.content_filtered(),
        7: replies.prose_around(GOOD),
        8: replies.bad_request(),
    }
    return given.get(number % 10) or stubborn(body)


def recorded(server: LoopbackServer, folder: Path, count: int = 1, answer: Any = GOOD, **how: Any) -> list[Article]:
    """Make a run; its articles."""
    server.answer = answer
    options = how.pop("options", None)
    with opened(server, folder, options) as run:
        extracted(server, articles(count), run=run, options=options, **how)
    return articles(count)


def replayed(folder: Path, items: list[Article], **how: Any) -> Outcome:
    return extracted(open_backend(f"replay/{folder}"), items, **how)


def substance(found: Extraction) -> dict[str, Any]:
    """All of an extraction but what came of waiting and paying for it."""
    kept = ("article_id", "events", "spans", "problems", "model", "prompt", "repeat")
    return {name: getattr(found, name) for name in kept}


def test_a_finished_run_replays_without_a_request_to_the_same_extractions_and_failures(
    loopback: LoopbackServer, tmp_path: Path
) -> None:
    items = recorded(loopback, tmp_path / "first", 60, troubled)
    asked = loopback.count
    identity = run_identity(open_backend(f"replay/{tmp_path / 'first'}"), PROMPT, SCHEMA, Options())
    with open_run(tmp_path / "again", identity) as run:
        outcome = replayed(tmp_path / "first", items, run=run)
    assert loopback.count == asked
    first = {one.article_id: substance(one) for one in read_extractions(tmp_path / "first")}
    assert {name: substance(one) for name, one in outcome.extractions.items()} == first
    assert {one.article_id: (one.kind, one.message, one.raw) for one in read_failures(tmp_path / "first")} == {
        name: (one.kind, one.message, one.raw) for name, one in outcome.failures.items()
    }
    assert {one.kind for one in outcome.failures.values()} == {
        "refusal", "context_overflow", "content_filter", "truncated", "invalid_output", "rejected",
    }  # fmt: skip
    assert len(first) == 23
    spent = outcome.totals.spent
    assert (spent.paid.cost_usd, spent.paid.input_tokens, spent.cache.requests > 60) == (0, 0, True)
    assert read_run(tmp_path / "again").backend == f"replay/{tmp_path / 'first'}"
    again = replayed(tmp_path / "again", items)
    assert {name: substance(one) for name, one in again.extractions.items()} == first


def test_a_run_that_was_answered_from_the_cache_replays(loopback: LoopbackServer, tmp_path: Path) -> None:
    with ResponseCache(tmp_path / "cache.sqlite") as cache:
        extracted(loopback, articles(5), cache=cache)
        cache.flush()
        items = recorded(loopback, tmp_path / "first", 5, cache=cache)
    assert loopback.count == 5
    assert len(replayed(tmp_path / "first", items).extractions) == 5


def test_a_batch_replays(tmp_path: Path) -> None:
    requests = write(tmp_path, articles(50))
    for number in (1, 2, 3):
        current = requests if number == 1 else tmp_path / f"requests.{number}.jsonl"
        read(current, answer(current))
    outcome = replayed(tmp_path / "run", articles(50))
    first = {one.article_id: substance(one) for one in read_extractions(tmp_path / "run")}
    assert {name: substance(one) for name, one in outcome.extractions.items()} == first


def test_a_batch_that_was_given_up_replays_with_what_was_kept(tmp_path: Path) -> None:
    requests = write(tmp_path, articles(1))
    read(requests, answer(requests), give_up=True)
    [kept] = read_extractions(tmp_path / "run")
    assert kept.problems
    assert substance(replayed(tmp_path / "run", articles(1)).extraction) == substance(kept)


def edited_prompt(folder: Path, file: str, text: str) -> Prompt:
    """The prompt with a text added to one of its files."""
    folder.mkdir()
    for path in PROMPT.folder.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    settings = folder / "prompt.toml"
    settings.write_text(re.sub(r"(?m)^(released|digest) = .*$", "", settings.read_text()))
    (folder / file).write_text((folder / file).read_text() + text)
    return load_prompt(str(folder))


@pytest.mark.parametrize("file", ["system.md.jinja", "user.md.jinja"])
def test_a_changed_prompt_is_named(file: str, loopback: LoopbackServer, tmp_path: Path) -> None:
    items = recorded(loopback, tmp_path / "first")
    prompt = edited_prompt(tmp_path / "prompt", file, "\nBe thorough.\n")
    failure = replayed(tmp_path / "first", items, prompt=prompt).failure
    assert failure.kind == "no_answer"
    assert "changed since it was recorded: the prompt (conflict/1, digest" in failure.message
    assert "the text" not in failure.message


CHANGES: dict[str, tuple[Callable[[Article], Article], dict[str, Any], str]] = {
    "text": (lambda one: replace(one, text=one.text + " Later."), {}, "recorded: the text of the article; undo"),
    "title": (lambda one: replace(one, title="News"), {}, "recorded: the article's title, publication date or source;"),
    "date": (lambda one: replace(one, published=date(2021, 5, 3)), {}, "publication date"),
    "temperature": (lambda one: one, {"temperature": 0.5}, "recorded: temperature 0.0 (now 0.5);"),
    "max_tokens": (lambda one: one, {"max_tokens": 100}, "recorded: max_tokens 4096 (now 100);"),
    "seed": (lambda one: one, {"seed": 7}, "recorded: seed None (now 7);"),
    "repeat": (lambda one: one, {"repeat": 1}, "recorded: repeat 0 (now 1);"),
    "id": (lambda _: Article("other", "Nothing happened."), {}, "for 'other': the article is not in it"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_changed_is_named(name: str, loopback: LoopbackServer, tmp_path: Path) -> None:
    change, options, message = CHANGES[name]
    [item] = recorded(loopback, tmp_path / "first")
    failure = replayed(tmp_path / "first", [change(item)], options=Options(**options)).failure
    assert failure.kind == "no_answer"
    assert message in failure.message
    assert "\n" not in failure.message


def test_a_changed_schema_is_named(loopback: LoopbackServer, tmp_path: Path) -> None:
    items = recorded(loopback, tmp_path / "first", prompt=load_prompt(str(PROMPT.folder)))
    other = load_schema("tests.schemas.acquisitions:Appointment")
    prompt = load_prompt(str(PROMPT.folder.parents[1] / "generic" / "1"))
    failure = replayed(tmp_path / "first", items, schema=other, prompt=prompt).failure
    assert "recorded: the schema (conflict, digest" in failure.message


def test_another_model_than_the_recorded_one_is_refused(loopback: LoopbackServer, tmp_path: Path) -> None:
    items = recorded(loopback, tmp_path / "first")
    assert extracted(open_backend(f"replay/{tmp_path / 'first'}@openai/some-model"), items).extraction
    with pytest.raises(
        UsageError, match=r"the model changed: .* was recorded with openai/some-model, not openai/other"
    ):
        open_backend(f"replay/{tmp_path / 'first'}@openai/other")


def test_an_article_that_failed_there_in_transport_says_so(loopback: LoopbackServer, tmp_path: Path) -> None:
    items = recorded(loopback, tmp_path / "first", answer=replies.server_error(), options=Options(attempts=1))
    other = recorded(loopback, tmp_path / "second")
    with pytest.raises(UsageError, match=r"holds no answers\.jsonl"):
        replayed(tmp_path / "first", items)
    recorded(loopback, tmp_path / "third", 2, lambda body: GOOD if number_of(body) else replies.server_error(),
             options=Options(attempts=1))  # fmt: skip
    assert "it failed there, too (server_error)" in replayed(tmp_path / "third", other).failure.message


def test_of_several_answers_to_one_request_the_last_counts(loopback: LoopbackServer, tmp_path: Path) -> None:
    """As after a kill between answer and result, or when a failed article was tried again."""
    recorded(loopback, tmp_path / "first", answer=replies.refusal())
    items = recorded(loopback, tmp_path / "first", answer=GOOD, options=Options(retry_failed=True))
    assert len(lines(tmp_path / "first" / "answers.jsonl")) == 2
    assert len(replayed(tmp_path / "first", items).extraction.events) == 1


def test_a_torn_last_line_is_left_out_and_a_broken_one_named(loopback: LoopbackServer, tmp_path: Path) -> None:
    items = recorded(loopback, tmp_path / "first", 2)
    path = tmp_path / "first" / "answers.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    outcome = replayed(tmp_path / "first", items)
    assert (len(outcome.extractions), len(outcome.failures)) == (1, 1)
    path.write_bytes(b'{"format": 1}\n' + whole)
    with pytest.raises(RunError, match=r"answers.jsonl: the line at byte 0 is broken: article_id: Field required"):
        replayed(tmp_path / "first", items)
    path.write_bytes(b'{"format": 99}\n' + whole)
    with pytest.raises(RunError, match="format 99, this version reads up to 1"):
        replayed(tmp_path / "first", items)


def test_resuming_goes_on_after_a_torn_answer(loopback: LoopbackServer, tmp_path: Path) -> None:
    recorded(loopback, tmp_path / "first", 2)
    path = tmp_path / "first" / "answers.jsonl"
    path.write_bytes(path.read_bytes()[:-20])
    (tmp_path / "first" / "extractions.jsonl").write_bytes(b"")
    items = recorded(loopback, tmp_path / "first", 2)
    assert len(replayed(tmp_path / "first", items).extractions) == 2
    assert len(lines(path)) == 3


def test_an_answer_is_on_the_disk_before_the_result_made_of_it(loopback: LoopbackServer, tmp_path: Path) -> None:
    order: list[str] = []
    with opened(loopback, tmp_path / "first") as run:
        record, append = run.record, run.append
        run.record = lambda *given: (order.append("answer"), record(*given))[1]  # type: ignore[method-assign, func-returns-value]
        run.append = lambda *given, **how: (order.append("result"), append(*given, **how))[1]  # type: ignore[method-assign, func-returns-value]
        extracted(loopback, articles(1), run=run)
    assert order == ["answer", "result"]


def test_a_key_that_a_model_echoes_is_not_recorded(
    loopback: LoopbackServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k-planted-0123456789")
    recorded(loopback, tmp_path / "first", answer="Your key is k-planted-0123456789.", options=Options(reasks=0))
    found = (tmp_path / "first" / "answers.jsonl").read_text()
    assert "planted" not in found
    assert "Your key is" in found


def test_the_repeats_of_a_run_replay_each_with_its_own_answers(loopback: LoopbackServer, tmp_path: Path) -> None:
    for repeat, given in enumerate((GOOD, {"events": []})):
        options = Options(repeat=repeat)
        recorded(loopback, tmp_path / "runs" / f"repeat-{repeat}", answer=given, options=options)
    counts = [
        len(replayed(tmp_path / "runs", articles(1), options=Options(repeat=repeat)).extraction.events)
        for repeat in (0, 1)
    ]
    assert counts == [1, 0]
    assert "holds no repeat 2" in replayed(tmp_path / "runs", articles(1), options=Options(repeat=2)).failure.message


def test_a_run_of_rules_needs_no_recording(tmp_path: Path) -> None:
    backend = open_backend("rules/baseline")
    with open_run(tmp_path / "rules", run_identity(backend, PROMPT, SCHEMA, Options())) as run:
        extract_all([article()], backend=backend, prompt=PROMPT, schema=SCHEMA, run=run)
    assert not (tmp_path / "rules" / "answers.jsonl").exists()
    with pytest.raises(UsageError, match="made by rules/baseline, which needs no recording: run it again"):
        open_backend(f"replay/{tmp_path / 'rules'}")


def test_no_such_run_is_told() -> None:
    with pytest.raises(RunError, match="runs/no-such-run is no run"):
        open_backend("replay/no-such-run")
