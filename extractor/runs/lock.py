"""One writer a run: an advisory lock on a file in the run folder. The system drops it with the process that held it,
however that died, so there is no stale lock to clean up; the file itself stays.
"""

from __future__ import annotations

import fcntl
import os
import socket
from pathlib import Path

from extractor.errors import RunError
from extractor.runs.lines import write_error

LOCK_FILE = ".lock"


class RunLock:
    """Holds the lock of a run folder until released.

    Raises:
        RunError: another process holds it, or the folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        path = folder / LOCK_FILE
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise write_error(path, error) from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(self._descriptor, 200, 0).decode(errors="replace").strip() or "another process"
            os.close(self._descriptor)
            if not isinstance(error, BlockingIOError):
                raise RunError(
                    f"{path}: cannot be locked here: {error.strerror}: put the run on a local disk"
                ) from error
            raise RunError(
                f"run {folder} is being written by {holder}: wait for it, or choose another --run name"
            ) from error
        try:
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, f"process {os.getpid()} on {socket.gethostname()}\n".encode(), 0)
        except OSError as error:
            self.release()
            raise write_error(path, error) from error

    def release(self) -> None:
        """Let others write. Idempotent."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
