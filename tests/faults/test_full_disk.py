"""A disk that fills up while a run is written: one line says so, what was whole stays, the run resumes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from extractor.runs import read_extractions
from tests.extractor.extraction_cases import lines
from tests.loopback.server import LoopbackServer

ROOT = Path(__file__).parents[2]
COUNT = 40
PROGRAM = f"""
import resource, sys
from extractor.backends import open_backend
from extractor.engine import Options, extract_all, run_identity
from extractor.errors import RunError
from extractor.runs import open_run
from tests.extractor.extraction_cases import PROMPT, SCHEMA, articles

url, folder, limit = sys.argv[1:]
if int(limit):  # no file of this process may grow beyond it: writes come back short, then fail
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
backend = open_backend("openai/some-model", base_url=url)
told = []
try:
    with open_run(folder, run_identity(backend, PROMPT, SCHEMA, Options())) as run:
        extract_all(
            articles({COUNT}), backend=backend, prompt=PROMPT, schema=SCHEMA, run=run, on_result=told.append
        )
except RunError as error:
    print(error)
    raise SystemExit(2)
finally:
    print(len(told))
"""


def test_a_full_disk_is_told_in_one_line_and_the_run_resumes(tmp_path: Path) -> None:
    folder = tmp_path / "r"
    with LoopbackServer() as server:

        def session(limit: int) -> tuple[int, list[str]]:
            command = [sys.executable, "-c", PROGRAM, server.url, str(folder), str(limit)]
            ended = subprocess.run(  # our own program
                command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
            )
            assert ended.stderr == ""
            return ended.returncode, ended.stdout.splitlines()

        code, told = session(4001)
        assert code == 2
        message, _ = told
        assert "extractions.jsonl: cannot be written: File too large; make room" in message
        written = len(lines(folder / "extractions.jsonl"))  # whole lines, nothing torn
        assert 0 < written < COUNT
        assert session(0) == (0, [str(COUNT - written)])
    assert len({result.article_id for result in read_extractions(folder)}) == COUNT
