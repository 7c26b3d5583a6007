"""Which contigs of a contact map are those of a genome, where a map knows their lengths only to a bin."""

import warnings
from collections.abc import Mapping

from cisgram.errors import CisgramWarning
from cisgram.genomics.contigs import ContigMatch, match_contigs


def match_map_contigs(
    genome_sizes: Mapping[str, int],
    map_sizes: Mapping[str, int],
    *,
    bin_size: int,
    slack_bins: int = 1,
    what: str = "the contact map",
) -> ContigMatch:
    """Find which contigs of a genome are those of a contact map, by names and by lengths as far as bins tell them.

    Some programs write the end of the last bin, or of the last bin with contacts, as a contig's length, and some maps
    are of a release that differs by a few bases. A length that is the genome's rounded up to whole bins counts as the
    same, and one that is nearer than ``slack_bins`` to it does with a warning. Names are matched as in
    :func:`cisgram.genomics.contigs.match_contigs` (chrIV, IV, 4).

    Parameters
    ----------
    genome_sizes
        Contig lengths of the genome (or of a bigWig) in bp.
    map_sizes
        Contig lengths of the map in bp.
    bin_size
        Width of a bin of the map in bp.
    slack_bins
        By how many bins lengths may differ besides rounding; 0 for none.
    what
        What the map is, for messages.

    Returns
    -------
    ContigMatch
        As :func:`cisgram.genomics.contigs.match_contigs`; ``other_length`` is the genome's where the two count as one.

    Raises
    ------
    ContigError
        Where nothing matches, or contigs of one name differ in length by more: another assembly.

    Warns
    -----
    CisgramWarning
        As :func:`cisgram.genomics.contigs.match_contigs` does; and where lengths differ by more than rounding.

    Examples
    --------
    >>> match_map_contigs({"chr1": 230_218}, {"chr1": 232_000}, bin_size=2000).to_genome
    {'chr1': 'chr1'}
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CisgramWarning)  # the same is said below, once lengths are known
        named = match_contigs(genome_sizes, map_sizes.keys(), what=what).to_genome
    lengths, beyond = dict(map_sizes), {}
    for name, own in named.items():
        size, rounded = map_sizes[name], -(-genome_sizes[own] // bin_size) * bin_size
        difference = min(abs(size - genome_sizes[own]), abs(size - rounded))
        if difference <= slack_bins * bin_size:
            lengths[name] = genome_sizes[own]
            if difference:
                beyond[name] = difference
    if beyond:
        worst = max(beyond, key=lambda name: beyond[name])
        warnings.warn(
            f"{what}: lengths of {len(beyond)} contigs are not quite the genome's ({worst} by {beyond[worst]} bp, "
            f"within {slack_bins} bins of {bin_size} bp); positions may be off by as much if it is of another release",
            CisgramWarning,
            stacklevel=2,
        )
    return match_contigs(genome_sizes, lengths, what=what)
