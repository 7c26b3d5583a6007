"""Predictions of store rows: both orientations, controls, and agreement with a plain forward pass."""

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from cisgram.data.layout import StoreLayout
from cisgram.data.store import ExampleBlock, write_store
from cisgram.models.bpnet import BPNetConfig, build
from cisgram.nn.blocks import one_hot
from cisgram.training.measured import average_profiles, measured_rows
from cisgram.training.predictions import predict_rows

N, INPUT, OUTPUT, JITTER = 12, 60, 20, 4


def store_in(folder, *, sequences, counts, controls, centre="summit"):
    n = len(sequences)
    windows = pd.DataFrame({"chrom": "I", "start": np.arange(n) * 100})
    windows = windows.assign(
        end=windows["start"] + INPUT, name="", strand=".", kind=["peak"] * (n - 2) + ["negative"] * 2
    )
    windows = windows.assign(centre=centre, split=["train", "test"] * (n // 2), dropped="")
    layout = StoreLayout(
        input_length=INPUT,
        output_length=OUTPUT,
        jitter_bp=JITTER,
        n_strands=2,
        track_names=("a",),
        n_replicates=(1,),
        control_names=("input.plus", "input.minus"),
        control_on_reverse=(1, 0),
    )
    middle = counts[..., JITTER : JITTER + OUTPUT]
    return write_store(folder, windows, layout, [ExampleBlock(sequences, counts, controls, (middle,))])


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """The second half of the rows is the reverse complement of the first."""
    rng = np.random.default_rng(0)
    sequences = rng.integers(0, 5, (N // 2, INPUT + 2 * JITTER), dtype=np.uint8)
    counts = rng.poisson(2.0, (N // 2, 1, 2, OUTPUT + 2 * JITTER)).astype(np.uint16)
    controls = rng.poisson(2.0, (N // 2, 2, OUTPUT + 2 * JITTER)).astype(np.uint16)
    turned = np.where(sequences < 4, 3 - sequences, 4)[:, ::-1].astype(np.uint8)
    return store_in(
        tmp_path_factory.mktemp("store") / "examples",
        sequences=np.concatenate([sequences, turned]),
        counts=np.concatenate([counts, counts[:, :, ::-1, ::-1]]),
        controls=np.concatenate([controls, controls[:, ::-1, ::-1]]),
    )


def model_of(strands):
    config = BPNetConfig(
        input_length=INPUT,
        output_length=OUTPUT,
        n_filters=8,
        n_dilated_layers=2,
        stem_width=5,
        profile_width=5,
        strands=strands,
        control="concatenated",
    )
    model = build(config, n_tracks=1, n_controls=2)
    with torch.no_grad():  # so that nothing hides behind small weights
        for parameter in model.parameters():
            parameter.mul_(4)
    return model


@pytest.mark.parametrize("strands", ["joint", "separate"])
def test_both_orientations_give_the_same_prediction_turned_round(store, strands):
    found = predict_rows(model_of(strands), store, np.arange(N), batch_size=5)
    half = N // 2
    assert found.profiles[half:] == pytest.approx(found.profiles[:half, :, ::-1, ::-1], abs=1e-5)
    assert found.log_counts[half:] == pytest.approx(found.log_counts[:half, :, ::-1], abs=1e-5)
    plain = predict_rows(model_of(strands), store, np.arange(N), reverse_complement=False)
    assert np.abs(plain.profiles[half:] - plain.profiles[:half, :, ::-1, ::-1]).max() > 1e-3


@pytest.mark.parametrize("strands", ["joint", "separate"])
def test_one_orientation_is_the_softmax_of_the_models_logits(store, strands):
    model, rows = model_of(strands), np.array([7, 2])
    found = predict_rows(model, store, rows, reverse_complement=False)
    examples = store.centred(rows)
    with torch.no_grad():
        output = model(one_hot(torch.from_numpy(examples.sequences)), torch.from_numpy(examples.controls))
    axes = (2, 3) if strands == "joint" else (3,)
    exponent = output.profile_logits.exp()
    assert found.profiles == pytest.approx((exponent / exponent.sum(axes, keepdim=True)).numpy(), abs=1e-6)
    assert found.log_counts == pytest.approx(output.log_counts.numpy(), abs=1e-6)


def test_logits_are_averaged_before_the_softmax(store):
    model, rows = model_of("joint"), np.arange(3)
    found = predict_rows(model, store, rows)
    there = predict_rows(model, store, rows, reverse_complement=False).profiles
    back = predict_rows(model, store, rows + N // 2, reverse_complement=False).profiles[:, :, ::-1, ::-1]
    geometric = np.sqrt(there * back)
    assert found.profiles == pytest.approx(geometric / geometric.sum((2, 3), keepdims=True), rel=1e-3)


def test_the_model_is_left_as_it_was(store):
    model = model_of("joint").train()
    predict_rows(model, store, np.arange(2))
    assert model.training


def test_no_rows_give_empty_predictions(store):
    found = predict_rows(model_of("joint"), store, np.zeros(0, int))
    assert found.profiles.shape == (0, 1, 2, OUTPUT)


def test_progress_counts_windows(store):
    seen = []
    predict_rows(model_of("joint"), store, np.arange(4), progress=lambda done, total: seen.append((done, total)))
    assert seen == [(4, 4)]


def test_dropout_is_off(store):
    class Noisy(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner, self.dropout = model_of("joint"), nn.Dropout(0.5)

        def forward(self, sequences, controls=None):
            return self.inner(self.dropout(sequences), controls)

    model = Noisy().train()
    again = [predict_rows(model, store, np.arange(2)).profiles for _ in range(2)]
    assert (again[0] == again[1]).all()


def test_measured_rows_are_those_of_the_store(store):
    measured = measured_rows(store, store.rows("test"), training_rows=store.rows("train"))
    assert measured.counts.shape == (N // 2, 1, 2, OUTPUT)
    assert (measured.counts[:, 0] == measured.replicates[0].sum(axis=1)).all()
    assert measured.is_peak.tolist() == [True] * (N // 2 - 1) + [False]
    assert measured.average_profiles.sum() == pytest.approx(1)


def test_tiles_say_nothing_about_the_average_profile(store, tmp_path):
    parts = {"sequences": store.sequences, "counts": store.counts, "controls": store.controls}
    centre = ["tile", "summit", "summit", *["tile"] * (N - 3)]
    mixed = store_in(tmp_path / "mixed", **parts, centre=centre)
    found = measured_rows(mixed, mixed.rows("test"), training_rows=mixed.rows("train"))
    assert found.average_profiles == pytest.approx(average_profiles(mixed.centred(np.array([2])).counts))
    all_tiles = store_in(tmp_path / "tiles", **parts, centre="tile")
    found = measured_rows(all_tiles, all_tiles.rows("test"), training_rows=all_tiles.rows("train"))
    peaks = all_tiles.rows("train", "peak")
    assert found.average_profiles == pytest.approx(average_profiles(all_tiles.centred(peaks).counts))
