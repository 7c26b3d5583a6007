"""Pictures of contact maps: what is drawn lies where the map says."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from cisgram.errors import EmptySetError, InputError
from cisgram.genomics.interval import Interval
from cisgram.genomics.site_pairs import PAIR_COLUMNS
from cisgram.report.contact_figure import MapView, contact_figure
from cisgram.report.contact_marks import mark_boundaries, mark_domains, mark_loops
from cisgram.report.contact_plots import (
    ContactScale,
    contact_scale,
    label_positions,
    plot_color_bar,
    plot_contact_triangle,
    plot_contacts,
    ratio_scale,
)
from cisgram.report.contact_tracks import ArcRow, GeneRow, IntervalRow, SignalRow
from cisgram.report.pileup_plots import draw_pileup
from cisgram.report.style import house_style


def square(n=20):
    apart = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    return 100.0 / (1 + apart)


def axes():
    return Figure().subplots()


def pixels_of(figure):
    figure.set_dpi(100)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].astype(int)


def color_at(figure, ax, x, y):
    image = pixels_of(figure)
    column, row = ax.transData.transform((x, y))
    return image[image.shape[0] - 1 - int(row), int(column)]


def test_pixel_of_a_square_stands_at_its_bins():
    matrix = np.full((10, 10), 1.0)
    matrix[2, 7] = matrix[7, 2] = 1000.0
    figure = Figure()
    ax = figure.subplots()
    scale = ContactScale("contacts", 1.0, 1000.0, "contacts")
    plot_contacts(matrix, start_bp=5000, bin_size=100, ax=ax, scale=scale)
    assert color_at(figure, ax, 5750, 5250).sum() < 60
    assert color_at(figure, ax, 5650, 5250).min() > 240


def test_pixel_of_a_triangle_is_a_diamond_above_its_middle():
    matrix = np.full((10, 10), 1.0)
    matrix[2, 7] = matrix[7, 2] = 1000.0
    figure = Figure()
    ax = figure.subplots()
    scale = ContactScale("contacts", 1.0, 1000.0, "contacts")
    plot_contact_triangle(matrix, start_bp=5000, bin_size=100, ax=ax, scale=scale)
    assert color_at(figure, ax, 5500, 500).sum() < 60  # the middle of bins 2 and 7, five bins apart
    assert color_at(figure, ax, 5500, 560).sum() < 60
    assert color_at(figure, ax, 5540, 580).min() > 240  # beside the tip of the diamond
    assert color_at(figure, ax, 5100, 500).min() == 255  # left of the triangle: nothing


def test_masked_bins_are_grey_and_zeros_white():
    matrix = square(10)
    matrix[3] = matrix[:, 3] = np.nan
    matrix[0, 9] = matrix[9, 0] = 0.0
    figure = Figure()
    ax = figure.subplots()
    plot_contacts(matrix, start_bp=0, bin_size=10, ax=ax)
    masked, zero = color_at(figure, ax, 35, 75), color_at(figure, ax, 95, 5)
    assert set(masked) == {212}
    assert set(zero) == {255}


def test_marks_lie_on_what_they_mark():
    domains = pd.DataFrame({"chrom": ["I"], "start": [20], "end": [80]})
    loops = pd.DataFrame([("I", 75, 85, "I", 15, 25)], columns=list(PAIR_COLUMNS))
    ax = mark_domains(domains, ax=axes(), is_triangle=True)
    np.testing.assert_array_equal(ax.collections[0].get_segments()[0], [[20, 0], [50, 60], [80, 0]])
    ax = mark_loops(loops, ax=axes(), is_triangle=True, radius_bp=5)
    box = ax.collections[0].get_paths()[0].get_extents()
    assert ((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2) == pytest.approx((50, 60))
    ax = mark_loops(loops, ax=axes(), is_triangle=False, radius_bp=5)
    box = ax.collections[0].get_paths()[0].get_extents()
    assert ((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2) == pytest.approx((80, 20))
    ax = mark_boundaries(np.array([20.0, 80.0]), ax=axes(), is_triangle=True)
    assert ax.lines[0].get_ydata().tolist() == [0, 0]


def test_scales_cover_what_they_are_given():
    assert ratio_scale(np.array([[np.nan, 0.3], [0.3, -np.inf]])).high == pytest.approx(0.3)
    assert ratio_scale(square(), limit=2.0).low == -2.0
    shared = contact_scale(square(), 10 * square())
    assert shared.high > contact_scale(square()).high
    with pytest.raises(EmptySetError):
        contact_scale(np.zeros((3, 3)))
    with pytest.raises(InputError, match="low < high"):
        ContactScale("contacts", 0.0, 1.0, "contacts")


def test_positions_have_one_unit_and_equal_decimals():
    ax = axes()
    ax.set_xlim(77_400_000, 78_600_000)
    label_positions(ax, "chr11")
    labels = [text.get_text() for text in ax.get_xticklabels()]
    assert len({len(text.partition(".")[2]) for text in labels}) == 1
    assert ax.get_xlabel() == "chr11 (Mb)"


@pytest.mark.parametrize("is_horizontal", [True, False])
@pytest.mark.parametrize("scale", [contact_scale(square()), ratio_scale(np.log(square()))], ids=["contacts", "ratio"])
def test_color_bar_says_its_unit(scale, is_horizontal):
    ax = plot_color_bar(scale, ax=axes(), is_horizontal=is_horizontal)
    assert scale.unit in (ax.get_xlabel(), ax.get_ylabel())


def rows():
    start = np.arange(0, 2000, 100)
    genes = pd.DataFrame({"chrom": "I", "start": start, "end": start + 90, "strand": "+", "name": "g"})
    pairs = pd.DataFrame([("I", 200, 300, "I", 900, 950)], columns=list(PAIR_COLUMNS))
    return [
        SignalRow("signal", np.arange(20.0), 0, 100, marks_bp=(450.0,)),
        SignalRow("signed", np.linspace(-1, 1, 20), 0, 100, kind="signed"),
        SignalRow("nothing known", np.full(20, np.nan), 0, 100, kind="line"),
        IntervalRow("sites", genes.head(3)),
        ArcRow("loops", pairs),
        GeneRow(genes),
    ]


@pytest.mark.parametrize("shape", ["triangle", "square"])
@pytest.mark.parametrize("n_maps", [1, 2])
def test_tracks_are_aligned_to_the_map_to_the_pixel(shape, n_maps):
    view = MapView("map", square(), 0, 100, boundaries_bp=(1000.0,))
    with house_style():
        figure = contact_figure([view] * n_maps, Interval("I", 300, 1700), rows=rows(), shape=shape, is_mirrored=True)
        assert pixels_of(figure).std() > 1
    placed = [ax for ax in figure.axes if ax.get_xlim() == (300, 1700)]
    assert len(placed) == len(rows()) + (n_maps if shape == "triangle" else 1)
    edges = {tuple(np.round(ax.get_position().intervalx * 1e6)) for ax in placed}
    assert len(edges) == 1


def test_more_maps_than_a_square_has_corners_are_refused():
    with pytest.raises(InputError, match="square one or two"):
        contact_figure([MapView("map", square(), 0, 100)] * 3, Interval("I", 0, 100), shape="square")


def test_pileups_share_one_scale():
    figure = Figure(figsize=(6, 3))
    draw_pileup(figure, {"sites": square(11) / 50, "random": np.ones((11, 11))}, bin_size=1000)
    one, other = (ax.images[0].norm for ax in figure.axes[:2])
    assert (one.vmin, one.vmax) == (other.vmin, other.vmax)
    assert one.vmin == -one.vmax
