"""Baselines of a whole table, against training track by track."""

from dataclasses import replace

import numba
import numpy as np
import pytest
from sklearn.linear_model import RidgeCV
from sklearn.svm import SVC

from cisgram.baselines.gkmsvm.kernel import kernel_matrix
from cisgram.baselines.gkmsvm.machines import solve_machines
from cisgram.baselines.gkmsvm.score import gkm_scores
from cisgram.baselines.gkmsvm.train import GkmConfig, fit_gkmsvm
from cisgram.baselines.kmers import KmerConfig, fit_kmers, kmer_features, kmer_scores
from cisgram.baselines.penalties import choose_penalty, held_back_rows
from cisgram.baselines.ridge import PENALTIES
from cisgram.baselines.tables import NOTE_COLUMNS, BaselineConfig, baseline_scores, has_two_classes
from cisgram.errors import CisgramWarning, ConfigError, InputError
from cisgram.genomics.gkm_model import GkmKernel
from cisgram.genomics.sequence import encode
from cisgram.genomics.sequence_set import SequenceSet
from cisgram.nn.metrics import auroc, pearson

WORDS = ("TGACTCAGT", "CCACGTGGA", "GGTTAACCA")
CONFIG = BaselineConfig(
    kmers=KmerConfig(word_bp=4), gkmsvm=GkmConfig(GkmKernel(word_bp=7, informative_bp=5), tolerance=1e-4)
)
PLAIN = replace(CONFIG, penalties=(), is_balanced=False)


@pytest.fixture
def planted():
    """Sequences of 60 bp with up to three words, and which of them they hold; a half to train on."""
    rng = np.random.default_rng(4)
    codes = rng.integers(0, 4, (240, 60)).astype(np.uint8)
    labels = (rng.random((240, 3)) < (0.5, 0.25, 0.1)).astype(float)
    for row, column in np.argwhere(labels == 1):
        at = 20 * column + rng.integers(11)
        codes[row, at : at + 9] = encode(WORDS[column])
    train, test = (SequenceSet.from_codes(list(part)) for part in (codes[:160], codes[160:]))
    return train, labels[:160], test, labels[160:]


def single(train, track):
    return [train.take(np.flatnonzero(track == value)) for value in (1, 0)]


def test_every_track_gets_the_scores_that_it_gets_by_itself(planted):
    train, labels, test, _ = planted
    labels = labels.copy()
    labels[5:40, 1] = np.nan
    found = baseline_scores(train, labels, test, config=PLAIN)
    for number, track in enumerate(labels.T):
        classes = single(train, track)
        kmers = kmer_scores(fit_kmers(*classes, config=PLAIN.kmers), test)
        np.testing.assert_allclose(found.scores["kmers"][:, number], kmers, atol=1e-3)  # the order of rows differs
        machine = gkm_scores(fit_gkmsvm(*classes, config=PLAIN.gkmsvm), test)
        np.testing.assert_allclose(found.scores["gkmsvm"][:, number], machine, atol=2e-3)
    assert tuple(found.notes.columns) == NOTE_COLUMNS
    assert found.notes["n_positive"].tolist() == np.tile((labels == 1).sum(axis=0), 2).tolist()
    assert (found.notes["n_negative_used"] == found.notes["n_negative"]).all()


@pytest.mark.parametrize("weight", [1.0, 4.0])
def test_machines_are_those_of_scikit_learn(planted, weight):
    train, labels, _, _ = planted
    matrix = kernel_matrix(train, CONFIG.gkmsvm.kernel)
    costs = {"positive_penalty": np.full(3, weight), "negative_penalty": np.ones(3)}
    found = solve_machines(matrix, labels, **costs, tolerance=1e-6)
    assert found.is_solved.all()
    np.testing.assert_allclose(found.coefficients.sum(axis=0), 0, atol=1e-10)
    for number in range(3):
        machine = SVC(kernel="precomputed", class_weight={1: weight}, tol=1e-6).fit(matrix, labels[:, number])
        ours = matrix @ found.coefficients[:, number] + found.offsets[number]
        np.testing.assert_allclose(ours, machine.decision_function(matrix), atol=1e-5)


def test_balanced_classes_are_those_of_a_positive_weight(planted):
    train, labels, test, _ = planted
    found = baseline_scores(train, labels, test, config=replace(PLAIN, is_balanced=True))
    for number, track in enumerate(labels.T):
        n_positive, n_negative = (track == 1).sum(), (track == 0).sum()
        config = replace(PLAIN.gkmsvm, penalty=160 / (2 * n_negative), positive_weight=float(n_negative / n_positive))
        expected = gkm_scores(fit_gkmsvm(*single(train, track), config=config), test)
        np.testing.assert_allclose(found.scores["gkmsvm"][:, number], expected, atol=2e-3)


def test_planted_words_are_found_in_sequences_that_were_not_seen(planted):
    train, labels, test, truth = planted
    done = []
    found = baseline_scores(
        train, labels, test, names=WORDS, config=CONFIG, progress=lambda n, total: done.append((n, total))
    )
    for scores in found.scores.values():
        assert min(auroc(truth[:, i] == 1, scores[:, i]) for i in range(3)) > 0.8
    assert done[-1] == (6, 6)
    assert done == sorted(done)
    assert set(found.notes["penalty"]) <= set(CONFIG.penalties)
    assert found.notes["track"].tolist() == [*WORDS, *WORDS]


def test_neither_threads_nor_other_tracks_change_a_bit(planted):
    train, labels, test, _ = planted
    before, found = numba.get_num_threads(), []
    for n_threads in (1, before):
        numba.set_num_threads(n_threads)
        found.append(baseline_scores(train, labels, test, config=CONFIG).scores)
    for method in CONFIG.methods:
        np.testing.assert_array_equal(found[0][method], found[1][method])
    alone = baseline_scores(train, labels[:, :1], test, config=PLAIN).scores
    together = baseline_scores(train, labels, test, config=PLAIN).scores
    np.testing.assert_array_equal(alone["kmers"][:, 0], together["kmers"][:, 0])
    np.testing.assert_allclose(alone["gkmsvm"][:, 0], together["gkmsvm"][:, 0], atol=1e-12)


def test_tracks_that_cannot_be_trained_get_no_scores_and_are_counted(planted):
    train, labels, test, _ = planted
    labels = np.column_stack([labels[:, 0], np.ones(160), np.full(160, np.nan)])
    with pytest.warns(CisgramWarning, match="kmers: tracks without scores: 2"):
        found = baseline_scores(train, labels, test, config=PLAIN)
    for scores in found.scores.values():
        assert np.isnan(scores).all(axis=0).tolist() == [False, True, True]
    assert found.notes["problem"].tolist() == 2 * ["", "no negative sequences", "no positive sequences"]
    assert found.dropped == {"kmers: tracks without scores": 2, "gkmsvm: tracks without scores": 2}


def test_sequences_without_words_take_no_part(planted):
    train, labels, test, _ = planted
    short = [encode("ACG"), encode("NNNNNNNN")]
    with pytest.warns(CisgramWarning, match="training sequences without a word of known bases: 2"):
        found = baseline_scores(
            SequenceSet.from_codes([*train, *short]),
            np.concatenate([labels, np.ones((2, 3))]),
            SequenceSet.from_codes([*short, *test]),
            config=PLAIN,
        )
    plain = baseline_scores(train, labels, test, config=PLAIN)
    for method, scores in found.scores.items():
        assert np.isnan(scores[:2]).all()
        np.testing.assert_allclose(scores[2:], plain.scores[method], atol=1e-10)
    assert (found.notes["n_positive"] == found.notes["n_positive_used"] + 2).all()


def test_surplus_negatives_and_rows_are_drawn_away_and_counted(planted):
    train, labels, test, truth = planted
    found = baseline_scores(train, labels, test, config=replace(PLAIN, max_negatives_per_positive=2))
    notes = found.notes
    assert (notes["n_negative_used"] == np.minimum(2 * notes["n_positive"], notes["n_negative"])).all()
    again = baseline_scores(train, labels, test, config=replace(PLAIN, max_negatives_per_positive=2))
    np.testing.assert_array_equal(found.scores["gkmsvm"], again.scores["gkmsvm"])
    few = baseline_scores(train, labels, test, config=replace(PLAIN, max_sequences=80, methods=("gkmsvm",)))
    assert set(few.notes["trainer"]) == {"exact, 80 of 160 sequences"}
    assert (few.notes["n_positive_used"] + few.notes["n_negative_used"] == 80).all()
    rarest = few.notes.iloc[2]
    assert rarest["n_positive_used"] / rarest["n_positive"] > 0.7  # a half of all rows
    assert auroc(truth[:, 0] == 1, few.scores["gkmsvm"][:, 0]) > 0.8


def test_only_the_middle_is_read_and_long_sequences_leave_room_for_fewer_rows(planted):
    train, labels, test, _ = planted
    config = replace(PLAIN, methods=("gkmsvm",))
    cut = baseline_scores(train.middle(60), labels, test.middle(60), config=config)
    asked = baseline_scores(train, labels, test, config=replace(config, middle_bp=60))
    np.testing.assert_array_equal(asked.scores["gkmsvm"], cut.scores["gkmsvm"])
    few = baseline_scores(train, labels, test, config=replace(config, max_bp=50 * int(train.lengths.max())))
    assert set(few.notes["trainer"]) == {"exact, 50 of 160 sequences"}
    few = baseline_scores(train, labels, test, config=replace(PLAIN, methods=("kmers",), max_kmer_sequences=90))
    assert set(few.notes["trainer"]) == {"logistic, 90 of 160 sequences"}


def test_measurements_take_ridge_regression(planted):
    train, labels, test, truth = planted
    rng = np.random.default_rng(0)
    measured = labels @ np.diag([1.0, 2.0, -1.0]) + 0.3 * rng.normal(size=labels.shape)
    measured[3:50, 2] = np.nan
    with pytest.warns(CisgramWarning, match="gkmsvm: tracks without scores: 3"):
        found = baseline_scores(train, measured, test, config=CONFIG)
    assert np.isnan(found.scores["gkmsvm"]).all()
    notes = found.notes[found.notes["method"] == "kmers"]
    assert notes["n_positive"].tolist() == [160, 160, 113]
    features = [kmer_features(one, CONFIG.kmers) for one in (train, test)]
    for number, penalty in enumerate(notes["penalty"]):
        rows = np.flatnonzero(~np.isnan(measured[:, number]))
        machine = RidgeCV(PENALTIES).fit(features[0][rows].toarray(), measured[rows, number])
        assert machine.alpha_ == penalty
        expected = machine.predict(features[1].toarray())
        np.testing.assert_allclose(found.scores["kmers"][:, number], expected, atol=1e-6)
    assert pearson(found.scores["kmers"][:, 0], truth[:, 0]) > 0.5


def test_the_penalty_is_the_one_that_serves_held_back_rows_best():
    rng = np.random.default_rng(0)
    labels = (rng.random((300, 15)) < 0.4).astype(float)
    seen = []

    def scores_with(penalty, train):
        seen.append((penalty, train))
        return labels[:, : train.shape[1]] * 0 + rng.normal(size=train.shape) + (penalty == 2) * labels[:, tracks]

    held_back = held_back_rows(300)
    assert held_back.sum() == 60
    tracks = np.sort(np.random.default_rng(0).permutation(15)[:12])
    found = choose_penalty(labels, (1, 2, 3), scores_with)
    assert found.penalty == 2
    assert len(found.auroc) == 3
    for _, train in seen:
        np.testing.assert_array_equal(np.isnan(train), np.repeat(held_back[:, None], 12, axis=1))
    assert choose_penalty(labels, (5,), scores_with).penalty == 5
    assert choose_penalty(labels * 0, (1, 2, 3), scores_with).penalty == 2  # nothing to choose by: the middle one


def test_what_does_not_fit_together_is_refused(planted):
    train, labels, test, _ = planted
    with pytest.raises(InputError, match="with a row per training sequence"):
        baseline_scores(train, labels[:9], test)
    with pytest.raises(InputError, match="finite or NaN"):
        baseline_scores(train, np.where(labels == 1, np.inf, 0.0), test)
    with pytest.raises(InputError, match="every track needs both 1 and 0"):
        solve_machines(np.eye(2), np.ones((2, 1)), positive_penalty=np.ones(1), negative_penalty=np.ones(1))
    for settings in (
        {"methods": ()},
        {"methods": ("kmers", "kmers")},
        {"penalties": (0.0,)},
        {"max_sequences": 1},
        {"max_bp": 0},
        {"max_kmer_sequences": 1},
        {"middle_bp": -1},
        {"max_negatives_per_positive": 0},
    ):
        with pytest.raises(ConfigError):
            BaselineConfig(**settings)
    assert has_two_classes(np.array([[0.0, np.nan], [1.0, 0.0]]))
    assert not has_two_classes(np.array([[0.5]]))
