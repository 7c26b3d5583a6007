"""Motifs made ready for matching: databases get short names, queries lose their uninformative ends."""

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

from cisgram.errors import CisgramWarning, InputError
from cisgram.genomics.motif import Motif


def name_databases(sources: Mapping[str, Sequence[Motif]]) -> dict[str, Sequence[Motif]]:
    """Name every database by its file, without folders and endings; where two are the same, by what was given.

    Examples
    --------
    >>> list(name_databases({"known/H13CORE.meme": [], "jaspar:fungi": [], "a/x.meme": [], "b/x.meme": []}))
    ['H13CORE', 'jaspar:fungi', 'a/x.meme', 'b/x.meme']
    """
    short = [Path(source).name.removesuffix(".gz") for source in sources]
    short = [name.rpartition(".")[0] or name for name in short]
    names = [one if short.count(one) == 1 else source for one, source in zip(short, sources, strict=True)]
    return dict(zip(names, sources.values(), strict=True))


def trim_motifs(motifs: Sequence[Motif], bits: float, *, source: str = "the queries") -> tuple[list[Motif], int]:
    """Take uninformative ends off motifs, and leave out those without any informative column.

    Parameters
    ----------
    motifs
        Motifs.
    bits
        What the outermost columns must have; 0 leaves everything as it is.
    source
        Where they come from, for messages.

    Returns
    -------
    tuple of (list of Motif, int)
        Those that are left, and the number left out.

    Raises
    ------
    InputError
        If none is left.

    Warns
    -----
    CisgramWarning
        If some are left out.

    Examples
    --------
    >>> motifs, n_flat = trim_motifs([Motif.from_consensus("m", "NNTTACCCN")], 0.25)
    >>> motifs[0].consensus(), n_flat
    ('TTACCC', 0)
    """
    if bits <= 0:
        return list(motifs), 0
    kept = [motif for motif in motifs if motif.information_content().max() >= bits]
    n_flat = len(motifs) - len(kept)
    if not kept:
        raise InputError(f"{source}: no motif has a column of {bits:g} bits; give others, or trim less (--trim)")
    if n_flat:
        flat = [motif.name for motif in motifs if motif.information_content().max() < bits]
        warnings.warn(
            f"{n_flat} of {len(motifs)} motifs of {source} have no column of {bits:g} bits and are left out: "
            f"{', '.join(flat[:5])}{', ...' if n_flat > 5 else ''}",
            CisgramWarning,
            stacklevel=2,
        )
    return [motif.trimmed(bits) for motif in kept], n_flat
