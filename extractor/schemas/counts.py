"""Counts as news gives them: bounds, never a guessed point."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Bound = Annotated[int, Field(ge=0, strict=True)]

COMPACT = r"~?([0-9]{1,9}(\+|-[0-9]{1,9})?|<=[0-9]{1,9})\??"
"""A count in one word: 7, ~40 (about), 5+ (at least), <=40 (up to), 9-14; with ? at the end where sources disagree."""

_N = "[0-9]{1,9}"
_PARTS = re.compile(
    rf"(?P<approx>~?)(?:(?P<low>{_N})(?:(?P<open>\+)|-(?P<high>{_N}))?|<=(?P<most>{_N}))(?P<disputed>\??)"
)


class Count(BaseModel):
    """How many, as bounds. "7" is 7/7, "around 40" 40/40 approx, "at least 5" 5/null, "dozens" 12/null approx."""

    model_config = ConfigDict(extra="forbid")

    min: Bound | None = Field(None, description="Lowest number the text allows; null for 'up to n'.")
    max: Bound | None = Field(None, description="Highest number the text allows; null for 'at least n', 'dozens'.")
    approx: bool = Field(False, description="True for 'about', 'around', 'some', 'dozens', 'several'.")
    disputed: bool = Field(False, description="True when sources in the text disagree; then min lowest, max highest.")

    @classmethod
    def compact_json_schema(cls) -> dict[str, Any]:
        """The JSON schema of a count in one word, for prompts that ask for the compact notation."""
        return {
            "type": "string",
            "pattern": rf"^{COMPACT}$",
            "description": (
                "A count in one word: 7; ~40 for about, around, some, almost; 5+ for at least, more than; ~12+ for "
                "dozens, ~2+ for several or a bare plural; <=40 for up to, fewer than; 9-14? where sources disagree."
            ),
        }

    @model_validator(mode="before")
    @classmethod
    def _from_one_word(cls, data: Any) -> Any:
        """The compact notation gives the same record."""
        if isinstance(data, int) and not isinstance(data, bool):
            return {"min": data, "max": data}
        if not isinstance(data, str):
            return data
        parts = _PARTS.fullmatch(data.strip())
        if parts is None:
            raise ValueError(f"{data!r} is no count: write 7, ~40 (about), 5+ (at least), <=40 (up to), 9-14 or 9-14?")
        low = parts["low"] and int(parts["low"])
        high = parts["most"] or parts["high"] or (None if parts["open"] else low)
        flags = {name: True for name in ("approx", "disputed") if parts[name]}
        return {"min": low, "max": None if high is None else int(high), **flags}

    @model_validator(mode="after")
    def _bounds_make_sense(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("a count needs min or max: leave the whole count null when no number is given")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min} is above max {self.max}: swap them")
        return self


def count_in_words(count: Mapping[str, Any]) -> str:
    """A count as a person reads it: `7`, `5 or more (approximate)`, `up to 40`, `9–14 (disputed)`.

    Args:
        count: as in a record. One without any bound, which no valid record holds, is `–`.
    """
    low, high = count.get("min"), count.get("max")
    if low == high:
        number = "–" if low is None else str(low)
    elif high is None:
        number = f"{low} or more"
    else:
        number = f"up to {high}" if low is None else f"{low}–{high}"
    hedges = [word for key, word in (("approx", "approximate"), ("disputed", "disputed")) if count.get(key)]
    return f"{number} ({', '.join(hedges)})" if hedges else number
