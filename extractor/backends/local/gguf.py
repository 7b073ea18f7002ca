"""What the head of a GGUF file says about the model: enough to know that it is one, and how much memory it asks for.

Read here, in plain Python, since llama.cpp tells what is wrong with a file on standard error only, and since memory
must be known before it is taken. The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from extractor.errors import UsageError

_MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_NUMBERS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_STRING, _ARRAY = 8, 9
_MOST_ENTRIES = 1 << 24
_MOST_BYTES = 1 << 27
"""Longer lists and strings than any model has; counts above are damage, and would be read for hours."""

_KEPT_ITEMS = 4096
"""Lists up to this length are kept (numbers for each layer); longer ones are vocabularies."""

_SAMPLE_BYTES = 1 << 16
_SAMPLES = 64


@dataclass(frozen=True, slots=True)
class Head:
    """A model by what its file says.

    Attributes:
        architecture: such as `llama`, `qwen3`.
        context: tokens it was trained for; None when the file does not say.
        cell_bytes: bytes of attention cache for one token at 16 bits; 0 when the file does not say enough.
        weight_bytes: the size of the file.
    """

    architecture: str
    context: int | None
    cell_bytes: int
    weight_bytes: int


def read_head(path: Path) -> Head:
    """Read the head of a GGUF file.

    Raises:
        UsageError: there is no such file, it cannot be read, or it is no whole GGUF file.
    """
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            return _head(_entries(file, path), size)
    except FileNotFoundError:
        raise UsageError(f"no model file {path}: give the path of a .gguf file, or hf:OWNER/REPO/FILE.gguf") from None
    except IsADirectoryError:
        raise UsageError(f"{path} is a folder: give the path of the .gguf file in it") from None
    except OSError as error:
        raise UsageError(f"model file {path} cannot be read: {error.strerror or error}") from None


def fingerprint(path: Path) -> str:
    """16 hexadecimal digits that change with the file: SHA-256 over its size and 64 samples spread evenly over it.

    Hashing all of a large model takes longer than loading it; other weights differ everywhere.
    """
    size = path.stat().st_size
    digest = hashlib.sha256(str(size).encode())
    with path.open("rb") as file:
        for number in range(_SAMPLES):
            file.seek(max(0, size - _SAMPLE_BYTES) * number // (_SAMPLES - 1))
            digest.update(file.read(_SAMPLE_BYTES))
    return digest.hexdigest()[:16]


def _entries(file: BinaryIO, path: Path) -> dict[str, Any]:
    """The file's key-value pairs; long lists are left out."""
    if file.read(4) != _MAGIC:
        raise UsageError(f"{path} is no GGUF file: llama.cpp reads models in that format only, convert or download one")
    try:
        version, _, count = struct.unpack("<IQQ", file.read(20))
        if version not in _VERSIONS:
            raise UsageError(f"{path} is GGUF version {version}; versions 2 and 3 are known: convert the model again")
        return {_string(file): _value(file, _number(file, 4)) for _ in range(_bounded(count, _MOST_ENTRIES))}
    except (struct.error, ValueError, KeyError):
        raise UsageError(f"{path} is damaged or not complete: its head cannot be read, download it again") from None


def _value(file: BinaryIO, kind: int) -> Any:
    if kind == _STRING:
        return _string(file)
    if kind != _ARRAY:
        return _number(file, kind)
    item_kind, count = _number(file, 4), _bounded(_number(file, 10), _MOST_ENTRIES)
    if item_kind in _NUMBERS and count > _KEPT_ITEMS:
        _skip(file, count * struct.calcsize(_NUMBERS[item_kind]))
        return None
    items = [_value(file, item_kind) for _ in range(count)]
    return items if count <= _KEPT_ITEMS else None


def _number(file: BinaryIO, kind: int) -> Any:
    layout = _NUMBERS[kind]
    return struct.unpack(layout, file.read(struct.calcsize(layout)))[0]


def _string(file: BinaryIO) -> str:
    length = _bounded(_number(file, 10), _MOST_BYTES)
    data = file.read(length)
    if len(data) < length:
        raise ValueError("the file ends in a string")
    return data.decode(errors="replace")


def _skip(file: BinaryIO, length: int) -> None:
    file.seek(length - 1, 1)
    if not file.read(1):
        raise ValueError("the file ends in a list")


def _bounded(count: int, most: int) -> int:
    if count > most:
        raise ValueError(f"{count} is more than {most}")
    return count


def _head(entries: dict[str, Any], size: int) -> Head:
    architecture = str(entries.get("general.architecture", ""))

    def said(name: str) -> Any:
        return entries.get(f"{architecture}.{name}")

    layers, width, heads = said("block_count"), said("embedding_length"), _most(said("attention.head_count"))
    key_heads = _most(said("attention.head_count_kv")) or heads
    cell_bytes = 0
    if layers and width and heads:
        key = said("attention.key_length") or width // heads
        value = said("attention.value_length") or key
        cell_bytes = layers * key_heads * (key + value) * 2
    return Head(architecture, said("context_length"), cell_bytes, size)


def _most(value: Any) -> int:
    """A number that some models give for each layer."""
    return max(value, default=0) if isinstance(value, list) else value or 0
