"""Whether a contact map is balanced, and deep enough for bins of its width."""

import numpy as np

from cisgram.doctor.verdict import Level, Verdict
from cisgram.genomics.contacts import CisContacts

WARN_MASKED = 0.25
"""Share of bins without a weight. Balancing masks bins of few contacts: some percent of a deep map; a quarter says that
bins are too narrow for it."""

ERROR_MASKED = 0.75
"""The same, where most windows are lost: by default those with half of their bins masked are left out."""

MIN_CONTACTS = 500.0
"""Contacts of a bin within its contig, and ..."""

MIN_SHARE = 0.8
"""... share of bins that have as many: the resolution of a map after Rao et al. (2014) is the width of bins of which
80 % have 1000 contacts; at least half of those of a good library lie within a contig."""

ERROR_CONTACTS = 50.0
"""Contacts of the median bin below which pixels are noise: with windows of 32 bins, fewer than 2 contacts per pixel."""


def check_contact_map(contigs: list[CisContacts], *, subject: str) -> Verdict:
    """Ask how many bins of a map are masked, and how many contacts the others have.

    Parameters
    ----------
    contigs
        Some contigs of the map, with weights.
    subject
        Name of the map.

    Returns
    -------
    Verdict
        An error for a map without weights.

    References
    ----------
    Rao et al. (2014): the resolution of a map is the width of bins at which 80 % of them have 1000 contacts.
    """
    if any(one.weights is None for one in contigs):
        remedy = "balance the map first: cisgram hic balance"
        return Verdict("contact_maps", subject, "error", "the map is not balanced: it has no weights", remedy)
    totals = np.concatenate([_per_bin(one) for one in contigs])
    is_masked = np.concatenate([np.isnan(one.require_weights()) for one in contigs])
    masked, kept = float(is_masked.mean()), totals[~is_masked]
    deep = float((kept >= MIN_CONTACTS).mean()) if kept.size else 0.0
    middle = float(np.median(kept)) if kept.size else 0.0
    is_thin = deep < MIN_SHARE
    is_wrong = masked >= ERROR_MASKED or middle < ERROR_CONTACTS
    level: Level = "error" if is_wrong else "warning" if masked >= WARN_MASKED or is_thin else "ok"
    evidence = (
        f"of {totals.size:,} bins of {contigs[0].bin_size:,} bp on {len(contigs)} contigs {masked:.1%} are masked; of "
        f"the others {deep:.0%} have {MIN_CONTACTS:,.0f} contacts or more in their contig, the middle one {middle:,.0f}"
    )
    remedy = "use wider bins (cisgram hic zoom makes them; [model] bin_size), or pool replicates"
    figures = {"bins": totals.size, "share_masked": masked, "share_deep": deep, "median_contacts": middle}
    return Verdict("contact_maps", subject, level, evidence, "" if level == "ok" else remedy, figures)


def _per_bin(contacts: CisContacts) -> np.ndarray:
    """Ends of contacts that lie in every bin; those of a bin with itself have both ends there."""
    n = contacts.n_bins
    return np.bincount(contacts.bin1, contacts.counts, n) + np.bincount(contacts.bin2, contacts.counts, n)
