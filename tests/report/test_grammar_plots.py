"""Pictures of a grammar."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from cisgram.errors import EmptySetError, InputError
from cisgram.motifs.grammar.cooccurrence import cooccurrence
from cisgram.motifs.grammar.footprints import motif_footprints
from cisgram.motifs.grammar.periodicity import PeriodicityConfig, distance_periodicity
from cisgram.motifs.grammar.recruitment import RECRUITMENT_COLUMNS
from cisgram.motifs.grammar.spacing import SpacingConfig, pair_spacing
from cisgram.report.grammar_plots import (
    plot_company,
    plot_footprint,
    plot_periodic_signal,
    plot_recruitment,
    plot_spacing,
    plot_spectrum,
)
from cisgram.report.style import ACCENT, house_style, new_figure, png_uri


@pytest.fixture
def ax():
    with house_style():
        figure = new_figure(5, 4)
        yield figure.subplots()
        png_uri(figure)  # drawn to the end, whatever the test looked at


@pytest.fixture(scope="module")
def hits():
    rng = np.random.default_rng(1)
    n = 200
    start = 1000 * np.arange(n) + rng.integers(300, 600, n)
    step = np.where(np.arange(n) < 80, 30, rng.integers(12, 190, n))
    columns = {"chrom": "I", "window": np.arange(n), "strand": "+"}
    return pd.concat(
        [
            pd.DataFrame({**columns, "start": at, "end": at + 9, "pattern": name})
            for name, at in (("a", start), ("b", start + step))
        ],
        ignore_index=True,
    )


@pytest.fixture(scope="module")
def windows():
    return pd.DataFrame({"chrom": "I", "start": 1000 * np.arange(200), "end": 1000 * np.arange(200) + 1000})


@pytest.fixture(scope="module")
def spacing(hits, windows):
    return pair_spacing(hits, windows, "a", "b", config=SpacingConfig(n_draws=300))


def test_the_clear_distance_stands_out_in_colour_and_turns_are_marked(ax, spacing):
    plot_spacing(spacing.histogram, ax=ax, orientation="++", every_turn=True)
    bars = {round(bar.get_x() + bar.get_width() / 2): bar for bar in ax.patches}
    assert bars[30].get_height() >= 80
    colors = {at: to_hex(bar.get_facecolor()) for at, bar in bars.items()}
    assert [at for at, color in colors.items() if color == ACCENT] == [30]
    assert ax.get_title(loc="left") == "a (+) and b (+)"
    assert "q < 0.05" in [text.get_text() for text in ax.get_legend().get_texts()]


def test_bins_are_drawn_at_their_middle_and_an_unknown_orientation_is_refused(ax, hits, windows, spacing):
    wide = pair_spacing(hits, windows, "a", "b", config=SpacingConfig(n_draws=20, bin_bp=5))
    plot_spacing(wide.histogram, ax=ax)
    middles = [bar.get_x() + bar.get_width() / 2 for bar in ax.patches]
    np.testing.assert_allclose(middles[:2], [wide.min_distance_bp + 2, wide.min_distance_bp + 7])
    assert ax.get_ylabel() == "pairs per 5 bp"
    with pytest.raises(InputError, match="there are "):
        plot_spacing(spacing.histogram, ax=ax, orientation="..")


def test_the_spectrum_marks_the_helical_period_and_the_signal_its_crests(ax, spacing):
    found = distance_periodicity(spacing.counts, min_distance_bp=9, config=PeriodicityConfig(n_draws=20))
    plot_spectrum(found, ax=ax)
    marked = [line for line in ax.lines if line.get_linestyle() == "--"]
    assert [line.get_xdata()[0] for line in marked] == [10.5]
    figure = new_figure(4, 3)
    signal = plot_periodic_signal(found, ax=figure.subplots())
    crests = sorted(line.get_xdata()[0] for line in signal.lines[:-2])
    np.testing.assert_allclose(np.diff(crests), 10.5)
    assert (crests[0] - found.crest_bp) / 10.5 == pytest.approx(round((crests[0] - found.crest_bp) / 10.5))
    assert found.position_bp[0] <= crests[0]
    assert crests[-1] <= found.position_bp[-1]


def test_a_footprint_shows_both_strands_and_what_was_predicted(ax, hits, windows):
    counts = np.random.default_rng(2).poisson(1, (200, 1, 2, 1000)).astype(float)
    found = motif_footprints(hits, counts, windows, ["A"], predicted=3 * counts, patterns=["a", "c"])
    plot_footprint(found.at("a", "A"), ax=ax, title="A at a")
    assert ax.get_title(loc="left") == "A at a, 200 hits"
    assert ax.get_ylim()[1] == -ax.get_ylim()[0] > float(found.predicted[0].max())
    with pytest.raises(EmptySetError, match="hits to draw"):
        plot_footprint(found.at("c", "A"), ax=ax)


def test_company_is_a_symmetric_heat_map(ax, hits):
    table = cooccurrence(hits[(hits["pattern"] == "a") | (hits["window"] % 3 == 0)], 400)
    plot_company(table, ["a", "b"], ax=ax)
    shown = np.asarray(ax.get_images()[0].get_array())
    np.testing.assert_array_equal(shown, shown.T)
    assert shown.max() > 3


def test_a_motif_that_is_never_alone_has_a_line_as_wide_as_all_its_reads(ax):
    table = pd.DataFrame([("a", "A", "direct"), ("b", "A", "recruited")], columns=["pattern", "track", "relation"])
    table = table.reindex(columns=list(RECRUITMENT_COLUMNS)).assign(mean_reads=[9.0, 4.0])
    table["mean_reads_alone"] = [np.nan, 3.0]
    plot_recruitment(table, ax=ax)
    widths = [patch.get_linewidth() for patch in ax.patches]
    assert np.isfinite(widths).all()
    assert widths[0] > widths[1]


def test_recruitment_draws_a_node_for_each_and_a_line_for_each_relation(ax):
    table = pd.DataFrame(
        [("a", "A", "direct"), ("b", "A", "recruited"), ("a", "B", "beside"), ("b", "B", "absent")],
        columns=["pattern", "track", "relation"],
    ).reindex(columns=list(RECRUITMENT_COLUMNS))
    table["mean_reads_alone"] = [10.0, 4.0, np.nan, np.nan]
    plot_recruitment(table, ax=ax)
    assert sorted(text.get_text() for text in ax.texts) == ["A", "B", "a", "b"]
    assert len(ax.patches) == 2
    figure = new_figure(4, 4)
    assert len(plot_recruitment(table, ax=figure.subplots(), with_beside=True).patches) == 3
    with pytest.raises(EmptySetError, match="to draw"):
        plot_recruitment(table.iloc[:0], ax=ax)
