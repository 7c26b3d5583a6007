"""Pictures of contact maps: squares, triangles turned by 45 degrees, and domains, loops and boundaries upon them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import Colormap, LinearSegmentedColormap, LogNorm, Normalize
from matplotlib.image import AxesImage
from matplotlib.ticker import Formatter, FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator

from cisgram.arrays import Contacts, SquareContacts
from cisgram.errors import EmptySetError, InputError
from cisgram.report.style import PREDICTED

MASKED = "#d4d4d4"
"""Colour of bins of which the map says nothing; white is a measured zero."""
_FALL = (
    "#ffffff",
    "#ffffcc",
    "#ffeda0",
    "#fed976",
    "#feb24c",
    "#fd8d3c",
    "#fc4e2a",
    "#e31a1c",
    "#bd0026",
    "#800026",
    "#000000",
)
"""White over yellow and red to black: ever darker, so that it reads the same in grey and to every eye."""
ON_CONTACTS = PREDICTED
"""A colour that is seen upon contacts."""
MINUS = "\N{MINUS SIGN}"
_ON_RATIOS = "#1a1a1a"
_LONGEST_SPAN = 1e4
"""A scale of contacts spans at most this factor; what lies below is noise of single counts."""


@dataclass(frozen=True)
class ContactScale:
    """How values of a map become colours.

    Parameters
    ----------
    kind
        ``contacts``: from white over red to black, on a logarithmic scale. ``ratio``: natural logarithms of observed
        over expected, blue below 0, red above.
    low, high
        Values at the two ends; what lies beyond has the colour of the end. For ratios, ``low = -high``.
    unit
        What the colour bar says.
    """

    kind: Literal["contacts", "ratio"]
    low: float
    high: float
    unit: str

    def __post_init__(self) -> None:
        if not self.low < self.high or (self.kind == "contacts" and self.low <= 0):
            raise InputError(f"a scale of {self.kind} needs low < high, above 0 for contacts; got {self}")

    @property
    def colors(self) -> Colormap:
        """The colour map, with a grey of its own for masked bins."""
        colors = LinearSegmentedColormap.from_list("fall", _FALL) if self.kind == "contacts" else colormaps["RdBu_r"]
        return colors.with_extremes(bad=MASKED)

    @property
    def norm(self) -> Normalize:
        """From values to 0..1."""
        return (LogNorm if self.kind == "contacts" else Normalize)(self.low, self.high, clip=True)

    @property
    def ink(self) -> str:
        """A colour that is seen upon all others: for domains and loops."""
        return ON_CONTACTS if self.kind == "contacts" else _ON_RATIOS

    def shown(self, matrix: Contacts) -> np.ndarray:
        """The values as they are drawn: zeros at the lower end, NaN masked."""
        return np.ma.masked_invalid(np.clip(matrix, self.low, self.high))


def contact_scale(*matrices: Contacts, unit: str = "balanced contacts") -> ContactScale:
    """Choose a scale of contacts that all given maps share.

    Its upper end is the value that 1 of 500 pixels above 0 exceeds (the main diagonals are many times as strong as all
    else), its lower end that which 1 of 20 pixels falls short of, at most four decades below.

    Raises
    ------
    EmptySetError
        Where no pixel is above 0.

    Examples
    --------
    >>> contact_scale(np.array([[100.0, 1.0], [1.0, 100.0]])).high
    100.0
    """
    values = np.concatenate([matrix[np.isfinite(matrix) & (matrix > 0)] for matrix in matrices])
    if not values.size:
        raise EmptySetError("contacts above 0 to draw", dropped={"pixels that are 0 or masked": matrices[0].size})
    low, high = (float(value) for value in np.quantile(values, [0.05, 0.998]))
    low = max(low, high / _LONGEST_SPAN)
    return ContactScale("contacts", low if low < high else high / 10, high, unit)


def ratio_scale(*matrices: Contacts, limit: float | None = None, unit: str = "ln observed / expected") -> ContactScale:
    """Choose a scale of natural logarithms of observed over expected that all given maps share.

    It ends at ``limit``, or at the absolute value that 1 of 50 pixels exceeds, at least 0.1.

    Examples
    --------
    >>> ratio_scale(np.array([[0.0, -0.5], [-0.5, 0.0]])).low
    -0.5
    """
    if limit is None:
        values = np.concatenate([np.abs(matrix[np.isfinite(matrix)]) for matrix in matrices])
        limit = max(float(np.quantile(values, 0.98)), 0.1) if values.size else 1.0
    return ContactScale("ratio", -limit, limit, unit)


def plot_contacts(
    matrix: Contacts,
    *,
    start_bp: int,
    bin_size: int,
    ax: Axes,
    scale: ContactScale | None = None,
    row_start_bp: int | None = None,
) -> AxesImage:
    """Draw a map as a square (or a rectangle off the diagonal), positions in bp rising to the right and downwards.

    Parameters
    ----------
    matrix
        Contacts, or natural logarithms of observed over expected where the scale is one of ratios. NaN is grey.
    start_bp
        Where the first column begins.
    bin_size
        Width of a bin in bp.
    ax
        Where to draw; :func:`label_positions` writes its ticks.
    scale
        Of the colours; :func:`contact_scale` of the matrix where None.
    row_start_bp
        Where the first row begins, if not where the first column does.

    Returns
    -------
    matplotlib.image.AxesImage
        The picture, for :func:`plot_color_bar`.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> image = plot_contacts(np.eye(4) + 0.1, start_bp=0, bin_size=10, ax=Figure().subplots())
    >>> [int(edge) for edge in image.get_extent()]
    [0, 40, 40, 0]
    """
    scale = scale or contact_scale(matrix)
    top = start_bp if row_start_bp is None else row_start_bp
    extent = (start_bp, start_bp + matrix.shape[1] * bin_size, top + matrix.shape[0] * bin_size, top)
    image = ax.imshow(
        scale.shown(matrix),
        cmap=scale.colors,
        norm=scale.norm,
        extent=extent,
        interpolation="nearest",
        aspect="equal",
        rasterized=True,
    )
    for spine in ax.spines.values():
        spine.set_visible(True)
    return image


def plot_contact_triangle(
    matrix: SquareContacts,
    *,
    start_bp: int,
    bin_size: int,
    ax: Axes,
    scale: ContactScale | None = None,
    max_distance: int | None = None,
    is_downward: bool = False,
) -> QuadMesh:
    """Draw a map turned by 45 degrees: the genome along the bottom, the distance of two bins as height.

    Every pixel is a true diamond, so that nothing is resampled. The matrix may reach beyond the stretch that is shown
    (set the limits of x afterwards): then contacts with the surroundings fill the corners.

    Parameters
    ----------
    matrix
        As for :func:`plot_contacts`; symmetric, of which the upper triangle is drawn.
    start_bp, bin_size
        Where the first bin begins and the width of a bin, in bp.
    ax
        Where to draw; x is the genome, y the distance, both in bp. One unit of y stands for half a unit of x.
    scale
        Of the colours; :func:`contact_scale` of the matrix where None.
    max_distance
        Longest distance that is drawn in bp; all if None.
    is_downward
        Whether the triangle hangs from the genome, as a second map beneath the first.

    Returns
    -------
    matplotlib.collections.QuadMesh
        The picture, for :func:`plot_color_bar`.
    """
    scale = scale or contact_scale(matrix)
    n = len(matrix)
    longest = n * bin_size if max_distance is None else min(max_distance, n * bin_size)
    edges = start_bp + bin_size * np.arange(n + 1)
    place, distance = (edges[:, None] + edges) / 2, (edges - edges[:, None]).astype(np.float64)
    colors = scale.colors(scale.norm(scale.shown(matrix)))
    # A pixel i, j has its lower corner at a distance of (j - i - 1) bins.
    apart = np.subtract.outer(-np.arange(n), -np.arange(n))
    colors[(apart < 0) | ((apart - 1) * bin_size >= longest)] = 0.0
    mesh = ax.pcolormesh(place, distance, np.zeros((n, n)), cmap=scale.colors, norm=scale.norm, rasterized=True)
    mesh.set_array(None)
    mesh.set(facecolor=colors.reshape(-1, 4))
    ax.set_xlim(start_bp, start_bp + n * bin_size)
    ax.set_ylim((longest, 0) if is_downward else (0, longest))
    for side in ("left", "right", "top"):
        ax.spines[side].set_visible(False)
    return mesh


def plot_color_bar(scale: ContactScale, *, ax: Axes, is_horizontal: bool = False) -> Axes:
    """Fill an axes with the colours of a scale, their values and the unit."""
    ramp = np.linspace(0.0, 1.0, 256)
    colors = scale.colors(ramp)[None] if is_horizontal else scale.colors(ramp)[:, None]
    low, high = scale.low, scale.high
    edges = np.geomspace(low, high, 257) if scale.kind == "contacts" else np.linspace(low, high, 257)
    across = np.array([0.0, 1.0])
    mesh = ax.pcolormesh(*((edges, across) if is_horizontal else (across, edges)), colors, rasterized=True)
    mesh.set_edgecolor("face")
    axis, other = (ax.xaxis, ax.yaxis) if is_horizontal else (ax.yaxis, ax.xaxis)
    if scale.kind == "contacts":
        (ax.set_xscale if is_horizontal else ax.set_yscale)("log")
        axis.set_major_locator(LogLocator(subs=(1.0,) if high / low > 20 else (1.0, 2.0, 5.0)))
        is_far_from_one = high >= 1e5 or low < 1e-3
        axis.set_major_formatter(FuncFormatter(lambda value, _: _power(value) if is_far_from_one else f"{value:,g}"))
        axis.set_minor_formatter(NullFormatter())
    else:
        axis.set_major_locator(MaxNLocator(nbins=4, symmetric=True))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:+g}".replace("-", MINUS) if value else "0"))
    other.set_major_locator(NullLocator())
    (ax.set_xlim if is_horizontal else ax.set_ylim)(low, high)
    if not is_horizontal:
        ax.yaxis.tick_right()
        ax.yaxis.set_label_position("right")
    for spine in ax.spines.values():
        spine.set_visible(True)
    axis.set_label_text(scale.unit)
    ax.tick_params(which="both", labelsize=7, length=2)
    return ax


def label_positions(ax: Axes, chrom: str, *, axis: Literal["x", "y", "both"] = "x") -> Axes:
    """Write positions in Mb or kb, with as many digits as the stretch needs, and the contig once."""
    for name, own, limits in (("x", ax.xaxis, ax.get_xlim()), ("y", ax.yaxis, ax.get_ylim())):
        if axis not in (name, "both"):
            continue
        span = abs(limits[1] - limits[0])
        unit, factor = ("Mb", 1e6) if max(limits) >= 2e6 and span >= 2e4 else ("kb", 1e3)
        own.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
        own.set_major_formatter(_Positions(factor))
        own.set_label_text(f"{chrom} ({unit})")
    return ax


def distance_label(value_bp: float) -> str:
    """A length as people say it: ``250 kb``, ``1.2 Mb``.

    Examples
    --------
    >>> distance_label(250_000), distance_label(1_200_000), distance_label(800)
    ('250 kb', '1.2 Mb', '800 bp')
    """
    for factor, unit in ((1e6, "Mb"), (1e3, "kb")):
        if value_bp >= factor:
            return f"{value_bp / factor:.3g} {unit}"
    return f"{value_bp:g} bp"


def _power(value: float) -> str:
    """A value of a logarithmic colour bar as a power of ten."""
    exponent = int(np.floor(np.log10(value) + 1e-9))
    factor = value / 10**exponent
    lead = "" if abs(factor - 1) < 1e-6 else rf"{factor:g}\cdot"
    return f"${lead}10^{{{exponent}}}$"


class _Positions(Formatter):
    """Positions in one unit, all with as many decimals as the closest two of them need."""

    def __init__(self, factor: float) -> None:
        self.factor = factor

    def __call__(self, value: float, place: int | None = None) -> str:
        """One position, for the pointer of a window."""
        del place
        return f"{value / self.factor:,.3f}"

    def format_ticks(self, values: Iterable[float]) -> list[str]:
        """All ticks of an axis."""
        shown = np.array(list(values)) / self.factor
        decimals = next((n for n in range(6) if np.allclose(shown, shown.round(n), rtol=0, atol=1e-9)), 6)
        return [f"{value:,.{decimals}f}" for value in shown]
