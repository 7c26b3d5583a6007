"""Variants of another assembly are recognised, and so are those that are counted or turned otherwise."""

import numpy as np
import pytest

from cisgram.genomics.assembly_check import assembly_check
from cisgram.genomics.genome import Genome
from cisgram.genomics.sequence import decode
from cisgram.genomics.variant_table import allele_table, check_alleles

PLACES = np.random.default_rng(0).choice(np.arange(10, 1990), 60, replace=False)


def genome(seed):
    return Genome.from_codes({"I": np.random.default_rng(seed).integers(0, 4, 2000).astype(np.uint8)})


def rows(of, *, step=0, is_turned=False):
    found = []
    for place in PLACES.tolist():
        ref = decode(of.codes("I", place, place + 1))
        alt = "ACGT"[("ACGT".index(ref) + 1) % 4]
        found.append(("I", place + 1 + step, *((alt, ref) if is_turned else (ref, alt))))
    return allele_table(found)


def checked(table, of):
    return assembly_check(check_alleles(table, of), of)


def test_variants_of_the_same_assembly_raise_no_suspicion():
    own = genome(0)
    found = checked(rows(own), own)
    assert (found.n_checked, found.share_matching, found.message) == (60, 1.0, "")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"step": -1}, "one base to the right it is 100%: positions seem to count from 0"),
        ({"step": 1}, "one base to the left it is 100%: positions seem to be one too high"),
        ({"is_turned": True}, "REF and ALT seem to be swapped throughout"),
    ],
)
def test_other_ways_to_count_are_recognised(options, says):
    own = genome(0)
    assert says in checked(rows(own, **options), own).message


def test_another_assembly_is_suspected_and_the_share_is_told():
    found = checked(rows(genome(0)), genome(1))
    assert 0.1 < found.share_matching < 0.45
    assert f"only {found.share_matching:.0%} of 60 reference alleles" in found.message
    assert "another assembly" in found.message


def test_few_variants_are_not_judged():
    assert not checked(rows(genome(0)).iloc[:4], genome(1)).message


def test_places_beyond_the_contigs_are_suspicious_too():
    table = allele_table([("I", 10_000 + n, "A", "C") for n in range(8)])
    found = checked(table, genome(0))
    assert found.n_checked == 0
    assert "8 of 8 alleles lie on contigs, or beyond ends" in found.message
