"""The net of the paper, layer by layer, and what its forms and its transfer promise."""

import copy
import dataclasses
import math

import pytest
import torch
from torch import nn

from cisgram.errors import ConfigError, InputError
from cisgram.models.basset import BassetConfig, build, loss, loss_terms
from cisgram.models.transfer import freeze_trunk, load_trunk, replace_head
from cisgram.training.checkpoint import Checkpoint, ModelIdentity, save_checkpoint
from cisgram.training.load import load_model

TINY = BassetConfig(90, n_filters=(6, 8), widths=(9, 5), pools=(3, 4), n_hidden=(10, 8))


def random_sequences(n, length, *, seed=0):
    generator = torch.Generator().manual_seed(seed)
    codes = torch.randint(0, 5, (n, length), generator=generator)  # 4 is N
    return nn.functional.one_hot(codes, 5)[..., :4].transpose(1, 2).float()


def other_strand(sequences):
    return sequences.flip(1, 2)


def plain_twin():
    """The net of the paper in torch's own layers."""
    layers = []
    for n_in, n_out, width, pool in [(4, 300, 19, 3), (300, 200, 11, 4), (200, 200, 7, 4)]:
        convolution = nn.Conv1d(n_in, n_out, width, padding=width // 2)
        layers += [convolution, nn.BatchNorm1d(n_out), nn.ReLU(), nn.MaxPool1d(pool, ceil_mode=True)]
    layers += [nn.Flatten()]
    for n_in in (2600, 1000):
        layers += [nn.Linear(n_in, 1000), nn.BatchNorm1d(1000), nn.ReLU(), nn.Dropout(0.3)]
    return nn.Sequential(*layers, nn.Linear(1000, 164))


def of_torch(state):
    """All but the units of labels, which torch's layers do not know."""
    return {name: value for name, value in state.items() if not name.startswith("head.label_")}


@pytest.fixture(scope="module")
def paper():
    return build(BassetConfig.paper(), n_tracks=164)


def test_the_paper_has_4735064_parameters_and_pools_to_200_50_and_13(paper):
    assert sum(parameter.numel() for parameter in paper.parameters()) == 4_735_064
    assert BassetConfig.paper().lengths == (200, 50, 13)
    hidden, seen = random_sequences(2, 600), []
    for layer in paper.eval().convolutions:
        hidden = layer(hidden)
        seen.append(tuple(hidden.shape[1:]))
    assert seen == [(300, 200), (200, 50), (200, 13)]


@pytest.mark.parametrize("training", [False, True], ids=["evaluation", "training"])
def test_every_layer_is_that_of_torch(paper, training):
    twin = plain_twin()
    own, theirs = of_torch(paper.state_dict()), list(twin.state_dict())
    assert [value.shape for value in own.values()] == [value.shape for value in twin.state_dict().values()]
    twin.load_state_dict(dict(zip(theirs, own.values(), strict=True)))
    paper, twin = copy.deepcopy(paper).double(), twin.double()
    ours = [*(part for layer in paper.convolutions for part in layer[:-1]), paper.flatten]
    ours += [*(part for layer in paper.dense for part in layer), paper.head]
    assert len(ours) == len(twin)
    for dropout in [part for part in (*ours, *twin) if isinstance(part, nn.Dropout)]:
        dropout.p = 0.0
    sequences = random_sequences(4, 600).double()
    hidden, other = sequences, sequences
    paper.train(training)
    twin.train(training)
    with torch.no_grad():
        for one, two in zip(ours, twin, strict=True):
            hidden, other = one(hidden), two(other)
            torch.testing.assert_close(hidden, other, rtol=1e-8, atol=1e-8)
        torch.testing.assert_close(paper.eval()(sequences).logits, twin.eval()(sequences), rtol=1e-8, atol=1e-8)
    for one, two in zip(of_torch(paper.state_dict()).values(), twin.state_dict().values(), strict=True):
        torch.testing.assert_close(one, two, rtol=1e-8, atol=1e-8)  # running statistics


def test_gradients_are_those_of_torch(paper):
    twin = plain_twin().eval()
    twin.load_state_dict(dict(zip(twin.state_dict(), of_torch(paper.state_dict()).values(), strict=True)))
    sequences = random_sequences(3, 600)
    labels = (torch.rand(3, 164, generator=torch.Generator().manual_seed(1)) < 0.5).float()
    paper.zero_grad()
    loss(paper.eval()(sequences), labels).backward()
    nn.functional.binary_cross_entropy_with_logits(twin(sequences), labels, reduction="sum").div(3).backward()
    for (name, own), other in zip(paper.named_parameters(), twin.parameters(), strict=True):
        scale = float(other.grad.abs().max())
        torch.testing.assert_close(
            own.grad, other.grad, rtol=1e-3, atol=1e-4 * scale, msg=lambda m, n=name: f"{n}: {m}"
        )


@pytest.mark.parametrize("length", [90, 89, 101, 64, 7])
@pytest.mark.parametrize("form", ["average", "equivariant"])
def test_both_strands_are_predicted_alike(form, length):
    first = "exponential" if length % 2 else "relu"
    config = dataclasses.replace(TINY, input_length=length, reverse_complement=form, first_activation=first)
    model, sequences = build(config, n_tracks=3), random_sequences(5, length)
    for _ in range(3):
        model.train()(sequences)  # norms move away from their start
    model.double().eval()
    logits = model(sequences.double()).logits
    torch.testing.assert_close(model(other_strand(sequences).double()).logits, logits, rtol=1e-12, atol=1e-12)
    assert logits.std() > 1e-3
    plain = build(dataclasses.replace(config, reverse_complement="none"), n_tracks=3).double().eval()
    sequences = sequences.double()
    assert not torch.allclose(plain(sequences).logits, plain(other_strand(sequences)).logits, atol=1e-3)


def test_the_paper_sized_equivariant_net_has_half_the_weights_and_predicts_both_strands_alike():
    model = build(BassetConfig(reverse_complement="equivariant"), n_tracks=164).eval()
    assert sum(parameter.numel() for parameter in model.parameters()) == pytest.approx(4_735_064 / 2, rel=1e-4)
    sequences = random_sequences(3, 600)
    assert model.convolutions(sequences).shape == (3, 200, 13)
    torch.testing.assert_close(model(sequences).logits, model(other_strand(sequences)).logits, rtol=1e-4, atol=1e-6)


def test_the_other_strand_turns_every_layer_of_an_equivariant_net_around():
    model = build(dataclasses.replace(TINY, reverse_complement="equivariant"), n_tracks=1).double().train()
    for dropout in [part for part in model.modules() if isinstance(part, nn.Dropout)]:
        dropout.p = 0.0
    hidden = random_sequences(4, 90).double()
    other = other_strand(hidden)
    for layer in [*(part for block in model.convolutions for part in block), model.flatten, *model.dense]:
        hidden, other = layer(hidden), layer(other)
        torch.testing.assert_close(other, hidden.flip(tuple(range(1, hidden.ndim))), rtol=1e-10, atol=1e-10)


def test_an_average_is_the_mean_of_the_logits_of_both_strands():
    model = build(dataclasses.replace(TINY, reverse_complement="average"), n_tracks=2).eval()
    plain = build(TINY, n_tracks=2).eval()
    sequences = random_sequences(3, 90)
    expected = (plain(sequences).logits + plain(other_strand(sequences)).logits) / 2
    torch.testing.assert_close(model(sequences).logits, expected)


def test_in_bfloat16_the_logits_are_float32_and_near():
    model, sequences = build(TINY, n_tracks=2).eval(), random_sequences(3, 90)
    with torch.autocast("cpu", torch.bfloat16):
        logits = model(sequences).logits
    assert logits.dtype == torch.float32
    torch.testing.assert_close(logits, model(sequences).logits, atol=0.02, rtol=0.05)


def test_loss_is_the_mean_over_sequences_of_the_sum_over_tracks():
    output = build(TINY, n_tracks=3).eval()(random_sequences(4, 90))
    labels = torch.tensor([[1.0, 0, 0], [0, 1, math.nan], [0, 0, math.nan], [1, 1, 0]])
    weight = torch.tensor([2.0, 1.0, 5.0])
    terms = loss_terms(output, labels, positive_weight=weight)
    p = output.logits.double().sigmoid()
    expected = -(weight * labels * p.log() + (1 - labels) * (1 - p).log()).nansum(0) / 4
    torch.testing.assert_close(terms.bernoulli.double(), expected)
    torch.testing.assert_close(terms.total.double(), expected.sum())


def test_of_measurements_the_loss_is_half_the_squared_error_in_units_of_their_scale():
    output = build(TINY, n_tracks=2).eval()(random_sequences(3, 90))
    labels, scale = torch.tensor([[1.0, 20.0], [math.nan, 10.0], [3.0, math.nan]]), torch.tensor([2.0, 5.0])
    terms = loss_terms(output, labels, likelihood="gaussian", label_scale=scale)
    expected = (((output.logits - labels) / scale) ** 2).nansum(0) / 2 / 3
    torch.testing.assert_close(terms.gaussian, expected)
    assert torch.equal(terms.total, loss(output, labels, likelihood="gaussian", label_scale=scale))
    torch.testing.assert_close(terms.total, expected.sum())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"likelihood": "gaussian", "positive_weight": torch.ones(2)}, "positive_weight is for labels that are 0 or 1"),
        ({"label_scale": torch.ones(2)}, "label_scale is for labels that are measurements"),
    ],
)
def test_options_of_the_other_likelihood_are_refused(options, message):
    output = build(TINY, n_tracks=2).eval()(random_sequences(1, 90))
    with pytest.raises(ConfigError, match=message):
        loss(output, torch.zeros(1, 2), **options)


def test_a_new_head_leaves_the_trunk_as_it_is():
    model = build(TINY, n_tracks=3).eval()
    state = torch.get_rng_state()
    other, again = (replace_head(model, n_tracks=5, seed=4) for _ in range(2))
    assert torch.equal(torch.get_rng_state(), state)
    assert (model.n_tracks, other.n_tracks, other.training) == (3, 5, False)
    assert all(torch.equal(value, again.state_dict()[name]) for name, value in other.state_dict().items())
    sequences = random_sequences(3, 90)
    assert torch.equal(other.convolutions(sequences), model.convolutions(sequences))
    other.convolutions[0].convolution.weight.data.zero_()
    assert model.convolutions[0].convolution.weight.any(), "the copy must share nothing with the original"
    with pytest.raises(ConfigError, match="at least 1 track"):
        replace_head(model, n_tracks=0, seed=0)


@pytest.mark.parametrize("form", ["none", "equivariant"])
def test_only_the_head_of_a_frozen_model_learns(form):
    model = build(dataclasses.replace(TINY, reverse_complement=form, dropout=0.0), n_tracks=2)
    model.train()(random_sequences(8, 90))
    freeze_trunk(model)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    hidden = model.eval().dense(model.flatten(model.convolutions(random_sequences(4, 90))))
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=0.1)
    model.train()
    for _ in range(3):
        optimizer.zero_grad()
        loss(model(random_sequences(8, 90)), torch.ones(8, 2)).backward()
        optimizer.step()
    changed = {name for name, value in model.state_dict().items() if not torch.equal(value, before[name])}
    assert changed == {"head.linear.weight", "head.linear.bias"}
    # In training mode, too: a norm that is frozen does not look at the batch.
    assert torch.equal(model.dense(model.flatten(model.convolutions(random_sequences(4, 90)))), hidden)


def test_a_trunk_is_loaded_from_a_model_for_other_cell_types():
    source, model = build(TINY, n_tracks=7, seed=1), build(TINY, n_tracks=2, seed=2)
    head = model.head.linear.weight.clone()
    load_trunk(model, source.state_dict())
    sequences = random_sequences(2, 90)
    assert torch.equal(model.eval().convolutions(sequences), source.eval().convolutions(sequences))
    assert torch.equal(model.head.linear.weight, head)


@pytest.mark.parametrize(
    ("change", "message"),
    [({"n_hidden": (10,)}, "only one of the two has dense.1"), ({"n_filters": (6, 10)}, r"has the shape \(10, 6, 5\)")],
)
def test_another_trunk_is_refused(change, message):
    model = build(TINY, n_tracks=2)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with pytest.raises(InputError, match=message):
        load_trunk(model, build(dataclasses.replace(TINY, **change), n_tracks=2, seed=5).state_dict())
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"widths": (9, 4)}, "widths must be odd"),
        ({"pools": (3,)}, "one number per convolution each"),
        ({"n_filters": (6, 0)}, "at least 1"),
        ({"n_hidden": ()}, "one or more numbers"),
        ({"dropout": 1.0}, "dropout must be at least 0 and below 1"),
        ({"reverse_complement": "equivariant", "n_filters": (5, 8)}, "must be even"),
    ],
)
def test_forms_that_do_not_fit_are_refused(change, message):
    with pytest.raises(ConfigError, match=message):
        dataclasses.replace(TINY, **change)


def test_wrong_input_is_refused():
    with pytest.raises(InputError, match="reads 90 bp; got sequences of 91 bp"):
        build(TINY, n_tracks=1)(random_sequences(1, 91))
    with pytest.raises(ConfigError, match="got 2 control tracks"):
        build(TINY, n_tracks=1, n_controls=2)
    with pytest.raises(ConfigError, match="at least 1 track"):
        build(TINY, n_tracks=0)


@pytest.mark.parametrize("first", ["relu", "exponential"])
@pytest.mark.parametrize("form", ["none", "average", "equivariant"])
def test_a_checkpoint_builds_the_same_model(form, first, tmp_path):
    config = dataclasses.replace(TINY, reverse_complement=form, first_activation=first)
    model = build(config, n_tracks=2, seed=3).eval()
    identity = ModelIdentity("basset", {**dataclasses.asdict(config), "n_tracks": 2, "n_controls": 0})
    save_checkpoint(tmp_path / "a.safetensors", Checkpoint(identity, model.state_dict(), {}))
    sequences = random_sequences(2, 90)
    assert torch.equal(load_model(tmp_path / "a.safetensors")(sequences).logits, model(sequences).logits)


def test_an_exponential_first_layer_is_that_of_its_norm_and_the_others_stay():
    plain = build(TINY, n_tracks=1).eval()
    model = build(dataclasses.replace(TINY, first_activation="exponential"), n_tracks=1).eval()
    model.load_state_dict(plain.state_dict())
    first, second = model.convolutions
    sequences = random_sequences(2, 90)
    torch.testing.assert_close(first[:3](sequences), first[:2](sequences).double().exp().float())
    assert [type(layer.activation) for layer in (second, *model.dense)] == 3 * [nn.ReLU]
    assert sum(isinstance(part, nn.ReLU) for part in plain.modules()) == 4


def test_the_small_form_takes_any_length():
    assert build(BassetConfig.small(input_length=101), n_tracks=1).input_length == 101
