"""Models side by side: states find themselves in any order, and correlations are NumPy's and ChromHMM's."""

import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cisgram.chromatin.comparison import MODEL_MATCH_COLUMNS, best_correlations, match_models
from cisgram.errors import InputError
from cisgram.genomics.state_model import StateModel
from cisgram.io.chromhmm.model import read_state_model, write_emissions

RNG = np.random.default_rng(5)


def model_of(n_states, n_marks=6):
    return StateModel(
        marks=tuple(f"mark{number}" for number in range(n_marks)),
        initial=np.full(n_states, 1 / n_states),
        transitions=RNG.dirichlet(np.ones(n_states), n_states),
        emissions=RNG.random((n_states, n_marks)),
    )


def test_every_state_is_its_own_partner_in_any_order_of_states_and_marks():
    model, order, marks = model_of(7), RNG.permutation(7), RNG.permutation(6)
    other = model.reordered(order)
    other = replace(other, marks=tuple(other.marks[m] for m in marks), emissions=other.emissions[:, marks])
    match = match_models(model, other)
    assert order[match.partner].tolist() == list(range(7))
    assert match.correlation.max(axis=1) == pytest.approx(np.ones(7))


def test_correlations_are_those_of_numpy():
    first, second = model_of(4), model_of(3)
    expected = np.corrcoef(first.emissions, second.emissions)[:4, 4:]
    assert match_models(first, second).correlation == pytest.approx(expected)


def test_a_state_that_has_all_marks_equally_is_like_none():
    flat = model_of(2)
    flat = replace(flat, emissions=np.stack([np.full(6, 0.5), flat.emissions[1]]))
    assert match_models(flat, flat).correlation[0].tolist() == [0, 0]


def test_a_smaller_model_leaves_states_without_a_partner():
    first, second = model_of(4), model_of(2)
    match = match_models(first, second)
    assert sorted(match.partner.tolist()).count(-1) == 2
    table = match.table()
    assert tuple(table.columns) == MODEL_MATCH_COLUMNS
    assert table["partner_correlation"].isna().sum() == 2


def test_models_of_other_marks_are_refused():
    first = model_of(2)
    with pytest.raises(InputError, match="only one has H3K9me3, mark0"):
        match_models(first, replace(first, marks=("H3K9me3", *first.marks[1:])))


@pytest.mark.skipif(shutil.which("ChromHMM") is None, reason="needs ChromHMM")
def test_best_correlations_are_those_of_chromhmm(data_folder, tmp_path):
    model = read_state_model(data_folder / "chromhmm" / "reference_run_10state" / "model_10.txt")
    others = {}
    (tmp_path / "others").mkdir()
    for n_states in (3, 5):
        others[f"emissions_{n_states}.txt"] = other = replace(model_of(n_states, 10), marks=model.marks)
        write_emissions(tmp_path / "others" / f"emissions_{n_states}.txt", other)
    write_emissions(tmp_path / "emissions_10.txt", model)
    command = ["ChromHMM", "CompareModels", "-noimage", tmp_path / "emissions_10.txt", tmp_path / "others"]
    subprocess.run([*command, tmp_path / "theirs"], check=True, capture_output=True)
    theirs = pd.read_csv(tmp_path / "theirs.txt", sep="\t", index_col=0)
    ours = best_correlations(model, others)[list(theirs.columns)]
    assert np.abs(ours.to_numpy() - theirs.to_numpy()).max() <= 5.001e-6
