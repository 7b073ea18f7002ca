"""`batch read`: from answers to a normal run, and to the next file of requests for what is not settled by them.

May be repeated with the same answers, with more of them, or with those of the next round; killed at any moment, the
same call goes on. Answers that count are kept in the run, so earlier files of answers are not needed again.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from extractor.backends.chat_body import ChatBodies
from extractor.backends.failures import Endpoint
from extractor.backends.prices import Pricing
from extractor.backends.profiles import own_price
from extractor.batch.answers import AnswerFiles, Tally
from extractor.batch.files import Batch, BatchState, RequestWriter
from extractor.batch.ids import CustomId
from extractor.batch.manifest import Head, read_head, read_items
from extractor.batch.source import BatchBackend, Sources
from extractor.batch.writing import batch_model, work_of
from extractor.engine.article import Work
from extractor.engine.options import run_identity
from extractor.errors import ArticleError, UsageError
from extractor.prompts import Prompt
from extractor.records import Article, Failure
from extractor.runs import AnswerIndex, Run, open_run, repeat_folders
from extractor.schemas import Schema


@dataclass(frozen=True, slots=True)
class ReadJob:
    """What to read.

    Attributes:
        answers: files of answers, in any order.
        requests: the file of requests that they answer; says which round is next.
        folder: of the run; with several repeats its `repeat-0`, `repeat-1`…
        backend: who answered, for the run; None: the model that the requests were written for.
        give_up: ask no more: articles that wait end with what is there, valid events or a failure.
        retry_failed: ask again for articles that failed without an answer, as after a wrong key.
        fresh: set a run that is there aside.
    """

    answers: Sequence[Path]
    requests: Path
    folder: Path
    backend: str | None = None
    give_up: bool = False
    retry_failed: bool = False
    fresh: bool = False


@dataclass(slots=True)
class BatchReport:
    """What a reading came to.

    Attributes:
        tally: what the files held. unknown: ids of answers that no request asked for.
        done, failed: articles that ended, in this reading and before; failures by kind.
        settled: number and repeat of the articles that were done before.
        reasks: requests of the next round that ask again after an unusable answer. unanswered: those that are sent
            again because no answer came to an article at all.
        next_files: where they are.
        folders: of the runs.
    """

    tally: Tally
    done: int = 0
    settled: set[tuple[int, int]] = field(default_factory=set)
    failed: Counter[str] = field(default_factory=Counter)
    reasks: int = 0
    unanswered: int = 0
    unknown: list[str] = field(default_factory=list)
    next_files: list[Path] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)

    @property
    def waiting(self) -> int:
        """Articles that have not ended."""
        return self.reasks + self.unanswered


def read_batch(job: ReadJob) -> BatchReport:
    """Read answers into a run, and write the next round's requests.

    Raises:
        UsageError: answers or manifest cannot be read, or the next file cannot be written.
        RunError: the run cannot be written, or is made with something else.
        ExtractorError: prompt or schema have changed since the requests were written.
    """
    batch, number = Batch.of(job.requests)
    head = read_head(batch)
    asked = head.load()
    label = job.backend or head.backend
    if not all(label.partition("/")):
        raise UsageError(f"no backend {label!r}: write who answered as provider/model, such as imported/assistant")
    files = AnswerFiles(job.answers, Endpoint(name=label, url=""))
    state = BatchState.read(batch)
    if files.refused_temperature and state.sends_temperature:
        state = replace(state, sends_temperature=False)
        state.write(batch)
    report = BatchReport(files.tally)
    target = batch.round(number + 1)
    writer = RequestWriter(target, max_requests=head.max_requests, max_bytes=head.max_bytes)
    next_round = _NextRound(head, writer, state)
    try:
        for repeat, folder in enumerate(repeat_folders(job.folder, head.repeats)):
            report.folders.append(folder)
            _Reading(job, batch, head, asked, label, files, next_round, report).read(folder, repeat)
    except BaseException:
        next_round.writer.abandon()
        raise
    report.next_files = next_round.writer.finish()
    report.unknown = [one for one in files.untaken if not _is_settled(one, report)]
    return report


def _is_settled(custom_id: str, report: BatchReport) -> bool:
    found = CustomId.parse(custom_id)
    return found is not None and (found.article, found.repeat) in report.settled


class _NextRound:
    """The requests that are not settled."""

    def __init__(self, head: Head, writer: RequestWriter, state: BatchState) -> None:
        provider, model = batch_model(head.backend)
        self.writer = writer
        self._bodies = ChatBodies(provider.at(provider.address()), model)
        self._bodies.sends_temperature &= state.sends_temperature

    def add(self, backend: BatchBackend) -> None:
        """Write the request that has no answer."""
        if backend.missing is not None:
            custom_id, request = backend.missing
            self.writer.add(str(custom_id), self._bodies.body(request), whose=request.article.id)


@dataclass(frozen=True)
class _Reading:
    """One repeat of a batch on its way into its run."""

    job: ReadJob
    batch: Batch
    head: Head
    asked: tuple[Prompt, Schema]
    label: str
    files: AnswerFiles
    next_round: _NextRound
    report: BatchReport

    def read(self, folder: Path, repeat: int) -> None:
        """Read all articles into the run."""
        endpoint = self.head.endpoint if self.label == self.head.backend else ""
        backend = BatchBackend(self.label, endpoint, Pricing(self.label, endpoint, own_price(self.label)))
        options = self.head.options_of(repeat)
        run = open_run(
            folder,
            run_identity(backend, *self.asked, options),
            options={
                **self.head.options,
                "repeat": repeat,
                "batch": True,
                "requests": self.batch.base.name,
                **self.head.run_options,
            },
            gold_digest=self.head.gold_digest,
            fresh=self.job.fresh,
        )
        waited = self.report.waiting
        try:
            with closing(AnswerIndex(folder)) as recorded:
                sources = Sources(recorded, self.files, run.record, self.job.give_up, self.job.retry_failed)
                work = work_of(backend, *self.asked, options)
                asyncio.run(self._read(run, backend, work, sources))
        except BaseException:
            run.close(finished=False)
            raise
        self.report.done += run.info.articles.done
        self.report.failed.update(run.failure_kinds())
        run.close(finished=self.report.waiting == waited)

    async def _read(self, run: Run, backend: BatchBackend, work: Work, sources: Sources) -> None:
        for number, item in read_items(self.batch.manifest):
            run.expect(number)
            if isinstance(item, ArticleError):
                if run.failure_kind(item.article_id) is None:
                    run.append(Failure(item.article_id, "bad_article", str(item), repeat=work.options.repeat))
            else:
                await self._article(run, backend, work, sources, number, item)

    async def _article(
        self, run: Run, backend: BatchBackend, work: Work, sources: Sources, number: int, article: Article
    ) -> None:
        if run.is_done(article.id):
            self.report.settled.add((number, work.options.repeat))
            return
        failed = run.failure_kind(article.id)
        backend.begin(number, sources)
        result, spent = await work.extract(article)
        if backend.missing is None:
            if failed is None or backend.news:
                run.append(result, spent, in_all=True)
        elif failed is None or self.job.retry_failed:
            self.next_round.add(backend)
            custom_id, _ = backend.missing
            if custom_id.request > 1:
                self.report.reasks += 1
            else:
                self.report.unanswered += 1
