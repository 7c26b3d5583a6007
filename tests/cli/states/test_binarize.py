"""``cisgram simulate --kind chromatin`` and ``cisgram states binarize``: from a seed to files that ChromHMM reads."""

import json

import pytest
from typer.testing import CliRunner

from cisgram.cli.main import app
from cisgram.io.chromhmm.binarised import read_binarised
from cisgram.io.tables import read_table


def invoke(*arguments):
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli") / "marks"
    code, out, _ = invoke("simulate", folder, "--kind", "chromatin", "--size", "tiny", "--reads-per-bin", 5, "--json")
    assert code == 0
    return json.loads(out)


def test_simulated_reads_are_binarised(simulated, tmp_path):
    given = [simulated["marks"], "--chrom-sizes", simulated["chrom_sizes"], "--out", tmp_path / "binary"]
    code, out, _ = invoke("states", "binarize", *given, "--json")
    said = json.loads(out)
    assert (code, said["files"], len(said["marks"])) == (0, 9, 18)
    patterns = read_binarised(tmp_path / "binary")
    assert patterns.cells == ("erythroid", "hepatic", "myeloid")
    assert len(patterns.marks) == 6
    assert 0 < said["marks"][0]["share_present"] < 0.1
    code, out, _ = invoke("states", "binarize", *given, "--strict")
    assert code == 0
    assert "erythroid: H3K4me3" in out
    strict = read_table(tmp_path / "binary" / "binarize.tsv")
    before = [row["n_present"] for row in said["marks"]]
    assert all(now <= then for now, then in zip(strict["n_present"].tolist(), before, strict=True))
    assert strict["n_present"].sum() < sum(before)


def test_wrong_use_is_one_line(simulated, tmp_path):
    sizes = ["--chrom-sizes", simulated["chrom_sizes"], "--out", tmp_path / "binary"]
    (tmp_path / "marks.tsv").write_text("K562\tH3K4me3\tmissing.bed\n")
    code, _, err = invoke("states", "binarize", tmp_path / "marks.tsv", *sizes, "--quiet")
    assert (code, err.count("\n")) == (1, 1)
    assert "line 1" in err
    assert "missing.bed" in err
    for options, message in (
        (["--kind", "atac", "--signal", 0.3], "--signal are for --kind chromatin"),
        (["--kind", "chromatin", "--mutants", 3], "are for --kind binding"),
        (["--kind", "chromatin", "--cells", 3], "are for --kind atac"),
    ):
        code, _, err = invoke("simulate", tmp_path / "x", *options, "--size", "tiny")
        assert code == 1
        assert message in err
