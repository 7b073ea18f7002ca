"""Counts as news gives them: bounds, never a guessed point."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Bound = Annotated[int, Field(ge=0, strict=True)]


class Count(BaseModel):
    """How many, as bounds. "7" is 7/7, "around 40" 40/40 approx, "at least 5" 5/null, "dozens" 12/null approx."""

    model_config = ConfigDict(extra="forbid")

    min: Bound | None = Field(None, description="Lowest number the text allows; null for 'up to n'.")
    max: Bound | None = Field(None, description="Highest number the text allows; null for 'at least n', 'dozens'.")
    approx: bool = Field(False, description="True for 'about', 'around', 'some', 'dozens', 'several'.")
    disputed: bool = Field(False, description="True when sources in the text disagree; then min lowest, max highest.")

    @model_validator(mode="after")
    def _bounds_make_sense(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("a count needs min or max: leave the whole count null when no number is given")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min} is above max {self.max}: swap them")
        return self
