"""Heads and controls against plain NumPy and against layers that really concatenate."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from cisgram.nn.heads import ConcatenatedControl, CountsHead, ProfileHead, SmoothedControl, SummedCountsHead


def keras_same_sums(values, width):
    """Sums over ``width`` positions as TensorFlow pads them: (width - 1) // 2 zeros on the left."""
    padded = np.pad(values, ((width - 1) // 2, width // 2))
    return np.array([padded[i : i + width].sum() for i in range(len(values))])


@pytest.mark.parametrize("width", [24, 25, 50])
def test_profile_head_is_the_transposed_convolution_of_the_paper(width):
    head = ProfileHead(6, width=width, output_length=40, n_tracks=2, n_strands=2).double()
    hidden = torch.randn(3, 6, 40, dtype=torch.float64)
    kernel = head.convolution.weight.flip(-1).transpose(0, 1)  # in, out, width
    full = nn.functional.conv_transpose1d(hidden, kernel, head.convolution.bias)
    start = (width - 1) // 2  # what TensorFlow cuts off on the left for SAME
    expected = full[..., start : start + 40].unflatten(1, (2, 2))
    torch.testing.assert_close(head(hidden), expected)


def test_counts_head_is_linear_in_the_mean():
    head = CountsHead(6, n_tracks=3, n_groups=2).double()
    hidden = torch.randn(4, 6, 17, dtype=torch.float64)
    expected = hidden.mean(-1) @ head.linear.weight.T + head.linear.bias
    torch.testing.assert_close(head(hidden), expected.reshape(4, 3, 2))


@pytest.mark.parametrize("window_bp", [1, 7, 50])
def test_smoothed_control_is_the_one_of_the_paper(window_bp):
    control = SmoothedControl(2, n_tracks=3, window_bp=window_bp, output_length=60).double()
    reads = torch.poisson(torch.ones(4, 2, 60, dtype=torch.float64))
    added = control(reads)
    weights = control.profile_weights.weight.detach().numpy()[:, :, 0]  # track, (plus, minus, sum)
    for example, (plus, minus) in enumerate(reads.numpy()):
        channels = np.stack([plus, minus, keras_same_sums(plus + minus, window_bp)])
        np.testing.assert_allclose(added.logits[example, :, 0].detach(), weights @ channels, rtol=1e-10)
        expected = control.counts_weights.weight.detach().numpy() @ np.log1p([plus.sum(), minus.sum()])
        np.testing.assert_allclose(added.log_counts[example, :, 0].detach(), expected, rtol=1e-10)


def test_smoothed_control_sums_reads_beyond_the_output_where_they_are_given():
    control = SmoothedControl(1, n_tracks=1, window_bp=5, output_length=10).double()
    reads = torch.rand(1, 1, 30, dtype=torch.float64)
    weights = control.profile_weights.weight.detach().numpy()[0, :, 0]
    sums = keras_same_sums(reads[0, 0].numpy(), 5)[10:20]
    expected = weights[0] * reads[0, 0, 10:20].numpy() + weights[1] * sums
    np.testing.assert_allclose(control(reads).logits[0, 0, 0].detach(), expected, rtol=1e-10)


def test_concatenated_control_equals_layers_whose_input_is_concatenated():
    n_filters, n_controls, width, length = 6, 2, 9, 30
    profile = ProfileHead(n_filters, width=width, output_length=length, n_tracks=2, n_strands=2).double()
    counts = CountsHead(n_filters, n_tracks=2, n_groups=1).double()
    control = ConcatenatedControl(
        n_controls, n_tracks=2, n_strands=2, n_groups=1, n_filters=n_filters, width=width, output_length=length
    ).double()
    hidden = torch.randn(3, n_filters, length + width - 1, dtype=torch.float64)
    reads = torch.poisson(torch.ones(3, n_controls, length + width - 1, dtype=torch.float64))

    whole = nn.Conv1d(n_filters + n_controls, 4, width).double()
    whole.weight.data = torch.cat([profile.convolution.weight, control.profile_weights.weight], dim=1)
    whole.bias.data = profile.convolution.bias.data
    logits = whole(torch.cat([hidden, reads], dim=1)).unflatten(1, (2, 2))
    means = torch.cat([hidden.mean(-1), reads.sum((1, 2)).log1p()[:, None]], dim=1)
    weights = torch.cat([counts.linear.weight, control.counts_weights.weight], dim=1)
    log_counts = (means @ weights.T + counts.linear.bias)[..., None]

    added = control(reads)
    torch.testing.assert_close(profile(hidden) + added.logits, logits)
    torch.testing.assert_close(counts(hidden) + added.log_counts, log_counts)


def test_first_weights_of_a_concatenated_control_are_as_wide_as_torch_draws_them():
    control = ConcatenatedControl(2, n_tracks=1, n_strands=2, n_groups=1, n_filters=64, width=75, output_length=10)
    torchs = nn.Conv1d(66, 2, 75).weight
    assert control.profile_weights.weight.std().item() == pytest.approx(torchs.std().item(), rel=0.1)
    assert control.profile_weights.weight.abs().max() <= torchs.abs().max() * 1.01


@pytest.mark.parametrize("kind", ["smoothed", "concatenated"])
def test_no_control_reads_add_nothing(kind):
    control = (
        SmoothedControl(2, n_tracks=1, window_bp=5, output_length=10)
        if kind == "smoothed"
        else ConcatenatedControl(2, n_tracks=1, n_strands=2, n_groups=1, n_filters=4, width=5, output_length=10)
    )
    added = control(torch.zeros(1, 2, 10))
    assert not added.logits.any()
    assert not added.log_counts.any()


def test_reads_of_sites_far_apart_add_up_in_a_summed_head():
    torch.manual_seed(0)
    head = SummedCountsHead(6, n_positions=40, n_tracks=2, n_groups=1).double()
    empty = torch.zeros(1, 6, 40, dtype=torch.float64)
    left, right = empty.clone(), empty.clone()
    left[..., 3:8] = torch.rand(6, 5, dtype=torch.float64) * 3
    right[..., 30:36] = torch.rand(6, 6, dtype=torch.float64) * 3
    reads = [head(one).expm1() for one in (empty, left, right, left + right)]
    torch.testing.assert_close(reads[3] - reads[0], (reads[1] - reads[0]) + (reads[2] - reads[0]))


def test_summed_head_is_the_logarithm_of_a_sum_of_rates():
    head = SummedCountsHead(6, n_positions=17, n_tracks=3, n_groups=2).double()
    hidden = torch.randn(4, 6, 17, dtype=torch.float64)
    rates = torch.einsum("oc,bcl->bol", head.log_rates.weight, hidden) + head.log_rates.bias[None, :, None]
    torch.testing.assert_close(head(hidden), rates.exp().sum(-1).log1p().reshape(4, 3, 2))


def test_summed_head_begins_with_about_one_read():
    head = SummedCountsHead(6, n_positions=500, n_tracks=1, n_groups=1)
    assert float(head(torch.zeros(1, 6, 500)).detach().expm1()) == pytest.approx(1, rel=1e-4)


def test_a_rate_that_runs_away_stays_finite():
    head = SummedCountsHead(2, n_positions=10, n_tracks=1, n_groups=1)
    hidden = torch.full((1, 2, 10), 1e4)
    with torch.no_grad():
        head.log_rates.weight.fill_(1)
        total = head(hidden)
    assert torch.isfinite(total).all()
    assert float(total) == pytest.approx(25 + math.log(10), rel=1e-5)
