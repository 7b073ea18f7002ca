"""A stand-in for Hugging Face on 127.0.0.1: as much of its protocol as uploading a small dataset needs; real HTTP."""

from __future__ import annotations

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


class DatasetHub:
    """Takes uploads to any dataset repository.

    Attributes:
        files: what was uploaded, name to content.
        created: the bodies of the requests to create a repository.
        deleted: files that a commit took away.
    """

    def __init__(self, files: dict[str, bytes] | None = None) -> None:
        self.files = dict(files or {})
        self.created: list[dict[str, Any]] = []
        self.deleted: list[str] = []
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                hub.answer(self, hub.post(self.path, body))

            def do_GET(self) -> None:
                hub.answer(self, hub.get(self.path))

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def answer(self, handler: BaseHTTPRequestHandler, value: Any) -> None:
        content = json.dumps(value if value is not None else {"error": "not found"}).encode()
        handler.send_response(404 if value is None else 200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    def get(self, path: str) -> Any:
        if "/tree/" in path:
            return [
                {"type": "file", "path": name, "size": len(data), "oid": "0" * 40} for name, data in self.files.items()
            ]
        if "/revision/" in path or path.startswith("/api/datasets/"):
            siblings = [{"rfilename": name} for name in self.files]
            return {"id": "acme/redgate", "sha": "0" * 40, "siblings": siblings, "private": True, "tags": []}
        return None

    def post(self, path: str, body: bytes) -> Any:
        if path == "/api/repos/create":
            self.created.append(json.loads(body))
            return {"url": f"{self.url}/datasets/acme/redgate", "name": "acme/redgate"}
        if path == "/api/validate-yaml":
            return {"errors": [], "warnings": []}
        if "/preupload/" in path:
            files = json.loads(body)["files"]
            kept = [{"path": one["path"], "uploadMode": "regular", "shouldIgnore": False, "oid": None} for one in files]
            return {"files": kept}
        if "/commit/" in path:
            for line in map(json.loads, body.splitlines()):
                if line["key"] == "file":
                    self.files[line["value"]["path"]] = base64.b64decode(line["value"]["content"])
                elif line["key"] == "deletedFile":
                    self.deleted.append(line["value"]["path"])
            return {
                "success": True,
                "commitOid": "1" * 40,
                "commitUrl": f"{self.url}/acme/redgate/commit/1",
                "hookOutput": "",
            }
        return None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
