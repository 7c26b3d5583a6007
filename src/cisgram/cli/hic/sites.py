"""Sites and pairs of sites that verbs on contact maps read, with contigs called as the map calls them."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from cisgram.genomics.contacts import ContactBins


def read_sites(path: Path, bins: "ContactBins") -> "pd.DataFrame":
    """Read places (BED) or pairs of them (BEDPE): what the file holds is told by its columns.

    Raises
    ------
    InputError, FormatError, ContigError
        Where it is neither, or has no contig of the map.
    """
    from cisgram.io.tables import read_intervals
    from cisgram.io.tables.bedpe import is_bedpe, read_bedpe

    return on_map(read_bedpe(path) if is_bedpe(path) else read_intervals(path), bins, what=str(path))


def read_pairs(path: Path, bins: "ContactBins") -> "pd.DataFrame":
    """Read pairs of sites (BEDPE)."""
    from cisgram.io.tables.bedpe import read_bedpe

    return on_map(read_bedpe(path), bins, what=str(path))


def read_places(path: Path, bins: "ContactBins") -> "pd.DataFrame":
    """Read places (BED)."""
    from cisgram.io.tables import read_intervals

    return on_map(read_intervals(path), bins, what=str(path))


def on_map(table: "pd.DataFrame", bins: "ContactBins", *, what: str) -> "pd.DataFrame":
    """The table with contigs called as in the map (IV = chr4); those that the map lacks keep their names."""
    from cisgram.genomics.contigs import match_contigs

    columns = [name for name in ("chrom", "chrom1", "chrom2") if name in table]
    names = list(dict.fromkeys(name for column in columns for name in table[column]))
    if not names or set(names) <= set(bins.sizes):
        return table
    to_map = dict(match_contigs(bins.sizes, names, what=what).to_genome)
    return table.assign(**{column: [to_map.get(str(name), str(name)) for name in table[column]] for column in columns})
