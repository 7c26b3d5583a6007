"""``cisgram motifs around`` from files to files."""

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from cisgram.cli.main import app
from cisgram.cli.motifs.around import PERIOD_COLUMNS
from cisgram.genomics.sequence import encode, reverse_complement
from cisgram.io.fasta import write_fasta
from cisgram.io.tables import read_provenance, read_table
from cisgram.motifs.grammar.around import CURVE_COLUMNS, SUMMARY_COLUMNS

SITE = "TTACCCGCGTA"


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Starts with a site 60 bp upstream on their strand, on contigs that the BED names differently."""
    monkeypatch.setenv("CISGRAM_CACHE", str(tmp_path / "cache"))
    rng = np.random.default_rng(1)
    codes = rng.integers(0, 4, 60_000).astype(np.uint8)
    lines = []
    for number, start in enumerate(range(1200, 58_000, 1000)):
        strand = "+-"[number % 2]
        first = start - 60 - 5 if strand == "+" else start + 60 - 5
        codes[first : first + 11] = encode(SITE) if strand == "+" else reverse_complement(encode(SITE))
        lines.append(f"chrI\t{start}\t{start + 1}\ttss_{number}\t0\t{strand}\n")
    write_fasta(tmp_path / "genome.fa", {"I": codes, "II": rng.integers(0, 4, 5000).astype(np.uint8)})
    (tmp_path / "starts.bed").write_text("".join(lines))
    return tmp_path


@pytest.fixture
def call(files):
    def run(*options, anchors="starts.bed"):
        words = ["motifs", "around", str(files / anchors), "--genome", str(files / "genome.fa")]
        more = ["--reach", "200", "--span", "800", "--draws", "49", "--out", str(files / "out")]
        return CliRunner().invoke(app, [*words, *more, *options])

    return run


@pytest.mark.filterwarnings("ignore::cisgram.errors.CisgramWarning")
def test_a_site_upstream_of_starts_is_found_and_all_files_are_written(files, call):
    done = call("--motif", f"site={SITE}", "--words", "AA/TT,GC", "--p-value", "1e-5", "--name", "TSS", "--json")
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["n_anchors"] == 57
    summary = read_table(files / "out" / "summary.tsv")
    assert tuple(summary.columns) == (*SUMMARY_COLUMNS, "kind")
    same = summary[(summary["motif"] == "site") & (summary["strand"] == "same")].iloc[0]
    assert same["peak_bp"] == -60
    assert same["n_near"] >= 57
    assert same["p_value"] == pytest.approx(0.02)
    assert summary.loc[summary["kind"] == "word", "motif"].tolist() == ["AA/TT", "GC"]
    curves = read_table(files / "out" / "positions.tsv.gz")
    assert tuple(curves.columns) == (*CURVE_COLUMNS, "kind")
    assert len(curves) == 5 * 401
    assert tuple(read_table(files / "out" / "periodicity.tsv").columns) == PERIOD_COLUMNS
    assert read_provenance(files / "out" / "summary.tsv")["directions"] == "along the strand"
    page = (files / "out" / "report.html").read_text()
    assert "Motifs and words around the TSS" in page
    assert "TSS on the same strand" in page


@pytest.mark.filterwarnings("ignore::cisgram.errors.CisgramWarning")
def test_anchors_without_strand_are_averaged_and_it_is_said(files, call):
    table = pd.read_csv(files / "starts.bed", sep="\t", header=None)
    table[[0, 1, 2]].to_csv(files / "plain.bed", sep="\t", header=False, index=False)
    done = call("--motif", f"site={SITE}", "--p-value", "1e-5", anchors="plain.bed")
    assert done.exit_code == 0, done.output
    assert "both, averaged" in done.stdout
    of = read_table(files / "out" / "summary.tsv").set_index("strand")
    assert of.loc["same", "peak_bp"] == -of.loc["opposite", "peak_bp"]
    assert "mirror-symmetric" in (files / "out" / "report.html").read_text()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "name motifs or words"),
        (["--words", "AX"], "words are made of the letters"),
        (["--words", "AA", "--smooth", "4"], "smooth_bp odd"),
        (["--words", "AA", "--span", "150"], "span_bp must be above reach_bp"),
        (["--motif", f"site={SITE}", "--p-value", "1e-12"], "no "),
    ],
)
@pytest.mark.filterwarnings("ignore::cisgram.errors.CisgramWarning")
def test_wrong_use_is_told_in_one_line(call, options, message):
    done = call(*options)
    assert done.exit_code == 1
    assert message in done.output
    assert "Traceback" not in done.output


def test_anchors_of_another_genome_are_refused(files, call):
    (files / "far.bed").write_text("scaffold_9\t10\t11\n")
    done = call("--words", "AA", anchors="far.bed")
    assert done.exit_code == 1
    assert "no contig of the table of anchors is one of the genome" in done.output
