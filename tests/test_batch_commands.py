"""`extractor batch …`, `evals batch …` and `replay/RUN` as a user types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evals.gold import gold_digest, read_gold
from extractor.runs import read_run
from extractor.schemas import load_schema
from tests.commands import Outcome, run
from tests.extractor.batch_cases import answer, number_of, save, stubborn
from tests.extractor.extraction_cases import GOOD, articles, lines
from tests.loopback import replies
from tests.loopback.server import LoopbackServer

ROOT = Path(__file__).parents[1]
GOLD = ROOT / "gold" / "conflict" / "dev"
PROMPT = str(ROOT / "prompts" / "conflict" / "1")


class Terminal:
    """Commands in one folder."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        self._patch, self._capsys = monkeypatch, capsys
        monkeypatch.chdir(folder)

    def __call__(self, *arguments: str, code: int = 0) -> Outcome:
        outcome = run(self._patch, self._capsys, *arguments)
        assert outcome.code == code, outcome
        return outcome


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Terminal:
    rows = [json.dumps({"id": one.id, "text": one.text}) for one in articles(12)]
    (tmp_path / "news.jsonl").write_text("\n".join(rows))
    return Terminal(monkeypatch, capsys, tmp_path)


WRITE = ("extractor", "batch", "write", "news.jsonl", "--model", "openai/gpt-4.1", "--prompt", PROMPT)


def test_from_articles_through_the_endpoint_to_a_run_that_replays(
    loopback: LoopbackServer, terminal: Terminal, tmp_path: Path
) -> None:
    loopback.answer = stubborn
    written = terminal(*WRITE)
    assert written.out.split() == ["requests.jsonl", "requests.manifest.jsonl"]
    assert "12 requests for 12 articles" in written.err
    url = ("--base-url", loopback.url)
    assert "validating" in terminal("extractor", "batch", "submit", "requests.jsonl", *url).out
    assert "submitted before" in terminal("extractor", "batch", "submit", "requests.jsonl").out
    assert "completed, 12 of 12 answered" in terminal("extractor", "batch", "status", "requests.jsonl").out
    assert terminal("extractor", "batch", "fetch", "requests.jsonl", "--wait").out.split()[-1] == "answers.jsonl"
    read = ("extractor", "batch", "read", "answers.jsonl", "--requests", "requests.jsonl", "--run", "night")
    first = terminal(*read, code=1)
    assert "10 done; 0 failed; 2 waiting: 2 to ask again, 0 not answered" in first.err
    assert "extractor batch read ANSWERS --requests requests.2.jsonl --run runs/night" in first.err
    for number in (2, 3):
        file = f"requests.{number}.jsonl"
        terminal("extractor", "batch", "submit", file)
        terminal("extractor", "batch", "fetch", file, "--wait")
        last = terminal(
            "extractor",
            "batch",
            "read",
            f"answers.{number}.jsonl",
            "-r",
            file,
            "--run",
            "night",
            code=1 if number == 2 else 0,
        )
    assert "12 done; 0 failed" in last.err
    assert "next:" not in last.err
    info = read_run(tmp_path / "runs" / "night")
    assert (info.options["batch"], info.usage.paid.requests, info.cost_usd is not None) == (True, 15, True)
    replay = (
        "extractor",
        "extract",
        "news.jsonl",
        "--backend",
        "replay/night",
        "--prompt",
        PROMPT,
        "--format",
        "jsonl",
    )
    asked = loopback.count
    again = [json.loads(one)["events"] for one in terminal(*replay).out.splitlines()]
    assert len(again) == 12
    assert sorted(map(str, again)) == sorted(
        str(one["events"]) for one in lines(tmp_path / "runs/night/extractions.jsonl")
    )
    assert loopback.count == asked
    changed = terminal(*replay, "--max-tokens", "77", "--limit", "1", code=1)
    assert "changed since it was recorded: max_tokens 4096 (now 77)" in changed.error


def test_under_way_is_exit_code_1(loopback: LoopbackServer, terminal: Terminal) -> None:
    loopback.batches.lags = 2
    terminal(*WRITE)
    terminal("extractor", "batch", "submit", "requests.jsonl", "--base-url", loopback.url)
    terminal("extractor", "batch", "status", "requests.jsonl", code=1)
    assert "no answers yet" in terminal("extractor", "batch", "fetch", "requests.jsonl", code=1).err


def test_nothing_is_submitted_when_all_is_to_stay_on_this_machine(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal(*WRITE)
    monkeypatch.setenv("EXTRACTOR_OFFLINE", "1")
    assert "is not on this machine" in terminal("extractor", "batch", "submit", "requests.jsonl", code=2).error


def test_everything_odd_about_answers_is_told(terminal: Terminal, tmp_path: Path) -> None:
    terminal(*WRITE, "--no-temperature")
    assert "temperature" not in lines(tmp_path / "requests.jsonl")[0]["body"]
    path = answer(tmp_path / "requests.jsonl", lambda body: replies.rate_limited() if number_of(body) == 1 else GOOD)
    found = path.read_text().splitlines()
    path.write_text("\n".join([*found, found[0], '{"custom_id": "other", "content": {}}', "no JSON"]))
    err = terminal("extractor", "batch", "read", str(path), "-r", "requests.jsonl", "--run", "night", code=1).err
    for said in (
        "15 lines of answers",
        "1 answer to a request that has one: the first counts",
        "1 error in place of answers (1 rate_limited)",
        "1 answer to no request that waits for one: other",
        "1 line without an answer:",
        "11 done; 0 failed; 1 waiting: 0 to ask again, 1 not answered",
    ):
        assert said in err


def test_gold_through_batch_files_scores_as_a_run_of_it(terminal: Terminal, tmp_path: Path) -> None:
    gold = read_gold(GOLD, load_schema())
    terminal("evals", "batch", "write", "--gold", str(GOLD), "--model", "vllm/some-model", "--prompt", PROMPT)
    answers = []
    for labelled, request in zip(gold, lines(tmp_path / "requests.jsonl"), strict=True):
        assert str(labelled.article.published or "") in request["body"]["messages"][1]["content"]
        events = json.loads(labelled.path.read_text())["events"]
        answers.append({"custom_id": request["custom_id"], "content": {"events": events}})
    assert any(labelled.article.published for labelled in gold)
    save(tmp_path / "answers.jsonl", answers)
    terminal("evals", "batch", "read", "answers.jsonl", "-r", "requests.jsonl", "--run", "quality", "-b", "imported/us")
    assert read_run(tmp_path / "runs" / "quality").digests.gold == gold_digest(gold)
    terminal("evals", "score", "quality", "--gold", str(GOLD), "--json", "scores.json", "--resamples", "0")
    assert json.loads((tmp_path / "scores.json").read_text())["events"]["f1"] == 1.0


def test_replay_is_listed_among_the_backends(terminal: Terminal) -> None:
    assert "replay/…" in terminal("extractor", "backends").out
