"""Planted features of a simulated map beside those that were found."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from cisgram.genomics.contacts import ContactSource
    from cisgram.hic.features import MapFeatures
    from cisgram.simulate.contact_files import ContactFiles

_BOUND, _ENRICHED = 300, 2.0
"""Sites with this score or more count as right; loops of this enrichment or more are to be found."""


def recovered(
    path: Path, source: "ContactSource", features: "MapFeatures", coarse: "ContactSource", *, is_new: bool
) -> "pd.DataFrame":
    """How much of what was planted came back.

    Parameters
    ----------
    path
        Folder of the simulation, or its ``truth.json``.
    source, features, coarse
        The map, what was found, and the map of compartments.
    is_new
        Whether the map was balanced here, so that weights are to be compared with planted visibility.
    """
    import pandas as pd

    from cisgram.errors import ContigError
    from cisgram.io.tables import read_intervals, read_table
    from cisgram.simulate.contact_files import ContactFiles
    from cisgram.simulate.recovery import weight_recovery

    files = ContactFiles.load(path.parent if path.suffix == ".json" else path)
    bins = read_table(files.bins)
    if set(bins["chrom"]) != set(source.bins.chroms) or len(bins) != source.bins.n_bins:
        raise ContigError(f"{files.folder} is the truth of another map: it has {len(bins):,} bins of other contigs")
    sites = read_intervals(files.sites)
    rows = [*_calls(files, features, sites, source.bins.bin_size), *_folds(bins, files, features, coarse)]
    if is_new and source.weights is not None:
        rows.append(("weights", "r of ln weights", weight_recovery(bins["weight"].to_numpy(), source.weights)))
    return pd.DataFrame(rows, columns=["what", "measure", "value"])


def _calls(
    files: "ContactFiles", features: "MapFeatures", sites: "pd.DataFrame", bin_size: int
) -> list[tuple[str, str, float]]:
    """Boundaries and loops: found, right, convergent."""
    import pandas as pd

    from cisgram.io.tables import read_intervals, read_table
    from cisgram.simulate.recovery import boundary_recovery, convergent_share, loop_recovery

    # A border of compartments insulates as well, and so does any site that is bound.
    borders = read_intervals(files.compartments)[["chrom", "start"]].assign(end=lambda table: table["start"])
    bound = pd.concat([sites[sites["score"] >= _BOUND][["chrom", "start", "end"]], borders[borders["start"] > 0]])
    planted = read_table(files.boundaries)
    rows: list[tuple[str, str, float]] = []
    for window in features.windows_bp:
        found = boundary_recovery(planted, features.boundaries(window), tolerance_bp=5 * bin_size // 2, tolerated=bound)
        what = f"boundaries at {window:,} bp"
        rows += [(what, "found: within two bins", found.recall), (what, "right, of those called", found.precision)]
    if features.loops is None:
        return rows
    loops = read_table(files.loops)
    strong = loops[loops["enrichment"] >= _ENRICHED]
    found = loop_recovery(strong, features.loops, tolerance_bp=5 * bin_size // 2, tolerated=loops)
    what = f"loops of {_ENRICHED:g}-fold or more"
    rows += [(what, "found: within two bins", found.recall), ("loops", "right, of those called", found.precision)]
    share = convergent_share(features.loops, sites[sites["score"] >= 100], tolerance_bp=5 * bin_size // 2)
    return [*rows, ("loops", "convergent, of those with sites at both anchors", share)]


def _folds(
    bins: "pd.DataFrame", files: "ContactFiles", features: "MapFeatures", coarse: "ContactSource"
) -> list[tuple[str, str, float]]:
    """Compartments, and how contacts fall with distance."""
    import numpy as np

    from cisgram.hic.expected import expected_cis
    from cisgram.io.cool import open_cool
    from cisgram.simulate.recovery import compartment_recovery, decay_slope

    rows: list[tuple[str, str, float]] = []
    if features.eigenvectors is not None:
        planted, found = {}, {}
        for chrom, own in bins.groupby("chrom", sort=False):
            wide = own["start"].to_numpy() // coarse.bins.bin_size
            sums = np.bincount(wide, own["compartment"].to_numpy(np.float64))
            planted[str(chrom)] = sums / np.bincount(wide)
            track = features.eigenvectors.loc[features.eigenvectors["chrom"] == chrom, "E1"]
            found[str(chrom)] = track.to_numpy(np.float64)
        one = compartment_recovery(planted, found)
        rows += [("compartments", "share of bins on the planted side", one.accuracy)]
        rows += [("compartments", "r with planted ones, sign aside", one.correlation)]
    true = expected_cis(open_cool(files.expected))
    for name, table in (("found", features.expected), ("planted", true)):
        own = table[table["region1"] == features.bins.chroms[0]]
        x, y = own["dist"].to_numpy(np.float64), own["balanced.avg"].to_numpy(np.float64)
        rows.append((f"power of distance, {name}", "4 to 40 bins", decay_slope(x, y, least=4, most=40)))
    return rows
