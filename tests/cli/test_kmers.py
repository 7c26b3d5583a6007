"""``cisgram kmers`` from files to a table."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from cisgram.cli.main import app
from cisgram.genomics.sequence import decode, encode
from cisgram.io.tables import read_provenance, read_table

PLANTED = {word[i : i + 4] for word in ("TGACTCAT", "ATGAGTCA") for i in range(5)}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kmers")
    rng = np.random.default_rng(1)
    for part in ("train", "test"):
        codes = rng.integers(0, 4, (120, 50)).astype(np.uint8)
        codes[:60, 20:28] = encode("TGACTCAT")
        letters = [decode(one) for one in codes]
        for name, rows in (("bound", slice(60)), ("unbound", slice(60, 120))):
            text = "".join(f">{name}{i}\n{one}\n" for i, one in enumerate(letters[rows]))
            (folder / f"{part}.{name}.fa").write_text(text)
        table = "".join(f"{one},{int(i < 60)}\n" for i, one in enumerate(letters))
        (folder / f"{part}.csv").write_text("sequence,label\n" + table)
    return folder


def call(*words, code=0):
    done = CliRunner().invoke(app, ["kmers", *map(str, words)])
    assert done.exit_code == code, done.output
    return done


@pytest.mark.parametrize("classifier", ["logistic", "svm", "forest"])
def test_folds_judge_and_the_planted_word_tells_most(files, tmp_path, classifier):
    out = tmp_path / "kmers.tsv"
    words = [files / "train.bound.fa", files / "train.unbound.fa", "-k", 4, "--classifier", classifier, "--trees", 60]
    said = json.loads(call(*words, "--folds", 3, "--out", out, "--json").stdout)
    assert said["auroc"]["low"] > 0.9
    assert (said["n_positive"], said["n_negative"], said["test"]) == (60, 60, "3 folds")
    table = read_table(out)
    assert len(table) == 136  # 4-mers on both strands
    assert table["kmer"].iloc[0] in PLANTED
    assert table["weight"].iloc[0] > 0
    assert table["weight"].abs().is_monotonic_decreasing
    assert "AUROC" in read_provenance(out)["judged"]
    again = json.loads(call(*words, "--folds", 3, "--out", out, "--json").stdout)
    assert again == said


def test_sequences_of_their_own_are_for_the_test(files, tmp_path):
    out = tmp_path / "kmers.tsv"
    two = ["--test-positive", files / "test.bound.fa", "--test-negative", files / "test.unbound.fa"]
    first = json.loads(call(files / "train.csv", *two, "-k", 4, "--out", out, "--json").stdout)
    second = json.loads(
        call(files / "train.csv", "--test-positive", files / "test.csv", "-k", 4, "--out", out, "--json").stdout
    )
    assert first["auroc"] == second["auroc"]
    assert first["auroc"]["value"] > 0.95
    spoken = call(files / "train.csv", *two, "-k", 4, "--balanced", "--out", out).stdout
    assert "AUROC" in spoken
    assert "most telling" in spoken


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["train.csv", "--test-negative", "test.unbound.fa"], "--test-negative goes with --test-positive"),
        (["train.bound.fa"], "has no labels"),
        (["train.csv", "-k", "11"], "word_bp must be 1 to 10"),
        (["train.csv", "-k", "5", "--max-gap", "2"], "max_gap"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_used_is_one_clear_line(files, tmp_path, words, problem):
    paths = [files / word if "." in word else word for word in words]
    done = call(*paths, "--out", tmp_path / "k.tsv", "--quiet", code=1)
    assert problem in done.stderr
    assert done.stderr.count("error:") == 1
    assert not (tmp_path / "k.tsv").exists()
