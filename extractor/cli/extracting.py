"""What `extractor extract` does: options to the engine, results to the terminal or a pipe."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

import typer

from extractor.backends import Backend, open_backend
from extractor.backends.prices import Pricing
from extractor.cache import ResponseCache, default_path
from extractor.cli.forecast import show_estimate
from extractor.cli.printing import Printer
from extractor.cli.progress import Progress
from extractor.cli.running import OK, SOME_FAILED
from extractor.cli.sources import ArticleSources
from extractor.engine import Estimate, Options, Totals, estimate, extract_many, open_cache, run_identity
from extractor.errors import UsageError
from extractor.prompts import Prompt, default_prompt, load_prompt
from extractor.runs import (
    RUN_FILE,
    Run,
    open_run,
    read_extractions,
    read_run,
    repeat_folders,
    run_folder,
    spent_beside,
)
from extractor.schemas import Schema, load_schema

_CONNECTIONS = 256
"""Open at once, at least; a profile may allow more requests in flight than the default."""


@dataclass(frozen=True, slots=True)
class Job:
    """One call of `extractor extract`, as given; `options` are those of `engine.Options`."""

    articles: tuple[str, ...]
    backend: str
    prompt: str | None
    schema: str
    run: Path | None
    fresh: bool
    output: str
    base_url: str | None
    api_key_env: str | None
    api_key_file: Path | None
    offline: bool
    dry_run: bool
    timeout_s: float | None
    limit: int | None
    repeats: int
    text_field: str | None
    max_chars: int | None
    cache: bool
    quiet: bool
    options: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Work:
    """A job with everything that it names opened; `folders` is that of each repeat, None where there is no run."""

    job: Job
    sources: ArticleSources
    backend: Backend
    prompt: Prompt
    schema: Schema
    folders: Sequence[Path | None]

    def options(self, repeat: int, elsewhere: float = 0.0) -> Options:
        """The options of one repeat; `elsewhere` is what the others cost in USD."""
        return Options(**self.job.options, repeat=repeat, spent_elsewhere_usd=elsewhere)

    def open_run(self, repeat: int, options: Options) -> AbstractContextManager[Run | None]:
        """The run of one repeat."""
        folder = self.folders[repeat]
        if folder is None:
            return nullcontext()
        identity = run_identity(self.backend, self.prompt, self.schema, options)
        return open_run(folder, identity, options=_recorded(self.job, repeat), fresh=self.job.fresh)

    def is_resumed(self, folder: Path) -> bool:
        """Whether there is a run in it, which goes on."""
        return not self.job.fresh and (folder / RUN_FILE).is_file()


def run_job(job: Job) -> int:
    """Extract, print, and return the exit code."""
    if job.offline:
        _stay_offline(job)
    work = _opened(job)
    if job.dry_run:
        return _forecast(work)
    with ExitStack() as stack:
        cache = stack.enter_context(open_cache(work.backend, wanted=job.cache))
        progress = stack.enter_context(Progress(shown=not job.quiet))
        printer = stack.enter_context(Printer(job.output, work.schema, progress.console))
        totals = asyncio.run(_extract_repeats(work, cache, progress, printer))
    failed_before = _failed_before(work, totals)
    if not job.quiet:
        _closing_lines(work, totals, failed_before)
    return SOME_FAILED if totals.failed or totals.left or failed_before else OK


def _failed_before(work: _Work, totals: Totals) -> int:
    """How many articles of the runs failed in an earlier session and were not asked for again in this one."""
    folders = [folder for folder in work.folders if folder is not None and (folder / RUN_FILE).is_file()]
    return max(0, sum(read_run(folder).articles.failed for folder in folders) - totals.failed)


def _opened(job: Job) -> _Work:
    sources = ArticleSources(
        job.articles, text_field=job.text_field, max_chars=job.max_chars, limit=job.limit, again=job.repeats > 1
    )
    schema = load_schema(job.schema)
    prompt = load_prompt(job.prompt or default_prompt(schema.name))
    options = Options(**job.options)
    folders: Sequence[Path | None] = [None] * job.repeats
    if job.run is not None:
        folders = repeat_folders(run_folder(job.run), job.repeats)
    backend = open_backend(
        job.backend,
        base_url=job.base_url,
        timeout_s=job.timeout_s,
        api_key_env=job.api_key_env,
        api_key_file=job.api_key_file,
        offline=job.offline,
        max_connections=max(options.concurrency or 0, _CONNECTIONS),
    )
    return _Work(job, sources, backend, prompt, schema, folders)


async def _extract_repeats(work: _Work, cache: ResponseCache | None, progress: Progress, printer: Printer) -> Totals:
    """Extract all repeats, one after the other, until one of them is stopped; closes the backend."""
    totals = Totals()
    try:
        for repeat in range(len(work.folders)):
            if len(work.folders) > 1 and not work.job.quiet:
                progress.console.print(f"repeat {repeat}", highlight=False)
            options = work.options(repeat, _spent_elsewhere(work, repeat, totals))
            with work.open_run(repeat, options) as run:
                now = await extract_many(
                    work.sources.read(),
                    backend=work.backend,
                    prompt=work.prompt,
                    schema=work.schema,
                    options=options,
                    cache=cache,
                    run=run,
                    on_result=printer.result,
                    on_progress=_after(totals, progress),
                )
            totals += now
            if now.stopped is not None:
                return totals + _not_begun(work, repeat, now)
    finally:
        await work.backend.aclose()
    return totals


def _after(earlier: Totals, progress: Progress) -> Callable[[Totals], None]:
    """Shows totals of one repeat on top of those of the earlier ones."""
    return lambda now: progress.update(earlier + now)


def _spent_elsewhere(work: _Work, repeat: int, totals: Totals) -> float:
    """USD that the other repeats cost, in this session or before; a budget is for all of them together."""
    if work.job.options["budget_usd"] is None:
        return 0.0
    folders = [folder for folder in work.folders if folder is not None]
    if folders:
        return spent_beside(folders, repeat, fresh=work.job.fresh)
    return totals.spent.paid.cost_usd + totals.spent.paid.unsure_usd


def _not_begun(work: _Work, repeat: int, met: Totals) -> Totals:
    """What is left to be done in the repeats after that one, where as many articles are met as in it."""
    left = 0
    for folder in work.folders[repeat + 1 :]:
        ended = 0
        if folder is not None and work.is_resumed(folder):
            articles = read_run(folder).articles
            ended = articles.done + (0 if work.job.options["retry_failed"] else articles.failed)
        left += max(0, met.total - ended)
    return Totals(total=left, left=left, left_is_least=met.left_is_least)


def _stay_offline(job: Job) -> None:
    """Keep the libraries that read from Hugging Face from asking for anything that is not on this machine.

    Raises:
        UsageError: the articles are to be fetched from there.
    """
    if remote := next((source for source in job.articles if source.startswith("hf:")), None):
        raise UsageError(f"{remote} is fetched from Hugging Face, and --offline forbids that: give files")
    os.environ["HF_HUB_OFFLINE"] = os.environ["HF_DATASETS_OFFLINE"] = "1"


def _forecast(work: _Work) -> int:
    """Print what the extraction would take; writes nothing, not even the run's folder."""

    async def estimate_all(cache: ResponseCache | None) -> Estimate:
        try:
            return reduce(add, [await _estimated(work, repeat, cache) for repeat in range(len(work.folders))])
        finally:
            await work.backend.aclose()

    cached = work.job.cache and default_path().is_file()
    with ResponseCache(default_path()) if cached else nullcontext() as cache:
        show_estimate(asyncio.run(estimate_all(cache)), len(work.folders))
    return OK


async def _estimated(work: _Work, repeat: int, cache: ResponseCache | None) -> Estimate:
    folder = work.folders[repeat]
    resumed = folder if folder is not None and work.is_resumed(folder) else None
    earlier = [read_run(each) for each in work.folders if each is not None and work.is_resumed(each)]
    return await estimate(
        work.sources.read(),
        backend=work.backend,
        prompt=work.prompt,
        schema=work.schema,
        options=work.options(repeat),
        cache=cache,
        done=frozenset(each.article_id for each in read_extractions(resumed)) if resumed else (),
        earlier=max(earlier, key=lambda info: info.articles.done, default=None),
    )


def _recorded(job: Job, repeat: int) -> dict[str, Any]:
    """The options that go into `run.json`; of a key file not even the name."""
    return {
        **job.options,
        "repeat": repeat,
        "profile": None if "/" in job.backend else job.backend,
        "offline": job.offline,
        "articles": list(job.articles),
        "base_url": job.base_url,
        "timeout_s": job.timeout_s,
        "limit": job.limit,
    }


def _closing_lines(work: _Work, totals: Totals, failed_before: int) -> None:
    job, backend = work.job, work.backend
    parts = [f"{totals.done} done", f"{totals.failed} failed"]
    if totals.skipped > failed_before:
        parts.append(f"{totals.skipped - failed_before} done before")
    if failed_before:
        parts.append(f"{failed_before} failed before: --retry-failed asks for them again")
    if job.backend == "rules/baseline":
        parts.append("by rules/baseline, a floor without a model: choose a model with --backend")
    typer.echo("; ".join(parts), err=True)
    paid = totals.spent.paid
    if paid.cost_usd:
        unsure = f", and perhaps ${paid.unsure_usd:.4f} for answers that did not arrive" if paid.unsure_usd else ""
        typer.echo(f"paid: ${paid.cost_usd:.4f}{unsure}", err=True)
    if paid.unpriced:
        pricing = Pricing(backend.name, backend.endpoint, backend.capabilities.terms.price)
        typer.echo(f"cost: not known for {paid.unpriced} answers; {pricing}", err=True)
    if totals.stopped is not None:
        more = " or more" if totals.left_is_least else ""
        go_on = "the same command goes on" if job.run is not None else "give a --run next time, and it can be resumed"
        typer.echo(f"stopped: {totals.stopped}; {totals.left}{more} articles are left to do; {go_on}", err=True)
    for folder in work.folders:
        if folder is not None and folder.is_dir():
            typer.echo(f"run: {folder}", err=True)
