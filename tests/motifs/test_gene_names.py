"""Genes behind motifs: the naming of four databases, and the rank of a gene's own motif."""

from dataclasses import replace

import numpy as np
import pytest

from cisgram.genomics.motif import Motif
from cisgram.io.meme import read_meme
from cisgram.motifs.gene_names import gene_names, motifs_named, own_motif


def named(name, alternate_name=""):
    return replace(Motif.from_consensus("m", "CACGTG"), name=name, alternate_name=alternate_name)


@pytest.mark.parametrize(
    ("motif", "gene"),
    [
        (named("MA0363.3", "REB1"), "reb1"),
        (named("REB1"), "Reb1"),
        (named("REST.H13CORE.0.P.B"), "REST"),
        (named("CTCF.H12CORE.1.P.B"), "ctcf"),
        (named("GATA1_HUMAN.H11MO.0.A"), "GATA1"),
        (named("MA0019.2", "Ddit3::Cebpa"), "CEBPA"),
        (named("MA0071.1", "RORA(var.2)"), "RORA"),
        (named("MA0071.1", "RORA"), "MA0071.1"),
    ],
)
def test_a_gene_is_known_by_the_names_that_databases_use(motif, gene):
    assert motifs_named([named("other"), motif], gene) == [motif]


def test_part_of_a_name_is_no_name():
    assert motifs_named([named("GATA10"), named("AGATA1"), named("MA1.1", "GATA1L::X")], "GATA1") == []


def test_the_databases_at_hand_name_their_genes(data_folder):
    genes = {
        "SwissRegulon_s_cer.meme": ("REB1", "ABF1", "CBF1"),
        "JASPAR2024_CORE_fungi_nr.meme": ("REB1", "ABF1", "GAL4"),
        "H13CORE.meme": ("CTCF", "REST", "GATA1"),
        "JASPAR2024_CORE_vertebrates_nr.meme": ("CTCF", "HIF1A", "Pou5f1"),
    }
    for file, wanted in genes.items():
        database = read_meme(data_folder / "motifs" / file)
        for gene in wanted:
            assert motifs_named(database, gene), f"{file} has no {gene}"
        assert all(gene_names(motif) for motif in database)


def test_yeast_motifs_of_one_database_find_their_genes_in_the_other(data_folder):
    swiss = read_meme(data_folder / "motifs" / "SwissRegulon_s_cer.meme")
    jaspar = read_meme(data_folder / "motifs" / "JASPAR2024_CORE_fungi_nr.meme")
    for gene in ("REB1", "ABF1", "CBF1", "GCN4", "RAP1"):
        own = own_motif(motifs_named(swiss, gene)[0].trimmed(), jaspar, gene)
        # families share a motif: another member may look a little more like it
        assert own.rank <= 3, gene
        assert own.correlation > 0.85, gene


def test_the_rank_counts_better_matches_and_a_missing_gene_has_none():
    rng = np.random.default_rng(0)
    database = [Motif(f"known_{i}", rng.dirichlet(np.full(4, 0.2), 9).T) for i in range(20)]
    blurred = replace(database[4], name="q", ppm=0.9 * database[4].ppm + 0.025)
    own, other = own_motif(blurred, database, "KNOWN_4"), own_motif(blurred, database, "known_7")
    assert (own.name, own.rank, own.best_name) == ("known_4", 1, "known_4")
    assert other.rank > 1
    assert other.best_name == "known_4"
    assert other.q_value > own.q_value
    assert own_motif(blurred, database, "nothing") is None
