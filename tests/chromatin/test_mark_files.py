"""Files of marks: added up, found under other names, left out where they tell nothing, and refused where wrong."""

import numpy as np
import pytest

from cisgram.chromatin.binarize import BinarizeConfig, call_marks
from cisgram.chromatin.mark_files import CALL_COLUMNS, ReadingConfig, binarize_files
from cisgram.errors import CisgramWarning, ContigError, EmptySetError, FormatError, InputError
from cisgram.genomics.mark_patterns import MarkPatterns
from cisgram.io.bigwig import read_bigwig_bin_means, read_bigwig_contig, write_bigwig
from cisgram.io.chromhmm.file_table import MarkFile

SIZES = {"chr1": 20_050, "chr2": 10_000, "chr3": 4_000}


def write_reads(path, *, chroms=("chr1", "chr2"), n=600, seed=1, heaps=(3_000,)):
    """Reads at random, with heaps."""
    rng = np.random.default_rng(seed)
    lines = []
    for chrom in chroms:
        size = SIZES[chrom if chrom.startswith("chr") else f"chr{chrom}"]
        at = np.concatenate([rng.integers(0, size - 50, n), *(rng.integers(h, h + 150, 60) for h in heaps)])
        lines += [f"{chrom}\t{s}\t{s + 50}\t.\t0\t{'+-'[s % 2]}\n" for s in np.sort(at).tolist()]
    path.write_text("".join(lines))
    return path


@pytest.fixture
def files(tmp_path):
    return {
        "a": write_reads(tmp_path / "a.bed", seed=1),
        "b": write_reads(tmp_path / "b.bed", seed=2, heaps=(3_000, 7_000)),
        "one": write_reads(tmp_path / "one.bed", seed=3, chroms=("chr1",)),
        "short": write_reads(tmp_path / "short.bed", seed=4, chroms=("1", "2")),
        "input": write_reads(tmp_path / "input.bed", seed=5, heaps=()),
        "input1": write_reads(tmp_path / "input1.bed", seed=6, chroms=("chr1",), heaps=()),
    }


def only(rows, **options):
    cells = list(binarize_files(rows, sizes=SIZES, **options))
    assert len(cells) == 1
    return cells[0]


def test_a_mark_that_one_cell_type_lacks_is_not_measured_there(files):
    rows = [
        MarkFile("A", "m1", files["a"]),
        MarkFile("A", "m2", files["b"]),
        MarkFile("B", "m2", files["one"]),
        MarkFile("B", "m3", files["b"]),
    ]
    cells = list(binarize_files(rows, sizes=SIZES))
    patterns = MarkPatterns.from_calls(cells[0].marks, [one for cell in cells for one in cell.contigs()])
    assert (patterns.marks, patterns.cells, patterns.chroms) == (("m1", "m2", "m3"), ("A", "B"), ("chr1", "chr2"))
    assert (patterns.calls("A", "chr1")[:, 2] == 2).all()
    assert (patterns.calls("B", "chr2")[:, 0] == 2).all()
    # No read on a contig that the cell type has reads on: measured, and absent.
    assert (patterns.calls("B", "chr2")[:, 1] == 0).all()
    assert patterns.calls("A", "chr1")[15, :2].tolist() == [1, 1]
    assert patterns.calls("A", "chr1").shape == (100, 3)
    assert tuple(cells[1].summary.columns) == CALL_COLUMNS
    assert cells[1].summary[["mark", "n_bins"]].to_numpy().tolist() == [["m2", 150], ["m3", 150]]


def test_replicates_are_added_up_and_a_control_that_is_shared_is_counted_once(files):
    rows = [MarkFile("A", "m", files["a"], files["input"]), MarkFile("A", "m", files["b"], files["input"])]
    both = only(rows)
    row = both.summary.iloc[0]
    assert (row["n_files"], row["n_records"]) == (2, 2 * 660 + 2 * 720)
    assert 1_150 < row["n_control"] <= 1_200
    joined = files["a"].parent / "joined.bed"
    lines = [*files["a"].read_text().splitlines(), *files["b"].read_text().splitlines()]
    joined.write_text("\n".join(sorted(lines, key=lambda line: line.split("\t")[0])) + "\n")
    as_one = only([MarkFile("A", "m", joined, files["input"])])
    assert both.calls["m"].thresholds == as_one.calls["m"].thresholds
    for (_, values), (_, others) in zip(both.contigs(), as_one.contigs(), strict=True):
        assert (values == others).all()


def test_contigs_are_found_under_other_names(files):
    with pytest.warns(CisgramWarning, match="matched under different names"):
        cell = only([MarkFile("A", "m", files["short"])])
    assert cell.chroms == ("chr1", "chr2")
    assert cell.summary["n_records"].tolist() == [1_320]


def test_contigs_without_a_control_are_left_out_and_said(files):
    with pytest.warns(CisgramWarning, match=r"A: 1 contigs with reads but without control are left out \(chr2\)"):
        cell = only([MarkFile("A", "m", files["a"], files["input1"]), MarkFile("A", "n", files["b"])])
    assert cell.chroms == ("chr1",)
    uniform = cell.calls["n"].thresholds  # beside a mark with a control, one without is compared with its mean
    assert (len(uniform), cell.calls["n"].n_bins) == (1, 100)


def test_peaks_mark_every_bin_that_they_overlap(files, tmp_path):
    peaks = tmp_path / "peaks.narrowPeak"
    row = "\t".join(["chr1", "390", "610", ".", "0", ".", "5", "-1", "-1", "20"])
    outside = "\t".join(["chr1", "20010", "20050", ".", "0", ".", "5", "-1", "-1", "20"])
    peaks.write_text(f"{row}\n{outside}\n")
    bed = tmp_path / "peaks.bed"
    bed.write_text("chr1\t0\t200\nchr9\t5\t10\nchr1\t100\t250\n")
    cell = only([MarkFile("A", "reads", files["a"]), MarkFile("A", "peaks", peaks)])
    assert np.flatnonzero(cell.calls["peaks"].present["chr1"]).tolist() == [1, 2, 3]
    row = cell.summary.set_index("mark").loc["peaks"]
    assert (row["kind"], row["n_counted"], row["dropped"]) == ("peaks", 1, "1 outside whole bins")
    assert np.isnan(row["lowest_threshold"])
    with pytest.warns(CisgramWarning, match="genome lacks 1 of its contigs"):
        cell = only([MarkFile("A", "m", bed)], reading=ReadingConfig(are_peaks=True))
    assert np.flatnonzero(cell.calls["m"].present["chr1"]).tolist() == [0, 1]
    assert cell.summary["dropped"].tolist() == ["1 contig unknown"]


def test_signal_of_a_bigwig_is_called_by_the_mean_of_every_bin(tmp_path):
    rng = np.random.default_rng(2)
    signal = {chrom: rng.gamma(0.5, 1, size).astype(np.float32) for chrom, size in SIZES.items()}
    signal["chr1"][2_000:2_400] += 20
    write_bigwig(tmp_path / "signal.bw", SIZES, signal.items())
    means = {
        chrom: values[: len(values) // 200 * 200].reshape(-1, 200).mean(axis=1) for chrom, values in signal.items()
    }
    found = read_bigwig_bin_means(tmp_path / "signal.bw", "chr1", length=20_050, bin_size=200)
    np.testing.assert_allclose(found, means["chr1"], rtol=1e-5)
    assert len(read_bigwig_contig(tmp_path / "signal.bw", "chr1")) == 20_050
    cell = only([MarkFile("A", "m", tmp_path / "signal.bw")])
    expected = call_marks(means)
    assert np.flatnonzero(cell.calls["m"].present["chr1"]).tolist() == [10, 11]
    assert cell.calls["m"].thresholds == expected.thresholds
    assert cell.chroms == tuple(SIZES)


def test_tables_that_cannot_be_added_up_are_refused(files, tmp_path):
    (tmp_path / "x.narrowPeak").write_text("\t".join(["chr1", "0", "9", ".", "0", ".", "5", "-1", "-1", "2"]) + "\n")
    wrong = [
        ([MarkFile("A", "m", files["a"]), MarkFile("A", "m", tmp_path / "x.narrowPeak")], "must be of one kind"),
        ([MarkFile("A", "m", files["a"]), MarkFile("A", "m", files["b"], files["input"])], "need a control, or none"),
        ([MarkFile("A", "m", tmp_path / "x.narrowPeak", files["input"])], "a control goes with reads"),
    ]
    for rows, message in wrong:
        with pytest.raises(InputError, match=message):
            list(binarize_files(rows, sizes=SIZES))
    with pytest.raises(EmptySetError, match="no files left"):
        list(binarize_files([], sizes=SIZES))
    with pytest.raises(EmptySetError, match="3 shorter than 90000 bp"):
        list(binarize_files([MarkFile("A", "m", files["a"])], sizes=SIZES, config=BinarizeConfig(90_000)))
    with pytest.raises(ContigError, match="no contig of"):
        list(binarize_files([MarkFile("A", "m", files["a"])], sizes={"scaffold": 9_000}))
    (tmp_path / "bad.bed").write_text("chr1\t5\tx\t.\t0\t+\n")
    with pytest.raises(FormatError, match="line 1"):
        list(binarize_files([MarkFile("A", "m", tmp_path / "bad.bed")], sizes=SIZES))


def test_a_mark_without_reads_where_the_others_have_some_is_an_error(files, tmp_path):
    write_reads(tmp_path / "chr2.bed", chroms=("chr2",))
    rows = [MarkFile("A", "m", files["one"], files["input1"]), MarkFile("A", "n", tmp_path / "chr2.bed")]
    with pytest.warns(CisgramWarning, match="without control"), pytest.raises(EmptySetError, match="reads of n in A"):
        list(binarize_files(rows, sizes=SIZES))
