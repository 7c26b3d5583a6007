"""Alignments: planted offsets and turns come back, measures equal plain twins, averages weigh sites."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgram.errors import InputError
from cisgram.genomics.motif import Motif
from cisgram.genomics.motif_alignment import align, average, motif_similarity

consensus = Motif.from_consensus


def random_motif(seed, *, alpha=0.2, low=6, high=14):
    rng = np.random.default_rng(seed)
    return Motif(f"random_{seed}", rng.dirichlet(np.full(4, alpha), int(rng.integers(low, high))).T, n_sites=50)


def padded(motif, before, after):
    return Motif("padded", np.pad(motif.ppm, ((0, 0), (before, after)), constant_values=0.25))


def plain_placements(query, target):
    """Every placement of the target with its overlapping columns, one by one."""
    for is_reversed in (False, True):
        ppm = target.ppm[::-1, ::-1] if is_reversed else target.ppm
        for offset in range(-len(target) + 1, len(query)):
            columns = [(i, i - offset) for i in range(len(query)) if 0 <= i - offset < len(target)]
            left = query.ppm[:, [i for i, _ in columns]]
            right = ppm[:, [j for _, j in columns]]
            whole = np.sqrt(((query.ppm - 0.25) ** 2).sum() * ((ppm - 0.25) ** 2).sum())
            similarity = ((left - 0.25) * (right - 0.25)).sum() / whole
            yield similarity, offset, is_reversed, len(columns), np.corrcoef(left.ravel(), right.ravel())[0, 1]


@pytest.mark.parametrize("min_overlap", [1, 4, 7])
@pytest.mark.parametrize("seed", range(8))
def test_the_alignment_is_the_most_similar_of_all_placements_with_the_correlation_of_its_overlap(seed, min_overlap):
    query, target = random_motif(seed), random_motif(seed + 100)
    least = min(min_overlap, len(query), len(target))
    similarity, offset, is_reversed, overlap, correlation = max(
        (one for one in plain_placements(query, target) if one[3] >= least), key=lambda one: one[0]
    )
    found = align(query, target, min_overlap=min_overlap)
    assert found[:3] == (offset, is_reversed, overlap)
    assert found.similarity == pytest.approx(similarity)
    assert found.correlation == pytest.approx(correlation)


@given(st.integers(0, 10_000), st.integers(0, 6), st.integers(0, 6), st.booleans())
def test_a_copy_with_flanks_is_found_where_it_was_put(seed, before, after, is_reversed):
    motif = random_motif(seed)
    target = padded(motif, before, after)
    found = align(motif, target.reverse_complement() if is_reversed else target)
    assert found.similarity == pytest.approx(1)
    assert found.correlation == pytest.approx(1)
    if not motif.is_palindromic(tolerance=0.5):  # a palindrome fits both ways
        assert (found.offset, found.is_reversed) == (-before, is_reversed)


@given(st.integers(0, 10_000))
def test_similarity_does_not_depend_on_strand_or_order(seed):
    first, second = random_motif(seed), random_motif(seed + 1)
    value = motif_similarity(first, second)
    assert -1 - 1e-12 <= value <= 1 + 1e-12
    assert motif_similarity(second, first) == pytest.approx(value)
    assert motif_similarity(first.reverse_complement(), second) == pytest.approx(value)
    assert motif_similarity(first, padded(second, 3, 4)) == pytest.approx(value, abs=1e-9)


def test_part_of_a_motif_correlates_fully_but_is_less_similar():
    whole = consensus("whole", "TTACCCGGAAT")
    found = align(whole, consensus("part", "ACCCGG"))
    assert (found.offset, found.overlap, found.is_reversed) == (2, 6, False)
    assert found.correlation == pytest.approx(1)
    assert found.similarity == pytest.approx(np.sqrt(6 / 11))


def test_chance_seldom_correlates_as_well_as_a_motif_that_was_found():
    by_chance = [align(random_motif(seed), random_motif(seed + 5000)).correlation for seed in range(500)]
    assert np.quantile(by_chance, 0.95) < 0.75
    rng = np.random.default_rng(1)
    for seed in range(50):
        motif = random_motif(seed)
        counts = np.array([rng.multinomial(40, column / column.sum()) for column in motif.ppm.T]).T
        assert align(motif, Motif.from_counts("again", counts.astype(float))).correlation > 0.95


def test_a_flat_motif_is_like_nothing():
    assert motif_similarity(consensus("flat", "NNNN"), consensus("m", "ACGT")) == 0


def test_an_average_weighs_versions_by_their_sites_in_the_orientation_of_the_clearest():
    strong = Motif("strong", consensus("m", "TTACCCG").ppm, n_sites=30)
    weak = Motif("weak", 0.6 * strong.ppm + 0.1, n_sites=10).reverse_complement()
    mean = average([weak, strong], name="both")
    np.testing.assert_allclose(mean.ppm, (30 * strong.ppm + 10 * (0.6 * strong.ppm + 0.1)) / 40)
    assert (mean.name, mean.n_sites) == ("both", 40)


def test_the_average_of_one_motif_is_itself_and_of_copies_too():
    motif = random_motif(3)
    np.testing.assert_allclose(average([motif]).ppm, motif.ppm, atol=1e-12)
    np.testing.assert_allclose(average([motif] * 3).ppm, motif.ppm, atol=1e-12)


def test_columns_that_few_sites_cover_are_taken_off():
    long, short = consensus("long", "TTACCCGAAC", n_sites=10), consensus("short", "TTACCCG", n_sites=20)
    assert average([long, short]).consensus() == "TTACCCG"
    assert average([long, short], min_coverage=0.3).consensus() == "TTACCCGAAC"
    np.testing.assert_array_equal(average([long, short], min_coverage=0.3).ppm[:, 8:], long.ppm[:, 8:])


def test_wrong_use_is_refused():
    with pytest.raises(InputError, match="min_overlap must be at least 1"):
        align(random_motif(0), random_motif(1), min_overlap=0)
    with pytest.raises(InputError, match="an average needs motifs"):
        average([])
    with pytest.raises(InputError, match="min_coverage"):
        average([random_motif(0)], min_coverage=0.0)
