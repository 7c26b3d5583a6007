"""The plain peak caller."""

import numpy as np
import pytest

from cisgram.errors import ConfigError, EmptySetError
from cisgram.genomics.poisson_peaks import PeakRule, call_peaks


def pooled(*summits, size=20_000, background=0.01):
    counts = np.random.default_rng(2).poisson(background, size).astype(np.float32)
    for at, reads in summits:
        counts[at - 8] += reads / 2
        counts[at + 8] += reads / 2
    return counts


def test_a_pile_of_reads_is_one_peak_with_its_summit_in_the_middle():
    peaks = call_peaks(["I"], {"I": pooled((5_000, 200), (12_000, 60))}.__getitem__, name="X")
    assert peaks["name"].tolist() == ["X_1", "X_2"]
    assert (peaks["summit"] - [5_000, 12_000]).abs().max() <= 8
    assert (peaks["start"] <= peaks["summit"]).all()
    assert (peaks["end"] > peaks["summit"]).all()
    assert ((peaks["end"] - peaks["start"]) < 400).all()
    assert peaks["signal"].is_monotonic_decreasing


def test_threshold_is_the_poisson_tail():
    background = pooled()
    bins = background.reshape(-1, 1_000).sum(axis=1)
    from scipy.stats import poisson

    rule = PeakRule(p_value=1e-6)
    expected = float(np.median(bins)) / 1_000 * rule.window_bp
    found = call_peaks(["I"], {"I": pooled((5_000, 100))}.__getitem__, rule=rule)
    reads = found["signal"].iloc[0] * expected
    assert found["p_value"].iloc[0] == pytest.approx(-np.log10(poisson.sf(round(reads) - 1, expected)), abs=0.01)


def test_near_piles_join_and_far_ones_do_not():
    counts = {"I": pooled((5_000, 200), (5_150, 200), (8_000, 200), (8_600, 200))}
    assert len(call_peaks(["I"], counts.__getitem__)) == 3


def test_peaks_at_the_ends_of_a_contig_stay_inside():
    peaks = call_peaks(["I"], {"I": pooled((10, 200), (19_985, 200))}.__getitem__)
    assert peaks["start"].min() == 0
    assert peaks["end"].max() == 20_000


def test_nothing_enriched_is_said_so():
    with pytest.raises(EmptySetError, match="no peaks of X left"):
        call_peaks(["I"], {"I": pooled()}.__getitem__, name="X")


def test_an_even_window_is_refused():
    with pytest.raises(ConfigError, match="window_bp must be odd"):
        PeakRule(window_bp=150)
