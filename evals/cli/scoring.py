"""What `evals run` and `evals score` print and write once there is a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from evals.breakdown import breakdown, with_macro
from evals.checks import problems_of
from evals.cli.writing import STDOUT, write_json
from evals.comparing import incident_clusters
from evals.matrix import folder_name
from evals.report.breakdown_tables import breakdown_table
from evals.report.tables import score_report, show
from evals.running import Job, ScoredRun, run_gold, score_folder
from evals.scores import as_json
from extractor.cli.running import OK, SOME_FAILED
from extractor.schemas import load_schema

CHANGED_GOLD = "the gold changed since {folder} began: articles done before keep their answers; --fresh makes them anew"


@dataclass(frozen=True, slots=True)
class Report:
    """What to score, by which metadata besides, and where to put it; `-` prints JSON or HTML instead of the tables."""

    folder: Path
    gold: Path
    texts: Path | None
    json_file: Path | None
    resamples: int
    everything: bool
    by: Sequence[str] = ()
    html_file: Path | None = None


def run_name(gold: Path, backend: str, prompt: str | None, schema: str) -> str:
    """The name of a run that was given none: what it runs, in characters that a folder can have."""
    parts = [gold.resolve().name, backend, *([prompt] if prompt else []), *([schema] if schema != "conflict" else [])]
    return folder_name("-".join(parts))


def run_and_report(job: Job, wanted: Report) -> int:
    """Extract, then `report`."""
    from extractor.cli.progress import Progress

    with Progress(shown=True) as progress:
        same_gold = run_gold(job, progress.update)
    if not same_gold:
        typer.echo(CHANGED_GOLD.format(folder=job.folder), err=True)
    return report(wanted)


def tell_problems(scored: ScoredRun, gold: Path, texts: Path | None) -> None:
    """Say on standard error that gold which can be read still has problems: then the figures are not to be trusted."""
    schema = load_schema(scored.info.schema)
    found = {one.path: sum(not problem.warning for problem in problems_of(one, schema)) for one in scored.gold}
    wrong = {path: count for path, count in found.items() if count}
    if not wrong:
        return
    first, count = next(iter(wrong.items()))
    has = f"{first} has {_problems(count)}"
    if len(wrong) > 1:
        has = f"{len(wrong)} files of {gold} have {_problems(sum(wrong.values()))}, the first {first}"
    own = f" --schema {schema.name}" if schema.name != "conflict" else ""
    typer.echo(f"{has}: see evals gold check {gold}{own}{f' --texts {texts}' if texts else ''}", err=True)


def _problems(count: int) -> str:
    return f"{count} problem{'s' * (count != 1)}"


def report(wanted: Report) -> int:
    """Score, print, write, and return the exit code: 1 when articles failed or are not in the run."""
    scored = score_folder(wanted.folder, wanted.gold, texts=wanted.texts)
    tell_problems(scored, wanted.gold, wanted.texts)
    scores, info = scored.scores, scored.info
    breakdowns = {by: breakdown(scores, scored.gold, by, resamples=wanted.resamples) for by in wanted.by}
    clusters = incident_clusters(scored.gold)
    result = as_json(scores, resamples=wanted.resamples, clusters=clusters)
    result = with_macro(result, scores, scored.gold, resamples=wanted.resamples)
    if wanted.json_file is not None:
        write_json(wanted.json_file, {**result, **({"by": breakdowns} if breakdowns else {})})
    if wanted.html_file is not None:
        from evals.cli.looking import write_report

        write_report(scored, result, wanted.html_file, breakdowns)
    if STDOUT not in (wanted.json_file, wanted.html_file):
        title = f"{wanted.folder.name}: {info.backend}, prompt {info.prompt}"
        if info.backend == "rules/baseline":
            title = f"{wanted.folder.name}: {info.backend}, a floor that every model must beat"
        show(score_report(result, title=title, everything=wanted.everything))
        for by, groups in breakdowns.items():
            show(breakdown_table(groups, by))
    return SOME_FAILED if scores.failed or scores.absent else OK
