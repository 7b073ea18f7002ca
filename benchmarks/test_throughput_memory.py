"""Memory does not grow with the articles: the peak of a process that extracts 1,000 and of one that does 20,000.

What is kept for each article is its id, so that none is done twice; the bound is one kilobyte an article.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.peers import material
from benchmarks.peers.contest import measure
from benchmarks.peers.endpoint import endpoint

FEW, MANY = 1_000, 20_000
LATENCY_S = 0.02
BYTES_AN_ARTICLE = 1024


def test_memory_is_flat_from_a_thousand_to_twenty_thousand_articles(benchmark: Any, tmp_path: Path) -> None:
    with endpoint(material.answers(), LATENCY_S, tmp_path) as url:
        few = measure("this_package", url, FEW, tmp_path / "few")
        many = benchmark.pedantic(measure, args=("this_package", url, MANY, tmp_path / "many"), rounds=1)
    growth = many.peak_bytes - few.peak_bytes
    print(f"\n{FEW}: {few}\n{MANY}: {many}\n{growth / 2**20:.0f} MB more, {growth / (MANY - FEW):.0f} bytes an article")
    benchmark.extra_info.update(few=few.peak_bytes, many=many.peak_bytes)
    assert growth <= BYTES_AN_ARTICLE * (MANY - FEW)
