"""Measured yeast data, read once more by other tools."""

import numpy as np
import pybigtools
import pytest

from cisgram.data.build import build_store
from cisgram.data.negatives import gc_matched_negatives
from cisgram.data.splits import split_by_contig
from cisgram.data.tracks import PooledCounts, StrandFiles, TrackFiles
from cisgram.data.windows import propose_windows
from cisgram.genomics.interval import overlaps
from cisgram.io.fasta import read_genome
from cisgram.io.tables import read_intervals


@pytest.fixture(scope="module")
def yeast(data_folder):
    return data_folder / "yeast"


@pytest.fixture(scope="module")
def genome(yeast, tmp_path_factory):
    return read_genome(yeast / "R64-1-1.fa.gz", cache_folder=tmp_path_factory.mktemp("genome"))


@pytest.fixture(scope="module")
def cage(yeast):
    paths = [[yeast / f"tss/slic_cage.rep{n}.{strand}.bw" for strand in ("plus", "minus")] for n in (1, 2)]
    return TrackFiles("cage", tuple(StrandFiles(*pair) for pair in paths))


def test_the_dominant_position_is_the_one_that_was_given_with_the_clusters(yeast, genome, cage):
    peaks = read_intervals(yeast / "tss/slic_cage_clusters.narrowPeak")
    given = propose_windows(peaks, sizes=genome.sizes, input_length=500)
    counts = PooledCounts([cage], genome.sizes)
    found = propose_windows(peaks, sizes=genome.sizes, input_length=500, center="dominant", counts=counts)
    # Theirs is the highest on the cluster's own strand, so now and then the other strand is higher.
    assert (given["start"] == found["start"]).mean() > 0.999


def test_a_store_holds_what_another_reader_reads(yeast, genome, cage, tmp_path):
    peaks = read_intervals(yeast / "tss/slic_cage_clusters.narrowPeak").iloc[::60]
    windows = propose_windows(peaks, sizes=genome.sizes, input_length=300, jitter_bp=20)
    store = build_store(tmp_path / "s", windows, genome, [cage], input_length=300, output_length=100, jitter_bp=20)
    assert len(store) > 60
    for replicate, files in enumerate(cage.replicates):
        for strand, path in enumerate(files.paths):
            with pybigtools.open(str(path)) as bigwig:
                for row, window in store.windows.iterrows():
                    start, end = int(window["start"]) + 100, int(window["end"]) - 100
                    values = bigwig.values(window["chrom"], start, end, fillna=0)
                    np.testing.assert_array_equal(store.replicates[0][row, replicate, strand], values)
    # The initiator: at these starts, on the given strand, pyrimidine (C, T) at -1 and purine (A, G) at +1.
    forward = store.windows["strand"].eq("+").to_numpy()
    centre = store.sequences[forward, 20 + 150]
    before = store.sequences[forward, 20 + 149]
    assert np.isin(centre, [0, 2]).mean() > 0.7
    assert np.isin(before, [1, 3]).mean() > 0.7


def test_negatives_of_held_out_contigs_are_held_out(yeast, genome):
    peaks = read_intervals(yeast / "tss/slic_cage_clusters.narrowPeak")
    windows = propose_windows(peaks, sizes=genome.sizes, input_length=500, jitter_bp=50)
    windows = split_by_contig(windows, valid=["VIII"], test=["III", "XI"], leave_out=["Mito"], sizes=genome.sizes)
    match = gc_matched_negatives(windows, genome, ratio=1.0, seed=1, jitter_bp=50, apart_bp=200)
    negatives = match.windows[match.windows["kind"].eq("negative")]
    assert set(negatives.loc[negatives["split"].eq("valid"), "chrom"]) == {"VIII"}
    assert set(negatives.loc[negatives["split"].eq("test"), "chrom"]) == {"III", "XI"}
    assert (match.report["found"] == match.report["wanted"]).all()
    assert (match.report["ks_distance"] < 0.06).all()
    middles = [table.assign(start=table["start"] + 150, end=table["end"] - 150) for table in (negatives, windows)]
    assert not overlaps(*middles).any()
