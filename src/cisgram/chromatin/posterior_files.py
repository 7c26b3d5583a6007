"""Probabilities of states along genomes, decoded and written to files: one bigWig per state, or ChromHMM's text."""

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from cisgram.arrays import BinPosteriors
from cisgram.chromatin.decode import decode_states
from cisgram.errors import ContigError
from cisgram.genomics.mark_patterns import MarkPatterns
from cisgram.genomics.state_model import StateModel
from cisgram.io.bigwig import write_bigwig_pieces
from cisgram.io.chromhmm.segments import write_posteriors

POSTERIOR_DECIMALS = 3
"""Of probabilities in bigWigs; more would make the files many times as large and say nothing."""

_BINS_AT_ONCE = 5_000


def write_posterior_tracks(
    folder: str | os.PathLike[str],
    model: StateModel,
    patterns: MarkPatterns,
    *,
    sizes: Mapping[str, int] | None = None,
) -> tuple[Path, ...]:
    """Write the posterior probability of every state in every cell type as a bigWig.

    Cell types are worked on one after the other, contig by contig. Between reading and writing, runs of bins with the
    same rounded probability lie in a temporary folder beside the results, since a bigWig is written from start to end:
    memory is that of :func:`cisgram.chromatin.decode.decode_states` with posteriors.

    Parameters
    ----------
    folder
        Where to write ``<cell>_<N>_E1.bw`` and so on, with the letter that the model's states are ordered by.
    model
        The model.
    patterns
        Marks of one or more cell types.
    sizes
        Contig lengths in bp, so that the last bases of a contig, which fill no bin, are part of the file; whole bins
        if they are not given.

    Returns
    -------
    tuple of pathlib.Path
        The files, cell type by cell type, state by state.

    Raises
    ------
    ContigError
        A contig is missing in ``sizes`` or shorter there than its bins.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    lengths = _lengths(patterns, sizes)
    written = []
    for cell in patterns.cells:
        paths = [folder / f"{cell}_{model.n_states}_{model.order_by}{n + 1}.bw" for n in range(model.n_states)]
        with tempfile.TemporaryDirectory(dir=folder, prefix=".posteriors.partial-") as temporary:
            spools = [Path(temporary) / str(state) for state in range(model.n_states)]
            contigs = _spool(spools, model, patterns.only(cells=[cell]))
            for state, path in enumerate(paths):
                write_bigwig_pieces(path, lengths, _pieces(spools[state], state, contigs, patterns.bin_size))
        written += paths
    return tuple(written)


def write_posterior_text(folder: str | os.PathLike[str], model: StateModel, patterns: MarkPatterns) -> tuple[Path, ...]:
    """Write probabilities of all states, one line per bin, as ChromHMM's ``<cell>_<N>_<chrom>_posterior.txt.gz``.

    Returns
    -------
    tuple of pathlib.Path
        One file per cell type and contig.
    """
    written = []
    for contig in decode_states(model, patterns, with_posteriors=True):
        path = Path(folder) / f"{contig.cell}_{model.n_states}_{contig.chrom}_posterior.txt.gz"
        assert contig.posteriors is not None, "they were asked for"
        write_posteriors(path, contig.cell, contig.chrom, contig.posteriors, order_by=model.order_by)
        written.append(path)
    return tuple(written)


class _Spooled(NamedTuple):
    """A contig in the spools: how many runs each state has there."""

    chrom: str
    n_runs: tuple[int, ...]


def _lengths(patterns: MarkPatterns, sizes: Mapping[str, int] | None) -> dict[str, int]:
    """Length of every contig in bp."""
    least = {runs.chrom: runs.n_bins * patterns.bin_size for runs in patterns.contigs}
    if sizes is None:
        return least
    for chrom, length in least.items():
        if sizes.get(chrom, 0) < length:
            raise ContigError(
                f"{chrom} has bins up to {length:,} bp, and {sizes.get(chrom, 0):,} bp in the contig lengths; are they "
                "of the same genome?"
            )
    return dict(sizes)


def _spool(spools: Sequence[Path], model: StateModel, patterns: MarkPatterns) -> list[_Spooled]:
    """Decode contig by contig; leaves runs of equal probabilities, state by state, in temporary files."""
    contigs = []
    with ExitStack() as stack:
        files = [stack.enter_context(path.open("wb")) for path in spools]
        for contig in decode_states(model, patterns, with_posteriors=True):
            assert contig.posteriors is not None, "they were asked for"
            contigs.append(_Spooled(contig.chrom, _append(files, contig.posteriors)))
    return contigs


def _append(files: Sequence[BinaryIO], posteriors: BinPosteriors) -> tuple[int, ...]:
    """Append the runs of one contig to the file of every state; returns how many."""
    n_runs = []
    for file, column in zip(files, posteriors.T, strict=True):
        values = np.round(column, POSTERIOR_DECIMALS)
        starts = np.flatnonzero(np.append(True, values[1:] != values[:-1]))
        lengths = np.diff(np.append(starts, len(values)))
        file.write(lengths.astype("<u4").tobytes())
        file.write(values[starts].astype("<f4").tobytes())
        n_runs.append(len(starts))
    return tuple(n_runs)


def _pieces(
    spool: Path, state: int, contigs: Sequence[_Spooled], bin_size: int
) -> Iterator[tuple[str, int, np.ndarray]]:
    """Probabilities per base of one state, a stretch at a time; stretches of zeros are left out."""
    with spool.open("rb") as file:
        for contig in contigs:
            n = contig.n_runs[state]
            lengths = np.frombuffer(file.read(4 * n), "<u4").astype(np.int64)
            bins = np.repeat(np.frombuffer(file.read(4 * n), "<f4"), lengths).astype(np.float32)
            for first in range(0, len(bins), _BINS_AT_ONCE):
                part = bins[first : first + _BINS_AT_ONCE]
                if part.any():
                    yield contig.chrom, first * bin_size, np.repeat(part, bin_size)
