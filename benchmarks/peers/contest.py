"""Runs the contenders against one endpoint and gives their figures."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

IN_FLIGHT = 128
LATENCY_S = 0.2
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Figures:
    """What one contender did in one process.

    Attributes:
        seconds: wall time; cpu_seconds: processor time of the whole process.
        peak_bytes: of memory in use.
        warming_up: requests before the measurement.
    """

    articles: int
    seconds: float
    cpu_seconds: float
    peak_bytes: int
    warming_up: int

    @property
    def articles_per_second(self) -> float:
        return self.articles / self.seconds

    @property
    def cpu_ms_per_article(self) -> float:
        return 1000 * self.cpu_seconds / self.articles

    def __str__(self) -> str:
        peak = self.peak_bytes / 2**20
        return (
            f"{self.articles_per_second:,.0f} articles/s, {self.cpu_ms_per_article:.2f} ms CPU each, peak {peak:.0f} MB"
        )


def measure(who: str, url: str, count: int, folder: Path) -> Figures:
    """One contender in a process of its own; see `benchmarks.peers.__main__`.

    Raises:
        ModuleNotFoundError: its package is not installed.
        RuntimeError: it failed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "benchmarks.peers", who, url, str(count), str(IN_FLIGHT), str(folder)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if "ModuleNotFoundError" in ended.stderr:
        raise ModuleNotFoundError(ended.stderr.splitlines()[-1])
    if ended.returncode:
        raise RuntimeError(ended.stderr)
    return Figures(**json.loads(ended.stdout.splitlines()[-1]))
