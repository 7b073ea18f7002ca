"""A backend from another package, built and installed as anybody's would be, and used through the real command."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from extractor.runs import read_run

ROOT = Path(__file__).parents[1]
NEWS = "Rebels crossed the ford at Sorvan at dawn. Traders say the market was shut. The ford is closed."


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that pip installed the example package into, from its source and without the network."""
    pytest.importorskip("hatchling", reason="builds the example package: pip install -e '.[dev]'")
    source = tmp_path_factory.mktemp("source") / "package"
    shutil.copytree(ROOT / "tests" / "example_backend", source, ignore=shutil.ignore_patterns("__pycache__"))
    target = tmp_path_factory.mktemp("site")
    how = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--disable-pip-version-check"]
    pip = [sys.executable, "-m", "pip", "install", *how, "--target", str(target), str(source)]
    done = subprocess.run(pip, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (target / "almanac_backend-1.0.dist-info" / "entry_points.txt").is_file()
    return target


def extractor(folder: Path, site: Path | None, *arguments: str) -> subprocess.CompletedProcess[str]:
    script = "import sys; from extractor.cli import main; sys.argv[0] = 'extractor'; main()"
    paths = [str(ROOT), *([str(site)] if site else [])]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(paths),
        "EXTRACTOR_CACHE": str(folder / "cache"),
        "COLUMNS": "200",
    }
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_an_installed_package_extracts_through_the_real_command(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(NEWS)
    done = extractor(tmp_path, installed, "extract", "a.txt", "--backend", "almanac/ford", "--run", "r", "-f", "jsonl")
    assert done.returncode == 0, done.stderr
    extraction = json.loads(done.stdout)
    quotes = [event["evidence"] for event in extraction["events"]]
    assert quotes == [["Rebels crossed the ford at Sorvan at dawn."], ["The ford is closed."]]
    assert {span["status"] for span in extraction["spans"]} == {"exact"}
    assert (extraction["backend"], extraction["model"], extraction["cost_usd"]) == ("almanac/ford", "almanac-ford", 0.0)
    assert read_run(tmp_path / "runs" / "r").usage.first.requests == 1


def test_its_failures_its_refusals_and_its_line_in_the_list_are_like_any_others(
    installed: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text(NEWS)
    use = ("extract", "a.txt", "--backend", "almanac/ford")
    failed = extractor(tmp_path, installed, *use, "--max-tokens", "3")
    assert (failed.returncode, "almanac/ford reads 3 words at most" in failed.stderr) == (1, True)
    refused = extractor(tmp_path, installed, *use, "--base-url", "http://127.0.0.1:9/v1")
    assert (refused.returncode, "almanac/… runs in this process" in refused.stderr) == (2, True)
    other = extractor(tmp_path, installed, *use, "--schema", "muc4")
    assert (other.returncode, "only answers the schema conflict" in other.stderr) == (2, True)
    listed = extractor(tmp_path, installed, "backends").stdout.splitlines()
    [line] = [line for line in listed if line.startswith(" almanac/…")]
    assert "from the package" in line
    assert "yes" in line


def test_without_the_package_there_is_no_such_backend(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(NEWS)
    done = extractor(tmp_path, None, "extract", "a.txt", "--backend", "almanac/ford")
    assert (done.returncode, "no backend 'almanac/ford'" in done.stderr) == (2, True)
