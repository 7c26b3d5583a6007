"""GC content of positives and negatives."""

import numpy as np
import pytest

from cisgram.doctor.negative_composition import check_label_composition, check_matched_negatives

RNG = np.random.default_rng(1)


def gc(mean, n=400):
    return np.random.default_rng(int(mean * 1000) + n).normal(mean, 0.05, n)


def test_matched_negatives_are_fine():
    verdict = check_matched_negatives(gc(0.45), gc(0.451), n_wanted=400)
    assert verdict.level == "ok"
    assert verdict.figures["auroc"] == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(("mean", "level"), [(0.40, "warning"), (0.55, "warning"), (0.30, "error"), (0.60, "error")])
def test_negatives_of_another_gc_content_are_seen(mean, level):
    assert check_matched_negatives(gc(0.45), gc(mean)).level == level


def test_the_auroc_is_that_of_two_normal_distributions():
    from scipy.stats import norm

    verdict = check_matched_negatives(gc(0.50, 20_000), gc(0.45, 20_000))
    assert verdict.figures["auroc"] == pytest.approx(norm.cdf(1 / np.sqrt(2)), abs=0.01)  # means one sd apart


def test_a_difference_within_the_noise_of_few_windows_is_none():
    assert check_matched_negatives(gc(0.45, 25), gc(0.46, 25)).level == "ok"
    assert check_matched_negatives(gc(0.45, 10), gc(0.30, 10)).level == "skipped"


def test_half_of_the_negatives_missing_is_a_warning():
    assert check_matched_negatives(gc(0.45), gc(0.451), n_wanted=2000).level == "warning"


def labelled(*shifts):
    """GC content of 1000 sequences, and a label per shift, which follows GC content the more the larger it is."""
    values = RNG.normal(0, 1, 1000)
    labels = [(RNG.random(1000) < 1 / (1 + np.exp(-shift * values))).astype(float) for shift in shifts]
    return 0.45 + 0.05 * values, np.stack(labels, axis=1)


def test_labels_that_do_not_follow_gc_are_fine():
    values, labels = labelled(0.0, 0.5, 0.0)
    assert check_label_composition(values, labels, names=("a", "b", "c")).level == "ok"


def test_labels_that_follow_gc_are_named():
    values, labels = labelled(0.0, 3.0)
    verdict = check_label_composition(values, labels, names=("a", "b"))
    assert verdict.level == "warning"
    assert "farthest from 0.5: b" in verdict.evidence


def test_labels_that_are_gc_are_an_error():
    values, _ = labelled(0.0)
    labels = (values > 0.45).astype(float)[:, None]
    assert check_label_composition(values, labels, names=("a",)).level == "error"


def test_one_odd_factor_among_many_is_no_warning():
    values, labels = labelled(*[0.0] * 9, 5.0)
    verdict = check_label_composition(values, labels, names=tuple("abcdefghij"))
    assert (verdict.level, verdict.figures["tracks_told_by_gc"]) == ("ok", 1)


def test_unknown_labels_and_few_of_a_kind_are_left_aside():
    values, labels = labelled(0.0)
    labels[:990] = np.nan
    assert check_label_composition(values, labels, names=("a",)).level == "skipped"
