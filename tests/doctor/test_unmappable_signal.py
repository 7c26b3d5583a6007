"""Reads on N were mapped to another genome; gaps without reads, or too few reads to tell, mean nothing."""

import numpy as np
import pytest

from cisgram.doctor.sampled import SampledSignal, SampledStrand
from cisgram.doctor.unmappable_signal import DEEP_BP, check_unmappable_signal
from cisgram.genomics.sequence import N


def genome(gaps, n_bases=60_000):
    codes = np.random.default_rng(3).integers(0, 4, n_bases).astype(np.uint8)
    for start, end in gaps:
        codes[start:end] = N
    return codes


def reads_on(codes, rate=0.2, seed=4):
    """Reads wherever a genome is known, on two strands."""
    rng = np.random.default_rng(seed)
    strands = []
    for _ in range(2):
        counts = rng.poisson(rate, codes.size) * (codes != N)
        at = np.flatnonzero(counts)
        strands.append(SampledStrand(at, counts[at].astype(float)))
    return SampledSignal("A", 0, tuple(strands), codes.size)


OWN, OTHER = genome([(10_000, 13_000), (40_000, 42_000)]), genome([(25_000, 28_000), (50_000, 52_000)])


def test_reads_of_the_genome_itself_have_nothing_on_its_gaps():
    assert check_unmappable_signal([reads_on(OWN)], OWN) == []


def test_a_genome_with_gaps_elsewhere_is_not_the_one_that_was_mapped_to():
    (found,) = check_unmappable_signal([reads_on(OWN)], OTHER, genome_name="other.fa")
    assert (found.check, found.subject, found.level) == ("assembly", "other.fa", "error")
    assert found.figures["n_bp"] == 5000 - 4 * DEEP_BP
    # 0.4 counts per base are expected; the gaps of the reads' own genome make that a twelfth less on average.
    assert found.figures["expected"] == pytest.approx(0.4 * 55 / 60 * 4600, rel=0.05)
    assert found.figures["counts"] == pytest.approx(0.4 * 4600, rel=0.1)


def test_reads_that_reach_into_a_gap_from_its_borders_are_no_error():
    codes = genome([(10_000, 13_000)])
    signal = reads_on(codes)
    wider = [
        SampledStrand(*_with(one, np.r_[10_000 : 10_000 + DEEP_BP, 13_000 - DEEP_BP : 13_000]))
        for one in signal.strands
    ]
    assert check_unmappable_signal([SampledSignal("A", 0, tuple(wider), codes.size)], codes) == []


def _with(strand, more):
    at = np.concatenate([strand.positions, more])
    order = np.argsort(at)
    return at[order], np.concatenate([strand.counts, np.full(more.size, 9.0)])[order]


@pytest.mark.parametrize("gaps", [[], [(25_000, 25_150)], [(0, 60_000)]])
def test_nothing_is_said_of_a_genome_without_long_gaps_or_of_nothing_but_gaps(gaps):
    assert check_unmappable_signal([reads_on(OWN)], genome(gaps)) == []


def test_few_reads_say_nothing():
    assert check_unmappable_signal([reads_on(OWN, rate=0.005)], OTHER) == []


def test_signal_in_bins_is_left_out():
    binned = SampledSignal("A", 0, reads_on(OWN).strands, OWN.size, resolution_bp=32)
    assert check_unmappable_signal([binned], OTHER) == []
