"""Pictures of chromatin states as PNG files, for slides and papers."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from matplotlib.axes import Axes

from cisgram.io.files import atomic_path
from cisgram.report.state_plots import (
    plot_emissions,
    plot_enrichment,
    plot_neighborhood,
    plot_neighborhood_profiles,
    plot_switches,
    plot_transitions,
)
from cisgram.report.state_results import StateResults
from cisgram.report.state_share_plots import plot_genome_share, plot_stability
from cisgram.report.style import house_style, new_figure, print_png

_DOTS_PER_INCH = 200


def write_state_pictures(folder: Path, results: StateResults) -> tuple[Path, ...]:
    """Write one PNG per question that the results answer.

    Parameters
    ----------
    folder
        Where to write: ``emissions.png``, ``transitions.png``, ``share.png``, ``stability.png``, ``switches.png``, and
        per cell type ``<cell>_enrichment.png``, ``<cell>_<anchors>.png`` and ``<cell>_<anchors>_profiles.png``.
    results
        What is known.

    Returns
    -------
    tuple of pathlib.Path
        The files.
    """
    height = 1.3 + 0.27 * len(results.names)
    return tuple(
        _write(folder / f"{name}.png", draw, width=width, height=height)
        for name, (draw, width) in _pictures(results).items()
    )


def _pictures(results: StateResults) -> dict[str, tuple[Callable[..., object], float]]:
    """How each picture is drawn, and its width in inches."""
    names, model = results.names, results.model
    drawn: dict[str, tuple[Callable[..., object], float]] = {}
    if model is not None:
        drawn["emissions"] = (partial(plot_emissions, model, names), 2.6 + 0.28 * len(model.marks))
        drawn["transitions"] = (partial(plot_transitions, model, names), 2.6 + 0.28 * model.n_states)
    if results.segmentations:
        shares = {one.cell: one.share for one in results.segmentations}
        drawn["share"] = (partial(plot_genome_share, shares, names), 5.6)
    if results.switches is not None:
        drawn["stability"] = (partial(plot_stability, results.switches, names), 5.0)
        drawn["switches"] = (partial(plot_switches, results.switches.fold, names), 2.8 + 0.3 * len(names))
    for one in results.enrichments:
        width = 2.8 + 0.42 * len(one.sets)
        drawn[f"{one.cell}_enrichment"] = (partial(plot_enrichment, one, names), width)
    for one in results.neighborhoods:
        stem = f"{one.cell}_{'_'.join(one.anchors.split())}"
        drawn[stem] = (partial(plot_neighborhood, one, names), 5.4)
        drawn[f"{stem}_profiles"] = (partial(plot_neighborhood_profiles, one, names), 5.6)
    return drawn


def _write(path: Path, draw: Callable[..., object], *, width: float, height: float) -> Path:
    with house_style():
        figure = new_figure(width, height)
        ax: Axes = figure.subplots()
        draw(ax=ax)
        figure.set_dpi(_DOTS_PER_INCH)
        with atomic_path(path) as temporary:
            print_png(figure, str(temporary))
    return path
