"""What `evals run` does for several backends, prompts or repeats."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import typer

from evals.cli.scoring import CHANGED_GOLD, run_name, tell_problems
from evals.cli.writing import STDOUT, write_json
from evals.matrix import Combination, Summary, as_json, folder_name, plan, summarise
from evals.report.matrix_tables import matrix_report
from evals.report.tables import show
from evals.running import Job, run_gold, score_folders
from extractor.cli.progress import Progress
from extractor.cli.running import OK, SOME_FAILED
from extractor.runs import read_extractions, run_folder, spent_beside

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Matrix:
    """One call of `evals run` for several combinations; `job` holds what they have in common."""

    job: Job
    name: Path | None
    backends: Sequence[str]
    prompts: Sequence[str]
    repeats: int
    resamples: int
    json_file: Path | None


def run_matrix(wanted: Matrix) -> int:
    """Run or resume all combinations, print them side by side, and return the exit code: 1 when articles failed."""
    combinations = _planned(wanted)
    for backend in dict.fromkeys(one.backend for one in combinations):
        _check_backend(wanted.job, backend)
    folders = [folder for one in combinations for folder in one.runs]
    done = 0
    for combination in combinations:
        for number, folder in enumerate(combination.runs):
            said = f"{done + 1}/{len(folders)} {combination.backend}, prompt {combination.ref}, repeat {number}"
            typer.echo(said, err=True)
            _run(_within_budget(wanted.job, folders, done), combination, number, folder)
            done += 1
    return _report(wanted, combinations)


def _planned(wanted: Matrix) -> list[Combination]:
    from extractor.prompts import default_prompt, load_prompt

    schema = wanted.job.schema
    asked: Sequence[str | None] = list(wanted.prompts) or [None]
    prompts = [(prompt, load_prompt(prompt or default_prompt(schema)).ref) for prompt in asked]
    return plan(run_folder(wanted.name or Path(_name(wanted))), wanted.backends, prompts, wanted.repeats)


def _name(wanted: Matrix) -> str:
    backends, prompts = dict.fromkeys(wanted.backends), dict.fromkeys(wanted.prompts)
    if len(backends) == 1 and len(prompts) <= 1:
        prompt = next(iter(prompts), None)
        return f"{run_name(wanted.job.gold, wanted.backends[0], prompt, wanted.job.schema)}-repeats"
    schema = "" if wanted.job.schema == "conflict" else f"-{wanted.job.schema}"
    return folder_name(f"{wanted.job.gold.resolve().name}-matrix{schema}")


def _check_backend(job: Job, backend: str) -> None:
    """Say what a backend lacks before anything is run."""
    asyncio.run(replace(job, backend=backend).open_backend().aclose())


def _within_budget(job: Job, folders: Sequence[Path], at: int) -> Job:
    """The job, told what the other runs of the matrix cost: a budget is for all of them together.

    Raises:
        UsageError: one of them holds answers whose price was not known.
    """
    if job.options.get("budget_usd") is None:
        return job
    elsewhere = spent_beside(folders, at, fresh=job.fresh)
    return replace(job, options={**job.options, "spent_elsewhere_usd": elsewhere})


def _run(job: Job, combination: Combination, number: int, folder: Path) -> None:
    own = replace(
        job,
        folder=folder,
        backend=combination.backend,
        prompt=combination.prompt,
        options={**job.options, "repeat": number},
    )
    with Progress(shown=True) as progress:
        same_gold = run_gold(own, progress.update)
    if not same_gold:
        typer.echo(CHANGED_GOLD.format(folder=folder), err=True)


def _report(wanted: Matrix, combinations: Sequence[Combination]) -> int:
    summaries: list[Summary] = []
    for one in combinations:
        runs = score_folders(one.runs, wanted.job.gold, texts=wanted.job.texts)
        if not summaries:
            tell_problems(runs[0], wanted.job.gold, wanted.job.texts)
        taken = [found.latency_s for folder in one.runs for found in read_extractions(folder)]
        latencies = [seconds for seconds in taken if seconds is not None]
        summaries.append(summarise(one, runs, latencies, wanted.resamples))
    if wanted.json_file is not None:
        write_json(wanted.json_file, {"format": FORMAT, "combinations": as_json(summaries)})
    if wanted.json_file != STDOUT:
        show(matrix_report(summaries))
    return SOME_FAILED if any(one.failed or one.absent for one in summaries) else OK
