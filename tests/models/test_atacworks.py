"""AtacWorks: the published form layer by layer, its geometry, its likelihood worked by hand, and what scales do."""

import dataclasses
import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from cisgram.errors import CheckpointError, ConfigError, InputError
from cisgram.models import MODELS
from cisgram.models.atacworks import AtacWorks, AtacWorksConfig, AtacWorksOutput, build, loss, loss_terms, set_scales
from cisgram.training.checkpoint import Checkpoint, ModelIdentity, save_checkpoint
from cisgram.training.load import load_model

SHORT = {"output_length": 300, "width": 5, "dilation": 4, "margin_bp": 180, "n_filters": 6}


class PlainBlock(nn.Module):
    """A residual block as Lal et al. (2021) wrote it: zeros around every layer's input."""

    def __init__(self, n_in, n_out, *, bias):
        super().__init__()
        sizes = (n_in, n_out, n_out, n_out)
        self.convolutions = nn.ModuleList(
            nn.Conv1d(a, b, 51, dilation=8, padding=200, bias=bias) for a, b in pairwise(sizes)
        )
        self.fit = nn.Conv1d(n_in, n_out, 1, bias=False) if n_in != n_out else None

    def forward(self, hidden):
        first, second, third = self.convolutions
        update = third(second(first(hidden).relu()).relu())
        return (update + (hidden if self.fit is None else self.fit(hidden).relu())).relu()


class PlainAtacWorks(nn.Module):
    """The original in torch's own layers: 5 blocks, a track, 2 blocks that read it, peaks."""

    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(*(PlainBlock(15 if i else 1, 15, bias=False) for i in range(5)))
        self.track_head = nn.Conv1d(15, 1, 1, bias=False)
        self.peak_blocks = nn.Sequential(*(PlainBlock(15 if i else 1, 15, bias=True) for i in range(2)))
        self.peak_head = nn.Conv1d(15, 1, 1)

    def forward(self, coverage):
        track = self.track_head(self.blocks(coverage)).relu()
        return track[:, 0], self.peak_head(self.peak_blocks(track))[:, 0]


def coverage_of(n, length, channels=1, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.poisson(3 * torch.rand(n, channels, length, generator=generator), generator=generator)


def test_the_original_is_the_published_network_with_its_margins_cropped():
    torch.manual_seed(0)
    plain, model = PlainAtacWorks().double(), build(AtacWorksConfig.original()).double()
    published = {name.replace("fit.", "fit.0."): values for name, values in plain.state_dict().items()}
    model.load_state_dict({**published, "sample_scale": torch.zeros(())})
    coverage = coverage_of(2, 10_000 + 700).double()
    with torch.no_grad():
        track, logits = plain(coverage)
        found = model(coverage)
    torch.testing.assert_close(found.track, track[:, 5000:-5000])
    torch.testing.assert_close(found.peak_logits, logits[:, 5000:-5000])
    assert found.track.any()


def test_the_original_has_the_published_number_of_parameters_and_reach():
    config = AtacWorksConfig.original()
    assert sum(parameter.numel() for parameter in build(config).parameters()) == 219_706
    assert 2 * config.n_blocks * config.reach_of_block_bp + 1 == 6001
    assert 2 * config.reach_bp + 1 == 8401
    assert config.input_length == 60_000


@pytest.mark.parametrize("form", ["original", "residual"])
def test_predictions_depend_on_coverage_as_far_as_the_model_reaches_and_no_farther(form):
    config = AtacWorksConfig(**SHORT, n_blocks=1, n_peak_blocks=1, form=form)
    model, coverage = build(config, seed=2).double(), coverage_of(1, config.input_length).double() + 1
    before, at = model(coverage), config.margin_bp + 150
    coverage[..., at] += 50
    after = model(coverage)
    track = (after.track - before.track).abs()[0].nonzero().flatten() - 150
    peaks = (after.peak_logits - before.peak_logits).abs()[0].nonzero().flatten() - 150
    reach = config.reach_of_block_bp
    assert track.abs().max() <= reach
    assert peaks.abs().max() <= config.reach_bp == 2 * reach
    assert peaks.abs().max() > reach
    assert set((track % config.dilation).tolist()) == {0}


@pytest.mark.parametrize("form", ["original", "residual"])
def test_windows_put_together_are_one_pass_over_the_whole_stretch(form):
    config = AtacWorksConfig(**SHORT, n_blocks=2, n_peak_blocks=1, form=form)
    model, coverage = build(config).double(), coverage_of(1, 1000 + 360).double()
    whole = model(coverage)
    pieces = [model(coverage[..., start : end + 360]) for start, end in [(0, 313), (313, 321), (321, 1000)]]
    for number in range(2):
        torch.testing.assert_close(torch.cat([piece[number] for piece in pieces], 1), whole[number])


def test_further_channels_are_read():
    config = AtacWorksConfig(**SHORT)
    model, coverage = build(config, n_controls=2), coverage_of(1, config.input_length, channels=3)
    before = model(coverage).track
    coverage[:, 2] += 1
    assert (model(coverage).track - before).abs().max() > 1e-4
    with pytest.raises(InputError, match="reads 3 channels; got 1"):
        model(coverage[:, :1])


def test_the_residual_form_begins_near_its_input_and_its_track_always_has_a_gradient():
    config = AtacWorksConfig(**SHORT)
    model, coverage = build(config), coverage_of(2, config.input_length)
    output = model(coverage)
    seen = coverage[:, 0, 180:480]
    assert torch.corrcoef(torch.stack([output.track.flatten(), seen.flatten()]))[0, 1] > 0.9
    with torch.no_grad():
        model.track_head.bias.fill_(-5)  # a ReLU would be dead
    model(torch.zeros_like(coverage)).track.sum().backward()
    assert model.track_head.bias.grad != 0


def test_scales_make_the_residual_form_blind_to_the_units_of_coverage():
    config = AtacWorksConfig(**SHORT)
    coverage = coverage_of(2, config.input_length)
    model, other = build(config), build(config)
    set_scales(model, inputs=np.array([1.5]), track=30.0)
    set_scales(other, inputs=np.array([15.0]), track=60.0)
    torch.testing.assert_close(other(10 * coverage).track, 2 * model(coverage).track)
    torch.testing.assert_close(other(10 * coverage).peak_logits, model(coverage).peak_logits)


def test_the_original_reads_coverage_as_it_is():
    model = build(AtacWorksConfig.original())
    before = {name: values.clone() for name, values in model.state_dict().items()}
    set_scales(model, inputs=np.array([1.5]), track=30.0)
    assert all(torch.equal(values, before[name]) for name, values in model.state_dict().items())


@pytest.mark.parametrize("inputs", [[0.0], [math.nan], [1.0, 2.0]])
def test_scales_that_are_none_are_refused(inputs):
    with pytest.raises(InputError):
        set_scales(build(AtacWorksConfig(**SHORT)), inputs=np.array(inputs), track=1.0)


TRACK = torch.tensor([[1.0, 2.0], [3.0, 6.0]])
CLEAN = torch.tensor([[0.0, 2.0], [6.0, 4.0]])


def test_the_loss_worked_by_hand():
    # squares 1, 0, 9, 4; both means 3: deviations -2 -1 0 3 and -3 -1 3 1, product sum 6+1+0+3 = 10, squares 14 and 20
    logits = torch.tensor([[0.0, 0.0], [math.log(3), -math.log(3)]])  # p = 1/2, 1/2, 3/4, 1/4
    peaks = torch.tensor([[1.0, 0.0], [1.0, 1.0]])
    terms = loss_terms(AtacWorksOutput(TRACK, logits), torch.stack([CLEAN, peaks], 1))
    assert terms.mse == pytest.approx(14 / 4)
    assert terms.pearson == pytest.approx(1 - 10 / math.sqrt(14 * 20))
    assert terms.peaks == pytest.approx((math.log(2) + math.log(2) + math.log(4 / 3) + math.log(4)) / 4)
    assert terms.total == pytest.approx(0.0005 * 3.5 + terms.pearson.item() + terms.peaks.item())


def test_options_of_the_loss():
    output = AtacWorksOutput(TRACK, torch.zeros(2, 2))
    peaks = torch.tensor([[1.0, math.nan], [0.0, 1.0]])
    targets = torch.stack([CLEAN, peaks], 1)
    per_window = loss_terms(output, targets, pearson_over="window", track_scale=2.0, peak_weight=0.0)
    # two points lie on a line: r is 1 in the first window and -1 in the second
    assert per_window.pearson == pytest.approx(1.0)
    assert per_window.mse == pytest.approx(14 / 16)
    assert per_window.peaks == pytest.approx(math.log(2))
    assert per_window.total == pytest.approx(0.0005 * 14 / 16 + 1.0)
    assert loss(output, targets, pearson_over="window", track_scale=2.0, peak_weight=0.0) == per_window.total


def test_the_error_of_logarithms_worked_by_hand():
    # in units of 2 reads: ln(1 + track / 2) against ln(1 + clean / 2)
    targets = torch.stack([CLEAN, torch.zeros(2, 2)], 1)
    terms = loss_terms(AtacWorksOutput(TRACK, torch.zeros(2, 2)), targets, track_scale=2.0, log_weight=3.0)
    pairs = zip(TRACK.flatten().tolist(), CLEAN.flatten().tolist(), strict=True)
    expected = sum((math.log(1 + one / 2) - math.log(1 + other / 2)) ** 2 for one, other in pairs) / 4
    assert terms.log_mse == pytest.approx(expected)
    without = loss_terms(AtacWorksOutput(TRACK, torch.zeros(2, 2)), targets, track_scale=2.0)
    assert terms.total == pytest.approx(without.total.item() + 3 * expected)


def test_a_track_that_is_the_same_everywhere_has_a_finite_loss_and_gradient():
    track = torch.zeros(2, 5, requires_grad=True)
    targets = torch.stack([torch.arange(10.0).view(2, 5), torch.zeros(2, 5)], 1)
    terms = loss_terms(AtacWorksOutput(track, torch.zeros(2, 5)), targets)
    terms.total.backward()
    assert terms.pearson == 1
    assert track.grad.isfinite().all()


def test_forms_that_cannot_be_are_refused():
    with pytest.raises(ConfigError, match="margin_bp must be at least 4200"):
        AtacWorksConfig(margin_bp=4199)
    with pytest.raises(ConfigError, match="width must be odd"):
        AtacWorksConfig(width=50)
    with pytest.raises(ConfigError, match="n_blocks must be at least 1"):
        AtacWorksConfig(n_blocks=0)
    with pytest.raises(ConfigError, match="one track"):
        build(AtacWorksConfig(), n_tracks=2)
    with pytest.raises(InputError, match="180 bp on either side of a window; got 360"):
        build(AtacWorksConfig(**SHORT))(torch.zeros(1, 1, 360))


@pytest.mark.parametrize("form", ["original", "residual"])
def test_from_its_checkpoint_it_is_built_again_and_another_model_is_refused(tmp_path, form):
    config = AtacWorksConfig(**SHORT, form=form)
    model = build(config, n_controls=1, seed=5)
    set_scales(model, inputs=np.array([2.0, 3.0]), track=7.0)
    identity = ModelIdentity("atacworks", {**dataclasses.asdict(config), "n_tracks": 1, "n_controls": 1})
    save_checkpoint(tmp_path / "a.safetensors", Checkpoint(identity, model.state_dict()))
    loaded, coverage = load_model(tmp_path / "a.safetensors"), coverage_of(1, config.input_length, channels=2)
    assert isinstance(loaded, AtacWorks)
    for own, theirs in zip(model(coverage), loaded(coverage), strict=True):
        assert torch.equal(own, theirs)
    with pytest.raises(CheckpointError, match="holds the model 'atacworks', and 'bpnet' was asked for"):
        load_model(tmp_path / "a.safetensors", expect_model="bpnet")


def test_under_bf16_the_heads_stay_exact_to_float32():
    config = AtacWorksConfig(**SHORT)
    model = build(config)
    with torch.autocast("cpu", torch.bfloat16):
        output = model(coverage_of(1, config.input_length))
    assert {part.dtype for part in output} == {torch.float32}
    assert functional.mse_loss(output.track, model(coverage_of(1, config.input_length)).track) < 1e-3


def test_both_forms_can_be_asked_for_by_name():
    assert MODELS["atacworks"].forms["original"]() == AtacWorksConfig.original()
    assert MODELS["atacworks"].config().form == "residual"
