"""Two commands at once: on one run folder the second is told about the first; one cache serves both without a loss."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from extractor.cache import stats
from extractor.runs import read_extractions, read_run
from tests.extractor.extraction_cases import GOOD, PROMPT, TEXT
from tests.faults.kills import PROGRAM, ROOT
from tests.loopback.server import LoopbackServer

COUNT = 64
LATENCY_S = 0.05


class Commands:
    """Starts `extractor extract` over the same articles, with one cache."""

    def __init__(self, server: LoopbackServer, folder: Path) -> None:
        self.folder = folder
        self._server = server
        self._articles = folder / "articles.jsonl"
        rows = [{"id": f"a{number}", "text": f"{TEXT} Report number {number}."} for number in range(COUNT)]
        self._articles.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")

    def start(self, run: str) -> subprocess.Popen[str]:
        options = f"-b openai/some-model --base-url {self._server.url} --run {self.folder / run} --quiet"
        return subprocess.Popen(
            [sys.executable, "-c", PROGRAM, "extract", str(self._articles), "-p", PROMPT.ref, *options.split()],
            cwd=ROOT,
            env={**os.environ, "EXTRACTOR_CACHE": str(self.folder / "cache.sqlite")},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ids(self, run: str) -> Counter[str]:
        return Counter(each.article_id for each in read_extractions(self.folder / run))


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit code and what was said; fails when it does not end."""
    _, said = process.communicate(timeout=60)
    return process.returncode, said


@pytest.fixture
def commands(loopback: LoopbackServer, tmp_path: Path) -> Commands:
    loopback.answer, loopback.latency_s = GOOD, LATENCY_S
    return Commands(loopback, tmp_path)


ALL = Counter(f"a{number}" for number in range(COUNT))


def test_the_second_on_a_run_folder_is_told_about_the_first_and_asks_nothing(
    commands: Commands, loopback: LoopbackServer
) -> None:
    loopback.latency_s = 0.3
    first = commands.start("run")
    give_up = time.monotonic() + 30
    while loopback.count < 1:
        assert time.monotonic() < give_up
        time.sleep(0.005)
    code, said = ended(commands.start("run"))
    assert first.poll() is None, "the first had ended, so nothing was shown"
    assert code == 2
    folder = commands.folder / "run"
    assert said.startswith(f"error: run {folder} is being written by process {first.pid} on ")
    assert said.endswith(": wait for it, or choose another --run name\n")
    loopback.latency_s = 0
    assert ended(first) == (0, "")
    assert (commands.ids("run"), loopback.count) == (ALL, COUNT)


def test_two_that_start_at_once_on_a_run_folder_lose_no_line(commands: Commands, loopback: LoopbackServer) -> None:
    outcomes = sorted(ended(each)[0] for each in [commands.start("run") for _ in range(2)])
    assert outcomes in ([0, 0], [0, 2]), "either is told about the other, or came when it had ended"
    assert (commands.ids("run"), loopback.count) == (ALL, COUNT)
    info = read_run(commands.folder / "run")
    assert (info.articles.done, info.articles.failed, info.usage.paid.requests) == (COUNT, 0, COUNT)


def test_two_on_one_cache_and_two_runs_neither_wait_for_each_other_nor_lose_anything(
    commands: Commands, loopback: LoopbackServer
) -> None:
    both = [commands.start(run) for run in ("one", "two")]
    assert [ended(each) for each in both] == [(0, ""), (0, "")]
    infos = [read_run(commands.folder / run) for run in ("one", "two")]
    for run, info in zip(("one", "two"), infos, strict=True):
        assert commands.ids(run) == ALL
        assert info.usage.paid.requests + info.usage.cache.requests == COUNT
    asked = loopback.count
    assert asked == sum(info.usage.paid.requests for info in infos)
    assert stats(commands.folder / "cache.sqlite").answers == COUNT
    assert ended(commands.start("three")) == (0, "")
    assert (commands.ids("three"), loopback.count) == (ALL, asked), "wholly from the cache"
