"""What must hold of every value that a reader returns, whatever stood in the file."""

from collections import deque
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cisgram.genomics.genes import GENE_COLUMNS
from cisgram.genomics.sequence import N
from cisgram.io.bigwig import (
    bigwig_sizes,
    bigwig_total,
    read_bigwig_bin_means,
    read_bigwig_contig,
    read_bigwig_windows,
)
from cisgram.io.cool import cool_resolutions, open_cool
from cisgram.io.fasta import read_fasta_pieces, read_genome
from cisgram.io.pairs import read_pairs
from cisgram.io.reads import contigs_of_reads, iterate_bin_counts, iterate_read_counts, open_coverage_source
from cisgram.io.vcf import read_alleles, read_vcf

_LENGTHS = {"I": 900, "II": 700, "III": 600}
_SMALL = 10_000_000
"""Contigs of more bases are not counted along: that a file says so is no mistake, and memory is linear in it."""


def be_genome(path: Path) -> None:
    lengths: dict[str, int] = {}
    for name, codes, n_ambiguous in read_fasta_pieces(path):
        assert name
        assert codes.size
        assert codes.dtype == np.uint8
        assert codes.max() <= N
        assert 0 <= n_ambiguous <= codes.size
        lengths[name] = lengths.get(name, 0) + codes.size
    genome = read_genome(path, cache_folder=path.parent)
    assert dict(genome.sizes) == lengths


def be_sequences(sequences: Any) -> None:
    assert len(sequences.names) == len(sequences)
    assert (sequences.lengths > 0).all()
    assert sequences.joined.max(initial=0) <= N
    if sequences.places is not None:
        be_intervals(sequences.places)


def be_intervals(table: pd.DataFrame) -> None:
    assert len(table)
    start, end = table["start"].to_numpy(), table["end"].to_numpy()
    assert start.dtype == end.dtype == np.int64
    assert ((start >= 0) & (start < end)).all()
    assert all(isinstance(chrom, str) and chrom for chrom in table["chrom"])
    if "strand" in table:
        assert set(table["strand"]) <= {"+", "-", "."}
    if "summit" in table:
        summit = table["summit"].to_numpy()
        assert ((summit == -1) | ((summit >= start) & (summit < end))).all()


def be_pairs_of_intervals(table: pd.DataFrame) -> None:
    for n in (1, 2):
        start, end = table[f"start{n}"].to_numpy(), table[f"end{n}"].to_numpy()
        assert start.dtype == end.dtype == np.int64
        assert ((start >= 0) & (start < end)).all()


def be_sizes(sizes: Any) -> None:
    assert sizes
    assert all(name and isinstance(size, int) and size > 0 for name, size in sizes.items())


def be_genes(table: pd.DataFrame) -> None:
    assert tuple(table.columns) == GENE_COLUMNS
    be_intervals(table)
    assert set(table["strand"]) <= {"+", "-"}
    assert (table["tss"] == np.where(table["strand"] == "+", table["start"], table["end"] - 1)).all()
    assert all(table["gene"])
    assert all(table["name"])


def be_names(names: Any) -> None:
    assert len(names)
    assert all(names)


def be_steps(track: Any) -> None:
    for chrom, steps in track.contigs.items():
        assert (steps.starts < steps.ends).all()
        assert (steps.starts[1:] >= steps.ends[:-1]).all()
        assert (steps.starts >= 0).all()
        assert np.isfinite(steps.values).all()
        assert track.read(chrom, 0, 40).shape == (40,)


def be_motifs(motifs: Any) -> None:
    assert len({motif.name for motif in motifs}) == len(motifs)
    for motif in motifs:
        assert motif.ppm.shape[0] == 4
        assert np.allclose(motif.ppm.sum(axis=0), 1, atol=1e-6)
        assert np.isfinite(motif.n_sites)
        assert motif.n_sites > 0


def be_background(background: Any) -> None:
    assert np.isclose(background.bases.sum(), 1)
    assert (background.bases > 0).all()


def be_variants(path: Path) -> None:
    alleles = read_alleles(path)
    assert len(alleles)
    assert (alleles["pos"] >= 1).all()
    for variant in read_vcf(path).variants:
        assert variant.start >= 0
        assert set(variant.ref + variant.alt) <= set("ACGTN")


def be_read_pairs(path: Path) -> None:
    for chunk in read_pairs(path):
        pairs = chunk.pairs
        for position, chrom in ((pairs.position1, pairs.chrom1), (pairs.position2, pairs.chrom2)):
            assert (position >= 0).all()
            assert ((chrom >= 0) & (chrom < len(pairs.chroms))).all()


def be_anchors(table: pd.DataFrame) -> None:
    assert (table["position"] >= 0).all()
    assert set(table["strand"]) <= {"+", "-", "."}


def be_activity(activity: Any) -> None:
    be_intervals(activity.intervals)
    assert activity.labels.shape == (len(activity.intervals), len(activity.names))
    assert activity.labels.max() <= 1


def be_labels(table: Any) -> None:
    if len(table.sequences):
        be_sequences(table.sequences)
    assert table.labels.shape == (len(table.sequences), len(table.tracks))
    assert not np.isinf(table.labels).any()


def be_labelled(found: Any) -> None:
    be_sequences(found.bound)
    be_sequences(found.unbound)


def be_hits(table: pd.DataFrame) -> None:
    for name in ("start", "end"):
        assert table[name].dtype == np.int64
    assert ((table["start"] >= 0) & (table["start"] < table["end"])).all()
    assert set(table["strand"]) <= {"+", "-", "."}


def be_gkm(model: Any) -> None:
    assert np.isfinite(model.coefficients).all()
    assert np.isfinite(model.rho)


def be_states(model: Any) -> None:
    for values in (model.initial, model.transitions, model.emissions):
        assert ((values >= 0) & (values <= 1 + 1e-4)).all()


def be_emissions(found: Any) -> None:
    assert found.emissions.shape == (len(found.names), len(found.marks))
    assert ((found.emissions > -1e-8) & (found.emissions < 1.00001)).all()


def be_marks(patterns: Any) -> None:
    assert patterns.n_bins > 0
    assert patterns.patterns.max() <= 2


def be_segments(found: Any) -> None:
    assert len(found.names) == found.n_states
    assert found.segments["state"].between(0, found.n_states - 1).all()


def be_reads(path: Path) -> None:
    """Counted in three ways; of a BAM file along the contigs that it names, where they are small."""
    found = contigs_of_reads(path)
    sizes = _LENGTHS
    if isinstance(found, dict) and sum(found.values()) < _SMALL:
        sizes = found
    for kind in ("five_prime", "coverage"):
        reads = iterate_read_counts(path, kind=kind, sizes=sizes)
        for chrom, counts in reads:
            assert counts.shape[1] == sizes[chrom]
        assert reads.report.n_kept >= 0
    deque(iterate_bin_counts(path, sizes=sizes, bin_size=50), maxlen=0)
    source = open_coverage_source(path, sizes=sizes, extend_bp=3)
    for chrom in source.contigs_with_reads:
        assert (source.coverage(chrom, 0, 100) >= 0).all()


def be_signal(path: Path) -> None:
    sizes = bigwig_sizes(path)
    assert all(size > 0 for size in sizes.values())
    bigwig_total(path)
    for chrom, size in sizes.items():
        if size < _SMALL:
            assert read_bigwig_contig(path, chrom).shape == (size,)
        table = pd.DataFrame({"chrom": chrom, "start": [0, -5, size - 1], "end": [30, 25, size + 29]})
        assert read_bigwig_windows(path, table).shape == (3, 30)
        read_bigwig_bin_means(path, chrom, length=min(size, 200), bin_size=10)


def be_cool(path: Path) -> None:
    for resolution in cool_resolutions(path):
        be_map(open_cool(path, resolution=resolution))


def be_map(source: Any) -> None:
    n = source.bins.n_bins
    for chrom in source.bins.chroms:
        contacts = source.cis(chrom)
        assert contacts.counts.shape == contacts.bin1.shape == contacts.bin2.shape
        assert (contacts.counts >= 0).all()
        assert ((contacts.bin1 >= 0) & (contacts.bin1 <= contacts.bin2)).all()
        assert (contacts.bin2 < contacts.n_bins).all()
    for bin1, bin2, _ in source.pixels():
        assert ((bin1 >= 0) & (bin1 <= bin2) & (bin2 < n)).all()
    last = min(n, 10)
    assert source.block(slice(0, last), slice(0, last), balanced=False).shape == (last, last)
    if source.weights is not None:
        weights = source.weights[np.isfinite(source.weights)]
        assert (weights > 0).all()


def be_contributions(found: Any) -> None:
    n = len(found.windows)
    assert found.one_hot.shape == found.hypothetical.shape
    assert found.one_hot.ndim == 3
    assert found.one_hot.shape[:2] == (n, 4)
    assert found.completeness_error.shape == found.relative_error.shape == (n,)
    be_intervals(found.windows)
    assert found.contributions.shape == found.one_hot.shape


def be_patterns(found: Any) -> None:
    assert found.window_bp > 0
    for pattern in found.patterns:
        assert pattern.ppm.shape == pattern.cwm.shape == pattern.hcwm.shape
        assert pattern.ppm.shape[0] == 4
        for array in pattern.values or ():
            assert array.shape == (pattern.n_seqlets, 4, pattern.ppm.shape[1])


def be_array(array: np.ndarray) -> None:
    assert array.shape == (3, 4)
    assert array.dtype == np.float32
    array.sum()


def be_store(store: Any) -> None:
    kept = store.windows[store.windows["row"] >= 0] if "row" in store.windows else store.windows
    assert len(store) == len(kept)
    assert (kept["start"] < kept["end"]).all()
    for name in ("sequences", "labels", "counts", "targets", "masked"):
        array = getattr(store, name, None)
        if isinstance(array, np.ndarray):
            assert len(array) == len(store)
            np.asarray(array).sum()


def be_coverage(store: Any) -> None:
    for name in store.names:
        for chrom, size in store.sizes.items():
            assert store.read(name, chrom, 0, min(size, 1000)).dtype == np.float32
