"""`replay/RUN`: the answers that a run recorded, given again. Sends nothing anywhere and pays nothing.

The articles, the prompt and the schema come from where they came the first time. A request that is not among the
recorded ones is an error that says what is different about it now, as far as the recording can tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import takewhile
from pathlib import Path

from extractor.backends.base import Capabilities
from extractor.errors import BackendError, UsageError
from extractor.records import Completion, Request
from extractor.runs import (
    ANSWERS_FILE,
    RUN_FILE,
    AnswerIndex,
    RequestDigester,
    RequestDigests,
    RunInfo,
    read_failures,
    read_run,
    repeats_of,
    run_folder,
)

PROVIDER = "replay"
_BUILDS_RECORDS = "rules/"


class ReplayBackend:
    """The recorded answers of a run, or of the repeats of one.

    Args:
        run: a name under `runs/`, or a path. `RUN@provider/model` says which model must have answered.

    Raises:
        UsageError: another model answered, or the run holds no answers.
        RunError: there is no such run, or it is broken.
    """

    endpoint = ""

    def __init__(self, run: str) -> None:
        self.name = f"{PROVIDER}/{run}"
        self.capabilities = Capabilities(structured_output="none", hosted=False)
        folder, model = _parted(run)
        repeats = [] if (folder / RUN_FILE).exists() else repeats_of(folder)
        self._parts = {int(path.name.partition("-")[2]): _Recording(path) for path in repeats if path != folder}
        self._whole = None if self._parts else _Recording(folder)
        for recording in self._recordings():
            recording.check(model)
        self._digests = RequestDigester()

    def __repr__(self) -> str:
        return f"<ReplayBackend {self.name}>"

    async def complete(self, request: Request) -> Completion:
        """The recorded answer, or error, to this request; see `Backend.complete`."""
        recording = self._whole or self._parts.get(request.repeat)
        if recording is None:
            raise BackendError(f"{self.name} holds no repeat {request.repeat}", kind="no_answer")
        line = recording.answers.find(request.article.id, self._digests(request).key)
        if line is None:
            raise BackendError(recording.why_not(request, self._digests), kind="no_answer")
        return replace(line.completion, cached=True)

    async def aclose(self) -> None:
        """Close the files."""
        for recording in self._recordings():
            recording.answers.close()

    def _recordings(self) -> list[_Recording]:
        return [*self._parts.values(), *([self._whole] if self._whole else [])]


class _Recording:
    """One run and its answers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.info: RunInfo = read_run(folder)
        self.answers = AnswerIndex(folder)
        self._failed: dict[str, str] | None = None

    def check(self, model: str | None) -> None:
        """See that it can be replayed at all, and that the model is the one wanted."""
        info = self.info
        if info.backend.startswith(_BUILDS_RECORDS):
            raise UsageError(f"run {self.folder} was made by {info.backend}, which needs no recording: run it again")
        if not (self.folder / ANSWERS_FILE).exists():
            raise UsageError(f"run {self.folder} holds no {ANSWERS_FILE}: no answer came while it was made")
        if model is not None and model != info.backend:
            raise UsageError(
                f"the model changed: run {self.folder} was recorded with {info.backend}, not {model}; record it anew"
            )

    def why_not(self, request: Request, digests: RequestDigester) -> str:
        """What is different about a request that has no recorded answer, in one line."""
        article_id = request.article.id
        lines = [line.request for line in self.answers.of_article(article_id)]
        where = f"run {self.folder} has no recorded answer for {article_id!r}"
        failed = self._failures().get(article_id)
        if lines and (changed := ", ".join(self._changed(request, digests(request), lines))):
            return f"{where}: changed since it was recorded: {changed}; undo that, or record the run anew"
        if failed:
            return f"{where}: it failed there, too ({failed})"
        if not lines:
            return f"{where}: the article is not in it"
        first = digests(self._first(request)).key
        if any(line.key == first for line in lines):
            return (
                f"{where} to its next request: changed since it was recorded: how answers are judged (the schema's "
                "validation, or this package); record the run anew"
            )
        return f"{where}: changed since it was recorded: {self._prompt()}; undo that, or record the run anew"

    def _changed(self, request: Request, asked: RequestDigests, recorded: list[RequestDigests]) -> Iterator[str]:
        """What is different for sure, in words. A prompt that differs in its last part only is not noticed here."""
        info = self.info
        if all(line.text != asked.text for line in recorded):
            yield "the text of the article"
        if all(line.metadata != asked.metadata for line in recorded):
            yield "the article's title, publication date or source"
        if all(line.json_schema != asked.json_schema for line in recorded) or request.schema_name != info.schema:
            yield f"the schema ({info.schema}, digest {info.digests.schema[:12]})"
        elif all(line.instructions != asked.instructions for line in recorded):  # they show the schema, too
            yield self._prompt()
        for name in ("temperature", "seed", "repeat"):
            was, now = info.parameters.get(name), getattr(request, name)
            if was != now:
                yield f"{name} {was} (now {now})"
        limit = self._max_tokens(request)
        if request.max_tokens % limit:  # a truncated answer is asked for again with a multiple
            yield f"max_tokens {limit} (now {request.max_tokens})"

    def _first(self, request: Request) -> Request:
        """The first request of the same article, as it must have been."""
        own = takewhile(lambda message: message.role != "assistant", request.messages)
        return replace(request, messages=tuple(own), max_tokens=self._max_tokens(request))

    def _max_tokens(self, request: Request) -> int:
        limit = self.info.parameters.get("max_tokens")
        return limit if isinstance(limit, int) and limit > 0 else request.max_tokens

    def _failures(self) -> dict[str, str]:
        """Why articles failed in the run, by id; read when first needed."""
        if self._failed is None:
            self._failed = {failure.article_id: failure.kind for failure in read_failures(self.folder)}
        return self._failed

    def _prompt(self) -> str:
        return f"the prompt ({self.info.prompt}, digest {self.info.digests.prompt[:12]})"


def _parted(run: str) -> tuple[Path, str | None]:
    """The folder, and the model that is wanted of it."""
    folder = run_folder(Path(run))
    name, at, model = run.rpartition("@")
    if not at or folder.is_dir():
        return folder, None
    return run_folder(Path(name)), model
