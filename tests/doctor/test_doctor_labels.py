"""Labels that can and cannot be learnt."""

import numpy as np
import pytest

from cisgram.doctor.labels import check_classes, check_copies_agree, check_measurements


def classes(n_positive_train=100, n_positive_test=50, n_unknown=0):
    """A good track, and one with so many positives of 400 and 200."""
    parts = {}
    for part, n, n_positive in (("train", 400, n_positive_train), ("test", 200, n_positive_test)):
        good, other = (np.arange(n) % 3 == 0).astype(float), (np.arange(n) < n_positive).astype(float)
        parts[part] = np.stack([good, other], axis=1)
    parts["train"][400 - n_unknown :, 1] = np.nan
    return parts


@pytest.mark.parametrize(
    ("changed", "level", "names"),
    [
        ({}, "ok", False),
        ({"n_positive_train": 0}, "error", True),
        ({"n_positive_train": 400}, "error", True),
        ({"n_positive_test": 0}, "error", True),
        ({"n_positive_train": 5}, "warning", True),
        ({"n_positive_train": 390}, "warning", True),
        ({"n_positive_test": 2}, "warning", True),
        ({"n_unknown": 250}, "warning", True),
    ],
)
def test_a_track_needs_both_labels_in_both_parts(changed, level, names):
    verdict = check_classes(classes(**changed), names=("good", "other"))
    assert verdict.level == level
    assert ("other" in verdict.evidence) == names
    assert "good" not in verdict.evidence


def measured(column):
    rng = np.random.default_rng(1)
    return np.stack([rng.normal(size=200), column], axis=1)


@pytest.mark.parametrize(
    ("column", "level"),
    [
        (np.linspace(0, 1, 200), "ok"),
        (np.ones(200), "error"),
        (np.full(200, np.nan), "error"),
        (np.where(np.arange(200) < 190, 0.0, 1.0), "warning"),
        (np.where(np.arange(200) < 150, np.nan, np.arange(200.0)), "warning"),
    ],
)
def test_measurements_must_vary_and_be_known(column, level):
    assert check_measurements(measured(column), names=("good", "other")).level == level


def copies(noise):
    """200 sequences twice, measurements with so much noise over a spread of 1."""
    rng = np.random.default_rng(2)
    truth = rng.normal(size=200)
    groups = np.tile(np.arange(200), 2)
    return (truth[groups] + rng.normal(0, noise, 400))[:, None], groups


def test_copies_with_measurements_that_agree_are_fine():
    verdict = check_copies_agree(*copies(0.3), names=("a",), kind="gaussian")
    assert verdict.level == "ok"
    assert verdict.figures["disagreement"] == pytest.approx(0.09 / 1.09, abs=0.02)  # variance within over all


def test_copies_with_measurements_that_do_not_agree_are_a_warning():
    assert check_copies_agree(*copies(3.0), names=("a",), kind="gaussian").level == "warning"


@pytest.mark.parametrize(("n_flipped", "level"), [(0, "ok"), (10, "ok"), (60, "warning")])
def test_copies_with_contradicting_labels_are_counted(n_flipped, level):
    groups = np.tile(np.arange(200), 2)
    labels = (groups % 2).astype(float)
    labels[:n_flipped] = 1 - labels[:n_flipped]
    verdict = check_copies_agree(labels[:, None], groups, names=("a",), kind="bernoulli")
    assert (verdict.level, verdict.figures["disagreement"]) == (level, n_flipped / 200)


def test_without_copies_the_question_is_skipped():
    labels = np.zeros((50, 1))
    assert check_copies_agree(labels, np.arange(50), names=("a",), kind="bernoulli").level == "skipped"
