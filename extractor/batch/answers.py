r"""Answers from outside: files of them, in the form of a batch endpoint or in the plain one that a person can write.

    {"custom_id": "a1-…", "response": {"status_code": 200, "body": {"choices": […], …}}, "error": null}
    {"custom_id": "a1-…", "content": "{\"events\": []}"}        `content` may also be the JSON itself

Each file is read once to see what is there; an answer is read again when it is needed, so memory holds none of them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from extractor.backends.failures import Endpoint, error_text, refuses_temperature, status_failure
from extractor.backends.reading import read_chat_completion
from extractor.batch.files import lines_with_offsets
from extractor.errors import BackendError
from extractor.records import Completion

_OK = 200
_SHOWN = 3


@dataclass(slots=True)
class Tally:
    """What the files held.

    Attributes:
        lines: that are not empty.
        duplicates: further answers to a request that has one; the first counts.
        errors: requests that got an error and no answer, by kind.
        broken: lines that are neither answer nor error, as `file:line: reason`; `unreadable` is how many.
    """

    lines: int = 0
    duplicates: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    unreadable: int = 0


class _BrokenLine(Exception):  # noqa: N818  # counted and told, never raised further
    """A line that is neither an answer nor an error."""


class AnswerFiles:
    """Finds answers by `custom_id` in some files.

    Args:
        paths: the files.
        endpoint: who answered, for messages.

    Raises:
        UsageError: a file cannot be read.
    """

    def __init__(self, paths: Sequence[Path], endpoint: Endpoint) -> None:
        self.tally = Tally()
        self.refused_temperature = False
        self._who = endpoint
        self._places: dict[str, tuple[Path, int]] = {}
        self._errors: dict[str, BackendError] = {}
        self._taken: set[str] = set()
        for path in paths:
            self._scan(path)
        self.tally.errors = Counter(error.kind for error in self._errors.values())

    def take(self, custom_id: str) -> Completion | BackendError | None:
        """The answer to a request, or why there is none; None when the files do not say."""
        if (place := self._places.get(custom_id)) is None:
            if found := self._errors.get(custom_id):
                self._taken.add(custom_id)
            return found
        self._taken.add(custom_id)
        path, offset = place
        with path.open("rb") as file:
            file.seek(offset)
            _, completion = self._read(file.readline().removeprefix(b"\xef\xbb\xbf"))
        return completion

    def known_before(self, custom_id: str) -> None:
        """Note that a request got its answer from an earlier reading."""
        if custom_id in self._places or custom_id in self._errors:
            self._taken.add(custom_id)

    @property
    def untaken(self) -> list[str]:
        """The ids of answers and errors that no request asked for."""
        return [one for one in (*self._places, *self._errors) if one not in self._taken]

    def _scan(self, path: Path) -> None:
        for number, offset, content in lines_with_offsets(path):
            self.tally.lines += 1
            try:
                custom_id, found = self._read(content)
            except _BrokenLine as broken:
                self.tally.unreadable += 1
                if len(self.tally.broken) < _SHOWN:
                    self.tally.broken.append(f"{path}:{number}: {broken}")
                continue
            if custom_id in self._places:
                self.tally.duplicates += 1
            elif isinstance(found, BackendError):
                self._errors[custom_id] = found
                self.refused_temperature |= refuses_temperature(found)
            else:
                self._errors.pop(custom_id, None)  # an error, and an answer to a second try
                self._places[custom_id] = (path, offset)

    def _read(self, content: bytes) -> tuple[str, Completion | BackendError]:
        """The id of a line and what it says.

        Raises:
            _BrokenLine: it says nothing that can be used.
        """
        try:
            line = json.loads(content)
        except ValueError as error:
            raise _BrokenLine(f"no JSON: {error}") from error
        custom_id = line.get("custom_id") if isinstance(line, dict) else None
        if not isinstance(custom_id, str):
            raise _BrokenLine("no custom_id in it")
        try:
            return custom_id, self._completion(line)
        except BackendError as error:
            return custom_id, error

    def _completion(self, line: dict[str, Any]) -> Completion:
        if "content" in line:
            return self._from_body(_chat_body(line))
        response = line.get("response")
        if not isinstance(response, dict):
            if line.get("error"):
                raise self._error(line["error"])
            raise _BrokenLine("neither a response, an error nor a content in it")
        body, status = response.get("body"), response.get("status_code", _OK)
        if status != _OK:
            known = status if isinstance(status, int) else 500
            raise status_failure(self._who, known, {}, json.dumps(body))
        if body is None and line.get("error"):
            raise self._error(line["error"])
        return self._from_body(body)

    def _from_body(self, body: Any) -> Completion:
        return read_chat_completion(self._who, json.dumps(body).encode(), "application/json")

    def _error(self, error: Any) -> BackendError:
        """A request that the batch gave up, or never began: expired, cancelled. The same may be answered next time."""
        said = error_text(json.dumps({"error": error})) or str(error)
        code = error.get("code") if isinstance(error, dict) else None
        message = f"{self._who.place} did not answer ({code or 'no code'}): {said}"
        return self._who.failure(message, "server_error", retryable=True)


def _chat_body(line: dict[str, Any]) -> dict[str, Any]:
    """The plain form in the words of chat completions."""
    content = line["content"]
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    message = {"content": text, "refusal": line.get("refusal")}
    choice = {"message": message, "finish_reason": line.get("finish_reason", "stop")}
    return {"choices": [choice], "model": line.get("model"), "usage": line.get("usage")}
