"""What `evals compare` does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.cli.writing import STDOUT, write_json
from evals.comparing import Row, as_json, compare_runs, conclusion, incident_clusters
from evals.report.compare_tables import compare_report
from evals.report.tables import show
from evals.running import ScoredRun, score_folders
from extractor.cli.running import OK, SOME_FAILED
from extractor.runs import repeats_of

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Comparing:
    """One call of `evals compare`, as given."""

    a: Path
    b: Path
    gold: Path
    texts: Path | None
    fields: Sequence[str]
    repeats: int | None
    seed: int
    json_file: Path | None


def compare_folders(wanted: Comparing) -> int:
    """Score both runs, compare, print, write, and return the exit code: 1 when articles failed or are not in a run."""
    folders_a, folders_b = repeats_of(wanted.a, wanted.repeats), repeats_of(wanted.b, wanted.repeats)
    scored = score_folders([*folders_a, *folders_b], wanted.gold, texts=wanted.texts)
    a, b = scored[: len(folders_a)], scored[len(folders_a) :]
    clusters = incident_clusters(a[0].gold)
    rows = compare_runs(
        [run.scores for run in a], [run.scores for run in b], clusters=clusters, wanted=wanted.fields, seed=wanted.seed
    )
    if wanted.json_file is not None:
        write_json(wanted.json_file, comparison_json(a, b, rows, clusters=len(set(clusters))))
    if wanted.json_file != STDOUT:
        show(compare_report(a, b, rows, clusters=len(set(clusters))))
    return SOME_FAILED if any(run.scores.failed or run.scores.absent for run in scored) else OK


def comparison_json(
    a: Sequence[ScoredRun], b: Sequence[ScoredRun], rows: Sequence[Row], *, clusters: int
) -> dict[str, Any]:
    """The contract of `evals compare --json` (see `docs/formats.md`)."""
    return {
        "format": FORMAT,
        "a": run_json(a),
        "b": run_json(b),
        "articles": len(a[0].gold),
        "clusters": clusters,
        "rows": as_json(rows),
        "conclusion": conclusion(rows),
    }


def run_json(runs: Sequence[ScoredRun]) -> dict[str, Any]:
    """A run, or its repeats: what made it, and the articles that count as missed."""
    info = runs[0].info
    return {
        "runs": [str(run.folder) for run in runs],
        "backend": info.backend,
        "prompt": info.prompt,
        "failed": [sorted(run.scores.failed) for run in runs],
        "absent": [sorted(run.scores.absent) for run in runs],
        "unknown": [sorted(run.scores.unknown) for run in runs],
    }
