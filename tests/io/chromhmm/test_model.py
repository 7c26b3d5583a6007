"""Model files: back bit for bit, as ChromHMM reads and writes them, and what is refused."""

import numpy as np
import pytest

from cisgram.errors import FormatError
from cisgram.genomics.state_model import StateModel
from cisgram.io.chromhmm.model import (
    read_emissions,
    read_state_model,
    read_stored_model,
    write_emissions,
    write_state_model,
    write_transitions,
)


@pytest.fixture
def model():
    draws = np.random.default_rng(1)
    transitions = draws.random((3, 3))
    return StateModel(
        ("H3K4me3", "H3K27me3"),
        np.array([0.0, 1.0, 0.0]),
        transitions / transitions.sum(axis=1, keepdims=True),
        draws.random((3, 2)),
        order_by="T",
    )


def test_a_model_is_read_back_bit_for_bit(tmp_path, model):
    write_state_model(tmp_path / "model_3.txt", model, log_likelihood=-12.25, n_iterations=7)
    found = read_stored_model(tmp_path / "model_3.txt")
    for what in ("initial", "transitions", "emissions"):
        assert np.array_equal(getattr(found.model, what), getattr(model, what))
    assert (found.model.marks, found.model.order_by) == (model.marks, "T")
    assert (found.log_likelihood, found.n_iterations) == (-12.25, 7)


def test_the_file_has_the_lines_that_chromhmm_has(tmp_path):
    one = StateModel(("a",), np.array([1.0]), np.array([[1.0]]), np.array([[0.25]]))
    write_state_model(tmp_path / "m.txt", one, log_likelihood=-3.5, n_iterations=2)
    assert (tmp_path / "m.txt").read_text() == (
        "1\t1\tE\t-3.5\t2\nprobinit\t1\t1.0\ntransitionprobs\t1\t1\t1.0\n"
        "emissionprobs\t1\t0\ta\t0\t0.75\nemissionprobs\t1\t0\ta\t1\t0.25\n"
    )
    write_state_model(tmp_path / "m.txt", one)
    assert read_stored_model(tmp_path / "m.txt").log_likelihood is None


def test_a_measured_model_of_chromhmm_is_read(data_folder):
    folder = data_folder / "chromhmm/reference_run_10state"
    found = read_stored_model(folder / "model_10.txt")
    assert found.model.n_states == 10
    assert found.n_iterations == 200
    table = read_emissions(folder / "emissions_10.txt")
    columns = [found.model.marks.index(mark) for mark in table.marks]
    assert np.array_equal(found.model.emissions[:, columns], table.emissions)


def test_emissions_and_transitions_name_states_and_order(tmp_path, model):
    named = model.renamed(["TssA", "Enh", "Quies"])
    write_emissions(tmp_path / "e.txt", named, mark_order=[1, 0])
    head, first = (tmp_path / "e.txt").read_text().splitlines()[:2]
    assert head == "State (Transition order)\tH3K27me3\tH3K4me3"
    assert first.startswith("1_TssA\t")
    found = read_emissions(tmp_path / "e.txt")
    assert found.names == ("TssA", "Enh", "Quies")
    assert np.array_equal(found.emissions, model.emissions[:, ::-1])
    write_transitions(tmp_path / "t.txt", model)
    lines = (tmp_path / "t.txt").read_text().splitlines()
    assert lines[0] == "State (from\\to) (Transition order)\t1\t2\t3"
    assert [float(cell) for cell in lines[2].split("\t")[1:]] == model.transitions[1].tolist()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("3\t2\tT", "3\ttwo\tT", "line 1: the first line must have"),
        ("probinit\t2", "probinit\t4", "line 3: the line does not fit"),
        ("probinit\t2\t1.0", "probinit\t2\tx", "line 3: a probability must be 0 to 1; got 'x'"),
        ("probinit\t2\t1.0", "probinit\t2\t1.5", "line 3: a probability"),
        ("probinit\t2\t1.0", "probinit\t2\t0.5", "first bin must sum to 1"),
        ("probinit\t2\t1.0\n", "", "probinit are missing"),
        ("probinit\t2", "initial\t2", "line 3: lines are probinit"),
        (
            "emissionprobs\t2\t0\tH3K4me3\t0",
            "emissionprobs\t2\t0\tH3K9ac\t0",
            "mark 0 is H3K4me3 above and H3K9ac here",
        ),
    ],
)
def test_files_that_are_no_model_are_refused_with_the_line(tmp_path, model, old, new, message):
    write_state_model(tmp_path / "m.txt", model)
    text = (tmp_path / "m.txt").read_text()
    assert old in text
    (tmp_path / "m.txt").write_text(text.replace(old, new, 1))
    with pytest.raises(FormatError, match=message):
        read_state_model(tmp_path / "m.txt")


def test_presence_and_absence_must_sum_to_one(tmp_path, model):
    write_state_model(tmp_path / "m.txt", model)
    text = (tmp_path / "m.txt").read_text().splitlines()
    text[-2] = "emissionprobs\t3\t1\tH3K27me3\t0\t0.0001"
    (tmp_path / "m.txt").write_text("\n".join(text))
    with pytest.raises(FormatError, match="presence and absence"):
        read_state_model(tmp_path / "m.txt")
