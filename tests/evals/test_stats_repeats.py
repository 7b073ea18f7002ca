from typing import Any

import numpy as np
import pytest

from evals.stats import f1_of, repeat_noise

RIGHT, WRONG, NOTHING = [1, 0, 0, 0, 0], [0, 0, 1, 0, 0], [0, 0, 0, 0, 0]


def repeats(*runs: list[list[int]]) -> Any:
    return np.array(runs)[:, :, None]


def test_flip_rate_and_noise_floor_by_hand() -> None:
    # article 1 differs in 2 of 3 pairs of repeats, article 2 in none, article 3 has no value: (2/3 + 0) / 2
    # F1 is 1, 1, 1/2: variance 1/12, on 2 degrees: 4.3027 x sqrt(2/12)
    (noise,) = repeat_noise(repeats([RIGHT, RIGHT, NOTHING], [RIGHT, RIGHT, NOTHING], [WRONG, RIGHT, NOTHING]))
    assert noise.flip_rate == pytest.approx(1 / 3)
    assert noise.standard_deviation == pytest.approx(np.sqrt(1 / 12))
    assert noise.noise_floor == pytest.approx(1.7565, abs=1e-4)


def test_repeats_that_agree_have_no_noise() -> None:
    (noise,) = repeat_noise(repeats(*[[RIGHT, WRONG]] * 3))
    assert (noise.flip_rate, noise.standard_deviation, noise.noise_floor) == (0, 0, 0)


def test_flip_rate_does_not_grow_with_the_number_of_repeats() -> None:
    right = np.random.default_rng(0).random((20, 4000)) < 0.8
    counts = np.where(right[..., None], RIGHT, WRONG)[:, :, None]
    (few,), (many,) = repeat_noise(counts[:2]), repeat_noise(counts)
    assert few.flip_rate == pytest.approx(2 * 0.8 * 0.2, abs=0.03)
    assert many.flip_rate == pytest.approx(2 * 0.8 * 0.2, abs=0.01)


def test_the_deviation_is_that_of_the_figures_of_many_repeats() -> None:
    counts = np.random.default_rng(0).multinomial(3, [0.6, 0.1, 0.1, 0.1, 0.1], size=(400, 50, 1))
    (noise,) = repeat_noise(counts)
    assert noise.standard_deviation == pytest.approx(f1_of(counts.sum(axis=1))[:, 0].std(ddof=1), rel=0.1)


def test_fields_without_a_value_have_no_noise_to_speak_of() -> None:
    (noise,) = repeat_noise(np.zeros((2, 3, 1, 5)))
    assert (noise.flip_rate, noise.standard_deviation, noise.noise_floor) == (None, None, None)


@pytest.mark.parametrize("shape", [(3, 1, 5), (1, 3, 1, 5)])
def test_a_single_run_has_no_noise_to_measure(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="two or more repeats"):
        repeat_noise(np.ones(shape))
