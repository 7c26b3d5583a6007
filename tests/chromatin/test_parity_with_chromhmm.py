"""GM12878 and K562, chromosome 11, ten marks: the same numbers as ChromHMM, pass by pass and bin by bin."""

import numpy as np
import pytest

from cisgram.chromatin.baum_welch import EMConfig
from cisgram.chromatin.decode import segment_states
from cisgram.chromatin.learn import LearnConfig, learn_states
from cisgram.io.chromhmm.binarised import read_binarised
from cisgram.io.chromhmm.model import read_emissions, read_stored_model
from cisgram.io.chromhmm.segments import read_segments


@pytest.fixture(scope="module")
def folder(data_folder):
    if not (found := data_folder / "chromhmm").is_dir():
        pytest.skip(f"there is no folder {found}")
    return found


@pytest.fixture(scope="module")
def patterns(folder):
    return read_binarised(folder)


@pytest.fixture(scope="module")
def printed(folder):
    """Log-likelihoods as ChromHMM printed them, three decimals."""
    lines = (folder / "reference_run_10state/run10.log").read_text().splitlines()
    rows = [line.split() for line in lines]
    return np.array([float(row[1]) for row in rows if row and row[0].isdecimal()])


def test_the_first_passes_have_the_likelihoods_that_chromhmm_prints(patterns, printed):
    learned = learn_states(patterns, 10, LearnConfig(em=EMConfig(max_iterations=5)))
    assert np.abs(learned.trace["log_likelihood"] - printed[:5]).max() < 1e-3


def test_incremental_passes_have_the_likelihoods_that_chromhmm_prints(patterns):
    learned = learn_states(patterns, 10, LearnConfig(em=EMConfig(method="incremental", max_iterations=3)))
    assert np.abs(learned.trace["log_likelihood"] - [-934743.844, -829202.681, -799758.744]).max() < 1e-3


def test_random_starts_are_those_of_chromhmm_under_the_same_seed(patterns):
    # as printed by: ChromHMM LearnModel -init random -r 3 -p 1 (seed 999), eight states
    learned = learn_states(patterns, 8, LearnConfig(start="random", em=EMConfig(max_iterations=3)))
    assert np.abs(learned.trace["log_likelihood"] - [-8819274.790, -1115397.345, -950228.118]).max() < 1e-3


def test_segments_of_its_model_are_those_of_chromhmm_in_every_bin(folder, patterns):
    reference = folder / "reference_run_10state"
    found = segment_states(read_stored_model(reference / "model_10.txt").model, patterns)
    for cell, segmentation in found.items():
        theirs = read_segments(reference / f"{cell}_10_segments.bed.gz")
        assert (segmentation.states("chr11") == theirs.states("chr11")).mean() >= 0.9999


@pytest.mark.slow
def test_a_whole_training_equals_that_of_chromhmm(folder, patterns, printed):
    reference = folder / "reference_run_10state"
    learned = learn_states(patterns, 10)
    theirs = read_stored_model(reference / "model_10.txt")
    assert learned.n_iterations == len(printed) == theirs.n_iterations
    assert np.abs(learned.trace["log_likelihood"] - printed).max() < 1e-3
    assert learned.log_likelihood == pytest.approx(theirs.log_likelihood, abs=1e-5)
    assert np.abs(learned.model.emissions - theirs.model.emissions).max() < 1e-6
    assert np.abs(learned.model.transitions - theirs.model.transitions).max() < 1e-6
    assert np.abs(learned.model.initial - theirs.model.initial).max() < 1e-6
    marks = read_emissions(reference / "emissions_10.txt").marks
    assert tuple(np.array(patterns.marks)[learned.mark_order]) == marks


@pytest.mark.slow
def test_a_whole_incremental_training_ends_where_that_of_chromhmm_ends(patterns):
    learned = learn_states(patterns, 10, LearnConfig(em=EMConfig(method="incremental")))
    assert learned.n_iterations == 134
    assert learned.log_likelihood == pytest.approx(-742603.833, abs=1e-3)
