"""The command `extractor` killed with SIGKILL at random moments and given again until it is through; the server counts.

`python -m tests.faults.kills --articles 500 --kills 50` prints what came of it; the tests do it with fewer.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from extractor.runs import RunInfo, read_run
from tests.extractor.extraction_cases import EVENT, PROMPT, TEXT, lines
from tests.loopback import replies
from tests.loopback.server import LoopbackServer, last_user

ROOT = Path(__file__).parents[2]
CONCURRENCY = 8
LATENCY_S = 0.1
UNDER_WAY_S = LATENCY_S + 0.05
"""A request is taken to be in flight for as long as its answer takes, and a moment more in which the answer is read,
validated and written."""
REFUSED = "number 7."
AT_ANY_TIME = 0.2
"""Share of the kills that come some time after the start, wherever it is then; the others after so many requests."""
PROGRAM = "import sys; from extractor.cli import main; sys.argv[0] = 'extractor'; main()"


@dataclass(frozen=True)
class Report:
    """What came of it.

    Attributes:
        kills: that met it alive.
        asked: requests that the server got in all sessions.
        in_flight: sum over the kills of the requests in flight.
        ids: of all lines of the run, in order. failed: those of failures.
        info: `run.json` at the end.
    """

    articles: int
    kills: int
    asked: int
    in_flight: int
    ids: list[str]
    failed: list[str]
    info: RunInfo
    seconds: float


class Killer:
    """Runs the command again and again; `arrivals` are the moments at which requests came."""

    def __init__(self, server: LoopbackServer, folder: Path, count: int, *, cache: bool, seed: int) -> None:
        self._server = server
        self._folder = folder
        self._chance = random.Random(seed)  # noqa: S311
        self._arrivals: list[float] = []
        self.kills = 0
        server.answer = self._answer
        source = folder / "articles.jsonl"
        rows = [{"id": f"a{number}", "text": f"{TEXT} Report number {number}."} for number in range(count)]
        source.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        options = f"-b openai/some-model --base-url {server.url} --run {folder / 'run'} -c {CONCURRENCY} -q"
        self._command = [sys.executable, "-c", PROGRAM, "extract", str(source), "-p", PROMPT.ref, *options.split()]
        self._command += [] if cache else ["--no-cache"]

    @property
    def asked(self) -> int:
        return len(self._arrivals)

    def finish(self) -> int:
        """Let it run to its end; the exit code."""
        return self._start().wait(timeout=300)

    def kill_after(self, requests: int) -> int:
        """Start it, kill it at a random moment soon after so many requests came in all; how many were in flight."""
        process = self._start()
        if self._chance.random() < AT_ANY_TIME:
            time.sleep(self._chance.uniform(0, 2.5))
        else:
            give_up = time.monotonic() + 60
            while self.asked < requests and process.poll() is None:
                assert time.monotonic() < give_up, "the extraction did not get going"
                time.sleep(0.001)
            time.sleep(self._chance.uniform(0, LATENCY_S))
        process.kill()
        moment = time.monotonic()
        self.kills += process.wait(timeout=10) == -signal.SIGKILL  # else it had ended by itself
        return min(CONCURRENCY, sum(moment - arrival < UNDER_WAY_S for arrival in self._arrivals))

    def _start(self) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "EXTRACTOR_CACHE": str(self._folder / "cache.sqlite")}
        return subprocess.Popen(self._command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)

    def _answer(self, body: dict[str, Any]) -> Any:
        self._arrivals.append(time.monotonic())
        return replies.refusal() if REFUSED in last_user(body) else {"events": [EVENT]}


def kill_and_resume(folder: Path, count: int, kills: int, *, cache: bool = True, seed: int = 0) -> Report:
    """Kill the command so often while it extracts so many articles, then let it end."""
    started = time.monotonic()
    with LoopbackServer(latency_s=LATENCY_S) as server:
        killer = Killer(server, folder, count, cache=cache, seed=seed)
        chance = random.Random(seed)  # noqa: S311
        goals = sorted(chance.randint(1, count - 1) for _ in range(kills))
        in_flight = [killer.kill_after(goal) for goal in goals]
        code = killer.finish()
        assert code in (0, 1), "one article is refused, in this session or in one that was killed"
    failed = [line["article_id"] for line in lines(folder / "run" / "failures.jsonl")]
    done = [line["article_id"] for line in lines(folder / "run" / "extractions.jsonl")]
    return Report(
        count,
        killer.kills,
        killer.asked,
        sum(in_flight),
        done + failed,
        failed,
        read_run(folder / "run"),
        time.monotonic() - started,
    )


def check(report: Report) -> None:
    """See that each article is there once, and that nothing was paid twice but what was in flight at the kills.

    Raises:
        AssertionError: not so.
    """
    assert Counter(report.ids) == Counter(f"a{number}" for number in range(report.articles))
    assert report.failed == ["a7"]
    assert report.asked - report.articles <= report.in_flight
    counts = report.info.articles
    assert (counts.total, counts.done, counts.failed) == (report.articles, report.articles - 1, 1)
    assert report.info.finished is not None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=500)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--no-cache", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = kill_and_resume(Path(folder), given.articles, given.kills, cache=not given.no_cache, seed=given.seed)
    check(report)
    print(  # noqa: T201
        f"{report.articles} articles, {report.kills} kills, {report.seconds:.0f} s: each article once, "
        f"{report.asked} requests, {report.asked - report.articles} more than articles, "
        f"{report.in_flight} in flight at the kills"
    )


if __name__ == "__main__":
    main()
