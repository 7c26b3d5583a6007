"""Footprints: hits on the minus strand are turned, and every hit counts once."""

import numpy as np
import pandas as pd

from cisgram.report.footprints import _mean, _placed


def test_a_hit_on_the_minus_strand_is_turned_by_both_axes():
    counts = np.random.default_rng(1).poisson(3, (1, 2, 301)).astype(float)
    forward = _mean(counts, pd.DataFrame({"window": [0], "at": [150], "strand": ["+"]}))
    backward = _mean(counts[:, ::-1, ::-1], pd.DataFrame({"window": [0], "at": [150], "strand": ["-"]}))
    np.testing.assert_array_equal(forward, counts[0, :, 90:211])
    np.testing.assert_array_equal(forward, backward)


def test_a_hit_goes_to_the_window_whose_middle_is_nearest_and_edges_are_left_out():
    hits = pd.DataFrame(
        {
            "chrom": ["I", "I", "II"],
            "start": [195, 40, 5],
            "end": [205, 50, 9],
            "strand": ["+", "-", "+"],
            "name": ["a", "b", "a"],
        }
    )
    placed = _placed(hits, np.array(["I", "I"]), np.array([0, 60]), 300)
    assert placed.to_dict("records") == [{"name": "a", "window": 1, "at": 140, "strand": "+"}]
