"""``cisgram motifs discover`` from files to files."""

import gzip
import json

import numpy as np
import pytest
from typer.testing import CliRunner

from cisgram.cli.main import app
from cisgram.genomics.interval import interval_table
from cisgram.genomics.motif import Motif
from cisgram.genomics.sequence import decode, encode
from cisgram.io.contributions import writing_contributions
from cisgram.io.fasta import read_genome, write_fasta
from cisgram.io.meme import read_meme, write_meme
from cisgram.io.tables import read_intervals, read_table, write_bed

WORD, TURNED = "GATTACAGC", "GCTGTAATC"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A genome with a word at the middle of 150 peaks, and the peaks in several forms."""
    folder = tmp_path_factory.mktemp("discover")
    rng = np.random.default_rng(1)
    codes = rng.integers(0, 4, 120_000).astype(np.uint8)
    starts = np.sort(rng.permutation(590)[:150]) * 200 + 400
    for number, start in enumerate(starts):
        codes[start + 46 : start + 55] = encode(WORD if number % 2 else TURNED)
    write_fasta(folder / "genome.fa", {"I": codes})
    peaks = interval_table(["I"] * 150, starts, starts + 100)
    write_bed(folder / "peaks.bed", peaks)
    (folder / "peaks.fa").write_text("".join(f">p{at}\n{decode(codes[at : at + 100])}\n" for at in starts))
    rows = [f"{decode(codes[at : at + 100])},{label}" for shift, label in ((0, 1), (100, 0)) for at in starts + shift]
    with gzip.open(folder / "labels.csv.gz", "wt") as table:
        table.write("\n".join(["sequence,label", *rows]) + "\n")
    windows = np.stack([codes[at : at + 100] for at in starts])
    values = np.full((150, 4, 100), 0.01, np.float32)
    values[:, :, 46:55] = 1.0
    with (
        writing_contributions(folder / "contributions.h5") as writer,
        writer.group("t", "profile", windows=peaks, codes=windows, attributes={}) as group,
    ):
        zeros = np.zeros(150, np.float32)
        group.append(values, completeness_error=zeros, relative_error=zeros)
    write_meme(
        folder / "known.meme", [Motif.from_consensus("Planted", WORD), Motif.from_consensus("Other", "CCGGTTAA")]
    )
    return folder


def run(*words, code=0):
    done = CliRunner().invoke(app, ["motifs", "discover", *map(str, words)])
    assert done.exit_code == code, done.output
    return done


@pytest.mark.parametrize(
    "given",
    [
        ["peaks.fa"],
        ["peaks.bed", "--genome", "genome.fa"],
        ["peaks.bed", "--genome", "genome.fa", "--control", "genome"],
        ["labels.csv.gz"],
        ["contributions.h5", "--width", "80"],
    ],
    ids=["fasta", "intervals", "other_places", "labels", "contributions"],
)
def test_every_kind_of_input_leads_to_the_planted_motif(files, tmp_path, given):
    words = [str(files / word) if (files / word).exists() else word for word in given]
    out = tmp_path / "out"
    done = run(*words, "--out", out, "-n", 1, "-d", files / "known.meme", "--json")
    said = json.loads(done.stdout)
    found = said["motifs"][0]
    assert WORD in found["consensus"] or TURNED in found["consensus"]
    assert found["best_match_motif"] == "Planted"
    assert found["q_value"] < 1e-5
    assert read_meme(out / "motifs.meme")[0].name == "motif_1"
    assert "Planted" in (out / "report.html").read_text()
    assert len(read_table(out / "sites.tsv")) == found["sites"]


def test_sites_of_peaks_stand_on_the_genome(files, tmp_path):
    run(files / "peaks.bed", "--genome", files / "genome.fa", "--out", tmp_path, "-n", 1, "--quiet")
    genome, sites = read_genome(files / "genome.fa"), read_intervals(tmp_path / "sites.bed")
    letters = [decode(genome.codes("I", row.start, row.end)) for row in sites.itertuples()]
    holds = [WORD in one or TURNED in one for one in letters]
    assert sum(holds) > 145
    assert np.mean(holds) > 0.95
    motif = read_meme(tmp_path / "motifs.meme")[0]
    plus = [one for one, strand in zip(letters, sites["strand"], strict=True) if strand == "+"]
    assert sum((WORD if WORD in motif.consensus() else TURNED) in one for one in plus) > 0.9 * len(plus)


def test_genes_that_share_a_site_upstream_give_it_away(files, tmp_path):
    rng = np.random.default_rng(5)
    codes = rng.integers(0, 4, 90_000).astype(np.uint8)
    lines, wanted = [], []
    for number in range(140):
        start, strand = 600 * number + 350, "+-"[number % 2]
        lines.append(f"I\t{start}\t{start + 240}\tgene{number}\t0\t{strand}\n")
        if number < 40:
            at = start - int(rng.integers(20, 90)) if strand == "+" else start + 240 + int(rng.integers(10, 80))
            codes[at : at + 9] = encode(WORD)
            wanted.append(f"GENE{number}\n")
    write_fasta(tmp_path / "genome.fa", {"I": codes})
    lines.append("I\t350\t590\ttwin\t0\t+\n")  # shares its region: something to remark on
    (tmp_path / "genes.bed").write_text("".join(lines))
    (tmp_path / "list.txt").write_text("".join(wanted))
    given = [
        "--genes",
        tmp_path / "list.txt",
        "--annotation",
        tmp_path / "genes.bed",
        "--genome",
        tmp_path / "genome.fa",
    ]
    said = json.loads(run(*given, "--upstream", 100, "--out", tmp_path / "out", "-n", 1, "--json").stdout)
    assert WORD in said["motifs"][0]["consensus"] or TURNED in said["motifs"][0]["consensus"]
    assert said["n_sequences"] == 40


@pytest.mark.slow
def test_random_sequences_leave_a_page_that_says_so(tmp_path):
    rng = np.random.default_rng(3)
    text = "".join(f">s{i}\n{decode(rng.integers(0, 4, 80).astype(np.uint8))}\n" for i in range(120))
    (tmp_path / "random.fa").write_text(text)
    done = run(tmp_path / "random.fa", "--out", tmp_path / "out", "-n", 2)
    assert "0 motifs in 120 sequences" in done.stdout
    assert not (tmp_path / "out" / "motifs.meme").exists()
    assert "No significant motif" in (tmp_path / "out" / "report.html").read_text()
    assert len(read_table(tmp_path / "out" / "motifs.tsv")) == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "name sequences"),
        (["{peaks.bed}"], "--genome"),
        (["{peaks.fa}", "--control", "genome"], "where the sequences lie"),
        (["{peaks.fa}", "--genes", "{peaks.fa}"], "--annotation"),
        (["{peaks.fa}", "--width", "50"], "taken whole"),
        (["{peaks.fa}", "--min-width", "40", "--max-width", "20"], "min_width"),
        (["{nothing.fa}"], "nothing.fa"),
    ],
    ids=["nothing", "no_genome", "no_places", "half_a_gene_list", "width", "widths", "no_file"],
)
def test_wrong_use_gets_one_clear_line(files, tmp_path, words, said):
    filled = [str(files / word[1:-1]) if word.startswith("{") else word for word in words]
    done = run(*filled, "--out", tmp_path / "out", code=1)
    errors = [line for line in done.stderr.splitlines() if line.startswith("error:")]
    assert len(errors) == 1
    assert said in errors[0]
