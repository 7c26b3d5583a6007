"""The gene behind a motif of a database: by which names it goes, and whether a found motif is that gene's own."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from cisgram.genomics.motif import Motif
from cisgram.genomics.motif_alignment import align
from cisgram.motifs.match import match_motifs

_HOCOMOCO = re.compile(r"\.H\d+(CORE|RSNP|INVITRO|INVIVO)?\..*$|_(HUMAN|MOUSE)\..*$", re.IGNORECASE)
_VARIANT = re.compile(r"\(VAR\.\s*\d+\)$")


class OwnMotif(NamedTuple):
    """How well a found motif agrees with a gene's own motifs in a database."""

    name: str
    """Of the gene's motif that matches best."""
    rank: int
    """Its rank among all motifs of the database; 1 is the best match. Ties in the p-value share the better rank."""
    q_value: float
    correlation: float
    """Pearson correlation of the columns that overlap, in the most similar placement."""
    best_name: str
    """What matches best of all."""


def gene_names(motif: Motif) -> frozenset[str]:
    """Names of genes that a motif of a database stands for, in capitals.

    The name and the alternate name; the parts of a dimer (``ARNT::HIF1A``); what stands before the collection in a
    name of HOCOMOCO (``REST`` in ``REST.H13CORE.0.P.B``). HOCOMOCO names some proteins as UniProt does (``ANDR`` for
    the gene AR), which is not translated.

    Examples
    --------
    >>> from dataclasses import replace
    >>> motif = replace(Motif.from_consensus("MA0259.2", "RCGTG"), alternate_name="ARNT::HIF1A")
    >>> sorted(gene_names(motif))
    ['ARNT', 'ARNT::HIF1A', 'HIF1A', 'MA0259.2']
    """
    names = set()
    for name in (motif.name, motif.alternate_name):
        whole = _VARIANT.sub("", _HOCOMOCO.sub("", name.upper()))
        names |= {name.upper(), whole, *whole.split("::")}
    return frozenset(names - {""})


def motifs_named(database: Sequence[Motif], name: str) -> list[Motif]:
    """The motifs of a gene, in the order of the database; capitals do not matter.

    A gene's motifs are also those of the dimers that it is part of, after its own.

    Examples
    --------
    >>> from dataclasses import replace
    >>> dimer = replace(Motif.from_consensus("MA0259.2", "RCGTG"), alternate_name="ARNT::HIF1A")
    >>> alone = replace(Motif.from_consensus("MA1464.2", "CACGTG"), alternate_name="ARNT")
    >>> [motif.name for motif in motifs_named([dimer, alone], "Arnt")]
    ['MA1464.2', 'MA0259.2']
    """
    wanted = name.upper()
    found = [motif for motif in database if wanted in gene_names(motif)]
    return sorted(found, key=lambda motif: "::" in motif.name + motif.alternate_name and "::" not in wanted)


def own_motif(found: Motif, database: Sequence[Motif], gene: str) -> OwnMotif | None:
    """Say where a gene's own motif comes among the matches of a found one.

    Parameters
    ----------
    found
        A motif, for instance from an experiment on the gene's protein.
    database
        Known motifs, those of the gene among them.
    gene
        Its name, as :func:`motifs_named` takes it.

    Returns
    -------
    OwnMotif or None
        None where the database has no motif of the gene.

    Examples
    --------
    >>> known = [Motif.from_consensus("Reb1", "TTACCCG"), Motif.from_consensus("Gal4", "CGGNNNNNNNNNNNCCG")]
    >>> own_motif(Motif.from_consensus("motif_1", "CGGGTAA"), known, "REB1")[:2]
    ('Reb1', 1)
    """
    own = {motif.name: motif for motif in motifs_named(database, gene)}
    if not own:
        return None
    matches = match_motifs([found], database, n_best=None)
    best: pd.Series = matches[matches["motif"].isin(list(own))].iloc[0]
    return OwnMotif(
        name=str(best["motif"]),
        rank=int((matches["p_value"] < best["p_value"]).sum()) + 1,
        q_value=float(best["q_value"]),
        correlation=align(own[str(best["motif"])], found).correlation,
        best_name=str(matches["motif"].iloc[0]),
    )
