"""Which continent a country belongs to: the United Nations' M49 regions, North America with the Caribbean."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources


@lru_cache(maxsize=1)
def continents() -> dict[str, str]:
    """ISO 3166-1 alpha-2 code to the name of the continent, for every code that a label may hold."""
    text = resources.files("extractor.schemas").joinpath("data/continents.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return {code: name for name, codes in rows for code in codes.split()}
