"""Posterior probabilities in bigWigs are those of decoding, rounded, in every bin."""

import gzip

import numpy as np
import pytest

from cisgram.chromatin.decode import decode_states
from cisgram.chromatin.posterior_files import write_posterior_text, write_posterior_tracks
from cisgram.errors import ContigError
from cisgram.genomics.mark_patterns import MarkPatterns
from cisgram.genomics.state_model import StateModel
from cisgram.io.bigwig import bigwig_sizes, read_bigwig_contig

MODEL = StateModel(
    ("a", "b"),
    np.array([0.4, 0.3, 0.3]),
    np.array([[0.9, 0.05, 0.05], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]]),
    np.array([[0.02, 0.03], [0.8, 0.1], [0.2, 0.7]]),
)


def marks():
    rng = np.random.default_rng(2)
    sizes = {"chr1": 12_000, "chr2": 40}
    calls = {
        (cell, chrom): (rng.random((n, 2)) < 0.2).astype(np.uint8) for cell in ("x", "y") for chrom, n in sizes.items()
    }
    return MarkPatterns.from_calls(["a", "b"], calls)


def test_every_bin_has_its_probability(tmp_path):
    patterns = marks()
    paths = write_posterior_tracks(tmp_path, MODEL, patterns)
    assert [path.name for path in paths] == [f"{cell}_3_E{state}.bw" for cell in "xy" for state in (1, 2, 3)]
    assert sorted(path.name for path in tmp_path.iterdir()) == [path.name for path in paths]
    for contig in decode_states(MODEL, patterns, with_posteriors=True):
        for state in range(3):
            values = read_bigwig_contig(tmp_path / f"{contig.cell}_3_E{state + 1}.bw", contig.chrom)
            expected = np.repeat(np.round(contig.posteriors[:, state], 3), 200)
            assert np.allclose(values, expected, atol=1e-7)


def test_the_rest_of_a_contig_is_part_of_the_file(tmp_path):
    sizes = {"chr1": 2_400_123, "chr2": 8_001, "chr3": 50}
    paths = write_posterior_tracks(tmp_path, MODEL, marks().only(cells=["x"]), sizes=sizes)
    assert bigwig_sizes(paths[0]) == sizes
    assert read_bigwig_contig(paths[0], "chr1")[2_400_000:].tolist() == [0.0] * 123


def test_contigs_that_are_too_short_are_refused(tmp_path):
    with pytest.raises(ContigError, match="chr2 has bins up to 8,000 bp, and 7,999 bp"):
        write_posterior_tracks(tmp_path, MODEL, marks(), sizes={"chr1": 2_400_000, "chr2": 7_999})


def test_text_has_one_line_per_bin_as_chromhmm_writes_it(tmp_path):
    paths = write_posterior_text(tmp_path, MODEL, marks().only(cells=["y"], chroms=["chr2"]))
    assert [path.name for path in paths] == ["y_3_chr2_posterior.txt.gz"]
    lines = gzip.decompress(paths[0].read_bytes()).decode().splitlines()
    assert lines[:2] == ["y\tchr2", "E1\tE2\tE3"]
    assert len(lines) == 42
    assert sum(map(float, lines[2].split())) == pytest.approx(1, abs=2e-4)
