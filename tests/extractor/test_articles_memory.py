"""Reading streams: a table of 200,000 rows takes no more memory than one of a hundred."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

MANY = 200_000
ALLOWANCE_KIB = 12 * 1024
"""Batches, row groups and SQLite's page cache. The articles themselves would take over 60 MiB."""

PEAK = """
import sys
from extractor.articles import read_articles
from extractor.records import Article
count = sum(isinstance(article, Article) for article in read_articles([sys.argv[1]]))
status = dict(line.split(":", 1) for line in open("/proc/self/status", encoding="utf-8"))
print(count, status["VmHWM"].split()[0])
"""


def write_jsonl(path: Path, count: int) -> None:
    with path.open("w", encoding="utf-8") as stream:
        stream.writelines(json.dumps({"id": f"report-{index}", "text": "Shots."}) + "\n" for index in range(count))


def write_csv(path: Path, count: int) -> None:
    with path.open("w", encoding="utf-8") as stream:
        stream.write("id,text\n")
        stream.writelines(f"report-{index},Shots.\n" for index in range(count))


def write_parquet(path: Path, count: int) -> None:
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet  # type: ignore[import-untyped]

    schema = pa.schema({"id": pa.string(), "text": pa.string()})
    with parquet.ParquetWriter(path, schema) as writer:
        for start in range(0, count, 10_000):
            names = [f"report-{index}" for index in range(start, min(start + 10_000, count))]
            writer.write_table(pa.table({"id": names, "text": ["Shots."] * len(names)}, schema=schema))


def peak_kib(path: Path, count: int) -> int:
    command = [sys.executable, "-c", PEAK, str(path)]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    read, peak = done.stdout.split()
    assert int(read) == count
    return int(peak)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of a process is read from /proc")
@pytest.mark.parametrize(("suffix", "write"), [("jsonl", write_jsonl), ("csv", write_csv), ("parquet", write_parquet)])
def test_memory_does_not_grow_with_the_number_of_rows(
    tmp_path: Path, suffix: str, write: Callable[[Path, int], None]
) -> None:
    few, many = tmp_path / f"few.{suffix}", tmp_path / f"many.{suffix}"
    write(few, 100)
    write(many, MANY)
    assert peak_kib(many, MANY) < peak_kib(few, 100) + ALLOWANCE_KIB


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of a process is read from /proc")
def test_a_line_without_end_is_never_held(tmp_path: Path) -> None:
    short, endless = tmp_path / "short.jsonl", tmp_path / "endless.jsonl"
    write_jsonl(short, 1)
    with endless.open("w", encoding="utf-8") as stream:
        stream.write('{"text": "')
        for _ in range(150):
            stream.write("word " * 200_000)
        stream.write('"}\n{"text": "Shots."}\n')
    assert peak_kib(endless, 1) < peak_kib(short, 1) + 40 * 1024
