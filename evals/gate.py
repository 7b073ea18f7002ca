"""Whether a change may land: a comparison and bounds in, a judgement on every figure out. Pure.

A figure breaks the gate when it got worse for sure (the comparison's verdict), when it is below its minimum, or when it
dropped by more than is allowed. A drop allowance stands in for the test: a figure that has one may drop so far and no
further, whether or not the drop is sure.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from evals.comparing import Row, points, spoken
from evals.stats import Comparison
from extractor.errors import UsageError

SURE_DROP = "worse for sure"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What figures must keep to, by the name of their row (`events`, `tier.1`, `date.value`); fractions of 1.

    Attributes:
        minimum: the least F1.
        max_drop: how far F1 may fall below the baseline's.
    """

    minimum: Mapping[str, float] = field(default_factory=dict)
    max_drop: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what is no fraction: percentages given by mistake would pass or break every gate."""
        for option, bounds in (("min", self.minimum), ("max drop", self.max_drop)):
            for name, value in bounds.items():
                if not (math.isfinite(value) and 0 <= value <= 1):
                    raise UsageError(f"{option} of {name} is {value:g}: give a fraction from 0 to 1, such as 0.8")

    @property
    def names(self) -> list[str]:
        """The rows that have a bound."""
        return list(dict.fromkeys([*self.minimum, *self.max_drop]))


@dataclass(frozen=True, slots=True)
class GateLine:
    """One figure of the gate: what was compared, and why it breaks the gate; no reason for one that holds."""

    name: str
    comparison: Comparison
    reasons: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether nothing speaks against the change here."""
        return not self.reasons


@dataclass(frozen=True, slots=True)
class Judged:
    """All lines of a gate; it holds when each of them does."""

    lines: tuple[GateLine, ...]

    @property
    def broken(self) -> list[GateLine]:
        """The lines that break it."""
        return [line for line in self.lines if not line.holds]

    @property
    def holds(self) -> bool:
        """Whether the change may land."""
        return not self.broken

    def in_words(self) -> str:
        """One line: that it holds, or what breaks it."""
        if self.holds:
            return f"the gate holds: none of {len(self.lines)} figures is worse for sure or out of bounds"
        return "the gate is broken: " + "; ".join(
            f"{spoken(line.name)} {' and '.join(line.reasons)}" for line in self.broken
        )


def judge(rows: Sequence[Row], bounds: Bounds) -> Judged:
    """Judge compared rows, the baseline being the first run.

    Args:
        rows: see `evals.comparing.compare_runs`; every row that has a bound must be among them.
        bounds: a bound on a figure that does not exist in the run counts as broken: nobody could have kept to it.
    """
    known = {row.name for row in rows}
    for name in bounds.names:
        if name not in known:
            raise UsageError(
                f"there is a bound on {name!r}, which was not compared: name it with --field, or not at all"
            )
    return Judged(tuple(GateLine(row.name, row.comparison, _reasons(row, bounds)) for row in rows))


def _reasons(row: Row, bounds: Bounds) -> tuple[str, ...]:
    found, reasons = row.comparison, []
    least, allowed = bounds.minimum.get(row.name), bounds.max_drop.get(row.name)
    if least is not None and (found.b is None or found.b < least):
        reasons.append(f"has no F1 where {least:g} is the least" if found.b is None else _below(found.b, least))
    if allowed is not None:
        if found.difference is None:
            reasons.append("has no difference to hold against the drop allowed")
        elif -found.difference > allowed + _ROUNDING:
            reasons.append(f"dropped by {points(found.difference)}, allowed are {points(allowed)}")
    elif found.verdict == "worse":
        reasons.append(f"is {SURE_DROP}, by {points(found.difference or 0.0)} (p {found.adjusted_p:.2g})")
    return tuple(reasons)


_ROUNDING = 1e-9  # a drop from 0.9 to 0.88 is 0.02, not 0.020000000000000018


def _below(value: float, least: float) -> str:
    return f"has F1 {value:.4f}, below its least {least:g}"
