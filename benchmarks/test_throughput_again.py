"""A finished run again: nothing is asked, and 3,000 articles a second are seen to be done.

And the same articles into a fresh run, all answers from the cache: nothing is asked either, but each is validated,
grounded and written anew. Articles without events, as most are, keep the bar; for those with three full events, which
take that long to ground, the figure is shown.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from benchmarks.peers import material
from benchmarks.peers.contest import Figures, measure
from benchmarks.peers.endpoint import endpoint, stats

ARTICLES, ROUNDS = 5_000, 4
BAR = 3_000
"""Articles a second."""


def best(rounds: list[Figures]) -> Figures:
    return max(rounds, key=lambda each: each.articles_per_second)


def test_a_finished_run_again_asks_nothing_and_neither_do_cached_answers(benchmark: Any, tmp_path: Path) -> None:
    again: list[Figures] = []
    quiet: list[Figures] = []
    cached: list[Figures] = []
    with endpoint(material.answers(), 0.0, tmp_path) as url:
        print()
        for who in ("this_package", "quiet"):
            print(f"{who}: {measure(who, url, ARTICLES, tmp_path / 'runs')}")

        def asked_by(who: str, into: list[Figures]) -> int:
            for fresh in (tmp_path / "runs").glob("*fresh"):
                shutil.rmtree(fresh)
            before = stats(url).requests
            into.append(measure(who, url, ARTICLES, tmp_path / "runs"))
            return stats(url).requests - before - into[-1].warming_up

        assert [asked_by("again", again) for _ in range(ROUNDS)] == [0] * ROUNDS
        assert [asked_by("quiet_from_cache", quiet) for _ in range(ROUNDS)] == [0] * ROUNDS
        assert benchmark.pedantic(asked_by, args=("from_cache", cached), rounds=1) == 0
    print(f"finished run again: {best(again)}")
    print(f"fresh run from the cache: {best(quiet)} without events, {best(cached)} with three each")
    assert best(again).articles_per_second >= BAR
    assert best(quiet).articles_per_second >= BAR
