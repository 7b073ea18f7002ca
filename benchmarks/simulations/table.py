"""One line of the table: what was stated, what was seen, and how sure that is."""

from dataclasses import dataclass
from math import sqrt


@dataclass(frozen=True)
class Observed:
    """A share seen in simulations.

    Attributes:
        what: was simulated.
        n: how often.
        nominal: the stated share.
        low, high: the range in which the share must lie; None where the line is shown for comparison only.
        share: seen.
    """

    what: str
    n: int
    nominal: float
    share: float
    low: float | None = None
    high: float | None = None

    @property
    def error(self) -> float:
        """Binomial standard error of the share."""
        return sqrt(max(self.share * (1 - self.share), 1e-12) / self.n)

    @property
    def holds(self) -> bool:
        """Whether the share lies in its range."""
        return (self.low is None or self.share >= self.low) and (self.high is None or self.share <= self.high)

    def line(self) -> str:
        """For the terminal."""
        asked = "" if self.low is None else f"{100 * self.low:4.1f}-{100 * (self.high or 1):4.1f}"
        verdict = "" if self.low is None else ("yes" if self.holds else "NO")
        return (
            f"{self.what:66} {self.n:6} {100 * self.nominal:6.1f} {100 * self.share:7.2f} ± {100 * self.error:4.2f}"
            f"  {asked:9} {verdict}"
        )


HEADER = f"{'what':66} {'n':>6} {'stated':>6} {'seen, %':>7} ± {'s.e.':4}  {'asked':9} holds"
