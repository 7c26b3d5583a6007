"""States around anchors: turned with the strand, as a loop counts them, and as ChromHMM does."""

import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest

from cisgram.chromatin.neighborhood import NEIGHBORHOOD_COLUMNS, neighborhood_enrichment
from cisgram.errors import EmptySetError, InputError
from cisgram.genomics.segmentation import Segmentation
from cisgram.io.anchors import read_anchors
from cisgram.io.chromhmm.segments import read_segments

RNG = np.random.default_rng(3)
STATES = RNG.integers(-1, 3, 80)
SEGMENTATION = Segmentation.from_states("cell", {"I": STATES}, n_states=3, bin_size=100)


def anchors_of(positions, strands="+", chrom="I"):
    return pd.DataFrame(
        {"chrom": chrom, "position": positions, "strand": list(strands) * (len(positions) // len(strands))}
    )


def test_counts_are_those_of_a_loop():
    positions, strands = RNG.integers(0, 8500, 60), RNG.choice(["+", "-", "."], 60)
    anchors = pd.DataFrame({"chrom": "I", "position": positions, "strand": strands})
    found = neighborhood_enrichment(SEGMENTATION, anchors, n_left=4, n_right=3, spacing_bp=130)
    expected = np.zeros((3, 8))
    for position, strand in zip(positions, strands, strict=True):
        for column, offset in enumerate(range(-4, 4)):
            place = position + (-1 if strand == "-" else 1) * 130 * offset
            state = STATES[place // 100] if 0 <= place < 8000 else -1
            expected[state, column] += state >= 0
    assert found.counts.tolist() == expected.tolist()
    assert found.offsets_bp.tolist() == [130 * offset for offset in range(-4, 4)]


def test_turning_all_anchors_turns_the_picture():
    positions = RNG.integers(2000, 6000, 30)
    plus = neighborhood_enrichment(SEGMENTATION, anchors_of(positions, "+"), spacing_bp=100)
    minus = neighborhood_enrichment(SEGMENTATION, anchors_of(positions, "-"), spacing_bp=100)
    assert plus.counts.tolist() == minus.counts[:, ::-1].tolist()


def test_bad_anchors_are_refused():
    with pytest.raises(EmptySetError, match="no anchors of 'genes' left"):
        neighborhood_enrichment(SEGMENTATION, anchors_of([], "+"), name="genes")
    with pytest.raises(InputError, match="strands of anchors must be"):
        neighborhood_enrichment(SEGMENTATION, anchors_of([5], "x"))
    with pytest.raises(InputError, match="lacks position"):
        neighborhood_enrichment(SEGMENTATION, pd.DataFrame({"chrom": ["I"]}))
    some = pd.DataFrame({"chrom": ["I", "II"], "position": [500, 500]})
    found = neighborhood_enrichment(SEGMENTATION, some)
    assert (found.n_anchors, found.n_outside) == (1, 1)
    assert tuple(found.table().columns) == NEIGHBORHOOD_COLUMNS


@pytest.mark.skipif(shutil.which("ChromHMM") is None, reason="needs ChromHMM")
def test_folds_around_starts_of_genes_are_those_of_chromhmm(data_folder, tmp_path):
    folder = data_folder / "chromhmm"
    file, starts = folder / "reference_run_10state" / "K562_10_segments.bed.gz", folder / "RefSeqTSS.hg18.chr11.txt.gz"
    command = ["ChromHMM", "NeighborhoodEnrichment", "-noimage", file, starts, tmp_path / "theirs"]
    subprocess.run(command, check=True, capture_output=True)
    theirs = pd.read_csv(tmp_path / "theirs.txt", sep="\t", index_col=0)
    ours = neighborhood_enrichment(read_segments(file), read_anchors(starts))
    assert list(map(int, theirs.columns)) == ours.offsets_bp.tolist()
    assert np.abs(theirs.to_numpy() - ours.fold).max() <= 5.001e-6
