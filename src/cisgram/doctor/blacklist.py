"""How many windows are lost to excluded regions, and whether these lie on the genome."""

from collections.abc import Mapping

import pandas as pd

from cisgram.doctor.verdict import Level, Verdict
from cisgram.genomics.interval import merge, overlaps

WARN_LOST = 0.15
"""Share of windows. The lists of ENCODE cover 7 % of the human and 9 % of the mouse genome, mostly gaps and satellites,
and touch about one peak in a hundred; of tiles they cost their own share."""

ERROR_LOST = 0.9
"""Where hardly a window is left: the file probably names the regions that were meant to be kept."""

WARN_COVERED = 0.5
"""Share of the genome that regions cover, from which on the same is likely."""


def check_blacklist(
    windows: pd.DataFrame, regions: pd.DataFrame, *, sizes: Mapping[str, int], subject: str = "excluded regions"
) -> Verdict:
    """Ask how many windows share a base with an excluded region.

    Parameters
    ----------
    windows
        Interval table of the windows before any is dropped for them.
    regions
        Interval table, contigs called as in the genome.
    sizes
        Contigs that are used, and their lengths in bp.
    subject
        What the regions are called.

    Returns
    -------
    Verdict
        ``skipped`` where there are no regions.
    """
    if regions.empty:
        return Verdict("blacklist", subject, "skipped", "no regions are excluded")
    known = regions[regions["chrom"].isin(list(sizes))]
    merged = merge(known[["chrom", "start", "end"]]) if len(known) else known
    covered = float((merged["end"] - merged["start"]).sum()) / max(sum(sizes.values()), 1)
    touching = overlaps(windows, known) if len(known) and len(windows) else []
    lost = float(sum(touching)) / max(len(windows), 1)
    is_bad = lost >= WARN_LOST or covered >= WARN_COVERED or known.empty
    level: Level = "error" if lost >= ERROR_LOST else "warning" if is_bad else "ok"
    evidence = (
        f"{len(known):,} of {len(regions):,} regions lie on contigs that are used and cover {covered:.2%} of them; "
        f"{lost:.2%} of {len(windows):,} windows touch one"
    )
    remedy = (
        "look at the regions: they must be those to leave out, of the same assembly, with the genome's names of contigs"
    )
    figures = {"regions": len(regions), "regions_on_contigs": len(known), "covered": covered, "share_lost": lost}
    return Verdict("blacklist", subject, level, evidence, "" if level == "ok" else remedy, figures)
