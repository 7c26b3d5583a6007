"""The question: how do contacts fall with distance."""

from functools import partial

import numpy as np
from matplotlib.figure import Figure

from cisgram.report.blocks import Section, number, picture
from cisgram.report.contact_plots import distance_label
from cisgram.report.distance_decay_plots import plot_decay_slope, plot_distance_decay
from cisgram.report.map_results import MapResults

_LEAD = (
    "The mean of balanced contacts at each distance, all contigs together (dots), smoothed over distance (line), and "
    "below it the power with which it falls. A crumpled polymer (fractal globule) falls with the power -1, a polymer "
    "that is mixed all over (equilibrium globule) is flatter at long distances; loops of cohesin make a shoulder that "
    "ends at about their length. All ratios below are to this mean."
)


def decay(results: MapResults) -> Section | None:
    """P(s) and its slope."""
    if results.decay["slope"].notna().sum() < 2:
        return None
    shown = picture(
        partial(_draw, results=results), width=4.6, height=5.0, caption="Contact frequency by distance, and its slope."
    )
    return Section("Contacts and distance", _LEAD, [shown], [_finding(results)])


def _draw(figure: Figure, results: MapResults) -> None:
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    table = results.features.expected.dropna(subset=["balanced.sum"])
    sums = table.groupby("dist_bp")[["balanced.sum", "n_valid"]].sum()
    measured = (sums["balanced.sum"] / sums["n_valid"].where(sums["n_valid"] > 0)).rename("value").reset_index()
    plot_distance_decay({"map": results.decay}, ax=upper, measured=measured)
    upper.set_xlabel("")
    plot_decay_slope({"map": results.decay}, ax=lower)


def _finding(results: MapResults) -> str:
    """Slopes over the range where there are many pairs of bins."""
    size = results.features.bins.bin_size
    known = results.decay.dropna(subset=["slope"])
    longest = min(float(known["dist_bp"].max()) / 2, 1e8)
    inner = known[(known["dist_bp"] >= 5 * size) & (known["dist_bp"] <= longest)]
    if inner.empty:
        inner = known
    low, high = (distance_label(int(value)) for value in (inner["dist_bp"].min(), inner["dist_bp"].max()))
    # Evenly along the logarithm, or the many long distances would decide alone.
    x = np.linspace(np.log(inner["dist_bp"].min()), np.log(inner["dist_bp"].max()), 100)
    y = np.interp(x, np.log(inner["dist_bp"]), np.log(inner["contact_frequency"]))
    slope = float(np.polyfit(x, y, 1)[0]) if len(inner) > 1 else float(inner["slope"].iloc[0])
    return f"From {low} to {high}, contacts fall with the power {number(slope, 2)} of distance."
