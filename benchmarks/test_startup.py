"""How long a user waits for `--help`: whole processes, beside one that only imports typer."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

import pytest

ROUNDS = 7
TIMES_TYPER = 3


def seconds(*command: str) -> float:
    """The best of several runs of a process."""
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        best = min(best, time.perf_counter() - started)
    return best


@pytest.mark.parametrize("program", ["extractor", "evals"])
def test_help_takes_no_more_than_three_times_importing_typer(benchmark: Any, program: str) -> None:
    help_command = (
        sys.executable,
        "-c",
        f"import sys; sys.argv[1:] = ['--help']; from {program}.cli import main; main()",
    )
    benchmark.pedantic(subprocess.run, args=(help_command,), kwargs={"capture_output": True}, rounds=3)
    ours, typer = seconds(*help_command), seconds(sys.executable, "-c", "import typer")
    print(f"\n{program} --help: {1000 * ours:.0f} ms, import typer: {1000 * typer:.0f} ms, ratio {ours / typer:.2f}")
    assert ours <= TIMES_TYPER * typer
