"""Seconds to merge the peaks of 164 cell types, 100,000 each, into sites of 600 bp; and yeast's 189 factors.

The peaks are drawn: a million and a half places on 24 contigs of 125 Mb, of which every cell type takes some, each
moved by up to 60 bp. The kernels are compiled before the clock starts. Medians of the rounds.

Usage::

    python benchmarks/merging_peaks.py [--data FOLDER] [--rounds N]
"""

import argparse
import os
import statistics
import time
import warnings
from pathlib import Path

import numpy as np

from cisgram.data.sites import merge_peaks, peaks_by_name
from cisgram.genomics.interval import interval_table
from cisgram.io.tables import read_chrom_sizes, read_intervals

CONTIG_BP, N_CONTIGS, N_CELL_TYPES, N_PEAKS = 125_000_000, 24, 164, 100_000
N_PLACES = 1_500_000
MARGIN_BP = 1_000


def main():
    options = argparse.ArgumentParser()
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    options.add_argument("--data", type=Path, default=Path(os.environ.get("CISGRAM_DATA", beside)))
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    warnings.simplefilter("ignore")  # contigs without peaks
    for name, (tables, sizes) in {"drawn": drawn_peaks(), "yeast": yeast_summits(given.data)}.items():
        merge_peaks({cell: table.head(500) for cell, table in tables.items()}, sizes=sizes)
        seconds = []
        for _ in range(given.rounds):
            start = time.perf_counter()
            merged = merge_peaks(tables, sizes=sizes)
            seconds.append(time.perf_counter() - start)
        n_peaks = sum(map(len, tables.values()))
        median = statistics.median(seconds)
        print(f"{name}: {len(tables)} tables, {n_peaks:,} peaks -> {len(merged):,} sites in {median:.2f} s")


def drawn_peaks():
    """Tables by cell type, and the contigs' lengths."""
    rng = np.random.default_rng(1)
    places = rng.integers(0, CONTIG_BP * N_CONTIGS, N_PLACES)
    names = np.array([f"chr{number + 1}" for number in range(N_CONTIGS)])
    tables = {}
    for number in range(N_CELL_TYPES):
        at = rng.choice(places, N_PEAKS, replace=False) + rng.integers(-60, 61, N_PEAKS)
        contig, position = np.divmod(at, CONTIG_BP)
        inside = (at > 0) & (position > MARGIN_BP) & (position < CONTIG_BP - MARGIN_BP) & (contig < N_CONTIGS)
        start = position[inside] - 75
        tables[f"cell_{number}"] = interval_table(names[contig[inside]], start, start + 150)
    return tables, dict.fromkeys(names.tolist(), CONTIG_BP)


def yeast_summits(data):
    """Summits of the factors with 200 or more (Rossi et al. 2021)."""
    summits = read_intervals(data / "yeast" / "chipexo" / "rossi2021_summits.bed.gz")
    return peaks_by_name(summits, min_peaks=200), read_chrom_sizes(data / "yeast" / "R64-1-1.chrom.sizes")


if __name__ == "__main__":
    main()
