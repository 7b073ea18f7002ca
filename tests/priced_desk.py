"""A folder to work in, with articles and the profile of an endpoint whose answers cost money; commands run in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands import Outcome, run
from tests.extractor.extraction_cases import GOOD, TEXT
from tests.loopback import replies
from tests.loopback.server import LoopbackServer

PROFILE = """
[mine]
backend = "openai/some-model"
base_url = "{url}"
prices = {{ input = 2, output = 8 }}
"""
USAGE = {"prompt_tokens": 10_000, "completion_tokens": 1000, "total_tokens": 11_000}
COST = 0.028
"""USD of each answer."""


class Desk:
    """Runs `extractor …` in a folder that holds `news.jsonl`, whose articles are `a0`, `a1`…"""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        folder: Path,
        server: LoopbackServer,
        count: int,
    ) -> None:
        self.folder, self.runs = folder, folder / "runs"
        self._monkeypatch, self._capsys = monkeypatch, capsys
        monkeypatch.chdir(folder)
        monkeypatch.setenv("EXTRACTOR_CACHE", str(folder / "answers.sqlite"))
        monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        self.news = "\n".join(json.dumps({"id": f"a{n}", "text": f"{TEXT} Number {n}."}) for n in range(count))
        (folder / "news.jsonl").write_text(self.news)
        (folder / "backends.toml").write_text(PROFILE.format(url=server.url))
        server.answer = replies.answer(GOOD, usage=USAGE)

    def __call__(self, *arguments: str, stdin: bytes = b"") -> Outcome:
        return run(self._monkeypatch, self._capsys, "extractor", *arguments, stdin=stdin)

    def extract(self, *arguments: str, articles: str = "news.jsonl", stdin: bytes = b"") -> Outcome:
        """Have the endpoint answer."""
        return self("extract", articles, "-b", "mine", *arguments, stdin=stdin)
