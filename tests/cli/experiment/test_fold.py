"""``cisgram experiment fold`` from files to files, with a small untrained Akita."""

import dataclasses
import json

import numpy as np
import pytest
from typer.testing import CliRunner

from cisgram.cli.main import app
from cisgram.genomics.motif import Motif
from cisgram.genomics.sequence import encode
from cisgram.interpret.folding.prediction import fold, geometry_of, squares_of
from cisgram.interpret.folding.site_effects import EFFECT_COLUMNS
from cisgram.io.bigwig import read_bigwig_contig
from cisgram.io.fasta import read_genome, write_fasta
from cisgram.io.meme import write_meme
from cisgram.io.tables import read_provenance, read_table
from cisgram.models.akita import AkitaConfig, build
from cisgram.training.checkpoint import Checkpoint, ModelIdentity, save_checkpoint
from cisgram.training.load import load_model

FORM = AkitaConfig.tiny(input_length=1024, bin_size=64)
SITE = "TGGCCACCAGGGGGCGCTA"


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.setenv("CISGRAM_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    identity = ModelIdentity("akita", {**dataclasses.asdict(FORM), "n_tracks": 2}, {"tracks": ["wt", "ko"]})
    save_checkpoint(tmp_path / "model.safetensors", Checkpoint(identity, build(FORM, n_tracks=2, seed=1).state_dict()))
    contig = np.random.default_rng(1).integers(0, 4, 8000).astype(np.uint8)
    for start in (3000, 3500, 5200):
        contig[start : start + len(SITE)] = encode(SITE)
    write_fasta(tmp_path / "genome.fa", {"chrI": contig})
    (tmp_path / "sites.bed").write_text(
        "chrI\t3000\t3019\ta\t900\t+\nchrI\t3500\t3519\tb\t900\t+\nchrI\t3600\t3619\tweak\t10\t-\n"
    )
    write_meme(tmp_path / "m.meme", [Motif.from_consensus("CTCF", SITE), Motif.from_consensus("other", "TTACCCGGGATT")])
    return tmp_path


@pytest.fixture
def call(files):
    def run(edit, *words, fails=False):
        places = [] if edit in ("insert", "variants") else ["--at", "chrI:3,001-3,600"]
        genome = [] if edit == "insert" else ["-g", "genome.fa"]
        words = ["experiment", "fold", "model.safetensors", "--edit", edit, *genome, *places, *words, "--json"]
        done = CliRunner().invoke(app, [*words, "-o", "out"])
        assert done.exit_code == int(fails), done.output
        return done.output if fails else json.loads(done.stdout)

    return run


@pytest.mark.parametrize("edit", ["delete", "invert"])
def test_sites_are_edited_and_their_places_are_those_of_the_genome(files, call, edit):
    summary = call(edit, "--sites", "sites.bed", "--min-score", "500", "--draws", "2")
    assert summary["n_sites"] == 2
    table = read_table(files / "out/results.tsv")
    assert table["start"].tolist() == [3000, 3000, 3500, 3500]
    assert table["track"].tolist() == ["wt", "ko"] * 2
    assert set(EFFECT_COLUMNS) - {"row"} <= set(table)
    assert "model_sha256" in read_provenance(files / "out/results.tsv")
    assert "data:image/png" in (files / "out/report.html").read_text()
    assert set(read_table(files / "out/corners.tsv")["orientation"]) == {"tandem"}


def test_maps_on_disk_are_those_of_the_model_for_windows_on_whole_bins(files, call):
    call("delete", "--sites", "sites.bed", "--draws", "1")
    model = load_model(files / "model.safetensors")
    start = round((3300 - 512) / 64) * 64
    window = read_genome(files / "genome.fa").codes("chrI", start, start + 1024)
    maps = np.load(files / "out/maps.npz")
    assert maps["tracks"].tolist() == ["wt", "ko"]
    np.testing.assert_allclose(maps["reference"], fold(model, np.array(window)[None]), atol=1e-6)
    assert squares_of(maps["reference"], geometry_of(model)).shape == (1, 2, 16, 16)


def test_sites_may_be_hits_of_motifs(files, call):
    call("shuffle-others", "-f", "m.meme", "-m", "CTCF", "--draws", "2")
    table = read_table(files / "out/results.tsv")
    assert table["kept"].tolist() == [name for name in ("sites", "all_but_sites", "nothing") for _ in range(2)]
    assert (table["n_sites"] == 2).all()


def test_one_motif_is_put_into_backgrounds(files, call):
    summary = call("insert", "-f", "m.meme", "-m", "CTCF", "--backgrounds", "2", "--distance", "448")
    assert len(summary["arrangements"]) == 10
    assert "takes one motif" in call("insert", "-f", "m.meme", fails=True)


def test_stretches_become_a_track(files, call):
    call("stretches", "--draws", "1", "--width", "128")
    table = read_table(files / "out/results.tsv")
    assert len(table) == 8 * 2
    values = read_bigwig_contig(files / "out/disruption.bw", "chrI")
    first = table[table["start"] == table["start"].min()]["root_mean_square"].mean()
    assert values[table["start"].min() + 5] == pytest.approx(first, rel=1e-5)


def test_bases_and_motifs_are_scored(files, call):
    call("saturate", "--part", "6")
    table = read_table(files / "out/mutations.tsv.gz")
    assert len(table) == 18
    summary = call("motifs", "-f", "m.meme", "--draws", "1", "--p-value", "1e-4")
    assert "CTCF" in {one["motif"] for one in summary["motifs"]}


def test_structural_variants_are_read_and_compared(files, call):
    (files / "sv.tsv").write_text("chrom\tstart\tend\ttype\nchrI\t4000\t4200\tDEL\nchrI\t5000\t5128\tinversion\n")
    summary = call("variants", "-v", "sv.tsv", "--sites", "sites.bed")
    assert [one["kind"] for one in summary["variants"]] == ["deletion"] * 2 + ["inversion"] * 2
    (files / "sv.bed").write_text("chrI\t4000\t4200\tduplication\n")
    assert call("variants", "-v", "sv.bed")["variants"][0]["kind"] == "duplication"
    (files / "sv.bed").write_text("chrI\t4000\t4200\tmove\n")
    assert "row 1: type must be" in call("variants", "-v", "sv.bed", fails=True)


def test_what_is_missing_is_said(files, call):
    assert "which sites" in call("delete", fails=True)
    assert "--variants FILE" in call("variants", fails=True)
    done = CliRunner().invoke(app, ["experiment", "fold", "model.safetensors", "-e", "saturate", "-g", "genome.fa"])
    assert done.exit_code == 1
    assert "say where" in done.output
