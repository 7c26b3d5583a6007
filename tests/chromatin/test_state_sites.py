"""Sites of states lie inside their segments, do not overlap, and are drawn the same again."""

import numpy as np
import pytest

from cisgram.chromatin.state_sites import StateSiteConfig, state_sites
from cisgram.errors import ConfigError, EmptySetError
from cisgram.genomics.segmentation import Segmentation


def segmentation(seed=1, cell="K562"):
    rng = np.random.default_rng(seed)
    states = {name: np.repeat(rng.integers(0, 3, 300), rng.integers(1, 30, 300)) for name in ("chr1", "chr2")}
    return Segmentation.from_states(cell, states, n_states=3)


LABELS = ["Quies", "EnhA", "Tx"]


def test_the_middle_of_a_site_is_in_its_state():
    one = segmentation()
    sites = state_sites([one], LABELS, StateSiteConfig(width_bp=600, min_length_bp=600))
    for chrom, rows in sites.groupby("chrom"):
        states = one.states(chrom)
        middle = (rows["start"] + rows["end"]).to_numpy() // 2
        assert [LABELS[state] for state in states[middle // 200]] == rows["name"].tolist()


def test_sites_do_not_overlap_where_segments_hold_them():
    sites = state_sites([segmentation()], LABELS, StateSiteConfig(width_bp=400, min_length_bp=400))
    for _, rows in sites.sort_values(["chrom", "start"]).groupby("chrom"):
        assert (rows["start"].to_numpy()[1:] >= rows["end"].to_numpy()[:-1]).all()


def test_every_site_has_the_state_of_every_cell_type():
    cells = [segmentation(), segmentation(2, "HepG2")]
    sites = state_sites(cells, LABELS, StateSiteConfig(n_per_state=40))
    for one in cells:
        for chrom, rows in sites[sites["name"].str.startswith(one.cell)].groupby("chrom"):
            states = one.states(chrom)[(rows["start"] + rows["end"]).to_numpy() // 2 // 200]
            assert [f"{one.cell}.{LABELS[state]}" for state in states] == rows["name"].tolist()
    places = sites.groupby(["chrom", "start"]).size().reset_index()
    assert (sites.groupby(["chrom", "start"])["name"].nunique() == sites.groupby(["chrom", "start"]).size()).all()
    for _, rows in places.groupby("chrom"):
        assert (np.diff(rows["start"]) >= 300).all()


def test_short_segments_are_left_out():
    sites = state_sites([segmentation()], LABELS, StateSiteConfig(width_bp=200, min_length_bp=4000))
    long = segmentation().segments
    n = (long["end"] - long["start"]) // 200
    assert len(sites) == n[n >= 20].sum()


def test_at_most_so_many_sites_are_drawn_and_the_same_under_one_seed():
    config = StateSiteConfig(n_per_state=50, seed=3)
    sites = state_sites([segmentation()], LABELS, config)
    assert sites["name"].value_counts().tolist() == [50, 50, 50]
    assert sites.equals(state_sites([segmentation()], LABELS, config))
    assert not sites.equals(state_sites([segmentation()], LABELS, StateSiteConfig(n_per_state=50, seed=4)))


def test_tracks_of_several_cell_types_are_told_apart():
    sites = state_sites([segmentation(), segmentation(2, "HepG2")], LABELS)
    assert set(sites["name"]) == {f"{cell}.{label}" for cell in ("K562", "HepG2") for label in LABELS}


@pytest.mark.parametrize("labels", [["a", "b"], ["a", "a", "b"]])
def test_labels_must_be_as_many_as_states_and_unique(labels):
    with pytest.raises(ConfigError, match="each once"):
        state_sites([segmentation()], labels)


def test_no_segment_that_is_long_enough_is_an_error():
    with pytest.raises(EmptySetError, match="segments below"):
        state_sites([segmentation()], LABELS, StateSiteConfig(min_length_bp=10_000_000))
