"""Marks present in bins: against Poisson's law, against a loop in plain Python, and on real reads."""

import math
from collections import Counter
from gzip import open as gunzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import poisson

from cisgram.chromatin.binarize import (
    BinarizeConfig,
    bins_overlapped,
    call_marks,
    poisson_thresholds,
    window_sums,
)
from cisgram.errors import ConfigError, EmptySetError, InputError
from cisgram.io.reads import iterate_bin_counts

CHR22 = {"chr22": 51_304_566}


@pytest.mark.parametrize("p_value", [0.05, 1e-4, 1e-9])
def test_thresholds_are_quantiles_of_poissons_law(p_value):
    rates = np.array([1e-6, 0.01, 0.19, 1.0, 3.7, 20.0, 150.0])
    found = poisson_thresholds(rates, BinarizeConfig(p_value=p_value))
    for rate, threshold in zip(rates, found.tolist(), strict=True):
        beyond = threshold if threshold > 1 or poisson.sf(0, rate) >= p_value else 0
        assert poisson.sf(beyond, rate) < p_value
        assert beyond == 0 or poisson.sf(beyond - 1, rate) >= p_value
    strict = poisson_thresholds(rates, BinarizeConfig(p_value=p_value, is_strict=True))
    assert (strict[2:] == found[2:] + 1).all()


def test_other_limits_raise_the_threshold():
    rates = np.array([0.0, 2.0])
    assert poisson_thresholds(rates, BinarizeConfig()).tolist() == [1, 9]
    assert poisson_thresholds(rates, BinarizeConfig(min_fold=6.2)).tolist() == [1, 13]
    assert poisson_thresholds(rates, BinarizeConfig(min_signal=3.5)).tolist() == [4, 9]
    assert poisson_thresholds(np.array([1e6]), BinarizeConfig(p_value=1e-17))[0] > 1e6  # ends, though sums stay below 1


@given(st.lists(st.tuples(st.integers(0, 4_000), st.integers(1, 900)), max_size=30), st.integers(1, 300))
def test_bins_overlapped_are_those_with_a_covered_base(intervals, bin_size):
    n_bins = 3_000 // bin_size
    covered = np.zeros(6_000, dtype=bool)
    for start, length in intervals:
        covered[start : start + length] = True
    expected = [int(covered[i * bin_size : (i + 1) * bin_size].any()) for i in range(n_bins)]
    starts = np.array([start for start, _ in intervals], dtype=np.int64)
    ends = starts + np.array([length for _, length in intervals], dtype=np.int64)
    assert bins_overlapped(starts, ends, bin_size=bin_size, n_bins=n_bins).tolist() == expected


def plain_calls(counts, control, config):
    """The specification as loops."""
    around = []
    for i in range(len(control)):
        window = control[max(0, i - config.control_flank_bins) : i + config.control_flank_bins + 1]
        around.append(sum(window) + config.control_pseudocount * len(window))
    scale = sum(counts) / sum(around)
    present = []
    for count, local in zip(counts, around, strict=True):
        threshold = 0
        while local and poisson.cdf(threshold, scale * local) <= 1 - config.p_value:
            threshold += 1
        threshold = max(threshold + config.is_strict, math.ceil(config.min_fold * scale * local), 1)
        if not local:
            threshold = 1
        present.append(int(count >= threshold))
    return present


@pytest.mark.parametrize(
    "config",
    [
        BinarizeConfig(),
        BinarizeConfig(p_value=1e-3, is_strict=True, control_flank_bins=0, control_pseudocount=0),
        BinarizeConfig(min_fold=2.5, control_flank_bins=2, control_pseudocount=3),
    ],
)
def test_calls_against_a_control_are_those_of_a_plain_loop(config):
    rng = np.random.default_rng(3)
    control = rng.poisson(rng.gamma(1.0, 1.5, 400))
    counts = rng.poisson(0.6 * control + np.where(rng.random(400) < 0.1, 9, 0.3))
    found = call_marks(
        {"I": counts[:150], "II": counts[150:]}, config, control={"I": control[:150], "II": control[150:]}
    )
    one = call_marks({"I": counts}, config, control={"I": control})
    assert one.present["I"].tolist() == plain_calls(counts.tolist(), control.tolist(), config)
    assert 0 < one.n_present < 400
    assert found.n_bins == 400
    if config.control_flank_bins == 0:  # then contigs do not touch each other's windows
        assert np.concatenate(list(found.present.values())).tolist() == one.present["I"].tolist()


def test_window_sums_are_shorter_at_the_ends():
    control = np.random.default_rng(1).integers(0, 9, 40)
    kernel = np.ones(11, dtype=int)
    assert window_sums(control, BinarizeConfig()).tolist() == np.convolve(control + 1, kernel, "same").tolist()


def read_counts(path, **options):
    return dict(iterate_bin_counts(path, sizes=CHR22, **options))


def test_real_reads_are_called_as_the_specification_says(data_folder):
    reads = data_folder / "human_reads"
    paths = [reads / f"CTCF_SE_{name}_chr22_50k.bed.gz" for name in ("ChIP", "CTRL")]
    bins = []
    for path in paths:
        with gunzip(path, "rt") as lines:
            rows = [line.rstrip("\n").split("\t") for line in lines]
        at = [int(row[1]) + 100 if row[5] == "+" else int(row[2]) - 101 for row in rows]
        bins.append(Counter(position // 200 for position in at))
    n_bins = CHR22["chr22"] // 200
    mark, control = (read_counts(path) for path in paths)
    threshold = int(poisson.ppf(1 - 1e-4, sum(bins[0].values()) / n_bins))
    expected = {number for number, count in bins[0].items() if count >= threshold}
    calls = call_marks(mark)
    assert calls.thresholds == {0: threshold}
    assert set(np.flatnonzero(calls.present["chr22"]).tolist()) == expected

    local = {number: 11 + sum(bins[1][number + d] for d in range(-5, 6)) for number in bins[0]}
    with_edges = sum(min(i + 5, n_bins - 1) - max(i - 5, 0) + 1 for i in (*range(6), *range(n_bins - 6, n_bins)))
    total = 11 * (n_bins - 12) + with_edges + sum(11 * count for count in bins[1].values())
    scale = sum(bins[0].values()) / total  # no read of the control lies near an end
    rates = scale * np.array([local[number] for number in bins[0]])
    least = dict(zip(bins[0], np.maximum(1, poisson.ppf(1 - 1e-4, rates)).tolist(), strict=True))
    expected = {number for number, count in bins[0].items() if count >= least[number]}
    found = call_marks(mark, control=control)
    assert set(np.flatnonzero(found.present["chr22"]).tolist()) == expected
    assert (found.n_present, calls.n_present) == (2067, 2506)


def test_bad_counts_are_refused():
    counts = {"I": np.array([1, 0, 3])}
    for wrong, control, message in (
        ({"I": np.array([1.0, np.nan])}, None, "finite and 0 or more; those of the mark on I"),
        ({"I": np.array([-1, 4])}, None, "finite and 0 or more"),
        (counts, {"I": np.array([1, 2])}, "contigs and bins"),
        (counts, {"II": np.array([1, 2, 3])}, "contigs and bins"),
    ):
        with pytest.raises(InputError, match=message):
            call_marks(wrong, control=control)
    for empty in ({}, {"I": np.zeros(0, dtype=int)}):
        with pytest.raises(EmptySetError, match="no bins left"):
            call_marks(empty)
    with pytest.raises(EmptySetError, match="all of 3 bins are empty"):
        call_marks({"I": np.zeros(3)})
    with pytest.raises(EmptySetError, match="reads of the control"):
        call_marks(counts, BinarizeConfig(control_pseudocount=0), control={"I": np.zeros(3, dtype=int)})
    for settings in (
        {"bin_size": 0},
        {"p_value": 0.0},
        {"p_value": 1.0},
        {"min_fold": -1.0},
        {"control_flank_bins": -1},
    ):
        with pytest.raises(ConfigError):
            BinarizeConfig(**settings)
