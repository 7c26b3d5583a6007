"""Recovery of contact maps: everything found is 1, nothing found is 0, and signs and scales do not matter."""

import numpy as np
import pandas as pd
import pytest

from cisgram.errors import InputError
from cisgram.simulate.recovery.contacts import (
    boundary_recovery,
    compartment_recovery,
    convergent_share,
    decay_slope,
    loop_recovery,
    weight_recovery,
)


def places(*starts, chrom="I"):
    return pd.DataFrame({"chrom": chrom, "start": starts, "end": [start + 10 for start in starts]})


def pairs(*anchors, chrom="I"):
    rows = [(chrom, one, one + 10, chrom, other, other + 10) for one, other in anchors]
    return pd.DataFrame(rows, columns=["chrom1", "start1", "end1", "chrom2", "start2", "end2"])


def test_borders_count_where_they_are_near_on_the_same_contig():
    planted = places(100, 300, 700)
    assert boundary_recovery(planted, planted, tolerance_bp=0)[:2] == (1.0, 1.0)
    assert boundary_recovery(planted, places(100, 300, 700, chrom="II"), tolerance_bp=50)[:2] == (0.0, 0.0)
    some = boundary_recovery(planted, places(110, 500), tolerance_bp=20, tolerated=places(510))
    assert some[:2] == (pytest.approx(1 / 3), 1.0)
    none = boundary_recovery(planted, places(), tolerance_bp=20)
    assert none.recall == 0
    assert np.isnan(none.precision)


def test_loops_must_match_at_both_anchors():
    planted = pairs((100, 400), (200, 900))
    assert loop_recovery(planted, planted, tolerance_bp=0)[:2] == (1.0, 1.0)
    half = loop_recovery(planted, pairs((110, 390), (200, 600)), tolerance_bp=10)
    assert half[:2] == (0.5, 0.5)
    assert loop_recovery(planted, pairs((110, 390), (200, 600)), tolerance_bp=5)[:2] == (0.0, 0.0)
    assert loop_recovery(planted, pairs(), tolerance_bp=5).recall == 0


def test_the_convergent_share_tells_a_loop_from_its_mirror_image():
    sites = pd.concat([places(100, 200).assign(strand="+"), places(400, 900).assign(strand="-")])
    assert convergent_share(pairs((100, 400), (200, 900), (0, 600)), sites, tolerance_bp=5) == 1.0
    assert convergent_share(pairs((100, 200), (200, 900)), sites, tolerance_bp=5) == 0.5
    turned = sites.assign(strand=sites["strand"].map({"+": "-", "-": "+"}))
    assert convergent_share(pairs((100, 400), (200, 900)), turned, tolerance_bp=5) == 0.0
    assert np.isnan(convergent_share(pairs((0, 600)), sites, tolerance_bp=5))


def test_compartments_count_up_to_the_sign_of_each_contig():
    rng = np.random.default_rng(1)
    planted = {chrom: np.sign(rng.normal(size=200)) for chrom in ("I", "II")}
    found = {"I": 0.3 * planted["I"], "II": -2 * planted["II"]}
    whole = compartment_recovery(planted, found)
    assert (whole.accuracy, whole.n_bins) == (1.0, 400)
    assert whole.correlation == pytest.approx(1)
    found["II"][:100] = np.nan
    assert compartment_recovery(planted, found).n_bins == 300
    chance = compartment_recovery(planted, {chrom: rng.normal(size=200) for chrom in planted})
    assert chance.accuracy < 0.65
    assert chance.correlation < 0.2
    with pytest.raises(InputError, match="200 bins are planted"):
        compartment_recovery(planted, {"I": np.ones(3)})
    with pytest.raises(InputError, match="three bins"):
        compartment_recovery(planted, {})


def test_weights_count_up_to_a_factor():
    planted = np.array([1.0, 2.0, np.nan, 0.5, 3.0])
    assert weight_recovery(planted, 7 * planted) == pytest.approx(1)
    assert weight_recovery(planted, 1 / planted) == pytest.approx(-1)
    with pytest.raises(InputError, match="fewer than three"):
        weight_recovery(planted, np.full(5, np.nan))


def test_slopes_come_back_and_empty_ranges_are_refused():
    distance = np.arange(0, 500.0)
    frequency = np.where(distance > 0, np.maximum(distance, 1) ** -0.9, np.nan)
    assert decay_slope(distance, frequency, least=10, most=300) == pytest.approx(-0.9)
    with pytest.raises(InputError, match="fewer than two"):
        decay_slope(distance, frequency, least=600, most=700)
