"""llama.cpp's server inside this process, through xllamacpp: started on a free loopback port, stopped without a trace.

What was measured on it, and is why this file is as it is:
- Destroying it while it answers hangs for ever, and leaving that to the end of the interpreter crashes. So it is
  stopped from `atexit` at the latest, and only once it is idle.
- It goes on with a request whose connection was closed, unless the answer is streamed. So ours are (`backend.py`).
- It listens for anybody on this machine, web pages in a browser included. So it wants a key, made anew each time.
"""

from __future__ import annotations

import atexit
import ctypes
import http.client
import json
import logging
import os
import re
import secrets
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from extractor.backends.local.sizing import Size
from extractor.errors import UsageError

_PACKAGE = "pip install 'conflict-event-extractor[local]'"
_QUIET, _ERRORS = -1, 1
_SPARE_HTTP_THREADS = 8
_IDLE_WAIT_S = 10.0
_POLL_S = 0.02
_DIAGNOSIS_WAIT_S = 120.0
_DIAGNOSIS = f"""
import sys, xllamacpp
params = xllamacpp.CommonParams()
params.model.path, params.n_ctx, params.warmup, params.verbosity = sys.argv[1], 512, False, {_ERRORS}
server = xllamacpp.Server(params)
del server
"""

_log = logging.getLogger(__name__)


class LocalServer:
    """A running server. Loads the model before it returns, which takes seconds for large ones.

    Args:
        path: a GGUF file, read before by `read_head`.
        size: how large it is set up.

    Raises:
        UsageError: xllamacpp is not installed, or llama.cpp cannot load the file; the message says why.

    Attributes:
        model: the model's name there.
        url: the OpenAI-compatible base URL.
        key: what it wants as API key.
        context: tokens for one request, prompt and answer together, as the server says.
        slots: requests that it answers at once.
    """

    def __init__(self, path: Path, size: Size) -> None:
        self.model = path.name
        self.key = secrets.token_urlsafe(24)
        self.slots = size.slots
        self._process = os.getpid()
        self._closing = threading.Lock()
        self._server: Any = _start(path, size, self.key)
        atexit.register(self.close)
        address: str = self._server.listening_address
        self.url = f"{address}/v1"
        self._host = address.removeprefix("http://")
        self.context = int(self._get("/props")["default_generation_settings"]["n_ctx"])

    def __repr__(self) -> str:
        return f"<LocalServer {self.model} at {self.url}>"

    def close(self) -> None:
        """Stop it and give the memory back; waits up to 10 s for answers under way. Idempotent, from any thread."""
        with self._closing:
            server, self._server = self._server, None
            if server is None:
                return
            atexit.unregister(self.close)
            # In a forked child its threads do not exist; and while it answers somebody else, stopping it would hang.
            if os.getpid() != self._process or not self._becomes_idle():
                _log.warning("%s still answers somebody: it ends with the process", self)
                ctypes.pythonapi.Py_IncRef(ctypes.py_object(server))

    def busy(self) -> int:
        """How many requests it is answering."""
        return sum(bool(slot["is_processing"]) for slot in self._get("/slots"))

    def _becomes_idle(self) -> bool:
        until = time.monotonic() + _IDLE_WAIT_S
        while time.monotonic() < until:
            try:
                if self.busy() == 0:
                    return True
            except (OSError, http.client.HTTPException):
                return False
            time.sleep(_POLL_S)
        return False

    def _get(self, path: str) -> Any:
        """What the server says, past any proxy."""
        connection = http.client.HTTPConnection(self._host, timeout=_IDLE_WAIT_S)
        try:
            connection.request("GET", path, headers={"Authorization": f"Bearer {self.key}"})
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()


def _start(path: Path, size: Size, key: str) -> Any:
    try:
        import xllamacpp
    except ImportError:
        raise UsageError(f"local models need a package that is not installed: {_PACKAGE}") from None
    params: Any = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.model_alias = {path.name}
    params.n_ctx = size.context * size.slots
    params.n_parallel = size.slots
    params.cpuparams.n_threads = size.threads
    params.cpuparams_batch.n_threads = size.threads
    params.n_gpu_layers = size.gpu_layers
    params.n_threads_http = 2 * size.slots + _SPARE_HTTP_THREADS
    params.api_keys = [key]
    params.ui = False
    params.verbosity = _QUIET
    params.cache_ram_mib = 0  # gigabytes for old prompts; the part that ours share stays in the slots
    params.enable_reasoning = 0  # thoughts would eat the tokens of an answer that the schema holds from its first one
    try:
        return xllamacpp.Server(params)
    except RuntimeError:
        raise UsageError(f"llama.cpp cannot load {path}: {_diagnosis(path, size)}") from None


def _diagnosis(path: Path, size: Size) -> str:
    """Why a file cannot be loaded. llama.cpp says it on standard error only; so once more, where that is ours."""
    try:
        tried = subprocess.run(  # noqa: S603  # this interpreter, and a path as an argument
            [sys.executable, "-c", _DIAGNOSIS, str(path)],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_DIAGNOSIS_WAIT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return "it may be damaged, or larger than the memory"
    if found := re.search(r"error loading model: (?:llama_model_loader: )?(.+)", tried.stderr):
        return found[1].strip()
    if tried.returncode == 0:
        return (
            f"the memory does not hold {size.slots} x {size.context} tokens of context beside it: "
            "set EXTRACTOR_LOCAL_CONTEXT or EXTRACTOR_LOCAL_SLOTS lower"
        )
    return "it may be damaged, or larger than the memory"
