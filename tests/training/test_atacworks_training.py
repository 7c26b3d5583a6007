"""AtacWorks in the training loop: from a store to a model that makes shallow coverage more like deep coverage."""

import dataclasses
from functools import partial

import numpy as np
import pytest

from cisgram.data.batches import Batches, Sampling
from cisgram.data.coverage_batches import CoverageExamples, is_covered
from cisgram.data.coverage_store import write_coverage
from cisgram.genomics.interval import tile
from cisgram.models.atacworks import AtacWorksConfig, build, loss_terms, set_scales
from cisgram.training.checkpoint import ModelIdentity
from cisgram.training.config import FitConfig
from cisgram.training.denoise import denoise
from cisgram.training.fit import fit
from cisgram.training.load import load_model

CONFIG = AtacWorksConfig(
    output_length=1000, width=15, dilation=4, margin_bp=260, n_filters=8, n_blocks=2, n_peak_blocks=1
)
SIZES = {"train": 40_000, "valid": 10_000, "test": 10_000}
BOX = np.ones(41)


def tracks():
    """Peaks of 300 bp of different heights over a low background; few cut sites, and their expectation."""
    rng = np.random.default_rng(0)
    noisy, clean, peaks = {}, {}, {}
    for chrom, size in SIZES.items():
        rate = np.full(size, 0.005)
        for start in rng.choice(size - 400, size // 2500, replace=False):
            rate[start : start + 300] += rng.uniform(0.05, 0.3)
        noisy[chrom] = np.convolve(rng.poisson(rate), BOX, mode="same").astype(np.float32)
        clean[chrom] = np.convolve(20 * rate, BOX, mode="same").astype(np.float32)
        peaks[chrom] = rate > 0.04
    return {"noisy": noisy, "clean": clean, "peaks": peaks}


@pytest.fixture(scope="module")
def examples(tmp_path_factory):
    readers = {
        name: lambda chrom, a, b, values=values: values[chrom][a:b].astype(np.float32)
        for name, values in tracks().items()
    }
    store = write_coverage(tmp_path_factory.mktemp("s") / "store", SIZES, readers)
    windows = tile(SIZES, length_bp=1000)
    windows = windows[is_covered(store, windows)]
    return CoverageExamples(store, windows.assign(split=windows["chrom"]), margin_bp=CONFIG.margin_bp)


def train(examples, folder, *, form="residual", epochs=8):
    config = dataclasses.replace(CONFIG, form=form)
    model, rows = build(config, seed=2), examples.rows("train")
    means = examples.means(rows)
    set_scales(model, inputs=means.inputs, track=means.clean)
    options = {} if form == "original" else {"track_scale": means.clean, "mse_weight": 0.05}
    result = fit(
        model,
        partial(loss_terms, **options),
        Batches(examples, rows, Sampling(batch_size=8, shuffle=True, reverse_complement=True)),
        validation=Batches(examples, examples.rows("valid"), Sampling(batch_size=8)),
        config=FitConfig(epochs=epochs, learning_rate=0.003, accelerator="cpu"),
        folder=folder,
        identity=ModelIdentity("atacworks", {**dataclasses.asdict(config), "n_tracks": 1, "n_controls": 0}),
    )
    return model, result


def correlation(values, others):
    return np.corrcoef(values, others)[0, 1]


@pytest.mark.parametrize("form", ["original", "residual"])
def test_what_is_learnt_on_one_contig_denoises_another(examples, tmp_path, form):
    model, result = train(examples, tmp_path, form=form)
    store, region = examples.store, tile({"test": SIZES["test"]}, length_bp=SIZES["test"])
    (found,) = denoise(model, lambda *place: store.read("noisy", *place)[None], region)
    noisy, clean, peaks = (store.read(name, "test", 0, SIZES["test"]) for name in ("noisy", "clean", "peaks"))
    assert correlation(found.track, clean) > correlation(noisy, clean) + 0.01
    assert found.probability[peaks == 1].mean() > found.probability[peaks == 0].mean() + 0.2
    assert {"valid_mse", "valid_pearson", "valid_peaks"} <= result.history[0].keys()


def test_a_training_in_two_parts_ends_as_one_and_is_loaded_from_its_checkpoint(examples, tmp_path):
    whole, result = train(examples, tmp_path / "whole", epochs=3)
    train(examples, tmp_path / "parts", epochs=1)
    resumed, _ = train(examples, tmp_path / "parts", epochs=3)
    loaded = load_model(result.best, expect_model="atacworks")
    for name, values in whole.state_dict().items():
        assert values.equal(resumed.state_dict()[name])
        assert values.equal(loaded.state_dict()[name])
