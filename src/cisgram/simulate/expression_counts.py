"""Counts of simulated CAGE, ATAC and H3K27ac, replicate by replicate, drawn around what is expected of them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from cisgram.arrays import ContigValues, StepSignal
from cisgram.io.bigwig import write_bigwig
from cisgram.simulate.expression_files import ExpressionFiles
from cisgram.simulate.expression_rules import ExpressionRules
from cisgram.simulate.expression_tracks import ASSAYS, STEP_BP, ExpressionAssays, StretchState, track_names
from cisgram.simulate.streams import named_stream

_BLOCK_STEPS = 8


class ExpressedContig(NamedTuple):
    """One contig with what happens on it."""

    name: str
    state: StretchState
    expected: StepSignal
    """Of one replicate."""


class Experiment(NamedTuple):
    """Everything that counts are drawn by."""

    rules: ExpressionRules
    assays: ExpressionAssays
    seed: int


def write_counts(
    files: ExpressionFiles, contigs: Sequence[ExpressedContig], sizes: Mapping[str, int], experiment: Experiment
) -> None:
    """Write every replicate, their sum, and what is expected of the sum.

    CAGE tags are counted at their first base. Counts of the other assays, and what is expected, are spread over the
    bases of each step, so that a sum over bases is a sum of counts.
    """
    replicates = range(1, experiment.assays.n_replicates + 1)
    for number, name in enumerate(track_names(experiment.rules)):
        track = files.tracks[name]
        for replicate, path in zip(replicates, track.replicates, strict=True):
            drawn = ((one.name, drawn_counts(one, number, replicate, experiment)) for one in contigs)
            write_bigwig(path, sizes, drawn)
        sums = ((one.name, sum(drawn_counts(one, number, n, experiment) for n in replicates)) for one in contigs)
        write_bigwig(track.pooled, sizes, sums)  # pyright: ignore[reportArgumentType]
        whole = ((one.name, per_base(one, len(replicates) * one.expected[number])) for one in contigs)
        write_bigwig(track.expected, sizes, whole)


def drawn_counts(contig: ExpressedContig, track: int, replicate: int, experiment: Experiment) -> ContigValues:
    """Counts per base of one track in one replicate; drawn again, they are the same."""
    name = track_names(experiment.rules)[track]
    rng = named_stream(experiment.seed, "counts", contig.name, name, replicate)
    if not ASSAYS[track % len(ASSAYS)].startswith("CAGE"):
        mean = contig.expected[track]
        n_blocks = -(-mean.size // _BLOCK_STEPS)
        noise = np.repeat(_noise(n_blocks, experiment.assays.dispersion, rng), _BLOCK_STEPS)[: mean.size]
        return per_base(contig, rng.poisson(mean * noise))
    return _tags(contig, track, experiment, rng)


def per_base(contig: ExpressedContig, counts: np.ndarray) -> ContigValues:
    """Counts per step as values per base that add up to them."""
    return np.repeat((counts / STEP_BP).astype(np.float32).round(6), STEP_BP)[: contig.state.length_bp]


def _tags(contig: ExpressedContig, track: int, experiment: Experiment, rng: np.random.Generator) -> ContigValues:
    """First bases of CAGE tags on one strand: those of promoters, each with noise of its own, and some anywhere."""
    cell, strand = divmod(track, len(ASSAYS))
    found, length = contig.state.regulation, contig.state.length_bp
    own = found.is_reverse == bool(strand)
    spread = np.array([core.spread_bp for core in experiment.rules.cores])[found.core[own]]
    mean = experiment.assays.tags_per_rate * found.rates[own, cell]
    n_tags = rng.poisson(mean * _noise(mean.size, experiment.assays.dispersion, rng))
    at = np.repeat(found.tss[own], n_tags) + np.rint(rng.normal(size=n_tags.sum()) * np.repeat(spread, n_tags))
    anywhere = rng.integers(0, length, size=rng.poisson(experiment.assays.tags_per_kb * length / 1_000))
    at = np.concatenate([at.astype(np.int64), anywhere])
    return np.bincount(at[(at >= 0) & (at < length)], minlength=length).astype(np.float32)


def _noise(n: int, dispersion: float, rng: np.random.Generator) -> np.ndarray:
    """Factors of mean 1 by which what is counted departs from what is expected."""
    return rng.gamma(1 / dispersion, dispersion, size=n) if dispersion else np.ones(n)
