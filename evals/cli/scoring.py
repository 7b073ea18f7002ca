"""What `evals run` and `evals score` print and write once there is a run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from evals.cli.writing import STDOUT, write_json
from evals.report.tables import score_report, show
from evals.running import score_folder
from evals.scores import as_json
from extractor.cli.running import OK, SOME_FAILED


@dataclass(frozen=True, slots=True)
class Report:
    """What to score and where to put it; `json_file` `-` prints scores.json instead of the tables."""

    folder: Path
    gold: Path
    texts: Path | None
    json_file: Path | None
    resamples: int
    everything: bool


def run_name(gold: Path, backend: str, prompt: str | None, schema: str) -> str:
    """The name of a run that was given none: what it runs, in characters that a folder can have."""
    parts = [gold.resolve().name, backend, *([prompt] if prompt else []), *([schema] if schema != "conflict" else [])]
    return re.sub(r"[^A-Za-z0-9._-]+", "-", "-".join(parts)).strip("-")


def report(wanted: Report) -> int:
    """Score, print, write, and return the exit code: 1 when articles failed or are not in the run."""
    scored = score_folder(wanted.folder, wanted.gold, texts=wanted.texts)
    scores, info = scored.scores, scored.info
    result = as_json(scores, resamples=wanted.resamples)
    if wanted.json_file is not None:
        write_json(wanted.json_file, result)
    if wanted.json_file != STDOUT:
        title = f"{wanted.folder.name}: {info.backend}, prompt {info.prompt}"
        if info.backend == "rules/baseline":
            title = f"{wanted.folder.name}: {info.backend}, a floor that every model must beat"
        show(score_report(result, title=title, everything=wanted.everything))
    return SOME_FAILED if scores.failed or scores.absent else OK
