"""Symmetry: known palindromes and dimers are found with their geometry, random motifs no more often than stated."""

from itertools import product

import numpy as np
import pytest

from cisgram.errors import InputError
from cisgram.genomics.motif import Motif
from cisgram.genomics.motif_symmetry import find_dimer, find_palindrome, symmetrised
from cisgram.io.meme import read_meme

consensus = Motif.from_consensus


def random_motifs(n, *, seed, alpha=0.2):
    rng = np.random.default_rng(seed)
    return [Motif(f"r{i}", rng.dirichlet(np.full(4, alpha), int(rng.integers(6, 19))).T) for i in range(n)]


@pytest.mark.parametrize(
    ("letters", "start", "end", "half", "spacer"),
    [
        ("CACGTG", 0, 6, 3, 0),  # E-box
        ("CCACGTGG", 0, 8, 4, 0),
        ("CCACGTGGT", 0, 8, 4, 0),
        ("NNTTCCCACGTGGGNC", 4, 14, 5, 0),
        ("CGGNNNNNNNNNNNCCG", 0, 17, 3, 11),  # Gal4
        ("TGACTCA", 0, 7, 3, 1),  # Gcn4: the middle C is no partner of itself
        ("ATGASTCAT", 0, 9, 4, 1),
        ("RRRCWWGYYYRRRCWWGYYY", 0, 20, 10, 0),  # p53
        ("AGGTCANNNTGACCT", 0, 15, 6, 3),  # oestrogen receptor
    ],
)
def test_known_palindromes_are_found_with_their_geometry(letters, start, end, half, spacer):
    found = find_palindrome(consensus("m", letters))
    assert found[:4] == (start, end, half, spacer)
    assert found.similarity == pytest.approx(1)
    assert found.end - found.start == 2 * found.half_length + found.spacer


@pytest.mark.parametrize(
    ("letters", "half", "spacer", "orientation"),
    [
        ("AGGTCAAGGTCA", 6, 0, "direct"),
        ("AGGTCAAAGGTCA", 6, 1, "direct"),  # DR1
        ("AGGTCANNNNAGGTCA", 6, 4, "direct"),  # DR4
        ("TGACCTNNNNNAGGTCA", 6, 5, "inverted"),
        ("CGGNNNNNNNNNNNCCG", 3, 11, "inverted"),
    ],
)
def test_known_dimers_are_found_with_spacer_and_orientation(letters, half, spacer, orientation):
    found = find_dimer(consensus("m", letters))
    assert (found.half_length, found.spacer, found.orientation) == (half, spacer, orientation)


@pytest.mark.parametrize("letters", ["TTACCCG", "GATAAG", "AAAAAAAA", "ACACACACAC", "NNNNNN", "A", "AC", "ACG"])
def test_other_motifs_are_neither(letters):
    assert find_palindrome(consensus("m", letters)) is None
    assert find_dimer(consensus("m", letters)) is None


def test_a_motif_of_a_direct_repeat_is_no_palindrome():
    assert find_palindrome(consensus("m", "AGGTCAAAGGTCA")) is None


@pytest.mark.parametrize("alpha", [0.2, 1.0])
def test_random_motifs_are_called_no_more_often_than_the_p_value_says(alpha):
    motifs = random_motifs(400, seed=2, alpha=alpha)
    for find in (find_palindrome, find_dimer):
        found = [find(motif, max_p_value=0.05, min_similarity=-1) for motif in motifs]
        for level in (0.05, 0.01):
            called = sum(one is not None and one.p_value <= level for one in found)
            assert called <= 400 * level + 2.5 * np.sqrt(400 * level)
        assert sum(one is not None for one in found) >= 5  # the test is not empty


def test_the_p_value_is_that_of_all_words_where_these_can_be_listed():
    """A word of 7: the mirror about any centre, by hand over all 16,384 words."""
    columns = np.eye(4) - 0.25
    products = columns @ columns[::-1].T

    def scores(words):
        by_center = np.zeros((len(words), 13))
        for i, j in product(range(7), repeat=2):
            if i <= j:
                by_center[:, i + j] += (0.5 if i == j else 1.0) * products[words[:, i], words[:, j]]
        return by_center

    every = np.array(list(product(range(4), repeat=7)))
    observed = scores(np.array([[3, 2, 0, 1, 3, 1, 0]])).max()  # TGACTCA
    expected = float((scores(every) >= observed - 1e-9).mean(axis=0).sum())
    assert find_palindrome(consensus("m", "TGACTCA")).p_value == pytest.approx(expected)


def test_symmetry_does_not_depend_on_the_strand():
    for motif in random_motifs(100, seed=5):
        turned = motif.reverse_complement()
        first, second = find_palindrome(motif, max_p_value=0.3), find_palindrome(turned, max_p_value=0.3)
        assert (first is None) == (second is None)
        if first is not None:
            assert second.p_value == pytest.approx(first.p_value)
            assert second.half_length == first.half_length
            assert (second.start, second.end) == (len(motif) - first.end, len(motif) - first.start)


def test_flanks_without_information_change_nothing():
    motif = consensus("m", "CCACGTGG")
    wide = Motif("wide", np.pad(motif.ppm, ((0, 0), (4, 2)), constant_values=0.25))
    found, plain = find_palindrome(wide), find_palindrome(motif)
    assert (found.start, found.end) == (4, 12)
    assert found.p_value < 2 * plain.p_value


def test_measured_motifs_of_dimers_are_called(data_folder):
    known = {motif.name: motif for motif in read_meme(data_folder / "motifs" / "SwissRegulon_s_cer.meme")}
    palindromes = {name: find_palindrome(known[name]) for name in ("GAL4", "CBF1", "GCN4", "PHO4", "PUT3")}
    assert {name: one.spacer for name, one in palindromes.items()} == {
        "GAL4": 11,
        "CBF1": 0,
        "GCN4": 1,
        "PHO4": 0,
        "PUT3": 0,
    }
    assert find_palindrome(known["REB1"]) is None
    human = read_meme(data_folder / "motifs" / "JASPAR2024_CORE_vertebrates_nr.meme")
    named = {motif.alternate_name: motif for motif in human}
    assert find_palindrome(named["TP53"]).half_length >= 8
    assert find_dimer(named["RARA::RXRA"])[2:5] == (6, 5, "direct")
    assert find_dimer(named["Pparg::Rxra"])[2:5] == (6, 1, "direct")


def test_a_symmetrised_motif_is_its_own_reverse_complement_and_a_palindrome_stays_as_it_is():
    noisy = Motif("m", 0.8 * consensus("m", "GTCACGTGACT").ppm + 0.2 * random_motifs(1, seed=9)[0].ppm[:, :1])
    found = find_palindrome(noisy)
    whole = symmetrised(noisy, found)
    assert whole.is_palindromic(tolerance=1e-12)
    assert whole.consensus() == "GTCACGTGAC"
    again = symmetrised(whole, find_palindrome(whole))
    np.testing.assert_allclose(again.ppm, whole.ppm)
    assert whole.n_sites == noisy.n_sites


@pytest.mark.parametrize("options", [{"max_p_value": 0.0}, {"min_similarity": 2.0}])
def test_thresholds_outside_their_range_are_refused(options):
    for find in (find_palindrome, find_dimer):
        with pytest.raises(InputError, match="max_p_value must be in"):
            find(consensus("m", "CACGTG"), **options)


def test_a_palindrome_of_a_wider_motif_is_refused():
    with pytest.raises(InputError, match="beyond the 6 columns"):
        symmetrised(consensus("m", "CACGTG"), find_palindrome(consensus("m", "CCACGTGG")))
