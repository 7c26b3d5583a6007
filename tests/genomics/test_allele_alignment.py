"""Windows with another allele, and what of them stands where in the reference."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgram.errors import InputError
from cisgram.genomics.allele_alignment import Change, bin_map, carry_over, changed_window, place_of_bases
from cisgram.genomics.sequence import decode, encode
from cisgram.genomics.variant import Variant

LENGTH = 24
changes = st.builds(
    Change, st.integers(4, 12), st.integers(0, 6), st.text("ACGT", max_size=6).filter(lambda text: text)
) | st.builds(Change, st.integers(4, 12), st.integers(1, 6), st.just(""))


@given(changes)
def test_a_changed_window_is_that_of_the_changed_text(change):
    text = "".join(np.random.default_rng(0).choice(list("ACGT"), LENGTH + 10))
    window = changed_window(encode(text), change, length_bp=LENGTH)
    expected = text[: change.start] + change.added + text[change.start + change.n_removed :]
    assert decode(window) == expected[:LENGTH]


@given(changes)
def test_bases_that_both_alleles_have_stand_for_themselves(change):
    codes = np.random.default_rng(0).integers(0, 4, LENGTH + 10).astype(np.uint8)
    window, places = changed_window(codes, change, length_bp=LENGTH), place_of_bases(change, LENGTH)
    own = np.arange(LENGTH)
    is_new = (own >= change.start) & (own < change.start + len(change.added))
    kept = ~is_new & (places >= 0)
    np.testing.assert_array_equal(window[kept], codes[places[kept]])
    assert (np.diff(places[places >= 0]) >= 0).all()
    lost = set(range(change.start + len(change.added), change.start + change.n_removed))
    assert not lost & set(places.tolist()), "nothing stands in a place that is lost"


@given(changes, st.sampled_from([1, 2, 4]), st.integers(0, 1))
def test_no_signal_is_made_and_none_is_lost_but_beyond_the_end(change, bin_size, n_cropped):
    first = n_cropped * bin_size
    n_bins = LENGTH // bin_size - 2 * n_cropped
    mapped = bin_map(change, first_bp=first, bin_size=bin_size, n_bins=n_bins)
    signal = np.random.default_rng(0).random((3, n_bins))
    carried = signal @ mapped.weights.toarray()
    shares = np.asarray(mapped.weights.sum(axis=1)).ravel()
    assert (shares <= 1 + 1e-12).all()
    np.testing.assert_allclose(carried.sum(axis=1), (signal * shares).sum(axis=1))
    n_out = LENGTH - n_cropped * bin_size - max(change.length_change, 0)
    if change.length_change > 0:
        assert (shares >= 0).all()
        np.testing.assert_array_equal(mapped.known, first + (np.arange(n_bins) + 1) * bin_size <= n_out)
    else:
        assert mapped.known.all()


def test_per_base_an_insertion_adds_to_its_anchor_and_a_deletion_leaves_nothing():
    signal = np.arange(1.0, 7.0)[None]
    inserted = bin_map(Change(2, 0, "AC"), first_bp=0, bin_size=1, n_bins=6)
    np.testing.assert_array_equal(carry_over(signal, inserted), [[1, 2 + 3 + 4, 5, 6, np.nan, np.nan]])
    deleted = bin_map(Change(2, 2, ""), first_bp=0, bin_size=1, n_bins=6)
    np.testing.assert_array_equal(carry_over(signal, deleted), [[1, 2, 0, 0, 3, 4]])


@pytest.mark.parametrize(
    ("ref", "alt", "expected"),
    [
        ("A", "G", Change(10, 1, "G")),
        ("CA", "C", Change(11, 1, "")),
        ("C", "CTT", Change(11, 0, "TT")),
        ("ACG", "TCA", Change(10, 3, "TCA")),
        ("ACGG", "TG", Change(10, 3, "T")),
    ],
)
def test_what_both_alleles_have_at_their_ends_is_no_change(ref, alt, expected):
    assert Change.of(Variant("I", 110, ref, alt), window_start=100) == expected


def test_changes_that_reach_out_of_the_window_are_refused():
    with pytest.raises(InputError, match="does not fit a window of 6 bp"):
        changed_window(encode("ACGTACGT"), Change(5, 2, ""), length_bp=6)
    with pytest.raises(InputError, match="does not fit"):
        changed_window(encode("ACGTAC"), Change(1, 2, ""), length_bp=6)
