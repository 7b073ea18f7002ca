"""The cache key: everything that makes an answer, in one place, and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from pydantic_core import to_json

from extractor.records import Request


def digest(text: str) -> str:
    """SHA-256 of a text as JSON, so that one with half of a surrogate pair is refused and not taken for another.

    Raises:
        ValueError: it holds lone surrogates.
    """
    return hashlib.sha256(to_json(text)).hexdigest()


def key_components(
    request: Request, *, backend: str, endpoint: str, schema_digest: str, digest: Callable[[str], str] = digest
) -> dict[str, Any]:
    """What an answer depends on, by name. Two requests share a cached answer only if all of this is equal.

    `repeat` is here so that repeats are samples of their own. The article is not: a model sees it in the messages.
    `schema_digest` stands for the JSON schema of the request, which is long and the same for a whole run; so is the
    first message, therefore digests stand for the texts of messages.
    """
    return {
        "backend": backend,
        "endpoint": endpoint,
        "messages": [[message.role, digest(message.content)] for message in request.messages],
        "schema_name": request.schema_name,
        "schema_digest": schema_digest,
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "seed": request.seed,
        "repeat": request.repeat,
    }


def cache_key(components: dict[str, Any]) -> bytes:
    """SHA-256 of the components as JSON, 32 bytes."""
    return hashlib.sha256(to_json(components)).digest()


class KeyMaker:
    """Makes the keys of many requests to one backend; schema and first message, the same in all, are digested once."""

    def __init__(self, *, backend: str, endpoint: str) -> None:
        self._backend = backend
        self._endpoint = endpoint
        self._schema: dict[str, Any] | None = None
        self._schema_digest = ""
        self._first = self._first_digest = ""

    def __call__(self, request: Request) -> bytes:
        """The key of a request.

        Raises:
            ValueError: its messages hold lone surrogates.
        """
        first = request.messages[0].content
        if first is not self._first:
            self._first, self._first_digest = first, digest(first)
        if request.json_schema is not self._schema:
            self._schema = request.json_schema
            # the order of its keys counts: models see it and answer in it
            self._schema_digest = hashlib.sha256(to_json(request.json_schema)).hexdigest()
        return cache_key(
            key_components(
                request,
                backend=self._backend,
                endpoint=self._endpoint,
                schema_digest=self._schema_digest,
                digest=lambda text: self._first_digest if text is first else digest(text),
            )
        )
