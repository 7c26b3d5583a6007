"""Enrichment at transcription starts is what was planted there."""

import numpy as np
import pandas as pd
import pytest

from cisgram.errors import EmptySetError
from cisgram.training.start_enrichment import StartSums

SIZE = 60_000


@pytest.fixture
def genes():
    return pd.DataFrame(
        {"chrom": "I", "tss": [5000, 20_000, 40_000, 59_000, 40_000], "strand": ["+", "-", "+", "+", "+"]}
    )


def coverage(genes):
    """Flat, eightfold within 50 bp of starts, and threefold around 250 bp downstream."""
    values = np.full(SIZE, 2, np.float32)
    for tss, strand in zip(genes["tss"], genes["strand"], strict=True):
        values[tss - 50 : tss + 51] = 16
        downstream = slice(tss + 200, tss + 300) if strand == "+" else slice(tss - 299, tss - 199)
        values[downstream] = 6
    return values


def test_planted_enrichment_comes_back_however_the_genome_is_cut(genes):
    values = coverage(genes)
    for cut in (SIZE, 7001, 450):
        sums = StartSums(genes)
        for start in range(0, SIZE, cut):
            sums.add("I", start, values[start : start + cut])
        found = sums.result(n_resamples=50, seed=1)
        assert found.enrichment == pytest.approx(8)
        assert found.interval == pytest.approx((8, 8))
        # The start at 59,000 has no room, and the one at 40,000 is there once.
        assert found.n_starts == 3


def test_profiles_of_both_strands_read_rightwards(genes):
    sums = StartSums(genes)
    sums.add("I", 0, coverage(genes))
    profile = sums.result(n_resamples=0, seed=1).profile
    assert profile[2000 + 250] == pytest.approx(3)
    assert profile[2000 - 250] == pytest.approx(1)


def test_starts_that_lie_elsewhere_are_an_error_with_a_count(genes):
    sums = StartSums(genes)
    sums.add("II", 0, np.ones(SIZE, np.float32))
    with pytest.raises(EmptySetError, match="4 not wholly inside the windows"):
        sums.result(n_resamples=0, seed=1)
    with pytest.raises(EmptySetError, match="no transcription starts left"):
        StartSums(genes.iloc[:0])


def test_no_coverage_has_no_enrichment(genes):
    sums = StartSums(genes)
    sums.add("I", 0, np.zeros(SIZE, np.float32))
    found = sums.result(n_resamples=5, seed=1)
    assert np.isnan(found.enrichment)
    assert found.interval is None
