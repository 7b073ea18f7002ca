"""Killed with SIGKILL at any moment, the same command resumes: no article lost, none written twice, none asked twice
but those that were under way.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from extractor.runs import read_extractions, read_failures, read_run
from tests.extractor.extraction_cases import articles, lines
from tests.loopback import replies
from tests.loopback.server import LoopbackServer, last_user

ROOT = Path(__file__).parents[2]
COUNT, CONCURRENCY = 120, 6
PROGRAM = f"""
import sys
from extractor.backends import open_backend
from extractor.cache import ResponseCache
from extractor.engine import Options, extract_all, run_identity
from extractor.engine import Options, run_identity
from extractor.runs import open_run
from tests.extractor.extraction_cases import PROMPT, SCHEMA, articles

url, folder, cache = sys.argv[1:]
backend = open_backend("openai/some-model", base_url=url)
options = Options(concurrency={CONCURRENCY}, first_wait_s=0)
kept = ResponseCache(cache) if cache else None
with open_run(folder, run_identity(backend, PROMPT, SCHEMA, options)) as run:
    extract_all(
        articles({COUNT}), backend=backend, prompt=PROMPT, schema=SCHEMA, options=options, run=run, cache=kept
    )
if kept:
    kept.close()
"""


def start(server: LoopbackServer, folder: Path, cache: str = "") -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", PROGRAM, server.url, str(folder), cache]
    return subprocess.Popen(command, cwd=ROOT)  # our own program


def wait_for(server: LoopbackServer, requests: int) -> None:
    give_up = time.monotonic() + 30
    while server.count < requests:
        assert time.monotonic() < give_up, "the extraction did not get going"
        time.sleep(0.002)


@pytest.mark.parametrize(("goals", "cache_name"), [((20, 70), ""), ((45,), "c.sqlite")])
def test_killed_and_resumed_each_article_is_there_once_and_paid_once(
    tmp_path: Path, goals: tuple[int, ...], cache_name: str
) -> None:
    folder, cache = tmp_path / "r", str(tmp_path / cache_name) if cache_name else ""
    with LoopbackServer(
        lambda body: replies.refusal() if "number 7." in last_user(body) else {"events": []}, latency_s=0.01
    ) as server:
        under_way = 0
        for goal in goals:
            process = start(server, folder, cache)
            wait_for(server, goal)
            os.kill(process.pid, signal.SIGKILL)
            assert process.wait(timeout=10) == -signal.SIGKILL
            under_way += CONCURRENCY
        assert start(server, folder, cache).wait(timeout=60) == 0
        asked = server.count
    done = [result.article_id for result in read_extractions(folder)]
    failed = [failure.article_id for failure in read_failures(folder)]
    assert sorted(done + failed) == sorted(article.id for article in articles(COUNT))
    assert failed == ["article-7"]
    assert asked <= COUNT + under_way
    info = read_run(folder)
    assert (info.articles.total, info.articles.done, info.articles.failed) == (COUNT, COUNT - 1, 1)
    assert info.usage.paid.requests + info.usage.cache.requests == COUNT
    assert info.finished
    assert len(lines(folder / "extractions.jsonl")) == COUNT - 1


def test_interrupted_by_the_user_it_stops_at_once_and_says_what_is_done(tmp_path: Path) -> None:
    folder = tmp_path / "r"
    with LoopbackServer(latency_s=0.01) as server:
        process = start(server, folder)
        wait_for(server, 30)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) not in (0, -signal.SIGKILL)
        assert read_run(folder).finished is None
        assert read_run(folder).articles.done == len(list(read_extractions(folder))) >= 15
