"""`--budget` as a user meets it: the command in a process of its own, an endpoint that keeps its own account."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from evals.gold import read_gold
from extractor.runs import read_extractions, read_failures, read_run, repeats_of
from extractor.schemas import load_schema
from tests.evals.recorded import write_gold
from tests.extractor.extraction_cases import articles
from tests.extractor.test_engine_money import PRICE, Till
from tests.loopback.server import LoopbackServer

COUNT = 120
PROFILE = """
[mine]
backend = "openai/some-model"
base_url = "{url}"
prices = {{ input = {price.input}, cached_input = {price.cached_input}, output = {price.output} }}
"""


@pytest.fixture
def folder(tmp_path: Path, loopback: LoopbackServer) -> Path:
    rows = [json.dumps({"id": one.id, "text": one.text}) for one in articles(COUNT)]
    (tmp_path / "news.jsonl").write_text("\n".join(rows))
    (tmp_path / "backends.toml").write_text(PROFILE.format(url=loopback.url, price=PRICE))
    return tmp_path


def command(folder: Path, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `extractor …` or `evals …` in a process of its own."""
    script = f"import sys; from {program}.cli import main; sys.argv[0] = {program!r}; main()"
    environment = os.environ | {
        "PYTHONPATH": str(Path(__file__).parents[1]),
        "EXTRACTOR_CACHE": str(folder / "cache"),
        "XDG_CONFIG_HOME": str(folder / "config"),
    }
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_a_budget_is_never_passed_says_what_is_left_and_a_larger_one_goes_on(
    loopback: LoopbackServer, folder: Path
) -> None:
    till = Till(11)
    loopback.answer, loopback.latency_s = till, 0.05
    arguments = (
        "extract",
        "news.jsonl",
        "-b",
        "mine",
        "--run",
        "r",
        "-c",
        "32",
        "--max-tokens",
        "500",
        "--reasks",
        "2",
    )
    most_in_flight = 0
    for budget in (2.0, 2.2):
        done = command(folder, "extractor", *arguments, "--budget", str(budget))
        most_in_flight = max(most_in_flight, loopback.max_in_flight)
        assert till.charged <= budget, "what the endpoint really charged"
        assert till.charged > budget * 0.5, done.stderr
        assert done.returncode == 1, done.stderr
        info = read_run(folder / "runs" / "r")
        said = re.search(r"stopped: .* budget .*; (\d+) articles are left to do; the same command goes on", done.stderr)
        assert said is not None, done.stderr
        done_so_far, failed = info.articles.done, info.articles.failed  # some of those that failed are tried again
        assert COUNT - done_so_far - failed <= int(said[1]) <= COUNT - done_so_far
        assert int(said[1]) > 0
        assert info.finished is None
        assert info.usage.reask.requests > 0, "re-asks were on"
    assert 20 < most_in_flight <= 32
    done = command(folder, "extractor", *arguments, "--budget", "100")
    assert "stopped" not in done.stderr
    ended = [one.article_id for one in read_extractions(folder / "runs" / "r")]
    ended += [one.article_id for one in read_failures(folder / "runs" / "r")]
    assert sorted(ended) == sorted(one.id for one in articles(COUNT))
    info = read_run(folder / "runs" / "r")
    assert info.finished
    paid = info.usage.paid
    assert paid.cost_usd <= till.charged <= paid.cost_usd + paid.unsure_usd + info.dropped_usd
    assert info.options["budget_usd"] == 100


def test_evals_run_keeps_a_budget_over_all_its_repeats(loopback: LoopbackServer, folder: Path) -> None:
    till = Till(5)
    loopback.answer, loopback.latency_s = till, 0.02
    gold = write_gold(folder / "gold", 16)
    arguments = ("run", "--gold", "gold", "-b", "mine", "-c", "32", "--repeats", "2", "--run", "m")
    stopped = command(folder, "evals", *arguments, "--budget", "0.9")
    assert stopped.returncode == 2
    assert re.search(r"run runs/m/repeat-\d stopped with \d+ articles left: .*raise it and resume", stopped.stderr)
    assert re.search(r"of the budget of \$0\.9 \$0\.\d+ is left", stopped.stderr), "the sum that was given"
    assert 0.45 < till.charged <= 0.9
    finished = command(folder, "evals", *arguments, "--budget", "50")
    assert finished.returncode in (0, 1), finished.stderr
    names = {one.article.id for one in read_gold(gold, load_schema())}
    for number in range(2):
        run = folder / "runs" / "m" / f"repeat-{number}"
        ended = {one.article_id for one in read_extractions(run)} | {one.article_id for one in read_failures(run)}
        assert ended == names


def test_extract_keeps_a_budget_over_all_its_repeats(loopback: LoopbackServer, folder: Path) -> None:
    till = Till(3)
    loopback.answer, loopback.latency_s = till, 0.05
    arguments = ("extract", "news.jsonl", "-b", "mine", "--run", "m", "-c", "32", "--repeats", "3", "--limit", "30")
    for budget in (1.2, 2.4):
        stopped = command(folder, "extractor", *arguments, "--max-tokens", "500", "--budget", str(budget))
        assert till.charged <= budget, "what the endpoint really charged"
        assert till.charged > budget * 0.5, stopped.stderr
        assert stopped.returncode == 1, stopped.stderr
        assert re.search(rf"of the budget of \${budget} \$0\.\d+ is left.*articles are left to do", stopped.stderr)
    finished = command(folder, "extractor", *arguments, "--max-tokens", "500", "--budget", "100")
    assert "stopped" not in finished.stderr
    for run in repeats_of(folder / "runs" / "m", 3):
        ended = [one.article_id for one in read_extractions(run)] + [one.article_id for one in read_failures(run)]
        assert sorted(ended) == sorted(one.id for one in articles(30))
    charged = sum(read_run(run).charged_usd for run in repeats_of(folder / "runs" / "m"))
    assert till.charged <= charged
