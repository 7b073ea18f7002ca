"""What requests took, in tokens and money, kept apart by why they were sent. Knows nothing of articles or files."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

from extractor.records import Completion

Cause = Literal["first", "retry", "reask", "cache"]
"""Why an answer was asked for: the first time; again after a transport error; again because the answer before was
unusable (invalid or truncated); or not at all, because it was in the cache."""


@dataclass(frozen=True, slots=True)
class Spend:
    """Sums over requests.

    Attributes:
        requests: sent (for `cache`: answered from the cache), those that failed included.
        input_tokens, output_tokens, cached_tokens: as in `Usage`, over the completions that reported them.
        cost_usd: over the completions with a known price.
        unpriced: completions without a known price; when above 0, `cost_usd` is a lower bound.
        unsure_usd: what requests may have cost at most beside `cost_usd`: answers that were made and did not arrive,
            or came without their tokens. 0 where no price is known.
    """

    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cost_usd: float = 0.0
    unpriced: int = 0
    unsure_usd: float = 0.0

    def __add__(self, other: Spend) -> Spend:
        if not (self.requests and other.requests):  # the usual case: most causes do not occur
            return self if self.requests else other
        return Spend(
            self.requests + other.requests,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cached_tokens + other.cached_tokens,
            self.cost_usd + other.cost_usd,
            self.unpriced + other.unpriced,
            self.unsure_usd + other.unsure_usd,
        )

    def __sub__(self, part: Spend) -> Spend:
        """What is left without a part that was entered before."""
        return Spend(*(getattr(self, one.name) - getattr(part, one.name) for one in fields(self)))

    @classmethod
    def of(cls, completion: Completion | None, unsure_usd: float = 0.0) -> Spend:
        """One request; `None` for one that brought no completion."""
        if completion is None:
            return cls(requests=1, unsure_usd=unsure_usd)
        usage = completion.usage
        cost = completion.cost_usd
        return cls(
            requests=1,
            input_tokens=usage.input_tokens if usage else 0,
            output_tokens=usage.output_tokens if usage else 0,
            cached_tokens=usage.cached_tokens if usage else 0,
            cost_usd=cost or 0.0,
            unpriced=cost is None,
            unsure_usd=unsure_usd,
        )


_NOTHING = Spend()


@dataclass(frozen=True, slots=True)
class Spent:
    """Sums by cause. `cache` is what cached answers took when they were made: saved now, not paid."""

    first: Spend = _NOTHING
    retry: Spend = _NOTHING
    reask: Spend = _NOTHING
    cache: Spend = _NOTHING

    def __add__(self, other: Spent) -> Spent:
        return Spent(
            self.first + other.first, self.retry + other.retry, self.reask + other.reask, self.cache + other.cache
        )

    def __sub__(self, part: Spent) -> Spent:
        return Spent(self.first - part.first, self.retry - part.retry, self.reask - part.reask, self.cache - part.cache)

    @property
    def paid(self) -> Spend:
        """Everything but what the cache saved."""
        return self.first + self.retry + self.reask

    def nonzero(self) -> dict[str, Spend]:
        """The causes that occurred; what a line of a run holds as `spent`."""
        return {part.name: spend for part in fields(self) if (spend := getattr(self, part.name)).requests}


def spent_on(cause: Cause, completion: Completion | None, unsure_usd: float = 0.0) -> Spent:
    """One request as a `Spent`."""
    spend = Spend.of(completion, unsure_usd)
    match cause:
        case "first":
            return Spent(first=spend)
        case "retry":
            return Spent(retry=spend)
        case "reask":
            return Spent(reask=spend)
        case "cache":
            return Spent(cache=spend)
