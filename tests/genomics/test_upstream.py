"""Upstream regions: a twin that looks at every base, symmetry of the strands, and controls that share nothing."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cisgram.errors import CisgramWarning, ConfigError, EmptySetError
from cisgram.genomics.genes import gene_table
from cisgram.genomics.genome import Genome
from cisgram.genomics.sequence import decode, encode, reverse_complement
from cisgram.genomics.upstream import UPSTREAM_COLUMNS, upstream, upstream_sets

SIZES = {"I": 90, "II": 60}


@st.composite
def annotations(draw):
    """A gene table with genes that overlap, nest, diverge and have several transcripts."""
    row = st.tuples(
        st.sampled_from(["I", "II"]), st.integers(0, 59), st.integers(1, 30), st.sampled_from("+-"), st.integers(0, 9)
    )
    rows = draw(st.lists(row, min_size=1, max_size=10))
    chrom, start, length, strand, number = zip(*rows, strict=True)
    end = np.minimum(np.add(start, length), [SIZES[one] for one in chrom])
    return gene_table(chrom, start, end, strand=strand, gene=[f"gene{one}" for one in number])


def region_by_looking(genes, row, *, upstream_bp, downstream_bp, clip_to_neighbors):
    """The region of a gene, base by base away from its start."""
    gene, size = genes.iloc[row], SIZES[genes.iloc[row]["chrom"]]
    others = genes[(genes["chrom"] == gene["chrom"]) & (genes["gene"] != gene["gene"])]
    taken = np.zeros(size, dtype=bool)
    step = -1 if gene["strand"] == "+" else 1
    for other in others.itertuples():
        taken[other.start : other.end] = True
    bases = []
    for distance in range(1, upstream_bp + 1):
        at = gene["tss"] + step * distance
        if not 0 <= at < size or (clip_to_neighbors and taken[at]):
            break
        bases.append(at)
    bases += [at for at in (gene["tss"] - step * distance for distance in range(downstream_bp)) if 0 <= at < size]
    return set(bases)


@settings(max_examples=200)
@given(annotations(), st.integers(1, 40), st.integers(0, 12), st.booleans())
def test_regions_are_those_found_by_looking_at_every_base(genes, upstream_bp, downstream_bp, clip_to_neighbors):
    options = {"upstream_bp": upstream_bp, "downstream_bp": downstream_bp, "clip_to_neighbors": clip_to_neighbors}
    expected = [region_by_looking(genes, row, **options) for row in range(len(genes))]
    if not any(expected):
        with pytest.raises(EmptySetError, match="lower min_bp"):
            upstream(genes, sizes=SIZES, min_bp=0, **options)
        return
    found = upstream(genes, sizes=SIZES, min_bp=0, **options)
    assert tuple(found.table) == UPSTREAM_COLUMNS
    for row, region in enumerate(found.region_of_gene):
        if region < 0:
            assert not expected[row]
            continue
        place = found.table.iloc[region]
        assert set(range(place["start"], place["end"])) == expected[row]
        assert genes["gene"].iloc[row] in place["gene"].split(",")
    assert not found.table.duplicated(["chrom", "start", "end"]).any()
    assert sum(found.dropped.values()) == (found.region_of_gene < 0).sum()


def test_contigs_of_other_names_are_those_of_the_genome():
    genome = Genome.from_codes({"chrI": CODES})
    with pytest.warns(CisgramWarning, match="I = chrI"):
        sets = upstream_sets(genome, genes_on_one_contig(), ["a"], upstream_bp=8, min_bp=5)
    assert sets.genes.places.to_numpy().tolist() == [["chrI", 4, 12, "+"]]


@settings(max_examples=60)
@given(annotations(), st.booleans())
def test_turning_the_genome_around_turns_the_regions_around(genes, clip_to_neighbors):
    size = genes["chrom"].map(SIZES)
    turned = gene_table(
        genes["chrom"],
        size - genes["end"],
        size - genes["start"],
        strand=np.where(genes["strand"] == "+", "-", "+"),
        gene=genes["gene"],
    )
    options = {"sizes": SIZES, "upstream_bp": 20, "downstream_bp": 3, "clip_to_neighbors": clip_to_neighbors}
    one, other = (upstream(table, min_bp=0, **options) for table in (genes, turned))
    np.testing.assert_array_equal(one.region_of_gene, other.region_of_gene)
    ends = one.table["chrom"].map(SIZES)
    pd.testing.assert_series_equal(ends - one.table["end"], other.table["start"], check_names=False)
    pd.testing.assert_series_equal(ends - one.table["start"], other.table["end"], check_names=False)
    assert (one.dropped, one.changed) == (other.dropped, other.changed)


@pytest.mark.filterwarnings("ignore::cisgram.errors.CisgramWarning")
def test_short_regions_and_unknown_contigs_are_counted():
    genes = gene_table(["I", "I", "V"], [10, 50, 0], [20, 60, 9], strand=["+"] * 3, gene=["a", "b", "c"])
    found = upstream(genes, sizes={"I": 90}, upstream_bp=40, min_bp=20)
    assert found.region_of_gene.tolist() == [-1, 0, -1]
    assert found.dropped == {
        "genes on contigs that the genome lacks": 1,
        "genes with less than 20 bp upstream": 1,
    }


@pytest.mark.parametrize(
    "options", [{"upstream_bp": 0}, {"upstream_bp": -1}, {"downstream_bp": -1}, {"min_bp": -1}], ids=str
)
def test_lengths_that_make_no_region_are_refused(options):
    genes = gene_table(["I"], [10], [20], strand=["+"], gene=["a"])
    with pytest.raises(ConfigError, match="must be 0 or more"):
        upstream(genes, sizes=SIZES, **options)


CODES = encode("ACGGTCATTG" * 9)
GENOME = Genome.from_codes({"I": CODES})


def genes_on_one_contig():
    return gene_table(
        ["I"] * 5,
        [12, 40, 44, 60, 80],
        [20, 42, 50, 70, 88],
        strand=["+", "-", "+", "-", "+"],
        gene=["a", "b", "c", "d", "e"],
    )


def test_sequences_of_the_list_are_read_along_their_strand_and_share_no_base_with_the_control():
    options = {"upstream_bp": 8, "min_bp": 1}
    sets = upstream_sets(GENOME, genes_on_one_contig(), ["d"], **options)
    assert [decode(one) for one in sets.genes] == [decode(reverse_complement(CODES[70:78]))]
    # e begins at 80, so that its region 72..80 shares bases with that of d.
    assert list(sets.others.names) == ["a", "b", "c"]
    assert sets.dropped == {"control regions that overlap one of the list": 1}
    assert sets.n_genes == 1


def test_what_is_unknown_or_has_no_region_is_counted():
    # b begins 2 bp from c, and they point at each other: clipped regions are too short.
    with pytest.warns(CisgramWarning, match="1 are not in the annotation"):
        sets = upstream_sets(
            GENOME, genes_on_one_contig(), ["a", "b", "x"], upstream_bp=8, clip_to_neighbors=True, min_bp=5
        )
    assert list(sets.genes.names) == ["a"]
    assert sets.dropped == {
        "genes with less than 5 bp upstream": 2,
        "entries of the list that the annotation lacks": 1,
        "genes of the list without a region": 1,
    }


def test_without_other_genes_there_is_no_control():
    with pytest.raises(EmptySetError, match="other genes to compare with"):
        upstream_sets(GENOME, genes_on_one_contig(), list("abcde"), upstream_bp=8, min_bp=1)
