"""Pictures and pages of in-silico experiments."""

import numpy as np
import pandas as pd
import pytest

from cisgram.errors import EmptySetError
from cisgram.genomics.sequence import encode
from cisgram.interpret.experiments.maps import MutationMap
from cisgram.report.experiment_plots import (
    draw_disruption,
    draw_saturation,
    plot_effect_violins,
    plot_loss_and_gain,
    plot_mutation_map,
)
from cisgram.report.experiments import SequencePicture, write_saturation_report
from cisgram.report.style import house_style, new_figure, png_uri


@pytest.fixture
def figure():
    with house_style():
        yield new_figure(8, 4)


@pytest.fixture
def mutations():
    codes = encode("ACGTTGCANACGTACCA")
    effects = np.random.default_rng(0).normal(0, 0.3, (4, 17))
    effects[codes[codes < 4], np.flatnonzero(codes < 4)] = 0
    return MutationMap(codes, effects, reference=1.0, start=20)


def test_violins_show_means_of_motif_and_scrambled_motif_side_by_side(figure):
    rng = np.random.default_rng(1)
    own, other = rng.normal(1, 1, (50, 3)), rng.normal(0, 1, (50, 3))
    ax = plot_effect_violins(own, ["a", "b", "c"], ax=figure.subplots(), scrambled=other, unit="logit")
    means = {line.get_label(): line.get_xydata() for line in ax.get_lines() if not line.get_label().startswith("_")}
    np.testing.assert_allclose(means["motif"][:, 1], own.mean(axis=0))
    np.testing.assert_allclose(means["same bases, scrambled"][:, 1], other.mean(axis=0))
    assert (means["motif"][:, 0] < means["same bases, scrambled"][:, 0]).all()
    assert ax.get_ylabel() == "change of logit"
    assert png_uri(figure).startswith("data:image/png")


def test_violins_of_constant_effects_do_not_fail(figure):
    plot_effect_violins(np.zeros((5, 1)), ["a"], ax=figure.subplots())
    png_uri(figure)


def test_violins_of_nothing_are_refused(figure):
    with pytest.raises(EmptySetError):
        plot_effect_violins(np.zeros((0, 1)), ["a"], ax=figure.subplots())


def test_the_mutation_map_has_symmetric_limits_of_at_least_a_tenth(figure, mutations):
    ax = figure.subplots()
    image = plot_mutation_map(mutations, ax=ax)
    assert image.get_clim() == (-mutations.limit, mutations.limit)
    flat = MutationMap(mutations.codes, mutations.effects * 1e-3, 0.0)
    assert plot_mutation_map(flat, ax=ax).get_clim() == (-0.1, 0.1)


def test_the_base_that_is_there_has_a_dot_but_not_n(figure, mutations):
    ax = figure.subplots()
    plot_mutation_map(mutations, ax=ax)
    dots = np.asarray(ax.collections[0].get_offsets())
    known = np.flatnonzero(mutations.codes < 4)
    np.testing.assert_array_equal(dots, np.stack([known + 20, mutations.codes[known]], axis=1))


def test_loss_lies_below_and_gain_above(figure, mutations):
    ax = plot_loss_and_gain(mutations, ax=figure.subplots())
    low, high = ax.get_ylim()
    assert low <= -mutations.loss.max()
    assert high >= mutations.gain.max()


@pytest.mark.parametrize("with_gradient", [False, True])
def test_the_whole_figure_of_a_map_can_be_drawn(figure, mutations, with_gradient):
    draw_saturation(figure, mutations, gradient=mutations if with_gradient else None, unit="logit", start=1)
    panels = [ax for ax in figure.axes if ax.get_label() != "<colorbar>"]
    assert len(panels) == (5 if with_gradient else 3)
    assert panels[0].get_xlim() == (0.5, 17.5)
    png_uri(figure)


def test_both_alleles_have_one_scale(figure, mutations):
    weaker = MutationMap(mutations.codes, mutations.effects / 5, reference=0.2)
    draw_disruption(figure, mutations, weaker, alleles=("A", "ACGT"), start=-8)
    images = [ax.get_images()[0] for ax in figure.axes if ax.get_images()]
    assert len({image.get_clim() for image in images if image.axes.get_ylabel() == "put there"}) == 1
    logos = [ax for ax in figure.axes if ax.get_ylabel() == "loss"]
    assert logos[0].get_ylim() == logos[1].get_ylim()
    png_uri(figure)


def test_the_page_says_how_many_maps_it_leaves_out(tmp_path, mutations, monkeypatch):
    monkeypatch.setattr("cisgram.report.experiments.saturation.MOST_PICTURES", 1)
    row = {"sequence": "s", "track": "t", "reference": 1.0, "max_loss": 0.5, "max_loss_position": 3}
    row |= {"max_gain": 0.1, "max_gain_position": 4, "gradient_correlation": float("nan")}
    path = write_saturation_report(
        tmp_path / "report.html",
        pd.DataFrame([row, row]),
        [SequencePicture("<s>", "t", mutations), SequencePicture("other", "t", mutations)],
        unit="logit",
        costs={"seconds": 1},
        settings={"model": "x"},
    )
    text = path.read_text()
    assert "Pictures of the first 1 of 2 maps" in text
    assert "&lt;s&gt;" in text
    assert "the logit shows" not in text
    assert text.count("data:image/png") == 1


def test_the_page_says_where_a_probability_is_saturated_and_the_scale_does_not_magnify_it(tmp_path, figure, mutations):
    flat = MutationMap(mutations.codes, mutations.effects * 1e-4, reference=0.9999)
    row = {"sequence": "s", "track": "t", "reference": 0.9999, "max_loss": 1e-4, "max_loss_position": 3}
    row |= {"max_gain": 1e-5, "max_gain_position": 4, "gradient_correlation": 0.5}
    path = write_saturation_report(
        tmp_path / "report.html",
        pd.DataFrame([row]),
        [SequencePicture("s", "t", flat, flat, correlation=0.5)],
        unit="probability",
        costs={},
        settings={},
    )
    assert "In 1 map the probability is so near 0 or 1" in path.read_text()
    draw_saturation(figure, flat, gradient=flat)
    heights = [
        np.ptp(ax.get_ylim()) for ax in figure.axes if ax.get_ylabel() in ("loss", "loss, gain", "gradient x input")
    ]
    assert min(heights) >= 0.1
