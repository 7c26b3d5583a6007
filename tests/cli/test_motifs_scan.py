"""``cisgram motifs scan`` from files to files."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from cisgram.cli.main import app
from cisgram.genomics.background import Background
from cisgram.genomics.motif import Motif
from cisgram.io.background import write_background
from cisgram.io.fasta import read_genome, write_fasta
from cisgram.io.hits import HIT_COLUMNS
from cisgram.io.meme import read_meme, write_meme
from cisgram.io.tables import read_intervals, read_provenance, read_table
from cisgram.motifs.scanning.scan import ScanConfig, scan_genome


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.setenv("CISGRAM_CACHE", str(tmp_path / "cache"))
    rng = np.random.default_rng(1)
    contigs = {name: rng.integers(0, 4, 4000).astype(np.uint8) for name in ("I", "II")}
    contigs["I"][100:150] = 4
    write_fasta(tmp_path / "genome.fa.gz", contigs)
    motifs = [Motif("a", rng.dirichlet(np.full(4, 0.2), 9).T), Motif("b", rng.dirichlet(np.full(4, 0.2), 14).T)]
    write_meme(tmp_path / "motifs.meme", motifs)
    (tmp_path / "regions.bed").write_text("I\t0\t1000\nII\t500\t600\n")
    return tmp_path


@pytest.fixture
def call(files):
    def run(*options, out="hits.tsv"):
        words = ["motifs", "scan", str(files / "motifs.meme"), str(files / "genome.fa.gz"), "--out", str(files / out)]
        return CliRunner().invoke(app, [*words, "--p-value", "1e-3", *options])

    return run


def test_hits_are_those_of_the_library(files, call):
    done = call("--json", out="hits.tsv.gz")
    assert done.exit_code == 0
    said = json.loads(done.stdout)
    read = read_table(files / "hits.tsv.gz")
    genome = read_genome(files / "genome.fa.gz")

    expected = scan_genome(read_meme(files / "motifs.meme"), genome, config=ScanConfig(p_value=1e-3))
    assert tuple(read.columns) == HIT_COLUMNS
    assert len(read) == len(expected.hits) == said["hits"] > 5
    assert read["start"].tolist() == expected.hits["start"].tolist()
    np.testing.assert_allclose(read["p_value"], expected.hits["p_value"], rtol=1e-5)
    assert [row["hits"] for row in said["motifs"]] == expected.motifs["hits"].tolist()
    assert said["motifs"][0]["windows_with_n"] == 2 * (50 + 8)
    assert read_provenance(files / "hits.tsv.gz")["sequences_sha256"] == genome.sha256


@pytest.mark.parametrize("out", ["hits.bed", "hits.narrowPeak"])
def test_other_formats_are_read_back(files, call, out):
    done = call(out=out)
    assert done.exit_code == 0
    assert f"hits of 2 motifs: {files / out}" in done.stdout
    assert set(read_intervals(files / out)["name"]) == {"a", "b"}


def test_regions_strand_and_best_only(files, call):
    assert (
        call("--regions", str(files / "regions.bed"), "--strands", "-", "--best-only", "--p-value", "0.05").exit_code
        == 0
    )
    read = read_table(files / "hits.tsv")
    assert set(read["strand"]) == {"-"}
    assert not read.duplicated(["chrom", "name"]).any()
    assert (read.loc[read["chrom"] == "II", "start"] >= 500).all()
    assert (read.loc[read["chrom"] == "II", "end"] <= 600).all()


def test_backgrounds(files, call):
    bases = np.array([0.4, 0.1, 0.1, 0.4])
    write_background(files / "bg", Background.from_bases(bases))
    for option, expected in (("uniform", [0.25] * 4), (str(files / "bg"), bases.tolist())):
        said = json.loads(call("--background", option, "--json").stdout)
        assert said["background"]["bases"] == pytest.approx(expected)
    assert json.loads(call("--order", "2", "--json").stdout)["background"]["order"] == 2


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--p-value", "0"], "p_value must be above 0"),
        (["--q-value", "2"], "q_value must be above 0"),
        (["--pseudocount", "0"], "pseudocount must be above 0"),
        (["--order", "6"], "must be 0 to 5"),
        (["--order", "1", "--background", "uniform"], "cannot go with --background uniform"),
        (["--background", "none.txt"], "there is no file none.txt"),
        (["--regions", "none.bed"], "there is no file none.bed"),
        (["--p-value", "1e-12"], "no motifs left"),
    ],
)
def test_wrong_settings_are_one_line(call, options, problem):
    done = call(*options)
    assert done.exit_code == 1
    assert problem in done.stderr
    assert len([line for line in done.stderr.strip().splitlines() if line.startswith("error")]) == 1


def test_a_region_on_an_unknown_contig_names_the_file(files, call):
    (files / "other.bed").write_text("X\t0\t10\n")
    done = call("--regions", str(files / "other.bed"))
    assert done.exit_code == 1
    assert "other.bed" in done.stderr
    assert "'X'" in done.stderr


def test_an_output_that_cannot_be_written_is_refused(files, call):
    assert "written as .bed" in call(out="hits.csv").stderr
    (files / "folder.bed").mkdir()
    done = call(out="folder.bed")
    assert done.exit_code == 1
    assert "it is a folder" in done.stderr
