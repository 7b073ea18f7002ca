"""Run our commands as a user would, in this process: the arguments in, exit code and output out."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from evals.cli import main as evals_main
from extractor.cli import main as extractor_main

_PROGRAMS: dict[str, Callable[[], None]] = {"extractor": extractor_main, "evals": evals_main}


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """The error line; fails if there is not exactly one line, or a traceback."""
        lines = [line for line in self.err.splitlines() if line.startswith(("error:", "failed:"))]
        assert "Traceback" not in self.err
        assert len(lines) == 1, self.err
        return lines[0]


def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str, stdin: bytes = b""
) -> Outcome:
    """Run `extractor …` or `evals …`; what it sets in its environment ends with it, as in a process of its own."""
    program, *rest = arguments
    monkeypatch.setattr(sys, "argv", [program, *rest])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
    capsys.readouterr()
    code = 0
    environment = dict(os.environ)
    try:
        _PROGRAMS[program]()
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        os.environ.clear()
        os.environ.update(environment)
    captured = capsys.readouterr()
    return Outcome(code, captured.out, captured.err)
