"""The real thing: BPNet on batches from a store, killed in the middle, loaded from its checkpoint alone."""

import dataclasses
from functools import partial

import numpy as np
import pandas as pd
import pytest
import torch

from cisgram.data.batches import Batches, Sampling
from cisgram.data.layout import StoreLayout
from cisgram.data.store import ExampleBlock, write_store
from cisgram.errors import CheckpointError
from cisgram.models import MODELS
from cisgram.models.bpnet import BPNetConfig, build, loss_terms
from cisgram.training.checkpoint import Checkpoint, ModelIdentity, load_checkpoint, save_checkpoint
from cisgram.training.config import FitConfig
from cisgram.training.fit import fit
from cisgram.training.load import load_model

CONFIG = BPNetConfig(
    input_length=80,
    output_length=30,
    n_filters=8,
    n_dilated_layers=2,
    stem_width=7,
    profile_width=9,
    control="smoothed",
)
SETTINGS = {
    "input_length": 80,
    "output_length": 30,
    "n_filters": 8,
    "n_dilated_layers": 2,
    "stem_width": 7,
    "profile_width": 9,
    "counts": "summed",
    "control": "smoothed",
    "n_tracks": 2,
    "n_controls": 2,
}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Reads pile up on every TTA in the middle, of both tracks; the control is even."""
    n, jitter = 90, 5
    rng = np.random.default_rng(3)
    codes = rng.integers(0, 4, size=(n, 80 + 2 * jitter), dtype=np.uint8)
    sites = (codes[:, 25:65] == 3) & (codes[:, 26:66] == 3) & (codes[:, 27:67] == 0)
    rates = np.repeat((0.05 + 6 * sites)[:, None, None, :], 2, axis=1).repeat(2, axis=2)
    counts = rng.poisson(rates).astype(np.uint16)
    block = ExampleBlock(
        codes,
        counts,
        rng.poisson(0.5, size=(n, 2, 40)).astype(np.uint16),
        tuple(counts[:, [track], :, jitter:-jitter] for track in range(2)),
    )
    windows = pd.DataFrame(
        {
            "chrom": "I",
            "start": np.arange(n) * 100,
            "end": np.arange(n) * 100 + 80,
            "strand": ".",
            "name": "",
            "kind": "peak",
            "split": np.where(np.arange(n) % 3 == 0, "valid", "train"),
            "dropped": "",
        }
    )
    layout = StoreLayout(
        input_length=80,
        output_length=30,
        jitter_bp=jitter,
        n_strands=2,
        track_names=("a", "b"),
        n_replicates=(1, 1),
        control_names=("plus", "minus"),
        control_on_reverse=(1, 0),
    )
    return write_store(tmp_path_factory.mktemp("store") / "examples", windows, layout, [block])


def train(store, folder, *, n_failing_step=None, **settings):
    sampling = Sampling(batch_size=16, shuffle=True, jitter_bp=5, reverse_complement=True, seed=2)
    batches = Batches(store, store.rows("train"), sampling)
    if n_failing_step is not None:
        whole = batches.epoch

        def epoch(number, *, start_batch=0):
            for k, batch in enumerate(whole(number, start_batch=start_batch), start_batch):
                if (number, k) == n_failing_step:
                    raise KeyboardInterrupt
                yield batch

        batches.epoch = epoch
    model = build(CONFIG, n_tracks=2, n_controls=2, seed=1)
    result = fit(
        model,
        partial(loss_terms, counts_weight=10.0),
        batches,
        validation=Batches(store, store.rows("valid"), Sampling(batch_size=64)),
        config=FitConfig(**{"epochs": 3, "learning_rate": 4e-3, "accelerator": "cpu"} | settings),
        folder=folder,
        identity=ModelIdentity("bpnet", SETTINGS),
    )
    return model, result


def test_bpnet_learns_where_reads_fall(store, tmp_path):
    _, result = train(store, tmp_path, epochs=60)
    losses = [row["valid_profile_1"] for row in result.history]
    assert min(losses) < 0.8 * losses[0]
    assert {"valid_profile_2", "valid_counts_1", "valid_counts_2", "train_loss"} <= result.history[0].keys()


@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
def test_a_cut_in_the_middle_of_an_epoch_changes_no_bit(store, tmp_path, precision):
    settings = {"precision": precision, "checkpoint_every_steps": 1}
    _, whole = train(store, tmp_path / "whole", **settings)
    with pytest.raises(KeyboardInterrupt):
        train(store, tmp_path / "cut", n_failing_step=(1, 2), **settings)
    # A step ahead may be lost to the background thread, never a step that was taken.
    assert load_checkpoint(tmp_path / "cut" / "last.safetensors").progress["step"] == 2
    _, resumed = train(store, tmp_path / "cut", **settings)
    assert resumed.best.read_bytes() == whole.best.read_bytes()


def test_the_model_is_built_from_its_checkpoint_alone(store, tmp_path):
    model, result = train(store, tmp_path)
    loaded = load_model(result.best, expect_model="bpnet")
    assert not loaded.training
    batch = next(Batches(store, store.rows("valid"), Sampling(batch_size=4)).epoch(0))
    sequences = torch.nn.functional.one_hot(batch.inputs.long(), 5)[..., :4].mT.float()
    with torch.no_grad():
        expected, found = model.eval()(sequences, batch.controls), loaded(sequences, batch.controls)
    assert torch.equal(expected.profile_logits, found.profile_logits)
    assert torch.equal(expected.log_counts, found.log_counts)


@pytest.mark.parametrize(
    ("identity", "said"),
    [
        (ModelIdentity("mine", SETTINGS), "'mine', and only .*bpnet.* can be built by name"),
        (ModelIdentity("bpnet", {}), "bpnet cannot be built from the settings {}"),
        (ModelIdentity("bpnet", {**SETTINGS, "depth": 3}), "bpnet cannot be built from the settings .*depth"),
        (ModelIdentity("bpnet", {**SETTINGS, "n_filters": 9}), "does not fit this model"),
    ],
)
def test_a_checkpoint_that_no_model_fits_is_refused(tmp_path, identity, said):
    path = tmp_path / "model.safetensors"
    save_checkpoint(path, Checkpoint(identity, build(CONFIG, n_tracks=2, n_controls=2).state_dict()))
    with pytest.raises(CheckpointError, match=said):
        load_model(path)
    assert "bpnet" in MODELS


def test_a_checkpoint_from_before_totals_were_summed_is_one_of_pooled_totals(tmp_path):
    pooled = dataclasses.replace(CONFIG, counts="pooled")
    model = build(pooled, n_tracks=2, n_controls=2, seed=4).eval()
    settings = {**dataclasses.asdict(pooled), "n_tracks": 2, "n_controls": 2}
    del settings["counts"]
    path = tmp_path / "model.safetensors"
    save_checkpoint(path, Checkpoint(ModelIdentity("bpnet", settings), model.state_dict()))
    sequences = torch.rand(3, 4, CONFIG.input_length)
    with torch.no_grad():
        assert torch.equal(load_model(path)(sequences).log_counts, model(sequences).log_counts)


def test_weights_of_pooled_totals_do_not_fit_summed_ones(tmp_path):
    model = build(dataclasses.replace(CONFIG, counts="pooled"), n_tracks=2, n_controls=2)
    settings = {**dataclasses.asdict(CONFIG), "n_tracks": 2, "n_controls": 2}
    path = tmp_path / "model.safetensors"
    save_checkpoint(path, Checkpoint(ModelIdentity("bpnet", settings), model.state_dict()))
    with pytest.raises(CheckpointError, match="counts_head"):
        load_model(path)
