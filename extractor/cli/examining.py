"""What `extractor doctor` prints."""

from __future__ import annotations

import asyncio
from pathlib import Path

from rich.table import Table
from rich.text import Text

from extractor.backends import open_backend
from extractor.backends.base import Backend
from extractor.backends.doctor import Finding, examine
from extractor.cli.running import OK, SOME_FAILED
from extractor.cli.view import show_on_terminal

_DECISIVE = frozenset({"reachable", "key", "answer"})
"""Without these nothing can be extracted."""

_MARKS = {True: Text("ok", style="green"), False: Text("no", style="red"), None: Text("-", style="dim")}


def examine_backend(
    ref: str,
    *,
    base_url: str | None,
    api_key_env: str | None,
    api_key_file: Path | None,
    timeout_s: float | None,
    offline: bool,
) -> int:
    """Examine a backend, print the findings, and return the exit code: 1 when it cannot be used.

    Raises:
        UsageError: there is no such backend, or it lacks a package, a key or an address.
    """
    backend = open_backend(
        ref,
        base_url=base_url,
        api_key_env=api_key_env,
        api_key_file=api_key_file,
        timeout_s=timeout_s,
        offline=offline,
    )
    findings = asyncio.run(_examined(backend))
    show_on_terminal(_table(findings))
    return SOME_FAILED if any(each.good is False and each.name in _DECISIVE for each in findings) else OK


async def _examined(backend: Backend) -> list[Finding]:
    try:
        return await examine(backend)
    finally:
        await backend.aclose()


def _table(findings: list[Finding]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, style="bold")
    table.add_column()
    for finding in findings:
        table.add_row(_MARKS[finding.good], finding.name, Text(finding.said))
    return table
