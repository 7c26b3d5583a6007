"""Suggested names: textbook states get their textbook names, doubt is said, spellings do not matter."""

import numpy as np
import pytest

from cisgram.chromatin.mark_names import known_mark
from cisgram.chromatin.names import (
    STATE_NAME_COLUMNS,
    biological_order,
    names_table,
    numbered_names,
    suggest_names,
)
from cisgram.chromatin.state_classes import GROUPS, STATE_CLASSES
from cisgram.genomics.state_model import StateModel
from cisgram.io.chromhmm.model import read_state_model

MARKS = ("H3K4me3", "H3K4me1", "H3K27ac", "H3K36me3", "H3K27me3", "H3K9me3", "CTCF")
TEXTBOOK = {
    "TssA": (0.95, 0.2, 0.9, 0.02, 0.01, 0.0, 0.2),
    "TssBiv": (0.8, 0.3, 0.02, 0.0, 0.8, 0.0, 0.1),
    "EnhA": (0.1, 0.9, 0.8, 0.02, 0.01, 0.0, 0.1),
    "EnhG": (0.02, 0.7, 0.2, 0.8, 0.0, 0.0, 0.05),
    "EnhWk": (0.02, 0.6, 0.03, 0.02, 0.01, 0.0, 0.03),
    "EnhBiv": (0.03, 0.8, 0.05, 0.0, 0.75, 0.0, 0.03),
    "Tx": (0.0, 0.03, 0.0, 0.9, 0.0, 0.01, 0.0),
    "CTCF": (0.01, 0.05, 0.01, 0.01, 0.01, 0.01, 0.95),
    "ReprPC": (0.02, 0.03, 0.0, 0.0, 0.85, 0.02, 0.01),
    "ZNF/Rpts": (0.01, 0.01, 0.0, 0.7, 0.0, 0.8, 0.01),
    "Het": (0.0, 0.0, 0.0, 0.01, 0.02, 0.85, 0.0),
    "Quies": (0.0, 0.003, 0.0, 0.005, 0.01, 0.01, 0.002),
}


def model_of(emissions, marks=MARKS):
    values = np.array(list(emissions), dtype=float)
    n = len(values)
    return StateModel(tuple(marks), np.full(n, 1 / n), np.full((n, n), 1 / n), values)


@pytest.mark.parametrize(
    "spelling", [str, str.lower, str.upper, lambda mark: mark.replace("K4", "K04"), lambda mark: f"{mark}_rep1"]
)
def test_textbook_states_get_their_names_in_any_spelling(spelling):
    names = suggest_names(model_of(TEXTBOOK.values(), [spelling(mark) for mark in MARKS]))
    assert [one.label for one in names] == list(TEXTBOOK)
    assert not any(one.is_ambiguous for one in names)


def test_a_shallow_experiment_gets_the_names_of_a_deep_one():
    shallow = np.array(list(TEXTBOOK.values())) * 0.45
    assert [one.label for one in suggest_names(model_of(shallow))] == list(TEXTBOOK)


def test_states_that_earn_the_same_name_are_numbered():
    names = suggest_names(model_of([TEXTBOOK["TssA"], TEXTBOOK["Quies"], TEXTBOOK["TssA"]]))
    assert [one.label for one in names] == ["TssA1", "Quies", "TssA2"]


def test_states_between_two_kinds_are_called_ambiguous_with_both_names():
    between = (0.02, 0.5, 0.12, 0.6, 0.0, 0.0, 0.07)
    one = suggest_names(model_of([*TEXTBOOK.values(), between]))[-1]
    assert one.is_ambiguous
    assert "fits about as well" in one.reason


def test_a_promoter_without_starts_of_genes_is_doubted_and_one_with_them_is_not():
    model = model_of(TEXTBOOK.values())
    folds = np.ones(len(TEXTBOOK))
    doubted = suggest_names(model, tss=folds)[0]
    assert doubted.is_ambiguous
    assert "starts of genes 1.0-fold" in doubted.reason
    folds[0] = 40.0
    assert not suggest_names(model, tss=folds)[0].is_ambiguous


def test_what_was_not_measured_is_not_named():
    names = suggest_names(model_of([(0.9, 0.8), (0.0, 0.0)], ["H3K4me3", "H3K27ac"]))
    assert [one.label for one in names] == ["TssA", "Quies"]
    unknown = suggest_names(model_of([(0.9, 0.8), (0.0, 0.0)], ["mine", "yours"]))
    assert {one.group for one in unknown} <= {"other", "quiescent"}


def test_reads_in_the_control_are_an_artefact():
    names = suggest_names(model_of([(0.9, 0.7), (0.9, 0.0)], ["H3K4me3", "WCE"]))
    assert [one.label for one in names] == ["Artefact", "TssA"]


def test_states_stand_in_the_order_of_their_kinds():
    shuffled = np.random.default_rng(1).permutation(len(TEXTBOOK))
    names = suggest_names(model_of(np.array(list(TEXTBOOK.values()))[shuffled]))
    groups = [GROUPS.index(names[row].group) for row in biological_order(names)]
    assert groups == sorted(groups)
    assert tuple(names_table(names).columns) == STATE_NAME_COLUMNS


def test_names_of_files_bring_their_colours_back():
    names = numbered_names(["1_TssA", "EnhWk2", "17", "Mine"])
    assert [one.group for one in names] == ["promoter", "enhancer", "other", "other"]
    assert names[0].color == "#ff0000"
    assert [one.label for one in names] == ["TssA", "EnhWk2", "State", "Mine"]


@pytest.mark.parametrize("kind", STATE_CLASSES, ids=lambda kind: kind.short)
def test_a_state_with_just_the_expected_levels_is_of_its_kind(kind):
    marks = sorted({mark for one in STATE_CLASSES for mark in (*one.defining, *one.expected)})
    expected = {**kind.expected, **kind.defining}
    rows = [[expected.get(mark, 0.0) for mark in marks]]
    rows += [[float(mark == other) for other in marks] for mark in marks if mark != "input"]  # marks at full level
    assert suggest_names(model_of(rows, marks))[0].name == kind.name


def test_states_of_real_data_are_those_that_people_named(data_folder):
    model = read_state_model(data_folder / "chromhmm" / "reference_run_10state" / "model_10.txt")
    labels = [one.label for one in suggest_names(model)]
    assert labels == ["TssFlnk", "TssA", "EnhA", "EnhWk", "Tx", "TxWk", "Artefact", "CTCF", "Quies", "ReprPCWk"]


@pytest.mark.parametrize(
    ("spelling", "mark"),
    [
        ("H3K4me1", "H3K4me1"),
        ("H3K04ME1", "H3K4me1"),
        ("H3-K9-ac", "H3K9ac"),
        ("H2AFZ", "H2A.Z"),
        ("H2A.Z", "H2A.Z"),
        ("H4K20me1", "H4K20me1"),
        ("Input", "input"),
        ("Control_rep2", "input"),
        ("ATAC-seq", "accessible"),
        ("Pol2", "POLR2A"),
        ("CTCFL", None),
        ("inputs of mine", None),
        ("H3", None),
    ],
)
def test_marks_are_recognised_in_usual_spellings_and_in_no_others(spelling, mark):
    assert known_mark(spelling) == mark
