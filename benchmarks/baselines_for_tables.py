"""Seconds to train k-mers and gkm-SVMs for the 189 factors of a yeast, and whether it costs accuracy to do it together.

Summits of the factors with 200 or more (Rossi et al. 2021) are merged into sites of 200 bp; contigs III, VIII and XI
are held out. With --single, ten of the factors are trained one by one by the functions for a single set, on all
sequences and with the same penalties and weights of the classes (gkm-SVM: --single exact or large). The kernels are
compiled before the clock starts. Then all tracks are judged.

Usage::

    python benchmarks/baselines_for_tables.py [--data FOLDER] [--min-overlap BP] [--single exact|large|none]

The last result stands in benchmarks/README.md.
"""

import argparse
import os
import time
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np

from cisgram.baselines.gkmsvm.large import fit_gkmsvm_large
from cisgram.baselines.gkmsvm.score import gkm_scores
from cisgram.baselines.gkmsvm.train import fit_gkmsvm
from cisgram.baselines.judge_tables import judge_table
from cisgram.baselines.kmers import fit_kmers, kmer_scores
from cisgram.baselines.tables import BaselineConfig, baseline_scores
from cisgram.data.sites import SiteConfig, merge_peaks, peaks_by_name
from cisgram.genomics.sequences_at import sequences_at
from cisgram.io.fasta import read_genome
from cisgram.io.tables import read_intervals
from cisgram.nn.metrics import auroc

HELD_OUT = ("III", "VIII", "XI")


def main():
    options = argparse.ArgumentParser()
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    options.add_argument("--data", type=Path, default=Path(os.environ.get("CISGRAM_DATA", beside)))
    options.add_argument("--min-overlap", type=int, default=100)
    options.add_argument("--single", choices=["exact", "large", "none"], default="none")
    options.add_argument("--max-sequences", type=int, default=20_000)
    options.add_argument("--save", type=Path, help="where to keep the scores (.npz)")
    given = options.parse_args()
    warnings.simplefilter("ignore")  # contigs without peaks, the same sequence in both classes
    train, labels, test, truth, blocks, names = yeast(given)
    few, n = train.take(np.arange(40)), (labels == 1).sum(axis=0)
    baseline_scores(few, np.tile([[1.0], [0.0]], (20, 1)), few)
    print(f"{len(train):,} + {len(test):,} sites, {len(names)} factors with {n.min()} to {n.max()} sites in training")
    config, scores, notes = BaselineConfig(max_sequences=given.max_sequences), {}, {}
    print("| method | wall s | processor s | penalty | mean AUROC |\n|---|---|---|---|---|")
    for method in config.methods:
        began, before = time.perf_counter(), time.process_time()
        found = baseline_scores(train, labels, test, names=names, config=replace(config, methods=(method,)))
        wall, spent = time.perf_counter() - began, time.process_time() - before
        scores[method], notes[method] = found.scores[method], found.notes
        mean = np.mean([auroc(one == 1, found.scores[method][:, i]) for i, one in enumerate(truth.T)])
        penalty = found.notes["penalty"].iloc[0]
        print(
            f"| {method} ({found.notes['trainer'].iloc[0]}) | {wall:.0f} | {spent:.0f} | {penalty} | {mean:.4f} |",
            flush=True,
        )
    if given.save:
        np.savez(given.save, truth=truth, blocks=blocks, **scores)
    began = time.perf_counter()
    judged = judge_table(truth, scores, names=names, blocks=blocks)
    print(f"\njudged in {time.perf_counter() - began:.1f} s\n{judged.means}\n{judged.differences[-2:]}")
    if given.single != "none":
        one_by_one(given, config, notes, scores, train, labels, test, truth, names)


def yeast(given):
    """Training sites with labels, held-out ones with labels and blocks of 100 kb, and the factors."""
    genome = read_genome(given.data / "yeast" / "R64-1-1.fa.gz")
    summits = read_intervals(given.data / "yeast" / "chipexo" / "rossi2021_summits.bed.gz")
    table = merge_peaks(
        peaks_by_name(summits, min_peaks=200), sizes=genome.sizes, config=SiteConfig(200, given.min_overlap)
    )
    kept = table.sites["dropped"].eq("").to_numpy()
    sites, labels = table.sites[kept].reset_index(drop=True), table.labels[kept].astype(float)
    sequences = sequences_at(genome, sites[["chrom", "start", "end"]]).sequences
    is_test = sites["chrom"].isin(HELD_OUT).to_numpy()
    rows = np.flatnonzero(~is_test), np.flatnonzero(is_test)
    contig = sites["chrom"].astype("category").cat.codes.to_numpy(np.int64)
    blocks = contig * 1000 + sites["start"].to_numpy() // 100_000
    train, test = (sequences.take(one) for one in rows)
    return train, labels[rows[0]], test, labels[rows[1]], blocks[rows[1]], table.names


def one_by_one(given, config, notes, scores, train, labels, test, truth, names):
    """Train some factors by themselves."""
    print("\n| factor | k-mers, together | by itself | s | gkm-SVM, together | by itself | s |")
    print("|---|---|---|---|---|---|---|")
    rows = []
    for track in np.random.default_rng(0).permutation(len(names))[:10]:
        is_positive = labels[:, track] == 1
        classes = [train.take(np.flatnonzero(is_positive == wanted)) for wanted in (True, False)]
        cells = []
        for method in config.methods:
            penalty = float(notes[method]["penalty"][track])
            began = time.perf_counter()
            if method == "kmers":
                settings = replace(config.kmers, penalty=penalty, is_balanced=True)
                alone = kmer_scores(fit_kmers(*classes, config=settings), test)
            else:
                n_negative = len(classes[1])
                settings = replace(
                    config.gkmsvm,
                    penalty=penalty * len(labels) / (2 * n_negative),
                    positive_weight=n_negative / len(classes[0]),
                )
                fit = fit_gkmsvm_large if given.single == "large" else fit_gkmsvm
                alone = gkm_scores(fit(*classes, config=settings), test)
            seconds = time.perf_counter() - began
            cells += [
                auroc(truth[:, track] == 1, scores[method][:, track]),
                auroc(truth[:, track] == 1, alone),
                seconds,
            ]
        rows.append(cells)
        print(f"| {names[track]} | " + " | ".join(f"{one:.4f}" for one in cells) + " |", flush=True)
    print("| mean | " + " | ".join(f"{one:.4f}" for one in np.mean(rows, axis=0)) + " |")


if __name__ == "__main__":
    main()
