"""A completion as a row of the cache and back, with a checksum: what was damaged on disk is noticed, not believed."""

from __future__ import annotations

import hashlib
from dataclasses import asdict

from pydantic import TypeAdapter
from pydantic_core import to_json

from extractor.records import Completion

_COMPLETION = TypeAdapter(Completion)


def storable(completion: Completion) -> bool:
    """Whether an answer may be kept: complete, not refused or filtered, not empty, and not itself from a cache."""
    return completion.finish == "stop" and bool(completion.text.strip()) and not completion.cached


def to_row(key: bytes, completion: Completion) -> tuple[bytes, bytes]:
    """The value to store and its checksum. Latency stays out: that of a cached answer means nothing.

    Raises:
        ValueError: the text holds lone surrogates and cannot be stored.
    """
    value = to_json({name: item for name, item in asdict(completion).items() if name not in ("latency_s", "cached")})
    return value, _checksum(key, value)


def from_row(key: bytes, value: object, checksum: object) -> Completion | None:
    """The completion as an answer from the cache; None when the row is damaged."""
    if not isinstance(value, bytes) or _checksum(key, value) != checksum:
        return None
    return _COMPLETION.validate_json(value[:-1] + b',"cached":true}')


def _checksum(key: bytes, value: bytes) -> bytes:
    return hashlib.blake2b(value, key=key, digest_size=16).digest()
