"""Keeps secrets out of run folders: endpoints echo keys in error messages. Knows nothing of runs."""

from __future__ import annotations

import re
from collections.abc import Mapping

_SECRET_NAMES = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD|CREDENTIALS)$", re.IGNORECASE)
_SECRET_SHAPES = re.compile(r"\b(?:sk|pk|gsk|xai|hf|ghp|AIza)[-_][A-Za-z0-9_-]{16,}|(?<=Bearer )[^\s\"']{8,}")
_URL_PASSWORD = re.compile(r"(?<=://)[^/\s@]+@")
_SHORTEST = 8
"""Shorter values of variables named like secrets are placeholders ("none", "ollama") and would redact plain words."""

REDACTED = "[secret removed]"


class Redactor:
    """Replaces secrets in text: the values of environment variables named like secrets, and what is shaped like a key.

    Args:
        environment: usually `os.environ`.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._values = sorted(
            (value for name, value in environment.items() if _SECRET_NAMES.search(name) and len(value) >= _SHORTEST),
            key=len,
            reverse=True,
        )

    def __call__(self, text: str) -> str:
        """The text without secrets."""
        return _URL_PASSWORD.sub("", _SECRET_SHAPES.sub(REDACTED, self.known(text)))

    def known(self, text: str) -> str:
        """The text without the values that are secrets for sure; what merely looks like one stays."""
        for value in self._values:
            text = text.replace(value, REDACTED)
        return text
