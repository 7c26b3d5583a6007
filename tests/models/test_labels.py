"""Labels as a model takes them: classes in balance, and measurements in their own units."""

import dataclasses

import numpy as np
import pytest
import torch
from torch import nn

from cisgram.errors import InputError
from cisgram.models.basset import BassetConfig, build, loss
from cisgram.models.labels import natural_positive_weight, standardise_labels
from cisgram.models.transfer import load_trunk, replace_head
from cisgram.training.checkpoint import Checkpoint, ModelIdentity, save_checkpoint
from cisgram.training.load import load_model

TINY = BassetConfig(40, n_filters=(8,), widths=(9,), pools=(4,), n_hidden=(8,), dropout=0.0)
SEQUENCES = nn.functional.one_hot(torch.randint(0, 4, (32, 40), generator=torch.Generator().manual_seed(1)), 4)
SEQUENCES = SEQUENCES.transpose(1, 2).double()
EXPRESSION = np.stack([SEQUENCES[:, 1].sum(1).numpy(), 100 + 20 * SEQUENCES[:, 2, :20].sum(1).numpy()], axis=1)


def trained(labels, *, steps=40, form="none"):
    """A model after some steps on all sequences at once."""
    model = build(dataclasses.replace(TINY, reverse_complement=form), n_tracks=labels.shape[1], seed=2).double()
    standardise_labels(model, labels)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(steps):
        optimizer.zero_grad()
        error = loss(
            model(SEQUENCES), torch.from_numpy(labels), likelihood="gaussian", label_scale=model.head.label_scale
        )
        error.backward()
        optimizer.step()
    return model.eval()


def test_with_its_natural_weight_a_positive_counts_as_much_as_all_negatives_it_stands_for():
    labels = np.array([[1.0, 0], [0, 1], [0, 1], [0, np.nan], [0, 1]])
    assert natural_positive_weight(labels).tolist() == [4.0, pytest.approx(1 / 3)]
    with pytest.raises(InputError, match=r"only one kind: \[1\]"):
        natural_positive_weight(np.array([[1.0, 0], [0, 0]]))


def test_a_model_that_predicts_the_mean_has_a_loss_of_one_half_per_track():
    model = build(TINY, n_tracks=2).double().eval()
    standardise_labels(model, EXPRESSION)
    nn.init.zeros_(model.head.linear.weight)
    nn.init.zeros_(model.head.linear.bias)
    output = model(SEQUENCES)
    torch.testing.assert_close(output.logits[0], torch.from_numpy(EXPRESSION.mean(0)))
    error = loss(output, torch.from_numpy(EXPRESSION), likelihood="gaussian", label_scale=model.head.label_scale)
    assert error.item() == pytest.approx(1.0, rel=1e-5)


@pytest.mark.parametrize("form", ["none", "average", "equivariant"])
def test_other_units_of_the_labels_are_other_units_of_the_predictions_and_no_more(form):
    plain = trained(EXPRESSION, form=form)(SEQUENCES).logits
    moved = trained((EXPRESSION * [8.0, 0.25] + [-64.0, 2.0]), form=form)(SEQUENCES).logits
    expected = plain * torch.tensor([8.0, 0.25], dtype=torch.float64) + torch.tensor([-64.0, 2.0])
    torch.testing.assert_close(moved, expected, rtol=1e-6, atol=1e-6)
    spread = EXPRESSION.std(0)
    assert (plain - torch.from_numpy(EXPRESSION)).square().mean(0).sqrt().lt(torch.from_numpy(0.7 * spread)).all()


def test_a_label_that_is_not_known_does_not_enter_the_units():
    model = build(TINY, n_tracks=1)
    standardise_labels(model, np.array([[2.0], [np.nan], [4.0]]))
    assert (model.head.label_mean.item(), model.head.label_scale.item()) == (3.0, 1.0)


def test_a_checkpoint_keeps_the_units(tmp_path):
    model = trained(EXPRESSION, steps=2).float()
    identity = ModelIdentity("basset", {**dataclasses.asdict(TINY), "n_tracks": 2, "n_controls": 0})
    save_checkpoint(tmp_path / "a.safetensors", Checkpoint(identity, model.state_dict(), {}))
    loaded = load_model(tmp_path / "a.safetensors").double()
    assert torch.equal(loaded(SEQUENCES).logits, model.double()(SEQUENCES).logits)
    assert torch.equal(loaded.head.label_scale, model.head.label_scale)


def test_a_new_head_has_units_of_its_own_and_a_trunk_brings_none():
    model = trained(EXPRESSION, steps=2)
    other = replace_head(model, n_tracks=3, seed=1)
    assert other.head.label_mean.tolist() == [0, 0, 0]
    assert other.head.label_scale.tolist() == [1, 1, 1]
    other = build(TINY, n_tracks=1)
    load_trunk(other, model.state_dict())
    assert other.head.label_scale.tolist() == [1]


def test_units_are_no_parameters_and_move_with_the_model():
    model = build(TINY, n_tracks=2)
    standardise_labels(model, EXPRESSION)
    assert not any("label_" in name for name, _ in model.named_parameters())
    assert model.to("meta").head.label_mean.device.type == "meta"


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.zeros((3, 1)), "one column for each of 2 tracks"),
        (np.array([[0.0, 0.1], [1.0, 0.1], [2.0, 0.1]]), r"differ; these numbers have none: \[1\]"),
        (np.array([[np.nan, 0.1], [np.nan, 0.2]]), r"differ; these numbers have none: \[0\]"),
        (np.array([[np.inf, 0.1], [1.0, 0.2]]), "finite"),
    ],
)
def test_labels_without_a_spread_are_refused(labels, message):
    model = build(TINY, n_tracks=2)
    with pytest.raises(InputError, match=message):
        standardise_labels(model, labels)
    assert model.head.label_scale.tolist() == [1, 1]
