"""Base URLs: checked, shown without secrets, and told apart into this machine and elsewhere."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from extractor.errors import UsageError


def check_base_url(url: str) -> str:
    """The URL without blanks around it and slashes at its end.

    Raises:
        UsageError: it is no http(s) URL with a host.
    """
    cleaned = url.strip().rstrip("/")
    try:
        parts = urlsplit(cleaned)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:  # a port that is no number, brackets that do not close
        usable = False
    if not usable:
        raise UsageError(f"base URL {without_secrets(cleaned)!r} is not usable: write it as http://localhost:8000/v1")
    return cleaned


def without_secrets(url: str) -> str:
    """The URL without user, password, query and fragment."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url.rpartition("@")[2].partition("?")[0]
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def secrets_in(url: str) -> tuple[str, ...]:
    """What must never be shown of a URL: its password and the values of its query."""
    parts = urlsplit(url)
    values = (parts.password or "", *(value for _, value in parse_qsl(parts.query)))
    return tuple(value for value in values if value)


def is_loopback(url: str) -> bool:
    """Whether the URL points to this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
