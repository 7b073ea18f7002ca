"""What `extractor extract` and `extractor show` do: options to the engine, results to the terminal or a pipe."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, nullcontext
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import typer
from pydantic_core import to_json
from rich.console import Console

from extractor.articles import DEFAULT_MAX_CHARS, read_articles
from extractor.backends import Backend, open_backend
from extractor.backends.prices import Pricing
from extractor.cache import ResponseCache, default_path
from extractor.cli.forecast import show_estimate
from extractor.cli.progress import Progress
from extractor.cli.running import OK, SOME_FAILED
from extractor.cli.view import extraction_view
from extractor.engine import Estimate, Options, Totals, estimate, extract_all, run_identity
from extractor.errors import ArticleError, UsageError
from extractor.prompts import Prompt, default_prompt, load_prompt
from extractor.records import FORMAT, Article, Extraction, Failure
from extractor.runs import RUN_FILE, open_run, read_extractions, read_failures, read_run, run_folder
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
    text_field: str | None
    max_chars: int | None
    cache: bool
    quiet: bool
    options: dict[str, Any]


def run_job(job: Job) -> int:
    """Extract, print, and return the exit code."""
    if job.offline:
        _stay_offline(job)
    articles = _articles(job)
    schema = load_schema(job.schema)
    prompt = load_prompt(job.prompt or default_prompt(schema.name))
    options = Options(**job.options)
    backend = open_backend(
        job.backend,
        base_url=job.base_url,
        timeout_s=job.timeout_s,
        api_key_env=job.api_key_env,
        api_key_file=job.api_key_file,
        offline=job.offline,
        max_connections=max(options.concurrency or 0, _CONNECTIONS),
    )
    if job.dry_run:
        return _forecast(job, articles, backend, prompt, schema, options)
    with ExitStack() as stack:
        cache = None
        if job.cache and backend.capabilities.structured_output != "native":
            cache = stack.enter_context(ResponseCache(default_path()))
        run = None
        if job.run is not None:
            identity = run_identity(backend, prompt, schema, options)
            run = stack.enter_context(open_run(run_folder(job.run), identity, options=_recorded(job), fresh=job.fresh))
        progress = stack.enter_context(Progress(shown=not job.quiet))
        printer = stack.enter_context(Printer(job.output, schema, progress.console))
        totals = extract_all(
            articles,
            backend=backend,
            prompt=prompt,
            schema=schema,
            options=options,
            cache=cache,
            run=run,
            on_result=printer.result,
            on_progress=progress.update,
        )
    if not job.quiet:
        pricing = Pricing(backend.name, backend.endpoint, backend.capabilities.terms.price)
        _closing_lines(job, totals, pricing)
    return SOME_FAILED if totals.failed or totals.left else OK


def _stay_offline(job: Job) -> None:
    """Keep the libraries that read from Hugging Face from asking for anything that is not on this machine.

    Raises:
        UsageError: the articles are to be fetched from there.
    """
    if remote := next((source for source in job.articles if source.startswith("hf:")), None):
        raise UsageError(f"{remote} is fetched from Hugging Face, and --offline forbids that: give files")
    os.environ["HF_HUB_OFFLINE"] = os.environ["HF_DATASETS_OFFLINE"] = "1"


def _forecast(
    job: Job,
    articles: Iterable[Article | ArticleError],
    backend: Backend,
    prompt: Prompt,
    schema: Schema,
    options: Options,
) -> int:
    """Print what the extraction would take; writes nothing, not even the run's folder."""
    folder = None if job.run is None else run_folder(job.run)
    resumed = folder is not None and not job.fresh and (folder / RUN_FILE).is_file()

    async def estimate_and_close(cache: ResponseCache | None) -> Estimate:
        try:
            return await estimate(
                articles,
                backend=backend,
                prompt=prompt,
                schema=schema,
                options=options,
                cache=cache,
                done=frozenset(each.article_id for each in read_extractions(folder)) if folder and resumed else (),
                earlier=read_run(folder) if folder and resumed else None,
            )
        finally:
            await backend.aclose()

    cached = job.cache and default_path().is_file()
    with ResponseCache(default_path()) if cached else nullcontext() as cache:
        show_estimate(asyncio.run(estimate_and_close(cache)))
    return OK


def _articles(job: Job) -> Iterable[Article | ArticleError]:
    sources = job.articles
    if not sources:
        if sys.stdin.isatty():
            raise UsageError("no articles: name files, folders or globs, or pipe a text in")
        sources = ("-",)
    max_chars = DEFAULT_MAX_CHARS if job.max_chars is None else job.max_chars
    found = read_articles(sources, stdin=_standard_input(), text_field=job.text_field, max_chars=max_chars)
    return found if job.limit is None else islice(found, job.limit)


def _standard_input() -> BinaryIO:
    """Standard input, unbuffered by Python: an interrupt while its buffer waits in a thread would crash the process."""
    if sys.stdin is not sys.__stdin__:
        return sys.stdin.buffer
    return open(0, "rb", closefd=False)


def _recorded(job: Job) -> dict[str, Any]:
    """The options that go into `run.json`; of a key file not even the name."""
    return {
        **job.options,
        "profile": None if "/" in job.backend else job.backend,
        "offline": job.offline,
        "articles": list(job.articles),
        "base_url": job.base_url,
        "timeout_s": job.timeout_s,
        "limit": job.limit,
    }


def _closing_lines(job: Job, totals: Totals, pricing: Pricing) -> None:
    parts = [f"{totals.done} done", f"{totals.failed} failed"]
    if totals.skipped:
        parts.append(f"{totals.skipped} done before")
    if job.backend == "rules/baseline":
        parts.append("by rules/baseline, a floor without a model: choose a model with --backend")
    typer.echo("; ".join(parts), err=True)
    paid = totals.spent.paid
    if paid.cost_usd:
        unsure = f", and perhaps ${paid.unsure_usd:.4f} for answers that did not arrive" if paid.unsure_usd else ""
        typer.echo(f"paid: ${paid.cost_usd:.4f}{unsure}", err=True)
    if paid.unpriced:
        typer.echo(f"cost: not known for {paid.unpriced} answers; {pricing}", err=True)
    if totals.stopped is not None:
        more = " or more" if totals.left_is_least else ""
        go_on = "the same command goes on" if job.run is not None else "give a --run next time, and it can be resumed"
        typer.echo(f"stopped: {totals.stopped}; {totals.left}{more} articles are left to do; {go_on}", err=True)
    if job.run is not None:
        typer.echo(f"run: {run_folder(job.run)}", err=True)


class Printer:
    """Prints results as they come: a readable view, JSON lines, or one JSON list. Failures go to stderr."""

    def __init__(self, output: str, schema: Schema, messages: Console) -> None:
        self._format = output if output != "auto" else ("text" if sys.stdout.isatty() else "jsonl")
        self._schema = schema
        self._messages = messages
        self._out = Console(highlight=False, soft_wrap=not sys.stdout.isatty())
        self._printed = 0

    def __enter__(self) -> Printer:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if self._format == "json" and kind is None:
            sys.stdout.write("\n]\n" if self._printed else "[]\n")
        sys.stdout.flush()

    def result(self, result: Extraction | Failure) -> None:
        """Print one result."""
        if isinstance(result, Failure):
            self._messages.print(failure_line(result), style="red", highlight=False, markup=False, soft_wrap=True)
            return
        if self._format == "text":
            self._out.print(extraction_view(result, self._schema))
            return
        line = to_json({"format": FORMAT, **asdict(result)}).decode()
        if self._format == "json":
            line = ("[\n" if not self._printed else ",\n") + line
        sys.stdout.write(line if self._format == "json" else line + "\n")
        self._printed += 1


def failure_line(failure: Failure) -> str:
    """One line that names the article, unless the message begins with its name."""
    named = failure.message.startswith(failure.article_id)
    return f"failed: {failure.message}" if named else f"failed: {failure.article_id}: {failure.message}"


def show_run(run: Path, article: str | None) -> None:
    """Print the events and failures of a run.

    Raises:
        RunError: there is no such run.
        UsageError: the article is not in it.
    """
    from extractor.runs import read_run

    folder = run_folder(run)
    schema = load_schema(read_run(folder).schema)
    console = Console(highlight=False)
    shown = 0
    for result in _results(folder):
        if article is None or result.article_id == article:
            shown += 1
            if isinstance(result, Extraction):
                console.print(extraction_view(result, schema))
            else:
                console.print(failure_line(result), style="red", markup=False, soft_wrap=True)
    if article is not None and not shown:
        raise UsageError(f"run {folder} has no article {article!r}: see {folder}{os.sep}extractions.jsonl")


def _results(folder: Path) -> Iterator[Extraction | Failure]:
    yield from read_extractions(folder)
    yield from read_failures(folder)
