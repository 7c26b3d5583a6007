"""Variants: what they are, the one way to write them, and both alleles' sequences."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgram.errors import InputError
from cisgram.genomics.genome import Genome
from cisgram.genomics.sequence import decode, encode
from cisgram.genomics.variant import Variant, allele_windows, is_swapped, matches_genome, normalize

contigs = st.text(alphabet="AC", min_size=4, max_size=30)


def applied(letters, variant):
    """The whole contig with the other allele."""
    return letters[: variant.start] + variant.alt + letters[variant.end :]


def all_variants_to(letters, changed):
    """Every way to write the step from one contig to another as one variant with non-empty alleles."""
    ways = set()
    for start in range(len(letters)):
        for end in range(start + 1, len(letters) + 1):
            alt = changed[start : len(changed) - (len(letters) - end)]
            is_same_around = changed[:start] == letters[:start] and changed.endswith(letters[end:])
            if alt and len(changed) >= start + len(letters) - end and is_same_around:
                ways.add((start, letters[start:end], alt))
    return ways


@given(contigs, st.data())
def test_normalized_is_the_shortest_and_then_leftmost_of_all_ways(letters, data):
    start = data.draw(st.integers(0, len(letters) - 1))
    end = data.draw(st.integers(start + 1, len(letters)))
    alt = data.draw(st.text(alphabet="AC", min_size=1, max_size=6).filter(lambda text: text != letters[start:end]))
    variant = Variant("I", start, letters[start:end], alt)
    normal = normalize(variant, Genome.from_codes({"I": encode(letters)}))
    changed = applied(letters, variant)
    assert applied(letters, normal) == changed
    ways = all_variants_to(letters, changed)
    assert (normal.start, normal.ref, normal.alt) == min(ways, key=lambda way: (len(way[1]) + len(way[2]), way[0]))


@given(contigs, st.data())
def test_windows_are_cut_from_the_contig_with_and_without_the_change(letters, data):
    start = data.draw(st.integers(0, len(letters) - 1))
    end = data.draw(st.integers(start + 1, len(letters)))
    alt = data.draw(st.text(alphabet="AC", min_size=1, max_size=6).filter(lambda text: text != letters[start:end]))
    length_bp = data.draw(st.integers(2, 40))
    variant = Variant("I", start, letters[start:end], alt)
    windows = allele_windows(variant, Genome.from_codes({"I": encode(letters)}), length_bp=length_bp)
    for codes, whole in zip(windows, (letters, applied(letters, variant)), strict=True):
        padded = "N" * 60 + whole + "N" * 60
        first = 60 + start - length_bp // 2
        assert decode(codes) == padded[first : first + length_bp]


def test_a_deletion_in_a_repeat_is_moved_left():
    genome = Genome.from_codes({"I": encode("GGCACACATT")})
    for start, ref, alt in (
        (2, "CAC", "C"),
        (3, "ACA", "A"),
        (4, "CACA", "CA"),
        (6, "CAT", "T"),
        (1, "GCACACA", "GCACA"),
    ):
        assert str(normalize(Variant("I", start, ref, alt), genome)) == "I:2:GCA>G"


def test_a_reference_from_elsewhere_is_refused_and_swapped_alleles_are_said():
    genome = Genome.from_codes({"I": encode("ACGT")})
    with pytest.raises(InputError, match=r"the genome has C; was it called on another assembly"):
        normalize(Variant("I", 1, "T", "G"), genome)
    with pytest.raises(InputError, match="the alleles are swapped"):
        normalize(Variant("I", 1, "T", "C"), genome)
    with pytest.raises(InputError, match="no such contig"):
        allele_windows(Variant("II", 1, "T", "C"), genome, length_bp=4)
    with pytest.raises(InputError, match="the contig has 4 bp"):
        allele_windows(Variant("I", 3, "TA", "T"), genome, length_bp=4)
    assert is_swapped(Variant("I", 1, "T", "C"), genome)
    assert not is_swapped(Variant("I", 1, "C", "T"), genome)
    assert not matches_genome(Variant("I", 3, "TA", "T"), genome)


@pytest.mark.parametrize(
    ("start", "ref", "alt"),
    [(0, "A", "A"), (0, "", "A"), (0, "A", ""), (0, "A", "<DEL>"), (-1, "A", "C"), (0, "a", "A")],
)
def test_what_is_no_variant_is_refused(start, ref, alt):
    with pytest.raises(InputError):
        Variant("I", start, ref, alt)


def test_windows_of_a_substitution_differ_in_one_base():
    genome = Genome.from_codes({"I": np.random.default_rng(1).integers(4, size=100, dtype=np.uint8)})
    ref = decode(genome.codes("I", 50, 51))
    windows = allele_windows(Variant("I", 50, ref, "ACGT"[("ACGT".index(ref) + 1) % 4]), genome, length_bp=41)
    assert np.flatnonzero(windows.ref != windows.alt).tolist() == [20]
