import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.stats import alpha

UNITS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1, max_size=12)


def test_two_observers_of_the_publication() -> None:
    # Krippendorff (2011), Computing Krippendorff's alpha-reliability, section A
    assert alpha(zip("0100000010", "1110010000", strict=True)) == pytest.approx(0.095, abs=5e-4)


def test_four_observers_with_missing_values_of_the_publication() -> None:
    # the same, section C, nominal
    observers = ["123321412***", "1233224125*3", "*3332342251*", "1233244125 1*".replace(" ", "")]
    units = [[None if value == "*" else value for value in unit] for unit in zip(*observers, strict=True)]
    assert alpha(units) == pytest.approx(0.743, abs=5e-4)


def test_systematic_disagreement_is_below_chance() -> None:
    found = alpha([("bombing", "shooting"), ("shooting", "bombing")] * 5)
    assert found is not None
    assert found < 0


def test_alpha_does_not_exist_without_two_values() -> None:
    assert alpha([]) is None
    assert alpha([("bombing", "bombing")] * 5) is None
    assert alpha([("bombing", None), (None, "shooting")]) is None


@given(UNITS)
def test_the_order_of_labellers_and_units_means_nothing(units: list[tuple[str, str]]) -> None:
    turned = alpha([(second, first) for first, second in reversed(units)])
    assert turned == (None if alpha(units) is None else pytest.approx(alpha(units)))


@given(UNITS)
def test_alpha_is_one_only_for_perfect_agreement(units: list[tuple[str, str]]) -> None:
    found = alpha(units)
    if found is not None:
        assert found <= 1
        assert (found == pytest.approx(1)) == all(first == second for first, second in units)
