"""Pictures and pages of edits to predicted maps."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from cisgram.report.experiments.folding import frame_table, write_folding_report
from cisgram.report.experiments.folding_findings import composition_findings, concentration, motif_findings
from cisgram.report.folding_plots import FoldingPicture, draw_folding, folding_picture, plot_mean_changes


def square(n=20, seed=0):
    values = np.random.default_rng(seed).normal(size=(n, n))
    values = values + values.T
    values[np.abs(np.subtract.outer(np.arange(n), np.arange(n))) < 2] = np.nan
    return values


@pytest.fixture
def shown():
    before, after = square(), square(seed=1)
    sites = pd.DataFrame({"chrom": ["I"], "start": [2_000], "end": [2_020], "strand": ["-"]})
    return FoldingPicture(
        "a site",
        "what it does",
        [("before", before), ("after", after)],
        chrom="I",
        start_bp=1_000,
        bin_size=100,
        difference=("after - before", after - before),
        sites=sites,
        edited=(2_000, 2_020),
    )


def test_three_triangles_stand_above_sites_on_one_axis(shown):
    figure = draw_folding(shown)
    texts = {text.get_text() for ax in figure.axes for text in ax.texts}
    assert {"before", "after", "after - before", "edited", "sites"} <= texts
    maps = [ax for ax in figure.axes if ax.get_xlim() == (1_000.0, 3_000.0)]
    assert len(maps) == 5
    assert len({ax.get_position().x0 for ax in maps}) == 1


def test_a_map_that_begins_before_its_contig_is_cut_at_the_contig(shown):
    cut = FoldingPicture("x", "", shown.maps, chrom="I", start_bp=-500, bin_size=100)
    assert draw_folding(cut).axes[0].get_xlim() == (0.0, 1_500.0)


def test_changes_share_one_scale(shown):
    figure = plot_mean_changes(
        ["one", "two"], [square(), square(seed=2)], bin_size=100, places=(500, 1500), figure=Figure()
    )
    assert [ax.get_title() for ax in figure.axes] == ["one", "two", ""]


def test_the_page_holds_tables_pictures_and_findings(tmp_path, shown):
    table = pd.DataFrame({"motif": ["<b>"], "n": [1234], "q_value": [1e-7]})
    path = write_folding_report(
        tmp_path / "report.html",
        {"Motifs": table},
        [shown, folding_picture(shown)],
        title="A question",
        lead="What was done.",
        findings=["One thing."],
        settings={"model": "x"},
    )
    page = path.read_text()
    for text in ("A question", "One thing.", "&lt;b&gt;", "1,234", "1.0e-07", "what it does"):
        assert text in page


def test_long_tables_are_cut_and_say_so():
    table = frame_table(pd.DataFrame({"n": np.arange(500)}), title="x")
    assert len(table.rows) == 200
    assert "of 500" in table.caption
    assert table.is_folded


def test_findings_name_what_is_beyond_chance():
    table = pd.DataFrame(
        {
            "motif": ["A", "B"],
            "n": [9, 9],
            "mean": [2.0, 1.0],
            "random_mean": [1.0, 1.0],
            "ratio": [2.0, 1.0],
            "q_value": [0.01, 0.5],
        }
    )
    (line,) = motif_findings(table)
    assert "A: 2.000" in line
    assert "B:" not in line
    assert "No motif" in motif_findings(table.iloc[1:])[0]
    kept = pd.DataFrame(
        {
            "kept": ["sites", "all_but_sites", "nothing"],
            "correlation": 0.5,
            "variance_given_back": [0.9, 0.1, -0.1],
            "bases_kept": 0.1,
        }
    )
    assert "90%" in composition_findings(kept)[0]
    assert concentration(np.ones(10)) == pytest.approx(0.1)
