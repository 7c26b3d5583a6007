"""Tracks: what is pooled, checked and refused."""

import warnings
from pathlib import Path

import numpy as np
import pytest

from cisgram.data.tracks import (
    PooledCounts,
    StrandFiles,
    TrackFiles,
    count_totals,
    open_tracks,
    warn_of_missing_contigs,
)
from cisgram.errors import CisgramWarning, ConfigError, ContigError, FormatError, InputError
from cisgram.genomics.interval import interval_table
from cisgram.io.bigwig import write_bigwig

SIZES = {"I": 900, "II": 700, "III": 600}


def write_signal(path, contigs):
    sizes = {chrom: values.size for chrom, values in contigs.items()}
    write_bigwig(path, sizes, ((chrom, values.astype(np.float32)) for chrom, values in contigs.items()))
    return path


def test_windows_are_those_of_every_replicate_and_strand(cell):
    table = interval_table(["II", "I"], [100, 30], [150, 80])
    for track, reader in zip(cell.tracks, open_tracks(cell.tracks, SIZES), strict=True):
        counts = reader.windows(table)
        assert counts.shape == (2, len(track.replicates), 2, 50)
        for replicate in range(len(track.replicates)):
            for strand, sign in enumerate("+-"):
                signal = cell.signal[f"{track.name}{replicate + 1}.{sign}"]
                np.testing.assert_array_equal(counts[0, replicate, strand], signal["II"][100:150])
                np.testing.assert_array_equal(counts[1, replicate, strand], signal["I"][30:80])


def test_pooled_counts_add_up_tracks_replicates_and_strands(cell):
    pooled = PooledCounts(cell.tracks, SIZES)
    assert list(pooled) == list(SIZES)
    for chrom in pooled:
        expected = sum(signal[chrom] for stem, signal in cell.signal.items() if not stem.startswith("input"))
        np.testing.assert_array_equal(pooled[chrom], expected)


def test_totals_are_sums_of_the_middle_and_nan_where_dropped(cell):
    totals = count_totals(cell.windows, cell.tracks, sizes=SIZES, output_length=20)
    assert totals.shape == (len(cell.windows), 2)
    for row, window in enumerate(cell.windows.to_dict("records")):
        if window["dropped"]:
            assert np.isnan(totals[row]).all()
            continue
        middle = slice(window["start"] + 10, window["start"] + 30)
        a = sum(cell.signal[f"a{n}.{strand}"][window["chrom"]][middle].sum() for n in (1, 2) for strand in "+-")
        assert totals[row, 0] == a


def test_contigs_of_another_naming_are_matched_with_a_warning(tmp_path):
    signal = {f"chr{chrom}": np.arange(size) % 7.0 for chrom, size in SIZES.items()}
    track = TrackFiles("t", (StrandFiles(write_signal(tmp_path / "x.bw", signal)),))
    with pytest.warns(CisgramWarning, match=r"x\.bw"):
        (reader,) = open_tracks([track], SIZES)
    assert track.n_strands == 1
    np.testing.assert_array_equal(reader.windows(interval_table(["II"], [3], [13]))[0, 0, 0], np.arange(3, 13) % 7.0)
    np.testing.assert_array_equal(reader.contig("III", 600)[0], signal["chrIII"])


def test_a_contig_that_a_file_lacks_counts_as_zero_with_a_warning(tmp_path):
    track = TrackFiles("t", (StrandFiles(write_signal(tmp_path / "x.bw", {"I": np.ones(900)})),))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CisgramWarning)
        readers = open_tracks([track], SIZES)
    table = interval_table(["I", "III", "II", "II"], [0, 0, 0, 50], [10, 10, 10, 60])
    np.testing.assert_array_equal(readers[0].windows(table)[:, 0, 0].sum(axis=1), [10, 0, 0, 0])
    assert readers[0].contig("II", 700).sum() == 0
    with pytest.warns(CisgramWarning, match=r"x\.bw has no contig II, III: the 3 windows there get counts of 0"):
        warn_of_missing_contigs(readers, table)


def test_all_missing_files_are_named_at_once(cell, tmp_path):
    there = cell.tracks[0].replicates[0]
    tracks = [
        TrackFiles("a", (there, StrandFiles(tmp_path / "gone.plus.bw", there.minus))),
        TrackFiles("b", (StrandFiles(there.plus, tmp_path / "gone.minus.bw"),)),
    ]
    with pytest.raises(
        InputError, match=r"replicate 2 of track 'a'.*gone\.plus.*replicate 1 of track 'b'.*gone\.minus"
    ):
        open_tracks(tracks, SIZES)


def test_another_assembly_is_refused(cell):
    with pytest.raises(ContigError):
        open_tracks(cell.tracks, {**SIZES, "I": 1000})


@pytest.mark.parametrize("wrong", [-1.0, 0.5])
def test_values_that_are_no_counts_are_refused_with_file_and_locus(tmp_path, wrong):
    values = np.ones(900)
    values[42] = wrong
    track = TrackFiles("t", (StrandFiles(write_signal(tmp_path / "x.bw", {"I": values})),))
    (reader,) = open_tracks([track], {"I": 900})
    with pytest.raises(FormatError, match=r"x\.bw.*I:43"):
        reader.windows(interval_table(["I"], [40], [60]))
    with pytest.raises(FormatError, match=r"x\.bw"):
        reader.contig("I", 900)


def test_fractions_are_accepted_where_they_are_meant(tmp_path):
    path = write_signal(tmp_path / "x.bw", {"I": np.full(900, 0.25)})
    (reader,) = open_tracks([TrackFiles("t", (StrandFiles(path),), allow_fractional=True)], {"I": 900})
    assert reader.windows(interval_table(["I"], [40], [60])).sum() == 5


def test_replicates_agree_on_their_strands():
    with pytest.raises(ConfigError, match="both strands, or none"):
        TrackFiles("t", (StrandFiles(Path("a"), Path("b")), StrandFiles(Path("c"))))
    with pytest.raises(ConfigError, match="at least one replicate"):
        TrackFiles("t", ())
