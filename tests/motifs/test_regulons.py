"""Coexpressed genes of yeast: all are found by name, and more of them than of others have the textbook site."""

import re

import pytest
from regulons import REGULONS, SITES
from scipy.stats import fisher_exact

from cisgram.errors import CisgramWarning
from cisgram.genomics.genes import find_genes
from cisgram.genomics.motif import IUPAC
from cisgram.genomics.sequence import decode, reverse_complement
from cisgram.genomics.upstream import upstream_sets
from cisgram.io.fasta import read_genome
from cisgram.io.genes import read_genes
from cisgram.io.meme import read_meme
from cisgram.motifs.denovo.config import DiscoveryConfig
from cisgram.motifs.denovo.discover import discover_motifs
from cisgram.motifs.match import match_motifs

ANNOTATIONS = ("Scer_polIItranscripts-adjustedTSS", "Scer_transcripts_w_verifiedORFs")


@pytest.fixture(scope="module")
def genome(data_folder, tmp_path_factory):
    return read_genome(data_folder / "yeast" / "R64-1-1.fa.gz", cache_folder=tmp_path_factory.mktemp("cache"))


def has_site(codes, site):
    letters = {letter: "".join(base for k, base in enumerate("ACGT") if n >> k & 1) for n, letter in enumerate(IUPAC)}
    pattern = re.compile("".join(f"[{letters[letter]}]" for letter in site))
    return any(pattern.search(decode(strand)) for strand in (codes, reverse_complement(codes)))


def enrichment(sets, site):
    """P-value of a site standing before more of the genes of a list than before others."""
    table = []
    for sequences in (sets.genes, sets.others):
        n_with = sum(has_site(codes, site) for codes in sequences)
        table.append([n_with, len(sequences) - n_with])
    return fisher_exact(table, alternative="greater").pvalue


@pytest.mark.parametrize("annotation", ANNOTATIONS)
def test_every_gene_of_the_lists_is_in_the_annotation(data_folder, annotation):
    genes = read_genes(data_folder / "yeast" / "annotation" / f"{annotation}.bed.gz")
    for name, wanted in REGULONS.items():
        assert find_genes(genes, wanted).n_genes == len(wanted), name


@pytest.mark.filterwarnings("ignore:the annotation:cisgram.errors.CisgramWarning")
@pytest.mark.parametrize("regulon", REGULONS)
def test_textbook_sites_stand_upstream_of_their_genes(data_folder, genome, regulon):
    genes = read_genes(data_folder / "yeast" / "annotation" / f"{ANNOTATIONS[0]}.bed.gz")
    sets = upstream_sets(genome, genes, REGULONS[regulon], upstream_bp=500, clip_to_neighbors=True)
    assert enrichment(sets, SITES[regulon]) < 1e-10
    # Spelt backwards, the same bases mean nothing: it is neither composition nor length that differs.
    assert enrichment(sets, SITES[regulon][::-1]) > 1e-3


def test_a_name_that_is_nearly_right_is_suggested(data_folder):
    genes = read_genes(data_folder / "yeast" / "annotation" / f"{ANNOTATIONS[0]}.bed.gz")
    with pytest.warns(CisgramWarning, match=r"GALX: did you mean GAL\d"):
        find_genes(genes, ["GAL1", "GALX"])


FACTORS = {  # whose motif the first one found must be, or a motif of the same family
    "ribosomal proteins": {"RAP1"},
    "ribosome biogenesis": {"TOD6", "DOT6"},
    "amino-acid biosynthesis": {"GCN4"},
    "proteasome": {"RPN4", "UME6"},  # JASPAR's RPN4 is GCCACC with two bases around; UME6 shares as many
    "methionine": {"MET32", "MET31", "CBF1"},
    "galactose": {"GAL4"},
    "phosphate": {"PHO4", "CBF1"},
    "G1 to S": {"MBP1::SWI6", "MBP1", "SWI4"},
}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::cisgram.errors.CisgramWarning")
@pytest.mark.parametrize("regulon", REGULONS)
def test_the_first_motif_of_coexpressed_genes_is_that_of_their_factor(data_folder, genome, regulon):
    genes = read_genes(data_folder / "yeast" / "annotation" / f"{ANNOTATIONS[0]}.bed.gz")
    known = read_meme(data_folder / "motifs" / "JASPAR2024_CORE_fungi_nr.meme")
    sets = upstream_sets(genome, genes, REGULONS[regulon], upstream_bp=500, clip_to_neighbors=True)
    first = discover_motifs(sets.genes, control=sets.others, config=DiscoveryConfig(n_motifs=1)).motifs[0]
    assert first.enrichment.q_value < 1e-5
    assert match_motifs([first.motif], known, n_best=1)["alternate_name"].iloc[0] in FACTORS[regulon]
