"""BPNet against a second, slow implementation: the paper's form in NumPy, today's as bpnet-lite computes it."""

import dataclasses

import numpy as np
import pytest
import torch
from torch.nn import functional

from cisgram.models.bpnet import BPNetConfig, build
from cisgram.nn.blocks import one_hot


def padded_convolution(values, weight, bias, dilation=1):
    """Convolve ``channel length`` by a sum over taps, with zeros around (odd widths)."""
    width, length = weight.shape[2], values.shape[1]
    reach = (width - 1) // 2 * dilation
    padded = np.pad(values, ((0, 0), (reach, reach)))
    taps = [weight[:, :, k] @ padded[:, k * dilation : k * dilation + length] for k in range(width)]
    return np.sum(taps, axis=0) + bias[:, None]


def transposed_convolution(values, kernel, bias):
    """Spread every position over ``width`` positions, then cut to the old length as TensorFlow does for SAME."""
    n_out, _, width = kernel.shape
    length = values.shape[1]
    spread = np.zeros((n_out, length + width - 1))
    for position in range(length):
        spread[:, position : position + width] += np.einsum("oiw,i->ow", kernel, values[:, position])
    start = (width - 1) // 2
    return spread[:, start : start + length] + bias[:, None]


def paper_bpnet(state, one_hot, controls, *, n_tracks, window_bp=50):
    """Logits (track strand length) and log counts (track strand) of one example from a state dict."""
    state = {name: values.double().numpy() for name, values in state.items()}
    hidden = np.maximum(padded_convolution(one_hot, state["stem.weight"], state["stem.bias"]), 0)
    n_layers = sum(name.startswith("tower") and name.endswith("weight") for name in state)
    for i in range(n_layers):
        weight, bias = (state[f"tower.convolutions.{i}.{part}"] for part in ("weight", "bias"))
        hidden = hidden + np.maximum(padded_convolution(hidden, weight, bias, dilation=2 ** (i + 1)), 0)
    kernel = state["profile_head.convolution.weight"][:, :, ::-1]
    logits = transposed_convolution(hidden, kernel, state["profile_head.convolution.bias"])
    log_counts = state["counts_head.linear.weight"] @ hidden.mean(1) + state["counts_head.linear.bias"]
    logits, log_counts = logits.reshape(n_tracks, 2, -1), log_counts.reshape(n_tracks, 2)

    total = np.pad(controls.sum(0), ((window_bp - 1) // 2, window_bp // 2))
    sums = np.array([total[i : i + window_bp].sum() for i in range(controls.shape[1])])
    channels = np.concatenate([controls, sums[None]])
    logits = logits + (state["control.profile_weights.weight"][:, :, 0] @ channels)[:, None]
    log_counts = log_counts + (state["control.counts_weights.weight"] @ np.log1p(controls.sum(1)))[:, None]
    return logits, log_counts


def modern_bpnet(state, one_hot, controls, *, trimming, width):
    """Logits (batch output length) and log counts as bpnet-lite's forward gives them: padded, then trimmed."""
    start, end = trimming, one_hot.shape[2] - trimming
    hidden = functional.conv1d(one_hot, state["stem.weight"], state["stem.bias"], padding="same").relu()
    n_layers = sum(name.startswith("tower") and name.endswith("weight") for name in state)
    for i in range(n_layers):
        weight, bias = (state[f"tower.convolutions.{i}.{part}"] for part in ("weight", "bias"))
        hidden = hidden + functional.conv1d(hidden, weight, bias, padding="same", dilation=2 ** (i + 1)).relu()
    weight = torch.cat([state["profile_head.convolution.weight"], state["control.profile_weights.weight"]], dim=1)
    bias = state["profile_head.convolution.bias"]
    logits = functional.conv1d(torch.cat([hidden, controls], dim=1), weight, bias, padding="same")[:, :, start:end]
    seen = slice(start - width // 2, end + width // 2)
    log_control = torch.log(controls[:, :, seen].sum((1, 2)) + 1)[:, None]
    means = torch.cat([hidden[:, :, seen].mean(2), log_control], dim=1)
    weight = torch.cat([state["counts_head.linear.weight"], state["control.counts_weights.weight"]], dim=1)
    return logits, functional.linear(means, weight, state["counts_head.linear.bias"])


def random_codes(n, length, seed=0):
    """Random bases, some of them N."""
    return torch.from_numpy(np.random.default_rng(seed).integers(0, 5, (n, length), dtype=np.uint8))


def random_reads(*shape, seed=0, mean=0.5):
    """Counts."""
    return torch.poisson(torch.full(shape, mean), generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("profile_width", [25, 50])
def test_paper_form_equals_the_second_implementation(profile_width):
    config = dataclasses.replace(BPNetConfig.paper(), profile_width=profile_width)
    model = build(config, n_tracks=2, n_controls=2, seed=1)
    sequences, controls = one_hot(random_codes(1, 1000)), random_reads(1, 2, 1000)
    output = model(sequences, controls)
    logits, log_counts = paper_bpnet(model.state_dict(), sequences[0].numpy(), controls[0].numpy(), n_tracks=2)
    np.testing.assert_allclose(output.profile_logits[0].detach(), logits, rtol=0, atol=1e-5 * np.abs(logits).max())
    np.testing.assert_allclose(output.log_counts[0].detach(), log_counts, rtol=1e-5)


def test_modern_form_equals_the_second_implementation():
    model = build(BPNetConfig.modern(), n_tracks=1, n_controls=2, seed=2)
    sequences, controls = one_hot(random_codes(2, 2114)), random_reads(2, 2, 2114, mean=0.1)
    output = model(sequences, controls)
    logits, log_counts = modern_bpnet(model.state_dict(), sequences, controls, trimming=557, width=75)
    torch.testing.assert_close(output.profile_logits[:, 0], logits, rtol=0, atol=1e-5)
    torch.testing.assert_close(output.log_counts[:, 0], log_counts, rtol=0, atol=1e-5)
