"""``cisgram experiment`` from files to files, with a small untrained Basset."""

import dataclasses
import json

import numpy as np
import pytest
from typer.testing import CliRunner

from cisgram.cli.main import app
from cisgram.genomics.motif import Motif
from cisgram.genomics.sequence import ALPHABET, decode, encode
from cisgram.interpret.experiments.arrangements import SpacingConfig
from cisgram.interpret.experiments.insertion import INSERTION_COLUMNS, insert_motifs
from cisgram.interpret.experiments.responses import respond
from cisgram.interpret.experiments.spacing import SPACING_COLUMNS, space_motifs
from cisgram.interpret.scores import logit, probability
from cisgram.io.fasta import read_genome, write_fasta
from cisgram.io.meme import write_meme
from cisgram.io.tables import read_provenance, read_table
from cisgram.models.basset import BassetConfig, build
from cisgram.models.bpnet import BPNetConfig
from cisgram.models.bpnet import build as build_bpnet
from cisgram.training.checkpoint import Checkpoint, ModelIdentity, save_checkpoint
from cisgram.training.load import load_model

FORM = BassetConfig(40, n_filters=(8, 6), widths=(7, 3), pools=(3, 4), n_hidden=(8,))
TRACKS = ["liver", "lung", "brain"]


def save(path, model, name, form, tracks):
    path.parent.mkdir(parents=True, exist_ok=True)
    settings = {
        key: list(value) if isinstance(value, tuple) else value for key, value in dataclasses.asdict(form).items()
    }
    identity = ModelIdentity(name, {**settings, "n_tracks": len(tracks), "n_controls": 0}, {"tracks": tracks})
    save_checkpoint(path, Checkpoint(identity, model.state_dict()))


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.setenv("CISGRAM_CACHE", str(tmp_path / "cache"))
    save(tmp_path / "run/checkpoints/best.safetensors", build(FORM, n_tracks=3, seed=1), "basset", FORM, TRACKS)
    rng = np.random.default_rng(1)
    write_fasta(tmp_path / "s.fa", {f"s{k}": rng.integers(0, 4, 46).astype(np.uint8) for k in range(8)})
    write_fasta(tmp_path / "genome.fa", {"chrI": rng.integers(0, 4, 300).astype(np.uint8)})
    (tmp_path / "peaks.bed").write_text("chrI\t100\t120\nchrI\t200\t210\n")
    motifs = [Motif.from_consensus("MA1.1", "TGASTCA"), Motif.from_consensus("MA2.1", "TTACCCG")]
    write_meme(tmp_path / "m.meme", [dataclasses.replace(motifs[0], alternate_name="AP1"), motifs[1]])
    return tmp_path


@pytest.fixture
def call(files, monkeypatch):
    monkeypatch.chdir(files)

    def run(*words):
        done = CliRunner().invoke(app, ["experiment", *words])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done

    return run


def test_insertion_writes_what_the_library_says(files, call):
    words = ("--motif", "AP1,box=TTGNNCAA", "-f", "m.meme", "--sequences", "s.fa", "--tracks", "brain,liver")
    done = call("insert", "run", *words, "--score", "probability", "--out", "out", "--json", "--quiet")
    assert done.exit_code == 0, done.output
    said, table = json.loads(done.stdout), read_table(files / "out/results.tsv")
    assert tuple(table.columns) == INSERTION_COLUMNS
    assert table[["motif", "track"]].to_numpy().tolist() == [
        *(["AP1_MA1.1", "brain"], ["AP1_MA1.1", "liver"], ["box", "brain"], ["box", "liver"]),
    ]
    codes = np.stack([encode(text)[3:43] for text in (files / "s.fa").read_text().split("\n")[1::2]])
    motifs = [Motif.from_consensus("AP1_MA1.1", "TGASTCA"), Motif.from_consensus("box", "TTGNNCAA")]
    model = load_model(files / "run/checkpoints/best.safetensors")
    expected = insert_motifs(model, codes, motifs, scores=[probability(2), probability(0)])
    np.testing.assert_allclose(table["effect"], expected.effects.mean(axis=0).ravel(), atol=1e-6)
    assert said["n_sequences"] == 8
    assert [row["effect"] for row in said["effects"]] == pytest.approx(table["effect"].tolist())
    each = read_table(files / "out/effects.tsv.gz")
    assert len(each) == 8 * 2 * 2
    np.testing.assert_allclose(each["effect"], expected.effects.ravel(), atol=1e-6)
    assert read_provenance(files / "out/results.tsv")["score"] == "probability"
    assert "box (TTGNNCAA)" in (files / "out/report.html").read_text()


@pytest.mark.parametrize(
    "source",
    [
        ["--random", "6", "--gc", "0.4"],
        ["--peaks", "peaks.bed", "--genome", "genome.fa"],
        ["-s", "s.fa", "--shuffles", "2"],
    ],
)
def test_backgrounds_come_from_anywhere_and_the_seed_decides(files, call, source):
    for out in ("a", "b"):
        done = call("insert", "run", "--motif", "GATTACA", *source, "--seed", "4", "--out", out)
        assert done.exit_code == 0, done.output
    assert "report: b/report.html" in done.stdout
    first, second = ((files / out / "effects.tsv.gz").read_bytes() for out in ("a", "b"))
    assert first == second


def test_saturation_writes_every_substitution(files, call):
    words = ("--at", "chrI:101-120", "--genome", "genome.fa", "--tracks", "lung", "--part", "12", "--both-strands")
    done = call("mutate", "run", *words, "--out", "out", "--json")
    assert done.exit_code == 0, done.output
    table = read_table(files / "out/mutations.tsv.gz")
    assert len(table) == 12 * 3
    genome = read_genome(files / "genome.fa")
    window = np.array(genome.codes("chrI", 90, 130))
    model = load_model(files / "run/checkpoints/best.safetensors")
    both = [window, np.array(3 - window[::-1], dtype=np.uint8)]
    reference = np.mean([respond(model, one[None], scores=[logit(1)])[0, 0] for one in both])
    row = table.iloc[7]
    mutant = window.copy()
    assert ALPHABET[mutant[row["position"]]] == row["ref"]
    mutant[row["position"]] = ALPHABET.index(row["alt"])
    both = [mutant, np.array(3 - mutant[::-1], dtype=np.uint8)]
    expected = np.mean([respond(model, one[None], scores=[logit(1)])[0, 0] for one in both]) - reference
    assert row["effect"] == pytest.approx(expected, abs=1e-6)
    summary = read_table(files / "out/results.tsv").iloc[0]
    lowest = table.loc[table["effect"].idxmin()]
    assert summary["max_loss"] == pytest.approx(-lowest["effect"])
    assert summary["max_loss_position"] == 90 + lowest["position"] + 1
    assert -1 <= summary["gradient_correlation"] <= 1
    said = json.loads(done.stdout)
    assert said["costs"]["saturation mutagenesis: sequences through the model, per sequence"] == 2 * 37
    assert said["costs"]["gradient: sequences through the model, per sequence"] == 2


def test_variants_that_do_not_fit_stay_in_the_table(files, call):
    genome = read_genome(files / "genome.fa")
    ref = decode(genome.codes("chrI", 149, 150))
    alt, wrong = [letter for letter in "ACGT" if letter != ref][:2]
    words = ("-v", f"chrI:150:{ref}:{alt}", "-v", f"chrI:150:{wrong}:{alt}", "--genome", "genome.fa", "-f", "m.meme")
    done = call("disrupt", "run", *words, "--out", "out", "--part", "20")
    assert done.exit_code == 0, done.output
    assert "1 of 2 variants scored" in done.stdout
    table = read_table(files / "out/results.tsv")
    assert table["status"].tolist() == ["ok"] * 3 + [f"ref differs: the genome has {ref}"] * 3
    windows = np.stack([np.array(genome.codes("chrI", 129, 169))] * 2)
    windows[1, 20] = ALPHABET.index(alt)
    model = load_model(files / "run/checkpoints/best.safetensors")
    before, after = respond(model, windows, scores=[lambda output: output.logits])
    np.testing.assert_allclose(table["effect"][:3], after - before, atol=1e-6)
    assert table["effect"][3:].isna().all()
    assert (files / "out/sites.tsv").is_file()
    assert f"ref differs: the genome has {ref}" in (files / "out/report.html").read_text()


def test_a_bpnet_answers_as_well(files, call):
    form = BPNetConfig(
        input_length=140, output_length=60, n_filters=8, n_dilated_layers=3, stem_width=7, profile_width=9
    )
    save(files / "bpnet.safetensors", build_bpnet(form, n_tracks=1), "bpnet", form, ["Reb1"])
    done = call("insert", "bpnet.safetensors", "--motif", "TTACCCG", "--random", "5", "--out", "out", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["score"] == "counts"
    done = call("mutate", "bpnet.safetensors", "--at", "chrI:150-160", "-g", "genome.fa", "--part", "4", "-o", "m")
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (
            ["insert", "run", "--random", "2", "--motif", "GATTACA", "-t", "lver"],
            "no track 'lver'; did you mean liver?",
        ),
        (["insert", "run", "--random", "2", "--motif", "GATTACA", "-t", "lung,lung"], "name every track once"),
        (["insert", "run", "--random", "2"], "name a motif"),
        (["insert", "run", "--random", "2", "-f", "m.meme", "-m", "AP12"], "near names are"),
        (["insert", "run", "--motif", "ACGT"], "give one source of sequences"),
        (["insert", "run", "--random", "2", "-m", "ACGT", "--score", "counts"], "logit and probability; got 'counts'"),
        (["insert", "run", "--random", "2", "-m", "A" * 41], "a motif of 41 bp does not fit"),
        (["insert", "nowhere.safetensors", "--random", "2", "-m", "ACGT"], "cannot be read"),
        (["insert", "cache", "--random", "2", "-m", "ACGT"], "train the run first"),
        (["mutate", "run", "--at", "chrI:5-9"], "need the genome"),
        (["mutate", "run", "--sequences", "s.fa", "--part", "41"], "must have 1 to 40 bp"),
        (["disrupt", "run", "-v", "chrI:5", "-g", "genome.fa"], "a variant looks like"),
        (["disrupt", "run", "-v", "chrI:5:A:C", "-g", "genome.fa", "--part", "41"], "the part to map"),
    ],
)
def test_bad_input_is_one_line(files, call, words, says):
    (files / "cache").mkdir(exist_ok=True)
    done = call(*words)
    assert done.exit_code == 1
    assert says in done.stderr
    assert done.stderr.count("error:") == 1


def test_help_of_the_experiments_brings_no_library(call):
    done = call("--help")
    assert all(verb in done.stdout for verb in ("insert", "mutate", "disrupt"))


def test_spacing_writes_what_the_library_says(files, call):
    words = ("--motif", "a=GATAA,b=CACGTG", "--sequences", "s.fa", "--tracks", "lung", "--from", "7", "--to", "12")
    done = call("spacing", "run", *words, "--out", "out", "--json", "--quiet")
    assert done.exit_code == 0, done.output
    table = read_table(files / "out/results.tsv")
    assert tuple(table.columns) == SPACING_COLUMNS
    assert len(table) == 2 * 4 * 6
    codes = np.stack([encode(text)[3:43] for text in (files / "s.fa").read_text().split("\n")[1::2]])
    motifs = (Motif.from_consensus("a", "GATAA"), Motif.from_consensus("b", "CACGTG"))
    model = load_model(files / "run/checkpoints/best.safetensors")
    expected = space_motifs(model, codes, motifs, scores=[logit(1)], config=SpacingConfig(range(7, 13)))
    np.testing.assert_allclose(table["interaction"], expected.interactions.mean(axis=0)[:, 0], atol=1e-6)
    assert json.loads(done.stdout)["n_arrangements"] == 48
    assert "a (GATAA)" in (files / "out/report.html").read_text()


def test_spacing_of_one_motif_is_that_with_itself_and_of_three_is_refused(files, call):
    done = call("spacing", "run", "-m", "GATTA", "--random", "4", "--from", "6", "--to", "8", "--out", "out", "--json")
    assert done.exit_code == 0, done.output
    again = call("spacing", "run", "-m", "GATTA,CCC,GGG", "--random", "4")
    assert again.exit_code == 1
    assert "takes one or two motifs; got GATTA, CCC, GGG" in again.output
    far = call("spacing", "run", "-m", "GATTA", "--random", "4")
    assert far.exit_code == 1
    assert "stand side by side at distances of 5 to 17 bp" in far.output.replace("\n", " ")
