"""Switches between cell types: as a loop over bins counts them, and as planted."""

from itertools import permutations

import numpy as np
import pytest

from cisgram.chromatin.switches import (
    DIFFERENCE_COLUMNS,
    STABILITY_COLUMNS,
    SWITCH_COLUMNS,
    count_switches,
    differential_regions,
    mark_distance,
)
from cisgram.errors import EmptySetError, InputError
from cisgram.genomics.segmentation import Segmentation
from cisgram.genomics.state_model import StateModel
from cisgram.io.chromhmm.model import read_state_model
from cisgram.io.chromhmm.segments import read_segments

RNG = np.random.default_rng(11)


def cell(name, states, n_states=3):
    contigs = states if isinstance(states, dict) else {"I": np.array(states)}
    return Segmentation.from_states(name, contigs, n_states=n_states)


def test_pairs_are_those_of_a_loop_over_bins():
    states = RNG.integers(-1, 3, (4, 60))
    switches = count_switches([cell(f"cell{number}", one) for number, one in enumerate(states)])
    expected = np.zeros((3, 3))
    kept = (states >= 0).all(axis=0)
    for column in states[:, kept].T:
        for first, second in permutations(column, 2):
            expected[first, second] += 200
    assert switches.pair_bp.tolist() == expected.tolist()
    has_any = (states >= 0).any(axis=0)
    assert switches.n_dropped == 200 * (has_any & ~kept).sum()


def test_independent_cell_types_keep_states_by_chance_only():
    states = RNG.choice(3, p=[0.7, 0.2, 0.1], size=(2, 200_000))
    switches = count_switches([cell("a", states[0]), cell("b", states[1])])
    assert switches.kept == pytest.approx(switches.kept_by_chance, abs=0.02)
    assert switches.fold == pytest.approx(np.ones((3, 3)), abs=0.1)


def test_stable_and_dynamic_states_are_told_apart():
    first = np.repeat(RNG.integers(0, 3, 5000), 4)
    second = np.where((first == 2) & (np.repeat(RNG.random(5000), 4) < 0.8), 0, first)  # state 3 is often lost
    switches = count_switches([cell("a", first), cell("b", second)])
    assert switches.kept[1] == 1
    assert switches.kept[2] < 0.4
    assert np.diag(switches.distance).tolist() == [0, 0, 0]
    assert switches.distance[0, 1] > switches.distance[0, 2]  # 1 and 2 never stand in each other's place
    assert tuple(switches.stability_table().columns) == STABILITY_COLUMNS
    assert tuple(switches.table().columns) == SWITCH_COLUMNS


def test_unlike_states_stand_first_among_regions_that_differ():
    first = np.repeat(np.tile([0, 1], 500), 5)
    second = first.copy()
    second[2500:2600] = 1 - second[2500:2600]
    second[100:105] = 2  # the only place in state 3
    cells = [cell("a", first), cell("b", second)]
    distance = np.array([[0.0, 1, 5], [1, 0, 5], [5, 5, 0]])
    regions = differential_regions(cells, distance, min_bp=200)
    assert tuple(regions.columns) == (*DIFFERENCE_COLUMNS, "a", "b")
    assert len(regions) == 1 + 20
    assert regions[["start", "end", "difference", "a", "b"]].iloc[0].tolist() == [20_000, 21_000, 5.0, "1", "3"]
    assert (regions["a"] != regions["b"]).all()
    assert regions["score"].is_monotonic_decreasing
    assert len(differential_regions(cells, distance, max_rows=3)) == 3
    assert differential_regions(cells, distance, min_difference=99).empty


def test_states_are_as_many_marks_apart_as_their_probabilities_tell():
    model = StateModel(
        ("a", "b"), np.full(3, 1 / 3), np.full((3, 3), 1 / 3), np.array([[1.0, 0.5], [0.0, 0.5], [0.0, 0.0]])
    )
    assert mark_distance(model).tolist() == [[0, 1, 1.5], [1, 0, 0.5], [1.5, 0.5, 0]]


def test_cell_types_of_other_models_are_refused():
    with pytest.raises(InputError, match="at least two cell types"):
        count_switches([cell("a", [0])])
    with pytest.raises(InputError, match="states of one model"):
        count_switches([cell("a", [0]), cell("b", [0], n_states=4)])
    with pytest.raises(InputError, match="must be unique"):
        count_switches([cell("a", [0]), cell("a", [0])])
    with pytest.raises(EmptySetError, match="400 bp lack a state"):
        count_switches([cell("a", [0]), cell("b", {"II": np.array([0])})])


def test_in_real_cells_promoters_stay_and_enhancers_change(data_folder):
    folder = data_folder / "chromhmm" / "reference_run_10state"
    cells = [read_segments(folder / f"{name}_10_segments.bed.gz") for name in ("GM12878", "K562")]
    kept = count_switches(cells).kept
    promoter, enhancer, weak_enhancer = kept[1], kept[2], kept[3]
    assert promoter > 0.5
    assert max(enhancer, weak_enhancer) < 0.15


def test_the_regions_that_differ_most_in_real_cells_are_genes_of_their_kind(data_folder):
    folder = data_folder / "chromhmm" / "reference_run_10state"
    cells = [read_segments(folder / f"{name}_10_segments.bed.gz") for name in ("GM12878", "K562")]
    model = read_state_model(folder / "model_10.txt")
    top = differential_regions(cells, mark_distance(model), max_rows=10)
    promoter = "2"
    of_erythroid, of_lymphoid = top[top["K562"] == promoter], top[top["GM12878"] == promoter]
    # hg18: the foetal globins, on in K562, and POU2AF1, on in B cells.
    assert ((of_erythroid["start"] < 5_233_000) & (of_erythroid["end"] > 5_217_400)).any()
    assert ((of_lymphoid["start"] < 110_756_000) & (of_lymphoid["end"] > 110_740_000)).any()
