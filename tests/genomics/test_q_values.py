"""Q-values, against scipy."""

import numpy as np
from scipy.stats import false_discovery_control

from cisgram.genomics.q_values import q_values


def test_q_values_are_those_of_scipy_and_tests_that_were_not_made_do_not_count():
    p_values = np.random.default_rng(1).random(40) ** 3
    np.testing.assert_allclose(q_values(p_values), false_discovery_control(p_values))
    with_gaps = np.insert(p_values, [0, 7, 40], np.nan)
    np.testing.assert_array_equal(np.isnan(q_values(with_gaps)), np.isnan(with_gaps))
    np.testing.assert_allclose(q_values(with_gaps)[~np.isnan(with_gaps)], q_values(p_values))
    assert q_values(np.zeros(0)).size == 0
