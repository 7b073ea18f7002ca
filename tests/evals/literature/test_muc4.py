from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.literature.muc4 import (
    COLUMNS,
    CONTENT_SLOTS,
    SET_FILLS,
    SLOTS,
    STRING_FILLS,
    PairStatus,
    SlotCounts,
    TemplatePair,
    printed_f,
    printed_percent,
    sum_rows,
    total_rows,
)

CORRECT = SlotCounts(pos=1, act=1, cor=1)
MISSING = SlotCounts(pos=1, mis=1)
SPURIOUS = SlotCounts(act=1, spu=1)


def test_slots_and_columns_are_those_of_the_report() -> None:
    assert len(SLOTS) == len(set(SLOTS)) == 24
    assert len(CONTENT_SLOTS) == 23
    assert (len(SET_FILLS), len(STRING_FILLS)) == (11, 6)
    assert set(SET_FILLS) | set(STRING_FILLS) < set(CONTENT_SLOTS)
    assert COLUMNS == ("POS", "ACT", "COR", "PAR", "INC", "ICR", "IPA", "SPU", "MIS", "NON")


def test_measures_give_half_credit_for_partial() -> None:
    row = SlotCounts(pos=10, act=8, cor=3, par=2, inc=1, spu=2, mis=4)
    assert (row.recall, row.precision, row.overgeneration) == (0.4, 0.5, 0.25)
    assert row.f1 == pytest.approx(4 / 9)
    assert (row.recall_percent, row.precision_percent, row.overgeneration_percent) == (40, 50, 25)


def test_measures_of_an_empty_row_are_zero_and_print_a_star() -> None:
    row = SlotCounts(non=1)
    assert (row.recall, row.precision, row.overgeneration, row.f1) == (0.0, 0.0, 0.0, 0.0)
    assert (row.recall_percent, row.precision_percent, row.overgeneration_percent) == (None, None, None)


@pytest.mark.parametrize(
    "columns", [{"pos": 1}, {"act": 1}, {"pos": 2, "act": 1, "cor": 1}, {"pos": -1, "mis": -1}, {"non": -1}]
)
def test_a_row_that_does_not_add_up_is_refused(columns: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="do not add up"):
        SlotCounts(**columns)


@pytest.mark.parametrize(
    ("per_ten_thousand", "printed"),
    [(1459, 14), (1559, 16), (1450, 14), (1550, 16), (1449, 14), (1460, 15), (1461, 15), (0, 0), (10_000, 100)],
)
def test_percentages_are_cut_to_one_decimal_and_then_rounded_half_to_even(per_ten_thousand: int, printed: int) -> None:
    assert printed_percent(per_ten_thousand, 10_000) == printed


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_a_printed_percentage_is_never_more_than_six_tenths_off(numerator: int, denominator: int) -> None:
    printed = printed_percent(numerator, denominator)
    assert printed is not None
    assert Fraction(-1, 2) <= Fraction(100 * numerator, denominator) - printed < Fraction(6, 10)


def test_f_comes_from_the_printed_percentages() -> None:
    measures = printed_f(precision_percent=44, recall_percent=30)
    assert (measures.p_and_r, measures.two_p_and_r, measures.p_and_two_r) == (35.68, 40.24, 32.04)


@pytest.mark.parametrize(("precision", "recall"), [(0, 30), (30, 0), (0, 0), (None, 30), (30, None)])
def test_f_is_zero_where_either_percentage_is_zero_or_missing(precision: int | None, recall: int | None) -> None:
    measures = printed_f(precision, recall)
    assert (measures.p_and_r, measures.two_p_and_r, measures.p_and_two_r) == (0.0, 0.0, 0.0)


@given(st.integers(1, 100))
def test_all_f_equal_precision_and_recall_where_these_are_equal(percent: int) -> None:
    measures = printed_f(percent, percent)
    assert measures.p_and_r == measures.two_p_and_r == measures.p_and_two_r == percent


def test_total_rows_sum_the_pairs_by_status() -> None:
    pairs = [
        TemplatePair(PairStatus.MATCHED, {"template-id": CORRECT, "inc-type": CORRECT, "hum-tgt-name": MISSING}),
        TemplatePair(PairStatus.MISSING, {"template-id": MISSING, "inc-type": MISSING, "inc-date": MISSING}),
        TemplatePair(PairStatus.SPURIOUS, {"template-id": SPURIOUS, "inc-type": SPURIOUS, "phys-tgt-id": SPURIOUS}),
        TemplatePair(PairStatus.OPTIONAL, {"template-id": MISSING}),
        TemplatePair(PairStatus.IRRELEVANT, {}),
    ]
    rows = total_rows(pairs)
    assert rows["template-id"] == SlotCounts(pos=2, act=2, cor=1, spu=1, mis=1, non=1)
    assert rows["inc-type"] == SlotCounts(pos=2, act=2, cor=1, spu=1, mis=1)
    assert rows["inc-total"] == SlotCounts(pos=3, act=2, cor=1, spu=1, mis=2)
    assert rows["MATCHED ONLY"] == SlotCounts(pos=2, act=1, cor=1, mis=1)
    assert rows["MATCHED/MISSING"] == SlotCounts(pos=4, act=1, cor=1, mis=3)
    assert rows["MATCHED/SPURIOUS"] == SlotCounts(pos=2, act=3, cor=1, spu=2, mis=1)
    assert rows["ALL TEMPLATES"] == SlotCounts(pos=4, act=3, cor=1, spu=2, mis=3)
    assert rows["SET FILLS ONLY"] == SlotCounts(pos=2, act=1, cor=1, mis=1)
    assert rows["STRING FILLS ONLY"] == SlotCounts(pos=1, mis=1)


def test_the_report_of_no_pairs_is_all_zero() -> None:
    rows = total_rows([])
    assert len(rows) == 24 + 4 + 6
    assert set(rows.values()) == {SlotCounts()}


def test_rows_are_summed_column_by_column() -> None:
    assert sum_rows([CORRECT, SPURIOUS, MISSING, CORRECT]) == SlotCounts(pos=3, act=3, cor=2, spu=1, mis=1)
    assert sum_rows([]) == SlotCounts()
