"""Training, scoring and cross-validation of gkm-SVMs."""

import numpy as np
import pytest
from sklearn.svm import SVC

from cisgram.baselines.gkmsvm.kernel import kernel_between, kernel_matrix
from cisgram.baselines.gkmsvm.large import fit_gkmsvm_large
from cisgram.baselines.gkmsvm.score import gkm_scores, word_table
from cisgram.baselines.gkmsvm.train import GkmConfig, cross_validate, fit_gkmsvm
from cisgram.errors import CisgramWarning, ConfigError, EmptySetError, InputError
from cisgram.genomics.gkm_model import GkmKernel, GkmModel
from cisgram.genomics.sequence import encode, reverse_complement
from cisgram.genomics.sequence_set import SequenceSet
from cisgram.nn.metrics import auroc

from .conftest import planted_set, random_set

SMALL = GkmConfig(GkmKernel(word_bp=8, informative_bp=5))
ALL_N = np.full(20, 4, np.uint8)


def separation(model, positive, negative):
    scores = [gkm_scores(model, one) for one in (positive, negative)]
    return auroc(np.repeat([True, False], [len(positive), len(negative)]), np.concatenate(scores))


@pytest.mark.parametrize("fit", [fit_gkmsvm, fit_gkmsvm_large])
def test_a_planted_word_separates_sequences_that_were_not_seen(rng, fit):
    model = fit(*planted_set(rng, 60), config=SMALL)
    assert separation(model, *planted_set(rng, 60)) > 0.97
    nothing = random_set(rng, [60] * 60), random_set(rng, [60] * 60)
    assert 0.3 < separation(model, *nothing) < 0.7


@pytest.mark.parametrize(
    "kernel",
    [
        GkmKernel(word_bp=8, informative_bp=5),
        GkmKernel(word_bp=7, informative_bp=4, filter="gapped", is_stranded=True),
        GkmKernel(word_bp=8, informative_bp=5, center_weight=20, half_life_bp=5),
        GkmKernel(word_bp=8, informative_bp=5, gamma=2.0),
    ],
    ids=["plain", "stranded", "weighted", "rbf"],
)
def test_scores_are_the_sum_over_support_vectors(rng, kernel):
    model = fit_gkmsvm(*planted_set(rng, 30), config=GkmConfig(kernel))
    sequences = random_set(rng, [30, 80, 61])
    expected = kernel_between(sequences, model.support, kernel) @ model.coefficients - model.rho
    np.testing.assert_allclose(gkm_scores(model, sequences), expected, atol=1e-10)


def test_the_machine_is_that_of_scikit_learn(rng):
    positive, negative = planted_set(rng, 30)
    model = fit_gkmsvm(positive, negative, config=SMALL)
    everything = SequenceSet.from_codes([*positive, *negative])
    matrix = kernel_matrix(everything, SMALL.kernel)
    machine = SVC(kernel="precomputed", C=1.0).fit(matrix, np.repeat([1, 0], 30))
    np.testing.assert_allclose(gkm_scores(model, everything), machine.decision_function(matrix), atol=2e-3)
    assert np.abs(model.coefficients).max() <= 1
    assert model.coefficients.sum() == pytest.approx(0, abs=1e-9)


def test_both_strands_of_a_sequence_have_one_score(rng):
    model = fit_gkmsvm(*planted_set(rng, 30), config=SMALL)
    sequences = random_set(rng, [60] * 5)
    turned = SequenceSet.from_codes([reverse_complement(codes) for codes in sequences])
    np.testing.assert_allclose(gkm_scores(model, turned), gkm_scores(model, sequences), atol=1e-12)


def test_the_trainer_of_large_sets_finds_nearly_the_same_scores(rng):
    positive, negative = planted_set(rng, 100)
    exact, large = (fit(positive, negative, config=SMALL) for fit in (fit_gkmsvm, fit_gkmsvm_large))
    test = SequenceSet.from_codes([codes for one in planted_set(rng, 60) for codes in one])
    a, b = gkm_scores(exact, test), gkm_scores(large, test)
    assert np.corrcoef(a, b)[0, 1] > 0.995
    assert np.abs(large.coefficients).max() <= 1.02  # the penalty, but for what the optimum is missed by
    assert large.coefficients.sum() == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("fit", [fit_gkmsvm, fit_gkmsvm_large])
def test_the_weight_of_positive_ones_is_their_penalty(rng, fit):
    # Classes that cannot be told apart, so that coefficients reach their bounds: in sum both classes are alike.
    positive, negative = random_set(rng, [60] * 20), random_set(rng, [60] * 80)
    config = GkmConfig(SMALL.kernel, penalty=0.1, positive_weight=4.0)
    model = fit(positive, negative, config=config)
    assert model.coefficients.max() == pytest.approx(0.4, rel=0.05)
    assert model.coefficients.min() == pytest.approx(-0.1, rel=0.05)


@pytest.mark.parametrize("fit", [fit_gkmsvm, fit_gkmsvm_large])
def test_the_same_sequences_give_the_same_model(rng, fit):
    classes = planted_set(rng, 30)
    one, two = fit(*classes, config=SMALL), fit(*classes, config=SMALL)
    np.testing.assert_array_equal(one.coefficients, two.coefficients)
    assert one.rho == two.rho


def test_cross_validation_scores_what_was_held_out(rng):
    positive, negative = planted_set(rng, 40)
    found = cross_validate(positive, negative, config=SMALL, n_folds=4)
    assert auroc(found.is_positive, found.scores) > 0.9
    assert np.unique(found.fold, return_counts=True)[1].tolist() == [20] * 4
    train = [
        one.take(np.flatnonzero(found.fold[part] != 2))
        for one, part in ((positive, slice(40)), (negative, slice(40, 80)))
    ]
    model = fit_gkmsvm(*train, config=SMALL)
    held_out = positive.take(np.flatnonzero(found.fold[:40] == 2))
    expected = found.scores[:40][found.fold[:40] == 2]
    np.testing.assert_allclose(gkm_scores(model, held_out), expected, atol=5e-3)


def test_copies_of_a_sequence_stay_in_one_fold(rng):
    positive, negative = planted_set(rng, 20)
    doubled = SequenceSet.from_codes([*positive, *(reverse_complement(codes) for codes in positive)])
    fold = cross_validate(doubled, negative, config=SMALL, n_folds=3).fold
    np.testing.assert_array_equal(fold[:20], fold[20:40])
    with pytest.raises(ConfigError, match="21 folds need as many distinct sequences"):
        cross_validate(doubled, negative, config=SMALL, n_folds=21)


@pytest.mark.parametrize("fit", [fit_gkmsvm, fit_gkmsvm_large])
def test_classes_without_usable_sequences_are_refused(rng, fit):
    usable = random_set(rng, [30] * 3)
    with pytest.raises(EmptySetError, match="no positive sequences left"):
        fit(SequenceSet.from_codes([]), usable)
    useless = SequenceSet.from_codes([encode("ACGT"), ALL_N])
    reasons = (
        r"no negative sequences left \(1 negative shorter than 11 bp, 1 negative without 11 known bases in a row\)"
    )
    with pytest.raises(EmptySetError, match=reasons):
        fit(usable, useless)


def test_what_is_left_out_or_in_both_classes_is_counted(rng):
    positive, negative = planted_set(rng, 20)
    more = SequenceSet.from_codes([*positive, ALL_N, encode("ACG")])
    with pytest.warns(CisgramWarning, match="left out: 1 positive shorter than 8 bp, 1 positive without 8 known"):
        found = cross_validate(more, negative, config=SMALL, n_folds=2)
    assert found.dropped == {"positive shorter than 8 bp": 1, "positive without 8 known bases in a row": 1}
    shared = SequenceSet.from_codes([*negative, reverse_complement(positive[3])])
    with pytest.warns(CisgramWarning, match="1 sequences stand among the positive and the negative ones"):
        fit_gkmsvm(positive, shared, config=SMALL)


def test_a_sequence_without_words_has_no_score(rng):
    model = fit_gkmsvm(*planted_set(rng, 20), config=SMALL)
    with pytest.warns(CisgramWarning, match="2 of 3 sequences have no 8 known bases"):
        scores = gkm_scores(model, SequenceSet.from_codes([encode("ACG"), model.support[0], ALL_N]))
    assert np.isnan(scores).tolist() == [True, False, True]
    assert gkm_scores(model, SequenceSet.from_codes([])).tolist() == []


def test_a_kernel_matrix_that_is_too_large_is_refused(rng):
    config = GkmConfig(SMALL.kernel, max_memory_gb=1e-5)
    with pytest.raises(InputError, match=r"40 sequences needs 0\.0 GB .* use fit_gkmsvm_large"):
        fit_gkmsvm(*planted_set(rng, 20), config=config)


def test_an_rbf_kernel_has_no_table(rng):
    config = GkmConfig(GkmKernel(word_bp=6, informative_bp=4, gamma=1.0))
    classes = planted_set(rng, 5)
    with pytest.raises(InputError, match="no table"):
        word_table(fit_gkmsvm(*classes, config=config))
    with pytest.raises(InputError, match="no RBF"):
        fit_gkmsvm_large(*classes, config=config)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"word_bp": 13}, "word_bp must be 3 to 12"),
        ({"informative_bp": 12}, "informative_bp must be 1 to word_bp = 11"),
        ({"max_mismatches": 11}, "max_mismatches must be 0 to 10"),
        ({"filter": "none"}, "filter must be"),
        ({"gamma": 0.0}, "gamma must be above 0"),
        ({"center_weight": 0}, "center_weight must be 1 to 255"),
        ({"half_life_bp": -1.0}, "half_life_bp must be above 0"),
        ({"unknown": "N"}, "unknown must be"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_settings_that_mean_nothing_are_refused(settings, problem):
    # Literals are refused by the checker of types before they come to our own check.
    with pytest.raises((ConfigError, TypeError) if {"filter", "unknown"} & set(settings) else ConfigError) as caught:
        GkmKernel(**settings)
    assert problem in str(caught.value) or not isinstance(caught.value, ConfigError)


def test_a_model_needs_support_vectors_and_finite_numbers(rng):
    with pytest.raises(InputError, match="support vectors with a coefficient each"):
        GkmModel(GkmKernel(), random_set(rng, [20]), np.zeros(2), 0.0)
    with pytest.raises(InputError, match="finite"):
        GkmModel(GkmKernel(), random_set(rng, [20]), np.array([np.nan]), 0.0)
