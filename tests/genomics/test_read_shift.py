"""The shift of read ends: found again where it was planted, and refused where the sequence cannot tell."""

import numpy as np
import pytest

from cisgram.errors import CisgramWarning, ContigError, InputError
from cisgram.genomics.contigs import match_contigs
from cisgram.genomics.genome import Genome
from cisgram.genomics.read_shift import estimate_read_shift
from cisgram.io.bigwig import bigwig_sizes, read_bigwig_contig
from cisgram.io.fasta import read_genome
from cisgram.io.reads import contigs_of_reads, iterate_read_counts

LENGTH = 60_000


@pytest.fixture(scope="module")
def genome():
    rng = np.random.default_rng(1)
    return Genome.from_codes({name: rng.choice(4, LENGTH, p=[0.3, 0.2, 0.2, 0.3]).astype(np.uint8) for name in "AB"})


def cut_rates(codes):
    """How often Tn5 cuts with its centre at each base: a preferred sequence that is its own reverse complement."""
    weights = np.zeros((19, 4))
    half = np.array([[0.4, -0.3, 0.2, -0.3], [-0.6, 0.5, 0.9, -0.8], [0.5, -0.5, -0.2, 0.2], [-0.2, 0.6, -0.6, 0.2]])
    weights[3:7] = half
    weights[12:16] = half[::-1, ::-1]
    weights[9] = [0.3, -0.3, -0.3, 0.3]
    energy = sum(weights[i][np.roll(codes, 9 - i)] for i in range(19))
    return np.exp(energy)


def ends_around(genome, *, n_cuts, plus_at, minus_at, seed=2, length=LENGTH):
    """Counts of 5' ends at fixed places beside the centres of cuts."""
    rng = np.random.default_rng(seed)
    for chrom in genome.sizes:
        rates = cut_rates(genome.codes(chrom, 0, length)).astype(float)
        rates[:100] = rates[-100:] = 0
        counts = np.zeros((2, length), dtype=np.uint32)
        for strand, at in enumerate((plus_at, minus_at)):
            # Every cut is seen by the reads of one side or the other, independently.
            centres = rng.choice(length, n_cuts, p=rates / rates.sum())
            np.add.at(counts[strand], centres + at, 1)
        yield chrom, counts


@pytest.mark.parametrize(
    ("plus_at", "minus_at"),
    [(-4, 4), (0, 0), (0, -1), (-9, 3), (6, 2)],
)
def test_a_planted_shift_is_found_again(genome, plus_at, minus_at):
    found = estimate_read_shift(ends_around(genome, n_cuts=5000, plus_at=plus_at, minus_at=minus_at), genome)
    assert (found.plus, found.minus) == (-plus_at, -minus_at)
    best, second = found.evidence["agreement"].iloc[:2]
    assert best > 0.8
    assert best - second > 0.15


def test_the_evidence_shows_why_each_wrong_pair_is_wrong(genome):
    evidence = estimate_read_shift(ends_around(genome, n_cuts=20_000, plus_at=-4, minus_at=4), genome).evidence
    assert len(evidence) == 21 * 21
    table = evidence.set_index(["plus", "minus"])
    assert table.loc[(4, -4), "meaning"] == "raw Tn5 reads"
    # Both shifted alike: still the same sites, but no longer centred. Both moved apart: still mirror images.
    assert table.loc[(7, -1), "same_site"] > 0.9
    assert table.loc[(7, -1), "symmetry"] < 0.5
    assert table.loc[(7, -7), "symmetry"] > 0.9
    assert table.loc[(7, -7), "same_site"] < 0.5
    np.testing.assert_allclose(table["agreement"], (table["same_site"] + table["symmetry"]) / 2)


def test_one_pile_of_reads_does_not_decide(genome):
    contigs = dict(ends_around(genome, n_cuts=3000, plus_at=-4, minus_at=4))
    for counts in contigs.values():
        counts[:, 5000] = 10_000_000
    found = estimate_read_shift(contigs.items(), genome)
    assert (found.plus, found.minus) == (4, -4)


def test_contigs_after_enough_ends_are_not_asked_for(genome):
    def contigs():
        yield next(ends_around(genome, n_cuts=5000, plus_at=-4, minus_at=4))
        raise AssertionError("one contig was enough")

    found = estimate_read_shift(contigs(), genome, max_ends=2000)
    assert (found.plus, found.minus) == (4, -4)
    assert found.n_ends >= 2000


def test_too_few_reads_are_refused(genome):
    with pytest.raises(InputError, match=r"too few reads .* 1000 are needed; give the read shift by hand: \(4, -4\)"):
        estimate_read_shift(ends_around(genome, n_cuts=300, plus_at=-4, minus_at=4), genome)
    with pytest.raises(InputError, match="too few reads"):
        estimate_read_shift([], genome)


def test_cuts_without_a_preference_are_refused(genome):
    counts = np.random.default_rng(3).poisson(0.3, (2, LENGTH)).astype(np.uint32)
    with pytest.raises(InputError, match="do not tell the shift"):
        estimate_read_shift([("A", counts)], genome)


def test_reads_against_another_genome_are_refused(genome):
    other = Genome.from_codes({name: np.random.default_rng(9).integers(0, 4, LENGTH, np.uint8) for name in "AB"})
    with pytest.raises(InputError, match="the right genome"):
        estimate_read_shift(ends_around(genome, n_cuts=5000, plus_at=-4, minus_at=4), other)


@pytest.mark.parametrize("shape", [(2, LENGTH - 1), (1, LENGTH)])
def test_counts_that_do_not_fit_the_genome_are_refused(genome, shape):
    with pytest.raises(ContigError, match=r"counts of A have shape .* needs \(2, 60000\)"):
        estimate_read_shift([("A", np.ones(shape, dtype=np.uint32))], genome)
    with pytest.raises(ContigError, match="counts of C"):
        estimate_read_shift([("C", np.ones((2, 10), dtype=np.uint32))], genome)


@pytest.fixture(scope="module")
def yeast(data_folder, tmp_path_factory):
    return read_genome(data_folder / "yeast" / "R64-1-1.fa.gz", cache_folder=tmp_path_factory.mktemp("genomes"))


def test_measured_yeast_fragments_are_raw_tn5_ends(data_folder, yeast):
    path = data_folder / "yeast" / "atac_schep2015.fragments.bed.gz"
    with pytest.warns(CisgramWarning):
        contigs = match_contigs(yeast.sizes, contigs_of_reads(path)).to_genome
    found = estimate_read_shift(iterate_read_counts(path, kind="five_prime", sizes=yeast.sizes, contigs=contigs), yeast)
    assert (found.plus, found.minus) == (4, -4)
    assert found.evidence["agreement"].iloc[0] > 0.95
    # The same fragments as pipelines store them: start + 4, end - 5.
    shifted = iterate_read_counts(path, kind="cut_sites", sizes=yeast.sizes, contigs=contigs, read_shift=(4, -5))
    again = estimate_read_shift(shifted, yeast)
    assert (again.plus, again.minus) == (0, 1)


@pytest.mark.parametrize("track", ["tss/slic_cage.rep1", "chipexo/reb1"])
def test_measured_ends_that_no_transposase_made_are_refused(data_folder, yeast, track):
    paths = [data_folder / "yeast" / f"{track}.{strand}.bw" for strand in ("plus", "minus")]
    contigs = [name for name in bigwig_sizes(paths[0]) if name in yeast.sizes]
    counts = ((name, np.stack([read_bigwig_contig(path, name) for path in paths])) for name in contigs)
    with pytest.raises(InputError, match="do not tell the shift"):
        estimate_read_shift(counts, yeast)
