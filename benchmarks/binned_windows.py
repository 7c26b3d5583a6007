"""Tracks in bins: how fast targets are made of bigWigs, and how fast batches come out of the store.

Both beside the plain way, which does each window on its own: one read of the bigWig per window and track, bins summed
up with numpy (as ``basenji_data_read.py`` does it), and one window at a time cut out of the genome and turned.

Usage: ``python benchmarks/binned_windows.py``. A genome of 2 contigs of 4 Mb, 8 tracks, windows of 131,072 bp of which
114,688 are predicted in bins of 128 bp, every 28,672 bp.
"""

import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
import pybigtools

from cisgram.data.batches import Batches, Sampling
from cisgram.data.binned_build import TargetMaker
from cisgram.data.binned_signals import open_signals
from cisgram.data.binned_store import BinnedLayout, write_binned
from cisgram.data.binned_targets import BinnedTargetConfig
from cisgram.data.binned_tracks import BinnedTrack
from cisgram.data.binned_windows import WindowGeometry, lay_windows
from cisgram.data.genome_examples import GenomeExamples
from cisgram.genomics.genome import Genome
from cisgram.genomics.sequence import reverse_complement
from cisgram.io.bigwig import write_bigwig

N_TRACKS, WIDTH, LENGTH, CROP, STRIDE, BATCH = 8, 128, 131_072, 8192, 28_672, 4
SIZES = {"I": 4_000_000, "II": 4_000_000}
N_BINS = (LENGTH - 2 * CROP) // WIDTH
ROUNDS = 5


def main() -> None:
    """Measure and print a table."""
    with tempfile.TemporaryDirectory() as folder:
        rng = np.random.default_rng(0)
        genome = Genome.from_codes({chrom: rng.integers(0, 4, size).astype(np.uint8) for chrom, size in SIZES.items()})
        paths = [_written(Path(folder), number, rng) for number in range(N_TRACKS)]
        windows, geometry = _windows(), WindowGeometry(LENGTH, CROP, WIDTH)
        tracks = [BinnedTrack(f"t{n}", str(path), sum_stat="sum_sqrt") for n, path in enumerate(paths)]
        config = BinnedTargetConfig()
        maker = TargetMaker([open_signals(one, SIZES, config=config) for one in tracks], geometry, config)
        ours, plain = _rounds(
            lambda: np.stack([one.targets for one in maker.examples(windows)]), lambda: _plain_targets(paths, windows)
        )
        print(f"targets: {len(windows)} windows x {N_TRACKS} tracks, windows/s")
        _table(len(windows), ours, plain)
        store = write_binned(Path(folder) / "store", _layout(genome), windows, maker.examples(windows))
        sampling = Sampling(batch_size=BATCH, shuffle=True, jitter_bp=3, reverse_complement=True)
        batches = Batches(GenomeExamples(store, genome, jitter_bp=3), np.arange(len(store)), sampling)
        ours, plain = _rounds(
            lambda: [batch.targets.shape for batch in batches.epoch(0)], lambda: _plain_epoch(store, genome, batches)
        )
        print(f"batches of {BATCH}, windows/s")
        _table(len(store), ours, plain)


def _rounds(*ways):
    """Seconds of every way, in turn; what they give is compared once."""
    for way in ways:
        way()
    seconds = [[] for _ in ways]
    for _ in range(ROUNDS):
        for number, way in enumerate(ways):
            began = time.perf_counter()
            way()
            seconds[number].append(time.perf_counter() - began)
    return seconds


def _table(n, ours, plain):
    for name, found in (("cisgram", ours), ("window by window", plain)):
        rates = sorted(n / one for one in found)
        print(f"| {name} | {median(rates):,.0f} | {rates[0]:,.0f} .. {rates[-1]:,.0f} |")
    print(f"ratio of the medians: {median(plain) / median(ours):.2f}")


def _written(folder, number, rng):
    path = folder / f"{number}.bw"
    places = {chrom: np.repeat(rng.poisson(0.4, size // 20 + 1), 20)[:size] for chrom, size in SIZES.items()}
    write_bigwig(path, SIZES, ((chrom, values.astype(np.float32)) for chrom, values in places.items()))
    return path


def _windows():
    pieces = pd.DataFrame({"chrom": ["I", "II"], "start": 0, "end": 4_000_000, "split": "train"})
    return lay_windows(pieces, WindowGeometry(LENGTH, CROP, WIDTH), sizes=SIZES, strides_bp=(STRIDE, STRIDE))


def _layout(genome):
    names = tuple(f"t{n}" for n in range(N_TRACKS))
    pairs = tuple(n ^ 1 for n in range(N_TRACKS))
    empty = ("",) * N_TRACKS
    return BinnedLayout(names, empty, empty, pairs, WIDTH, LENGTH, N_BINS, ("none",) * N_TRACKS, genome.sha256)


def _plain_targets(paths, windows):
    """Every window of every track by a read of its own."""
    found = np.empty((len(windows), len(paths), N_BINS), dtype=np.float16)
    for track, path in enumerate(paths):
        with pybigtools.open(str(path)) as bigwig:
            for row, (chrom, start) in enumerate(zip(windows["chrom"], windows["start"], strict=True)):
                bases = bigwig.values(chrom, start + CROP, start + LENGTH - CROP, uncovered=0.0, fillna=0.0)
                found[row, track] = np.sqrt(1 + bases.reshape(N_BINS, WIDTH).sum(axis=1, dtype=np.float32)) - 1
    return found


def _plain_epoch(store, genome, batches):
    """The same examples, one after the other."""
    plan, shapes, pairs = batches.plan(0), [], np.array(store.layout.strand_pairs)
    for first in range(0, len(plan.rows), BATCH):
        sequences, targets = [], []
        for place in range(first, min(first + BATCH, len(plan.rows))):
            row = store.windows.iloc[int(plan.rows[place])]
            start = int(row["start"]) + int(plan.moved_bp[place])
            window = pd.DataFrame({"chrom": [row["chrom"]], "start": [start], "end": [start + LENGTH]})
            codes, values = genome.windows(window)[0], np.asarray(store.targets[plan.rows[place]], dtype=np.float32)
            turn = bool(plan.reverse[place])
            sequences.append(reverse_complement(codes) if turn else codes)
            targets.append(values[pairs, ::-1] if turn else values)
        shapes.append((np.stack(sequences).shape, np.stack(targets).shape))
    return shapes


if __name__ == "__main__":
    main()
