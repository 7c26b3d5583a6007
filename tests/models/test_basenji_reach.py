"""How far a Basenji sees, by arithmetic and by its own gradient."""

import dataclasses

import pytest
import torch
from torch import nn

from cisgram.errors import ConfigError
from cisgram.models.basenji import BasenjiConfig, build
from cisgram.models.basenji_reach import ADVICE_COLUMNS, REACH_COLUMNS, advise_dilations, blocks_to_see, dilation_plan

FORM = BasenjiConfig(
    input_length=1200,
    filters=(4, 4, 4),
    widths=(7, 4, 5),
    pools=(3, 2, 2),
    trunk_filters=4,
    n_trunk_blocks=4,
    residual_gain=1.0,
    crop=0,
    head_filters=4,
)


def seen_by(config, bin_index):
    """First and last base that changes a bin, from the gradient; with pools that look at all they cover."""
    model = build(config, n_tracks=1).double().eval()
    for block in (model.trunk.stem, *model.trunk.tower):
        block.pool = nn.AvgPool1d(block.pool.width)
    sequences = torch.rand(1, 4, config.input_length, dtype=torch.float64, requires_grad=True)
    model(sequences).logits[0, 0, bin_index].backward()
    places = sequences.grad[0].abs().sum(0).nonzero()
    return int(places.min()), int(places.max())


@pytest.mark.parametrize(
    "config",
    [
        FORM,
        dataclasses.replace(FORM, trunk="dense", first_dilation=2, dilation_rate=2.0, n_trunk_blocks=3),
        dataclasses.replace(FORM, widths=(6, 3, 2), pools=(1, 6, 2), n_trunk_blocks=2),
        dataclasses.replace(FORM, n_trunk_blocks=0),
    ],
)
def test_the_plan_is_what_the_gradient_reaches(config):
    bin_index = 50
    last = dilation_plan(config).iloc[-1]
    first, end = seen_by(config, bin_index)
    assert first == bin_index * 12 - last.left_bp
    assert end == (bin_index + 1) * 12 - 1 + last.right_bp
    assert last.sees_bp == end - first + 1
    assert not last.beyond_window


def test_the_published_model_sees_425_bins():
    plan = dilation_plan(BasenjiConfig.published())
    assert list(plan.columns) == list(REACH_COLUMNS)
    assert 2 * plan.reach_bins.iloc[-1] + 1 == 425
    assert plan.reach_bins.is_monotonic_increasing


def test_a_reach_beyond_the_window_is_said():
    config = dataclasses.replace(FORM, n_trunk_blocks=12, dilation_rate=2.0)
    plan = dilation_plan(config)
    assert not plan.beyond_window.iloc[0]
    assert plan.beyond_window.iloc[-1]
    assert plan.beyond_window.idxmax() == next(i for i, row in plan.iterrows() if row.left_bp > 50 * 12)


def test_recurrent_units_see_the_whole_window():
    plan = dilation_plan(dataclasses.replace(FORM, trunk="recurrent"))
    assert plan.sees_bp.iloc[-1] == FORM.input_length
    assert not plan.beyond_window.any()
    assert seen_by(dataclasses.replace(FORM, trunk="recurrent", n_trunk_blocks=1), 50) == (0, 1199)


@pytest.mark.parametrize("rate", [1.5, 2.0, 3.0])
def test_the_advice_is_enough_and_one_block_less_is_not(rate):
    n = blocks_to_see(30_000, bin_size=128, dilation_rate=rate)
    for blocks, is_enough in ((n, True), (n - 1, False)):
        config = dataclasses.replace(BasenjiConfig.published(), n_trunk_blocks=blocks, dilation_rate=rate)
        assert (sum(config.dilations) * 128 >= 30_000) == is_enough


def test_the_table_of_advice_names_every_rate():
    table = advise_dilations(100_000, bin_size=128)
    assert list(table.columns) == list(ADVICE_COLUMNS)
    assert (table.reach_bp >= 100_000).all()
    assert table.n_trunk_blocks.is_monotonic_decreasing


def test_a_distance_of_nothing_is_refused():
    with pytest.raises(ConfigError, match="must be at least 1; got 0, 128 and 1"):
        blocks_to_see(0, bin_size=128, dilation_rate=2.0)
    with pytest.raises(ConfigError, match="dilation_rate must be a number of at least 1"):
        blocks_to_see(1000, bin_size=128, dilation_rate=0.5)
