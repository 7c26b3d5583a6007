"""Seconds to find all hits of 100 motifs in the yeast genome, p < 1e-4, both strands: cisgram beside memelite.

Both read the same MEME file and the same FASTA (unpacked, since memelite reads no gzip) and return data frames; each in
a process of its own that has compiled its kernels and filled its caches before the clock starts. Processes take turns;
medians of the rounds. The background is uniform, as memelite's always is. cisgram also finds q-values and spells out
the words.

How many hits are right is counted on motifs of at most 9 bp, of which all words can be listed with their real scores:
a hit is right if words that score as high make up at most 1e-4 of all.

Usage::

    python benchmarks/scan_vs_memelite.py [--data FOLDER] [--rounds N]
"""

import argparse
import gzip
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import product
from pathlib import Path

import numpy as np

P_VALUE = 1e-4
N_MOTIFS = 100
WIDEST_LISTED = 9
EPS = 1e-4
"""What memelite adds to proportions."""


def main():
    options = argparse.ArgumentParser()
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    options.add_argument("--data", type=Path, default=Path(os.environ.get("CISGRAM_DATA", beside)))
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.child:
        child(given.child[0], *map(Path, given.child[1:]))
        return
    with tempfile.TemporaryDirectory() as name:
        fasta, meme = Path(name) / "genome.fa", Path(name) / "motifs.meme"
        make_inputs(given.data, fasta, meme)
        compare_seconds(fasta, meme, given.rounds)
        compare_hits(fasta, meme)


def make_inputs(data, fasta, meme):
    from cisgram.io.meme import read_meme, write_meme

    fasta.write_bytes(gzip.decompress((data / "yeast" / "R64-1-1.fa.gz").read_bytes()))
    write_meme(meme, read_meme(data / "motifs" / "JASPAR2024_CORE_vertebrates_nr.meme")[:N_MOTIFS])


def compare_seconds(fasta, meme, rounds):
    ways = ("cisgram", "memelite")
    # Two processes that wait for a line each; they take turns within one round.
    processes = {
        way: subprocess.Popen(
            [sys.executable, "-W", "ignore", __file__, "--child", way, fasta, meme],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for way in ways
    }
    answers = {way: [] for way in ways}
    for _ in range(rounds):
        for way in ways:
            print("go", file=processes[way].stdin, flush=True)
            answers[way].append(json.loads(processes[way].stdout.readline()))
    for process in processes.values():
        process.communicate()
    print("| | seconds (median) | lowest .. highest | processor seconds | hits |\n|---|---|---|---|---|")
    for way in ways:
        wall = [answer["wall"] for answer in answers[way]]
        cpu = statistics.median(answer["cpu"] for answer in answers[way])
        print(
            f"| {way} | {statistics.median(wall):.3f} | {min(wall):.3f} .. {max(wall):.3f} | {cpu:.3f} | "
            f"{answers[way][0]['hits']:,} |"
        )
    ratios = [
        theirs["wall"] / ours["wall"] for ours, theirs in zip(answers["cisgram"], answers["memelite"], strict=True)
    ]
    print(f"\ncisgram is faster by {statistics.median(ratios):.2f} x ({min(ratios):.2f} .. {max(ratios):.2f})")


def child(way, fasta, meme):
    scan = {"cisgram": scan_with_cisgram, "memelite": scan_with_memelite}[way]
    scan(fasta, meme)
    for _ in sys.stdin:
        began, began_cpu = time.perf_counter(), time.process_time()
        n = scan(fasta, meme)
        wall, cpu = time.perf_counter() - began, time.process_time() - began_cpu
        print(json.dumps({"wall": wall, "cpu": cpu, "hits": n}), flush=True)


def scan_with_cisgram(fasta, meme):
    from cisgram.genomics.background import Background
    from cisgram.io.fasta import read_genome
    from cisgram.io.meme import read_meme
    from cisgram.motifs.scanning.scan import scan_genome

    return len(scan_genome(read_meme(meme), read_genome(fasta), background=Background.from_bases()).hits)


def scan_with_memelite(fasta, meme):
    import memelite

    return sum(len(table) for table in memelite.fimo(str(meme), str(fasta), threshold=P_VALUE))


def compare_hits(fasta, meme):
    import memelite

    from cisgram.genomics.background import Background
    from cisgram.genomics.sequence import encode
    from cisgram.io.fasta import read_genome
    from cisgram.io.meme import read_meme
    from cisgram.motifs.scanning.scan import scan_genome

    motifs = [motif for motif in read_meme(meme) if len(motif) <= WIDEST_LISTED]
    genome = read_genome(fasta)
    ours = scan_genome(motifs, genome, background=Background.from_bases()).hits
    found = {
        "cisgram": {
            name: count_by_word(table["sequence"].map(encode).tolist(), len(table))
            for name, table in ours.groupby("name", observed=False)
        }
    }
    tables = memelite.fimo({motif.name: motif.ppm for motif in motifs}, str(fasta), threshold=P_VALUE)
    found["memelite"] = {
        motif.name: count_by_word(words_of(genome, table), len(table))
        for motif, table in zip(motifs, tables, strict=True)
    }
    print(f"\n| {len(motifs)} motifs of at most {WIDEST_LISTED} bp | right hits | lost | wrong |\n|---|---|---|---|")
    for way, pseudocounted in (("cisgram", with_sites), ("memelite", with_eps)):
        right = lost = wrong = 0
        for motif in motifs:
            counts = all_words_in(genome, len(motif))
            is_hit = listed_hits(pseudocounted(motif))
            hits = found[way].get(motif.name, np.zeros(1))  # one zero where there is no hit
            right += int(counts[is_hit].sum())
            lost += int((counts - hits)[is_hit].sum())
            wrong += int((hits * ~is_hit).sum())
        print(f"| {way} | {right:,} | {lost:,} ({lost / right:.2%}) | {wrong:,} ({wrong / right:.2%}) |")


def with_sites(motif):
    return np.log2((motif.n_sites * motif.ppm + 0.1 / 4) / (motif.n_sites + 0.1) / 0.25)


def with_eps(motif):
    return np.log2(motif.ppm + EPS) + 2


def listed_hits(pwm):
    """Which words of all are rare enough, by their real scores; scores that differ by noise tie."""
    width = pwm.shape[1]
    words = np.array(list(product(range(4), repeat=width)), dtype=np.uint8)
    scores = pwm[words, np.arange(width)].sum(axis=1)
    ordered = np.sort(scores)
    n_as_high = scores.size - np.searchsorted(ordered, scores - 1e-5)
    return n_as_high / scores.size <= P_VALUE


def all_words_in(genome, width):
    """How often every word stands in the genome, on both strands."""
    powers = 4 ** np.arange(width)[::-1]
    counts = np.zeros(4**width, dtype=np.int64)
    for chrom, size in genome.sizes.items():
        windows = np.lib.stride_tricks.sliding_window_view(genome.codes(chrom, 0, size), width)
        known = windows[(windows < 4).all(axis=1)].astype(np.int64)
        for words in (known, 3 - known[:, ::-1]):
            counts += np.bincount(words @ powers, minlength=4**width)
    return counts


def words_of(genome, table):
    words = []
    for chrom, start, end, strand in zip(*(table[k] for k in ("sequence_name", "start", "end", "strand")), strict=True):
        word = genome.codes(chrom, int(start), int(end))
        words.append(word if strand == "+" else 3 - word[::-1])
    return words


def count_by_word(words, n):
    if not n:
        return np.zeros(1, dtype=np.int64)
    stacked = np.stack(words).astype(np.int64)
    width = stacked.shape[1]
    return np.bincount(stacked @ 4 ** np.arange(width)[::-1], minlength=4**width)


if __name__ == "__main__":
    main()
