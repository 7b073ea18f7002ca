"""A stand-in for Hugging Face on 127.0.0.1: real HTTP, one repository, as much of the protocol as a download needs."""

from __future__ import annotations

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

COMMIT = "c0ffee" + "0" * 34


class Hub:
    """Serves `files` of the repository `acme/tiny` at revision `main`.

    Attributes:
        files: name to content.
        checksums: what it says their SHA-256 is, where that is not the truth.
        asked: method and path of each request.
    """

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.checksums: dict[str, str] = {}
        self.asked: list[str] = []
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_HEAD(self) -> None:
                hub.answer(self, body=False)

            def do_GET(self) -> None:
                hub.answer(self, body=True)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def answer(self, handler: BaseHTTPRequestHandler, *, body: bool) -> None:
        self.asked.append(f"{handler.command} {handler.path}")
        name = handler.path.removeprefix("/acme/tiny/resolve/main/")
        content = self.files.get(name, b"")
        checksum = self.checksums.get(name, hashlib.sha256(content).hexdigest())
        handler.send_response(200 if content else 404)
        if not content:
            known = handler.path.startswith("/acme/tiny/")
            handler.send_header("X-Error-Code", "EntryNotFound" if known else "RepoNotFound")
        handler.send_header("X-Repo-Commit", COMMIT)
        handler.send_header("ETag", f'"{checksum}"')
        handler.send_header("X-Linked-Etag", f'"{checksum}"')
        handler.send_header("X-Linked-Size", str(len(content)))
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        if body:
            handler.wfile.write(content)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
