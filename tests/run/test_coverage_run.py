"""A run on coverage from files to report: reads of two donors around planted peaks, thinned and made deep again."""

import json
import shutil
import tomllib

import numpy as np
import pandas as pd
import pytest

from cisgram.data.coverage_store import open_coverage
from cisgram.errors import ConfigError, ContigError, EmptySetError, InputError
from cisgram.io.tables import read_intervals, read_table, write_table
from cisgram.report.page import write_report
from cisgram.run import COVERAGE_STEPS, Run, finish, run_steps, step_of
from cisgram.run.config import config_from, config_text
from cisgram.run.steps.coverage.known import known_genome
from cisgram.run.steps.coverage.prepare import prepare
from cisgram.run.steps.coverage.train import known_again
from cisgram.training.checkpoint import load_checkpoint

SIZES = {"I": 60_000, "II": 40_000, "III": 40_000}
SETTINGS = """
name = "tiny"

[contigs]
sizes = "sizes.txt"

[[pairs]]
name = "one"
clean = ["one.tsv"]
fractions = [0.1]
peaks = "peaks.bed"

[[pairs]]
name = "two"
clean = ["two.tsv"]
replicate = ["one.tsv"]
peaks = "threshold"
use = "test"

[split]
test = ["III"]
valid = ["II"]

[model]
output_length = 4000
margin_bp = 1200
n_filters = 2
n_blocks = 1
n_peak_blocks = 1

[peaks]
fold = 3.0

[batches]
size = 4

[training]
epochs = 2
learning_rate = 1e-2

[evaluation]
fractions = [0.05, 0.2]
genes = "genes.bed"
n_bootstrap = 20
window_bp = 10_000
"""


def fragments(places, seed, *, missing=()):
    """Fragments at planted peaks, and a few anywhere, of twenty cells."""
    rng = np.random.default_rng(seed)
    rows = []
    for chrom, size in SIZES.items():
        if chrom in missing:
            continue
        own = np.repeat(places.loc[places["chrom"] == chrom, "start"].to_numpy() + 200, 120)
        starts = np.sort(
            np.concatenate([own + rng.integers(-120, 120, own.size), rng.integers(0, size - 300, size // 40)])
        )
        rows += [
            (chrom, s, s + n, f"cell{b}")
            for s, n, b in zip(
                starts, rng.integers(40, 200, starts.size), rng.integers(0, 20, starts.size), strict=True
            )
        ]
    return pd.DataFrame(rows)


@pytest.fixture(scope="session")
def coverage_data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("coverage")
    rng = np.random.default_rng(0)
    places = pd.concat(
        [pd.DataFrame({"chrom": chrom, "start": np.arange(1500, size - 3000, 4000)}) for chrom, size in SIZES.items()]
    )
    places["start"] += rng.integers(0, 1000, len(places))
    places["end"] = places["start"] + 400
    places.to_csv(folder / "peaks.bed", sep="\t", header=False, index=False)
    genes = places.assign(name=[f"g{n}" for n in range(len(places))], score=0, strand="+")
    genes.assign(start=genes["start"] + 200).to_csv(folder / "genes.bed", sep="\t", header=False, index=False)
    for seed, name in enumerate(("one", "two"), 1):
        fragments(places, seed).to_csv(folder / f"{name}.tsv", sep="\t", header=False, index=False)
    fragments(places, 5, missing=("II",)).to_csv(folder / "lacks_two.tsv", sep="\t", header=False, index=False)
    (folder / "sizes.txt").write_text("".join(f"{name}\t{size}\n" for name, size in SIZES.items()))
    (folder / "config.toml").write_text(SETTINGS)
    return folder


@pytest.fixture(scope="session")
def finished_coverage(coverage_data, tmp_path_factory):
    run = Run.start(coverage_data / "config.toml", folder=tmp_path_factory.mktemp("coverage_runs") / "tiny")
    finish(run)
    return run


def changed(coverage_data, tmp_path, *changes):
    """A run with other settings that is not done yet."""
    text = SETTINGS
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / "config.toml"
    path.write_text(text)
    return Run.start(path, folder=tmp_path / "run", data_folder=coverage_data)


def test_every_step_is_done_and_the_same_command_again_does_nothing(finished_coverage, coverage_data):
    steps = json.loads((finished_coverage.folder / "manifest.json").read_text())["steps"]
    assert {name: step["state"] for name, step in steps.items()} == {
        name: "done" for name, step in COVERAGE_STEPS.items() if step.is_wanted(finished_coverage)
    }
    assert finish(Run.start(coverage_data / "config.toml", folder=finished_coverage.folder)) == []


def test_settings_survive_the_way_through_toml(finished_coverage):
    text = config_text(finished_coverage.config)
    assert config_from(tomllib.loads(text)) == finished_coverage.config
    assert tomllib.loads(text)["model"]["name"] == "atacworks"


def test_the_original_form_survives_it_too():
    config = config_from(tomllib.loads(SETTINGS + "\n").copy() | {"model": {"name": "atacworks", "form": "original"}})
    assert config_from(tomllib.loads(config_text(config))) == config
    assert config.model.n_filters == 15


def test_tracks_are_those_of_the_files(finished_coverage, coverage_data):
    store, tracks = (
        open_coverage(finished_coverage.examples / "store"),
        read_table(finished_coverage.examples / "tracks.tsv"),
    )
    reads = pd.read_csv(coverage_data / "one.tsv", sep="\t", header=None)
    at = 6000
    own = reads[reads[0] == "I"]
    expected = ((own[1] - at).abs() <= 100).sum() + ((own[2] - 1 - at).abs() <= 100).sum()
    assert store.read("one.clean", "I", at, at + 1)[0] == expected
    shallow = tracks[tracks["track"] == "one.0.1_of_reads"].iloc[0]
    assert shallow["n_reads"] == pytest.approx(0.1 * 2 * len(reads), rel=0.2)
    assert tracks.set_index("track")["is_learnt"].sum() == 1
    assert set(tracks.loc[tracks["is_judged"], "pair"]) == {"two"}


def test_windows_are_split_by_contig_and_short_rests_are_counted(finished_coverage):
    windows = read_table(finished_coverage.examples / "windows.tsv.gz", types={"dropped": "text"})
    assert windows.groupby("chrom")["split"].first().to_dict() == {"I": "train", "II": "valid", "III": "test"}
    assert set(windows["dropped"]) == {""}
    assert len(windows) == 15 + 10 + 10


def test_metrics_have_the_replicate_as_ceiling_and_raw_coverage_as_floor(finished_coverage):
    records = json.loads(finished_coverage.metrics.read_text())["records"]
    assert {one["metric"] for one in records} == {"pearson", "spearman", "auprc"}
    assert all(one["ceiling"]["value"] > one["floors"]["raw"] for one in records if one["metric"] == "pearson")


def test_deeper_raw_coverage_agrees_better_and_a_replicate_best(finished_coverage):
    table = read_table(finished_coverage.folder / "evaluation" / "depths.tsv")
    own = table[(table["metric"] == "pearson") & (table["scope"] == "contigs never trained on")]
    raw = own[own["method"] == "raw"].sort_values("depth")["value"].tolist()
    assert raw == sorted(raw)
    assert own.loc[own["method"] == "replicate", "value"].item() > raw[-1]
    assert (own["low"] <= own["value"]).all()
    assert (own["value"] <= own["high"]).all()


def test_planted_starts_are_enriched(finished_coverage):
    starts = read_table(finished_coverage.folder / "evaluation" / "starts.tsv").set_index("method")
    assert starts.loc["deep", "enrichment"] > 5
    assert starts.loc["deep", "n_starts"] > 20


def test_example_tracks_are_whole(finished_coverage):
    with np.load(finished_coverage.folder / "evaluation" / "examples.npz") as examples:
        assert [one.split(":")[0] for one in examples["loci"]] == ["III", "III"]
        assert examples["0/two/deep"].size == examples["0/two.0.05_of_reads/denoised"].size == 20_000
        assert (examples["0/two.0.05_of_reads/denoised"] > 0).any()


def test_the_page_answers_the_questions(finished_coverage):
    page = finished_coverage.report.read_text()
    for title in ("Agreement with deep coverage", "Peaks", "What it is worth", "What it looks like", "Provenance"):
        assert f">{title}<" in page
    assert "two, " in page
    assert ">nan<" not in page


def test_a_checkpoint_says_how_coverage_must_be_made(finished_coverage):
    context = load_checkpoint(finished_coverage.best).identity.context
    assert (context["read_shift"], context["extend_bp"]) == ([0, 0], 100)
    trained_on, notes = context["trained_on"], finished_coverage.manifest.steps["train"].notes["mean_coverage"]
    assert (trained_on["contigs"], trained_on["pairs"], trained_on["protocols"]) == (["I", "II"], ["one"], [])
    assert (trained_on["shallow"], trained_on["deep"]) == (notes["shallow"], notes["deep"])


def test_places_on_contigs_and_in_the_store_agree_where_only_regions_are_known(coverage_data, tmp_path):
    regions = (
        'sizes = "sizes.txt"\nregions = ["I:8,001-60,000", "II:1-40,000", "III:5,001-20,000", "III:21,001-37,000"]'
    )
    run = changed(coverage_data, tmp_path, ('sizes = "sizes.txt"', regions))
    run.examples.mkdir(parents=True)
    notes = prepare(run)
    known, store = known_again(run), open_coverage(run.examples / "store")
    assert known.spans == known_genome(run).spans == {"I": (8000, 60_000), "II": (0, 40_000), "III": (5000, 37_000)}
    whole = pd.read_csv(coverage_data / "one.tsv", sep="\t", header=None)
    at = 11_000
    own = whole[whole[0] == "III"]
    expected = ((own[1] - at).abs() <= 100).sum() + ((own[2] - 1 - at).abs() <= 100).sum()
    assert known.reader(store, "one.clean")("III", at, at + 1)[0] == expected
    assert notes["dropped"] == {"region shorter than a window": 1}
    assert notes["peaks"]["one"]["left out"]["outside of the known regions"] > 0
    peaks = read_intervals(run.examples / "one.peaks.narrowPeak")
    is_peak = known.reader(store, "one.peaks")("III", 5000, 37_000)
    assert (
        is_peak.sum() == (peaks.loc[peaks["chrom"] == "III", "end"] - peaks.loc[peaks["chrom"] == "III", "start"]).sum()
    )


def test_cells_are_drawn_by_barcode(coverage_data, tmp_path):
    run = changed(coverage_data, tmp_path, ("fractions = [0.1]", "cells = [5, 10]"))
    run.examples.mkdir(parents=True)
    prepare(run)
    tracks = read_table(run.examples / "tracks.tsv").set_index("track")
    assert (
        tracks.loc["one.5_cells", "n_reads"]
        < tracks.loc["one.10_cells", "n_reads"]
        < tracks.loc["one.clean", "n_reads"]
    )


@pytest.mark.parametrize(
    ("old", "new", "error", "message"),
    [
        ("fractions = [0.1]", "depths = [1e9]", InputError, "pair 'one', 1000000000 reads"),
        ("fractions = [0.1]", "cells = [21]", InputError, "pair 'one', 21 cells: .*1 to 20"),
        ("fractions = [0.1]", 'noisy = ["lacks_two.tsv"]', ContigError, "lacks_two.tsv has nothing on II"),
        (
            'test = ["III"]',
            'test = ["IV"]',
            ContigError,
            r"test names IV, of which nothing is known; there are I, II, III",
        ),
        ("output_length = 4000", "output_length = 50_000", EmptySetError, "region shorter than a window"),
        ('sizes = "sizes.txt"', "", ConfigError, "fragments do not say how long contigs are"),
        (
            'sizes = "sizes.txt"',
            'sizes = "sizes.txt"\nregions = ["I:1-70,000"]',
            ContigError,
            "beyond the 60000 bp of I",
        ),
    ],
)
def test_bad_input_is_one_clear_message(coverage_data, tmp_path, old, new, error, message):
    run = changed(coverage_data, tmp_path, (old, new))
    with pytest.raises(error, match=message):
        run_steps(run, [step_of(run, "prepare")])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("fractions = [0.1]", "fraction = [0.1]", "did you mean 'fractions'"),
        ("fractions = [0.1]", "fractions = [0.1]\ndepths = [5]", "exactly one of noisy, depths, fractions and cells"),
        ("fractions = [0.1]", "fractions = [1.5]", "fractions lie between 0 and 1"),
        ("fractions = [0.1]", 'fractions = [0.1]\ngroup = "NK"', "barcodes and group go together"),
        ('name = "two"', 'name = "one"', "every pair needs a name of its own"),
        ("n_filters = 2", "n_filter = 2", "did you mean 'n_filters'"),
        ("fractions = [0.1]", 'fractions = [0.1]\nuse = "test"', "a pair to learn from"),
        ('test = ["III"]', 'test = ["II"]', "both test and valid"),
    ],
)
def test_wrong_settings_are_refused_before_work_begins(old, new, message):
    with pytest.raises(ConfigError, match=message):
        config_from(tomllib.loads(SETTINGS.replace(old, new, 1)))


def test_a_track_that_is_the_same_everywhere_is_called_a_failure(finished_coverage, tmp_path):
    folder = tmp_path / "failed"
    shutil.copytree(finished_coverage.folder, folder)
    for name, columns in (("depths", ["value", "low", "high"]), ("differences", ["difference", "low", "high"])):
        path = folder / "evaluation" / f"{name}.tsv"
        table = read_table(path)
        is_own = (table["metric"] != "auprc") & (table["method"].eq("denoised") if "method" in table else True)
        table.loc[is_own, columns] = np.nan
        write_table(path, table)
    page = write_report(folder).read_text()
    assert "the denoised track is the same everywhere. Training has failed" in page
    assert "+nan" not in page
