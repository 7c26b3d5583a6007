"""JASPAR: known motifs from the releases of that database that come with pyjaspar, without a network."""

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from cisgram.errors import InputError, MissingExtraError
from cisgram.genomics.motif import Motif

TAXA = (
    "vertebrates",
    "plants",
    "insects",
    "nematodes",
    "fungi",
    "urochordates",
    "diatoms",
    "trematodes",
    "dictyostelium",
    "cnidaria",
    "oomycota",
)
"""Taxonomic groups of JASPAR; older releases have the first six."""


def read_jaspar(
    *, release: str = "JASPAR2024", collection: str = "CORE", taxa: Sequence[str] | None = None
) -> list[Motif]:
    """Read the motifs of a JASPAR release; the extra ``databases`` brings them.

    Parameters
    ----------
    release
        ``JASPAR2024``, ``JASPAR2022``, ...
    collection
        ``CORE``, ``UNVALIDATED``, ...
    taxa
        Some of :data:`TAXA`; all, if not given.

    Returns
    -------
    list of Motif
        Latest version of every matrix; ``name`` is its accession (``MA0271.1``), ``alternate_name`` the protein.

    Raises
    ------
    InputError
        If a taxon is none of these, pyjaspar has no such release, or the release no such motifs.
    MissingExtraError
        Where pyjaspar is not installed.

    References
    ----------
    Rauluseviciute et al. (2024), JASPAR 2024: 20th anniversary of the open-access database of transcription factor
    binding profiles.
    """
    if unknown := sorted(set(taxa or ()) - set(TAXA)):
        raise InputError(f"taxa of JASPAR are {', '.join(TAXA)}; got {', '.join(unknown)}")
    try:
        import pyjaspar  # imported late: an extra
    except ImportError as error:
        raise MissingExtraError("pyjaspar", "databases") from error
    if release not in pyjaspar.jaspar_releases:
        raise InputError(f"release must be one of {', '.join(pyjaspar.jaspar_releases)}; got {release!r}")
    database = pyjaspar.jaspardb(release=release)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns about what it does not find, which is told below
            found = database.fetch_motifs(collection=collection, tax_group=None if taxa is None else list(taxa))
    finally:
        database.conn.close()
    if not found:
        raise InputError(f"{release} has no motifs in the collection {collection!r} of the taxa {taxa or 'all'}")
    return [_as_motif(one) for one in found]


def _as_motif(entry: Any) -> Motif:
    """A motif of Biopython as ours."""
    pfm = np.array([entry.counts[base] for base in "ACGT"], dtype=np.float64)
    return replace(Motif.from_counts(entry.matrix_id, pfm), alternate_name=entry.name)
