"""A pile-up beside that around random places, as a block of the page."""

from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from cisgram.hic.pileup import Pileup
from cisgram.report.blocks import Picture, number, picture
from cisgram.report.map_results import MapResults
from cisgram.report.pileup_plots import draw_pileup


def piled_picture(results: MapResults, found: Pileup, feature: str, *, measure: str, caption: str) -> Picture:
    """Draw the mean around calls and around random places, with the strength of both.

    Parameters
    ----------
    results
        What is known of the map.
    found
        The pile-up.
    feature
        ``boundaries`` or ``loops``.
    measure
        What the strength is called.
    caption
        Below the picture.
    """
    title, own = f"{found.n_sites:,} {feature}", results.strength_of(feature)
    means = {title: found.mean}
    texts = {title: {"upper right": f"{measure} {number(own.get('value'), 2)}"}}
    if found.control is not None:
        means["random places"] = found.control
        texts["random places"] = {"upper right": f"{measure} {number(own.get('by_chance'), 2)}"}

    def draw(figure: Figure) -> None:
        figure.set_layout_engine(ConstrainedLayoutEngine(w_pad=0.07, h_pad=0.07))
        draw_pileup(figure, means, bin_size=found.bin_size, texts=texts)

    return picture(draw, width=2.6 * len(means) + 1.0, height=3.1, caption=caption)
