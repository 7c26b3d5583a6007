"""Planted sets: the truth is in the sequences, shares and strands are met, the background is the chain asked for."""

import numpy as np
import pytest

from cisgram.errors import ConfigError
from cisgram.genomics.background import Background, estimate_background
from cisgram.genomics.motif import Motif
from cisgram.genomics.sequence import decode, reverse_complement
from cisgram.simulate.motif_sets import (
    TRUTH_COLUMNS,
    PlantingConfig,
    plant_motifs,
    random_motif,
    soften,
)

GCN4 = Motif.from_consensus("Gcn4", "TGACTCA")
REB1 = Motif.from_consensus("Reb1", "TTACCCG")


def site(planted, one):
    codes = planted.sequences[one.sequence][one.start : one.end]
    return decode(reverse_complement(codes) if one.strand == "-" else codes)


def test_every_planted_site_stands_where_the_truth_says():
    config = PlantingConfig(n_sequences=300, length_bp=40, share=(0.5, 0.31), seed=5)
    planted = plant_motifs([GCN4, REB1], config=config)
    assert tuple(planted.truth) == TRUTH_COLUMNS
    expected = {"Gcn4": "TGACTCA", "Reb1": "TTACCCG"}
    assert all(site(planted, one) == expected[one.motif] for one in planted.truth.itertuples())
    assert planted.truth["motif"].value_counts().to_dict() == {"Gcn4": 150, "Reb1": 93}
    assert not planted.truth.duplicated(["sequence", "motif"]).any()
    assert len(planted.sequences) == 300
    assert set(planted.sequences.lengths) == {40}


def test_sites_do_not_overlap_even_where_room_is_scarce():
    planted = plant_motifs([GCN4, REB1], config=PlantingConfig(n_sequences=200, length_bp=21, share=1.0))
    starts = planted.truth.pivot(index="sequence", columns="motif", values="start")
    assert (np.abs(starts["Gcn4"] - starts["Reb1"]) >= 7).all()


def test_bases_of_sites_are_as_common_as_in_the_matrix():
    motif = random_motif("m", length_bp=9, bits_per_column=0.8, seed=2)
    planted = plant_motifs([motif], config=PlantingConfig(n_sequences=20_000, length_bp=30, share=1.0))
    letters = np.array([list(site(planted, one)) for one in planted.truth.itertuples()])
    found = np.array([(letters == base).mean(axis=0) for base in "ACGT"])
    np.testing.assert_allclose(found, motif.ppm, atol=5 * np.sqrt(0.25 / 20_000))


@pytest.mark.parametrize("reverse_share", [0, 0.2, 1])
def test_strands_are_drawn_as_asked(reverse_share):
    config = PlantingConfig(n_sequences=4000, length_bp=20, share=1.0, reverse_share=reverse_share)
    is_reverse = plant_motifs([GCN4], config=config).truth["strand"] == "-"
    assert is_reverse.mean() == pytest.approx(reverse_share, abs=5 * np.sqrt(0.25 / 4000) * (0 < reverse_share < 1))


def test_positions_are_uniform_or_around_the_middle():
    config = PlantingConfig(n_sequences=8000, length_bp=106, share=1.0)
    anywhere = plant_motifs([GCN4], config=config).truth["start"]
    assert np.bincount(anywhere, minlength=100).min() > 80 - 6 * np.sqrt(80)
    assert anywhere.max() == 99
    central = PlantingConfig(n_sequences=8000, length_bp=107, share=1.0, position="middle", spread_bp=8)
    middles = plant_motifs([GCN4], config=central).truth["start"] + 3  # the middle base of a site, 53 of a sequence
    assert middles.mean() == pytest.approx(53, abs=0.5)
    assert middles.std() == pytest.approx(8, rel=0.05)


def test_the_background_is_the_chain_asked_for():
    rng = np.random.default_rng(4)
    wanted = Background.from_word_counts(rng.integers(1, 200, 64).astype(np.float64))
    config = PlantingConfig(n_sequences=4000, length_bp=200)
    drawn = plant_motifs([], background=wanted, config=config)
    assert drawn.truth.empty
    found = estimate_background(drawn.sequences.joined, order=2, is_stranded=True)
    np.testing.assert_allclose(found.conditionals[2], wanted.conditionals[2], atol=0.02)
    # The first base has no base before it: the table of order 0.
    first = drawn.sequences.joined[drawn.sequences.starts[:-1]]
    np.testing.assert_allclose(np.bincount(first, minlength=4) / 4000, wanted.bases, atol=0.04)


def test_the_seed_decides_and_a_further_motif_changes_nothing_before_it():
    config = PlantingConfig(n_sequences=50, length_bp=80, seed=9)
    one, two, again = (plant_motifs(motifs, config=config) for motifs in ([GCN4], [GCN4, REB1], [GCN4]))
    np.testing.assert_array_equal(one.sequences.joined, again.sequences.joined)
    assert two.truth[two.truth["motif"] == "Gcn4"].equals(one.truth)
    plain = plant_motifs([], config=config)
    outside = np.ones(one.sequences.joined.size, dtype=bool)
    for planted in one.truth.itertuples():
        begin = one.sequences.starts[planted.sequence]
        outside[begin + planted.start : begin + planted.end] = False
    np.testing.assert_array_equal(one.sequences.joined[outside], plain.sequences.joined[outside])


@pytest.mark.parametrize("bits", [0.05, 0.7, 1.5, 2.0])
def test_softened_motifs_have_the_information_asked_for(bits):
    softened = soften(GCN4, bits_per_column=bits)
    assert softened.information_content().mean() == pytest.approx(bits, abs=1e-9)
    assert softened.name == "Gcn4"


def test_a_softened_motif_keeps_what_is_uniform_and_the_order_of_bases():
    motif = Motif("m", np.array([[0.25, 0.7, 0.1], [0.25, 0.1, 0.2], [0.25, 0.1, 0.3], [0.25, 0.1, 0.4]]))
    softened = soften(motif, bits_per_column=0.1)
    np.testing.assert_allclose(softened.ppm[:, 0], 0.25)
    np.testing.assert_array_equal(softened.ppm[:, 2].argsort(), [0, 1, 2, 3])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: soften(REB1, bits_per_column=2.1), "at most what Reb1 has, 2; got 2.1"),
        (lambda: soften(REB1, bits_per_column=0), "bits_per_column must be above 0"),
        (lambda: plant_motifs([GCN4, GCN4]), "names that differ"),
        (lambda: plant_motifs([GCN4], config=PlantingConfig(share=(0.1, 0.2))), "as many shares"),
        (lambda: plant_motifs([GCN4, REB1], config=PlantingConfig(length_bp=9, share=1.0)), "does not fit into 9 bp"),
        (lambda: plant_motifs([GCN4], config=PlantingConfig(length_bp=5, share=1.0)), "does not fit into 5 bp"),
        (lambda: PlantingConfig(share=1.2), "between 0 and 1"),
        (lambda: PlantingConfig(n_sequences=0), "1 or more"),
        (lambda: PlantingConfig(spread_bp=0), "spread_bp above 0"),
    ],
    ids=range(9),
)
def test_what_cannot_be_is_refused(call, message):
    with pytest.raises(ConfigError, match=message):
        call()
