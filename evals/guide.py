"""From the labelling guide to the rules that a prompt tells a model: one source, so that the two cannot drift apart.

The numbered rules are copied word for word. What only a labeller needs stands after `>` and is left out, examples from
gold articles above all: a prompt must not show what runs are measured on. Pure: text in, text out.
"""

from __future__ import annotations

import re

from evals.gold import GoldError

LABELLERS_ONLY = ">"
"""Begins a line that the prompt does not get."""

_PROCESS = re.compile(r"^## \d+ Process$", re.MULTILINE)
_SECTION = re.compile(r"^## \d+ .+$", re.MULTILINE)


def prompt_rules(guide: str) -> str:
    """The numbered sections of a guide up to the one called Process, without the lines for labellers.

    Raises:
        GoldError: the guide has no numbered section, or no section called Process.
    """
    first, end = _SECTION.search(guide), _PROCESS.search(guide)
    if first is None or end is None or end.start() <= first.start():
        raise GoldError("the guide has no rules: they stand in sections '## 1 …' and end before '## N Process'")
    lines = guide[first.start() : end.start()].rstrip().split("\n")
    return "\n".join(line for line in lines if not line.lstrip().startswith(LABELLERS_ONLY)) + "\n"
