"""What an Akita takes over from other models computes what it did there."""

import dataclasses

import numpy as np
import pytest
import torch

from cisgram.errors import InputError
from cisgram.models import akita, basenji, basset
from cisgram.models.transfer import freeze_convolutions, freeze_trunk, load_convolutions, load_layers, load_trunk
from cisgram.nn.blocks import one_hot

FOLDED = akita.AkitaConfig(
    input_length=96, bin_size=12, crop=0, stem_filters=8, stem_width=7, tower_filters=6, n_dilated=1, n_pair_blocks=1
)
BINNED = basenji.BasenjiConfig(
    input_length=96,
    filters=(8, 96),
    widths=(7, 5),
    pools=(4, 3),
    trunk_filters=4,
    n_trunk_blocks=2,
    crop=0,
    head_filters=8,
    activation="relu",
)
OPEN = basset.BassetConfig(96, n_filters=(8, 6), widths=(7, 5), pools=(2, 2), n_hidden=(8,))


def sequences(n=4):
    return one_hot(torch.from_numpy(np.random.default_rng(0).integers(0, 4, (n, 96), dtype=np.uint8)))


def trained(config):
    """A Basset whose norms have seen something."""
    model = basset.build(config, n_tracks=2)
    for _ in range(20):
        model.train()(sequences(16))
    return model.eval()


@pytest.mark.parametrize("reverse_complement", ["none", "equivariant"])
def test_convolutions_of_a_basset_compute_the_same_in_an_akita(reverse_complement):
    source = trained(dataclasses.replace(OPEN, reverse_complement=reverse_complement))
    model = akita.build(FOLDED, n_tracks=1).eval()
    assert load_convolutions(model, source.state_dict()) == 2
    # Basset cuts off at 0 before it pools, Akita where the next block begins.
    first = model.trunk.stem(sequences())
    torch.testing.assert_close(first.relu(), source.convolutions[0](sequences()), atol=1e-4, rtol=1e-3)
    torch.testing.assert_close(
        model.trunk.tower[0](first).relu(), source.convolutions[:2](sequences()), atol=1e-3, rtol=1e-3
    )


def test_only_as_many_convolutions_as_fit_are_taken_over():
    source = trained(OPEN)
    model = akita.build(dataclasses.replace(FOLDED, tower_width=3), n_tracks=1)
    before = model.trunk.tower[0].convolution.weight.clone()
    assert load_convolutions(model, source.state_dict()) == 1
    assert torch.equal(model.trunk.tower[0].convolution.weight, before)


def test_convolutions_that_do_not_fit_are_refused():
    with pytest.raises(InputError, match="set stem_filters and stem_width"):
        load_convolutions(
            akita.build(dataclasses.replace(FOLDED, stem_width=9), n_tracks=1), trained(OPEN).state_dict()
        )
    with pytest.raises(InputError, match="no Basset"):
        load_convolutions(akita.build(FOLDED, n_tracks=1), {"weight": torch.zeros(1)})


def test_a_trunk_serves_another_head_and_rests_when_frozen():
    source, model = akita.build(FOLDED, n_tracks=3, seed=1), akita.build(FOLDED, n_tracks=1, seed=2)
    load_trunk(model, source.state_dict())
    assert torch.equal(model.eval().trunk(sequences()), source.eval().trunk(sequences()))
    freeze_trunk(model)
    kept = {name: values.clone() for name, values in model.trunk.state_dict().items()}
    model.train()(sequences()).contacts.sum().backward()
    assert all(torch.equal(values, kept[name]) for name, values in model.trunk.state_dict().items())
    assert all(parameter.grad is None for parameter in model.trunk.parameters())
    assert model.head.linear.weight.grad is not None


def test_only_the_first_convolutions_rest_when_they_alone_are_frozen():
    model = akita.build(FOLDED, n_tracks=1).train()
    freeze_convolutions(model, 2)
    kept = {name: values.clone() for name, values in model.trunk.state_dict().items()}
    model(sequences()).contacts.sum().backward()
    changed = {name for name, values in model.trunk.state_dict().items() if not torch.equal(values, kept[name])}
    assert not [name for name in changed if name.startswith(("stem", "tower.0"))]
    assert "bins.norm.running_mean" in changed
    learning = {name for name, values in model.trunk.named_parameters() if values.grad is not None}
    assert learning == {name for name, _ in model.trunk.named_parameters() if not name.startswith(("stem", "tower.0"))}


def test_a_trunk_of_other_sizes_is_refused():
    other = akita.build(dataclasses.replace(FOLDED, bin_filters=32), n_tracks=1)
    with pytest.raises(InputError, match="another trunk"):
        load_trunk(akita.build(FOLDED, n_tracks=1), other.state_dict())


def akita_like_a_basenji(**changes):
    form = {"largest_pool": 4, "dilated_filters": 4, "n_dilated": 2, "tower_filters": 96} | changes
    return akita.build(dataclasses.replace(FOLDED, **form), n_tracks=1)


def trained_basenji(**changes):
    config = dataclasses.replace(BINNED, **changes)
    model = basenji.build(config, n_tracks=3, seed=5)
    for _ in range(5):
        model.train()(sequences(16))
    return model.eval()


def test_layers_of_a_basenji_compute_the_same_in_an_akita():
    source, model = trained_basenji(dilation_rate=1.75), akita_like_a_basenji().eval()
    assert model.config.pools == source.config.pools
    assert load_layers(model, source.state_dict(), source.config) == 6
    hidden = model.trunk.dilated(model.trunk.tower(model.trunk.stem(sequences())))
    assert torch.equal(hidden, source.trunk.dilated(source.represent(sequences())))


def test_layers_of_an_akita_compute_the_same_in_a_basenji():
    source, model = akita_like_a_basenji().eval(), basenji.build(BINNED, n_tracks=1).eval()
    assert load_layers(model, source.state_dict(), source.config) == 6
    hidden = source.trunk.dilated(source.trunk.tower(source.trunk.stem(sequences())))
    assert torch.equal(model.trunk.dilated(model.represent(sequences())), hidden)


@pytest.mark.parametrize(
    ("changes", "n_same"),
    [
        ({"pools": (4, 6), "input_length": 96}, 1),
        ({"filters": (8, 90)}, 1),
        ({"first_dilation": 2}, 2),
        ({"trunk_filters": 6}, 2),
        ({"trunk": "dense"}, 2),
        ({"dilation_rate": 4.0}, 4),
        ({"n_trunk_blocks": 1}, 4),
        ({"filters": (8, 96, 96), "widths": (7, 5, 5), "pools": (4, 3, 1)}, 2),
    ],
)
def test_layers_are_taken_over_up_to_the_first_that_differs(changes, n_same):
    source, model = trained_basenji(**changes), akita_like_a_basenji()
    kept = {name: value.clone() for name, value in model.named_parameters()}
    assert load_layers(model, source.state_dict(), source.config) == n_same
    freeze_convolutions(model, n_same)
    learning = {name: one for name, one in model.named_parameters() if one.requires_grad}
    assert all(torch.equal(one, kept[name]) for name, one in learning.items())
    frozen = {name for name, parameter in model.named_parameters() if not parameter.requires_grad}
    assert len(frozen) == 3 * n_same
    assert all(torch.equal(model.state_dict()[name], source.state_dict()[name]) for name in frozen)


def test_layers_with_another_activation_or_another_beginning_are_refused():
    source = trained_basenji(activation="gelu")
    with pytest.raises(InputError, match="activation 'gelu', and this model has 'relu'"):
        load_layers(akita_like_a_basenji(), source.state_dict(), source.config)
    source = trained_basenji(filters=(9, 96))
    with pytest.raises(InputError, match="first convolutions of the two models differ"):
        load_layers(akita_like_a_basenji(), source.state_dict(), source.config)


def test_a_trunk_serves_a_basenji_of_other_tracks():
    source, model = trained_basenji(), basenji.build(BINNED, n_tracks=1, seed=2)
    load_trunk(model, source.state_dict())
    assert torch.equal(model.eval().trunk(sequences()), source.trunk(sequences()))
    freeze_trunk(model)
    model.train()(sequences()).logits.sum().backward()
    assert [name for name, one in model.named_parameters() if one.grad is not None] == ["head.weight", "head.bias"]
