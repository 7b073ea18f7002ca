"""Where the answers of a backend are kept, if they are."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

from extractor.backends.base import Backend
from extractor.cache import ResponseCache, default_path


def open_cache(backend: Backend, *, wanted: bool = True) -> AbstractContextManager[ResponseCache | None]:
    """The user's cache; None where it is not wanted, and for backends that build records in this process.

    Raises:
        UsageError: it cannot be used.
    """
    if not wanted or backend.capabilities.structured_output == "native":
        return nullcontext()
    return ResponseCache(default_path())
