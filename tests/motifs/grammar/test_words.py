"""Words around anchors: where they stand, and the turns of the helix around real nucleosomes and nowhere else."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kstest

from cisgram.errors import EmptySetError, InputError
from cisgram.genomics.genome import Genome
from cisgram.genomics.sequence import decode, dinucleotide_shuffle, encode, reverse_complement
from cisgram.io.fasta import read_genome
from cisgram.io.tables import read_intervals
from cisgram.motifs.grammar.anchors import Anchors, anchors_of, contig_offsets, without_n
from cisgram.motifs.grammar.periodicity import PeriodicityConfig
from cisgram.motifs.grammar.words import needed_reach_bp, word_hits, word_periodicity, word_rows, words_of

FEW = PeriodicityConfig(n_draws=99)
BENDING, STIFF = ("AA", "TT", "TA"), ("CC", "GG", "GC")
REACH_BP = needed_reach_bp(BENDING, reach_bp=73)


@pytest.fixture(scope="module")
def yeast(data_folder):
    return read_genome(data_folder / "yeast" / "R64-1-1.fa.gz")


@pytest.fixture(scope="module")
def dyads(data_folder, yeast):
    """Every tenth dyad, without strand."""
    table = read_intervals(data_folder / "yeast" / "nucleosome_dyads_brogaard2012.bed.gz")
    return without_n(anchors_of(table[::10], yeast, reach_bp=REACH_BP), yeast, reach_bp=REACH_BP)


def random_genome(rng, size=60_000, at=0.62):
    p = [at / 2, (1 - at) / 2, (1 - at) / 2, at / 2]
    return Genome.from_codes({"I": rng.choice(4, size, p=p).astype(np.uint8)})


def random_anchors(rng, genome, n=300, strand="."):
    size = genome.sizes["I"]
    position = np.sort(rng.choice(np.arange(200, size - 200), n, replace=False))
    return Anchors(pd.DataFrame({"chrom": "I", "position": position, "strand": strand}), {})


def test_bending_words_come_back_every_turn_around_real_dyads_and_stiff_ones_half_a_turn_later(yeast, dyads):
    bending = word_periodicity(dyads, yeast, BENDING, config=FEW)
    assert round(bending.peak_bp, 1) == pytest.approx(10.2, abs=0.1)
    assert bending.p_value == 0.01
    assert bending.enrichment > 3
    stiff = word_periodicity(dyads, yeast, STIFF, config=FEW)
    assert round(stiff.peak_bp, 1) == pytest.approx(10.2, abs=0.2)
    assert stiff.p_value == 0.01
    apart = abs(bending.crest_bp - stiff.crest_bp) % 10.5
    assert min(apart, 10.5 - apart) == pytest.approx(5.25, abs=1)


def test_as_many_random_places_of_the_same_genome_have_no_such_period(yeast, dyads):
    found = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        size = dyads.table["chrom"].map(dict(yeast.sizes)).to_numpy()
        table = dyads.table.assign(position=rng.integers(200, size - 200))
        found.append(word_periodicity(Anchors(table, {}), yeast, BENDING, config=FEW))
    assert np.median([one.p_value for one in found]) > 0.2
    assert np.mean([one.share for one in found]) < 0.15


def test_shuffled_sequences_around_dyads_have_no_such_period(yeast, dyads):
    rng = np.random.default_rng(2)
    line = contig_offsets(yeast, dyads.table["chrom"]) + dyads.table["position"].to_numpy()
    codes = [yeast.joined[at - 120 : at + 121] for at in line]
    joined = np.concatenate([dinucleotide_shuffle(one, rng=rng)[0] for one in codes])
    place = np.arange(len(codes)) * 241 + 120
    table = pd.DataFrame({"chrom": "I", "position": place, "strand": "."})
    found = word_periodicity(Anchors(table, {}), Genome.from_codes({"I": joined}), BENDING, config=FEW)
    assert found.p_value > 0.05
    assert found.share < 0.2


@pytest.mark.parametrize("strand", [".", "+"])
def test_random_sequences_give_even_p_values_read_one_way_or_both(strand):
    rng = np.random.default_rng(3)
    config = PeriodicityConfig(n_draws=79)
    p_values = []
    for _ in range(80):
        genome = random_genome(rng)
        p_values.append(word_periodicity(random_anchors(rng, genome, strand=strand), genome, ["AA"], config=config))
    p = np.array([one.p_value for one in p_values])
    assert kstest(p, "uniform").pvalue > 0.01
    assert np.mean(p <= 0.05) < 0.13


def test_waves_with_a_phase_of_their_own_at_every_anchor_give_even_p_values_when_read_both_ways():
    rng = np.random.default_rng(4)
    p = []
    for _ in range(60):
        at = np.arange(60 * 400)
        phase = np.repeat(rng.uniform(0, 2 * np.pi, 60), 400)
        has_a = rng.random(at.size) < 0.35 + 0.3 * np.cos(2 * np.pi * at / 10.3 + phase)
        codes = np.where(has_a, 0, rng.integers(1, 4, at.size)).astype(np.uint8)
        table = pd.DataFrame({"chrom": "I", "position": np.arange(60) * 400 + 200, "strand": "."})
        found = word_periodicity(
            Anchors(table, {}), Genome.from_codes({"I": codes}), ["A"], config=PeriodicityConfig(n_draws=79)
        )
        p.append(found.p_value)
    assert np.mean(np.array(p) <= 0.05) < 0.15
    assert kstest(p, "uniform").pvalue > 0.01


def test_the_signal_is_the_share_of_anchors_with_the_word_at_its_middle():
    rng = np.random.default_rng(5)
    codes = rng.choice([1, 2], 60_000).astype(np.uint8)
    places = np.arange(300, 59_000, 300)
    codes[places - 1], codes[places] = 3, 0  # TA at -1 and at the anchor
    genome = Genome.from_codes({"I": codes})
    anchors = Anchors(pd.DataFrame({"chrom": "I", "position": places, "strand": "+"}), {})
    found = word_periodicity(anchors, genome, ["TA"], config=FEW)
    assert found.position_bp[np.flatnonzero(found.signal)].tolist() == [-0.5]
    assert found.signal.max() == 1
    turned = anchors._replace(table=anchors.table.assign(strand="-"))
    assert word_periodicity(turned, genome, ["TA"], config=FEW).position_bp[
        np.flatnonzero(word_periodicity(turned, genome, ["TA"], config=FEW).signal)
    ].tolist() == [0.5]


def test_read_both_ways_words_that_are_each_others_complement_are_symmetric():
    rng = np.random.default_rng(6)
    genome = random_genome(rng)
    anchors = random_anchors(rng, genome)
    both = word_periodicity(anchors, genome, ["AAA", "TTT"], config=FEW)
    np.testing.assert_allclose(both.signal, both.signal[::-1])
    one = word_periodicity(anchors, genome, ["AAA"], config=FEW)
    other = word_periodicity(anchors, genome, ["TTT"], config=FEW)
    np.testing.assert_allclose(one.signal, other.signal[::-1])


@pytest.mark.parametrize("word", ["AA", "TATA", "WGN", "N"])
def test_places_of_words_are_those_of_a_search_letter_by_letter(word):
    rng = np.random.default_rng(7)
    codes = rng.integers(0, 5, 300).astype(np.uint8)
    bases = {"A": "A", "T": "T", "G": "G", "W": "AT", "N": "ACGT"}

    def search(letters):
        return [
            at
            for at in range(len(letters) - len(word) + 1)
            if all(base in bases[letter] for base, letter in zip(letters[at : at + len(word)], word, strict=True))
        ]

    assert np.flatnonzero(word_rows(codes[None], [word])[0]).tolist() == search(decode(codes))
    hits = word_hits(Genome.from_codes({"I": codes}), [word])
    assert hits.loc[hits["strand"] == "+", "start"].tolist() == search(decode(codes))
    reverse = search(decode(reverse_complement(codes)))
    assert sorted(hits.loc[hits["strand"] == "-", "end"]) == sorted(300 - at for at in reverse)


def test_words_inside_regions_only():
    genome = Genome.from_codes({"I": encode("AAGGGAACCAAG")})
    regions = pd.DataFrame({"chrom": ["I"], "start": [1], "end": [8]})
    hits = word_hits(genome, ["AA"], regions=regions)
    assert hits.to_numpy().tolist() == [["I", 5, 7, "+", "AA"]]


@pytest.mark.parametrize("text", ["AX", "", "AA//TT", "AA/TTT", "AA/AA"])
def test_unknown_words_are_refused(text):
    with pytest.raises(InputError, match="words"):
        words_of(text)


def test_too_few_anchors_or_anchors_at_an_end_are_refused():
    rng = np.random.default_rng(8)
    genome = random_genome(rng)
    anchors = random_anchors(rng, genome)
    with pytest.raises(EmptySetError, match="fewer than 5"):
        word_periodicity(anchors._replace(table=anchors.table.head(4)), genome, ["AA"], config=FEW)
    with pytest.raises(InputError, match="nearer than 85 bp"):
        word_periodicity(anchors._replace(table=anchors.table.assign(position=10)), genome, ["AA"], config=FEW)
