"""`extractor extract --backend local/…` in a process of its own: interrupted, resumed, ended; with llama.cpp inside."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from extractor.runs import read_extractions, read_failures, read_run
from tests.extractor.backends.local_model import make_model
from tests.extractor.extraction_cases import articles

for package in ("xllamacpp", "gguf", "tokenizers"):
    pytest.importorskip(package, reason=f"needs {package}: pip install -e '.[dev]'")

ROOT = Path(__file__).parents[1]
COUNT = 5
SCRIPT = "import sys; from extractor.cli import main; sys.argv[0] = 'extractor'; main()"
EXTRACT = ("extract", "news.jsonl", "--backend", "local/tiny.gguf", "--run", "r", "--format", "jsonl", "--offline")
HOW = ("--prompt", str(ROOT / "prompts" / "conflict" / "1"), "--max-tokens", "120", "--reasks", "0")


def started(folder: Path) -> subprocess.Popen[str]:
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "EXTRACTOR_CACHE": str(folder / "cache"),
        "EXTRACTOR_LOCAL_SLOTS": "2",
        "EXTRACTOR_LOCAL_THREADS": "1",
    }
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, *EXTRACT, *HOW],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(folder: Path) -> list[str]:
    run = folder / "runs" / "r"
    return sorted(
        [each.article_id for each in read_extractions(run)] + [each.article_id for each in read_failures(run)]
    )


def test_an_interrupted_run_stops_its_engine_and_the_same_command_finishes_it(tmp_path: Path) -> None:
    make_model(tmp_path / "tiny.gguf")
    rows = [json.dumps({"id": one.id, "text": one.text}) for one in articles(COUNT)]
    (tmp_path / "news.jsonl").write_text("\n".join(rows))
    process = started(tmp_path)
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["backend"] == "local/tiny.gguf"
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130, said
    assert "the same command goes on" in said
    before = ended(tmp_path)
    assert 1 <= len(before) < COUNT
    process = started(tmp_path)
    _, said = process.communicate(timeout=120)
    assert process.returncode in (0, 1), said
    assert ended(tmp_path) == sorted(each.id for each in articles(COUNT))
    info = read_run(tmp_path / "runs" / "r")
    assert info.finished
    assert info.cost_usd == 0.0
    assert info.endpoint.startswith("gguf:")
