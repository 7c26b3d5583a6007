"""Curves of help by distance."""

import numpy as np
import pytest

from cisgram.errors import InputError
from cisgram.simulate.recovery import spacing_recovery, true_help

DISTANCES = np.arange(14.0, 120.0)


@pytest.fixture(scope="module")
def curve(grammar):
    return true_help(grammar, "Oct4-Sox2", "Nanog", DISTANCES)


def test_true_curve_is_the_closed_form(grammar, curve):
    rule = next(one for one in grammar.cooperations if (one.helper, one.helped) == ("Oct4-Sox2", "Nanog"))
    own = grammar.motifs[grammar.index("Nanog")].max_weight
    weight = own * (1 + (rule.boost(DISTANCES) - 1) * 8 / 9)
    np.testing.assert_allclose(curve, np.log(weight / (1 + weight)) - np.log(own / (1 + own)))


def test_truth_itself_agrees_and_is_helical(curve):
    found = spacing_recovery(DISTANCES, 2 * curve + 1, curve)
    assert found.pearson == pytest.approx(1)
    assert found.helical_share == pytest.approx(found.true_helical_share)
    assert found.helical_share > 0.7
    assert found.phase_bp == pytest.approx(0, abs=1e-6)


def test_a_curve_moved_by_three_bases_is_three_bases_out_of_phase(grammar):
    rng = np.random.default_rng(1)
    moved = true_help(grammar, "Oct4-Sox2", "Nanog", DISTANCES + 2) + rng.normal(0, 0.01, DISTANCES.size)
    true = true_help(grammar, "Oct4-Sox2", "Nanog", DISTANCES + 5)
    assert spacing_recovery(DISTANCES + 5, moved, true).phase_bp == pytest.approx(3, abs=0.3)


def test_decay_alone_is_not_helical(curve):
    smooth = np.exp(-DISTANCES / 100) + np.random.default_rng(1).normal(0, 0.01, curve.size)
    found = spacing_recovery(DISTANCES, smooth, curve)
    assert found.helical_share < 0.15
    assert 0.3 < found.pearson < 0.9


def test_motifs_that_do_not_help_have_a_flat_curve(grammar):
    assert (true_help(grammar, "Nanog", "Oct4-Sox2", DISTANCES) == 0).all()
    assert np.isnan(spacing_recovery(DISTANCES, np.zeros(DISTANCES.size), np.zeros(DISTANCES.size)).pearson)


def test_too_few_distances_and_overlapping_motifs_are_refused(grammar):
    with pytest.raises(InputError, match="at least 12"):
        spacing_recovery(DISTANCES[:5], DISTANCES[:5], DISTANCES[:5])
    with pytest.raises(InputError, match="overlap at a distance of 5"):
        true_help(grammar, "Oct4-Sox2", "Nanog", np.array([5.0]))
