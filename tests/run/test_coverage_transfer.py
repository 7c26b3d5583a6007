"""A model of another run judged as it is: adopted, its contigs told apart; the page says what holds and what fails."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
import torch

from cisgram.errors import CheckpointError, ConfigError, DivergenceError, InputError
from cisgram.io.files import sha256_of
from cisgram.io.tables import read_table, write_table
from cisgram.models.atacworks import AtacWorksConfig, build, set_scales
from cisgram.report.coverage_results import read_coverage_results
from cisgram.report.page import write_report
from cisgram.report.sections.coverage.transfer import transfer
from cisgram.run import Run, finish, run_steps, step_of
from cisgram.run.config import config_from
from cisgram.run.steps.coverage.adopted import TrainedOn
from cisgram.run.steps.coverage.collapse import require_variation
from cisgram.run.steps.coverage.known import held_out_contigs
from cisgram.run.steps.coverage.train import learnt_examples
from cisgram.run.trained import trained_model
from cisgram.training.checkpoint import Checkpoint, ModelIdentity, load_checkpoint, save_checkpoint

SIZES = {"I": 20_000, "II": 20_000, "III": 20_000}
MODEL = AtacWorksConfig(output_length=4000, margin_bp=1200, n_filters=2, n_blocks=1, n_peak_blocks=1)
SEEN = TrainedOn(contigs=("I", "II"), pairs=("liver",), protocols=("bulk",), shallow=0.2, deep=4.0)
SETTINGS = """
name = "elsewhere"
trained = "other.safetensors"

[contigs]
sizes = "sizes.txt"

[[pairs]]
name = "spleen"
clean = ["spleen.tsv"]
fractions = [0.1, 0.4]
peaks = "peaks.bed"
use = "test"
protocol = "10x"

[evaluation]
n_bootstrap = 20
window_bp = 10_000
"""
PAIR_TO_LEARN = """[[pairs]]
name = "gut"
clean = ["spleen.tsv"]
fractions = [0.1]
peaks = "peaks.bed"

[split]
test = ["III"]
valid = ["II"]

[evaluation]"""
STEEP = """[training]
epochs = 3
learning_rate = 30.0
warmup_steps = 0
clip_norm = 0.0
average_decay = 0.0

[batches]
size = 2
"""


def save_model(path, *, trained_on=SEEN, **context):
    """A model that never was trained: it hands coverage through in other units."""
    model = build(MODEL, seed=3)
    set_scales(model, inputs=np.array([0.2]), track=4.0)
    identity = ModelIdentity(
        name="atacworks",
        settings={**dataclasses.asdict(MODEL), "n_tracks": 1, "n_controls": 0},
        context={"read_shift": [0, 0], "extend_bp": 100, "trained_on": trained_on.context(), **context},
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    save_checkpoint(path, Checkpoint(identity, model.state_dict()))
    return path


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder, rng = tmp_path_factory.mktemp("transfer"), np.random.default_rng(0)
    peaks, reads = [], []
    for chrom, size in SIZES.items():
        starts = np.arange(1500, size - 2000, 3000)
        peaks += [(chrom, start, start + 400) for start in starts]
        own = np.repeat(starts + 200, 80) + rng.integers(-120, 120, 80 * starts.size)
        for start in np.sort(np.concatenate([own, rng.integers(0, size - 300, 400)])):
            reads.append((chrom, start, start + rng.integers(40, 200), f"cell{rng.integers(10)}"))
    for name, rows in (("peaks.bed", peaks), ("spleen.tsv", reads)):
        pd.DataFrame(rows).to_csv(folder / name, sep="\t", header=False, index=False)
    (folder / "sizes.txt").write_text("".join(f"{name}\t{size}\n" for name, size in SIZES.items()))
    save_model(folder / "other.safetensors")
    return folder


def started(data, folder, *changes):
    """A run with changed settings, not done yet."""
    text = SETTINGS
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "settings.toml"
    path.write_text(text)
    return Run.start(path, folder=folder / "run", data_folder=data)


@pytest.fixture(scope="module")
def adopted(data, tmp_path_factory):
    run = started(data, tmp_path_factory.mktemp("adopted"))
    assert finish(run) == ["check", "prepare", "train", "evaluate", "report"]
    return run


def test_the_checkpoint_is_taken_as_it_is_with_its_form_and_its_hash(adopted, data):
    assert adopted.best.read_bytes() == (data / "other.safetensors").read_bytes()
    assert trained_model(adopted).config == MODEL != adopted.config.model
    manifest = json.loads((adopted.folder / "manifest.json").read_text())
    sha256 = sha256_of(data / "other.safetensors")
    assert manifest["inputs"]["other.safetensors"]["sha256"] == sha256
    assert manifest["steps"]["train"]["outputs"] == {"checkpoints/best.safetensors": sha256}
    assert manifest["steps"]["prepare"]["notes"]["n_kept"] == {}
    assert finish(adopted) == []


def test_only_contigs_that_the_model_was_not_trained_on_are_held_out(adopted):
    assert held_out_contigs(adopted) == ("III",)
    depths = read_table(adopted.folder / "evaluation" / "depths.tsv")
    assert set(depths["scope"]) == {"all contigs", "contigs never trained on"}
    assert "On III, never trained on" in adopted.report.read_text()


def test_mean_coverage_is_that_of_the_reads(adopted, data):
    reads = pd.read_csv(data / "spleen.tsv", sep="\t", header=None)
    cuts = np.concatenate([reads[1], reads[2] - 1])
    size = np.concatenate([reads[0].map(SIZES)] * 2)
    total = (np.minimum(cuts + 101, size) - np.maximum(cuts - 100, 0)).sum()
    tracks = read_table(adopted.examples / "tracks.tsv").set_index("track")
    assert tracks.loc["spleen.clean", "mean_coverage"] == pytest.approx(total / sum(SIZES.values()))
    assert tracks.loc["spleen.peaks", "mean_coverage"] == pytest.approx(6 * 3 * 400 / sum(SIZES.values()), rel=0.01)


def test_the_page_says_where_the_model_is_from_and_how_deep_it_was_trained(adopted):
    page = adopted.report.read_text()
    assert ">Other cells, other protocols<" in page
    assert "trained in another run; judged on spleen" in page
    assert "It was trained on liver (bulk)." in page
    assert "Transfer: spleen (10x), " in page
    tracks = read_table(adopted.examples / "tracks.tsv").set_index("track")
    ratio = tracks.loc["spleen.0.1_of_reads", "mean_coverage"] / SEEN.shallow
    assert ratio > 2
    assert f"the shallow coverage of spleen is {ratio:.2g} times" in page
    assert ">nan<" not in page


def test_what_fails_is_said_at_every_depth(adopted, tmp_path):
    folder = tmp_path / "failing"
    (folder / "evaluation").mkdir(parents=True)
    (folder / "examples").mkdir()
    for name in (
        "config.toml",
        "manifest.json",
        "evaluation/depths.tsv",
        "examples/tracks.tsv",
        "examples/contigs.tsv",
    ):
        (folder / name).write_bytes((adopted.folder / name).read_bytes())
    table = read_table(adopted.folder / "evaluation" / "differences.tsv")
    is_pearson = table["metric"].eq("pearson")
    table["difference"], table["low"], table["high"] = 0.1, 0.05, 0.15
    table.loc[is_pearson, ["difference", "low", "high"]] = [-0.1, -0.15, -0.05]
    write_table(folder / "evaluation" / "differences.tsv", table)
    section = transfer(read_coverage_results(folder))
    assert section is not None
    assert "Fails: denoising spleen makes it worse by Pearson r at 2 of 2 depths." in section.findings
    assert any("better by auPRC of peaks" in one and "worse by Pearson r" in one for one in section.findings)


@pytest.mark.parametrize(("protocols", "is_shown"), [(("bulk", "10x"), True), (("", "10x"), True), (("", ""), False)])
def test_a_run_that_trains_asks_only_where_protocols_differ(adopted, protocols, is_shown):
    results = read_coverage_results(adopted.folder)
    pairs = [
        {"name": name, "use": use, "protocol": protocol, "fractions": [0.1]}
        for name, use, protocol in zip(("liver", "spleen"), ("train", "test"), protocols, strict=True)
    ]
    config = {**results.config, "trained": "", "pairs": pairs, "split": {"test": ["III"], "valid": ["II"]}}
    section = transfer(dataclasses.replace(results, config=config))
    assert (section is not None) == is_shown
    if section is not None:
        assert any("another protocol than in training" in one for one in section.findings)


def test_a_run_folder_stands_for_its_best_checkpoint(data, tmp_path):
    save_model(data / "runs" / "other" / "checkpoints" / "best.safetensors")
    run = started(data, tmp_path, ("other.safetensors", "runs/other"))
    run_steps(run, [step_of(run, "prepare"), step_of(run, "train")])
    assert "runs/other/checkpoints/best.safetensors" in run.manifest.inputs


def test_contigs_can_be_named_and_where_none_is_new_all_are_judged_without_a_claim(data, tmp_path):
    save_model(data / "everywhere.safetensors", trained_on=TrainedOn(contigs=("I", "II", "III"), pairs=("liver",)))
    named = started(data, tmp_path / "named", ("[evaluation]", '[evaluation]\ncontigs = ["II"]'))
    run_steps(named, [step_of(named, "prepare")])
    assert held_out_contigs(named) == ("II",)
    run = started(data, tmp_path / "all", ("other.safetensors", "everywhere.safetensors"), ("[0.1, 0.4]", "[0.4]"))
    finish(run)
    assert held_out_contigs(run) == ("I", "II", "III")
    page = write_report(run.folder).read_text()
    assert ", never trained on<" not in page
    assert "Its contigs had the names I, II, III, too" in page


@pytest.mark.parametrize(
    ("old", "new", "error", "message"),
    [
        (
            "[contigs]",
            "[coverage]\nextend_bp = 75\n\n[contigs]",
            ConfigError,
            "extend_bp is 75, and the model .* cover 100",
        ),
        ("other.safetensors", "nothing.safetensors", InputError, "nothing.safetensors"),
        ("other.safetensors", "spleen.tsv", CheckpointError, "spleen.tsv"),
        ("[evaluation]", '[evaluation]\ncontigs = ["X"]', InputError, r"\[evaluation\] contigs names X"),
    ],
)
def test_a_model_that_does_not_fit_is_refused_before_reads_are_read(data, tmp_path, old, new, error, message):
    with pytest.raises(error, match=message):
        finish(started(data, tmp_path, (old, new)))
    assert not (tmp_path / "run" / "examples" / "store").exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"split": {"test": ["III"], "valid": ["II"]}}, r"leave \[split\] out"),
        ({"training": {"epochs": 3}, "batches": {"size": 2}}, r"leave \[batches\], \[training\] out"),
        ({"trained": ""}, "a pair to learn from.* or, at the top, trained = RUN"),
        ({"pairs": [{"name": "gut", "clean": ["a.tsv"], "cells": [5]}]}, 'every pair has use = "test"; gut would'),
        ({"trained": "", "pairs": [{"name": "gut", "clean": ["a.tsv"], "cells": [5]}]}, r"needs \[split\]"),
    ],
)
def test_settings_that_would_be_without_effect_are_refused(changes, message):
    pairs = [{"name": "spleen", "clean": ["a.tsv"], "cells": [5], "use": "test"}]
    with pytest.raises(ConfigError, match=message):
        config_from({"name": "a", "trained": "b", "pairs": pairs, **changes})


def test_a_training_that_is_given_in_part_keeps_the_rest_of_what_is_steady():
    pairs, split = [{"name": "gut", "clean": ["a.tsv"], "cells": [5]}], {"test": ["III"], "valid": ["II"]}
    config = config_from({"name": "a", "pairs": pairs, "split": split, "training": {"epochs": 2}})
    assert (config.training.epochs, config.training.clip_norm, config.training.warmup_steps) == (2, 0.5, 30)
    assert config.likelihood.mse_unit == "mean"


def test_what_a_model_was_trained_on_survives_its_checkpoint(data, tmp_path):
    assert TrainedOn.of(load_checkpoint(data / "other.safetensors")) == SEEN
    path = save_model(tmp_path / "old.safetensors", trained_on=TrainedOn())
    assert TrainedOn.of(load_checkpoint(path)).shallow is None
    checkpoint = load_checkpoint(path)
    older = dataclasses.replace(checkpoint, identity=dataclasses.replace(checkpoint.identity, context={}))
    units = TrainedOn.of(older)
    assert (units.shallow, units.deep) == (pytest.approx(0.2), 4.0)


def test_a_track_that_is_the_same_everywhere_stops_the_training_with_what_to_change(data, tmp_path):
    names = ("output_length", "margin_bp", "n_filters", "n_blocks", "n_peak_blocks")
    form = "\n[model]\n" + "".join(f"{name} = {getattr(MODEL, name)}\n" for name in names)
    changes = [
        ('trained = "other.safetensors"', ""),
        ("[evaluation]", PAIR_TO_LEARN),
        ("\n[contigs]", f"{form}\n[contigs]"),
    ]
    run = started(data, tmp_path / "flat", *changes)
    run_steps(run, [step_of(run, "prepare")])
    examples, model = learnt_examples(run), build(MODEL, seed=1)
    set_scales(model, inputs=np.array([0.2]), track=4.0)
    require_variation(model, examples, config=run.config)
    with torch.no_grad():
        model.coverage_weight.zero_()
        model.track_head.weight.zero_()
    with pytest.raises(DivergenceError, match=r"same everywhere .*learning_rate \(now 0.001\), clip_norm = 0.5"):
        require_variation(model, examples, config=run.config)
    run = started(data, tmp_path / "steep", *changes, ("[evaluation]", f"{STEEP}\n[evaluation]"))
    with pytest.raises(DivergenceError, match="same everywhere"):
        finish(run)
    assert run.manifest.steps["train"].state == "failed"
