"""The official scoring of MUC-4 from its counts: total rows, measures, printed percentages and F.

Source: Chinchor, "MUC-4 Evaluation Metrics", Proceedings of the Fourth Message Understanding Conference, 1992. How
fills were judged cannot be redone without the judges; this starts from the counts of each pair of templates.
"""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from operator import attrgetter

TEMPLATE_ID = "template-id"
GROUPS: Mapping[str, tuple[str, ...]] = {
    "inc-total": ("inc-date", "inc-loc", "inc-type", "inc-stage", "inc-instr-id", "inc-instr-type"),
    "perp-total": ("perp-inc-cat", "perp-ind-id", "perp-org-id", "perp-org-conf"),
    "phys-tgt-total": (
        "phys-tgt-id",
        "phys-tgt-type",
        "phys-tgt-num",
        "phys-tgt-nation",
        "phys-tgt-effect",
        "phys-tgt-total-num",
    ),
    "hum-tgt-total": (
        "hum-tgt-name",
        "hum-tgt-desc",
        "hum-tgt-type",
        "hum-tgt-num",
        "hum-tgt-nation",
        "hum-tgt-effect",
        "hum-tgt-total-num",
    ),
}
"""The 23 content slots, by the subtotal row that sums them."""

CONTENT_SLOTS = tuple(slot for group in GROUPS.values() for slot in group)
SLOTS = (TEMPLATE_ID, *CONTENT_SLOTS)

SET_FILLS = (
    *("inc-type", "inc-stage", "inc-instr-type", "perp-inc-cat", "perp-org-conf"),
    *("phys-tgt-type", "phys-tgt-nation", "phys-tgt-effect", "hum-tgt-type", "hum-tgt-nation", "hum-tgt-effect"),
)
STRING_FILLS = ("inc-instr-id", "perp-ind-id", "perp-org-id", "phys-tgt-id", "hum-tgt-name", "hum-tgt-desc")


class PairStatus(StrEnum):
    """What became of a pair of key template and response template."""

    MATCHED = "matched"
    MISSING = "missing"  # a key template without response
    SPURIOUS = "spurious"  # a response template without key
    OPTIONAL = "optional"  # an optional key template that nobody answered: costs nothing
    IRRELEVANT = "irrelevant"  # nothing to score in this text


_MATCHED_ONLY = frozenset({PairStatus.MATCHED})
_MATCHED_MISSING = _MATCHED_ONLY | {PairStatus.MISSING}
_MATCHED_SPURIOUS = _MATCHED_ONLY | {PairStatus.SPURIOUS}
_ALL_TEMPLATES = _MATCHED_MISSING | _MATCHED_SPURIOUS


@dataclass(frozen=True, slots=True)
class SlotCounts:
    """One row of a report, in the order of its columns; always POS = COR+PAR+INC+MIS and ACT = COR+PAR+INC+SPU."""

    pos: int = 0  # fills that the key expects
    act: int = 0  # fills that the system gave
    cor: int = 0  # correct
    par: int = 0  # partially correct
    inc: int = 0  # incorrect
    icr: int = 0  # of the correct ones, by human judgement
    ipa: int = 0  # of the partially correct ones, by human judgement
    spu: int = 0  # given with nothing to match
    mis: int = 0  # expected and not given
    non: int = 0  # neither side has a fill

    def __post_init__(self) -> None:
        """Refuse rows whose columns do not add up."""
        compared = self.cor + self.par + self.inc
        if self.pos != compared + self.mis or self.act != compared + self.spu or min(self.columns) < 0:
            raise ValueError(f"counts do not add up (POS=COR+PAR+INC+MIS, ACT=COR+PAR+INC+SPU): {list(self.columns)}")

    @property
    def columns(self) -> tuple[int, ...]:
        """The ten counts in the order of `COLUMNS`."""
        return _counts_of(self)

    @property
    def recall(self) -> float:
        """(COR + PAR/2)/POS in [0, 1]; 0 if POS is 0."""
        return (self.cor + 0.5 * self.par) / self.pos if self.pos else 0.0

    @property
    def precision(self) -> float:
        """(COR + PAR/2)/ACT in [0, 1]; 0 if ACT is 0."""
        return (self.cor + 0.5 * self.par) / self.act if self.act else 0.0

    @property
    def overgeneration(self) -> float:
        """SPU/ACT in [0, 1]; 0 if ACT is 0."""
        return self.spu / self.act if self.act else 0.0

    @property
    def f1(self) -> float:
        """2PR/(P+R) of the exact measures; not an official figure, see `printed_f`."""
        p, r = self.precision, self.recall
        return 2 * p * r / (p + r) if p + r else 0.0

    @property
    def recall_percent(self) -> int | None:
        """Recall as the report prints it."""
        return printed_percent(2 * self.cor + self.par, 2 * self.pos)

    @property
    def precision_percent(self) -> int | None:
        """Precision as the report prints it."""
        return printed_percent(2 * self.cor + self.par, 2 * self.act)

    @property
    def overgeneration_percent(self) -> int | None:
        """Overgeneration as the report prints it."""
        return printed_percent(self.spu, self.act)


_NAMES = tuple(column.name for column in fields(SlotCounts))
_counts_of: Callable[[SlotCounts], tuple[int, ...]] = attrgetter(*_NAMES)

COLUMNS = tuple(name.upper() for name in _NAMES)


@dataclass(frozen=True, slots=True)
class TemplatePair:
    """The rows of one pair of templates by slot; slots without a row have counted nothing."""

    status: PairStatus
    slots: Mapping[str, SlotCounts]


@dataclass(frozen=True, slots=True)
class FMeasures:
    """The three F of a report, in percent: recall and precision alike, precision twice, recall twice."""

    p_and_r: float
    two_p_and_r: float
    p_and_two_r: float


def total_rows(pairs: Iterable[TemplatePair]) -> dict[str, SlotCounts]:
    """The total block of a report: 24 slots, 4 subtotals and 6 total rows, all summed from the pairs.

    `ALL TEMPLATES` (matched, missing and spurious pairs) is the official result, and the rows of the slots and
    subtotals use its pairs. `SET FILLS ONLY` and `STRING FILLS ONLY` use matched and missing pairs. Totals leave
    `template-id` out. A pair of status `irrelevant` adds 1 to NON of `template-id`; `optional` pairs add nothing.
    """
    pairs = tuple(pairs)

    def total(statuses: Container[PairStatus], slots: Sequence[str]) -> SlotCounts:
        scored = [pair.slots for pair in pairs if pair.status in statuses]
        return sum_rows(rows[slot] for rows in scored for slot in slots if slot in rows)

    irrelevant = sum(pair.status is PairStatus.IRRELEVANT for pair in pairs)
    rows = {slot: total(_ALL_TEMPLATES, [slot]) for slot in SLOTS}
    rows[TEMPLATE_ID] = sum_rows([rows[TEMPLATE_ID], SlotCounts(non=irrelevant)])
    rows |= {group: total(_ALL_TEMPLATES, slots) for group, slots in GROUPS.items()}
    return rows | {
        "MATCHED/MISSING": total(_MATCHED_MISSING, CONTENT_SLOTS),
        "MATCHED/SPURIOUS": total(_MATCHED_SPURIOUS, CONTENT_SLOTS),
        "MATCHED ONLY": total(_MATCHED_ONLY, CONTENT_SLOTS),
        "ALL TEMPLATES": total(_ALL_TEMPLATES, CONTENT_SLOTS),
        "SET FILLS ONLY": total(_MATCHED_MISSING, SET_FILLS),
        "STRING FILLS ONLY": total(_MATCHED_MISSING, STRING_FILLS),
    }


def printed_percent(numerator: int, denominator: int) -> int | None:
    """A whole percentage as the 1992 scorer printed it, in integers throughout.

    The percentage is cut to one decimal, then rounded, an exact half going to the even neighbour: 14.59 gives 14.5
    gives 14, and 15.59 gives 15.5 gives 16.

    Returns:
        0 … 100, or None where the report prints `*`, for an empty denominator.
    """
    if not denominator:
        return None
    whole, tenths = divmod(1000 * numerator // denominator, 10)
    half = 5
    return whole + (tenths > half or (tenths == half and whole % 2 == 1))


def printed_f(precision_percent: int | None, recall_percent: int | None) -> FMeasures:
    """The three F from the *printed whole percentages*, to two decimals; 0 where either is 0 or missing.

    P&R = 2PR/(P+R), 2P&R = 1/(0.8/P + 0.2/R), P&2R = 1/(0.2/P + 0.8/R).
    """
    if not precision_percent or not recall_percent:
        return FMeasures(0.0, 0.0, 0.0)
    p, r = precision_percent, recall_percent
    return FMeasures(
        round(2 * p * r / (p + r), 2), round(5 * p * r / (p + 4 * r), 2), round(5 * p * r / (4 * p + r), 2)
    )


def sum_rows(rows: Iterable[SlotCounts]) -> SlotCounts:
    """Sum rows column by column; all zero if there is none."""
    return SlotCounts(*map(sum, zip(*(row.columns for row in rows), strict=True)))
