"""What must not leave this machine, and what must never be written: articles under --offline, and keys anywhere."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.commands import run
from tests.extractor.extraction_cases import GOOD, TEXT
from tests.loopback import replies
from tests.loopback.server import LoopbackServer

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
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "PYTHONPATH": str(Path(__file__).parents[1]),
        "EXTRACTOR_CACHE": str(tmp_path / "cache"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        **({"PLANTED": KEY} if way == "environment" else {}),
    }
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
        program = "import sys; from extractor.cli import main; sys.argv[0] = 'extractor'; main()"
        done = subprocess.run(
            [sys.executable, "-c", program, *command], cwd=tmp_path, env=environment, capture_output=True, check=False
        )
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
