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
    def holds(self) -> str:
        """Whether the share lies in its range: yes, NO, or not for sure (out of it by up to two standard errors)."""
        if self.low is None or self.high is None:
            return ""
        outside = max(self.low - self.share, self.share - self.high)
        if outside <= 0:
            return "yes"
        return "unsure" if outside <= 2 * self.error else "NO"

    def line(self) -> str:
        """For the terminal."""
        asked = "" if self.low is None or self.high is None else f"{100 * self.low:4.1f}-{100 * self.high:4.1f}"
        return (
            f"{self.what:84} {self.n:6} {100 * self.nominal:6.1f} {100 * self.share:7.2f} ± {100 * self.error:4.2f}"
            f"  {asked:9} {self.holds}"
        )


HEADER = f"{'what':84} {'n':>6} {'stated':>6} {'seen, %':>7} ± {'s.e.':4}  {'asked':9} holds"
