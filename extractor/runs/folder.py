"""The run folder: everything one extraction over a set of articles produced, and what makes it resumable.

`extractions.jsonl` and `failures.jsonl` are added to, one line an article; `answers.jsonl` holds every answer that they
were made of, so that the run can be replayed. The last word on an article counts: one that
failed and was done in a later session stands in `extractions.jsonl`, and its failure is taken out when that session
ends. Beside the keys of the file contract every line holds `spent`, what the article's requests took in all sessions by
cause, so that the totals of `run.json` can be had from the lines alone after the process was killed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pydantic_core import to_json

from extractor.errors import BackendError, FailureKind, RunError
from extractor.records import FORMAT, Completion, Extraction, Failure, Request
from extractor.runs.answers import AnswerLog
from extractor.runs.info import (
    RUN_FILE,
    ArticleCounts,
    Digests,
    Identity,
    RunInfo,
    differences,
    read_run,
    write_run,
)
from extractor.runs.lines import LineFile, keep_lines, sync_folder, write_error
from extractor.runs.lock import LOCK_FILE, RunLock
from extractor.runs.provenance import code_digest, versions
from extractor.runs.reading import EXTRACTIONS_FILE, FAILURES_FILE, FailedLine, done_lines, failed_lines
from extractor.runs.secrecy import Redactor
from extractor.runs.spending import Spent


@dataclass
class _Progress:
    """What the lines of a run say so far.

    Attributes:
        done: articles with an extraction.
        failures: the last failure of each other article.
        superseded: whether `failures.jsonl` holds lines that no longer count.
        models: all that answered.
        spent: over all lines that count.
    """

    done: set[str] = field(default_factory=set)
    failures: dict[str, FailedLine] = field(default_factory=dict)
    superseded: bool = False
    models: set[str] = field(default_factory=set)
    spent: Spent = field(default_factory=Spent)

    def earlier(self, article_id: str) -> Spent:
        """What an article took that failed before."""
        failure = self.failures.get(article_id)
        return failure.spent if failure else Spent()

    def add_done(self, article_id: str, model: str | None) -> None:
        self.done.add(article_id)
        self.superseded |= self.failures.pop(article_id, None) is not None
        if model is not None:
            self.models.add(model)

    def add_failed(self, failure: FailedLine) -> None:
        self.superseded |= failure.article_id in self.failures or failure.article_id in self.done
        if failure.article_id not in self.done:
            self.failures[failure.article_id] = failure

    @classmethod
    def of(cls, folder: Path) -> Self:
        progress = cls()
        for done in done_lines(folder):
            progress.add_done(done.article_id, done.model)
            progress.spent += done.spent
        for failed in failed_lines(folder):
            progress.add_failed(failed)
        for failed in progress.failures.values():
            progress.spent += failed.spent
        return progress


class Run:
    """A run folder open for writing; made by `open_run`. One process at a time.

    `append` is safe from a killed process at once, and from lost power after `sync`: say "done" only then.
    `append` belongs to one thread; `sync` may run in another.
    """

    def __init__(self, folder: Path, lock: RunLock, info: RunInfo, now: Callable[[], datetime]) -> None:
        self.folder = folder
        self._lock = lock
        self._info = info
        self._now = now
        self._redact = Redactor(os.environ)
        self._total = 0
        self._unfinished = False
        self._closed = False
        with ExitStack() as opened:
            self._extractions = LineFile(folder / EXTRACTIONS_FILE)
            opened.callback(self._extractions.close)
            self._failures = LineFile(folder / FAILURES_FILE)
            opened.callback(self._failures.close)
            self._answers = AnswerLog(folder, self._redact)
            self._progress = _Progress.of(folder)
            opened.pop_all()

    @property
    def identity(self) -> Identity:
        """What the run is made with."""
        return self._info.identity

    @property
    def info(self) -> RunInfo:
        """What `run.json` would say now."""
        progress = self._progress
        done, failed = len(progress.done), len(progress.failures)
        models = tuple(sorted(progress.models))
        return replace(
            self._info,
            articles=ArticleCounts(max(self._total, done + failed), done, failed),
            models=models,
            model=models[0] if len(models) == 1 else None,
            usage=progress.spent,
            cost_usd=None if progress.spent.paid.unpriced else progress.spent.paid.cost_usd,
        )

    def is_done(self, article_id: str) -> bool:
        """Whether the run has an extraction of the article."""
        return article_id in self._progress.done

    def failure_kind(self, article_id: str) -> FailureKind | None:
        """Why the article's last try failed; None when it is done or was never tried."""
        failure = self._progress.failures.get(article_id)
        return failure.kind if failure else None

    def failure_kinds(self) -> Iterator[FailureKind]:
        """Why the articles failed that are not done, one kind an article."""
        for failure in self._progress.failures.values():
            yield failure.kind

    def expect(self, total: int) -> None:
        """Tell how many articles were met, for `articles.total` while not all of them have ended."""
        self._total = total

    def add_dropped(self, usd: float) -> None:
        """Enter what was paid, or may have been, for articles that leave no line because they were interrupted."""
        self._info = replace(self._info, dropped_usd=self._info.dropped_usd + usd)

    def leave_unfinished(self) -> None:
        """Articles are left to be done in a later session: however this one closes, the run is not finished."""
        self._unfinished = True

    def record(self, request: Request, result: Completion | BackendError) -> None:
        """Write an answer as it came, or why there is none, before the result that is made of it.

        Raises:
            RunError: it cannot be written.
        """
        self._answers.add(request, result)

    def append(self, result: Extraction | Failure, spent: Spent | None = None, *, in_all: bool = False) -> None:
        """Write the line of an article.

        Args:
            result: how it ended.
            spent: what that took in this session; what earlier tries took is added in the line.
            in_all: `spent` is what all tries took, in earlier sessions too.

        Raises:
            RunError: the article is done already, or the line cannot be written (disk full); the run stays resumable.
        """
        progress = self._progress
        if result.article_id in progress.done:
            raise RunError(
                f"run {self.folder}: article {result.article_id!r} is done already: give it an id of its own"
            )
        earlier = progress.earlier(result.article_id)
        now = spent or Spent()
        total = now if in_all else earlier + now
        if isinstance(result, Extraction):
            self._extractions.add(encode(result, total))
            progress.add_done(result.article_id, result.model)
        else:
            self._failures.add(encode(self._clean(result), total))
            progress.add_failed(FailedLine(result.article_id, result.kind, total))
        if in_all and earlier != Spent():
            progress.spent -= earlier
        progress.spent += now

    def sync(self) -> None:
        """Wait until everything appended is on the disk.

        Raises:
            RunError: the disk is full or broken.
        """
        self._answers.sync()
        self._extractions.sync()
        self._failures.sync()

    def checkpoint(self) -> None:
        """Bring `run.json` up to date."""
        write_run(self.folder, self.info)

    def close(self, *, finished: bool) -> None:
        """Sync, take superseded failures out, write `run.json` a last time and let others write. Idempotent.

        Args:
            finished: whether all articles ended; an interrupted run has `finished` null.

        Raises:
            RunError: the disk is full or broken.
        """
        if self._closed:
            return
        self._closed = True
        try:
            self.sync()
            if self._progress.superseded:
                keep_lines(self._failures.path, self._last_words())
            ended = self._now() if finished and not self._unfinished else None
            write_run(self.folder, replace(self.info, finished=ended))
        finally:
            self._extractions.close()
            self._failures.close()
            self._answers.close()
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is None:
            self.close(finished=True)
            return
        try:
            self.close(finished=False)
        except RunError:
            if not isinstance(value, Exception):
                raise
            # what stopped the run is what the user must hear of; a disk that is full says so through it

    def _last_words(self) -> set[int]:
        """Numbers of the lines of `failures.jsonl` that count: the last of each article that is not done."""
        numbered = {failed.article_id: number for number, failed in enumerate(failed_lines(self.folder), 1)}
        return {number for article_id, number in numbered.items() if article_id in self._progress.failures}

    def _clean(self, failure: Failure) -> Failure:
        raw = None if failure.raw is None else self._redact(_encodable(failure.raw))
        return replace(failure, message=self._redact(_encodable(failure.message)), raw=raw)


def open_run(
    folder: Path | str,
    identity: Identity,
    *,
    options: Mapping[str, Any] | None = None,
    gold_digest: str | None = None,
    fresh: bool = False,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Run:
    """Start a run, or resume the one that is there.

    Args:
        folder: `runs/<name>`; made when missing.
        identity: what the run is made with; a run that is there must be made with the same.
        options: how it is run, for the record (JSON values, no secrets).
        gold_digest: of the gold that the articles come from, when known.
        fresh: set a run that is there aside as `<name>.1`, `<name>.2`… and start anew.
        now: the clock.

    Raises:
        RunError: the folder is no run, is another's, is being written, has a broken line or cannot be written.
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_error(folder, error) from error
    lock = RunLock(folder)
    try:
        if fresh and (folder / RUN_FILE).exists():
            lock = _set_aside(folder, lock)
        info = _begin(folder, identity, now())
        info = replace(
            info,
            finished=None,
            options=dict(options or {}),
            versions=versions(),
            digests=replace(info.digests, gold=gold_digest or info.digests.gold),
        )
        write_run(folder, info)
        run = Run(folder, lock, info, now)
        sync_folder(folder)
        run.checkpoint()
    except BaseException:
        lock.release()
        raise
    return run


def _begin(folder: Path, identity: Identity, moment: datetime) -> RunInfo:
    """What `run.json` of the folder says, checked, or what a new one shall say."""
    if (folder / RUN_FILE).exists():
        return _resumed(folder, read_run(folder), identity)
    strangers = sorted(path.name for path in folder.iterdir() if path.name not in (LOCK_FILE, f".{RUN_FILE}.new"))
    if strangers:
        raise RunError(f"{folder} is no run: it holds {strangers[0]} and no {RUN_FILE}; choose another --run name")
    return RunInfo(
        name=folder.resolve().name,
        prompt=identity.prompt,
        schema=identity.schema,
        backend=identity.backend,
        endpoint=identity.endpoint,
        parameters=identity.parameters,
        digests=Digests(identity.prompt_digest, identity.schema_digest, code_digest()),
        started=moment,
    )


def _resumed(folder: Path, info: RunInfo, identity: Identity) -> RunInfo:
    if different := "; ".join(differences(info.identity, identity)):
        raise RunError(
            f"run {folder} was made with {different}: choose another --run name, or add --fresh to set it aside"
        )
    code, digests = code_digest(), info.digests
    if code == digests.code:
        return info
    earlier = tuple(dict.fromkeys((*digests.earlier_code, digests.code)))
    return replace(info, digests=replace(digests, code=code, earlier_code=earlier))


def _set_aside(folder: Path, lock: RunLock) -> RunLock:
    """Rename the run to the first free `<name>.<n>` and lock a new folder in its place."""
    number = 1
    while (aside := folder.with_name(f"{folder.name}.{number}")).exists():
        number += 1
    try:
        folder.rename(aside)
        folder.mkdir()
    except OSError as error:
        raise write_error(folder, error) from error
    lock.release()
    return RunLock(folder)


def encode(result: Extraction | Failure, spent: Spent) -> bytes:
    """A result as its line, without newline; keys in the order of the file contract."""
    fields = {name: getattr(result, name) for name in type(result).__dataclass_fields__}
    return to_json({"format": FORMAT, **fields, "spent": spent.nonzero()}, inf_nan_mode="null")


def _encodable(text: str) -> str:
    """Text without lone surrogates, which JSON escapes can carry into answers and UTF-8 cannot hold."""
    return text.encode("utf-8", "replace").decode()
