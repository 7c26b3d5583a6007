"""The contract that every architecture in the list keeps."""

import dataclasses
from functools import partial
from typing import ClassVar

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from cisgram.genomics import sequence
from cisgram.models import MODELS
from cisgram.models.akita import AkitaConfig, AkitaOutput
from cisgram.models.atacworks import AtacWorksConfig, AtacWorksOutput
from cisgram.models.basenji import BasenjiConfig, BasenjiOutput
from cisgram.models.basset import BassetConfig, BassetOutput
from cisgram.models.bpnet import BPNetConfig
from cisgram.nn.blocks import one_hot
from cisgram.nn.pairs import n_bins_of, turned_places

LENGTH, OUTPUT = 140, 60
TINY = BPNetConfig(
    input_length=LENGTH, output_length=OUTPUT, n_filters=8, n_dilated_layers=3, stem_width=7, profile_width=9
)
SHALLOW = BassetConfig(80, n_filters=(16, 8), widths=(9, 5), pools=(4, 5), n_hidden=(16,), dropout=0.0)
DENOISER = AtacWorksConfig(
    output_length=60, margin_bp=40, n_filters=12, n_blocks=1, n_peak_blocks=1, width=5, dilation=2
)
FOLDED = AkitaConfig(
    input_length=64,
    bin_size=8,
    largest_pool=4,
    crop=1,
    stem_filters=16,
    stem_width=5,
    tower_filters=16,
    dilated_filters=8,
    n_dilated=1,
    dropout=0.0,
    bin_filters=16,
    pair_filters=16,
    pair_dilated_filters=8,
    n_pair_blocks=1,
    pair_dropout=0.0,
    residual_gain=1.0,
)
BINNED = BasenjiConfig(
    input_length=96,
    filters=(16, 16),
    widths=(5, 3),
    pools=(4, 2),
    trunk_filters=8,
    n_trunk_blocks=2,
    trunk_dropout=0.0,
    residual_gain=1.0,
    crop=1,
    head_filters=24,
    head_dropout=0.0,
)
CASES = {
    "akita": [
        (FOLDED, {"n_tracks": 1}),
        (dataclasses.replace(FOLDED, operator="dot_product", reverse_complement="average"), {"n_tracks": 2}),
        (dataclasses.replace(FOLDED, operator="left_right", distance="log", crop=0), {"n_tracks": 2}),
    ],
    "atacworks": [
        (DENOISER, {"n_tracks": 1}),
        (DENOISER, {"n_tracks": 1, "n_controls": 2}),
        (dataclasses.replace(DENOISER, n_filters=8, form="original"), {"n_tracks": 1}),
    ],
    "basenji": [
        (BINNED, {"n_tracks": 1}),
        (dataclasses.replace(BINNED, trunk="dense", activation="relu", widths=(6, 1), crop=0), {"n_tracks": 2}),
        (dataclasses.replace(BINNED, trunk="recurrent", n_trunk_blocks=1), {"n_tracks": 2}),
    ],
    "basset": [
        (SHALLOW, {"n_tracks": 1}),
        (dataclasses.replace(SHALLOW, reverse_complement="average"), {"n_tracks": 3}),
        (dataclasses.replace(SHALLOW, reverse_complement="equivariant", n_hidden=(16, 16)), {"n_tracks": 2}),
        (dataclasses.replace(SHALLOW, first_activation="exponential"), {"n_tracks": 2}),
    ],
    "bpnet": [
        (TINY, {"n_tracks": 1}),
        (dataclasses.replace(TINY, counts="summed"), {"n_tracks": 2}),
        (dataclasses.replace(TINY, control="concatenated"), {"n_tracks": 2, "n_controls": 2}),
        (
            dataclasses.replace(TINY, control="smoothed", padding="same", strands="separate", n_strands=1),
            {"n_tracks": 3, "n_controls": 1},
        ),
    ],
}
"""Small forms of every architecture with what they are built for."""
EACH = [pytest.param(name, *case, id=f"{name}-{i}") for name in MODELS for i, case in enumerate(CASES[name])]


def random_sequences(n, config, sizes):
    """One-hot sequences, and control reads where the model has some."""
    codes = np.random.default_rng(1).integers(0, 4, (n, config.input_length), dtype=np.uint8)
    inputs = [one_hot(torch.from_numpy(codes))]
    if sizes.get("n_controls"):
        generator = torch.Generator().manual_seed(2)
        inputs.append(torch.poisson(torch.ones(n, sizes["n_controls"], config.output_length), generator=generator))
    return inputs


class CountsTask:
    """Counts that follow from the sequence: 1 read at A on plus, and at T on minus."""

    likelihood: ClassVar = {"counts_weight": 1.0}
    inputs = staticmethod(random_sequences)

    @staticmethod
    def targets(inputs, config, sizes):
        codes = inputs[0].argmax(1).numpy()
        first = (config.input_length - config.output_length) // 2
        inside = codes[:, None, first : first + config.output_length]
        strands = [inside == 0, inside == 3] if config.n_strands == 2 else [(inside == 0) | (inside == 3)]
        return np.stack(strands, axis=2).astype(np.float32).repeat(sizes["n_tracks"], axis=1)

    @staticmethod
    def perfect(output, targets):
        """The output that knows the targets."""
        groups = targets.unflatten(2, (output.log_counts.shape[2], -1)).flatten(3)
        return type(output)((targets + 1e-6).log(), groups.sum(-1).log1p())

    @staticmethod
    def of_other_strand(inputs, targets):
        """Complement of the sequence, strands of counts exchanged, all mirrored."""
        return [turned(part) for part in inputs], turned(targets)

    @staticmethod
    def strand_error(output, other):
        """How far the predictions for two strands are from being each other's mirror image, as a share."""
        profiles, others = output.profile_logits, other.profile_logits
        return difference(profiles, turned(others)) / difference(profiles, others)


class LabelsTask:
    """Labels of whole sequences, different per track, and the same for both strands."""

    likelihood: ClassVar = {}
    inputs = staticmethod(random_sequences)

    @staticmethod
    def targets(inputs, config, sizes):  # noqa: ARG004 - every task has the same
        return (np.arange(len(inputs[0]))[:, None] // 2 ** np.arange(sizes["n_tracks"]) % 2).astype(np.float32)

    @staticmethod
    def perfect(output, targets):  # noqa: ARG004 - every task has the same
        return BassetOutput(40 * targets - 20)

    @staticmethod
    def of_other_strand(inputs, targets):
        return [turned(part) for part in inputs], targets

    @staticmethod
    def strand_error(output, other):
        """Difference between the strands of a sequence, as a share of that between sequences."""
        here, there = output.logits.sigmoid(), other.logits.sigmoid()
        return ((here - there).abs().mean() / (here - here.roll(1, 0)).abs().mean()).item()


class CoverageTask:
    """Few reads in; out, how many there would be on average in the neighbourhood, and whether these are many."""

    likelihood: ClassVar = {"track_scale": 4.0, "mse_weight": 1.0}

    @staticmethod
    def inputs(n, config, sizes):
        generator = torch.Generator().manual_seed(1)
        level = torch.rand(n, 1, -(-config.input_length // 20), generator=generator).repeat_interleave(20, 2)
        channels = torch.poisson(
            level[..., : config.input_length].repeat(1, 1 + sizes.get("n_controls", 0), 1) * 5, generator=generator
        )
        return [channels]

    @staticmethod
    def targets(inputs, config, sizes):  # noqa: ARG004 - every task has the same
        around = torch.nn.functional.avg_pool1d(inputs[0][:, :1], 5, stride=1, padding=2)[:, 0]
        inside = around[:, config.margin_bp : -config.margin_bp]
        return torch.stack([2 * inside, (inside > 2.5).float()], 1).numpy()

    @staticmethod
    def perfect(output, targets):  # noqa: ARG004 - every task has the same
        return AtacWorksOutput(targets[:, 0], 40 * targets[:, 1] - 20)

    @staticmethod
    def of_other_strand(inputs, targets):
        """The same from right to left: coverage has no strand."""
        return [part.flip(-1) for part in inputs], targets.flip(-1)

    @staticmethod
    def strand_error(output, other):
        """Difference between the strands of a window, as a share of that between windows."""
        here, there = output.track, other.track.flip(-1)
        return ((here - there).abs().mean() / (here - here.roll(1, 0)).abs().mean()).item()


class FoldingTask:
    """Maps of a random sign per example and track, the same seen from either end: near pairs meet, or far ones."""

    likelihood: ClassVar = {}
    inputs = staticmethod(random_sequences)

    @staticmethod
    def targets(inputs, config, sizes):
        places = torch.triu_indices(config.n_bins, config.n_bins, config.diagonal_offset)
        between = (places[1] - places[0]).float()
        sign = 1 - 2 * (np.arange(len(inputs[0]))[:, None] // 2 ** np.arange(sizes["n_tracks"]) % 2)
        return (sign[..., None] * (between - between.mean()).sign().numpy()).astype(np.float32)

    @staticmethod
    def perfect(output, targets):  # noqa: ARG004 - every task has the same
        return AkitaOutput(targets)

    @staticmethod
    def of_other_strand(inputs, targets):
        return [turned(part) for part in inputs], FoldingTask.turned_map(targets)

    @staticmethod
    def turned_map(contacts):
        """Contacts as they are counted from the other end."""
        return contacts[..., turned_places(n_bins_of(contacts.shape[-1], 2), 2, contacts.device)]

    @staticmethod
    def strand_error(output, other):
        """Difference between the maps of the two strands, as a share of that between windows."""
        here, there = output.contacts, FoldingTask.turned_map(other.contacts)
        return ((here - there).abs().mean() / (here - here.roll(1, 0)).abs().mean()).item()


class BinsTask:
    """Much or little signal in every bin, by how many A or T it has, seen alike from either end."""

    likelihood: ClassVar = {"kind": "poisson"}
    inputs = staticmethod(random_sequences)

    @staticmethod
    def targets(inputs, config, sizes):
        first = config.crop * config.bin_size
        weak = (inputs[0][:, 0] + inputs[0][:, 3])[:, first : first + config.output_length]
        many = weak.unflatten(1, (-1, config.bin_size)).sum(2) > config.bin_size / 2
        signal = torch.stack([5.0 * (many if track % 2 == 0 else ~many) for track in range(sizes["n_tracks"])], 1)
        return signal.numpy().astype(np.float32)

    @staticmethod
    def perfect(output, targets):  # noqa: ARG004 - every task has the same
        return BasenjiOutput((targets + 1e-6).expm1().log())

    @staticmethod
    def of_other_strand(inputs, targets):
        return [turned(part) for part in inputs], targets.flip(-1)

    @staticmethod
    def strand_error(output, other):
        """Difference between the signals of the two strands, as a share of that between windows."""
        here, there = output.rates, other.rates.flip(-1)
        return ((here - there).abs().mean() / (here - here.roll(1, 0)).abs().mean()).item()


TASKS = {
    "akita": FoldingTask,
    "atacworks": CoverageTask,
    "basenji": BinsTask,
    "basset": LabelsTask,
    "bpnet": CountsTask,
}
"""What each architecture is to predict."""


def examples(name, config, sizes, n=4):
    """Inputs of a model and what it is to predict."""
    inputs = TASKS[name].inputs(n, config, sizes)
    return inputs, torch.from_numpy(TASKS[name].targets(inputs, config, sizes))


def turned(values):
    """The other strand: sequences complemented (channels reversed), strands of counts exchanged, all mirrored."""
    return values.flip(-1, -2)


def difference(logits, others):
    """Total variation between profiles."""
    return (logits.flatten(2).softmax(-1) - others.flatten(2).softmax(-1)).abs().sum(-1).mean().item() / 2


def test_every_architecture_is_under_contract():
    assert CASES.keys() == TASKS.keys() == MODELS.keys()


@pytest.mark.parametrize(("name", "config", "sizes"), EACH)
def test_geometry_and_shapes(name, config, sizes):
    model = MODELS[name].build(config, **sizes)
    inputs, targets = examples(name, config, sizes)
    output = model(*inputs)
    assert model.input_length == config.input_length == inputs[0].shape[-1]
    assert model.output_length == config.output_length
    assert model.n_tracks == sizes["n_tracks"]
    assert model.bin_size >= 1
    assert all(len(part) == len(targets) and part.isfinite().all() for part in output)
    assert isinstance(config, MODELS[name].config)


@pytest.mark.parametrize(("name", "config", "sizes"), EACH)
def test_every_parameter_gets_a_gradient(name, config, sizes):
    model = MODELS[name].build(config, **sizes)
    inputs, targets = examples(name, config, sizes)
    MODELS[name].loss(model(*inputs), targets, **TASKS[name].likelihood).backward()
    assert not [label for label, p in model.named_parameters() if p.grad is None or not p.grad.any()]


@pytest.mark.parametrize(("name", "config", "sizes"), EACH)
def test_terms_hold_the_loss_as_total(name, config, sizes):
    inputs, targets = examples(name, config, sizes)
    output = MODELS[name].build(config, **sizes)(*inputs)
    terms = MODELS[name].loss_terms(output, targets, **TASKS[name].likelihood)
    assert terms.total.ndim == 0
    assert torch.equal(terms.total, MODELS[name].loss(output, targets, **TASKS[name].likelihood))


@pytest.mark.parametrize(("name", "config", "sizes"), EACH)
def test_a_tiny_batch_is_learnt_by_heart(name, config, sizes):
    model = MODELS[name].build(config, **sizes)
    inputs, targets = examples(name, config, sizes)
    terms = partial(MODELS[name].loss_terms, **TASKS[name].likelihood)
    least = terms(TASKS[name].perfect(model(*inputs), targets), targets).total
    first = terms(model(*inputs), targets).total
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(150):
        optimizer.zero_grad()
        terms(model(*inputs), targets).total.backward()
        optimizer.step()
    last = terms(model(*inputs), targets).total
    assert last - least < 0.15 * (first - least)


@pytest.mark.parametrize(("name", "config", "sizes"), EACH)
def test_trained_on_both_strands_it_predicts_the_other_strand_accordingly(name, config, sizes):
    model = MODELS[name].build(config, **sizes)
    inputs, targets = examples(name, config, sizes)
    task = TASKS[name]
    others, other_targets = task.of_other_strand(inputs, targets)
    both = [torch.cat(pair) for pair in zip((*inputs, targets), (*others, other_targets), strict=True)]
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(150):
        optimizer.zero_grad()
        MODELS[name].loss(model(*both[:-1]), both[-1], **TASKS[name].likelihood).backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        assert task.strand_error(model(*inputs), model(*others)) < 0.3


@pytest.mark.parametrize(("name", "config", "sizes"), EACH)
def test_saved_and_loaded_it_predicts_the_same_bit_for_bit(name, config, sizes, tmp_path):
    model, other = MODELS[name].build(config, **sizes, seed=1), MODELS[name].build(config, **sizes, seed=2)
    inputs, _ = examples(name, config, sizes)
    save_file(model.state_dict(), tmp_path / "model.safetensors")
    other.load_state_dict(load_file(tmp_path / "model.safetensors"))
    for own, loaded in zip(model(*inputs), other(*inputs), strict=True):
        assert torch.equal(own, loaded)


@pytest.mark.parametrize(("name", "config", "sizes"), EACH)
def test_the_same_seed_gives_the_same_weights_and_leaves_the_random_state_alone(name, config, sizes):
    state = torch.get_rng_state()
    first, second = (MODELS[name].build(config, **sizes, seed=7).state_dict() for _ in range(2))
    assert all(torch.equal(first[label], second[label]) for label in first)
    assert torch.equal(torch.get_rng_state(), state)
    another = MODELS[name].build(config, **sizes, seed=8).state_dict()
    assert not all(torch.equal(first[label], another[label]) for label in first)


@pytest.mark.parametrize(("name", "config", "sizes"), EACH)
def test_a_training_step_is_the_same_bit_for_bit(name, config, sizes):
    def learnt():
        model = MODELS[name].build(config, **sizes)
        inputs, targets = examples(name, config, sizes)
        MODELS[name].loss(model(*inputs), targets, **TASKS[name].likelihood).backward()
        return [parameter.grad for parameter in model.parameters()]

    assert all(torch.equal(first, second) for first, second in zip(learnt(), learnt(), strict=True))


@pytest.mark.parametrize(("name", "config", "sizes"), EACH)
def test_one_example_is_predicted_alone_as_among_others(name, config, sizes):
    model = MODELS[name].build(config, **sizes).double().eval()
    inputs, _ = examples(name, config, sizes)
    inputs = [part.double() for part in inputs]
    for together, alone in zip(model(*inputs), model(*(part[1:2] for part in inputs)), strict=True):
        torch.testing.assert_close(together[1:2], alone)


@pytest.mark.parametrize(("name", "config", "sizes"), EACH)
def test_its_text_names_parts_and_sizes(name, config, sizes):
    model = MODELS[name].build(config, **sizes)
    assert type(model).__name__ in repr(model)
    assert all(part in repr(model) for part, _ in model.named_children())


def test_letters_of_codes_and_channels_agree():
    """A model and the genomics floor must mean the same base by the same channel."""
    codes = torch.from_numpy(sequence.encode("ACGTN")[None].copy())
    assert one_hot(codes)[0].argmax(0)[:4].tolist() == [0, 1, 2, 3]
