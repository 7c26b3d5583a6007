"""``cisgram subsample`` and ``cisgram peaks``: what a user types, and one line for what is wrong."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from cisgram.cli.main import app
from cisgram.errors import MissingExtraError
from cisgram.io.bigwig import write_bigwig
from cisgram.io.reads import open_coverage_source
from cisgram.io.tables import read_intervals, read_table
from cisgram.peaks.macs import find_macs

SIZES = {"I": 200_000, "II": 100_000}


def invoke(*arguments):
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def sample(tmp_path):
    """Fragments of six cells with a peak every 20 kb, chrom.sizes, and the peaks."""
    rng = np.random.default_rng(1)
    lines, peaks = [], []
    for chrom, size in SIZES.items():
        centers = np.arange(10_000, size, 20_000)
        starts = [rng.integers(0, size - 500, size // 60), *(rng.integers(c, c + 200, 120) for c in centers)]
        for start in np.sort(np.concatenate(starts)).tolist():
            lines.append(f"{chrom}\t{start}\t{start + int(rng.integers(40, 150))}\tcell{rng.integers(0, 6)}\t1\n")
        peaks += [f"{chrom}\t{center}\t{center + 300}\n" for center in centers]
    (tmp_path / "fragments.tsv").write_text("".join(lines))
    (tmp_path / "truth.bed").write_text("".join(peaks))
    (tmp_path / "chrom.sizes").write_text("".join(f"{chrom}\t{size}\n" for chrom, size in SIZES.items()))
    (tmp_path / "cells.tsv").write_text("".join(f"cell{n}\t{'NK' if n < 2 else 'B'}\n" for n in range(6)))
    return tmp_path


def sizes_of(sample):
    return ["--chrom-sizes", sample / "chrom.sizes"]


def test_subsample_writes_what_it_says(sample):
    code, out, _ = invoke(
        "subsample", sample / "fragments.tsv", "--out", sample / "few.tsv.gz", "--cells", 3, "--fraction", 0.5,
        *sizes_of(sample), "--json",
    )  # fmt: skip
    said = json.loads(out)
    assert code == 0
    few = open_coverage_source(sample / "few.tsv.gz", sizes=SIZES)
    assert (said["reads"], said["cells"]) == (few.n_reads, 3)
    assert said["records"] == few.n_reads / 2
    assert len(few.barcodes) == 3


def test_subsample_takes_the_cells_of_a_group(sample):
    table = ["--groups", sample / "cells.tsv"]
    command = ["subsample", sample / "fragments.tsv", "--out", sample / "nk.bw", *sizes_of(sample), *table]
    assert invoke(*command, "--group", "NK")[0] == 0
    whole = open_coverage_source(sample / "fragments.tsv", sizes=SIZES)
    np.testing.assert_array_equal(
        open_coverage_source(sample / "nk.bw").coverage("I", 0, 200_000),
        whole.only(["cell0", "cell1"]).coverage("I", 0, 200_000),
    )
    code, _, error = invoke(*command, "--group", "T")
    assert code == 1
    assert "has no group 'T'; it has NK, B" in error


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--reads", "99999999"], "as many as there are"),
        (["--cells", "7"], "n must be 1 to 6"),
        ([], "say what to keep"),
    ],
)
def test_subsample_says_in_one_line_what_cannot_be(sample, options, message):
    code, _, error = invoke(
        "subsample", sample / "fragments.tsv", "--out", sample / "few.tsv", *sizes_of(sample), *options
    )
    assert code == 1
    assert message in error
    assert error.strip().count("\n") == 0
    assert not (sample / "few.tsv").exists()


def test_peaks_by_counts_are_compared_with_the_truth(sample):
    code, out, _ = invoke(
        "peaks", "call", sample / "fragments.tsv", "--out", sample / "a.narrowPeak", "--method", "poisson",
        *sizes_of(sample), "--json",
    )  # fmt: skip
    assert code == 0
    assert json.loads(out)["peaks"] == len(read_intervals(sample / "a.narrowPeak")) >= 15
    code, out, _ = invoke(
        "peaks", "compare", sample / "a.narrowPeak", "--truth", sample / "truth.bed", *sizes_of(sample),
        "--out", sample / "compared.tsv", "--chroms", "II", "--json",
    )  # fmt: skip
    assert code == 0
    values = {row["measure"]: row["value"] for row in json.loads(out)["comparison"]}
    assert values["peak_recall"] == 1
    assert values["peak_precision"] > 0.9
    assert values["summit_distance_bp"] is None
    table = read_table(sample / "compared.tsv")
    assert table["measure"].tolist() == list(values)


def test_peaks_of_a_track_by_a_threshold_and_the_track_itself_against_the_truth(sample):
    source = open_coverage_source(sample / "fragments.tsv", sizes=SIZES)
    write_bigwig(sample / "a.bw", SIZES, ((name, source.coverage(name, 0, size)) for name, size in SIZES.items()))
    code, out, _ = invoke(
        "peaks", "call", sample / "a.bw", "--out", sample / "b.narrowPeak", "--method", "threshold",
        "--threshold", 40, "--min-length", 100, "--max-gap", 50,
    )  # fmt: skip
    assert code == 0
    assert out.startswith("15 peaks")
    code, out, _ = invoke(
        "peaks", "compare", sample / "a.bw", "--truth", sample / "truth.bed", *sizes_of(sample), "--json"
    )
    values = {row["measure"]: row["value"] for row in json.loads(out)["comparison"]}
    assert values["base_auprc"] > 0.8 > 0.05 > values["base_auprc_by_chance"]


def test_macs3_is_the_default_caller(sample):
    try:
        find_macs()
    except MissingExtraError as error:
        pytest.skip(f"{error} (it is built from source)")
    code, out, _ = invoke(
        "peaks", "call", sample / "fragments.tsv", "--out", sample / "m.narrowPeak", *sizes_of(sample)
    )
    assert code == 0
    assert out.startswith("15 peaks")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--macs3", "/nowhere/macs3"], "no program that can be run"),
        (["--chip"], "--chip needs one file of reads and --genome-size"),
        (["--method", "poisson", "--group", "NK"], "--groups and --group belong together"),
    ],
)
def test_peaks_call_says_in_one_line_what_cannot_be(sample, options, message):
    code, _, error = invoke(
        "peaks", "call", sample / "fragments.tsv", "--out", sample / "m.narrowPeak", *sizes_of(sample), *options
    )
    assert code == 1
    assert message in error


def test_a_contig_that_is_not_there_is_named(sample):
    code, _, error = invoke(
        "peaks", "compare", sample / "truth.bed", "--truth", sample / "truth.bed", *sizes_of(sample), "-c", "III"
    )
    assert code == 1
    assert "no contig 'III'; it has I, II" in error
