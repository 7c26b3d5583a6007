"""``cisgram gkmsvm`` from files to files."""

import json
import logging
import warnings

import numpy as np
import pytest
from typer.testing import CliRunner

from cisgram.baselines.gkmsvm.score import gkm_scores
from cisgram.cli.main import app
from cisgram.genomics.interval import interval_table
from cisgram.genomics.sequence import decode, encode
from cisgram.io.fasta import write_fasta
from cisgram.io.gkm_model import read_gkm_model
from cisgram.io.sequences import read_sequences
from cisgram.io.tables import read_table, write_bed
from cisgram.nn.metrics import auroc

NFE2 = "seqlabels/lsgkm/wgEncodeSydhTfbsGm12878Nfe2hStdAlnRep0"
SMALL = ("-l", 7, "-k", 5)
WORD = "TGACTCAGT"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A genome with a word in forty stretches and not in forty others, in several forms."""
    folder = tmp_path_factory.mktemp("gkmsvm")
    codes = np.random.default_rng(1).integers(0, 4, 8000).astype(np.uint8)
    starts = np.arange(80) * 100
    for start in starts[:40]:
        codes[start + 20 : start + 29] = encode(WORD)
    write_fasta(folder / "genome.fa", {"I": codes})
    letters = [decode(codes[start : start + 60]) for start in starts]
    for name, rows in (("bound", slice(40)), ("unbound", slice(40, 80))):
        (folder / f"{name}.fa").write_text("".join(f">{name}{i}\n{one}\n" for i, one in enumerate(letters[rows])))
        write_bed(folder / f"{name}.bed", interval_table(["I"] * 40, starts[rows], starts[rows] + 60))
    table = "".join(f"{one},{int(i < 40)}\n" for i, one in enumerate(letters))
    (folder / "labels.csv").write_text("sequence,label\n" + table)
    return folder


def call(*words, code=0):
    done = CliRunner().invoke(app, ["gkmsvm", *map(str, words)])
    assert done.exit_code == code, done.output
    return done


@pytest.mark.parametrize(
    "given",
    [["bound.fa", "unbound.fa"], ["bound.bed", "unbound.bed", "--genome", "genome.fa"], ["labels.csv"]],
    ids=["fasta", "intervals", "labels"],
)
def test_every_kind_of_input_trains_the_same_model(files, tmp_path, given):
    words = [files / word if (files / word).exists() else word for word in given]
    said = json.loads(call("train", *words, *SMALL, "--out", tmp_path / "m.txt", "--json").stdout)
    assert (said["n_positive"], said["n_negative"], said["trainer"]) == (40, 40, "exact")
    call("predict", files / "labels.csv", tmp_path / "m.txt", "--out", tmp_path / "s.tsv", "--quiet")
    table = read_table(tmp_path / "s.tsv")
    assert auroc(table["label"].to_numpy() == 1, table["score"].to_numpy()) == 1
    call("train", files / "bound.fa", files / "unbound.fa", *SMALL, "--out", tmp_path / "same.txt", "--quiet")
    assert (tmp_path / "m.txt").read_text() == (tmp_path / "same.txt").read_text()


@pytest.mark.parametrize("kernel", range(6))
def test_the_letters_of_ls_gkm_reach_the_model(files, tmp_path, kernel):
    letters = ["-t", kernel, "-d", 2, "-c", 2, "-g", 1.5, "-w", 3, "-M", 20, "-H", 9, "-R", "--epsilon", 0.01]
    call("train", files / "labels.csv", *SMALL, *letters, "--out", tmp_path / "m.txt", "--quiet")
    found = read_gkm_model(tmp_path / "m.txt")
    assert (found.kernel.word_bp, found.kernel.informative_bp, found.kernel.max_mismatches) == (7, 5, 2)
    assert found.kernel.filter == {0: "gapped", 1: "full"}.get(kernel, "truncated")
    assert found.kernel.gamma == (1.5 if kernel in (3, 5) else None)
    assert found.kernel.center_weight == (20 if kernel in (4, 5) else None)
    assert found.kernel.is_stranded
    assert found.coefficients.min() >= -2
    assert 0 < found.coefficients.max() <= 6


def test_predictions_are_those_that_ls_gkm_ships(data_folder, tmp_path):
    for ending in (".test", ".neg.test"):
        out = tmp_path / f"scores{ending}.tsv"
        call("predict", f"{data_folder / NFE2}{ending}.fa", f"{data_folder / NFE2}.model.txt", "--out", out, "--quiet")
        theirs = [line.split() for line in (data_folder / f"{NFE2}{ending}.pred.txt").read_text().splitlines()]
        table = read_table(out)
        assert table["name"].tolist() == [row[0] for row in theirs]
        np.testing.assert_allclose(table["score"], [float(row[1]) for row in theirs], atol=1e-4)


def test_the_trainer_for_large_sets_is_asked_for_by_name(files, tmp_path):
    call("train", files / "labels.csv", *SMALL, "--large", "-w", 2, "--out", tmp_path / "m.txt", "--quiet")
    model = read_gkm_model(tmp_path / "m.txt")
    scores = [gkm_scores(model, read_sequences(files / f"{name}.fa").sequences) for name in ("bound", "unbound")]
    assert scores[0].min() > scores[1].max()


def test_cross_validation_writes_every_sequence_once(files, tmp_path):
    out = tmp_path / "folds.tsv"
    said = json.loads(call("cross-validate", files / "labels.csv", *SMALL, "--folds", 4, "--out", out, "--json").stdout)
    table = read_table(out)
    assert sorted(table["fold"].unique()) == [0, 1, 2, 3]
    assert table["is_positive"].sum() == 40
    assert table["name"].is_unique
    assert said["auroc"]["value"] == pytest.approx(auroc(table["is_positive"].to_numpy(), table["score"].to_numpy()))
    assert said["auroc"]["low"] <= said["auroc"]["value"] <= said["auroc"]["high"]
    spoken = call("cross-validate", files / "labels.csv", *SMALL, "--folds", 4, "--out", out).stdout
    assert "0.5 by chance" in spoken


def test_short_shared_and_unknown_sequences_are_told_of(files, tmp_path):
    text = (files / "bound.fa").read_text()
    (tmp_path / "bound.fa").write_text(text + ">short\nACG\n>unknown\nNNNNNNNNNNNN\n")
    (tmp_path / "unbound.fa").write_text(
        (files / "unbound.fa").read_text() + text.splitlines()[0] + "\n" + text.splitlines()[1]
    )
    scored = tmp_path / "s.tsv"
    predict = ("predict", tmp_path / "bound.fa", tmp_path / "m.txt", "--unknown", "skip", "--out", scored)
    logging.captureWarnings(capture=False)  # an earlier verb may have left them with a logger of its own
    with warnings.catch_warnings():
        warnings.simplefilter("always")  # outside of tests nothing makes them errors
        done = call("train", tmp_path / "bound.fa", tmp_path / "unbound.fa", *SMALL, "--out", tmp_path / "m.txt")
        said = json.loads(call(*predict, "--json").stdout)
        logging.captureWarnings(capture=False)
    assert "1 positive shorter than 7 bp, 1 positive without 7 known bases in a row" in done.stderr
    assert "1 sequences stand among the positive and the negative ones" in done.stderr
    assert (said["n_sequences"], said["n_scored"]) == (42, 40)
    assert read_table(tmp_path / "s.tsv")["score"].isna().sum() == 2


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["train", "bound.fa"], "has no labels: give a file of negative sequences"),
        (["train", "labels.csv", "unbound.fa"], "has labels for both classes"),
        (["train", "bound.fa", "labels.csv"], "has labels for both classes"),
        (["train", "bound.bed", "unbound.bed"], "holds intervals, which need the genome"),
        (["train", "bound.fa", "unbound.fa", "--width", "50"], "--width is for intervals"),
        (["train", "bound.fa", "empty.fa"], "empty"),
        (["train", "bound.fa", "short.fa"], "no negative sequences left"),
        (["train", "bound.fa", "wrong.fa"], "line 2"),
        (["train", "bound.fa", "unbound.fa", "-l", "13"], "word_bp must be 3 to 12"),
        (["train", "bound.fa", "unbound.fa", "-d", "5"], "at most 4 mismatches"),
        (["train", "bound.fa", "missing.fa"], "missing.fa"),
        (["predict", "bound.fa", "unbound.fa"], "no line 'SV'"),
        (["cross-validate", "bound.fa", "unbound.fa", "--folds", "41"], "41 folds need as many distinct sequences"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_used_is_one_clear_line(files, tmp_path, words, problem):
    for name, text in (("empty.fa", ""), ("short.fa", ">a\nACGT\n"), ("wrong.fa", ">a\nACGTE\n")):
        (files / name).write_text(text)
    paths = [files / word if "." in word else word for word in words[1:]]
    out = tmp_path / "out.txt"
    done = call(words[0], *paths, "--out", out, "--quiet", code=1)
    assert problem in done.stderr
    assert done.stderr.count("error:") == 1
    assert not out.exists()
