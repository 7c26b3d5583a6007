"""Plans of steps: they cover every bin, and kinds consist of shorter kinds."""

import numpy as np
import pytest

from cisgram.chromatin.steps import plan_steps
from cisgram.genomics.mark_patterns import ContigRuns


def random_runs(n_runs, longest, seed, chrom="chr1"):
    draws = np.random.default_rng(seed)
    pattern = np.cumsum(draws.integers(1, 3, n_runs)) % 5
    length = np.ceil(longest ** draws.random(n_runs)).astype(np.int32)
    return ContigRuns("cell", chrom, pattern.astype(np.int32), length)


@pytest.mark.parametrize(("n_runs", "longest"), [(1, 1), (1, 1000), (50, 3), (4000, 20), (300, 100_000)])
def test_steps_cover_every_bin_but_the_first_with_its_own_pattern(n_runs, longest):
    contigs = [random_runs(n_runs, longest, seed=1), random_runs(n_runs, longest, seed=2, chrom="chr2")]
    plan = plan_steps(contigs)
    for number, runs in enumerate(contigs):
        steps = plan.steps[plan.starts[number] : plan.starts[number + 1]]
        covered = np.repeat(plan.pattern[steps], plan.length[steps])
        assert np.array_equal(covered, runs.indices()[1:])
        assert plan.first_patterns[number] == runs.pattern[0]


def test_kinds_consist_of_two_shorter_ones_of_the_same_pattern():
    plan = plan_steps([random_runs(5000, 300, seed=3)])
    long = plan.length > 1
    first, second = plan.first[long], plan.second[long]
    assert np.array_equal(plan.length[first] + plan.length[second], plan.length[long])
    assert np.array_equal(plan.pattern[first], plan.pattern[long])
    assert np.array_equal(plan.pattern[second], plan.pattern[long])
    assert (first < np.flatnonzero(long)).all()
    assert (plan.first[~long] == -1).all()


def test_frequent_lengths_are_one_step_and_rare_ones_powers_of_two():
    length = np.array([7] * 40 + [11], np.int32)
    pattern = np.append(np.arange(40) % 2, 2).astype(np.int32)
    plan = plan_steps([ContigRuns("cell", "chr1", pattern, length)])
    assert plan.length[plan.steps].tolist() == [4, 2] + [7] * 39 + [8, 2, 1]


def test_every_contig_is_in_one_group():
    plan = plan_steps([random_runs(10 * n + 1, 5, seed=n, chrom=f"chr{n}") for n in range(23)])
    assert sorted(plan.lanes.tolist()) == list(range(23))
    assert len(plan.lane_starts) == 9
    assert plan.lane_starts[-1] == 23
