"""What must not leave this machine, and what must never be written: articles under --offline, and keys anywhere."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.commands import run
from tests.evals.recorded import write_gold
from tests.extractor.extraction_cases import GOOD, TEXT
from tests.loopback import replies
from tests.loopback.server import LoopbackServer, last_user

KEY = "planted-7f3a9c51e2d84b06"
"""Has no shape that keys are known by, so nothing but knowing it can keep it out."""


@pytest.fixture(autouse=True)
def _folders_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EXTRACTOR_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "cache").mkdir()
    articles = [json.dumps({"id": f"a{n}", "text": f"{TEXT} Number {n}."}) for n in range(12)]
    (tmp_path / "news.jsonl").write_text("\n".join(articles))


SLASHED = "planted/5c1e/90+b7d2f6aa41=="
"""One that JSON and URLs may write in other ways."""


def talkative(server: LoopbackServer) -> None:
    """Every way in which an endpoint can give a key back: in errors, in pages, in answers, good ones and bad."""
    event = {**GOOD["events"][0], "summary": f"the key was {KEY}"}
    server.script(
        replies.error(400, f"Incorrect API key provided: {KEY}"),
        replies.error(500, f"upstream said {KEY}"),
        replies.answer(f"Sure, with key {KEY}: nothing"),
        replies.refusal(f"I will not use {KEY}"),
        replies.content_filtered(f"filtered {KEY}"),
        replies.truncated(f'{{"events": ["{KEY}'),
        replies.Reply(body=f"<html>{KEY}</html>".encode(), content_type="text/html"),
        replies.Reply(body=f'{{"error": "{KEY}"}}'.encode()),
        replies.answer({"events": [event]}),
        replies.answer(GOOD, model=f"model-{KEY}"),
    )
    server.answer = GOOD


def written(folder: Path, skipped: Path) -> Iterator[tuple[Path, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path != skipped:
            yield path, path.read_bytes()


def bare_environment(folder: Path) -> dict[str, str]:
    """An environment without a key in it."""
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(folder),
        "PYTHONPATH": str(Path(__file__).parents[1]),
        "EXTRACTOR_CACHE": str(folder / "cache"),
        "XDG_CONFIG_HOME": str(folder / "config"),
    }


def in_a_process(
    folder: Path, environment: dict[str, str], program: str, *arguments: str
) -> subprocess.CompletedProcess[bytes]:
    script = f"import sys; from {program}.cli import main; sys.argv[0] = {program!r}; main()"
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)


@pytest.mark.parametrize("way", ["environment", "file", "profile"])
def test_a_key_is_nowhere_in_what_is_written_or_said(loopback: LoopbackServer, tmp_path: Path, way: str) -> None:
    talkative(loopback)
    loopback.api_key = KEY
    key_file = tmp_path / "secret-key"
    key_file.write_text(KEY)
    key_file.chmod(0o644)  # so that the warning is said, too
    arguments = {
        "environment": ["--backend", "openai/m", "--base-url", loopback.url, "--api-key-env", "PLANTED"],
        "file": ["--backend", "openai/m", "--base-url", loopback.url, "--api-key-file", str(key_file)],
        "profile": ["--backend", "mine"],
    }[way]
    profile = tmp_path / ("backends.toml" if way == "profile" else "not-read.toml")
    profile.write_text(f'[mine]\nbackend = "openai/m"\nbase_url = "{loopback.url}"\napi_key_file = "{key_file}"\n')
    environment = bare_environment(tmp_path) | ({"PLANTED": KEY} if way == "environment" else {})
    said = b""
    commands = [
        ["extract", "news.jsonl", "--run", "r", "--concurrency", "1", "--attempts", "2", "--debug", *arguments],
        ["extract", "news.jsonl", "--run", "r", "--retry-failed", "--format", "text", *arguments],
        ["extract", "news.jsonl", "--dry-run", *arguments],
        ["doctor", *arguments],
        ["show", "r"],
        ["backends"],
        ["cache", "export"],
    ]
    codes = []
    for command in commands:
        done = in_a_process(tmp_path, environment, "extractor", *command)
        codes.append(done.returncode)
        said += done.stdout + done.stderr
    assert codes == [1, 0, 0, 0, 0, 0, 0], said.decode()
    assert loopback.count > 12
    assert all(seen.headers["authorization"] == f"Bearer {KEY}" for seen in loopback.requests), "it was used"
    assert (b"chmod 600" in said) == (way != "environment")
    files = dict(written(tmp_path, key_file))
    assert {"run.json", "extractions.jsonl", "responses.sqlite"} <= {path.name for path in files}
    assert [path for path, content in files.items() if KEY.encode() in content] == []
    assert KEY.encode() not in said


def test_a_key_from_a_file_is_nowhere_in_runs_reports_and_batches(loopback: LoopbackServer, tmp_path: Path) -> None:
    escaped = SLASHED.replace("/", "\\/")
    event = {**GOOD["events"][0], "evidence": [f"the key was {SLASHED}"], "targets": [{"name": f"key {SLASHED}"}]}
    echoes: list[Any] = [
        {"events": [event]},
        replies.Reply(status=400, body=f'{{"error": {{"message": "bad key {escaped}"}}}}'.encode()),
        f"no JSON, but {SLASHED} and {quote(SLASHED, safe='')}",
        replies.error(404, f"no page /v1?key={quote(SLASHED)}"),
    ]
    loopback.answer = lambda body: echoes[len(last_user(body)) % len(echoes)]
    loopback.api_key = SLASHED
    key_file = tmp_path / "secret-key"
    key_file.write_text(SLASHED)
    gold = write_gold(tmp_path / "gold", 12, title=lambda number: "x" * number)
    for number in range(12):
        (gold / f"a{number}.json").write_text(longer((gold / f"a{number}.json").read_text(), number))
    reached = ("--base-url", loopback.url, "--api-key-file", str(key_file))
    said = b""
    for code, program, *arguments in (
        (1, "evals", "run", "--gold", "gold", "-b", "openai/m", *reached, "--run", "e", "--json", "scores.json"),
        (1, "evals", "score", "e", "--gold", "gold", "--html", "report.html"),
        (0, "evals", "errors", "e", "--gold", "gold", "--json", "errors.json", "--html", "errors.html"),
        (0, "extractor", "batch", "write", "gold-news.jsonl", "--model", "openai/m"),
        (0, "extractor", "batch", "submit", "requests.jsonl", *reached),
        (0, "extractor", "batch", "status", "requests.jsonl", *reached),
        (0, "extractor", "batch", "fetch", "requests.jsonl", *reached),
        (1, "extractor", "batch", "read", "answers.jsonl", "-r", "requests.jsonl", "--run", "b"),
        (1, "extractor", "batch", "read", "answers.jsonl", "-r", "requests.jsonl", "--run", "b", "--give-up"),
        (0, "extractor", "show", "b"),
        (0, "extractor", "cache", "export"),
    ):
        if arguments[:2] == ["batch", "write"]:
            rows = [json.loads(path.read_text()) for path in sorted(gold.iterdir())]
            articles = [json.dumps({"id": row["id"], "text": row["text"]}) for row in rows]
            (tmp_path / "gold-news.jsonl").write_text("\n".join(articles))
        done = in_a_process(tmp_path, bare_environment(tmp_path), program, *arguments)
        assert done.returncode == code, (arguments, done.stdout, done.stderr)
        said += done.stdout + done.stderr
    keys = {seen.headers["authorization"] for seen in loopback.requests}
    assert keys == {f"Bearer {SLASHED}"}, "it was used"
    files = dict(written(tmp_path, key_file))
    echoed = (
        "runs/e/extractions.jsonl",
        "runs/e/answers.jsonl",
        "runs/e/failures.jsonl",
        "answers.jsonl",
        "report.html",
    )
    echoed += (
        "errors.json",
        "errors.html",
        "runs/b/extractions.jsonl",
        "runs/b/answers.jsonl",
        "cache/responses.sqlite",
    )
    for name in echoed:
        assert b"[secret]" in files[tmp_path / name], f"{name} holds an echo, without the key"
    for form in {SLASHED, escaped, quote(SLASHED), quote(SLASHED, safe="")}:
        assert [path for path, content in files.items() if form.encode() in content] == []
        assert form.encode() not in said


def longer(gold: str, number: int) -> str:
    """The gold file with a text that tells the articles apart by its length."""
    value = json.loads(gold)
    return json.dumps({**value, "text": value["text"] + " Rain fell." + "!" * number})


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--backend", "openai/gpt-5-mini"], "openai/gpt-5-mini at https://api.openai.com/v1"),
        (["--backend", "anthropic/claude-x"], "anthropic/claude-x"),
        (["--backend", "openai/m", "--base-url", "http://10.0.0.7:8000/v1"], "http://10.0.0.7:8000/v1"),
        (["--backend", "ollama/m", "--base-url", "http://localhost.example.org/v1"], "localhost.example.org"),
        (["--backend", "elsewhere"], "llm.example.org"),
        (["hf:some/dataset"], "hf:some/dataset"),
    ],
)
def test_offline_refuses_what_is_not_on_this_machine_before_anything_is_sent(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    arguments: list[str],
    named: str,
) -> None:
    import socket

    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("something was sent"))
    (tmp_path / "backends.toml").write_text('[elsewhere]\nbackend = "vllm/m"\nbase_url = "https://llm.example.org/v1"')
    outcome = run(monkeypatch, capsys, "extractor", "extract", "news.jsonl", "--offline", "--run", "r", *arguments)
    assert outcome.code == 2
    assert named in outcome.error
    assert "--offline" in outcome.error
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("backend", "named"),
    [
        (["-b", "openai/gpt-5-mini"], "openai/gpt-5-mini at https://api.openai.com/v1"),
        (["-b", "rules/baseline", "-b", "anthropic/claude-x"], "anthropic/claude-x"),
        (["-b", "local/hf:acme/tiny/tiny.gguf"], "--offline forbids to fetch it"),
    ],
)
def test_offline_means_the_same_to_evals(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    backend: list[str],
    named: str,
) -> None:
    import socket

    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("something was sent"))
    write_gold(tmp_path / "gold", 2)
    outcome = run(monkeypatch, capsys, "evals", "run", "--gold", "gold", "--offline", "--run", "r", *backend)
    assert outcome.code == 2
    assert named in outcome.error
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    "arguments", [["--backend", "openai/m", "--base-url"], ["--backend", "ollama/m", "--base-url"]]
)
def test_offline_lets_a_server_on_this_machine_answer(
    loopback: LoopbackServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    monkeypatch.setenv("EXTRACTOR_OFFLINE", "1")
    outcome = run(monkeypatch, capsys, "extractor", "extract", "news.jsonl", *arguments, loopback.url)
    assert (outcome.code, loopback.count) == (0, 12)


def test_a_local_server_cannot_send_the_article_elsewhere(
    loopback: LoopbackServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with LoopbackServer() as elsewhere:
        moved: Any = replies.Reply(status=307, headers={"Location": f"{elsewhere.url}/chat/completions"}, body=b"{}")
        loopback.answer = moved
        arguments = ["--backend", "openai/m", "--base-url", loopback.url, "--limit", "1", "--offline"]
        outcome = run(monkeypatch, capsys, "extractor", "extract", "news.jsonl", *arguments)
        assert (outcome.code, elsewhere.count) == (1, 0)
    assert "(307)" in outcome.error
