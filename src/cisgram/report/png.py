"""Figures as PNG files: complete or not at all, equal figures as equal bytes."""

from pathlib import Path

from matplotlib.figure import Figure

from cisgram.io.files import atomic_path
from cisgram.report.style import print_png


def write_png(path: Path, figure: Figure, *, dots_per_inch: int = 200) -> Path:
    """Write a figure and return where; call it within :func:`cisgram.report.style.house_style`."""
    figure.set_dpi(dots_per_inch)
    with atomic_path(path) as temporary:
        print_png(figure, str(temporary))
    return path
