"""Footprints by row: what goes in comes out, and sharp ones score higher than humps."""

import numpy as np
import pandas as pd
import pytest

from cisgram.errors import InputError
from cisgram.io.tables import read_table, write_table
from cisgram.motifs.grammar.footprint_tables import ALL, HELD_OUT, footprint_from, footprint_table, sharpness_table
from cisgram.motifs.grammar.footprints import motif_footprints

TRACKS = ["sharp", "hump", "nothing"]


@pytest.fixture(scope="module")
def setting():
    """Hits in the middles of windows of 201 bp; a spike, a hump of 25 bp and plain background around them."""
    rng = np.random.default_rng(3)
    n, x = 60, np.arange(201) - 100
    rates = np.full((3, 2, 201), 0.05)
    rates[0, 0, 95] += 8
    rates[0, 1, 105] += 8
    rates[1] += 0.6 * np.exp(-(x**2) / (2 * 25**2))
    windows = pd.DataFrame({"chrom": "I", "start": 1000 * np.arange(n)}).assign(end=lambda w: w["start"] + 201)
    hits = windows.assign(
        start=windows["start"] + 96, end=windows["start"] + 105, strand="+", pattern="a", window=range(n)
    )
    hits.loc[57:, "pattern"] = "rare"
    return hits, windows, rng.poisson(rates, (n, *rates.shape)).astype(np.float64)


def test_a_table_of_footprints_gives_the_same_footprints_back_from_disk(setting, tmp_path):
    hits, windows, counts = setting
    found = motif_footprints(hits, counts, windows, TRACKS, predicted=0.5 * counts, reach_bp=50)
    path = tmp_path / "footprints.tsv.gz"
    write_table(path, footprint_table(found, hits=HELD_OUT))
    table = read_table(path)
    for pattern in ("a", "rare"):
        for track in TRACKS:
            expected, got = found.at(pattern, track), footprint_from(table, pattern, track, hits=HELD_OUT)
            np.testing.assert_allclose(got.observed, expected.observed)
            np.testing.assert_allclose(got.predicted, 0.5 * expected.observed)
            assert got.n_hits == expected.n_hits
    assert footprint_from(table, "a", "sharp", hits=ALL) is None
    assert footprint_from(table, "b", "sharp", hits=HELD_OUT) is None


def test_a_spike_is_sharp_a_hump_is_not_and_noise_has_no_score(setting):
    hits, windows, counts = setting
    table = sharpness_table(hits, counts, windows, TRACKS, predicted=counts, reach_bp=100).set_index(
        ["pattern", "track"]
    )
    sharp, hump, nothing = (table.loc[("a", track)] for track in TRACKS)
    assert sharp["observed"] > 0.8
    assert hump["observed_high"] < 0.3
    assert np.isnan(nothing["observed"])
    assert sharp["observed_low"] < sharp["observed"] < sharp["observed_high"]
    assert sharp["predicted"] == sharp["observed"]
    assert table.loc[("rare", "sharp"), "n_hits"] == 3
    assert np.isnan(table.loc[("rare", "sharp"), "observed"])


def test_without_predictions_only_the_observed_are_scored_and_too_short_stretches_are_refused(setting):
    hits, windows, counts = setting
    assert sharpness_table(hits, counts, windows, TRACKS)["predicted"].isna().all()
    with pytest.raises(InputError, match="reach_bp of at least 31"):
        sharpness_table(hits, counts, windows, TRACKS, reach_bp=30)
