"""Whether GC content alone could tell the positives from the negatives."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.stats import ks_2samp, mannwhitneyu

from cisgram.arrays import Labels, Totals
from cisgram.doctor.verdict import Level, Verdict

WARN_MATCHED = 0.64
"""AUROC of GC content from which on negatives that were matched do not match: the middle effect of Cohen (1988), half a
standard deviation between the means."""

WARN_LABELS = 0.76
"""AUROC of GC content from which on it tells a label apart that was not matched: one standard deviation between the
means. Below, open chromatin and promoters are simply richer in GC."""

ERROR_AUROC = 0.92
"""Two standard deviations: a model of GC content alone would be called a good one."""

MIN_EXAMPLES = 20
"""With fewer positives or negatives, the standard error of an AUROC is near 0.1 and nothing can be said."""

WARN_TRACKS = 0.25
"""Share of the tracks that GC content tells apart, from which on it is worth a look: single factors, such as those of
centromeres, may bind where there is hardly any G or C."""

_SHOWN = 3


def check_matched_negatives(
    positive_gc: Totals, negative_gc: np.ndarray, *, subject: str = "negatives", n_wanted: int = 0
) -> Verdict:
    """Ask whether negatives have the GC content of the positives.

    Parameters
    ----------
    positive_gc, negative_gc
        Share of G and C of every window; NaN where it is not known.
    subject
        What the negatives are called.
    n_wanted
        How many negatives were asked for; 0 where that is not known. Less than half of them is a warning.

    Returns
    -------
    Verdict
        The evidence has the AUROC of GC content (0.5: it says nothing) and the Kolmogorov-Smirnov distance. An effect
        counts from :data:`WARN_MATCHED` on, two standard errors below it taken off.
    """
    ours, theirs = positive_gc[~np.isnan(positive_gc)], negative_gc[~np.isnan(negative_gc)]
    if min(ours.size, theirs.size) < MIN_EXAMPLES:
        few = f"{ours.size} positives and {theirs.size} negatives are too few (at least {MIN_EXAMPLES} of each)"
        return Verdict("negative_composition", subject, "skipped", few)
    auroc, error = _auroc(ours, theirs)
    distance = _distance(ours, theirs)
    is_short = 0 < 2 * theirs.size < n_wanted
    level = _level(auroc, error, WARN_MATCHED)
    level = "warning" if level == "ok" and is_short else level
    found = f" ({theirs.size:,} of {n_wanted:,} wanted)" if n_wanted else ""
    evidence = (
        f"GC content is {ours.mean():.1%} in positives and {theirs.mean():.1%} in negatives{found}; alone it tells "
        f"them apart with an AUROC of {auroc:.2f} (0.5: not at all), the distributions differ by {distance:.2f} at most"
    )
    remedy = "" if level == "ok" else "match negatives in GC content ([negatives] ratio does), or give more candidates"
    figures = {"auroc": auroc, "ks_distance": distance, "positives": ours.size, "negatives": theirs.size}
    return Verdict("negative_composition", subject, level, evidence, remedy, figures)


def check_label_composition(
    gc: Totals, labels: Labels, *, names: Sequence[str], subject: str = "labels", warn_auroc: float = WARN_LABELS
) -> Verdict:
    """Ask of which labels, 0 or 1, GC content alone says much.

    Parameters
    ----------
    gc
        Share of G and C of every sequence; NaN where it is not known.
    labels
        NaN where a label is not known.
    names
        Tracks.
    subject
        What the labels are called.
    warn_auroc
        See :data:`WARN_LABELS`.

    Returns
    -------
    Verdict
        One for all tracks; the farthest are named. A warning from :data:`WARN_TRACKS` of the tracks on, an error where
        GC content reaches :data:`ERROR_AUROC` in half of them or more.
    """
    asked: dict[str, tuple[float, float]] = {}
    for column, name in enumerate(names):
        known = ~np.isnan(labels[:, column]) & ~np.isnan(gc)
        ours, theirs = gc[known & (labels[:, column] == 1)], gc[known & (labels[:, column] == 0)]
        if min(ours.size, theirs.size) >= MIN_EXAMPLES:
            asked[name] = _auroc(ours, theirs)
    if not asked:
        few = f"no track has {MIN_EXAMPLES} positives and {MIN_EXAMPLES} negatives"
        return Verdict("negative_composition", subject, "skipped", few)
    ordered = sorted(asked, key=lambda name: -abs(asked[name][0] - 0.5))
    levels = [_level(*asked[name], warn_auroc) for name in ordered]
    n_bad, n_wrong = sum(level != "ok" for level in levels), levels.count("error")
    level: Level = "error" if 2 * n_wrong >= len(ordered) else "warning" if n_bad >= WARN_TRACKS * len(asked) else "ok"
    worst = ", ".join(f"{name} {asked[name][0]:.2f}" for name in ordered[:_SHOWN])
    evidence = (
        f"GC content alone says much of {n_bad} of {len(asked)} tracks (AUROC of {warn_auroc} or more, or of "
        f"{1 - warn_auroc:.2f} or less); farthest from 0.5: {worst}"
    )
    remedy = "" if level == "ok" else _REMEDY
    figures = {"tracks": len(asked), "tracks_told_by_gc": n_bad, "farthest_auroc": asked[ordered[0]][0]}
    return Verdict("negative_composition", subject, level, evidence, remedy, figures)


_REMEDY = (
    "compare the model with a baseline of GC content, or add negatives of the same GC content ([negatives] ratio; of "
    "tables of sequences, negatives that were drawn for it)"
)


def _auroc(ours: Totals, theirs: np.ndarray) -> tuple[float, float]:
    """Chance that one of ours is above one of theirs, and its standard error where there is no difference."""
    n, m = ours.size, theirs.size
    auroc = float(mannwhitneyu(ours, theirs, method="asymptotic").statistic) / (n * m)
    return auroc, float(np.sqrt((n + m + 1) / (12 * n * m)))


def _distance(ours: Totals, theirs: np.ndarray) -> float:
    """Kolmogorov-Smirnov distance of two samples."""
    found: Any = ks_2samp(ours, theirs)
    return float(found.statistic)


def _level(auroc: float, error: float, warn: float) -> Level:
    """What an AUROC means on either side of 0.5, less two standard errors."""
    effect = 0.5 + max(abs(auroc - 0.5) - 2 * error, 0.0)
    return "error" if effect >= ERROR_AUROC else "warning" if effect >= warn else "ok"
