"""Where keys come from: the environment, or a file that holds nothing else. They are never written anywhere."""

from __future__ import annotations

import logging
import os
import stat
from pathlib import Path
from urllib.parse import quote

from extractor.backends.providers import Provider
from extractor.errors import UsageError

_log = logging.getLogger(__name__)
_LONGEST = 8192


def read_key_file(path: Path) -> str:
    """The key in a file; a warning is logged when other users may read it.

    Raises:
        UsageError: it cannot be read, or holds something else than one line without blanks.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_LONGEST + 1)
            mode = os.fstat(file.fileno()).st_mode
    except OSError as error:
        raise UsageError(f"key file {path} cannot be read: {error.strerror or error}") from error
    key = content.decode("utf-8", "replace").strip()
    if not key or len(content) > _LONGEST or not key.isascii() or not key.isprintable() or " " in key:
        raise UsageError(f"key file {path} must hold the key in one line and nothing else")
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        _log.warning("key file %s can be read by other users: chmod 600 %s", path, path)
    return key


def forms_of(key: str | None) -> tuple[str, ...]:
    """The key as endpoints may echo it: as it is, with slashes as some write them in JSON, as in a URL. Longest first.

    None has no forms.
    """
    if not key:
        return ()
    forms = {key, key.replace("/", "\\/"), quote(key), quote(key, safe="")}
    return tuple(sorted(forms, key=lambda form: (-len(form), form)))


def find_key(
    provider: Provider, ref: str, *, key_env: str | None, key_file: Path | None, needed: bool = True
) -> str | None:
    """The key to send; None for endpoints that need none.

    Args:
        provider: whose.
        ref: `provider/model`, for messages.
        key_env: the environment variable that holds it, instead of the provider's own.
        key_file: the file that holds it, instead of any variable.
        needed: whether the endpoint is one that asks for the provider's key.

    Raises:
        UsageError: it needs one and there is none.
    """
    if key_file is not None:
        return read_key_file(key_file)
    if key_env:
        if key := os.environ.get(key_env, "").strip():
            return key
        raise UsageError(f"{ref} needs a key: the environment variable {key_env} is not set")
    found = provider.key()
    if found or not provider.key_env or not needed:
        return found
    raise UsageError(f"{ref} needs a key: set the environment variable {provider.key_env[0]}")
