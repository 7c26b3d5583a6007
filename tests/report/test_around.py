"""The page and the pictures of what lies around anchors."""

import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from cisgram.errors import EmptySetError, InputError
from cisgram.motifs.grammar.anchored_counts import PositionsConfig
from cisgram.motifs.grammar.around import motif_positions
from cisgram.motifs.grammar.periodicity import PeriodicityConfig, periodicity_of_rows
from cisgram.report.around import AroundResults, write_around_report
from cisgram.report.around_plots import plot_positions, plot_words

CONFIG = PositionsConfig(reach_bp=100, smooth_bp=5, span_bp=400, n_draws=49)


def positions(strand="+"):
    """A motif 40 bp upstream of 60 anchors, on their strand."""
    rng = np.random.default_rng(1)
    place = np.arange(500, 60_000, 1000)
    start = np.concatenate([place - 42, rng.integers(0, 60_000, 800)])
    hits = pd.DataFrame({"chrom": "I", "start": start, "end": start + 5, "strand": "+", "name": "BOX"})
    hits.loc[len(place) :, "strand"] = rng.choice(["+", "-"], 800)
    anchors = pd.DataFrame({"chrom": "I", "position": place, "strand": strand})
    return motif_positions(hits, anchors, {"I": 61_000}, config=CONFIG)


@pytest.fixture
def period():
    rng = np.random.default_rng(2)
    wave = np.cos(2 * np.pi * np.arange(-83, 84) / 10.2)
    rows = (rng.random((200, 167)) < 0.3 + 0.1 * wave).astype(np.uint8)
    return periodicity_of_rows(rows, config=PeriodicityConfig(n_draws=49))


@pytest.fixture
def ax():
    return Figure().add_subplot()


def test_a_line_per_strand_goes_through_the_smoothed_rates(ax):
    found = positions()
    curves = found.curves[found.curves["strand"] != "any"]
    plot_positions(curves, ax=ax, n_anchors=60, anchor="TSS")
    lines = {line.get_label(): line for line in ax.lines}
    same = curves[curves["strand"] == "same"]
    np.testing.assert_allclose(lines["on the anchor's strand"].get_ydata(), same["smoothed"] * 1000 / 60)
    assert "on the other strand" in lines
    assert ax.get_xlabel() == "distance from the TSS (bp)"


def test_pictures_of_nothing_and_of_two_motifs_are_refused(ax):
    curves = positions().curves
    with pytest.raises(EmptySetError):
        plot_positions(curves.head(0), ax=ax, n_anchors=60)
    with pytest.raises(InputError, match="one motif"):
        plot_positions(pd.concat([curves, curves.assign(motif="other")]), ax=ax, n_anchors=60)
    with pytest.raises(EmptySetError):
        plot_words({}, ax=ax)


def test_words_are_drawn_as_shares_of_their_mean(ax, period):
    plot_words({"AA": period}, ax=ax)
    line = next(line for line in ax.lines if line.get_label() == "AA")
    np.testing.assert_allclose(line.get_ydata(), 100 * period.detrended / period.signal.mean())


def test_the_page_says_where_motifs_lie_and_what_has_a_period(tmp_path, period):
    results = AroundResults(motifs=positions(), words=None, periods={"AA": period}, n_anchors=60, anchor="TSS")
    page = write_around_report(tmp_path / "report.html", results, title="Around", settings={"seed": 1}).read_text()
    assert re.search("BOX: 32 times chance -4[01] bp from the TSS on the same strand", page)
    assert "AA comes back every 10.2 bp around the TSS" in page
    assert "mirror-symmetric" not in page
    assert page.count("data:image/png") == 2


def test_without_direction_one_line_is_drawn_and_the_page_says_so(tmp_path):
    results = AroundResults(motifs=positions("."), words=None, periods={}, n_anchors=60)
    page = write_around_report(tmp_path / "report.html", results, title="Around", settings={}).read_text()
    assert "mirror-symmetric" in page
