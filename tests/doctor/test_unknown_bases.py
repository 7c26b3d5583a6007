"""N in the genome and in windows."""

import numpy as np
import pandas as pd
import pytest

from cisgram.doctor.unknown_bases import check_unknown_genome, check_unknown_windows
from cisgram.genomics.genome import Genome


def genome(**shares):
    """Contigs of 1000 bp with so much N."""
    rng = np.random.default_rng(1)
    contigs = {}
    for name, share in shares.items():
        contigs[name] = rng.integers(0, 4, 1000, dtype=np.uint8)
        contigs[name][: int(1000 * share)] = 4
    return Genome.from_codes(contigs)


@pytest.mark.parametrize(
    ("shares", "level"),
    [
        ({"I": 0.0, "II": 0.1}, "ok"),  # gaps
        ({"I": 0.0, "II": 0.2, "Y": 0.6}, "ok"),  # a contig like the human Y
        ({"I": 0.5, "II": 0.5}, "warning"),  # hard-masked
        ({"I": 0.0, "III": 0.0, "II": 0.8}, "warning"),  # what is held out is nearly empty
        ({"I": 0.0, "II": 1.0}, "error"),
    ],
)
def test_gaps_are_fine_and_masked_genomes_are_not(shares, level):
    verdict = check_unknown_genome(genome(**shares), used=list(shares), held_out=("II",))
    assert verdict.level == level
    assert verdict.figures["share"] == pytest.approx(np.mean(list(shares.values())))


def test_contigs_that_are_not_used_do_not_count():
    assert check_unknown_genome(genome(I=0.0, II=0.0, decoy=1.0), used=["I", "II"], held_out=("II",)).level == "ok"


@pytest.mark.parametrize(("n_bad", "level"), [(0, "ok"), (5, "ok"), (20, "warning"), (95, "error")])
def test_windows_that_are_lost_to_n_are_counted(n_bad, level):
    unknown = np.where(np.arange(100) < n_bad, 0.5, 0.01)
    verdict = check_unknown_windows(pd.DataFrame(index=range(100)), unknown)
    assert (verdict.level, verdict.figures["share_lost"]) == (level, n_bad / 100)


def test_without_windows_the_question_is_skipped():
    assert check_unknown_windows(pd.DataFrame(), np.zeros(0)).level == "skipped"
