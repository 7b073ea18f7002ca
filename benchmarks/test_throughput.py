"""Articles a second and processor time against an endpoint that takes 0.2 s, 128 in flight, with everything on.

That is: validation, grounding, cache, run folder. Beside a bare AsyncOpenAI loop that sends the same requests and
validates the answers, instructor, and LangExtract where it is installed (`pip install -e '.[peers]'`).

The article has three events with all their fields. Each contender runs in a process of its own, in turn with the
others; the best of its rounds counts, since others use the machine, too. Fails under 0.8 of the bare loop's articles a
second, under instructor's, under 4 times LangExtract's, or over 1.3 times the bare loop's processor time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.peers import material
from benchmarks.peers.contest import IN_FLIGHT, LATENCY_S, Figures, measure
from benchmarks.peers.endpoint import endpoint, stats

ARTICLES, ROUNDS = 768, 6
PEER_ARTICLES, PEER_ROUNDS = 384, 2
OF_BARE, OF_LANGEXTRACT, CPU_OF_BARE = 0.8, 4.0, 1.3

Run = Callable[[str, int], Figures]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    number = 0

    def measured(who: str, count: int) -> Figures:
        nonlocal number
        number += 1
        figures = measure(who, url, count, tmp_path / str(number))
        print(f"  {who}: {figures}")
        return figures

    with endpoint(material.answers(), LATENCY_S, tmp_path) as url:
        yield measured
        assert stats(url).most_in_flight == IN_FLIGHT


def speed(rounds: list[Figures]) -> float:
    return max(each.articles_per_second for each in rounds)


def cpu(rounds: list[Figures]) -> float:
    return min(each.cpu_ms_per_article for each in rounds)


def test_articles_extracted_a_second_beside_other_ways(benchmark: Any, run: Run) -> None:
    print()
    ours: list[Figures] = []
    bare: list[Figures] = []

    def one_round() -> None:
        bare.append(run("bare_openai", ARTICLES))
        ours.append(run("this_package", ARTICLES))

    benchmark.pedantic(one_round, rounds=ROUNDS)
    instructor = [run("instructor_loop", PEER_ARTICLES) for _ in range(PEER_ROUNDS)]
    of_bare, cpu_of_bare = speed(ours) / speed(bare), cpu(ours) / cpu(bare)
    print(f"ours: {of_bare:.2f} of the bare loop's articles/s, {cpu_of_bare:.2f} of its processor time")
    print(f"ours: {speed(ours) / speed(instructor):.1f} times instructor's articles/s")
    benchmark.extra_info.update(of_bare=of_bare, cpu_of_bare=cpu_of_bare)
    assert of_bare >= OF_BARE
    assert cpu_of_bare <= CPU_OF_BARE
    assert speed(ours) >= speed(instructor)
    try:
        langextract = [run("langextract_loop", PEER_ARTICLES) for _ in range(PEER_ROUNDS)]
    except ModuleNotFoundError as error:
        print(f"langextract is left out: {error}")
        return
    print(f"ours: {speed(ours) / speed(langextract):.1f} times LangExtract's articles/s")
    assert speed(ours) >= OF_LANGEXTRACT * speed(langextract)
