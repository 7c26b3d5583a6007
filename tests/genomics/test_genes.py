"""Genes found by a user's list, whatever the case, with everything odd said once."""

import warnings

import pytest

from cisgram.errors import CisgramWarning, EmptySetError, InputError
from cisgram.genomics.genes import GENE_COLUMNS, find_genes, gene_table


@pytest.fixture
def genes():
    """Five genes: one with two transcripts, two with the same symbol, one whose symbol is another's identifier."""
    return gene_table(
        ["I"] * 6,
        [0, 5, 20, 40, 60, 80],
        [10, 15, 30, 50, 70, 90],
        strand=["+", "+", "-", "+", "-", "+"],
        gene=["YAL1W", "YAL1W", "YAL2C", "YAL3W", "YAL4C", "ENSG00000000005.3"],
        name=["TFC3", "TFC3", "DUP1", "Dup1", "YAL2C", ""],
    )


def test_starts_follow_from_strands_and_missing_symbols_from_identifiers(genes):
    assert tuple(genes) == GENE_COLUMNS
    assert genes["tss"].tolist() == [0, 5, 29, 40, 69, 80]
    assert genes["name"].iloc[-1] == "ENSG00000000005.3"


@pytest.mark.parametrize(
    ("wanted", "rows"),
    [
        (["tfc3"], [0, 1]),
        (["yal3w", "YAL1W"], [0, 1, 3]),
        (["YAL2C"], [2]),  # the identifier of one gene wins over the symbol of another
        (["ENSG00000000005"], [5]),
        (["ensg00000000005.3"], [5]),
    ],
    ids=range(5),
)
def test_identifiers_and_symbols_are_found_in_any_case(genes, wanted, rows):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = find_genes(genes, wanted)
    assert found.rows.tolist() == rows
    assert found.n_genes == len(set(genes["gene"].iloc[rows]))


def test_unknown_ambiguous_and_repeated_entries_are_said_once(genes):
    with pytest.warns(CisgramWarning) as caught:
        found = find_genes(genes, ["TFC4", "dup1", "TFC3", "YAL1W", "nothing"])
    assert found.rows.tolist() == [0, 1, 2, 3]
    assert (found.unknown, found.ambiguous, found.n_repeated, found.n_genes) == (("TFC4", "nothing"), ("dup1",), 1, 3)
    (warning,) = caught
    assert str(warning.message) == (
        "of 5 genes wanted, 2 are not in the annotation (TFC4: did you mean TFC3?, nothing); "
        "1 are symbols of several genes, all of which are used (dup1); 1 name a gene that was named before"
    )


def test_a_list_without_any_known_gene_is_an_error(genes):
    with pytest.raises(EmptySetError, match=r"no genes of the list left \(2 unknown\); TFC4: did you mean TFC3\?, x; "):
        find_genes(genes, ["TFC4", "x"])


@pytest.mark.parametrize(("chrom", "strand", "gene"), [("I", ".", "a"), ("I", "+", ""), ("", "+", "a")])
def test_a_gene_without_contig_strand_or_identifier_is_refused(chrom, strand, gene):
    with pytest.raises(InputError, match="a contig, an identifier and a strand"):
        gene_table([chrom], [0], [5], strand=[strand], gene=[gene])
