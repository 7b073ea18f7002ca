"""The four counts behind precision, recall and F1, summed over texts before anything is divided.

Precision and recall keep numerators of their own because GTT and CEAF-RME φsubset count hits on either side.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PrecisionRecall:
    """Counts (integers, at least 0) of which p = p_num/p_den and r = r_num/r_den, each in [0, 1]."""

    p_num: int = 0
    p_den: int = 0
    r_num: int = 0
    r_den: int = 0

    def __add__(self, other: "PrecisionRecall") -> "PrecisionRecall":
        """Pool the counts of two texts or two slots."""
        return PrecisionRecall(
            self.p_num + other.p_num, self.p_den + other.p_den, self.r_num + other.r_num, self.r_den + other.r_den
        )

    @property
    def precision(self) -> float:
        """p_num/p_den, and 0 if nothing was predicted."""
        return self.p_num / self.p_den if self.p_den else 0.0

    @property
    def recall(self) -> float:
        """r_num/r_den, and 0 if nothing was expected."""
        return self.r_num / self.r_den if self.r_den else 0.0

    @property
    def f1(self) -> float:
        """2pr/(p+r), evaluated in this order in double precision, and 0 if p + r = 0."""
        p, r = self.precision, self.recall
        return 2 * p * r / (p + r) if p + r else 0.0


def pool(counts: Iterable[PrecisionRecall]) -> PrecisionRecall:
    """Sum counts over texts or slots ("micro")."""
    return sum(counts, PrecisionRecall())


def pool_slots(texts: Iterable[Mapping[str, PrecisionRecall]], slots: Iterable[str]) -> dict[str, PrecisionRecall]:
    """Sum the counts of each slot over texts, and of all slots as `micro`, the last key.

    Args:
        texts: for each text the counts of every slot.
        slots: the slots in the order wanted; listed even when there is no text.
    """
    totals = {str(slot): PrecisionRecall() for slot in slots}
    for text in texts:
        for slot in totals:
            totals[slot] += text[slot]
    return totals | {"micro": pool(totals.values())}
