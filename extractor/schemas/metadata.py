"""What a schema says about its fields beyond their type: how a value is scored and how it is found in the text.

These are plain markers for `typing.Annotated`; they do nothing here. The scorer and the grounder read them through
`extractor.schemas.fields`, so that a user's own schema gets both without touching our code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Comparator = Literal["exact", "enum", "date", "count", "name", "actor", "place", "country", "text"]
"""How two values of a field are judged; see `docs/scoring.md`. Chosen by type where a field names none."""

Grounding = Literal["quote", "name", "number", "date", "none"]
"""How a value is looked for in the article: a verbatim quote, a name or phrase as written, a number in digits or
words, date words; `none` for values that are judged, not copied (enumerations, flags, ISO codes)."""


@dataclass(frozen=True, slots=True)
class Scored:
    """How a field is scored.

    Attributes:
        tier: 1 counts for the headline score, 2 is reported apart, 3 is kept and not scored.
        comparator: None means: chosen by the field's type.
        weight: share in the similarity that aligns events (or items of a list); 0 means no say in it.
        near: pairs of enumeration values that count as partly right, in either direction.
    """

    tier: Literal[1, 2, 3] = 1
    comparator: Comparator | None = None
    weight: float = 1.0
    near: frozenset[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Grounded:
    """How a field's value is looked for in the article. Without it: by type (text is a name, int a number)."""

    by: Grounding


@dataclass(frozen=True, slots=True)
class Grouped:
    """A list whose items are only comparable within one value of the field `by`; each value is scored apart.

    `tiers` gives the tier of a group; groups not named have tier `otherwise`. A field of an item has the larger of
    its own tier and its group's. Scored names carry the group: `locations.target.site`.
    """

    by: str
    tiers: Mapping[str, Literal[1, 2, 3]] = field(default_factory=dict)
    otherwise: Literal[1, 2, 3] = 1


@dataclass(frozen=True, slots=True)
class Totalled:
    """A grouped list whose `count` fields are summed per group and scored as one value, `casualties.killed.total`."""

    of: str
    tiers: Mapping[str, Literal[1, 2, 3]] = field(default_factory=dict)
    otherwise: Literal[1, 2, 3] = 2


@dataclass(frozen=True, slots=True)
class Splits:
    """Marks the enumeration of an event by whose values all figures are also reported apart."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Marks the list of verbatim quotes of an event; aligned by their overlap, never scored.

    `weight` is the overlap's share in the similarity that aligns events.
    """

    weight: float = 1.0
