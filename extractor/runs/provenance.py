"""What made a run: the digest of this package's source, and the versions it ran with."""

from __future__ import annotations

import hashlib
import platform
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import extractor

_PACKAGES = ("pydantic", "openai", "instructor", "tenacity")
_SUFFIXES = frozenset({".py", ".json", ".toml", ".csv", ".txt"})


@lru_cache(maxsize=1)
def code_digest() -> str:
    """SHA-256 over the names and contents of this package's source and data files."""
    root = Path(extractor.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root)
        if path.suffix in _SUFFIXES and name.parts[0] != "_bundled" and path.is_file():
            digest.update(f"{name.as_posix()}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


@lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    """Python, this package, and the libraries that shape requests and answers."""
    found = {"python": platform.python_version(), "extractor": extractor.__version__}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
