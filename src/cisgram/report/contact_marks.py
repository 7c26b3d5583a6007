"""What is marked upon a contact map: domains, loops and boundaries, on squares and on triangles."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PatchCollection
from matplotlib.markers import CARETUP
from matplotlib.patches import Ellipse

from cisgram.arrays import AnyValues
from cisgram.report.contact_plots import ON_CONTACTS


def mark_domains(domains: pd.DataFrame, *, ax: Axes, is_triangle: bool, color: str = ON_CONTACTS) -> Axes:
    """Outline domains: both sides of a triangle above the genome, or the corner above the diagonal of a square.

    Parameters
    ----------
    domains
        Interval table of the contig that is drawn.
    ax
        Of :func:`plot_contacts` or :func:`plot_contact_triangle`.
    is_triangle
        Which of the two.
    color
        Of the lines; :attr:`ContactScale.ink` is seen on every map.
    """
    start, end = (domains[name].to_numpy(np.float64) for name in ("start", "end"))
    if is_triangle:
        corners = ((start, 0 * start), ((start + end) / 2, end - start), (end, 0 * start))
    else:
        corners = ((start, start), (end, start), (end, end))
    lines = np.stack([np.column_stack(corner) for corner in corners], axis=1)
    ax.add_collection(LineCollection(list(lines), colors=color, linewidths=0.9, joinstyle="miter"), autolim=False)
    return ax


def mark_loops(loops: pd.DataFrame, *, ax: Axes, is_triangle: bool, radius_bp: float, color: str = ON_CONTACTS) -> Axes:
    """Draw a circle around the middle of every loop; in a square, above the diagonal.

    Parameters
    ----------
    loops
        Columns ``start1``, ``end1``, ``start2``, ``end2`` (bp), of the contig that is drawn.
    ax, is_triangle, color
        As for :func:`mark_domains`.
    radius_bp
        Radius along the genome in bp, such as three bins.
    """
    one, two = ((loops[f"start{n}"] + loops[f"end{n}"]).to_numpy(np.float64) / 2 for n in (1, 2))
    one, two = np.minimum(one, two), np.maximum(one, two)
    middles = zip((one + two) / 2, two - one, strict=True) if is_triangle else zip(two, one, strict=True)
    # A unit of a triangle's y stands for half a unit of x: what is round on paper is twice as high in bp.
    height = 4 * radius_bp if is_triangle else 2 * radius_bp
    rings = [Ellipse(middle, 2 * radius_bp, height) for middle in middles]
    ax.add_collection(PatchCollection(rings, facecolors="none", edgecolors=color, linewidths=1.0), autolim=False)
    return ax


def mark_boundaries(positions_bp: AnyValues, *, ax: Axes, is_triangle: bool, color: str = ON_CONTACTS) -> Axes:
    """Draw a small wedge at every boundary: beneath the genome of a triangle, on the diagonal of a square."""
    y = np.zeros(len(positions_bp)) if is_triangle else positions_bp
    marker = CARETUP if is_triangle else "s"
    size = 5 if is_triangle else 3.5
    ax.plot(positions_bp, y, marker=marker, markersize=size, color=color, linestyle="none", clip_on=False, zorder=5)
    return ax
