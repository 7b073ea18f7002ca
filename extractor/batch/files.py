"""The files of a batch: their names, the requests split at the limits of providers, and what was submitted.

requests.jsonl               the requests; requests.part-2.jsonl… where one file cannot hold them
requests.2.jsonl             the requests of the second round: re-asks, and what was not answered; and so on
requests.manifest.jsonl      what is needed to read the answers back, the articles included
requests.state.json          batches submitted, and what was learnt about the model
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from extractor.errors import UsageError
from extractor.records import FORMAT

MAX_REQUESTS = 50_000
"""Requests in one file, as OpenAI, Azure and Groq limit it."""

MAX_BYTES = 200_000_000
"""Bytes of one file, as OpenAI, Azure and Groq limit it."""

URL = "/v1/chat/completions"
_ROUND = re.compile(r"(?P<base>.+?)(?:\.(?P<round>[2-9]|[1-9]\d+))?(?:\.part-(?P<part>\d+))?")


@dataclass(frozen=True, slots=True)
class Batch:
    """Where the files of a batch stand. `base` is the first file of requests."""

    base: Path

    @classmethod
    def of(cls, requests: Path) -> tuple[Batch, int]:
        """The batch that a file of requests belongs to, and which round of it the file is, from 1.

        Raises:
            UsageError: there is no manifest beside it.
        """
        match = _ROUND.fullmatch(requests.stem)
        names = [(requests.stem, "1")] + ([(match["base"], match["round"] or "1")] if match else [])
        for name, number in names:
            batch = cls(requests.with_name(name + requests.suffix))
            if batch.manifest.is_file():
                return batch, int(number)
        raise UsageError(
            f"{requests} has no manifest beside it ({cls(requests).manifest.name}): keep together what `extractor "
            "batch write` writes"
        )

    @property
    def manifest(self) -> Path:
        """What is needed to read answers back."""
        return self.base.with_name(f"{self.base.stem}.manifest.jsonl")

    @property
    def state(self) -> Path:
        """What was submitted and learnt."""
        return self.base.with_name(f"{self.base.stem}.state.json")

    def round(self, number: int) -> Path:
        """The first file of a round's requests."""
        return self.base if number == 1 else self.base.with_name(f"{self.base.stem}.{number}{self.base.suffix}")


def part(first: Path, number: int) -> Path:
    """The file of a round's n-th part, from 1."""
    return first if number == 1 else first.with_name(f"{first.stem}.part-{number}{first.suffix}")


def parts_of(first: Path) -> list[Path]:
    """A file of requests and the further parts of its round that are there."""
    found = [first]
    while (following := part(first, len(found) + 1)).is_file():
        found.append(following)
    return found


def answers_file(first: Path) -> Path:
    """Where the answers to a round's requests are put: `answers.2.jsonl` for `requests.2.jsonl`."""
    name = first.name.replace("requests", "answers", 1)
    return first.with_name(name if name != first.name else f"{first.stem}.answers{first.suffix}")


class RequestWriter:
    """Writes requests to files that no provider's limit refuses, which appear when all of them are written.

    Args:
        first: the first file; the others are named after it.
        max_requests, max_bytes: of one file.
    """

    def __init__(self, first: Path, *, max_requests: int = MAX_REQUESTS, max_bytes: int = MAX_BYTES) -> None:
        self.count = 0
        self._first = first
        self._max_requests = max_requests
        self._max_bytes = max_bytes
        self._drafts: list[Path] = []
        self._file: BinaryIO | None = None
        self._requests = self._bytes = 0

    def add(self, custom_id: str, body: dict[str, Any], *, whose: str) -> None:
        """Write one request.

        Args:
            custom_id: its id.
            body: what would be posted.
            whose: the article's id, for messages.

        Raises:
            UsageError: it alone is larger than a file may be, or it cannot be written.
        """
        line = to_json({"custom_id": custom_id, "method": "POST", "url": URL, "body": body}) + b"\n"
        if len(line) > self._max_bytes:
            raise UsageError(
                f"the request for {whose!r} has {len(line):,} bytes, a file may have {self._max_bytes:,}: "
                "leave the article out with --max-chars"
            )
        try:
            if self._file is None or self._requests == self._max_requests or self._bytes + len(line) > self._max_bytes:
                self._next_file()
            assert self._file is not None  # noqa: S101  # for the type checker
            self._file.write(line)
        except OSError as error:
            raise not_written(self._first, error) from error
        self._requests += 1
        self._bytes += len(line)
        self.count += 1

    def finish(self) -> list[Path]:
        """Put the files in place; those of an earlier reading of the same round go. Returns them."""
        try:
            self._close()
            written = []
            for number, draft in enumerate(self._drafts, 1):
                written.append(draft.replace(part(self._first, number)))
            for stale in parts_of(self._first):
                if stale not in written:
                    stale.unlink(missing_ok=True)
        except OSError as error:
            raise not_written(self._first, error) from error
        return written

    def abandon(self) -> None:
        """Leave no trace."""
        self._close()
        for draft in self._drafts:
            draft.unlink(missing_ok=True)

    def _next_file(self) -> None:
        self._close()
        target = part(self._first, len(self._drafts) + 1)
        draft = target.with_name(f".{target.name}.new")
        self._drafts.append(draft)
        self._file = draft.open("wb")
        self._requests = self._bytes = 0

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


@dataclass(frozen=True, slots=True)
class Submission:
    """A file of requests that a batch endpoint was given. `file` is its name, `sha256` of its content."""

    file: str
    sha256: str
    base_url: str
    file_id: str
    batch_id: str


@dataclass(frozen=True, slots=True)
class BatchState:
    """What happened to a batch since it was written.

    Attributes:
        sends_temperature: False once the model was seen to refuse one.
        submissions: in order.
    """

    sends_temperature: bool = True
    submissions: tuple[Submission, ...] = ()
    format: int = FORMAT

    @classmethod
    def read(cls, batch: Batch) -> BatchState:
        """The state of a batch; a new one where nothing was written.

        Raises:
            UsageError: the file cannot be read.
        """
        try:
            return _STATE.validate_json(batch.state.read_bytes())
        except FileNotFoundError:
            return cls()
        except (OSError, ValidationError) as error:
            raise UsageError(f"{batch.state} cannot be read: {' '.join(str(error).split())}") from error

    def write(self, batch: Batch) -> None:
        """Replace the file in one step."""
        draft = batch.state.with_name(f".{batch.state.name}.new")
        try:
            draft.write_bytes(to_json(asdict(self), indent=2) + b"\n")
            draft.replace(batch.state)
        except OSError as error:
            raise not_written(batch.state, error) from error

    def submitted(self, submission: Submission) -> BatchState:
        """With one more submission."""
        return replace(self, submissions=(*self.submissions, submission))

    def of_file(self, path: Path) -> Submission | None:
        """The last submission of a file, by its name."""
        return next((one for one in reversed(self.submissions) if one.file == path.name), None)


_STATE = TypeAdapter(BatchState)


def not_written(path: Path, error: OSError) -> UsageError:
    """The one line for a file that cannot be written."""
    return UsageError(f"{path} cannot be written: {error.strerror or error}")


def lines_with_offsets(path: Path) -> Iterator[tuple[int, int, bytes]]:
    """The lines of a file that hold something: number from 1, offset in bytes, content.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            offset = 0
            for number, line in enumerate(file, 1):
                content = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
                if content.strip():
                    yield number, offset, content
                offset += len(line)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from error
