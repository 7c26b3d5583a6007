"""How many states: halves that share nothing, and a suggestion that follows its rule and finds a planted number."""

import numpy as np
import pandas as pd
import pytest

from cisgram.chromatin.baum_welch import EMConfig
from cisgram.chromatin.choice import CHOICE_COLUMNS, bic, choose_n_states, halves, suggested_size
from cisgram.chromatin.learn import LearnConfig, learn_states
from cisgram.errors import CisgramWarning, InputError
from cisgram.genomics.mark_patterns import MarkPatterns

EMISSIONS = np.array([[0.01, 0.01, 0.01], [0.9, 0.1, 0.02], [0.05, 0.8, 0.02], [0.02, 0.03, 0.7]])


def chain(n_bins, seed=1):
    """Marks drawn from a chain of four states, one contig."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(5, 40, n_bins)
    states = np.repeat(rng.integers(0, 4, n_bins), lengths)[:n_bins]
    calls = (rng.random((n_bins, 3)) < EMISSIONS[states]).astype(np.uint8)
    return MarkPatterns.from_calls(["a", "b", "c"], {("K562", "chr1"): calls})


def table_of(bic_values, stability, correlation):
    sizes = [5 + 2 * number for number in range(len(bic_values))]
    columns = dict(zip(CHOICE_COLUMNS, (sizes, -1.0, bic_values, stability, correlation, True), strict=True))
    return pd.DataFrame(columns)


def test_halves_hold_every_bin_once():
    patterns = chain(30_000)
    parts = halves(patterns)
    pieces = sorted((int(runs.chrom.split(":")[1]), runs) for part in parts for runs in part.contigs)
    joined = np.concatenate([runs.indices() for _, runs in pieces])
    assert np.array_equal(joined, patterns.contigs[0].indices())
    assert [len(part.contigs) for part in parts] == [3, 3]
    assert all(runs.pattern[1:].tolist() != runs.pattern[:-1].tolist() for _, runs in pieces)


def test_a_contig_of_few_bins_is_refused():
    calls = np.array([[0], [1], [0]], np.uint8)
    with pytest.raises(InputError, match="too short"):
        halves(MarkPatterns.from_calls(["a"], {("K562", "chr1"): calls}))


def test_bic_charges_the_logarithm_of_the_bins_for_every_free_probability():
    patterns = chain(2_000)
    learned = learn_states(patterns, 2, LearnConfig(em=EMConfig(max_iterations=5)))
    n_free = 1 + 2 + 6  # first bin, transitions, emissions
    assert bic(learned, 2_000) == pytest.approx(n_free * np.log(2_000) - 2 * learned.log_likelihood)


def test_the_planted_number_of_states_is_suggested():
    choice = choose_n_states(chain(20_000), [3, 4, 5], LearnConfig(em=EMConfig(max_iterations=60)))
    assert choice.suggested == 4
    assert choice.table.columns.tolist() == list(CHOICE_COLUMNS)
    assert choice.table["stability"].iloc[1] > 0.95
    assert sorted(choice.models) == [3, 4, 5]


def test_where_bic_always_falls_the_smallest_size_with_the_states_of_the_largest_is_taken():
    table = table_of([9.0, 8.0, 7.0, 6.0], [0.9, 0.8, 0.79, 0.7], [0.7, 0.97, 0.98, 1.0])
    size, reason = suggested_size(table)
    assert size == 7
    assert reason.endswith("lowest at the largest.")


def test_an_unstable_size_is_passed_over():
    table = table_of([9.0, 8.0, 7.0, 6.0], [0.9, 0.5, 0.79, 0.7], [0.7, 0.97, 0.98, 1.0])
    assert suggested_size(table)[0] == 9


def test_stability_that_is_not_known_does_not_decide():
    table = table_of([9.0, 8.0, 7.0], [np.nan] * 3, [0.7, 0.97, 1.0])
    assert suggested_size(table)[0] == 7


def test_sizes_beyond_what_the_marks_tell_are_left_out_with_a_warning():
    with pytest.warns(CisgramWarning, match="9 and more states are left out"):
        choice = choose_n_states(chain(4_000), [2, 3, 9], LearnConfig(em=EMConfig(max_iterations=3)))
    assert choice.table["n_states"].tolist() == [2, 3]


def test_one_size_is_no_choice():
    with pytest.raises(InputError, match="at least two"):
        choose_n_states(chain(100), [3, 3])
