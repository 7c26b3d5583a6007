"""Simulated single cells to the end: what is said of the truth is what one counts by hand."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cisgram.errors import EmptySetError
from cisgram.genomics.interval import overlaps
from cisgram.io.bigwig import read_bigwig_contig
from cisgram.io.files import write_text_atomic
from cisgram.io.reads import open_coverage_source, read_barcode_groups
from cisgram.io.tables import read_chrom_sizes, read_intervals
from cisgram.models.atacworks import AtacWorksConfig
from cisgram.report.page import truth_findings
from cisgram.run import Run, finish
from cisgram.run.config import config_text, read_config
from cisgram.run.demo import simulate_demo
from cisgram.run.steps.coverage.recover import recover
from cisgram.simulate.atac_files import AtacFiles

pytestmark = pytest.mark.slow

SMALL = AtacWorksConfig(output_length=5_000, margin_bp=1_200, n_filters=4, n_blocks=1, n_peak_blocks=1)


def small(config):
    """The run of a simulation with a model that is trained in seconds."""
    evaluation = replace(config.evaluation, cells=(2, 10), n_bootstrap=20, window_bp=20_000)
    pairs = tuple(replace(pair, cells=(2,) if pair.use == "train" else ()) for pair in config.pairs)
    training = replace(config.training, epochs=1)
    return replace(config, model=SMALL, evaluation=evaluation, pairs=pairs, training=training)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("atac_demo")
    made = simulate_demo("atac", folder / "cells", size="tiny", experiment={"n_fragments": 15_000})
    write_text_atomic(made.config, config_text(small(read_config(made.config))))
    run = Run.start(made.config, folder=folder / "run")
    finish(run)
    return run


@pytest.fixture(scope="module")
def files(simulated):
    return AtacFiles.load(simulated.data_folder)


@pytest.fixture(scope="module")
def recovery(simulated):
    return {name: pd.DataFrame(rows) for name, rows in json.loads(simulated.recovery.read_text()).items()}


def test_a_replicate_and_another_protocol_are_judged_against_their_own_truth(simulated, recovery):
    assert list(dict.fromkeys(recovery["agreement"]["pair"])) == ["stem", "stem_whole_cells"]
    methods = recovery["agreement"].groupby("pair")["method"].unique()
    assert set(methods["stem"]) == {"raw", "denoised", "replicate", "deep"}
    assert set(methods["stem_whole_cells"]) == {"raw", "denoised", "deep"}


def test_agreement_of_the_deep_library_is_what_numpy_says(simulated, files, recovery):
    sizes = read_chrom_sizes(files.chrom_sizes)
    source = open_coverage_source(files.fragments, sizes=sizes).only(read_barcode_groups(files.barcodes)["stem"])
    held_out = simulated.config.split.test
    deep = np.concatenate([source.coverage(chrom, 0, sizes[chrom]) for chrom in held_out])
    expected = np.concatenate([read_bigwig_contig(files.expected["stem"], chrom) for chrom in held_out])
    table = recovery["agreement"]
    own = table[(table["pair"] == "stem") & (table["method"] == "deep") & (table["metric"] == "pearson")]
    found = own.set_index("scope")["value"]["contigs never trained on"]
    assert found == pytest.approx(np.corrcoef(deep, expected)[0, 1], abs=1e-3)


def test_more_cells_agree_better_with_the_truth_and_the_deep_library_best(recovery):
    table = recovery["agreement"]
    own = table[(table["pair"] == "stem") & (table["metric"] == "pearson") & (table["scope"] == "all contigs")]
    raw = own[own["method"] == "raw"].sort_values("depth")["value"].tolist()
    deep = own.loc[own["method"] == "deep", "value"].item()
    assert raw[0] < raw[1] < deep


def test_shares_of_planted_sites_are_those_that_one_counts(simulated, files, recovery):
    peaks = {name: read_intervals(path) for name, path in files.peaks.items()}
    trained = pd.concat([table for name, table in peaks.items() if name != "stem"], ignore_index=True)
    own = peaks["stem"][~overlaps(peaks["stem"], trained)]
    called = read_intervals(simulated.examples / "stem.peaks.narrowPeak")
    table = recovery["sites"]
    rows = table[(table["pair"] == "stem") & (table["method"] == "deep") & (table["scope"] == "all contigs")]
    rows = rows.set_index("sites")
    assert rows.loc["own", "n"] == len(own) > 0
    assert rows.loc["own", "value"] == pytest.approx(overlaps(own, called).mean())
    assert rows.loc["called", "value"] == pytest.approx(overlaps(called, peaks["stem"]).mean())
    assert rows.loc["own", "value"] > 0.5 > rows.loc["foreign", "value"]


def test_the_page_says_what_came_back(simulated):
    page = simulated.report.read_text()
    assert "Planted truth" in page
    assert "places where only training types have one" in page
    findings = truth_findings(simulated.folder)
    assert findings[0].startswith("Truth: stem, 2 cells: against what was planted, Pearson r ")


def test_pairs_that_the_simulation_does_not_know_are_refused(simulated, tmp_path):
    pairs = tuple(replace(pair, name=f"my_{pair.name}") for pair in simulated.config.pairs)
    run = Run(simulated.folder, replace(simulated.config, pairs=pairs), data_folder=simulated.data_folder)
    tracks = simulated.examples / "tracks.tsv"
    before = tracks.read_text()
    try:
        tracks.write_text(before.replace("stem", "my_stem"))
        with pytest.raises(EmptySetError, match="pairs that the truth knows"):
            recover(run)
    finally:
        tracks.write_text(before)
