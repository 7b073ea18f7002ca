"""Budget, dry run, cache, doctor and profiles as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from extractor.engine import halting
from tests.commands import run
from tests.extractor.extraction_cases import GOOD
from tests.loopback import replies
from tests.loopback.server import LoopbackServer
from tests.priced_desk import Desk


@pytest.fixture
def desk(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, loopback: LoopbackServer
) -> Desk:
    return Desk(monkeypatch, capsys, tmp_path, loopback, 10)


def test_a_budget_stops_the_run_says_what_is_left_and_a_larger_one_goes_on(desk: Desk) -> None:
    arguments = ("extract", "news.jsonl", "-b", "mine", "--run", "r", "--budget")
    outcome = desk(*arguments, "0.25")
    assert outcome.code == 1
    done = len(outcome.out.splitlines())
    assert 1 <= done < 9
    assert f"{10 - done} articles are left to do; the same command goes on" in outcome.err
    assert f"paid: ${done * 0.028:.4f}" in outcome.err
    info = json.loads((desk.folder / "runs/r/run.json").read_text())
    assert (info["articles"], info["finished"]) == ({"total": 10, "done": done, "failed": 0}, None)
    outcome = desk(*arguments, "5")
    assert (outcome.code, len(outcome.out.splitlines())) == (0, 10 - done)
    info = json.loads((desk.folder / "runs/r/run.json").read_text())
    assert info["cost_usd"] == pytest.approx(0.28)
    assert info["options"]["budget_usd"] == 5


def test_a_budget_without_a_price_is_refused(desk: Desk, loopback: LoopbackServer) -> None:
    arguments = ("-b", "openai/other", "--base-url", loopback.url, "--budget", "1")
    outcome = desk("extract", "news.jsonl", *arguments)
    assert outcome.code == 2
    assert "no price is known for openai/other" in outcome.error
    assert loopback.count == 0


def test_answers_without_a_known_price_are_said_to_be(desk: Desk, loopback: LoopbackServer) -> None:
    outcome = desk("extract", "news.jsonl", "-b", "openai/other", "--base-url", loopback.url)
    assert "cost: not known for 10 answers; no price is known for openai/other" in outcome.err


def test_a_dry_run_says_what_it_would_take_and_how_it_knows(desk: Desk, loopback: LoopbackServer) -> None:
    outcome = desk("extract", "news.jsonl", "-b", "mine", "--run", "r", "--dry-run")
    assert (outcome.code, loopback.count) == (0, 0)
    assert not (desk.folder / "runs").exists()
    assert not (desk.folder / "answers.sqlite").exists()
    lines = dict(line.split(None, 1) for line in outcome.out.splitlines() if line and not line.startswith(" "))
    assert (lines["articles"], lines["requests"]) == ("10", "10")
    assert lines["cost"].startswith("about $")
    assert "guessed from the words" in outcome.out
    assert "2 USD per million tokens in, 8 out (backends.toml)" in outcome.out


def test_a_dry_run_knows_what_is_done_and_what_is_cached(desk: Desk) -> None:
    desk("extract", "news.jsonl", "-b", "mine", "--run", "r", "--limit", "6")
    outcome = desk("extract", "news.jsonl", "-b", "mine", "--run", "r", "--dry-run")
    assert "done before   6\n" in outcome.out
    assert "requests      4\n" in outcome.out
    assert "tokens out    about 4,000\n" in outcome.out
    assert "as in the 6 articles of the run that are done" in outcome.out
    outcome = desk("extract", "news.jsonl", "-b", "mine", "--dry-run")
    assert "in the cache  6\n" in outcome.out


def test_a_profile_that_is_not_there_is_an_error_that_names_the_others(desk: Desk) -> None:
    outcome = desk("extract", "news.jsonl", "-b", "mnie")
    assert (outcome.code, "there is mine" in outcome.error) == (2, True)


def test_profiles_are_among_the_backends(desk: Desk) -> None:
    outcome = desk("backends")
    [line] = [line for line in outcome.out.splitlines() if line.split()[:1] == ["mine"]]
    assert "openai/some-model" in line
    assert "yes" in line


def test_the_cache_is_counted_exported_and_cleared_out(desk: Desk) -> None:
    desk("extract", "news.jsonl", "-b", "mine")
    outcome = desk("cache", "stats")
    assert "10 answers" in outcome.out
    assert "10  openai/some-model" in outcome.out
    exported = [json.loads(line) for line in desk("cache", "export").out.splitlines()]
    assert len(exported) == 10
    assert json.loads(exported[0]["text"]) == GOOD
    assert exported[0]["cost_usd"] == pytest.approx(0.028)
    assert desk("cache", "prune", "--older-than", "1d").out == "0 answers deleted\n"
    assert desk("cache", "prune", "--backend", "openai/another").out == "0 answers deleted\n"
    assert desk("cache", "prune", "--all").out == "10 answers deleted\n"
    assert "0 answers" in desk("cache", "stats", "--cache", str(desk.folder / "answers.sqlite")).out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["prune"], "say which answers"),
        (["prune", "--all", "--older-than", "3d"], "leave the other options out"),
        (["prune", "--older-than", "a month"], "such as 30d"),
        (["stats", "--cache", "nothing-there"], "no cache at nothing-there"),
        (["export", "--cache", "news.jsonl"], "news.jsonl cannot be used"),
    ],
)
def test_what_cannot_be_done_with_a_cache_is_one_line(desk: Desk, arguments: list[str], said: str) -> None:
    outcome = desk("cache", *arguments)
    assert (outcome.code, said in outcome.error) == (2, True), outcome.err


def test_the_doctor_says_what_works_and_its_exit_code_whether_it_can_be_used(
    desk: Desk, loopback: LoopbackServer
) -> None:
    outcome = desk("doctor", "-b", "mine")
    assert outcome.code == 0
    assert "only hoped for" in outcome.out
    assert "10000 tokens in, 1000 out" in outcome.out
    loopback.answer = replies.unauthorized()
    outcome = desk("doctor", "-b", "mine")
    assert (outcome.code, "refused the key (401)" in outcome.out) == (1, True)


def test_scoring_does_not_go_on_with_a_run_that_was_stopped(
    desk: Desk, loopback: LoopbackServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(halting, "IN_A_ROW", 3)  # the gold is small
    loopback.answer = replies.unauthorized()
    gold = Path(__file__).parents[1] / "gold" / "conflict" / "dev"
    arguments = ("--gold", str(gold), "-b", "openai/m", "--base-url", loopback.url, "--concurrency", "1", "--run", "r")
    outcome = run(monkeypatch, capsys, "evals", "run", *arguments)
    assert outcome.code == 2
    left = len(list(gold.glob("*.json"))) - 3
    assert f"stopped with {left} articles left: 3 articles in a row ended in the same way" in outcome.error
    assert (desk.folder / "runs" / "r" / "run.json").is_file()
