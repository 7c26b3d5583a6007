"""What an Akita takes over from other models computes what it did there."""

import dataclasses

import numpy as np
import pytest
import torch

from cisgram.errors import InputError
from cisgram.models import akita, basset
from cisgram.models.transfer import freeze_convolutions, freeze_trunk, load_convolutions, load_trunk
from cisgram.nn.blocks import one_hot

FOLDED = akita.AkitaConfig(
    input_length=96, bin_size=12, crop=0, stem_filters=8, stem_width=7, tower_filters=6, n_dilated=1, n_pair_blocks=1
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
