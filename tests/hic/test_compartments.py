"""Eigenvectors and saddles are those of cooltools; a planted checkerboard comes back with its sign."""

import numpy as np
import pandas as pd
import pytest

from cisgram.errors import ConfigError, EmptySetError, InputError
from cisgram.genomics.contacts import ContactBins, ContactMap
from cisgram.genomics.genome import Genome
from cisgram.hic.compartments import (
    SEGMENT_COLUMNS,
    CompartmentConfig,
    compartment_segments,
    compartments,
    gc_of_bins,
)
from cisgram.hic.eigenvectors import Eigen, cis_eigenvectors, leading_eigenvectors, phased
from cisgram.hic.saddle import SaddleConfig, saddle, saddle_strength
from cisgram.hic.trans_eigenvectors import trans_compartments


def checkerboard(n=80, n_contigs=2, seed=0, strength=0.5):
    """A map whose bins are A or B by stretches of 3 to 17, and which they are."""
    lengths = np.random.default_rng(7).integers(3, 18, n * n_contigs)
    state = np.repeat(np.resize([1.0, -1.0], lengths.size), lengths)[: n * n_contigs]
    row, column = np.triu_indices(n * n_contigs)
    contig = np.repeat(np.arange(n_contigs), n)
    decay = np.where(contig[row] == contig[column], 300.0 / (1 + column - row), 2.0)
    counts = np.random.default_rng(seed).poisson(decay * np.exp(strength * state[row] * state[column]))
    seen = counts > 0
    bins = ContactBins({f"c{number}": n * 1000 for number in range(n_contigs)}, 1000)
    return ContactMap(bins, row[seen], column[seen], counts[seen], np.ones(n * n_contigs)), state


def test_eigenvectors_are_those_of_cooltools(reference, reference_map):
    found = compartments(reference_map, phase=reference["track"])
    ours = found.vectors[["E1", "E2", "E3"]].to_numpy()
    np.testing.assert_allclose(ours, reference["E"], rtol=1e-8, atol=1e-8, equal_nan=True)
    values = found.values[["eigval1", "eigval2", "eigval3"]].to_numpy()
    np.testing.assert_allclose(values, reference["eigval"], rtol=1e-8)


def test_eigenvectors_between_contigs_go_with_those_of_cooltools(reference, reference_map):
    found = trans_compartments(reference_map, CompartmentConfig(n_vectors=1))
    theirs, ours = reference["TE"], found.vectors["E1"].to_numpy()
    both = np.isfinite(theirs) & np.isfinite(ours)
    assert both.sum() > 200
    # Of two contigs, the signs do not hang together: the draws decide.
    for chrom in ("one", "two"):
        own = both & (found.vectors["chrom"] == chrom).to_numpy()
        assert abs(np.corrcoef(theirs[own], ours[own])[0, 1]) > 0.95


def test_saddles_are_those_of_cooltools(reference, reference_map, reference_expected):
    config = SaddleConfig(n_groups=6, quantiles=(0.02, 0.98))
    found = saddle(reference_map, reference_expected, reference["E"][:, 0], config)
    np.testing.assert_allclose(found.sums, reference["saddle_sum"], rtol=1e-8, atol=1e-8)
    assert (found.counts == reference["saddle_count"]).all()
    np.testing.assert_allclose(saddle_strength(found)[1:], reference["saddle_strength"][1:], rtol=1e-8)


@pytest.mark.parametrize("find", [compartments, trans_compartments])
def test_a_planted_checkerboard_comes_back_with_the_sign_of_its_track(find):
    source, state = checkerboard(n=60, n_contigs=4)
    for track in (state, -state):
        vector = find(source, phase=track).vectors["E1"].to_numpy()
        known = np.isfinite(vector)
        assert known.mean() > 0.95
        assert np.corrcoef(vector[known], track[known])[0, 1] > 0.9


def test_saddles_grow_with_the_strength_of_compartments(decay_of):
    found = []
    for strength in (0.0, 0.3, 0.6):
        source, state = checkerboard(strength=strength)
        pairs = saddle(source, decay_of(source), state + np.linspace(0, 1e-3, state.size), SaddleConfig(n_groups=10))
        found.append(saddle_strength(pairs)[3])
    assert found[0] == pytest.approx(1.0, abs=0.05)
    assert found[0] < found[1] < found[2]
    # exp(strength) within and exp(-strength) between: the ratio is exp(2 strength).
    assert found[2] == pytest.approx(np.exp(1.2), rel=0.2)


def test_counts_of_saddles_are_all_pairs_beyond_the_least_distance(decay_of):
    source, state = checkerboard(n=20, n_contigs=1)
    pairs = saddle(source, decay_of(source), state + np.linspace(0, 1e-3, 20), SaddleConfig(n_groups=4, min_distance=5))
    assert pairs.counts.sum() == 4 * sum(20 - distance for distance in range(5, 20))
    assert pairs.n_bins.sum() == 20
    assert np.isnan(saddle_strength(pairs)[0])


def test_vectors_have_the_length_of_the_root_of_their_value_and_stand_upright_on_each_other():
    square = checkerboard(n_contigs=1)[0].cis("c0").dense()
    square[7] = square[:, 7] = np.nan
    eigen = cis_eigenvectors(square)
    assert np.isnan(eigen.vectors[:, 7]).all()
    known = np.delete(eigen.vectors, 7, axis=1)
    np.testing.assert_allclose(known @ known.T, np.diag(np.abs(eigen.values)), atol=1e-8)
    assert (np.diff(np.abs(eigen.values)) <= 0).all()


def test_leading_eigenvectors_are_those_of_the_full_decomposition():
    random = np.random.default_rng(0).normal(size=(30, 30))
    matrix = random + random.T
    values, vectors = np.linalg.eigh(matrix)
    order = np.argsort(-np.abs(values))[:4]
    found = leading_eigenvectors(matrix, 4)
    np.testing.assert_allclose(found.values, values[order], rtol=1e-9)
    for ours, theirs in zip(found.vectors, vectors[:, order].T, strict=True):
        cosine = ours @ theirs / np.linalg.norm(ours)
        assert abs(cosine) == pytest.approx(1.0, abs=1e-9)


def test_few_bins_have_no_eigenvectors():
    eigen = cis_eigenvectors(np.ones((4, 4)))
    assert np.isnan(eigen.values).all()
    assert eigen.vectors.shape == (3, 4)


def test_phasing_may_sort_by_the_track():
    track = np.linspace(-1, 1, 10)
    eigen = Eigen(np.array([5.0, 2.0]), np.stack([np.resize([1.0, -1.0], 10), -track]))
    turned = phased(eigen, track, is_sorted=True)
    assert turned.values.tolist() == [2.0, 5.0]
    np.testing.assert_allclose(turned.vectors[0], track)
    assert phased(eigen, track).values.tolist() == [5.0, 2.0]


def test_stretches_end_at_masked_bins_and_contigs():
    value = [1.0, 2.0, np.nan, 3.0, -1.0, -1.0]
    start = [0, 5, 10, 15, 20, 0]
    table = pd.DataFrame({"chrom": ["I"] * 5 + ["II"], "start": start, "end": [s + 5 for s in start], "E1": value})
    segments = compartment_segments(table, sizes={"I": 23, "II": 5})
    assert tuple(segments.columns) == SEGMENT_COLUMNS
    assert segments["name"].tolist() == ["A", "A", "B", "B"]
    assert segments["end"].tolist() == [10, 20, 23, 5]
    assert segments["score"].tolist() == [1.5, 3.0, -1.0, -1.0]


def test_gc_of_bins_counts_known_bases():
    genome = Genome.from_codes({"I": np.array([1, 2, 0, 4, 4, 4, 2], dtype=np.uint8)})
    bins = ContactBins({"chrI": 8, "other": 4}, 2)
    share = gc_of_bins(genome, bins, {"chrI": "I"})
    np.testing.assert_array_equal(share, [1.0, 0.0, np.nan, 1.0, np.nan, np.nan])


def test_what_cannot_be_used_is_refused(reference_map, decay_of):
    one = checkerboard(n_contigs=1)[0]
    with pytest.raises(InputError, match="two contigs or more"):
        trans_compartments(one)
    with pytest.raises(InputError, match="one number per bin"):
        compartments(one, phase=np.zeros(3))
    with pytest.raises(InputError, match="balanced map"):
        compartments(reference_map.with_weights(None))
    with pytest.raises(InputError, match="no eigenvector 'E9'"):
        compartment_segments(compartments(one).vectors, column="E9")
    with pytest.raises(EmptySetError, match="bins with a value"):
        saddle(one, decay_of(one), np.full(80, np.nan))
    for wrong in ({"n_groups": 1}, {"quantiles": (0.5, 0.5)}, {"min_distance": 0}):
        with pytest.raises(ConfigError):
            SaddleConfig(**wrong)
    with pytest.raises(ConfigError):
        CompartmentConfig(n_vectors=0)
