"""The forms of BPNet: which are possible, what they see, what they give."""

import dataclasses

import numpy as np
import pytest
import torch

from cisgram.errors import ConfigError, InputError
from cisgram.genomics import sequence
from cisgram.models.bpnet import BPNetConfig, build
from cisgram.nn.blocks import one_hot

TINY = BPNetConfig(input_length=120, output_length=40, n_filters=6, n_dilated_layers=3, stem_width=5, profile_width=7)


def random_codes(n, length, seed=0):
    """Random bases, some of them N."""
    return torch.from_numpy(np.random.default_rng(seed).integers(0, 5, (n, length), dtype=np.uint8))


def random_reads(*shape, seed=0, mean=0.5):
    """Counts."""
    return torch.poisson(torch.full(shape, mean), generator=torch.Generator().manual_seed(seed))


def test_paper_form_has_the_parameters_of_the_paper():
    model = build(BPNetConfig.paper(control="none"), n_tracks=4)
    sizes = {name: sum(p.numel() for p in part.parameters()) for name, part in model.named_children()}
    assert sizes["stem"] + sizes["tower"] == 117_632
    assert sizes["profile_head"] + sizes["counts_head"] == 13_328


def test_paper_form_sees_2069_bp_before_its_profile_head():
    config = BPNetConfig.paper()
    assert config.context_bp - (config.profile_width - 1) + 1 == 2069


def test_modern_form_fits_its_input_exactly():
    config = BPNetConfig.modern()
    assert config.context_bp == config.input_length - config.output_length


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("strands", ["joint", "separate"])
@pytest.mark.parametrize("n_strands", [1, 2])
def test_shapes_of_several_tracks_with_one_or_two_strands(padding, strands, n_strands):
    config = dataclasses.replace(TINY, padding=padding, strands=strands, n_strands=n_strands)
    output = build(config, n_tracks=3)(one_hot(random_codes(2, 120)))
    assert output.profile_logits.shape == (2, 3, n_strands, 40)
    assert output.log_counts.shape == (2, 3, n_strands if strands == "separate" else 1)


def test_only_the_context_matters_where_nothing_is_padded():
    model = build(TINY, n_tracks=1).double()
    sequences = one_hot(random_codes(1, 120)).double().requires_grad_()
    output = model(sequences)
    (gradient,) = torch.autograd.grad(output.profile_logits.square().sum() + output.log_counts.sum(), sequences)
    seen = gradient.abs().sum(1).nonzero()[:, 1]
    unused = (TINY.input_length - TINY.output_length - TINY.context_bp) // 2
    assert seen.min() >= unused > 0
    assert seen.max() < 120 - unused


def test_padding_changes_no_profile_that_lies_far_enough_inside():
    valid = build(TINY, n_tracks=1, seed=3)
    same = build(dataclasses.replace(TINY, padding="same"), n_tracks=1, seed=4)
    same.load_state_dict(valid.state_dict())
    sequences = one_hot(random_codes(2, 120))
    torch.testing.assert_close(valid(sequences).profile_logits, same(sequences).profile_logits)


def test_a_model_turned_to_the_other_strand_predicts_the_turned_profile():
    """Fails where anything lies a base off the middle."""
    model, turned = build(TINY, n_tracks=2, seed=5), build(TINY, n_tracks=2, seed=6)
    state = {name: values.flip(-1) if values.ndim == 3 else values for name, values in model.state_dict().items()}
    state["stem.weight"] = state["stem.weight"].flip(1)  # A C G T -> T G C A
    for part in ("weight", "bias"):
        values = state[f"profile_head.convolution.{part}"]
        state[f"profile_head.convolution.{part}"] = values.unflatten(0, (2, 2)).flip(1).flatten(0, 1)
    turned.load_state_dict(state)
    codes = random_codes(3, 120)
    other = torch.from_numpy(np.ascontiguousarray(sequence.reverse_complement(codes.numpy())))
    ours, theirs = model(one_hot(codes)), turned(one_hot(other))
    torch.testing.assert_close(theirs.profile_logits.flip(-1, -2), ours.profile_logits, rtol=0, atol=1e-5)
    torch.testing.assert_close(theirs.log_counts, ours.log_counts, rtol=0, atol=1e-5)


@pytest.mark.parametrize("control", ["smoothed", "concatenated"])
def test_no_controls_are_zero_control_reads(control):
    model = build(dataclasses.replace(TINY, control=control), n_tracks=1, n_controls=2)
    sequences = one_hot(random_codes(2, 120))
    without, zeros = model(sequences), model(sequences, torch.zeros(2, 2, 40))
    assert torch.equal(without.profile_logits, zeros.profile_logits)
    assert torch.equal(without.log_counts, zeros.log_counts)


@pytest.mark.parametrize("control", ["smoothed", "concatenated"])
def test_controls_longer_than_the_output_have_the_same_middle(control):
    config = dataclasses.replace(TINY, control=control, control_window_bp=5)
    model = build(config, n_tracks=1, n_controls=2)
    sequences, reads = one_hot(random_codes(2, 120)), torch.zeros(2, 2, 60)
    reads[..., 15:45] = random_reads(2, 2, 30)  # no read lies outside the output
    longer, shorter = model(sequences, reads), model(sequences, reads[..., 10:50])
    torch.testing.assert_close(longer.profile_logits, shorter.profile_logits)
    torch.testing.assert_close(longer.log_counts, shorter.log_counts)


def test_bfloat16_gives_nearly_the_same_in_float32():
    model = build(dataclasses.replace(TINY, control="smoothed"), n_tracks=1, n_controls=1)
    sequences, controls = one_hot(random_codes(4, 120)), random_reads(4, 1, 40)
    exact = model(sequences, controls)
    with torch.autocast("cpu", torch.bfloat16):
        half = model(sequences, controls)
    for ours, theirs in zip(half, exact, strict=True):
        assert ours.dtype == torch.float32
        torch.testing.assert_close(ours, theirs, rtol=0.02, atol=0.02)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"input_length": 500, "output_length": 200, "n_dilated_layers": 8}, "input_length = .*n_dilated_layers = 6"),
        ({"input_length": 500, "output_length": 480, "profile_width": 15}, "output_length = 454"),
        ({"input_length": 121}, "nearest input_length: 120 or 122"),
        ({"padding": "same", "input_length": 30}, "output_length = 30"),
        ({"stem_width": 4}, "stem_width must be odd"),
        ({"profile_width": 10}, "profile_width must be odd"),
        ({"n_strands": 3}, "n_strands must be 1 or 2"),
        ({"n_filters": 0}, "n_filters must be at least 1"),
    ],
)
def test_an_impossible_form_is_refused_with_the_nearest_possible_one(changes, message):
    with pytest.raises(ConfigError, match=message):
        dataclasses.replace(TINY, **changes)


@pytest.mark.parametrize("name", ["padding", "strands", "control"])
def test_an_unknown_kind_is_refused(name):
    config = dataclasses.replace(TINY)
    object.__setattr__(config, name, "other")  # the tests' own type checks would refuse it first
    with pytest.raises(ConfigError, match=f"{name} must be one of .*; got 'other'"):
        config.__post_init__()


@pytest.mark.parametrize("length", [500, 300])
def test_the_proposed_number_of_layers_is_possible_and_the_largest(length):
    with pytest.raises(ConfigError) as refused:
        BPNetConfig(input_length=length, output_length=100)
    n_layers = int(str(refused.value).split("n_dilated_layers = ")[1].split(",")[0])
    assert BPNetConfig(input_length=length, output_length=100, n_dilated_layers=n_layers)
    with pytest.raises(ConfigError):
        BPNetConfig(input_length=length, output_length=100, n_dilated_layers=n_layers + 1)


def test_controls_and_config_must_agree():
    with pytest.raises(ConfigError, match="control = 'none' does not fit 2"):
        build(TINY, n_tracks=1, n_controls=2)
    with pytest.raises(ConfigError, match="control = 'smoothed' does not fit 0"):
        build(dataclasses.replace(TINY, control="smoothed"), n_tracks=1)
    with pytest.raises(ConfigError, match="n_tracks = 0"):
        build(TINY, n_tracks=0)


def test_input_of_another_size_is_refused():
    model = build(TINY, n_tracks=1)
    with pytest.raises(InputError, match="reads 120 bp; got sequences of 121"):
        model(torch.zeros(1, 4, 121))
    with pytest.raises(InputError, match="without control"):
        model(torch.zeros(1, 4, 120), torch.zeros(1, 2, 40))
    controlled = build(dataclasses.replace(TINY, control="smoothed"), n_tracks=1, n_controls=2)
    with pytest.raises(InputError, match="2 control tracks; got 1"):
        controlled(torch.zeros(1, 4, 120), torch.zeros(1, 1, 40))
    with pytest.raises(InputError, match="nearest: 40"):
        controlled(torch.zeros(1, 4, 120), torch.zeros(1, 2, 39))
