"""Excluded regions, unknown bases and count limits, each against counting by hand."""

import numpy as np
import pytest

from cisgram.data.filters import drop_by_counts, drop_unknown_bases, exclude
from cisgram.errors import ConfigError
from cisgram.genomics.genome import Genome
from cisgram.genomics.interval import interval_table


def windows_of(start, length, **columns):
    table = interval_table("I", start, np.asarray(start) + length)
    return table.assign(**{"kind": "peak", "split": "train", "dropped": "", **columns})


def test_windows_that_touch_an_excluded_region_are_dropped():
    windows = windows_of([0, 90, 91, 120], 10, dropped=["", "", "", "before"])
    marked = exclude(windows, interval_table(["I", "II"], [100, 0], [130, 50]))
    assert marked["dropped"].tolist() == ["", "", "in an excluded region", "before"]


def test_unknown_bases_are_counted_beyond_the_contig_too():
    genome = Genome.from_codes({"I": np.array([0] * 50 + [4] * 10 + [1] * 40, dtype=np.uint8)})
    windows = windows_of([0, 39, 40, 89, 92], 20)
    marked = drop_unknown_bases(windows, genome, max_fraction=0.45)
    assert marked["dropped"].tolist() == ["", "", "too many N", "", "too many N"]


def test_a_dropped_window_may_lie_on_a_contig_that_the_genome_lacks():
    genome = Genome.from_codes({"I": np.zeros(50, dtype=np.uint8)})
    windows = windows_of([0, 0], 20, dropped=["", "contig not in the genome"])
    windows.loc[1, "chrom"] = "X"
    assert drop_unknown_bases(windows, genome)["dropped"].tolist() == ["", "contig not in the genome"]


def test_the_upper_limit_is_that_of_the_windows_own_split():
    n = 101
    windows = windows_of(np.arange(2 * n), 5, split=["train"] * n + ["test"] * n)
    totals = np.concatenate([np.arange(n), 1000 + np.arange(n)]).astype(float)
    marked = drop_by_counts(windows, totals, max_quantile=0.9)
    assert np.flatnonzero(marked["dropped"]).tolist() == [*range(91, 101), *range(192, 202)]
    scaled = drop_by_counts(windows, totals, max_quantile=0.9, scale=1.05)
    assert np.flatnonzero(scaled["dropped"]).tolist() == [*range(95, 101)]


def test_negatives_may_have_few_counts_but_not_many():
    windows = windows_of(np.arange(4), 5, kind=["peak", "peak", "negative", "negative"])
    marked = drop_by_counts(windows, np.array([50.0, 3, 0, 900]), min_total=10.0, max_quantile=0.99)
    assert marked["dropped"].tolist() == ["", "too few counts", "", "suspiciously many counts"]


def test_dropped_windows_neither_set_the_limit_nor_need_counts():
    windows = windows_of(np.arange(3), 5, dropped=["", "", "before"])
    marked = drop_by_counts(windows, np.array([10.0, 20, np.nan]), max_quantile=0.5)
    assert marked["dropped"].tolist() == ["", "suspiciously many counts", "before"]


@pytest.mark.parametrize("wrong", [{"max_quantile": 0.0}, {"max_quantile": 1.1}, {"max_quantile": 0.5, "scale": 0.9}])
def test_impossible_limits_are_refused(wrong):
    with pytest.raises(ConfigError):
        drop_by_counts(windows_of([0], 5), np.array([1.0]), **wrong)
    with pytest.raises(ConfigError, match="one value per window: 1; got 2"):
        drop_by_counts(windows_of([0], 5), np.array([1.0, 2.0]))
    with pytest.raises(ConfigError):
        drop_unknown_bases(windows_of([0], 5), Genome.from_codes({"I": np.zeros(9, np.uint8)}), max_fraction=2.0)
