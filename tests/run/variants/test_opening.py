"""Runs are opened as folds of one model, or refused."""

import numpy as np
import pytest

from cisgram.errors import CheckpointError
from cisgram.interpret.variants.model import VariantModel
from cisgram.models.basset import BassetConfig
from cisgram.models.basset import build as build_basset
from cisgram.run.variants.opening import open_variant_model
from cisgram.training.checkpoint import Checkpoint, ModelIdentity, save_checkpoint


def save_fold(folder, seed, tracks=("a", "b"), **form):
    config = BassetConfig(input_length=60, n_filters=(4, 4), widths=(5, 3), pools=(3, 4), n_hidden=(6,), **form)
    model = build_basset(config, n_tracks=2, seed=seed)
    (folder / "checkpoints").mkdir(parents=True)
    settings = {**{name: getattr(config, name) for name in config.__dataclass_fields__}, "n_tracks": 2}
    identity = ModelIdentity("basset", settings, {"tracks": list(tracks)})
    save_checkpoint(folder / "checkpoints" / "best.safetensors", Checkpoint(identity, model.state_dict()))
    return model.eval()


def test_runs_are_opened_as_folds(tmp_path):
    modules = [save_fold(tmp_path / name, seed) for seed, name in enumerate(["one", "two"])]
    model = open_variant_model([tmp_path / "one", tmp_path / "two" / "checkpoints" / "best.safetensors"])
    assert (model.name, model.track_names, len(model.sha256)) == ("basset", ("a", "b"), 2)
    codes = np.random.default_rng(0).integers(0, 4, (3, 60)).astype(np.uint8)
    expected = VariantModel(tuple(modules), "basset", ("a", "b")).reference(codes)
    np.testing.assert_array_equal(model.reference(codes).values, expected.values)


def test_runs_that_are_no_folds_of_one_model_are_refused(tmp_path):
    save_fold(tmp_path / "one", 0)
    save_fold(tmp_path / "two", 0, tracks=("a", "c"))
    save_fold(tmp_path / "three", 0, dropout=0.1)
    with pytest.raises(CheckpointError, match="the same tracks"):
        open_variant_model([tmp_path / "one", tmp_path / "two"])
    with pytest.raises(CheckpointError, match="settings differ"):
        open_variant_model([tmp_path / "one", tmp_path / "three"])
    with pytest.raises(CheckpointError, match="at least one"):
        open_variant_model([])
