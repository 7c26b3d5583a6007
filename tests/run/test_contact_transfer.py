"""Training on contact maps begins with the layers of another model, where these fit."""

import dataclasses

import pytest
import torch

from cisgram.errors import CheckpointError, CisgramWarning, ConfigError
from cisgram.models import MODELS, akita, basenji, basset, bpnet
from cisgram.nn.blocks import one_hot
from cisgram.run import Run
from cisgram.run.config import config_from
from cisgram.run.steps.contacts.transfer import begin_with_other
from cisgram.run.toml import values_of
from cisgram.run.trained import untrained_model
from cisgram.training.checkpoint import Checkpoint, ModelIdentity, save_checkpoint

FORM = {
    "input_length": 96,
    "bin_size": 12,
    "largest_pool": 4,
    "crop": 0,
    "stem_filters": 8,
    "stem_width": 7,
    "tower_filters": 6,
    "tower_width": 5,
    "dilated_filters": 4,
    "n_dilated": 1,
    "bin_filters": 4,
    "pair_filters": 4,
    "pair_dilated_filters": 2,
    "n_pair_blocks": 1,
}
OPEN = basset.BassetConfig(96, n_filters=(8, 6), widths=(7, 5), pools=(2, 2), n_hidden=(8,))


def saved(folder, model, config, name):
    """A run folder with a checkpoint of a model."""
    identity = ModelIdentity(name, {**values_of(config), "n_tracks": 2, "n_controls": 0}, {"tracks": ["a", "b"]})
    (folder / "checkpoints").mkdir(parents=True)
    save_checkpoint(folder / "checkpoints" / "best.safetensors", Checkpoint(identity, model.state_dict()))


def other_akita(folder, **changes):
    config = akita.AkitaConfig(**{**FORM, **changes})
    model = akita.build(config, n_tracks=2, seed=9)
    saved(folder / "other", model, config, "akita")
    return model


def run_with(folder, **transfer):
    config = config_from(
        {
            "name": "a",
            "genome": {"fasta": "g.fa"},
            "maps": [{"name": "m", "file": "m.cool"}],
            "split": {"test": ["I"], "valid": ["II"]},
            "model": {"name": "akita", **FORM},
            "batches": {"jitter_bp": 2},
            "transfer": {"weights": "other", **transfer},
        }
    )
    return Run(folder / "run", config, data_folder=folder)


def begun(run):
    """The run's model with what it takes over, the model as it would be without, and the notes."""
    model = untrained_model(run, n_tracks=1)
    return model, untrained_model(run, n_tracks=1), begin_with_other(run, model)


def test_a_run_folder_gives_its_trunk_and_the_head_begins_anew(tmp_path):
    other = other_akita(tmp_path)
    model, own, notes = begun(run_with(tmp_path))
    sequences = one_hot(torch.arange(192, dtype=torch.uint8).reshape(2, 96) % 4)
    assert torch.equal(model.eval().trunk(sequences), other.eval().trunk(sequences))
    assert all(torch.equal(value, own.head.state_dict()[name]) for name, value in model.head.state_dict().items())
    n_blocks = len([name for name in other.trunk.state_dict() if name.endswith("convolution.weight")])
    assert notes == {"model": "akita", "tracks": ["a", "b"], "convolutions": n_blocks, "frozen": 0}


def test_convolutions_of_a_basset_rest_and_the_layers_behind_them_learn(tmp_path):
    model = basset.build(OPEN, n_tracks=2, seed=3)
    saved(tmp_path / "other", model, OPEN, "basset")
    folded, own, notes = begun(run_with(tmp_path, freeze=True))
    assert notes["convolutions"] == 2
    assert torch.equal(folded.trunk.stem.convolution.weight, model.convolutions[0].convolution.weight)
    frozen = {name for name, value in folded.named_parameters() if not value.requires_grad}
    assert frozen == {name for name, _ in own.named_parameters() if name.startswith(("trunk.stem", "trunk.tower.0"))}
    assert notes["frozen"] == sum(value.numel() for name, value in own.named_parameters() if name in frozen)


def test_layers_of_a_basenji_rest_and_the_layers_behind_them_learn(tmp_path):
    form = basenji.BasenjiConfig(
        input_length=96, filters=(8, 6), widths=(7, 5), pools=(4, 3), trunk_filters=8, n_trunk_blocks=1, crop=0
    )
    form = dataclasses.replace(form, activation="relu")
    model = basenji.build(form, n_tracks=2, seed=3)
    saved(tmp_path / "other", model, form, "basenji")
    folded, _, notes = begun(run_with(tmp_path, freeze=True))
    assert (notes["model"], notes["convolutions"]) == ("basenji", 2)  # dilated blocks have 4 filters here, 8 there
    assert torch.equal(folded.trunk.tower[0].convolution.weight, model.trunk.tower[0].convolution.weight)
    assert not folded.trunk.tower[0].convolution.weight.requires_grad
    assert folded.trunk.dilated[0].dilated.convolution.weight.requires_grad


def test_a_basenji_of_another_activation_is_refused(tmp_path):
    form = basenji.BasenjiConfig(input_length=96, filters=(8,), widths=(7,), pools=(4,), n_trunk_blocks=1, crop=0)
    saved(tmp_path / "other", basenji.build(form, n_tracks=2), form, "basenji")
    with pytest.raises(ConfigError, match=r"best\.safetensors: .* needs activation = 'relu'"):
        begun(run_with(tmp_path))


def test_another_form_is_refused_with_what_differs(tmp_path):
    other_akita(tmp_path, dilated_filters=8, n_dilated=2)
    message = r"other trunk than \[model\] asks for: dilated_filters is 8 there and 4 here; n_dilated is 2 there and 1"
    with pytest.raises(ConfigError, match=message):
        begun(run_with(tmp_path))


def test_a_trunk_that_fits_but_means_something_else_is_said_aloud(tmp_path):
    other_akita(tmp_path, dilation_rate=3.0)
    with pytest.warns(CisgramWarning, match=r"other settings: dilation_rate is 3\.0 there and 1\.75 here"):
        begun(run_with(tmp_path))


def test_other_models_and_other_activations_are_refused(tmp_path):
    config = basset.BassetConfig(
        96, n_filters=(8,), widths=(7,), pools=(2,), n_hidden=(8,), first_activation="exponential"
    )
    saved(tmp_path / "a" / "other", basset.build(config, n_tracks=2), config, "basset")
    with pytest.raises(ConfigError, match="first activation 'exponential'"):
        begun(run_with(tmp_path / "a"))
    wide = basset.BassetConfig(96, n_filters=(8,), widths=(9,), pools=(2,), n_hidden=(8,))
    saved(tmp_path / "b" / "other", basset.build(wide, n_tracks=2), wide, "basset")
    with pytest.raises(ConfigError, match=r"\(8, 4, 9\), does not fit .* \(8, 4, 7\)"):
        begun(run_with(tmp_path / "b"))
    small = bpnet.BPNetConfig(n_filters=4, n_dilated_layers=1, input_length=200, output_length=100)
    saved(tmp_path / "c" / "other", MODELS["bpnet"].build(small, n_tracks=2, n_controls=0, seed=1), small, "bpnet")
    with pytest.raises(CheckpointError, match="holds the model 'bpnet'"):
        begun(run_with(tmp_path / "c"))
    (tmp_path / "d" / "other").mkdir(parents=True)
    with pytest.raises(CheckpointError, match="train the run first"):
        begun(run_with(tmp_path / "d"))
