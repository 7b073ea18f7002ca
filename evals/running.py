"""Extract from gold articles into a run, and read a run back to be scored. The only place that meets the engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evals.counts import Scorer
from evals.gold import GoldArticle, GoldError, gold_digest, read_gold
from evals.scores import RunScores, score_run
from extractor.runs import RunInfo, read_extractions, read_failures, read_run
from extractor.schemas import Schema, load_schema

PUBLISHED = "gold_published"
"""Option in `run.json`: whether the run was given the publication dates that its gold articles have."""


@dataclass(frozen=True, slots=True)
class Job:
    """One run over gold articles, as asked for; `options` are those of `extractor.engine.Options`."""

    gold: Path
    folder: Path
    backend: str
    prompt: str | None
    schema: str
    published: bool
    fresh: bool
    cache: bool
    base_url: str | None
    api_key_env: str | None
    timeout_s: float
    options: dict[str, Any]
    texts: Path | None = None


def run_gold(job: Job, on_progress: Callable[[Any], None] | None = None) -> None:
    """Extract all articles of a gold folder into a run; a run that is there is resumed.

    Raises:
        GoldError: the gold cannot be used.
        ExtractorError: the backend, prompt or run cannot be used.
    """
    from contextlib import ExitStack

    from extractor.backends import open_backend
    from extractor.cache import ResponseCache, default_path
    from extractor.engine import Options, extract_all, run_identity
    from extractor.prompts import default_prompt, load_prompt
    from extractor.runs import open_run

    schema = load_schema(job.schema)
    gold = read_gold(job.gold, schema, texts=job.texts)
    prompt = load_prompt(job.prompt or default_prompt(schema.name))
    options = Options(**job.options)
    backend = open_backend(job.backend, base_url=job.base_url, timeout_s=job.timeout_s, api_key_env=job.api_key_env)
    with ExitStack() as stack:
        cache = None
        if job.cache and backend.capabilities.structured_output != "native":
            cache = stack.enter_context(ResponseCache(default_path()))
        run = stack.enter_context(
            open_run(
                job.folder,
                run_identity(backend, prompt, schema, options),
                options={**job.options, "gold": job.gold.name, PUBLISHED: job.published},
                gold_digest=gold_digest(gold),
                fresh=job.fresh,
            )
        )
        extract_all(
            [article.article if job.published else replace(article.article, published=None) for article in gold],
            backend=backend,
            prompt=prompt,
            schema=schema,
            options=options,
            cache=cache,
            run=run,
            on_progress=on_progress,
        )


def score_folder(folder: Path, gold: Path, *, texts: Path | None = None) -> tuple[RunScores, RunInfo]:
    """Score a run folder against a gold folder. Loads no model client and sends nothing.

    Raises:
        RunError: there is no such run, or a line of it is broken.
        GoldError: the gold cannot be used, or its labels are of another schema than the run.
    """
    info = read_run(folder)
    schema = load_schema(info.schema)
    articles = _labels(gold, schema, texts)
    scores = score_run(
        articles,
        read_extractions(folder),
        scorer=Scorer(schema),
        failed=[failure.article_id for failure in read_failures(folder)],
        published=bool(info.options.get(PUBLISHED, True)),
    )
    if len(scores.absent) == len(articles):
        raise GoldError(f"none of the {len(articles)} articles of {gold} is in run {folder}: name the run's own gold")
    return scores, info


def _labels(gold: Path, schema: Schema, texts: Path | None) -> Sequence[GoldArticle]:
    return read_gold(gold, schema, texts=texts)
