import pytest

from evals.literature.precision_recall import PrecisionRecall, pool, pool_slots


def test_precision_and_recall_have_numerators_of_their_own() -> None:
    counts = PrecisionRecall(p_num=3, p_den=4, r_num=1, r_den=2)
    assert (counts.precision, counts.recall) == (0.75, 0.5)
    assert counts.f1 == pytest.approx(0.6)


def test_empty_denominators_give_zero() -> None:
    assert PrecisionRecall().precision == PrecisionRecall().recall == PrecisionRecall().f1 == 0.0
    assert PrecisionRecall(0, 3, 0, 0).f1 == 0.0


def test_pooling_adds_counts_and_not_ratios() -> None:
    assert pool([PrecisionRecall(1, 2, 1, 4), PrecisionRecall(0, 5, 0, 1)]) == PrecisionRecall(1, 7, 1, 5)
    assert pool([]) == PrecisionRecall()


def test_micro_sums_all_slots_and_slots_exist_without_texts() -> None:
    texts = [
        {"x": PrecisionRecall(1, 1, 1, 1), "y": PrecisionRecall(0, 2, 0, 3)},
        {"x": PrecisionRecall(0, 1, 0, 1), "y": PrecisionRecall(2, 2, 1, 1)},
    ]
    assert pool_slots(texts, ["x", "y"]) == {
        "x": PrecisionRecall(1, 2, 1, 2),
        "y": PrecisionRecall(2, 4, 1, 4),
        "micro": PrecisionRecall(3, 6, 2, 6),
    }
    assert pool_slots([], ["x"]) == {"x": PrecisionRecall(), "micro": PrecisionRecall()}
