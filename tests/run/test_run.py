"""A run from files to report: what lies in the folder, what is kept, and what bad input says."""

import json
import re
import shutil
from functools import partial

import h5py
import numpy as np
import pandas as pd
import pybigtools
import pytest

from cisgram.data.store import open_store
from cisgram.errors import CheckpointError, ConfigError, ContigError, EmptySetError, FormatError, InputError
from cisgram.io.meme import read_meme
from cisgram.run import PROFILE_STEPS, Run, finish, run_steps
from cisgram.run.trained import trained_model
from cisgram.training.kmer_floor import kmer_log_totals


def test_every_step_is_done_and_hashed(finished):
    steps = json.loads((finished.folder / "manifest.json").read_text())["steps"]
    assert {name: step["state"] for name, step in steps.items()} == dict.fromkeys(PROFILE_STEPS, "done")
    assert all(step["outputs"] for step in steps.values())


def test_the_same_command_again_does_nothing(finished, config_path):
    assert finish(Run.start(config_path, folder=finished.folder)) == []


def test_a_second_run_gives_the_same_weights_metrics_and_contributions(finished, config_path, tmp_path):
    other = Run.start(config_path, folder=tmp_path / "other")
    run_steps(other, [PROFILE_STEPS[name] for name in ("prepare", "train", "predict", "evaluate", "contributions")])
    assert other.best.read_bytes() == finished.best.read_bytes()
    assert other.metrics.read_bytes() == finished.metrics.read_bytes()
    with h5py.File(other.contributions) as first, h5py.File(finished.contributions) as second:
        np.testing.assert_array_equal(first["shap/seq"][:], second["shap/seq"][:])


def test_no_window_is_lost(finished):
    windows = pd.read_csv(finished.examples / "windows.tsv.gz", sep="\t", comment="#", keep_default_na=False)
    notes = finished.manifest.steps["prepare"].notes
    assert len(windows) == notes["n_candidates"]
    assert (windows["dropped"] == "").sum() == sum(notes["n_kept"].values())
    assert sum(notes["dropped"].values()) + sum(notes["n_kept"].values()) == len(windows)


def test_predicted_bigwigs_hold_the_expected_reads(finished):
    profiles = np.load(finished.predictions / "test.profiles.npy")
    log_counts = np.load(finished.predictions / "test.log_counts.npy")
    np.testing.assert_allclose(profiles.sum(axis=(2, 3)), 1, atol=1e-4)
    with pybigtools.open(str(finished.predictions / "Oct4.plus.bw")) as file:
        highest = max(float(np.nanmax(file.values(chrom, fillna=None))) for chrom in file.chroms() if chrom == "chr4")
    assert 0 < highest <= np.expm1(log_counts[:, 0]).max()


def test_every_metric_has_a_definition_and_something_beside_it(finished):
    records = json.loads(finished.metrics.read_text())["records"]
    assert {record["track"] for record in records} == {"Oct4", "Sox2"}
    for record in records:
        assert record["definition"]
        assert record["floors"]
        assert record["ceiling"]["kind"] == "replicates"


def test_totals_stand_beside_those_that_6_mers_let_expect(finished):
    records = json.loads(finished.metrics.read_text())["records"]
    store = open_store(finished.examples)
    rows = np.load(finished.predictions / "test.rows.npy")
    expected = kmer_log_totals(store, rows, store.rows("train"))
    for track, name in enumerate(store.track_names):
        observed = np.log1p(store.centred(rows).counts[:, track].sum(axis=(1, 2), dtype=np.float64))
        own = next(one for one in records if (one["track"], one["metric"]) == (name, "pearson_log_counts"))
        assert own["floors"]["6-mers"] == pytest.approx(np.corrcoef(observed, expected[:, track])[0, 1])


def test_contributions_add_up(finished):
    completeness = finished.manifest.steps["contributions"].notes["completeness"]
    assert set(completeness) == {"Oct4 profile", "Oct4 counts", "Sox2 profile", "Sox2 counts"}
    assert max(one["worst"] for one in completeness.values()) < 1e-3


def test_hits_lie_in_windows_and_motifs_are_named(finished):
    hits = pd.read_csv(finished.motifs / "hits.tsv.gz", sep="\t", comment="#", keep_default_na=False)
    assert (hits["end"] > hits["start"]).all()
    if len(hits):
        assert {motif.alternate_name for motif in read_meme(finished.motifs / "patterns.meme")}


def test_instances_lie_in_explained_windows_and_relations_cover_all_motifs_and_tracks(finished):
    read = partial(pd.read_csv, sep="\t", comment="#", keep_default_na=False)
    hits, relations = (
        read(finished.folder / "grammar" / f"{name}") for name in ("instances.tsv.gz", "recruitment.tsv")
    )
    notes = finished.manifest.steps["grammar"].notes
    assert len(relations) == 2 * len(notes["motifs"])
    if len(hits):
        with h5py.File(finished.contributions) as file:
            n_explained = file["shap/seq"].shape[0]
        assert hits["window"].between(0, n_explained - 1).all()
        assert (hits["end"] > hits["start"]).all()


def test_the_report_is_one_file_that_loads_nothing(finished):
    page = finished.report.read_text()
    assert len(page) > 50_000
    sources = re.findall(r"(?:src|href)=\"([^\"]{0,40})", page)
    assert all(source.startswith(("data:", "#")) for source in sources)
    assert "<script" not in page
    for title in ("Accuracy", "Examples", "Motifs", "Planted truth", "Data", "Training", "Provenance"):
        assert f"<h2>{title}</h2>" in page


def test_a_checkpoint_of_another_model_is_refused(finished, tmp_path, config_path):
    other = tmp_path / "run"
    shutil.copytree(finished.folder, other)
    run = Run.open(other)
    damaged = bytearray(run.best.read_bytes())
    damaged[-20] ^= 1
    run.best.write_bytes(bytes(damaged))
    with pytest.raises(CheckpointError, match=r"best\.safetensors"):
        trained_model(run)


def changed(config_path, tmp_path, cell, **replacements):
    """Start a run whose config has some text replaced."""
    text = config_path.read_text()
    for old, new in replacements.values():
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "changed.toml"
    path.write_text(text)
    return Run.start(path, folder=tmp_path / "run", data_folder=cell.folder)


@pytest.mark.parametrize(
    ("old", "new", "error", "message"),
    [
        ("genome.fa.gz", "no.fa.gz", InputError, r"no\.fa\.gz"),
        ("tracks/Oct4.rep2.plus.bw", "tracks/none.bw", InputError, r"none\.bw"),
        ("peaks/Oct4.narrowPeak", "truth.json", FormatError, r"truth\.json"),
        ("peaks/Oct4.narrowPeak", "motifs.meme", FormatError, r"motifs\.meme"),
        ("tracks/Oct4.rep1.plus.bw", "peaks/Oct4.narrowPeak", FormatError, r"Oct4\.narrowPeak"),
        ("input_length = 456", "input_length = 90456", EmptySetError, "beyond the end of the contig"),
        ("min_counts = 0", "min_counts = 1000000", EmptySetError, "too few counts"),
        ('test = [\n    "chr4",\n]', 'test = ["chr9"]', ContigError, "chr9"),
    ],
)
def test_bad_input_is_one_clear_error(config_path, cell, tmp_path, old, new, error, message):
    run = changed(config_path, tmp_path, cell, one=(old, new))
    with pytest.raises(error, match=message):
        run_steps(run, [PROFILE_STEPS["prepare"]])


def test_a_bigwig_of_another_assembly_is_refused(config_path, cell, tmp_path, data_folder):
    other = data_folder / "yeast/chipexo/reb1.plus.bw"
    run = changed(config_path, tmp_path, cell, one=("tracks/Oct4.rep1.plus.bw", str(other)))
    with pytest.raises(ContigError, match=r"reb1\.plus\.bw"):
        run_steps(run, [PROFILE_STEPS["prepare"]])


def test_a_config_that_changed_is_refused_without_update(finished, config_path, cell, tmp_path):
    path = tmp_path / "other.toml"
    path.write_text(config_path.read_text().replace("epochs = 3", "epochs = 4"))
    with pytest.raises(InputError, match="differ in training"):
        Run.start(path, folder=finished.folder, data_folder=cell.folder)


def test_a_misspelt_key_names_the_nearest(config_path, cell, tmp_path):
    with pytest.raises(ConfigError, match="did you mean 'epochs'"):
        changed(config_path, tmp_path, cell, one=("epochs =", "epoch ="))
