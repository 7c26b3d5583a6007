"""Enrichments: worked by hand, counted at random, and those of ChromHMM on real data."""

import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, hypergeom

from cisgram.chromatin.enrichment import ENRICHMENT_COLUMNS, overlap_enrichment
from cisgram.errors import EmptySetError
from cisgram.genomics.interval import interval_table
from cisgram.genomics.segmentation import Segmentation
from cisgram.io.chromhmm.segments import read_segments
from cisgram.io.tables import read_intervals

STATES = np.array([0, 0, 0, 0, 0, 0, 1, 1, 1, 2])
SEGMENTATION = Segmentation.from_states("cell", {"I": STATES}, n_states=4, bin_size=100)


def test_folds_worked_by_hand():
    # 50 bp in state 1, 100 bp in state 2, of 150; the states take 30 % and 10 % of the genome.
    found = overlap_enrichment(SEGMENTATION, {"set": interval_table(["I"], [850], [1000])})
    assert found.overlap_bp[:, 0].tolist() == [0, 50, 100, 0]
    assert found.fold[:3, 0] == pytest.approx([0, (50 / 150) / 0.3, (100 / 150) / 0.1])
    assert np.isnan(found.fold[3, 0])  # a state that never occurs
    assert found.set_bp.tolist() == [150]


def test_folds_weighted_with_shares_average_to_one():
    rng = np.random.default_rng(0)
    starts = rng.integers(0, 900, 40)
    sets = {"a": interval_table(["I"] * 40, starts, starts + rng.integers(1, 80, 40))}
    for options in ({}, {"is_multiple": True}, {"is_center": True}):
        found = overlap_enrichment(SEGMENTATION, sets, **options)
        assert np.nansum(found.fold[:, 0] * found.share) == pytest.approx(1)


def test_overlapping_intervals_count_once_unless_asked():
    twice = interval_table(["I", "I"], [600, 600], [650, 650])
    assert overlap_enrichment(SEGMENTATION, {"a": twice}).set_bp.tolist() == [50]
    assert overlap_enrichment(SEGMENTATION, {"a": twice}, is_multiple=True).set_bp.tolist() == [100]


def test_p_values_of_centres_are_those_of_drawing_bases():
    starts = [601, 650, 700, 100]
    sets = {"a": interval_table(["I"] * 4, starts, [start + 3 for start in starts])}
    once = overlap_enrichment(SEGMENTATION, sets, is_center=True)
    assert once.overlap_bp[:, 0].tolist() == [1, 3, 0, 0]
    assert once.minus_log10_p is not None
    assert 10 ** -once.minus_log10_p[1, 0] == pytest.approx(hypergeom.sf(2, 1000, 300, 4))
    assert 10 ** -once.minus_log10_p[2, 0] == pytest.approx(1)
    multiple = overlap_enrichment(SEGMENTATION, sets, is_center=True, is_multiple=True)
    assert multiple.minus_log10_p is not None
    assert 10 ** -multiple.minus_log10_p[1, 0] == pytest.approx(binom.sf(2, 4, 0.3))


def test_what_lies_nowhere_is_counted_by_reason():
    away = interval_table(["II", "I"], [0, 5000], [10, 5010])
    with pytest.raises(EmptySetError, match="1 on contigs without states, 1 beyond all segments"):
        overlap_enrichment(SEGMENTATION, {"away": away})
    with pytest.raises(EmptySetError, match="no sets of intervals"):
        overlap_enrichment(SEGMENTATION, {})
    some = overlap_enrichment(SEGMENTATION, {"some": interval_table(["II", "I"], [0, 0], [10, 10])})
    assert some.n_outside.tolist() == [1]


def test_sets_may_come_one_after_another_and_the_table_has_them_all():
    stream = ((name, interval_table(["I"], [start], [start + 50])) for name, start in (("a", 0), ("b", 900)))
    table = overlap_enrichment(SEGMENTATION, stream).table()
    assert tuple(table.columns) == ENRICHMENT_COLUMNS
    assert table[["state", "set", "overlap_bp"]].iloc[:2].to_numpy().tolist() == [[1, "a", 50], [1, "b", 0]]


@pytest.fixture(scope="module")
def real(data_folder):
    """GM12878 on chr11: ten states of the reference run, and six sets."""
    folder = data_folder / "chromhmm"
    segments = read_segments(folder / "reference_run_10state" / "GM12878_10_segments.bed.gz")
    return segments, {path.name: read_intervals(path) for path in sorted(folder.glob("*.bed.gz"))}


def test_promoters_of_real_data_lie_at_starts_of_genes_and_cpg_islands(real):
    segments, sets = real
    found = overlap_enrichment(segments, sets)
    assert found.of("RefSeqTSS.hg18.chr11.bed.gz").argmax() == 1
    # As ChromHMM 1.24 writes them: OverlapEnrichment of this file.
    assert found.of("RefSeqTSS.hg18.chr11.bed.gz")[1] == pytest.approx(22.53743, abs=5e-6)
    assert found.of("CpGIsland.hg18.chr11.bed.gz")[1] == pytest.approx(26.84438, abs=5e-6)
    assert 100 * found.share[1] == pytest.approx(1.44393, abs=5e-6)


@pytest.mark.skipif(shutil.which("ChromHMM") is None, reason="needs ChromHMM")
@pytest.mark.parametrize(
    ("flag", "options"),
    [(None, {}), ("-multicount", {"is_multiple": True}), ("-center", {"is_center": True})],
    ids=["bases", "multiple", "centres"],
)
def test_folds_are_those_of_chromhmm(real, data_folder, tmp_path, flag, options):
    segments, sets = real
    coordinates = tmp_path / "sets"
    coordinates.mkdir()
    for name in sets:
        shutil.copy(data_folder / "chromhmm" / name, coordinates)
    file = data_folder / "chromhmm" / "reference_run_10state" / "GM12878_10_segments.bed.gz"
    command = ["ChromHMM", "OverlapEnrichment", "-noimage", *([flag] if flag else []), file, coordinates]
    subprocess.run([*command, tmp_path / "theirs"], check=True, capture_output=True)
    theirs = pd.read_csv(tmp_path / "theirs.txt", sep="\t", index_col=0)
    ours = overlap_enrichment(segments, sets, **options)
    assert list(theirs.columns[1:]) == list(ours.sets)
    folds, shares = theirs.iloc[:-1, 1:].to_numpy(float), theirs.iloc[:-1, 0].to_numpy(float)
    assert np.abs(folds - ours.fold).max() <= 5.001e-6  # they write five decimals
    assert np.abs(shares - 100 * ours.share).max() <= 5.001e-6
