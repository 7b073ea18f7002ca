"""The run folder: what is written, when it may be resumed, and what readers are told."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from extractor.errors import RunError
from extractor.records import Completion, Failure, Problem, Span, Usage
from extractor.runs import code_digest, open_run, read_extractions, read_failures, read_run, spent_on
from tests.extractor.extraction_cases import IDENTITY, extraction, lines

MOMENT = datetime(2031, 5, 4, 12, tzinfo=UTC)


def test_an_extraction_line_has_the_promised_keys_and_reads_back_as_it_was(tmp_path: Path) -> None:
    written = extraction(
        events=[{"id": "e1", "evidence": ["Łódź “quoted”\u2028"]}],
        spans=[Span("events.0.evidence.0", 3, 9, "folded")],
        problems=[Problem("events.0.date.value", "ungrounded", "nowhere")],
        usage=Usage(10, 2, 1),
        cost_usd=0.25,
        latency_s=1.5,
        repeat=3,
    )
    with open_run(tmp_path / "r", IDENTITY) as run:
        run.append(written)
    [line] = lines(tmp_path / "r" / "extractions.jsonl")
    assert line | {"spent": {}} == {
        "format": 1,
        "article_id": "article-0",
        "events": [{"id": "e1", "evidence": ["Łódź “quoted”\u2028"]}],
        "spans": [{"path": "events.0.evidence.0", "start": 3, "end": 9, "status": "folded"}],
        "problems": [{"path": "events.0.date.value", "kind": "ungrounded", "message": "nowhere"}],
        "usage": {"input_tokens": 10, "output_tokens": 2, "cached_tokens": 1},
        "cost_usd": 0.25,
        "latency_s": 1.5,
        "backend": "openai/some-model",
        "model": "some-model",
        "prompt": "conflict/1",
        "repeat": 3,
        "spent": {},
    }
    assert list(read_extractions(tmp_path / "r")) == [written]


def test_a_failure_line_has_the_promised_keys_and_reads_back_as_it_was(tmp_path: Path) -> None:
    written = Failure("a", "invalid_output", "no answer was valid", raw="{", usage=Usage(5, 1), attempts=3)
    with open_run(tmp_path / "r", IDENTITY) as run:
        run.append(written)
    [line] = lines(tmp_path / "r" / "failures.jsonl")
    assert {"format", "article_id", "kind", "message", "raw", "usage", "attempts"} <= line.keys()
    assert list(read_failures(tmp_path / "r")) == [written]


def test_run_json_says_what_the_run_was_made_with_and_what_it_came_to(tmp_path: Path) -> None:
    with open_run(tmp_path / "first", IDENTITY, options={"concurrency": 4}, gold_digest="g", now=lambda: MOMENT) as run:
        priced = Completion("{}", usage=Usage(100, 20), cost_usd=0.5)
        run.append(extraction("a"), spent_on("first", priced) + spent_on("retry", None))
        run.append(extraction("b"), spent_on("cache", priced))
        run.append(Failure("c", "refusal", "no"), spent_on("reask", priced))
    value = json.loads((tmp_path / "first" / "run.json").read_bytes())
    assert value["digests"] == {"prompt": "d1", "schema": "d2", "code": code_digest(), "gold": "g", "earlier_code": []}
    assert (value["backend"], value["model"], value["parameters"]) == (
        "openai/some-model",
        "some-model",
        {"seed": None},
    )
    assert value["articles"] == {"total": 3, "done": 2, "failed": 1}
    assert value["usage"]["first"] == {
        "requests": 1,
        "input_tokens": 100,
        "output_tokens": 20,
        "cached_tokens": 0,
        "cost_usd": 0.5,
        "unpriced": 0,
        "unsure_usd": 0.0,
    }
    assert [value["usage"][cause]["requests"] for cause in ("first", "retry", "reask", "cache")] == [1, 1, 1, 1]
    assert value["cost_usd"] == 1.0  # what the cache saved is not paid
    assert value["started"] == value["finished"] == "2031-05-04T12:00:00Z"
    assert value["options"] == {"concurrency": 4}
    assert value["versions"]["extractor"]
    assert read_run(tmp_path / "first").identity == IDENTITY


def test_an_unknown_price_makes_the_sum_unknown(tmp_path: Path) -> None:
    with open_run(tmp_path / "r", IDENTITY) as run:
        run.append(extraction("a"), spent_on("first", Completion("{}", usage=Usage(1, 1))))
    assert read_run(tmp_path / "r").cost_usd is None


def test_totals_survive_a_session_that_never_closed(tmp_path: Path) -> None:
    spent = spent_on("first", Completion("{}", usage=Usage(7, 3), cost_usd=0.25))
    killed = open_run(tmp_path / "r", IDENTITY)
    killed.append(extraction("a"), spent)
    killed.append(Failure("b", "timeout", "late"), spent)
    killed._lock.release()  # as the system does for a process that dies
    with open_run(tmp_path / "r", IDENTITY) as run:
        assert run.is_done("a")
        assert run.failure_kind("b") == "timeout"
        run.append(extraction("b"), spent)
    info = read_run(tmp_path / "r")
    assert (info.articles.done, info.articles.failed) == (2, 0)
    assert (info.usage.first.requests, info.usage.first.input_tokens, info.cost_usd) == (3, 21, 0.75)


def test_an_article_that_was_done_after_it_failed_is_no_failure(tmp_path: Path) -> None:
    spent = spent_on("first", Completion("{}", usage=Usage(7, 3), cost_usd=0.25))
    run = open_run(tmp_path / "r", IDENTITY)
    run.append(Failure("a", "timeout", "first"), spent)
    run.append(Failure("b", "timeout", "first"), spent)
    run.append(Failure("c", "refusal", "only"), spent)
    run.append(Failure("b", "refusal", "second"), spent)
    run.append(extraction("a"), spent)
    # a reader may come before the session ends, or after it was killed
    assert [(each.article_id, each.message) for each in read_failures(tmp_path / "r")] == [
        ("b", "second"),
        ("c", "only"),
    ]
    run.close(finished=True)
    # and in the end no article stands in both files, or twice in one, and what was paid is still known
    assert [(line["article_id"], line["message"]) for line in lines(tmp_path / "r" / "failures.jsonl")] == [
        ("c", "only"),
        ("b", "second"),
    ]
    info = read_run(tmp_path / "r")
    assert (info.articles.done, info.articles.failed, info.cost_usd, info.usage.first.requests) == (1, 2, 1.25, 5)
    with open_run(tmp_path / "r", IDENTITY) as run:
        assert (run.info.cost_usd, run.info.usage) == (1.25, info.usage)


def test_an_article_cannot_be_done_twice(tmp_path: Path) -> None:
    with open_run(tmp_path / "r", IDENTITY) as run:
        run.append(extraction("a"))
        with pytest.raises(RunError, match="article 'a' is done already"):
            run.append(extraction("a"))
    assert len(list(read_extractions(tmp_path / "r"))) == 1


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"prompt": "conflict/2"}, r"prompt conflict/1 \(now conflict/2\)"),
        ({"prompt_digest": "edited"}, "another content of prompt conflict/1"),
        ({"schema_digest": "edited"}, "another content of schema conflict"),
        ({"backend": "openai/other"}, r"backend openai/some-model \(now openai/other\)"),
        ({"endpoint": ""}, r"endpoint http://127.0.0.1/v1 \(now none\)"),
        ({"parameters": {"seed": 7}}, r"seed None \(now 7\)"),
    ],
)
def test_a_run_made_with_something_else_is_not_resumed(tmp_path: Path, change: dict[str, Any], told: str) -> None:
    open_run(tmp_path / "r", IDENTITY).close(finished=True)
    with pytest.raises(RunError, match=f"{told}.*--run name.*--fresh"):
        open_run(tmp_path / "r", replace(IDENTITY, **change))


def test_fresh_sets_the_run_that_is_there_aside(tmp_path: Path) -> None:
    for number in range(3):
        other = replace(IDENTITY, backend=f"openai/model-{number}")
        with open_run(tmp_path / "r", other, fresh=True) as run:
            run.append(extraction(f"a{number}"))
    kept = {folder.name: [line.article_id for line in read_extractions(folder)] for folder in tmp_path.iterdir()}
    assert kept == {"r": ["a2"], "r.1": ["a0"], "r.2": ["a1"]}


def test_another_version_of_the_code_resumes_and_is_recorded(tmp_path: Path) -> None:
    open_run(tmp_path / "r", IDENTITY).close(finished=True)
    path = tmp_path / "r" / "run.json"
    path.write_text(path.read_text().replace(code_digest(), "an-older-one"))
    open_run(tmp_path / "r", IDENTITY).close(finished=True)
    digests = read_run(tmp_path / "r").digests
    assert (digests.code, digests.earlier_code) == (code_digest(), ("an-older-one",))


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(RunError, match=r"is no run: it holds thesis\.txt"):
        open_run(tmp_path, IDENTITY)


def test_a_second_process_is_told_who_writes(tmp_path: Path) -> None:
    program = (
        "import sys; from extractor.errors import RunError; from extractor.runs import open_run;"
        "from tests.extractor.extraction_cases import IDENTITY\n"
        "try: open_run(sys.argv[1], IDENTITY)\n"
        "except RunError as error: print(error)"
    )
    with open_run(tmp_path / "r", IDENTITY) as run:
        run.append(extraction("a"))
        told = subprocess.run(  # our own program
            [sys.executable, "-c", program, str(tmp_path / "r")],
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
            cwd=Path(__file__).parents[2],
        ).stdout
    assert "is being written by process " in told
    assert "--run name" in told
    assert open_run(tmp_path / "r", IDENTITY).is_done("a")


def test_a_broken_line_is_named_with_its_file_and_number(tmp_path: Path) -> None:
    with open_run(tmp_path / "r", IDENTITY) as run:
        run.append(extraction("a"))
        run.append(extraction("b"))
    path = tmp_path / "r" / "extractions.jsonl"
    first, second = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(first + b'{"format": 1, "article_id": \n' + second)
    for read in (lambda: list(read_extractions(tmp_path / "r")), lambda: open_run(tmp_path / "r", IDENTITY)):
        with pytest.raises(RunError, match=r"extractions\.jsonl:2: broken line"):
            read()
    path.write_bytes(first + b'{"format": 1, "article_id": "c"}\n')
    with pytest.raises(RunError, match=r"extractions\.jsonl:2: .*events: Field required"):
        list(read_extractions(tmp_path / "r"))


def test_a_newer_format_is_refused_by_name(tmp_path: Path) -> None:
    open_run(tmp_path / "r", IDENTITY).close(finished=True)
    (tmp_path / "r" / "extractions.jsonl").write_bytes(b'{"format": 9, "id": "a"}\n')
    with pytest.raises(RunError, match=r"extractions\.jsonl:1: format 9.*update"):
        list(read_extractions(tmp_path / "r"))


def test_what_is_no_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="is no run"):
        read_run(tmp_path / "nowhere")
    with pytest.raises(RunError, match="is no run"):
        list(read_extractions(tmp_path / "nowhere"))
    with pytest.raises(RunError, match="is no run"):
        list(read_failures(tmp_path / "nowhere"))
    (tmp_path / "run.json").write_text('{"name": ')
    with pytest.raises(RunError, match=r"run\.json: broken"):
        read_run(tmp_path)


def test_secrets_are_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_API_KEY", "correct-horse-battery")
    monkeypatch.setenv("OLLAMA_API_KEY", "ollama")
    with open_run(tmp_path / "r", IDENTITY) as run:
        run.append(
            Failure(
                "a",
                "rejected",
                "ollama: key correct-horse-battery, sk-proj-abcdefghijklmnop1234 at https://me:pw@host/v1",
                raw="Authorization: Bearer abc.def.ghi.jkl",
            )
        )
    [failure] = read_failures(tmp_path / "r")
    assert failure.message == "ollama: key [secret removed], [secret removed] at https://host/v1"
    assert failure.raw == "Authorization: Bearer [secret removed]"


def test_a_raw_answer_with_broken_escapes_can_be_written(tmp_path: Path) -> None:
    with open_run(tmp_path / "r", IDENTITY) as run:
        run.append(Failure("a", "invalid_output", "x", raw="half a pair \ud83d"))
    [failure] = read_failures(tmp_path / "r")
    assert failure.raw == "half a pair ?"
