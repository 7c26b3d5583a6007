"""One look for every figure: colours that colour-blind readers tell apart, thin axes, units on labels."""

import base64
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

OBSERVED = "#4d4d4d"
PREDICTED = "#0072b2"
CEILING = "#009e73"
FLOOR = "#b0b0b0"
ACCENT = "#d55e00"
BASES = {"A": "#109648", "C": "#255c99", "G": "#f7b32b", "T": "#d62839"}
"""Colours of letters in logos, as motif databases use them."""
SERIES = (PREDICTED, ACCENT, CEILING, "#cc79a7", "#e69f00", "#56b4e9", "#4d4d4d", "#8a6d00")
"""Colours of things that are told apart by colour alone, in this order; after the last, they begin again."""

_SETTINGS: dict[Any, Any] = {
    "figure.dpi": 100,
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 8.5,
    "axes.titlesize": 9,
    "axes.labelsize": 8.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "axes.titlelocation": "left",
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "legend.frameon": False,
    "legend.fontsize": 7.5,
}

_DIGITS = r"[-\u2212]?[\d.]*(?:\\times ?)?[-\u2212]?\d+(?:\^\{[-\u2212]?[\d.]+\})?"
_NUMBER = re.compile(rf"[^$\\]*\$[-\u2212]?(?:{_DIGITS}|\\mathdefault\{{{_DIGITS}\}})\$")
"""A number as a formula: a power of ten."""


@contextmanager
def house_style() -> Iterator[None]:
    """Draw in the house style inside the block; the caller's own settings come back after it."""
    with mpl.rc_context(_SETTINGS):
        yield


def new_figure(width: float, height: float) -> Figure:
    """Make a figure of the given size in inches that no window system knows of."""
    return Figure(figsize=(width, height), layout="constrained")


def new_cell(width: float, height: float) -> tuple[Figure, Axes]:
    """Make a small figure for a table cell, all of it one axes, and these axes."""
    figure = Figure(figsize=(width, height))
    return figure, figure.add_axes((0.01, 0.02, 0.98, 0.96))


def png_uri(figure: Figure) -> str:
    """Turn a figure into a ``data:`` address that a page carries inside itself; equal figures give equal bytes.

    Twice as many pixels as a page shows, so that print and large screens stay sharp.
    """
    buffer = io.BytesIO()
    figure.set_dpi(200)
    print_png(figure, buffer)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def print_png(figure: Figure, target: str | io.BytesIO) -> None:
    """Draw a figure as PNG; equal figures give equal bytes.

    Parameters
    ----------
    figure
        With its size and dots per inch.
    target
        Name of a file, or what is written to.
    """
    canvas = FigureCanvasAgg(figure)
    while True:
        try:
            return canvas.print_png(target, metadata={"Software": None})
        except ValueError:
            # Names of genes, motifs or files with two dollar signs in them were taken for formulas; those of ticks
            # are known only while they are drawn, hence again and again.
            names = [one for one in figure.findobj(Text) if one.get_parse_math() and _is_no_formula(one.get_text())]
            if not names:
                raise
            for name in names:
                name.set_parse_math(False)


def _is_no_formula(text: str) -> bool:
    """Whether a text has dollar signs in it without being a number as we and ticks write it."""
    return "$" in text and not _NUMBER.fullmatch(text)
