"""Sequences of the test part among those that are trained on."""

import numpy as np
import pandas as pd
import pytest

from cisgram.doctor.shared_sequences import check_shared_sequences, check_shared_windows
from cisgram.genomics.genome import Genome
from cisgram.genomics.sequence import reverse_complement
from cisgram.genomics.sequence_set import SequenceSet


def random_codes(seed, size):
    return np.random.default_rng(seed).integers(0, 4, size, dtype=np.uint8)


def windows(**contigs):
    """Windows of 500 bp beside each other; contigs by the part that they are for."""
    rows = [(part, at, at + 500, part, "") for part, size in contigs.items() for at in range(0, size - 499, 500)]
    return pd.DataFrame(rows, columns=["chrom", "start", "end", "split", "dropped"])


def with_copies(n_copies, *, share=1.0, turned=True):
    """A training and a test contig of 40 windows, the first ones of the test contig (in part) those of the other."""
    train, test = random_codes(1, 20_000), random_codes(2, 20_000)
    for row in range(n_copies):
        own = train[row * 500 : (row + 1) * 500]
        n = int(share * 500)
        test[row * 500 : row * 500 + n] = (reverse_complement(own) if turned else own)[:n]
    return Genome.from_codes({"train": train, "test": test})


TILES = windows(train=20_000, test=20_000)


def test_unlike_contigs_share_nothing():
    verdict = check_shared_windows(TILES, with_copies(0))
    assert (verdict.level, verdict.figures["near_copies"], verdict.figures["test"]) == ("ok", 0, 40)


@pytest.mark.parametrize("turned", [True, False])
def test_test_windows_that_are_copies_of_training_windows_are_counted_on_either_strand(turned):
    verdict = check_shared_windows(TILES, with_copies(3, turned=turned))
    assert verdict.level == "warning"
    assert (verdict.figures["near_copies"], verdict.figures["exact_copies"]) == (3, 3)


def test_near_copies_are_a_warning_and_many_exact_copies_an_error():
    assert check_shared_windows(TILES, with_copies(20, share=0.7)).level == "warning"
    assert check_shared_windows(TILES, with_copies(20)).level == "error"


def test_short_repeats_do_not_count():
    assert check_shared_windows(TILES, with_copies(20, share=0.3)).level == "ok"


def test_windows_of_two_parts_that_lie_on_each_other_are_an_error():
    genome = Genome.from_codes({"train": random_codes(1, 20_000)})
    apart = windows(train=20_000)
    mixed = apart.assign(split=np.where(np.arange(40) % 2, "train", "test"))
    assert check_shared_windows(mixed, genome).level == "ok"
    moved = mixed.assign(start=mixed["start"].where(mixed["split"] != "test", mixed["start"] + 100))
    moved = moved.assign(end=moved["start"] + 500).iloc[:39]
    assert check_shared_windows(moved, genome).level == "error"


def test_of_a_large_genome_windows_are_drawn_and_the_share_is_a_lower_bound():
    verdict = check_shared_windows(TILES, with_copies(40), max_bases=20_000)
    assert verdict.figures["share_of_training_looked_at"] < 1
    assert 0 < verdict.figures["near_copies"] <= verdict.figures["test"] < 40


def test_without_a_test_part_the_question_is_skipped():
    assert check_shared_windows(windows(train=2000), Genome.from_codes({"train": random_codes(1, 2000)})).level == (
        "skipped"
    )


def sequences(n=400, *, n_mutants=0, n_copies=0):
    """Sequences of 200 bp, the first half for training; some of the others mutants or copies of these."""
    rng = np.random.default_rng(3)
    codes = [rng.integers(0, 4, 200, dtype=np.uint8) for _ in range(n)]
    for row in range(n_mutants + n_copies):
        own = codes[row].copy()
        if row < n_mutants:
            own[100] = (own[100] + 1) % 4
        codes[n // 2 + row] = own
    return SequenceSet.from_codes(codes), np.repeat(["train", "test"], n // 2)


def test_sequences_of_their_own_share_nothing():
    assert check_shared_sequences(*sequences()).level == "ok"


def test_mutants_of_training_sequences_in_the_test_part_are_a_warning():
    verdict = check_shared_sequences(*sequences(n_mutants=40))
    assert verdict.level == "warning"
    assert verdict.figures["near_copies"] == pytest.approx(40, abs=4)


def test_exact_copies_are_an_error_only_where_they_stay_in_the_training():
    made = sequences(n_copies=100)
    assert check_shared_sequences(*made, copies_are_dropped=False).level == "error"
    assert check_shared_sequences(*made, copies_are_dropped=True).level == "ok"
