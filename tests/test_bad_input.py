"""Every kind of bad input, through the commands: one line that names the thing and the way out, the rest done."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from extractor.prompts import default_prompt, load_prompt
from tests.commands import Outcome, run
from tests.loopback import replies
from tests.loopback.server import LoopbackServer, last_user

GOOD = "Two mortar rounds hit the Kestrel checkpoint near Brod on 3 May 2021, wounding one soldier.\n"
EVENT = {
    "role": "main",
    "event_type": "shelling_missile_attack",
    "munitions": [{"type": "mortar"}],
    "evidence": ["Two mortar rounds hit the Kestrel checkpoint"],
}
Command = Callable[..., Outcome]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    """A command run in an empty folder, with a cache of its own and no key in the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EXTRACTOR_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    return lambda *arguments, stdin=b"": run(monkeypatch, capsys, *arguments, stdin=stdin)


def articles_done(outcome: Outcome) -> list[str]:
    return [json.loads(line)["article_id"] for line in outcome.out.splitlines()]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.txt", b"", "empty"),
        ("binary.txt", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "binary"),
        ("encoding.txt", "Zwölf Granaten trafen Brod.".encode("cp1252"), "iconv"),
        ("letters.txt", b"12 34 -- 56 !!\n", "letters"),
        ("large.txt", b"word " * 1_100_000, "--max-chars"),
    ],
)
def test_a_bad_article_is_named_and_the_others_are_done(
    command: Command, tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    (tmp_path / name).write_bytes(content)
    (tmp_path / "good.txt").write_text(GOOD)
    outcome = command("extractor", "extract", name, "good.txt", "--run", "mixed")
    assert (outcome.code, articles_done(outcome)) == (1, ["good"])
    assert name.removesuffix(".txt") in outcome.error
    assert says in outcome.error
    [failure] = map(json.loads, (tmp_path / "runs/mixed/failures.jsonl").read_text().splitlines())
    assert failure["kind"] == "bad_article"


def test_a_missing_file_is_named_and_the_others_are_done(command: Command, tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text(GOOD)
    outcome = command("extractor", "extract", "gone.txt", "good.txt")
    assert (outcome.code, articles_done(outcome)) == (1, ["good"])
    assert "gone.txt does not exist" in outcome.error


def test_a_broken_line_is_named_with_its_number_and_the_others_are_done(command: Command, tmp_path: Path) -> None:
    good = json.dumps({"id": "a", "text": GOOD})
    (tmp_path / "news.jsonl").write_text(f'{good}\n{{"id": "b", "text": \n{good.replace("a", "c", 1)}\n')
    outcome = command("extractor", "extract", "news.jsonl")
    assert outcome.code == 1
    assert "news.jsonl:2" in outcome.error
    assert len(articles_done(outcome)) >= 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--backend", "opneai/gpt"], "openai"),
        (["--backend", "gpt-5"], "provider/model"),
        (["--backend", "openai/gpt-5"], "OPENAI_API_KEY"),
        (["--prompt", "conflcit/1"], "conflict/1"),
        (["--schema", "nothing"], "module:Model"),
        (["--schema", "no_such_module:Model"], "no_such_module"),
        (["--concurrency", "0"], "concurrency"),
        (["--max-chars", "-1"], "--max-chars"),
        (["--base-url", "not a url", "--backend", "openai/x"], "not a url"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(
    command: Command, tmp_path: Path, arguments: list[str], says: str
) -> None:
    (tmp_path / "good.txt").write_text(GOOD)
    outcome = command("extractor", "extract", "good.txt", *arguments)
    assert outcome.code == 2
    assert says in outcome.error
    assert not outcome.out


def test_an_endpoint_that_does_not_answer_is_a_failure_that_says_what_to_check(
    command: Command, tmp_path: Path
) -> None:
    (tmp_path / "good.txt").write_text(GOOD)
    outcome = command(
        "extractor", "extract", "good.txt", "-b", "openai/x", "--base-url", "http://127.0.0.1:9/v1", "--attempts", "1"
    )
    assert outcome.code == 1
    assert "is the server running" in outcome.error


def ask(command: Command, server: LoopbackServer, *arguments: str) -> Outcome:
    return command("extractor", "extract", "articles", "-b", "openai/x", "--base-url", server.url, *arguments)


@pytest.fixture
def two_articles(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "bad.txt").write_text(f"BAD. {GOOD}")
    (folder / "good.txt").write_text(GOOD)
    return folder


def answering(bad: Any) -> Callable[[dict[str, Any]], Any]:
    """`bad` for the article that begins with BAD, a valid answer for the other."""
    return lambda body: bad if "BAD." in json.dumps(body["messages"]) else {"events": [EVENT]}


@pytest.mark.parametrize(
    ("answer", "kind", "says"),
    [
        (replies.cut_json({"events": [EVENT]}), "invalid_output", ""),
        ({"events": [{**EVENT, "event_type": "earthquake"}]}, "invalid_output", "event_type"),
        (replies.refusal("I cannot help with that."), "refusal", "refused"),
        ("There were no events, I believe.", "invalid_output", ""),
    ],
)
def test_a_bad_answer_is_a_failure_with_its_raw_text_and_the_other_article_is_done(
    command: Command, loopback: LoopbackServer, two_articles: Path, answer: Any, kind: str, says: str
) -> None:
    loopback.answer = answering(answer)
    outcome = ask(command, loopback, "--run", "bad")
    assert (outcome.code, articles_done(outcome)) == (1, ["good"])
    assert says in outcome.error
    [failure] = map(json.loads, (two_articles.parent / "runs/bad/failures.jsonl").read_text().splitlines())
    assert (failure["article_id"], failure["kind"]) == ("bad", kind)
    assert failure["raw"]


def test_prose_around_the_answer_is_taken_off_and_said(
    command: Command, loopback: LoopbackServer, two_articles: Path
) -> None:
    loopback.answer = answering(replies.prose_around({"events": [EVENT]}))
    assert two_articles.is_dir()
    outcome = ask(command, loopback)
    assert outcome.code == 0
    [bad] = [line for line in map(json.loads, outcome.out.splitlines()) if line["article_id"] == "bad"]
    assert [problem["kind"] for problem in bad["problems"]] == ["prose_around_json"]


def test_an_empty_list_is_an_answer_and_no_failure(
    command: Command, loopback: LoopbackServer, two_articles: Path
) -> None:
    loopback.answer = {"events": []}
    outcome = ask(command, loopback)
    assert outcome.code == 0
    assert [json.loads(line)["events"] for line in outcome.out.splitlines()] == [[], []]
    assert two_articles.is_dir()


def test_an_invalid_answer_is_asked_for_again_with_what_was_wrong(
    command: Command, loopback: LoopbackServer, two_articles: Path
) -> None:
    (two_articles / "good.txt").unlink()
    loopback.script({"events": [{**EVENT, "event_type": "earthquake"}]})
    loopback.answer = {"events": [EVENT]}
    outcome = ask(command, loopback)
    assert outcome.code == 0
    assert loopback.count == 2
    assert "event_type" in last_user(loopback.requests[1].body)


def test_a_prompt_with_a_syntax_error_is_named_with_its_line(command: Command, tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text(GOOD)
    folder = tmp_path / "prompts/conflict/7"
    shutil.copytree(Path(__file__).resolve().parent.parent / "prompts/conflict/1", folder)
    settings = (folder / "prompt.toml").read_text().replace("version = 1", "version = 7")
    settings = "\n".join(line for line in settings.splitlines() if not line.startswith(("released", "digest")))
    (folder / "prompt.toml").write_text(settings + "\n")
    (folder / "user.md.jinja").write_text("{{ article }\n")
    outcome = command("extractor", "extract", "good.txt", "--prompt", "conflict/7")
    assert outcome.code == 2
    assert "user.md.jinja" in outcome.error


def test_a_run_folder_of_another_prompt_is_refused_with_the_way_out(command: Command, tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text(GOOD)
    assert command("extractor", "extract", "good.txt", "--run", "one").code == 0
    outcome = command("extractor", "extract", "good.txt", "--run", "one", "--prompt", "generic/1")
    assert outcome.code == 2
    assert "--fresh" in outcome.error
    assert load_prompt(default_prompt("conflict")).ref in outcome.error


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"eventz": []}, "did you mean 'events'"),
        ({"events": [{**EVENT, "munition": []}]}, "munition"),
        ({"events": [{**EVENT, "date": {"value": "2021-02-30"}}]}, "2021-02-30"),
        ({"published": "yesterday"}, "YYYY-MM-DD"),
        ({"format": 99}, "format"),
        ({"accept": {"events.4.role": ["main"]}}, "events.4.role"),
    ],
)
def test_a_wrong_gold_file_is_named_with_the_place(
    command: Command, tmp_path: Path, change: dict[str, Any], says: str
) -> None:
    (tmp_path / "gold").mkdir()
    gold = {"format": 1, "id": "a", "text": GOOD, "events": [EVENT], **change}
    (tmp_path / "gold/a.json").write_text(json.dumps(gold))
    outcome = command("evals", "run", "--gold", "gold")
    assert outcome.code == 2
    assert "a.json" in outcome.error
    assert says in outcome.error
    assert command("evals", "gold", "check", "gold").code == 1


def test_scoring_against_the_wrong_gold_is_refused(command: Command, tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text(GOOD)
    (tmp_path / "gold").mkdir()
    (tmp_path / "gold/a.json").write_text(json.dumps({"format": 1, "id": "a", "text": GOOD, "events": []}))
    assert command("extractor", "extract", "good.txt", "--run", "one").code == 0
    outcome = command("evals", "score", "one", "--gold", "gold")
    assert outcome.code == 2
    assert "none of the 1 articles" in outcome.error


def test_an_unknown_run_is_named(command: Command) -> None:
    for arguments in (["extractor", "show", "nosuch"], ["evals", "score", "nosuch", "--gold", "."]):
        outcome = command(*arguments)
        assert outcome.code == 2
        assert "runs/nosuch" in outcome.error


def test_a_finished_run_with_a_failure_is_no_success_when_it_is_run_again(command: Command, tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text(GOOD)
    (tmp_path / "bad.txt").write_text("12345")
    first = command("extractor", "extract", "good.txt", "bad.txt", "--run", "one")
    again = command("extractor", "extract", "good.txt", "bad.txt", "--run", "one")
    assert (first.code, again.code) == (1, 1)
    assert "0 done; 0 failed; 1 done before; 1 failed before: --retry-failed asks for them again" in again.err
    assert command("extractor", "extract", "good.txt", "--run", "two").code == 0
    assert command("extractor", "extract", "good.txt", "--run", "two").code == 0
