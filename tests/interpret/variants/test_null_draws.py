"""Null changes are like the variants they stand for, and nothing else is kept."""

import numpy as np
import pandas as pd
import pytest

from cisgram.errors import EmptySetError, InputError
from cisgram.genomics.genome import Genome
from cisgram.genomics.sequence import N, decode, encode
from cisgram.genomics.variant import Variant, matches_genome
from cisgram.interpret.variants.null import kind_of
from cisgram.interpret.variants.null_draws import pair_alleles, random_changes, shuffled_changes, shuffled_pairs


@pytest.fixture
def genome():
    rng = np.random.default_rng(0)
    return Genome.from_codes(
        {name: rng.integers(4, size=n).astype(np.uint8) for name, n in (("I", 4000), ("II", 2000))}
    )


@pytest.fixture
def variants(genome):
    def at(chrom, start, n_ref, added):
        ref = decode(genome.codes(chrom, start, start + n_ref))
        return Variant(chrom, start, ref, ref[0] + added if n_ref > 1 or len(added) else ref)

    others = {"A": "C", "C": "G", "G": "T", "T": "A"}
    found = []
    for start in range(100, 1900, 90):
        base = decode(genome.codes("II", start, start + 1))
        found.append(Variant("II", start, base, others[base]))
    return [*found, at("I", 500, 4, ""), at("I", 700, 1, "GATTACA")]


def dinucleotides(codes):
    return np.bincount(codes[:-1] * 5 + codes[1:], minlength=25)


def test_shuffled_changes_differ_by_the_variants_own_alleles(variants, genome):
    drawn = shuffled_changes(variants, genome, length_bp=101, n=60, seed=1)
    for variant, ref, alt in zip(drawn.variants, drawn.ref, drawn.alt, strict=True):
        assert decode(ref[50 : 50 + len(variant.ref)]) == variant.ref
        assert decode(alt[50 : 50 + len(variant.alt)]) == variant.alt
        assert (ref[:50] == alt[:50]).all()
        n = min(len(ref) - 50 - len(variant.ref), len(alt) - 50 - len(variant.alt))
        assert (ref[50 + len(variant.ref) :][:n] == alt[50 + len(variant.alt) :][:n]).all()


def test_shuffled_surroundings_keep_dinucleotides_and_lose_their_order(variants, genome):
    snv = variants[5:6]
    drawn = shuffled_changes(snv, genome, length_bp=400, n=3, seed=1)
    own = genome.codes("II", snv[0].start - 200, snv[0].start + 200)
    for ref in drawn.ref:
        assert np.abs(dinucleotides(ref) - dinucleotides(own)).sum() <= 12  # the allele is put back, ends are cut
        assert (ref == own).mean() < 0.5


def test_kinds_are_drawn_as_often_as_they_occur_but_none_too_rarely(variants, genome):
    drawn = shuffled_changes(variants, genome, length_bp=64, n=300, seed=0)
    kinds = pd.Series([kind_of(one.ref, one.alt) for one in drawn.variants]).value_counts()
    assert kinds["SNV"] == round(300 * 20 / 22)
    assert kinds["indel of 3-9 bp"] == 30 or kinds["indel of 3-9 bp"] == round(300 * 2 / 22)


def test_random_changes_fit_the_genome_away_from_the_variants(variants, genome):
    drawn = random_changes(variants, genome, n=200, seed=4, margin_bp=32)
    assert all(matches_genome(one, genome) for one in drawn)
    snvs = [(one.ref, one.alt) for one in drawn if len(one.ref) == len(one.alt)]
    assert set(snvs) <= {(one.ref, one.alt) for one in variants}
    for one in drawn:
        assert 32 <= one.start < genome.sizes[one.chrom] - 32
        assert all(abs(one.start - other.start) > 50 for other in variants if other.chrom == one.chrom)
    assert {len(one.alt) - len(one.ref) for one in drawn} == {0, -3, 7}


@pytest.mark.parametrize("draw", ["random", "shuffled"])
def test_the_same_seed_gives_the_same_changes(variants, genome, draw):
    def drawn(seed):
        if draw == "random":
            return [str(one) for one in random_changes(variants, genome, n=50, seed=seed)]
        return shuffled_changes(variants, genome, length_bp=64, n=50, seed=seed).alt.tolist()

    assert drawn(7) == drawn(7)
    assert drawn(7) != drawn(8)


def test_a_genome_without_known_bases_has_no_place_for_null_changes():
    empty = Genome.from_codes({"I": np.full(2000, N, dtype=np.uint8)})
    with pytest.raises(EmptySetError, match="no place that fits"):
        random_changes([Variant("I", 5, "A", "C")], empty, n=3)


def test_no_variants_have_no_null(genome):
    with pytest.raises(InputError, match="variants to imitate"):
        random_changes([], genome, n=5)


def test_shuffled_pairs_differ_where_the_pairs_do():
    pairs = pd.DataFrame(
        {"ref_sequence": ["ACGTACGTTGCAACCGTA", "ACGTT"], "alt_sequence": ["ACCTACGTTGCATCCGTA", "ACGGGTT"]}
    )
    drawn = shuffled_pairs(pairs, n=20, seed=2)
    assert len(drawn) == 20
    for row in drawn.to_dict("records"):
        found = pair_alleles(encode(row["ref_sequence"]), encode(row["alt_sequence"]))
        if len(row["ref_sequence"]) == len(row["alt_sequence"]):
            assert found.places.tolist() == [2, 12]
            assert (row["ref"], row["alt"]) == ("GA", "CT")
        else:
            assert len(row["alt_sequence"]) - len(row["ref_sequence"]) == 2


def test_equal_pairs_have_no_null():
    with pytest.raises(EmptySetError, match="2 equal"):
        shuffled_pairs(pd.DataFrame({"ref_sequence": ["AC", "G"], "alt_sequence": ["AC", "G"]}), n=5)
