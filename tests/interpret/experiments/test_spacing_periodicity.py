import numpy as np
import pandas as pd
import pytest

from cisgram.errors import InputError
from cisgram.interpret.experiments.spacing_periodicity import spacing_periodicity

DISTANCE = np.arange(15, 145)


def curve(values):
    return pd.DataFrame({"distance_bp": DISTANCE, "log2_fold": values})


def red_noise(n, likeness, rng):
    noise = rng.normal(size=(n, DISTANCE.size))
    for at in range(1, DISTANCE.size):
        noise[:, at] += likeness * noise[:, at - 1]
    return noise


def test_a_wave_of_one_turn_on_a_decay_is_found_and_one_of_seven_bp_is_not_helical():
    rng = np.random.default_rng(0)
    decay = 2 * np.exp(-DISTANCE / 40)
    noise = rng.normal(0, 0.05, DISTANCE.size)
    helical = spacing_periodicity(curve(decay * (1 + 0.4 * np.cos(2 * np.pi * DISTANCE / 10.5)) + noise))
    assert abs(helical.peak_bp - 10.5) < 0.4
    assert helical.p_value < 0.01
    assert helical.share > 4 * helical.null_share
    other = spacing_periodicity(curve(decay * (1 + 0.4 * np.cos(2 * np.pi * DISTANCE / 7)) + noise))
    assert abs(other.peak_bp - 7) < 0.3
    assert other.p_value > 0.1


@pytest.mark.parametrize("likeness", [0.0, 0.6, 0.9])
def test_noise_is_called_periodic_about_as_often_as_p_says(likeness):
    noise = red_noise(200, likeness, np.random.default_rng(1))
    p_values = [spacing_periodicity(curve(row), n_permutations=99, seed=k).p_value for k, row in enumerate(noise)]
    assert np.mean(np.array(p_values) <= 0.05) < 0.1
    assert np.mean(np.array(p_values) <= 0.5) > 0.3


def test_a_single_favoured_distance_is_no_period():
    assert spacing_periodicity(curve(np.where(DISTANCE == 40, 1.0, 0.0))).p_value > 0.1


def test_a_flat_curve_has_no_period_and_the_seed_decides():
    assert spacing_periodicity(curve(np.ones(DISTANCE.size))).p_value == 1
    noisy = curve(red_noise(1, 0.5, np.random.default_rng(2))[0])
    first, second = (spacing_periodicity(noisy.sample(frac=1, random_state=k), seed=4) for k in (0, 1))
    assert first.p_value == second.p_value
    assert first.power.sum() == pytest.approx(1)


def test_bad_input_is_refused():
    with pytest.raises(InputError, match="got 260 rows, 130 different distances"):
        spacing_periodicity(pd.concat([curve(np.ones(DISTANCE.size))] * 2))
    with pytest.raises(InputError, match="at least 42 consecutive"):
        spacing_periodicity(curve(np.ones(DISTANCE.size)).head(30))
    with pytest.raises(InputError, match="log2_fold must be finite at every distance; 130 are not"):
        spacing_periodicity(curve(np.full(DISTANCE.size, np.nan)))
