"""Tests of this folder share made-up patterns, windows that hold them, and how to turn windows over."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from cisgram.genomics.pattern import Pattern, SeqletValues, seqlet_table
from cisgram.genomics.sequence import encode, one_hot, reverse_complement

LENGTH = 400
CORES = {"pos_pattern_0": "TTTGCATAACAA", "pos_pattern_1": "CCACGCCC", "neg_pattern_0": "GGAACTTGC"}


def make_pattern(name, core, *, n=60, seed=0, flank=3):
    """A pattern of noisy seqlets with uninformative flanks; its contributions are of one sign."""
    rng = np.random.default_rng(seed)
    letters = encode(core)
    width = len(letters) + 2 * flank
    codes = rng.integers(0, 4, (n, width)).astype(np.uint8)
    codes[:, flank:-flank] = np.where(rng.random((n, len(letters))) < 0.05, codes[:, flank:-flank], letters)
    height = np.full(width, 0.02)
    height[flank:-flank] = 1 + 0.5 * np.cos(np.arange(len(letters)) - (len(letters) - 1) / 2)
    sign = -1 if name.startswith("neg") else 1
    matches = codes[:, flank:-flank] == letters
    height = np.tile(height, (n, 1))
    height[:, flank:-flank] *= np.where(matches, 1, 0.1)
    sequences = one_hot(codes).astype(np.float64)
    contributions = sign * sequences * height[:, None] * rng.uniform(0.7, 1.3, (n, 1, 1))
    seqlets = seqlet_table(np.arange(n), np.zeros(n, int), np.full(n, width), np.zeros(n, bool))
    means = sequences.mean(axis=0), contributions.mean(axis=0), contributions.mean(axis=0)
    return Pattern(name, *means, seqlets=seqlets, values=SeqletValues(sequences, contributions, contributions))


@pytest.fixture(scope="session")
def pattern_of():
    """Make a pattern of a name and a core."""
    return make_pattern


@pytest.fixture(scope="session")
def patterns():
    return [make_pattern(name, core, seed=number) for number, (name, core) in enumerate(CORES.items())]


@pytest.fixture(scope="session")
def planted(patterns):
    """Windows of weak noise into which typical seqlets are pasted on both strands, with the truth."""
    rng = np.random.default_rng(7)
    n_windows = 30
    codes = rng.integers(0, 4, (n_windows, LENGTH)).astype(np.uint8)
    values = rng.normal(0, 0.02, (n_windows, LENGTH))
    truth = []
    for window in range(n_windows):
        for slot in range(4):
            pattern = patterns[int(rng.integers(3))].trimmed()
            totals = np.abs(pattern.values.contributions).sum(axis=(1, 2))
            typical = np.argsort([-_fit(pattern, row) for row in range(pattern.n_seqlets)])[:30]
            row = int(rng.choice(typical[totals[typical] > np.quantile(totals, 0.25)]))
            word = pattern.values.sequences[row].argmax(axis=0).astype(np.uint8)
            height = pattern.values.contributions[row].sum(axis=0)
            start = 10 + 100 * slot + int(rng.integers(0, 70))
            is_reverse = bool(rng.random() < 0.5)
            codes[window, start : start + pattern.width] = reverse_complement(word) if is_reverse else word
            values[window, start : start + pattern.width] = height[::-1] if is_reverse else height
            truth.append((window, start, "-" if is_reverse else "+", pattern.name))
    sequences = one_hot(codes).astype(np.int8)
    starts = 1000 * np.arange(n_windows)
    windows = pd.DataFrame({"chrom": "chr1", "start": starts, "end": starts + LENGTH})
    return SimpleNamespace(
        one_hot=sequences,
        contributions=(sequences * values[:, None]).astype(np.float32),
        windows=windows,
        truth=sorted(truth),
    )


def _fit(pattern, row):
    """How alike a seqlet and the CWM are."""
    a, b = pattern.values.contributions[row], pattern.cwm
    return float((a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum()))


@pytest.fixture(scope="session")
def turned_over():
    """Hits as they are when every window is turned over."""

    def turn(hits, windows):
        sums = (windows["start"] + windows["end"]).to_numpy()[hits["window"].to_numpy()]
        strand = hits["strand"].map({"+": "-", "-": "+"})
        return hits.assign(start=sums - hits["end"], end=sums - hits["start"], strand=strand)

    return turn


@pytest.fixture(scope="session")
def hits_at():
    """A table of hits, from rows of window, start, width, strand, pattern; windows of 1000 bp follow each other."""

    def make(rows, *, length=1000):
        window, start, width, strand, pattern = (np.array(column) for column in zip(*rows, strict=True))
        table = pd.DataFrame(
            {
                "chrom": "chr1",
                "start": start + 2 * length * window,
                "end": start + width + 2 * length * window,
                "strand": strand,
                "pattern": pattern,
                "window": window,
                "match": 0.5,
                "match_percentile": 0.5,
                "contribution": 1.0,
                "contribution_percentile": 0.5,
                "pwm_score": 10.0,
            }
        )
        n_windows = int(window.max()) + 1
        starts = 2 * length * np.arange(n_windows)
        return table, pd.DataFrame({"chrom": "chr1", "start": starts, "end": starts + length})

    return make
