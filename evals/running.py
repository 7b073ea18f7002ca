"""Extract from gold articles into a run, and read runs back to be scored. The only place that meets the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from evals.counts import Scorer
from evals.gold import GoldArticle, GoldError, article_digests, gold_digest, read_gold
from evals.scores import RunScores, score_run
from extractor.errors import RunError
from extractor.records import Extraction
from extractor.runs import RunInfo, read_extractions, read_failures, read_run, repeats_of
from extractor.schemas import Schema, load_schema, validate_event

if TYPE_CHECKING:
    from extractor.backends import Backend

PUBLISHED = "gold_published"
"""Option in `run.json`: whether the run was given the publication dates that its gold articles have."""

ARTICLES = "gold_articles"
"""Option in `run.json`: by id of each article a digest of what a model is given of it (`article_digests`)."""

PROMPT = "prompt"
"""Option in `run.json`: the prompt as it was asked for, which may be a folder that no search finds."""


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
    options: dict[str, Any]
    base_url: str | None = None
    api_key_env: str | None = None
    api_key_file: Path | None = None
    offline: bool = False
    timeout_s: float | None = None
    texts: Path | None = None

    def open_backend(self) -> Backend:
        """The backend, reached as asked for.

        Raises:
            UsageError: it lacks something, or is not on this machine and nothing may leave it.
        """
        from extractor.backends import open_backend

        return open_backend(
            self.backend,
            base_url=self.base_url,
            timeout_s=self.timeout_s,
            api_key_env=self.api_key_env,
            api_key_file=self.api_key_file,
            offline=self.offline,
        )


def run_gold(job: Job, on_progress: Callable[[Any], None] | None = None) -> bool:
    """Extract all articles of a gold folder into a run; a run that is there is resumed.

    Returns:
        False where articles that are done were given to the model with another text or other metadata than they have
        now: they keep their answers. Where labels changed as well as where texts did, `run.json` keeps the digest of
        the gold that the run began on, so that a gate can tell.

    Raises:
        GoldError: the gold cannot be used.
        RunError: all of it would fail for the same cause, so it was stopped; the run resumes.
        ExtractorError: the backend, prompt or run cannot be used.
    """
    from contextlib import ExitStack

    from extractor.engine import Options, extract_all, open_cache, run_identity
    from extractor.prompts import default_prompt, load_prompt
    from extractor.runs import open_run

    schema = load_schema(job.schema)
    gold = read_gold(job.gold, schema, texts=job.texts)
    prompt = load_prompt(job.prompt or default_prompt(schema.name))
    options = Options(**job.options)
    backend = job.open_backend()
    digest = gold_digest(gold)
    before = None if job.fresh or not (job.folder / "run.json").is_file() else read_run(job.folder)
    same_gold = before is None or before.digests.gold in (None, digest)
    now = article_digests(gold)
    given = _given(job.folder, before, now, same_gold=same_gold)
    with ExitStack() as stack:
        cache = stack.enter_context(open_cache(backend, wanted=job.cache))
        run = stack.enter_context(
            open_run(
                job.folder,
                run_identity(backend, prompt, schema, options),
                options={
                    **job.options,
                    "gold": job.gold.name,
                    PUBLISHED: job.published,
                    PROMPT: job.prompt,
                    **({} if given is None else {ARTICLES: {**now, **given}}),
                },
                gold_digest=digest if same_gold else None,
                fresh=job.fresh,
            )
        )
        totals = extract_all(
            [article.article if job.published else replace(article.article, published=None) for article in gold],
            backend=backend,
            prompt=prompt,
            schema=schema,
            options=options,
            cache=cache,
            run=run,
            on_progress=on_progress,
        )
    if totals.stopped is not None:
        raise RunError(
            f"run {job.folder} stopped with {totals.left} articles left: {totals.stopped}; once that is mended, "
            "the same command goes on"
        )
    # A run that recorded no digests of its articles cannot tell new labels from new texts.
    return same_gold if given is None else all(now.get(name, known) == known for name, known in given.items())


def _given(
    folder: Path, before: RunInfo | None, now: Mapping[str, str], *, same_gold: bool
) -> Mapping[str, str] | None:
    """The digests of the articles as the answers of a run were made; None where the run does not say.

    Args:
        folder: of the run.
        before: what its `run.json` says; None for a new run.
        now: the digests of the articles as they are.
        same_gold: whether the gold is as when the run began.
    """
    if before is None:
        return now
    given = before.options.get(ARTICLES)
    if not isinstance(given, dict):
        return now if same_gold else None
    changed = {name for name, known in given.items() if now.get(name, known) != known}
    done = {extraction.article_id for extraction in read_extractions(folder)} if changed else set()
    return {name: known if name in done else now.get(name, known) for name, known in given.items()}


@dataclass(frozen=True, slots=True)
class ScoredRun:
    """A run that was read and scored: `gold` in the order of the rows of `scores`."""

    folder: Path
    info: RunInfo
    gold: Sequence[GoldArticle]
    scores: RunScores


def score_folder(folder: Path, gold: Path, *, texts: Path | None = None) -> ScoredRun:
    """Score a run folder against a gold folder. Loads no model client and sends nothing.

    Raises:
        RunError: there is no such run, a line of it is broken, or it is several repeats.
        GoldError: the gold cannot be used, or its labels are of another schema than the run.
    """
    repeats = repeats_of(folder)
    if len(repeats) > 1:
        raise RunError(f"{folder} holds {len(repeats)} repeats: name one of them, such as {repeats[0]}")
    return score_folders(repeats, gold, texts=texts)[0]


def score_folders(folders: Sequence[Path], gold: Path, *, texts: Path | None = None) -> list[ScoredRun]:
    """Score several runs against the same gold, which is read once a schema; see `score_folder`."""
    labels: dict[str, Sequence[GoldArticle]] = {}
    found = []
    for folder in folders:
        info = read_run(folder)
        if info.schema not in labels:
            labels[info.schema] = _labels(gold, info, folder, texts)
        found.append(_scored(folder, info, labels[info.schema], gold))
    return found


def _labels(gold: Path, info: RunInfo, folder: Path, texts: Path | None) -> Sequence[GoldArticle]:
    try:
        return read_gold(gold, load_schema(info.schema), texts=texts)
    except GoldError as error:
        raise GoldError(f"{error} (run {folder} is of schema {info.schema!r}, and so must the labels be)") from error


def _scored(folder: Path, info: RunInfo, labels: Sequence[GoldArticle], gold: Path) -> ScoredRun:
    schema = load_schema(info.schema)
    scores = score_run(
        labels,
        _checked(folder, schema),
        scorer=Scorer(schema),
        failed=[failure.article_id for failure in read_failures(folder)],
        published=bool(info.options.get(PUBLISHED, True)),
    )
    if len(scores.absent) == len(labels):
        raise GoldError(f"none of the {len(labels)} articles of {gold} is in run {folder}: name the run's own gold")
    return ScoredRun(folder, info, labels, scores)


def _checked(folder: Path, schema: Schema) -> Iterator[Extraction]:
    """The extractions of a run, refused where a value cannot be scored: text for a list, a negative or NaN count.

    A run may be older than the schema, or made by hand: fields that it lacks or has besides, and values that an
    enumeration does not know, are scored as what they are.
    """
    for extraction in read_extractions(folder):
        for i, event in enumerate(extraction.events):
            bare = event if "id" in schema.event.model_fields else {k: v for k, v in event.items() if k != "id"}
            try:
                validate_event(schema, bare)
            except ValidationError as error:
                for problem in error.errors(include_url=False, include_context=False, include_input=False):
                    if problem["type"] not in _SCORABLE:
                        at = ".".join(map(str, ("events", i, *problem["loc"])))
                        raise RunError(
                            f"run {folder}: article {extraction.article_id!r}: {at}: {problem['msg']}: "
                            f"it is no value of schema {schema.name!r}, make that article anew"
                        ) from error
        yield extraction


_SCORABLE = frozenset({"missing", "extra_forbidden", "too_short", "too_long", "literal_error", "enum"})
