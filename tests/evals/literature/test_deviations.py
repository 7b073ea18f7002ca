from evals.literature.deviations import Deviation, deviations


def test_fractions_are_compared_at_four_decimals_and_counts_exactly() -> None:
    expected = {"a": {"f1": 0.1235, "p_num": 3}, "counts": [1, 2]}
    assert deviations({"a": {"f1": 0.12346, "p_num": 3}, "counts": [1, 2]}, expected) == []
    assert deviations({"a": {"f1": 0.1234, "p_num": 4}, "counts": [2, 1]}, expected) == [
        Deviation("a.f1", 0.1234, 0.1235),
        Deviation("a.p_num", 4, 3),
        Deviation("counts", [2, 1], [1, 2]),
    ]


def test_what_is_expected_and_not_computed_is_a_deviation() -> None:
    assert deviations({}, {"a": {"f1": 0.5}}) == [Deviation("a", None, {"f1": 0.5})]


def test_what_nobody_expects_is_none() -> None:
    assert deviations({"a": 1, "mine": {"f1": 0.5}}, {"a": 1}) == []


def test_a_whole_number_is_the_same_fraction() -> None:
    assert deviations({"f1": 1.0}, {"f1": 1}) == []
