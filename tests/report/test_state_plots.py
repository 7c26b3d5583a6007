"""Pictures of states: they give back their axes, leave the style alone, and stand in the order of named groups."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from cisgram.chromatin.enrichment import overlap_enrichment
from cisgram.chromatin.names import numbered_names, suggest_names
from cisgram.chromatin.neighborhood import neighborhood_enrichment
from cisgram.chromatin.switches import count_switches
from cisgram.errors import EmptySetError, InputError
from cisgram.genomics.interval import Interval, interval_table
from cisgram.genomics.mark_patterns import MarkPatterns
from cisgram.genomics.segmentation import Segmentation
from cisgram.genomics.state_model import StateModel
from cisgram.report.state_plots import (
    plot_emissions,
    plot_enrichment,
    plot_neighborhood,
    plot_neighborhood_profiles,
    plot_state_pairs,
    plot_switches,
    plot_transitions,
)
from cisgram.report.state_share_plots import (
    plot_genome_share,
    plot_likelihood_trace,
    plot_model_choice,
    plot_stability,
)
from cisgram.report.state_strip import draw_state_strip, plot_genes, plot_present_marks, plot_state_rows, strip_height

RNG = np.random.default_rng(2)
MODEL = StateModel(
    ("H3K27me3", "H3K4me3", "H3K27ac"),
    np.array([1.0, 0.0, 0.0]),
    np.array([[0.9, 0.1, 0.0], [0.2, 0.8, 0.0], [0.0, 0.5, 0.5]]),
    np.array([[0.0, 0.0, 0.0], [0.01, 0.9, 0.8], [0.8, 0.0, 0.0]]),
)
NAMES = suggest_names(MODEL)  # quiescent, promoter, polycomb
CALLS = {(cell, "I"): (RNG.random((50, 3)) < 0.3).astype(np.uint8) for cell in ("a", "b")}
CELLS = [Segmentation.from_states(cell, {"I": RNG.integers(0, 2, 50)}, n_states=3) for cell in ("a", "b")]
PATTERNS = MarkPatterns.from_calls(MODEL.marks, CALLS)
GENES = interval_table(["I", "I"], [500, 3000], [2500, 4000], name=["ABC1", "."], strand=["+", "-"])
LOCUS = Interval("I", 300, 9000)
FOUND = overlap_enrichment(CELLS[0], {"genes.hg18.bed": GENES, "b": GENES.iloc[:1]})
AROUND = neighborhood_enrichment(CELLS[0], pd.DataFrame({"chrom": ["I"], "position": [4000]}), name="starts")
SWITCHES = count_switches(CELLS)
CHOICE = pd.DataFrame({"n_states": [2, 3, 3], "log_likelihood": [-9.0, -5.0, -7.0], "bic": [20.0, 14.0, 18.0]})

PLOTS = {
    "emissions": lambda ax: plot_emissions(MODEL, NAMES, ax=ax),
    "transitions": lambda ax: plot_transitions(MODEL, NAMES, ax=ax),
    "enrichment": lambda ax: plot_enrichment(FOUND, NAMES, ax=ax),
    "neighbourhood": lambda ax: plot_neighborhood(AROUND, NAMES, ax=ax),
    "profiles": lambda ax: plot_neighborhood_profiles(AROUND, NAMES, ax=ax),
    "switches": lambda ax: plot_switches(SWITCHES.fold, NAMES, ax=ax),
    "pairs": lambda ax: plot_state_pairs(np.eye(2), ["1", "2"], ["x", "y"], ax=ax, label="r", is_signed=True),
    "share": lambda ax: plot_genome_share({one.cell: one.share for one in CELLS}, NAMES, ax=ax),
    "share of many": lambda ax: plot_genome_share({str(n): CELLS[0].share for n in range(9)}, NAMES, ax=ax),
    "stability": lambda ax: plot_stability(SWITCHES, NAMES, ax=ax),
    "trace": lambda ax: plot_likelihood_trace({"one": [-9.0, -5.0, -4.9], "two": [-8.0]}, ax=ax),
    "choice": lambda ax: plot_model_choice(CHOICE, "bic", ax=ax, chosen=3),
    "rows": lambda ax: plot_state_rows(CELLS, LOCUS, NAMES, ax=ax),
    "marks": lambda ax: plot_present_marks(PATTERNS, "b", LOCUS, ax=ax),
    "genes": lambda ax: plot_genes(GENES, LOCUS, ax=ax),
}


@pytest.mark.parametrize("draw", list(PLOTS.values()), ids=list(PLOTS))
def test_a_plot_gives_back_its_axes_can_be_drawn_and_leaves_the_style(draw):
    before, figure = dict(mpl.rcParams), Figure(layout="constrained")
    ax = figure.subplots()
    assert draw(ax) is ax
    figure.draw_without_rendering()
    assert dict(mpl.rcParams) == before


def test_promoters_stand_on_top_and_their_marks_at_the_left():
    ax = plot_emissions(MODEL, NAMES, ax=Figure().subplots())
    assert [label.get_text() for label in ax.get_yticklabels()] == ["2 TssA", "3 ReprPC", "1 Quies"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["H3K4me3", "H3K27ac", "H3K27me3"]
    assert ax.images[0].get_array()[0].tolist() == [0.9, 0.8, 0.01]


def test_rows_of_transitions_stand_for_the_state_before():
    ax = plot_transitions(MODEL, NAMES, ax=Figure().subplots())
    assert ax.images[0].get_array()[2].tolist() == [0.1, 0.0, 0.9]  # from quiescent: to promoter, polycomb, itself


def test_shades_of_folds_are_signed_logarithms_and_numbers_are_folds():
    ax = plot_enrichment(FOUND, NAMES, ax=Figure().subplots())
    fold = FOUND.fold[1, 0]
    assert ax.images[0].get_array()[0, 0] == pytest.approx(np.log2(fold))
    assert ax.texts[0].get_text() == f"{fold:.1f}"
    assert [label.get_text() for label in ax.get_xticklabels()] == ["genes", "b"]


def test_the_chosen_size_is_marked_and_the_line_goes_through_the_best_of_each_size():
    ax = plot_model_choice(CHOICE, "bic", ax=Figure().subplots(), chosen=3)
    assert ax.lines[1].get_ydata().tolist() == [20.0, 14.0]
    assert ax.lines[2].get_ydata().tolist() == [14.0]
    with pytest.raises(InputError, match="lacks the columns stability"):
        plot_model_choice(CHOICE, "stability", ax=ax)


def test_a_strip_shows_every_cell_type_and_its_marks():
    figure = Figure(figsize=(8, strip_height(2, 3)), layout="constrained")
    draw_state_strip(figure, LOCUS, CELLS, NAMES, patterns=PATTERNS, genes=GENES)
    figure.draw_without_rendering()
    assert [ax.get_title() for ax in figure.axes[2:]] == ["marks present in a", "marks present in b"]
    rows = figure.axes[1].collections[0]
    assert len(rows.get_paths()) == sum((CELLS[0].segments["start"] < 9000) & (CELLS[0].segments["end"] > 300))
    present = figure.axes[2].collections[0].get_paths()
    column = list(MODEL.marks).index("H3K4me3")
    assert len(present) == CALLS["a", "I"][1:45, column].sum()
    with pytest.raises(EmptySetError, match="no segmentations"):
        draw_state_strip(Figure(), LOCUS, [], NAMES)


def test_states_without_names_are_refused():
    with pytest.raises(InputError, match="3 states need as many names"):
        plot_emissions(MODEL, numbered_names(["1"]), ax=Figure().subplots())
