"""`batch read` killed at any moment: the same call goes on, and the end is as if nothing had happened."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from extractor.runs import read_run
from tests.extractor.batch_cases import answer, read, write
from tests.extractor.extraction_cases import articles, lines
from tests.extractor.test_batch import results

ROOT = Path(__file__).parents[2]
COUNT = 600
PROGRAM = """
import sys
from pathlib import Path
from tests.extractor.batch_cases import read
read(Path(sys.argv[1]), Path(sys.argv[2]), folder=Path(sys.argv[3]))
"""


def killed_after(size: int, written: Path, command: list[str]) -> None:
    """Start reading, and kill it once so many bytes of results are there."""
    process = subprocess.Popen(command, cwd=ROOT)
    give_up = time.monotonic() + 60
    while not written.exists() or written.stat().st_size < size:
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < give_up
        time.sleep(0.0005)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait(timeout=10) == -signal.SIGKILL


def test_killed_and_given_again_it_ends_the_same(tmp_path: Path) -> None:
    requests = write(tmp_path, articles(COUNT))
    answers = answer(requests)
    calm = read(requests, answers, folder=tmp_path / "calm")
    next_round = lines(tmp_path / "requests.2.jsonl")
    (tmp_path / "requests.2.jsonl").unlink()
    command = [sys.executable, "-c", PROGRAM, str(requests), str(answers), str(tmp_path / "run")]
    written = tmp_path / "run" / "extractions.jsonl"
    whole = (tmp_path / "calm" / "extractions.jsonl").stat().st_size
    chance = random.Random(3)  # noqa: S311
    for goal in sorted(chance.uniform(0, 0.8) for _ in range(6)):
        killed_after(int(goal * whole), written, command)
        assert written.stat().st_size < whole
    report = read(requests, answers)
    assert (report.done, report.waiting) == (calm.done, calm.waiting)
    assert results(tmp_path / "run") == results(tmp_path / "calm")
    assert lines(tmp_path / "requests.2.jsonl") == next_round
    assert read_run(tmp_path / "run").usage == read_run(tmp_path / "calm").usage
    assert list(tmp_path.glob(".*.new")) == []
