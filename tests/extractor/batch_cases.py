"""A model whose answers depend on nothing but the request, so that it says the same online and through batch files."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from extractor.batch import BatchReport, ReadJob, WriteJob, read_batch, write_batch
from tests.extractor.extraction_cases import EVENT, GOOD, PROMPT, WRONG_EVENT, lines
from tests.loopback import protocols
from tests.loopback.replies import as_reply

WHO = "openai/some-model"
Model = Callable[[dict[str, Any]], Any]


def wrong(attempt: int, *, salvageable: bool = False) -> dict[str, Any]:
    """An invalid answer that tells which attempt it is; one of its events may be valid."""
    event = {**WRONG_EVENT, "event_type": f"shelling-{attempt}"}
    return {"events": [EVENT, event] if salvageable else [event]}


def number_of(body: dict[str, Any]) -> int:
    """Which of our numbered articles a request is for."""
    match = re.search(r"Report number (\d+)\.", body["messages"][1]["content"])
    assert match is not None
    return int(match[1])


def attempt_of(body: dict[str, Any]) -> int:
    """0 for a first request, else how often it was asked again."""
    said = [message["content"] for message in body["messages"] if message["role"] == "assistant"]
    return 0 if not said else int(said[-1].partition("shelling-")[2].partition('"')[0]) + 1


def stubborn(body: dict[str, Any]) -> Any:
    """One article in ten gets an invalid answer: half of them twice, a quarter always, of which some hold an event."""
    number, attempt = number_of(body), attempt_of(body)
    wrong_answers = {10: 1, 20: 2, 30: 1, 0: 3}[number % 40] if number % 10 == 0 else 0
    if attempt < wrong_answers:
        return wrong(attempt, salvageable=number % 80 == 0)
    return GOOD


def write(tmp_path: Path, articles: Iterable[Any], **changes: Any) -> Path:
    """Write a batch; its first file of requests."""
    values: dict[str, Any] = {
        "articles": articles,
        "output": tmp_path / "requests.jsonl",
        "model": WHO,
        "prompt": str(PROMPT.folder),
        "options": {"reasks": 2},
    }
    write_batch(WriteJob(**(values | changes)))
    return tmp_path / "requests.jsonl"


def line(request: dict[str, Any], answer: Any) -> dict[str, Any]:
    """A line of answers as a batch endpoint writes it."""
    reply = as_reply(answer)
    body = json.loads(protocols.encode(request["url"], request["body"], reply, 1))
    response = {"status_code": reply.status, "request_id": "req", "body": body}
    return {"id": "batch_req", "custom_id": request["custom_id"], "response": response, "error": None}


def answer(requests: Path, model: Model = stubborn) -> Path:
    """Have a file of requests answered; the file of answers."""
    found = [line(request, model(request["body"])) for request in lines(requests)]
    return save(requests.with_name(requests.name.replace("requests", "answers")), found)


def save(path: Path, values: Iterable[Any]) -> Path:
    path.write_text("".join(f"{json.dumps(value)}\n" for value in values))
    return path


def read(requests: Path, *answers: Path, folder: Path | None = None, **how: Any) -> BatchReport:
    return read_batch(ReadJob(answers, requests, folder or requests.with_name("run"), **how))
