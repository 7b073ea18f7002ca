"""A schema that has nothing to do with conflict, to keep the engine honest."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Sighting(BaseModel):
    """An animal that somebody saw."""

    model_config = ConfigDict(extra="forbid", strict=True)

    animal: str = Field(description="The animal, as written.")
    seen: int = Field(description="How many.")
