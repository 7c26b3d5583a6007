"""Reads, fragments and bigWig windows per second: cisgram's readers beside the plain way with the public library.

Made-up files: a BAM of 1 M reads of 75 bp, 2 M fragments (gzip), and a bigWig with a value at every tenth base of
10 Mb, of which 20,000 windows of 1 kb are read. Ways take turns; CPU seconds, medians of the rounds.

What the plain ways do:
BAM         pysam, one read after the other: flag, mapping quality, start and end
fragments   pandas.read_csv of three columns, then numpy.add.at
bigWig      pybigtools.values window by window (one open file, NaN filled)

Usage::

    python benchmarks/readers_vs_peers.py
"""

import argparse
import gzip
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pybigtools
import pysam

from cisgram.genomics.interval import interval_table
from cisgram.io.bigwig import read_bigwig_windows, write_bigwig
from cisgram.io.reads import iterate_read_counts

SIZE = 10_000_000
N_READS, N_FRAGMENTS, N_WINDOWS, LENGTH = 1_000_000, 2_000_000, 20_000, 1000


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--rounds", type=int, default=5)
    rounds = options.parse_args().rounds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_files(folder)
        table = windows()
        pairs = {
            f"BAM, {N_READS:,} reads": (lambda: count_bam(folder), lambda: count_bam_plainly(folder)),
            f"fragments, {N_FRAGMENTS:,} lines": (lambda: count_text(folder), lambda: count_text_plainly(folder)),
            f"bigWig, {N_WINDOWS:,} windows": (lambda: read(folder, table), lambda: read_plainly(folder, table)),
        }
        print("| what | cisgram, M/s | plain, M/s | ratio |\n|---|---|---|---|")
        for (what, (ours, plain)), n in zip(pairs.items(), (N_READS, N_FRAGMENTS, N_WINDOWS), strict=True):
            seconds = {ours: [], plain: []}
            for number in range(rounds + 1):
                answers = []
                for way in (ours, plain):
                    began = time.process_time()
                    answers.append(way())
                    if number:
                        seconds[way].append(time.process_time() - began)
                if answers[0] != answers[1]:
                    raise SystemExit(f"{what}: the two ways disagree: {answers}")
            fast, slow = (n / 1e6 / statistics.median(seconds[way]) for way in (ours, plain))
            print(f"| {what} | {fast:.2f} | {slow:.2f} | {fast / slow:.1f} x |")


def make_files(folder):
    rng = np.random.default_rng(1)
    write_bam(folder / "reads.bam", np.sort(rng.integers(0, SIZE - 100, N_READS)), rng)
    starts = np.sort(rng.integers(0, SIZE - 1000, N_FRAGMENTS))
    ends = starts + rng.integers(30, 600, N_FRAGMENTS)
    with gzip.open(folder / "fragments.tsv.gz", "wt", compresslevel=4) as text:
        lines = zip(starts.tolist(), ends.tolist(), strict=True)
        text.writelines(f"I\t{start}\t{end}\tACGTACGTACGTACGT-1\t1\n" for start, end in lines)
    signal = rng.poisson(0.1, SIZE).astype(np.float32)
    write_bigwig(folder / "signal.bw", {"I": SIZE}, [("I", signal)])


def write_bam(path, starts, rng):
    header = pysam.AlignmentHeader.from_references(["I"], [SIZE])
    letters = np.array(list("ACGT"))[rng.integers(0, 4, (500, 75))]
    sequences = ["".join(row) for row in letters]
    qualities = [pysam.qualitystring_to_array("".join(row)) for row in rng.choice(list("FF:,#"), (500, 75))]
    flags = rng.choice([99, 147, 83, 163, 0, 16, 4, 1024, 256], len(starts)).tolist()
    with pysam.AlignmentFile(str(path), "wb", header=header) as bam:
        for i, start in enumerate(starts.tolist()):
            read = pysam.AlignedSegment(header)
            read.query_name, read.flag, read.reference_id = f"A00123:45:HXXXXX:1:1101:{i}", flags[i], 0
            read.reference_start, read.mapping_quality, read.cigartuples = start, 60, [(0, 75)]
            read.query_sequence, read.query_qualities = sequences[i % 500], qualities[i * 7 % 500]
            bam.write(read)


def windows():
    starts = np.random.default_rng(2).integers(0, SIZE - LENGTH, N_WINDOWS)
    return interval_table(["I"] * N_WINDOWS, starts, starts + LENGTH)


def count_bam(folder):
    return sum(int(counts.sum()) for _, counts in iterate_read_counts(folder / "reads.bam", kind="five_prime"))


def count_bam_plainly(folder):
    counts = np.zeros((2, SIZE), dtype=np.uint32)
    left_out = 0x4 | 0x100 | 0x800 | 0x200 | 0x400
    with pysam.AlignmentFile(str(folder / "reads.bam")) as bam:
        for read in bam.fetch(until_eof=True):
            if not read.flag & left_out and read.mapping_quality >= 30:
                if read.is_reverse:
                    counts[1, read.reference_end - 1] += 1
                else:
                    counts[0, read.reference_start] += 1
    return int(counts.sum())


def count_text(folder):
    reads = iterate_read_counts(folder / "fragments.tsv.gz", kind="five_prime", sizes={"I": SIZE})
    return sum(int(counts.sum()) for _, counts in reads)


def count_text_plainly(folder):
    table = pd.read_csv(folder / "fragments.tsv.gz", sep="\t", header=None, usecols=[0, 1, 2])
    counts = np.zeros((2, SIZE), dtype=np.uint32)
    np.add.at(counts[0], table[1].to_numpy(), 1)
    np.add.at(counts[1], table[2].to_numpy() - 1, 1)
    return int(counts.sum())


def read(folder, table):
    return float(read_bigwig_windows(folder / "signal.bw", table).sum(dtype=np.float64))


def read_plainly(folder, table):
    with pybigtools.open(str(folder / "signal.bw")) as bigwig:
        pairs = zip(table["start"], table["end"], strict=True)
        found = np.stack([bigwig.values("I", start, end, fillna=0.0) for start, end in pairs])
    return float(found.sum())


if __name__ == "__main__":
    main()
