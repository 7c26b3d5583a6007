"""Evaluation and page of a run on tracks in bins: planted signal, floors that see it, genes on their own strand."""

import json
import re

import numpy as np
import pytest

from cisgram.data.binned_store import open_binned
from cisgram.errors import ConfigError
from cisgram.genomics.sequence import decode, encode
from cisgram.io.bigwig import write_bigwig
from cisgram.io.tables import read_table
from cisgram.report.page import truth_findings, write_report
from cisgram.run import Run, run_steps, step_of
from cisgram.run.config import read_config
from cisgram.run.settings.binned import BinnedEvaluationConfig
from cisgram.run.steps.binned.evaluate import evaluate

SIZES = {"I": 48_000, "II": 9_000, "III": 20_000}
WORD, TURNED = encode("CGACGTTCGC"), encode("GCGAACGTCG")
SETTINGS = """
name = "tiny"
[genome]
fasta = "genome.fa"
[split]
test = ["III"]
valid = ["II"]
[windows]
stride_train_bp = 512
[model]
name = "basenji"
input_length = 1024
filters = [4, 4]
widths = [7, 3]
pools = [8, 4]
trunk_filters = 4
n_trunk_blocks = 2
crop = 4
head_filters = 8
[[tracks]]
name = "cage.plus"
replicates = ["plus1.bw", "plus2.bw"]
sum_stat = "sum"
strand_pair = "cage.minus"
description = "CAGE:liver"
[[tracks]]
name = "cage.minus"
replicates = ["minus1.bw", "minus2.bw"]
sum_stat = "sum"
strand_pair = "cage.plus"
description = "CAGE:liver"
[[tracks]]
name = "dnase"
file = "dnase1.bw"
sum_stat = "sum"
description = "DNASE:liver"
[[tracks]]
name = "atac"
file = "dnase2.bw"
sum_stat = "sum"
description = "ATAC:liver"
[batches]
size = 16
[training]
epochs = 1
[evaluation]
genes = "genes.bed"
tss_flank_bp = 16
n_bootstrap = 50
word_bp = 5
context_bp = 10
bin_multiples = [1, 4, 99]
"""


def write_data(folder):
    rng = np.random.default_rng(1)
    contigs, genes, signal = {}, [], {}
    for chrom, size in SIZES.items():
        codes = rng.integers(0, 4, size).astype(np.uint8)
        rates = {name: np.full(size, 0.01) for name in ("plus", "minus", "dnase")}
        for number, at in enumerate(range(150, size - 200, 310)):
            strand = "+-"[number % 2]
            strength = float(rng.gamma(2.0, 1.5))
            for copy in range(1 + int(strength)):
                codes[at + 12 * copy : at + 12 * copy + 10] = WORD if strand == "+" else TURNED
            name = "plus" if strand == "+" else "minus"
            rates[name][at : at + 20] = 4 * (1 + int(strength))
            rates["dnase"][at - 20 : at + 40] = 2 * (1 + int(strength))
            start, end = (at + 10, at + 110) if strand == "+" else (at - 90, at + 11)
            genes.append(f"chr{chrom}\t{start}\t{end}\tg{chrom}{number}\t0\t{strand}\n")
        contigs[chrom], signal[chrom] = codes, rates
    (folder / "genome.fa").write_text("".join(f">{chrom}\n{decode(codes)}\n" for chrom, codes in contigs.items()))
    (folder / "genes.bed").write_text("".join(genes))
    for name in ("plus", "minus", "dnase"):
        for number in (1, 2):
            values = {chrom: rng.poisson(signal[chrom][name]).astype(np.float32) for chrom in SIZES}
            write_bigwig(folder / f"{name}{number}.bw", SIZES, values.items())


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("binned")
    write_data(folder)
    (folder / "config.toml").write_text(SETTINGS)
    run = Run.start(folder / "config.toml", folder=folder / "run", data_folder=folder)
    steps = [step_of(run, name) for name in ("prepare", "train", "predict", "evaluate")]
    with pytest.warns(match="different names"):
        run_steps(run, steps)
    return run


def metrics(run):
    records = json.loads(run.metrics.read_text())["records"]
    return {(one["track"], one["metric"]): one for one in records}


def test_every_track_and_assay_has_its_figures_with_ceiling_and_floors(run):
    found = metrics(run)
    tracks = ("cage.plus", "cage.minus", "dnase", "atac")
    named = ("pearson", "pearson_log1p", "spearman", "r2", "auroc", "auprc")
    assays = ("cage", "dnase", "atac")
    assert set(found) == {(t, m) for t in tracks for m in named} | {(a, "gene_pearson") for a in assays}
    one = found["cage.plus", "pearson"]
    assert set(one["floors"]) == {"mean signal", "GC content", "k-mers", "gene starts"}
    assert one["floors"]["mean signal"] is None
    assert one["ceiling"]["kind"] == "replicates"
    between = one["ceiling"]["between_single_replicates"]
    assert one["ceiling"]["value"] == pytest.approx(2 * between / (1 + between))
    assert found["dnase", "pearson"]["ceiling"] is None
    assert found["cage", "gene_pearson"]["ceiling"]["value"] > 0.8
    assert found["dnase", "auroc"]["floors"]["mean signal"] == 0.5


def test_floors_see_what_they_can_see(run):
    found = metrics(run)
    floors = found["cage.plus", "pearson"]["floors"]
    assert floors["k-mers"] > 0.6 > abs(floors["GC content"]) + 0.1
    assert floors["gene starts"] > 0.6
    assert found["cage.minus", "pearson"]["floors"]["k-mers"] > 0.6


def test_the_replicates_of_one_track_agree_as_numpy_says(run):
    replicates = open_binned(run.examples).replicates
    one, other = (np.asarray(replicates[:, side, 0], dtype=float).ravel() for side in (0, 1))
    between = metrics(run)["cage.plus", "pearson"]["ceiling"]["between_single_replicates"]
    assert between == pytest.approx(np.corrcoef(one, other)[0, 1], abs=1e-6)


def test_a_perfect_prediction_is_perfect_everywhere(run, monkeypatch):
    store = open_binned(run.examples)
    path = run.predictions / "test.rates.npy"
    before = np.load(path)
    np.save(path, np.asarray(store.targets[store.rows("test")]))
    try:
        with pytest.warns(match="different names"):
            evaluate(run)
        found = metrics(run)
        assert {one["value"] for (_, name), one in found.items() if name in ("pearson", "r2", "gene_pearson")} == {1.0}
        differences = read_table(run.folder / "evaluation" / "differences.tsv").set_index("method")
        assert differences.loc["model", "pearson"] == pytest.approx(1)
        widths = read_table(run.folder / "evaluation" / "tracks.tsv")
        assert sorted(widths["bin_bp"].unique()) == [32, 128]
    finally:
        np.save(path, before)
        with pytest.warns(match="different names"):
            run_steps(run, [step_of(run, "evaluate")], again=True)


def test_genes_are_measured_on_their_own_strand(run):
    values = read_table(run.folder / "evaluation" / "gene_values.tsv.gz")
    cage = values[values["assay"] == "cage"]
    assert set(cage["strand"]) == {"+", "-"}
    assert cage.groupby("strand")["measured"].median().min() > 20  # the other strand has next to nothing


def test_the_page_shows_every_part_and_needs_no_other_file(run):
    html = write_report(run.folder).read_text()
    titles = re.findall(r"<h2[^>]*>([^<]+)", html)
    assert titles[:6] == ["Accuracy", "Beside replicates", "Tracks", "By width of bins", "Peaks", "Genes"]
    assert titles[6:] == ["Data", "Training", "Provenance"]
    assert "CAGE (2 tracks): predicted and measured signal" in html
    assert "http" not in re.sub(r"data:image/png;base64,[^\"]+", "", html).replace("http://www.w3.org", "")
    assert truth_findings(run.folder) == []


def test_the_same_run_is_evaluated_the_same_again(run):
    before = run.metrics.read_bytes()
    with pytest.warns(match="different names"):
        evaluate(run)
    assert run.metrics.read_bytes() == before
    assert not list((run.folder / "evaluation").glob(".floor-*"))


@pytest.mark.parametrize(
    "values", [{"bin_multiples": ()}, {"bin_multiples": (1, 1)}, {"word_bp": 7}, {"tss_flank_bp": -1}]
)
def test_settings_that_cannot_be_are_refused(values):
    with pytest.raises(ConfigError, match="evaluation"):
        BinnedEvaluationConfig(**values)


def test_the_settings_come_back_as_they_were_written(run):
    assert read_config(run.folder / "config.toml") == run.config
