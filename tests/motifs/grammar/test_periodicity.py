"""Helical periods: found where planted, and nowhere else, whatever the noise."""

import numpy as np
import pandas as pd
import pytest
from scipy.signal import lfilter
from scipy.stats import kstest

from cisgram.errors import ConfigError, EmptySetError, InputError
from cisgram.motifs.grammar.periodicity import (
    PeriodicityConfig,
    contribution_periodicity,
    distance_periodicity,
    periodicity_of_rows,
    read_periodicity,
)

FEW = PeriodicityConfig(n_draws=99)
LENGTH = 221
OFFSET = np.arange(LENGTH) - LENGTH // 2
WAVE = np.cos(2 * np.pi * OFFSET / 10.5)


def noise(kind, rng, n=30):
    """Stationary rows: white; red, so that neighbours are alike; or with a wave of 10.5 bp of any phase in each."""
    drawn = rng.normal(size=(n, LENGTH + 300))
    turn = 0.97 * np.exp(2j * np.pi / 10.5)
    past = {"white": [1], "red": [1, -0.9], "waves": [1, -2 * turn.real, abs(turn) ** 2]}[kind]
    return lfilter([1], past, drawn, axis=1)[:, 300:]


@pytest.mark.parametrize("kind", ["white", "red", "waves"])
def test_noise_gives_even_p_values_however_alike_neighbours_are(kind):
    rng = np.random.default_rng(1)
    p_values = [periodicity_of_rows(noise(kind, rng), config=FEW).p_value for _ in range(100)]
    assert kstest(p_values, "uniform").pvalue > 0.01
    assert np.mean(np.array(p_values) <= 0.05) < 0.11


def test_a_decay_around_the_anchor_gives_even_p_values():
    rng = np.random.default_rng(2)
    envelope = np.exp(-np.abs(OFFSET) / 40)
    rows = (rng.poisson(5 * envelope, (30, LENGTH)).astype(float) for _ in range(100))
    assert kstest([periodicity_of_rows(one, config=FEW).p_value for one in rows], "uniform").pvalue > 0.01


@pytest.mark.parametrize("kind", ["white", "red"])
def test_a_wave_that_is_fixed_to_the_anchor_is_found_with_its_period_and_crest(kind):
    rng = np.random.default_rng(3)
    found = periodicity_of_rows(noise(kind, rng, n=80) + 0.8 * np.roll(WAVE, 3), config=FEW)
    assert found.p_value == 0.01
    assert found.enrichment > 3
    assert found.crest_bp == pytest.approx(3, abs=0.7)
    assert found.power.sum() == pytest.approx(1)
    if kind == "white":
        assert found.peak_bp == pytest.approx(10.5, abs=0.2)


def test_a_wave_of_another_period_is_not_taken_for_it():
    rng = np.random.default_rng(4)
    other = np.cos(2 * np.pi * OFFSET / 14)
    found = periodicity_of_rows(noise("white", rng, n=80) + other, config=FEW)
    assert found.p_value > 0.2
    assert found.peak_bp == pytest.approx(14, abs=0.3)


def test_taking_the_trend_away_takes_nothing_from_the_wave():
    slope = np.linspace(0, 3, LENGTH)
    found = periodicity_of_rows(np.tile(WAVE + slope, (6, 1)), config=FEW)
    inner = slice(10, -10)
    np.testing.assert_allclose(found.detrended[inner], WAVE[10:-10][inner], atol=1e-9)


def test_positions_left_out_have_no_say():
    rng = np.random.default_rng(5)
    rows, left_out = noise("white", rng), np.abs(OFFSET) < 12
    loud = rows + 100 * left_out * rng.normal(size=LENGTH)
    # moving brings what is left out into sight, so that only the data themselves are the same
    quiet, found = (periodicity_of_rows(one, left_out=left_out, config=FEW) for one in (rows, loud))
    np.testing.assert_array_equal(quiet.power, found.power)
    assert np.isnan(found.signal).sum() == left_out.sum()
    assert (found.detrended[np.isnan(found.signal)] == 0).all()


def test_distances_with_a_period_are_told_from_even_and_from_falling_ones():
    rng = np.random.default_rng(6)
    distance = np.arange(12, 201)
    falling = np.exp(-distance / 60)
    p_values = {"even": [], "falling": []}
    for _ in range(60):
        for name, weights in (("even", np.ones(distance.size)), ("falling", falling)):
            counts = np.append(np.zeros(12, dtype=np.int64), rng.multinomial(300, weights / weights.sum()))
            p_values[name].append(distance_periodicity(counts, min_distance_bp=12, config=FEW).p_value)
    for one in p_values.values():
        assert kstest(one, "uniform").pvalue > 0.01
    helical = falling * (1 + 0.6 * np.cos(2 * np.pi * distance / 10.5))
    counts = np.append(np.zeros(12, dtype=np.int64), rng.multinomial(300, helical / helical.sum()))
    found = distance_periodicity(counts, min_distance_bp=12, config=FEW)
    assert found.p_value == 0.01
    assert found.n_observations == 300
    assert min(found.crest_bp, 10.5 - found.crest_bp) < 1


def anchored(rng, hits_at):
    rows = [(window, int(rng.integers(300, 690)), 9, str(rng.choice(["+", "-"])), "a") for window in range(60)]
    hits, windows = hits_at(rows)
    at = (hits["start"] + 4 - windows["start"].to_numpy()[hits["window"]]).to_numpy()
    return hits, windows, np.arange(1000)[None, :] - at[:, None]


def test_contributions_and_reads_around_hits_show_the_wave_of_their_strand(hits_at):
    rng = np.random.default_rng(7)
    hits, windows, offset = anchored(rng, hits_at)
    sign = np.where(hits["strand"] == "-", -1, 1)[:, None]
    wave = np.cos(2 * np.pi * (sign * offset - 3) / 10.5)
    values = rng.normal(size=offset.shape) * (1 + 0.7 * wave)
    values[np.abs(offset) < 5] = 50
    found = contribution_periodicity(hits, values, windows, config=FEW)
    assert found.p_value == 0.01
    assert found.crest_bp == pytest.approx(3, abs=1)
    assert found.position_bp[[0, -1]].tolist() == [-100, 100]
    counts = rng.poisson(0.4 * (1 + wave))[:, None].repeat(2, axis=1)
    counts[:, :, :][np.broadcast_to(np.abs(offset)[:, None] < 8, counts.shape)] = 300
    found = read_periodicity(hits, counts, windows, config=FEW)
    assert found.p_value == 0.01
    assert found.crest_bp == pytest.approx(3, abs=1)


def test_what_is_too_short_too_few_or_contradictory_is_refused():
    rows = np.zeros((6, LENGTH))
    with pytest.raises(EmptySetError, match="hits to align"):
        periodicity_of_rows(rows[:4])
    with pytest.raises(InputError, match="odd length"):
        periodicity_of_rows(rows[:, 1:])
    with pytest.raises(InputError, match="at least 62 bp"):
        periodicity_of_rows(rows[:, :51])
    with pytest.raises(InputError, match="must be finite"):
        periodicity_of_rows(rows * np.nan)
    with pytest.raises(InputError, match="one entry per position"):
        periodicity_of_rows(rows, left_out=np.zeros(5, dtype=bool))
    with pytest.raises(InputError, match="at least 62 distances"):
        distance_periodicity(np.ones(50, dtype=np.int64))
    with pytest.raises(EmptySetError, match="pairs of hits"):
        distance_periodicity(np.zeros(200, dtype=np.int64))
    for setting in ({"band_bp": (11.0, 12.0)}, {"spectrum_bp": (2.0, 25.0)}, {"n_draws": 0}):
        with pytest.raises(ConfigError):
            PeriodicityConfig(**setting)
    hits = pd.DataFrame({"start": [5], "end": [9], "strand": ["+"], "window": [0]})
    windows = pd.DataFrame({"chrom": ["I"], "start": [0], "end": [200]})
    with pytest.raises(EmptySetError, match="near to an end"):
        contribution_periodicity(hits, np.ones((1, 200)), windows)


def test_a_silent_signal_has_an_even_spectrum_and_no_period():
    found = periodicity_of_rows(np.zeros((6, LENGTH)), config=FEW)
    assert found.p_value == 1
    assert np.ptp(found.power) == 0
