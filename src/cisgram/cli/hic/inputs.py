"""What the verbs on contact maps read: a map, some of its contigs, regions of it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cisgram.cli.experiment.options import split_words

if TYPE_CHECKING:
    import pandas as pd

    from cisgram.genomics.contacts import ContactBins, ContactSource
    from cisgram.genomics.interval import Interval


def open_map(
    text: str,
    *,
    resolution: int | None = None,
    chroms: Sequence[str] | None = None,
    weight: str = "weight",
    is_balanced: bool = False,
) -> "ContactSource":
    """Open the map of a command line, of the contigs that are asked for.

    Parameters
    ----------
    text
        A .cool, .mcool or .hic file, or a place in one (``map.mcool::/resolutions/10000``).
    resolution
        Width of a bin in bp.
    chroms
        Contigs, with commas between or one by one; all if not given.
    weight
        Column of the bins with the weights; ``1/weight`` where they are to divide by, ``none`` for a map as it was
        counted.
    is_balanced
        Refuse a map that is not balanced or has masked bins only; contigs that have no other are told.

    Raises
    ------
    InputError, FormatError
        Where the map cannot be read, or lacks what is asked for.
    """
    from cisgram.genomics.chosen_contigs import choose_contigs

    source: ContactSource
    if text.partition("::")[0].lower().endswith(".hic"):
        from cisgram.io.hic_file import open_hic

        source = open_hic(text, resolution=resolution, normalization=weight)
    else:
        from cisgram.io.cool import open_cool

        source = open_cool(text, resolution=resolution, weight=None if weight == "none" else weight)
    chosen = choose_contigs(source, split_words(list(chroms or [])))
    if is_balanced:
        _require_good_bins(chosen, text)
    return chosen


def _require_good_bins(source: "ContactSource", text: str) -> None:
    """Refuse a map whose bins are all masked; say which contigs have no other."""
    import warnings

    import numpy as np

    from cisgram.errors import CisgramWarning, InputError

    weights = source.weights
    if weights is None:
        raise InputError(f"{text} is not balanced; run 'cisgram hic balance' on it first")
    bins = source.bins
    masked = [chrom for chrom in bins.chroms if np.isnan(weights[bins.slice_of(chrom)]).all()]
    if len(masked) == len(bins.chroms):
        raise InputError(
            f"{text}: all {bins.n_bins:,} bins are masked; balance it anew, masking less (cisgram hic balance)"
        )
    if masked:
        some = ", ".join(masked[:5]) + (", ..." if len(masked) > 5 else "")
        warnings.warn(
            f"{text}: {len(masked)} of {len(bins.chroms)} contigs have masked bins only and tell nothing ({some})",
            CisgramWarning,
            stacklevel=3,
        )


def read_region(text: str, bins: "ContactBins") -> "Interval":
    """A stretch of a map: ``chr1:1-1,000,000`` (1-based, both ends included) or a whole contig (``chr1``).

    Raises
    ------
    InputError, ContigError
        Where it is neither, or lies outside of its contig.
    """
    from cisgram.errors import InputError
    from cisgram.genomics.interval import Interval, is_locus

    name = text.strip()
    if name in bins.sizes or not is_locus(name):
        return Interval(name, 0, bins.size_of(name))
    found = Interval.parse(name)
    if found.end > bins.size_of(found.chrom):
        raise InputError(f"{name} reaches past the end of {found.chrom}, which has {bins.size_of(found.chrom)} bp")
    return found


def read_regions(texts: Sequence[str] | None, bins: "ContactBins") -> "pd.DataFrame":
    """Regions of a command line as a table ``chrom``, ``start``, ``end``, ``name`` (0-based, half-open).

    Parameters
    ----------
    texts
        Loci, contigs, and BED files, in any mixture; none for every contig of the map. A name is the fourth column of
        the BED file, else the locus.
    bins
        Bins of the map.

    Raises
    ------
    InputError, FormatError, ContigError
        Where one cannot be read, lies outside of its contig, or two have the same name.
    """
    from pathlib import Path

    import pandas as pd

    from cisgram.errors import InputError
    from cisgram.io.tables import check_within, read_intervals

    parts = []
    for text in texts or bins.chroms:
        if text in bins.sizes or not Path(text).is_file():
            found = read_region(text, bins)
            parts.append(pd.DataFrame([(found.chrom, found.start, found.end, text)], columns=list(_COLUMNS)))
            continue
        read = read_intervals(text)
        check_within(read, bins.sizes, text)
        if "name" not in read:
            places = zip(read["chrom"], read["start"], read["end"], strict=True)
            read["name"] = [f"{chrom}:{start + 1}-{end}" for chrom, start, end in places]
        parts.append(read[list(_COLUMNS)])
    table = pd.concat(parts, ignore_index=True)
    if table["name"].duplicated().any():
        raise InputError(
            f"regions need names of their own; {table['name'][table['name'].duplicated()].iloc[0]} is twice"
        )
    return table


def bins_of(region: "Interval", bins: "ContactBins") -> slice:
    """The bins of a contig that a region touches, counted from the contig's first bin."""
    return slice(region.start // bins.bin_size, -(-region.end // bins.bin_size))


_COLUMNS = ("chrom", "start", "end", "name")
