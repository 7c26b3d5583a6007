"""bigWig files: exact round trips, one meaning for uncovered bases, and one clear error for each way to be wrong."""

import struct
import subprocess
import sys
import tempfile
import weakref
from itertools import groupby
from pathlib import Path

import numpy as np
import pandas as pd
import pybigtools
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cisgram.errors import ContigError, FormatError, InputError, OutputError
from cisgram.genomics.interval import interval_table
from cisgram.io.bigwig import (
    bigwig_sizes,
    check_counts,
    read_bigwig_contig,
    read_bigwig_windows,
    write_bigwig,
    write_bigwig_pieces,
    write_bigwig_windows,
)

SIZES = {"II": 900, "I": 400, "X": 30}


@pytest.fixture
def signals():
    """Sparse counts on I, dense real numbers on II, nothing on X."""
    rng = np.random.default_rng(3)
    return {
        "I": rng.poisson(0.2, 400).astype(np.float32),
        "II": rng.normal(size=900).astype(np.float32),
        "X": np.zeros(30, dtype=np.float32),
    }


@pytest.fixture
def path(signals, tmp_path):
    write_bigwig(tmp_path / "signal.bw", SIZES, signals.items())
    return tmp_path / "signal.bw"


def padded_window(signal, start, end):
    """The plain twin: base by base."""
    return [signal[at] if 0 <= at < len(signal) else 0.0 for at in range(start, end)]


finite = st.floats(width=32, allow_nan=False, allow_infinity=False)
some_values = st.one_of(st.sampled_from([0.0, 0.0, 1.0, -2.5]), finite)


@settings(max_examples=40, deadline=None)
@given(st.lists(hnp.arrays(np.float32, st.integers(1, 300), elements=some_values), min_size=1, max_size=4))
def test_what_is_written_is_read_back_bit_for_bit(arrays):
    contigs = {f"chr{i}": values for i, values in enumerate(arrays)}
    sizes = {name: len(values) for name, values in contigs.items()}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.bw"
        write_bigwig(path, sizes, reversed(contigs.items()))
        assert bigwig_sizes(path) == sizes
        for name, values in contigs.items():
            signal = read_bigwig_contig(path, name)
            assert signal.dtype == np.float32
            np.testing.assert_array_equal(signal, values)


def test_records_are_the_runs_of_equal_values_without_zeros(tmp_path):
    # Longer than a block, with runs across and at the borders of blocks.
    signal = np.repeat(np.arange(40, dtype=np.float32) % 5, 2**14)
    signal[2**17 - 1 : 2**17 + 3] = 7.5
    signal[2**18] = 9.0
    signal = np.concatenate([signal, np.full(2**19, 4.5), np.zeros(2**19), np.full(5, 1.0)]).astype(np.float32)
    write_bigwig(tmp_path / "a.bw", {"I": len(signal)}, [("I", signal)])
    expected, start = [], 0
    for value, run in groupby(signal.tolist()):
        end = start + len(list(run))
        if value:
            expected.append((start, end, value))
        start = end
    with pybigtools.open(str(tmp_path / "a.bw")) as bigwig:
        assert list(bigwig.records("I")) == expected


def test_contigs_without_a_value_keep_their_length(tmp_path):
    write_bigwig(tmp_path / "a.bw", SIZES, [])
    assert bigwig_sizes(tmp_path / "a.bw") == SIZES
    assert not read_bigwig_contig(tmp_path / "a.bw", "II").any()


def test_a_contig_that_was_written_is_let_go(tmp_path):
    sizes = {f"c{i}": 20_000 for i in range(20)}
    seen, most_alive = [], 0

    def contigs():
        nonlocal most_alive
        for name, size in sizes.items():
            signal = np.ones(size)
            seen.append(weakref.ref(signal))
            most_alive = max(most_alive, sum(one() is not None for one in seen))
            yield name, signal

    write_bigwig(tmp_path / "a.bw", sizes, contigs())
    assert len(seen) == 20
    assert most_alive <= 2


@pytest.mark.parametrize("length", [1, 7, 100])
def test_windows_agree_with_reading_base_by_base(path, signals, length):
    rng = np.random.default_rng(length)
    chroms = rng.choice(["I", "II", "X"], size=300)
    starts = np.array([rng.integers(-length + 1, SIZES[chrom]) for chrom in chroms])
    table = pd.DataFrame({"chrom": chroms, "start": starts, "end": starts + length}, index=rng.permutation(300))
    windows = read_bigwig_windows(path, table)
    assert windows.dtype == np.float32
    expected = [padded_window(signals[row.chrom], row.start, row.end) for row in table.itertuples()]
    np.testing.assert_array_equal(windows, np.array(expected, dtype=np.float32))


def test_windows_far_apart_and_across_blocks_agree_with_the_whole_contig(tmp_path):
    rng = np.random.default_rng(8)
    signal = rng.poisson(0.01, 700_000).astype(np.float32)
    write_bigwig(tmp_path / "a.bw", {"I": len(signal)}, [("I", signal)])
    clusters = [np.arange(0, 400_000, 150), rng.integers(0, 699_000, 50), np.array([2**17 - 500, 2**17, 699_000])]
    starts = rng.permutation(np.concatenate(clusters))
    table = interval_table(["I"] * len(starts), starts, starts + 1000)
    windows = read_bigwig_windows(tmp_path / "a.bw", table)
    np.testing.assert_array_equal(windows, signal[starts[:, None] + np.arange(1000)])


def test_names_of_the_table_are_translated(path, signals):
    table = interval_table(["chrI", "II"], [10, 10], [20, 20])
    windows = read_bigwig_windows(path, table, contigs={"chrI": "I"})
    np.testing.assert_array_equal(windows, [signals["I"][10:20], signals["II"][10:20]])


def test_no_windows_give_no_rows(path):
    assert read_bigwig_windows(path, interval_table([], [], [])).shape == (0, 0)


def test_a_missing_contig_is_an_error_unless_it_may_be_zeros(path):
    table = interval_table(["I", "chrM"], [0, 0], [100, 100])
    with pytest.raises(ContigError, match=r"no contig 'chrM'; it has 3: .*II"):
        read_bigwig_windows(path, table)
    with pytest.raises(ContigError, match="no contig 'chrM'"):
        read_bigwig_contig(path, "chrM")
    windows = read_bigwig_windows(path, table, allow_missing=True)
    assert windows[0].any()
    assert not windows[1].any()


@pytest.mark.parametrize("start", [-10, 400, 5000])
def test_a_window_that_shares_no_base_with_its_contig_is_an_error(path, start):
    table = pd.DataFrame({"chrom": ["I"], "start": [start], "end": [start + 10]})
    with pytest.raises(ContigError, match=f"I start {start}, end {start + 10}, but the contig has 400 bp"):
        read_bigwig_windows(path, table)


def test_windows_of_unequal_length_are_refused(path):
    with pytest.raises(InputError, match="same length; got 5 to 6 bp"):
        read_bigwig_windows(path, interval_table(["I", "I"], [0, 0], [5, 6]))


def test_uncovered_bases_and_stored_nan_are_zero_also_in_files_of_others(tmp_path):
    path = tmp_path / "other.bw"
    pybigtools.open(str(path), "w").write({"I": 9}, [("I", 2, 4, 1.5), ("I", 5, 6, float("nan")), ("I", 6, 7, -3.0)])
    expected = [0, 0, 1.5, 1.5, 0, 0, -3, 0, 0]
    assert read_bigwig_contig(path, "I").tolist() == expected
    assert read_bigwig_windows(path, interval_table(["I"], [0], [9])).tolist() == [expected]


def test_a_missing_file_is_one_error(tmp_path):
    with pytest.raises(InputError, match=r"nothing\.bw"):
        bigwig_sizes(tmp_path / "nothing.bw")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"chrI\t0\t5\t1\n" * 50, "bigWig was expected, but this is something else .*chrI"),
        (struct.pack("<I", 0x8789F2EB) + bytes(100), "this is a bigBed"),
    ],
)
def test_what_is_no_bigwig_is_refused_before_the_library_sees_it(tmp_path, capfd, content, message):
    path = tmp_path / "a.bw"
    path.write_bytes(content)
    with pytest.raises(FormatError, match=message) as caught:
        bigwig_sizes(path)
    assert str(path) in str(caught.value)
    assert capfd.readouterr().err == ""


def test_a_file_cut_anywhere_in_its_data_index_or_zooms_is_one_error(tmp_path):
    signal = np.random.default_rng(1).poisson(0.5, 300_000).astype(np.float32)
    whole = tmp_path / "whole.bw"
    write_bigwig(whole, {"I": len(signal)}, [("I", signal)])
    content, cut = whole.read_bytes(), tmp_path / "cut.bw"
    for n_bytes in [4, 40, 64, 100, 300, *np.linspace(400, len(content) * 0.98, 12).astype(int)]:
        cut.write_bytes(content[:n_bytes])
        with pytest.raises(FormatError, match="truncated"):
            read_bigwig_contig(cut, "I")


def test_a_damaged_block_is_one_error(tmp_path):
    signal = np.random.default_rng(1).poisson(0.5, 300_000).astype(np.float32)
    write_bigwig(tmp_path / "a.bw", {"I": len(signal)}, [("I", signal)])
    content = bytearray((tmp_path / "a.bw").read_bytes())
    data = struct.unpack_from("<Q", content, 16)[0]
    content[data + 8 : data + 4000] = b"\xff" * 3992
    (tmp_path / "a.bw").write_bytes(content)
    with pytest.raises(FormatError, match="damaged or truncated"):
        read_bigwig_contig(tmp_path / "a.bw", "I")


@pytest.mark.parametrize("value", [np.nan, -1.0, np.inf, 0.5])
def test_values_that_are_no_counts_are_refused_with_their_locus(value):
    values = np.ones((3, 10), dtype=np.float32)
    values[1, 4] = values[2, 9] = value
    table = interval_table(["I", "II", "II"], [0, 100, 200], [10, 110, 210])
    with pytest.raises(FormatError, match=rf"x\.bw: 2 values are no counts, the first is {value} at II:105"):
        check_counts(values, path="x.bw", where=table)
    with pytest.raises(FormatError, match="at chrM:5"):
        check_counts(values[1], path="x.bw", where="chrM")
    with pytest.raises(FormatError, match="at index 1, 4"):
        check_counts(values, path="x.bw")


def test_counts_pass_and_fractions_pass_only_where_they_are_allowed():
    check_counts(np.array([0.0, 3.0, 2.0**24]), path="x.bw")
    check_counts(np.zeros((0, 0)), path="x.bw")
    check_counts(np.array([0.0, 0.5]), path="x.bw", allow_fractional=True)
    with pytest.raises(FormatError, match="negated"):
        check_counts(np.array([-0.5]), path="x.bw", allow_fractional=True)


def test_overlapping_windows_are_averaged_and_cut_at_the_contig(tmp_path):
    rng = np.random.default_rng(5)
    chroms = np.array(["I"] * 40 + ["II"] * 40)
    starts = np.concatenate([rng.integers(-9, 399, 40), rng.integers(300, 500, 40)])
    values = rng.normal(size=(80, 10)).astype(np.float32)
    table = pd.DataFrame({"chrom": chroms, "start": starts, "end": starts + 10})
    write_bigwig_windows(tmp_path / "a.bw", SIZES, table, values)
    assert bigwig_sizes(tmp_path / "a.bw") == SIZES
    for chrom in ("I", "II", "X"):
        expected = np.zeros(SIZES[chrom])
        for at in range(SIZES[chrom]):
            covering = (chroms == chrom) & (starts <= at) & (at < starts + 10)
            if covering.any():
                expected[at] = np.mean([values[i, at - starts[i]] for i in np.flatnonzero(covering)], dtype=float)
        np.testing.assert_allclose(read_bigwig_contig(tmp_path / "a.bw", chrom), expected, rtol=1e-6, atol=1e-7)


def test_windows_apart_come_back_exactly(tmp_path):
    table = interval_table(["II", "I", "II"], [500, 0, 510], [510, 10, 520])
    values = np.random.default_rng(6).normal(size=(3, 10)).astype(np.float32)
    write_bigwig_windows(tmp_path / "a.bw", SIZES, table, values)
    np.testing.assert_array_equal(read_bigwig_windows(tmp_path / "a.bw", table), values)


@pytest.mark.parametrize(
    ("contigs", "error", "message"),
    [
        ([("Q", np.ones(3))], ContigError, "contig 'Q' is not among the 3 contigs to write: II, I, X"),
        ([("I", np.ones(399))], InputError, r"I has 400 bp; got a signal of shape \(399,\)"),
        ([("X", np.ones(30)), ("X", np.ones(30))], InputError, "X comes twice"),
        ([("X", np.array([1.0] * 29 + [np.nan]))], InputError, "finite numbers only; got nan at X:30"),
        ([("X", np.array([1e39] + [1.0] * 29))], InputError, r"finite numbers only; got 1e\+39 at X:1"),
    ],
)
def test_what_cannot_be_written_is_refused_and_the_old_file_stays(tmp_path, contigs, error, message):
    path = tmp_path / "a.bw"
    path.write_text("old")
    with pytest.raises(error, match=message):
        write_bigwig(path, SIZES, [("I", np.ones(400)), *contigs] if contigs[0][0] != "I" else contigs)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_of_the_source_passes_through_the_writer(tmp_path):
    def contigs():
        yield "I", np.ones(400)
        raise ZeroDivisionError("in the middle")

    with pytest.raises(ZeroDivisionError, match="in the middle"):
        write_bigwig(tmp_path / "a.bw", SIZES, contigs())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("sizes", [{}, {"I": 0}])
def test_sizes_must_name_contigs_with_bases(tmp_path, sizes):
    with pytest.raises(InputError, match="sizes must name"):
        write_bigwig(tmp_path / "a.bw", sizes, [])


def test_windows_and_values_must_fit(tmp_path):
    table = interval_table(["I"], [0], [10])
    with pytest.raises(InputError, match="same number of windows; got 1 and 2"):
        write_bigwig_windows(tmp_path / "a.bw", SIZES, table, np.ones((2, 10)))
    with pytest.raises(InputError, match="windows of 10 bp need as many values each; got 9"):
        write_bigwig_windows(tmp_path / "a.bw", SIZES, table, np.ones((1, 9)))


def test_a_full_disk_is_an_output_error_and_leaves_nothing(tmp_path):
    script = f"""
import resource
import numpy as np
from cisgram.errors import OutputError
from cisgram.io.bigwig import write_bigwig
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    write_bigwig({str(tmp_path / "a.bw")!r}, {{"I": 500_000}}, [("I", np.random.default_rng(1).random(500_000))])
except OutputError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "a.bw could not be written" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_an_output_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        write_bigwig(tmp_path / "file" / "a.bw", SIZES, [])


def test_measured_tags_read_the_same_by_windows_contigs_and_records(data_folder):
    path = data_folder / "yeast" / "tss" / "slic_cage.rep1.plus.bw"
    sizes = bigwig_sizes(path)
    assert sum(sizes.values()) == 12_157_105
    with pybigtools.open(str(path)) as bigwig:
        records = list(bigwig.records("IV"))
    expected = np.zeros(sizes["IV"], dtype=np.float32)
    for start, end, value in records:
        expected[start:end] = value
    np.testing.assert_array_equal(read_bigwig_contig(path, "IV"), expected)
    check_counts(expected, path=path, where="IV")
    starts = np.random.default_rng(2).integers(0, sizes["IV"] - 3000, 2000)
    windows = read_bigwig_windows(path, interval_table(["IV"] * 2000, starts, starts + 3000))
    np.testing.assert_array_equal(windows, expected[starts[:, None] + np.arange(3000)])


@given(cuts=st.lists(st.integers(1, 899), max_size=6), seed=st.integers(0, 9))
def test_pieces_give_the_same_file_as_whole_contigs(tmp_path_factory, cuts, seed):
    folder, rng = tmp_path_factory.mktemp("pieces"), np.random.default_rng(seed)
    signals = {chrom: rng.integers(0, 3, size).astype(np.float32).repeat(7)[:size] for chrom, size in SIZES.items()}
    write_bigwig(folder / "whole.bw", SIZES, signals.items())
    pieces = [
        (chrom, int(start), part)
        for chrom, signal in signals.items()
        for start, part in zip(
            [0, *sorted(set(cuts) & set(range(len(signal))))],
            np.split(signal, sorted(set(cuts) & set(range(len(signal))))),
            strict=True,
        )
    ]
    write_bigwig_pieces(folder / "pieces.bw", SIZES, pieces)
    assert (folder / "pieces.bw").read_bytes() == (folder / "whole.bw").read_bytes()


@pytest.mark.parametrize(
    ("pieces", "message"),
    [
        ([("I", 0, 5), ("I", 4, 5)], "I start 4, end 9 after I up to 5"),
        ([("I", 0, 5), ("X", 0, 5), ("I", 5, 5)], "I start 5, end 10 after X up to 5"),
        ([("X", 26, 5)], "X start 26, end 31 after nothing"),
    ],
)
def test_pieces_out_of_place_are_refused(tmp_path, pieces, message):
    signals = ((chrom, start, np.ones(length)) for chrom, start, length in pieces)
    with pytest.raises(InputError, match=message):
        write_bigwig_pieces(tmp_path / "a.bw", SIZES, signals)
    assert list(tmp_path.iterdir()) == []


def test_long_windows_are_those_of_the_whole_contig_also_over_its_ends(tmp_path):
    rng = np.random.default_rng(6)
    signal = rng.integers(0, 3, 900_000).astype(np.float32)
    write_bigwig(tmp_path / "long.bw", {"I": signal.size}, [("I", signal)])
    table = pd.DataFrame({"chrom": "I", "start": [-7, 100_001], "end": [899_993, 1_000_001]})
    for uncovered in (0.0, np.nan):
        found = read_bigwig_windows(tmp_path / "long.bw", table, uncovered=uncovered)
        np.testing.assert_array_equal(found[0, 7:], np.where(signal[:899_993] == 0, uncovered, signal[:899_993]))
        np.testing.assert_array_equal(found[0, :7], uncovered)
        np.testing.assert_array_equal(found[1, :799_999], np.where(signal[100_001:] == 0, uncovered, signal[100_001:]))
        np.testing.assert_array_equal(found[1, 799_999:], uncovered)
