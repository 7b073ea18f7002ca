"""OpenAI's files and batches on the loopback server: what is uploaded, answered line by line, and given back.

`desk.lags` says how often a batch is looked at before it is done; `desk.expire_after` how many of its requests are
answered before it expires; `desk.refuse` is a message with which new batches fail as a whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from tests.loopback import protocols
from tests.loopback.replies import Reply, error

_NOT_THERE = error(404, "No such object")


class BatchDesk:
    """Files and batches of one server; `reply` answers one request of a batch as the server would."""

    def __init__(self, reply: Callable[[dict[str, Any]], Reply]) -> None:
        self.files: dict[str, bytes] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self.lags = 0
        self.expire_after: int | None = None
        self.refuse: str | None = None
        self._reply = reply
        self._looked: dict[str, int] = {}

    def handles(self, path: str) -> bool:
        return re.search(r"/v1/(files|batches)(/|$)", path) is not None

    def answer(self, method: str, path: str, headers: dict[str, str], raw: bytes) -> Reply:
        match [method, *path.split("/v1/")[1].split("/")]:
            case ["POST", "files"]:
                return _json(self._upload(headers["content-type"], raw))
            case ["GET", "files", file_id, "content"] if file_id in self.files:
                return Reply(body=self.files[file_id], content_type="application/octet-stream")
            case ["POST", "batches"]:
                return _json(self._make(json.loads(raw)))
            case ["GET", "batches"]:
                return _json({"object": "list", "data": list(self.batches.values()), "has_more": False})
            case ["GET", "batches", batch_id] if batch_id in self.batches:
                return _json(self._look(batch_id))
        return _NOT_THERE

    def _upload(self, content_type: str, raw: bytes) -> dict[str, Any]:
        boundary = content_type.partition("boundary=")[2].encode()
        parts = {}
        for part in raw.split(b"--" + boundary)[1:-1]:
            head, _, content = part.partition(b"\r\n\r\n")
            name = re.search(rb'name="([^"]+)"', head)
            assert name is not None
            parts[name[1].decode()] = content.removesuffix(b"\r\n")
        assert parts["purpose"] == b"batch"
        file_id = self._keep(parts["file"])
        return {
            "id": file_id,
            "object": "file",
            "bytes": len(parts["file"]),
            "created_at": 0,
            "filename": "requests.jsonl",
            "purpose": "batch",
            "status": "processed",
        }

    def _keep(self, content: bytes) -> str:
        file_id = f"file-{len(self.files) + 1}"
        self.files[file_id] = content
        return file_id

    def _make(self, asked: dict[str, Any]) -> dict[str, Any]:
        batch_id = f"batch_{len(self.batches) + 1}"
        lines = self.files[asked["input_file_id"]].splitlines()
        self.batches[batch_id] = {
            "id": batch_id,
            "object": "batch",
            "endpoint": asked["endpoint"],
            "completion_window": asked["completion_window"],
            "input_file_id": asked["input_file_id"],
            "metadata": asked.get("metadata"),
            "created_at": 0,
            "status": "validating",
            "request_counts": {"total": len(lines), "completed": 0, "failed": 0},
        }
        if self.refuse is not None:
            errors = [{"code": "invalid", "line": 1, "message": self.refuse, "param": None}]
            self.batches[batch_id] |= {"status": "failed", "errors": {"object": "list", "data": errors}}
        self._looked[batch_id] = 0
        return self.batches[batch_id]

    def _look(self, batch_id: str) -> dict[str, Any]:
        batch = self.batches[batch_id]
        if batch["status"] in ("validating", "in_progress"):
            self._looked[batch_id] += 1
            batch["status"] = "in_progress"
            if self._looked[batch_id] > self.lags:
                self._finish(batch)
        return batch

    def _finish(self, batch: dict[str, Any]) -> None:
        answers, errors = [], []
        for number, line in enumerate(self.files[batch["input_file_id"]].splitlines(), 1):
            request = json.loads(line)
            value = {"id": f"batch_req_{number}", "custom_id": request["custom_id"], "response": None, "error": None}
            if self.expire_after is not None and number > self.expire_after:
                value["error"] = {"code": "batch_expired", "message": "This request could not be executed in time."}
                errors.append(value)
                continue
            reply = self._reply(request["body"])
            body = json.loads(protocols.encode(request["url"], request["body"], reply, number))
            value["response"] = {"status_code": reply.status, "request_id": f"req_{number}", "body": body}
            (answers if reply.status == 200 else errors).append(value)
        batch["status"] = "completed" if self.expire_after is None else "expired"
        batch["request_counts"] |= {"completed": len(answers), "failed": len(errors)}
        for key, values in (("output_file_id", answers), ("error_file_id", errors)):
            if values:
                batch[key] = self._keep("".join(json.dumps(value) + "\n" for value in values).encode())


def _json(value: dict[str, Any]) -> Reply:
    return Reply(body=json.dumps(value).encode())
