import numba
import numpy as np
import pytest

from cisgram.errors import CisgramWarning, ConfigError, EmptySetError, InputError
from cisgram.genomics.contacts import ContactBins, ContactMap
from cisgram.genomics.interval import interval_table
from cisgram.hic.balance import BalanceConfig, balance, balanced_levels, bins_touched


def planted_map(n=40, seed=0):
    """A map that is exactly a power law of distance times the visibility of bins."""
    visible = np.exp(np.random.default_rng(seed).normal(0, 0.5, n))
    row, column = np.triu_indices(n)
    truth = 1 / (1 + column - row)
    return ContactMap(
        ContactBins({"I": 10 * n}, 10), row, column, 100 * truth * visible[row] * visible[column]
    ), visible


@pytest.mark.parametrize("contacts", ["all", "cis", "trans"])
def test_weights_are_those_of_cooler(stored_map, contacts):
    found = balance(stored_map.source, BalanceConfig(contacts=contacts)).weights
    expected = stored_map.values[f"weights_{contacts}"]
    np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
    np.testing.assert_allclose(found, expected, rtol=1e-8)


def test_balanced_bins_meet_equally_many_contacts():
    drawn, _ = planted_map()
    weights = balance(drawn, BalanceConfig(tolerance=1e-20, ignore_diagonals=0, min_pixels=0)).weights
    square = drawn.with_weights(weights).cis("I").dense()
    np.testing.assert_allclose(square.sum(0), 1, rtol=1e-9)


def test_rescaling_sets_the_scale_alone():
    drawn, _ = planted_map()
    one, other = (balance(drawn, BalanceConfig(rescale=flag)).weights for flag in (True, False))
    np.testing.assert_allclose(one / other, (one / other)[0], rtol=1e-12)


def test_weights_do_not_depend_on_the_number_of_threads(stored_map):
    before = numba.get_num_threads()
    try:
        found = []
        for n in (1, before):
            numba.set_num_threads(n)
            found.append(balance(stored_map.source).weights)
    finally:
        numba.set_num_threads(before)
    np.testing.assert_array_equal(*found)


def test_pixels_in_memory_or_not_give_the_same(stored_map, monkeypatch):
    kept = balance(stored_map.source, BalanceConfig(contacts="cis")).weights
    monkeypatch.setattr("cisgram.hic.balance._MOST_KEPT", 0)
    np.testing.assert_array_equal(balance(stored_map.source, BalanceConfig(contacts="cis")).weights, kept)


def test_too_few_rounds_are_said_and_kept_on_record():
    drawn, _ = planted_map()
    with pytest.warns(CisgramWarning, match="ended after 2 rounds with a variance above"):
        found = balance(drawn, BalanceConfig(max_iterations=2, tolerance=1e-12))
    assert not found.attributes()["converged"]
    assert found.table["n_iterations"].tolist() == [2]


def test_bins_on_the_blacklist_are_masked():
    drawn, _ = planted_map()
    found = balance(drawn, blacklist=bins_touched(interval_table(["I"], [15], [31]), drawn.bins)).weights
    assert np.flatnonzero(np.isnan(found)).tolist() == [1, 2, 3]
    with pytest.raises(InputError, match="bins to mask must be 0 to 39"):
        balance(drawn, blacklist=[40])


def test_a_map_that_is_too_thin_says_which_filter_took_its_bins():
    drawn, _ = planted_map(n=8)
    with pytest.raises(EmptySetError, match="8 with fewer than 10 pixels"):
        balance(drawn)
    with pytest.warns(CisgramWarning, match="10 bp: not balanced"):
        ((level, said),) = balanced_levels([drawn])
    assert level.weights is None
    assert said == {}


def test_a_contig_without_contacts_has_no_weights():
    drawn, _ = planted_map()
    longer = ContactMap(ContactBins({"I": 400, "II": 50}, 10), drawn.bin1, drawn.bin2, drawn.counts)
    found = balance(longer, BalanceConfig(contacts="cis"))
    assert np.isnan(found.weights[40:]).all()
    assert np.isfinite(found.weights[:40]).all()


@pytest.mark.parametrize("wrong", [{"mad_max": -1}, {"tolerance": 0}, {"max_iterations": 0}], ids=str)
def test_settings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ConfigError):
        BalanceConfig(**wrong)
