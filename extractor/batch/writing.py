"""`batch write`: from articles to files of requests and the manifest that reads their answers back."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from extractor.backends.addresses import without_secrets
from extractor.backends.chat_body import ChatBodies
from extractor.backends.providers import Provider, providers
from extractor.batch.files import MAX_BYTES, MAX_REQUESTS, Batch, BatchState, RequestWriter
from extractor.batch.manifest import Head, ManifestWriter
from extractor.batch.source import BatchBackend
from extractor.engine.article import Work
from extractor.engine.asking import Asker
from extractor.engine.ids import ArticleIds, not_its_own
from extractor.engine.options import Options, Timing
from extractor.engine.traffic import Traffic
from extractor.errors import ArticleError, UsageError
from extractor.prompts import Prompt, default_prompt, load_prompt
from extractor.records import Article, Failure
from extractor.schemas import Schema, load_schema


@dataclass(frozen=True)
class WriteJob:
    """What to write.

    Attributes:
        articles: read lazily, once.
        output: the first file of requests.
        model: `provider/model`; without a provider it is OpenAI's.
        prompt: name, folder or None for the schema's own.
        schema: a name.
        options: `temperature`, `max_tokens`, `seed` (None: as the prompt says) and `reasks`.
        repeats: samples of each article, 1 or more.
        max_requests, max_bytes: of one file.
        run_options, gold_digest: for the run, see `Head`.
        sends_temperature: None: unless the model is known to refuse one.
    """

    articles: Iterable[Article | ArticleError]
    output: Path
    model: str
    prompt: str | None = None
    schema: str = "conflict"
    options: dict[str, Any] = field(default_factory=dict)
    repeats: int = 1
    max_requests: int = MAX_REQUESTS
    max_bytes: int = MAX_BYTES
    run_options: dict[str, Any] = field(default_factory=dict)
    gold_digest: str | None = None
    sends_temperature: bool | None = None
    now: datetime | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What was written. `refused` are the articles that get no request, by id, with the reason."""

    files: list[Path]
    manifest: Path
    sends_temperature: bool
    requests: int
    articles: int
    refused: dict[str, str]


def write_batch(job: WriteJob) -> Written:
    """Write requests and manifest; they appear when all is written.

    Raises:
        UsageError: a file is there already or cannot be written, a provider that has no such batches, wrong options.
        ExtractorError: prompt or schema cannot be used.
    """
    if job.repeats < 1 or job.max_requests < 1 or job.max_bytes < 1:
        raise UsageError("repeats and the limits of a file must be 1 or more")
    provider, model = batch_model(job.model)
    schema = load_schema(job.schema)
    prompt = load_prompt(job.prompt or default_prompt(schema.name))
    head = _head(job, provider, model, prompt, schema)
    batch = Batch(job.output)
    bodies = ChatBodies(provider.at(provider.address()), model)
    refuses = bool(provider.no_temperature and re.match(provider.no_temperature, model))
    bodies.sends_temperature &= not refuses if job.sends_temperature is None else job.sends_temperature
    requests = RequestWriter(job.output, max_requests=job.max_requests, max_bytes=job.max_bytes)
    with ManifestWriter(batch, head) as manifest:
        try:
            counted = asyncio.run(_write(job, head, (prompt, schema), manifest, requests, bodies))
            BatchState(sends_temperature=bodies.sends_temperature).write(batch)
            manifest.finish()
        except BaseException:
            requests.abandon()
            raise
    return Written(requests.finish(), batch.manifest, bodies.sends_temperature, requests.count, *counted)


def batch_model(ref: str) -> tuple[Provider, str]:
    """The provider and model that a batch is written for.

    Raises:
        UsageError: no such provider, or one that is not asked in OpenAI's format.
    """
    name, slash, model = ref.strip().partition("/")
    if not slash:
        name, model = "openai", name
    provider = providers().get(name)
    if not model or provider is None:
        raise UsageError(f"no provider {name!r} of {ref!r}: a model of your own server is written vllm/{ref.strip()}")
    if provider.route != "compatible":
        raise UsageError(
            f"{name} has a batch format of its own: write the batch for an OpenAI-compatible provider, such as "
            f"vllm/{ref.strip()} for a server of your own"
        )
    return provider, model


def work_of(backend: BatchBackend, prompt: Prompt, schema: Schema, options: Options) -> Work:
    """The engine's way of an article, over the answers that the backend has."""
    timing = Timing()
    return Work(
        asker=Asker(backend, None, options, timing, Traffic(backend, options, timing)),
        prompt=prompt,
        schema=schema,
        options=options,
        parameters=options.parameters(prompt),
        json_schema=prompt.answer_schema(schema),
    )


def _head(job: WriteJob, provider: Provider, model: str, prompt: Prompt, schema: Schema) -> Head:
    folder = job.prompt is not None and Path(job.prompt).is_dir()
    wanted = {name: value for name, value in job.options.items() if value is not None}
    Options(**wanted)  # says what is wrong with them
    return Head(
        backend=f"{provider.name}/{model}",
        endpoint=without_secrets(provider.address()),
        prompt=str(prompt.folder.resolve()) if folder else prompt.ref,
        prompt_digest=prompt.digest,
        schema=schema.name,
        schema_digest=schema.digest,
        options=wanted,
        repeats=job.repeats,
        max_requests=job.max_requests,
        max_bytes=job.max_bytes,
        written=job.now or datetime.now(UTC),
        run_options=job.run_options,
        gold_digest=job.gold_digest,
    )


async def _write(  # the ends of one pass over the articles
    job: WriteJob,
    head: Head,
    asked: tuple[Prompt, Schema],
    manifest: ManifestWriter,
    requests: RequestWriter,
    bodies: ChatBodies,
) -> tuple[int, dict[str, str]]:
    """One pass over the articles: how many there are, and those that get no request."""
    backend = BatchBackend(head.backend, head.endpoint)
    works = [work_of(backend, *asked, head.options_of(repeat)) for repeat in range(head.repeats)]
    ids = ArticleIds()
    number, refused = 0, {}
    for number, given in enumerate(job.articles, 1):
        item = _own(given, ids)
        if isinstance(item, Article):
            for work in works:
                backend.begin(number, None)
                result, _ = await work.extract(item)
                if backend.missing is None:  # it ended before anything was asked
                    message = result.message if isinstance(result, Failure) else "nothing is asked of it"
                    item = ArticleError(message, article_id=item.id)
                    break
                custom_id, request = backend.missing
                requests.add(str(custom_id), bodies.body(request), whose=request.article.id)
        if isinstance(item, ArticleError):
            refused[item.article_id] = str(item)
        manifest.add(item)
    return number, refused


def _own(given: Article | ArticleError, ids: ArticleIds) -> Article | ArticleError:
    """The article under an id of its own, else why it has none."""
    name = given.id if isinstance(given, Article) else given.article_id
    article_id = ids.own(name)
    if isinstance(given, ArticleError):
        return ArticleError(str(given), article_id=article_id)
    if article_id != name:
        return ArticleError(not_its_own(name), article_id=article_id)
    return replace(
        given, title=_encodable(given.title), source=_encodable(given.source), url=_encodable(given.url), metadata={}
    )


def _encodable(text: str | None) -> str | None:
    return text if text is None else text.encode("utf-8", "replace").decode()
