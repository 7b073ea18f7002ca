"""One measurement in this process: `python -m benchmarks.peers WHO URL COUNT IN_FLIGHT FOLDER` prints it as JSON.

WHO is `this_package`, `bare_openai`, `instructor_loop` or `langextract_loop`; `quiet` is this package with a
model that finds no events. `again`, `from_cache` and `quiet_from_cache` extract the articles that were extracted into
FOLDER before: into the same run, or into a fresh one. Imports and a first round of requests are not measured, opening
and closing clients, cache and run are.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.peers.material import MODEL, QUIET_MODEL

_OURS = {
    "this_package": {"run": "run", "model": MODEL},
    "again": {"run": "run", "model": MODEL},
    "from_cache": {"run": "fresh", "model": MODEL},
    "quiet": {"run": "quiet", "model": QUIET_MODEL},
    "quiet_from_cache": {"run": "quiet-fresh", "model": QUIET_MODEL},
}


async def _measured(who: str, url: str, count: int, in_flight: int, folder: Path) -> dict[str, float]:
    extract: Any = importlib.import_module(f"benchmarks.peers.{'this_package' if who in _OURS else who}").extract
    ours = _OURS.get(who)
    with tempfile.TemporaryDirectory(dir=folder) as aside:
        await extract(url, in_flight, in_flight, first=count, **({**ours, "folder": Path(aside)} if ours else {}))
    cpu, wall = _cpu_seconds(), time.perf_counter()
    await extract(url, count, in_flight, **({**ours, "folder": folder} if ours else {}))
    seconds, cpu = time.perf_counter() - wall, _cpu_seconds() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return {
        "articles": count,
        "seconds": seconds,
        "cpu_seconds": cpu,
        "peak_bytes": peak,
        "warming_up": in_flight,
    }


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    who, url, count, in_flight, folder = sys.argv[1:]
    print(json.dumps(asyncio.run(_measured(who, url, int(count), int(in_flight), Path(folder)))))


if __name__ == "__main__":
    main()
