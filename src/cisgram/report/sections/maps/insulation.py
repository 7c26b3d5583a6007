"""The question: where do contacts stop, and would a second experiment say so too."""

from functools import partial

from matplotlib.figure import Figure

from cisgram.hic.found_again import best_window
from cisgram.report.blocks import Cell, Column, Section, Table, number, picture
from cisgram.report.contact_plots import distance_label
from cisgram.report.map_feature_plots import plot_boundary_strengths
from cisgram.report.map_results import MapResults
from cisgram.report.sections.maps.piled import piled_picture

_LEAD = (
    "Insulation of a bin: the mean contact across it within a window, over the median of its contig (log2). Its minima "
    "are boundaries if they are deep enough (rule of Li). Short windows show small domains and more noise, long ones "
    "large domains. Pictures are of {window}, the window {why}."
)


def insulation(results: MapResults) -> Section:
    """Boundaries at every window, and the mean map around those of the middle one."""
    windows = results.features.windows_bp
    shown = [
        picture(
            partial(_draw, results=results),
            width=2.7 * len(windows),
            height=2.4,
            caption="Depths of the minima of insulation at each window; blue: called boundaries.",
        )
    ]
    if results.strengths.boundaries is not None:
        caption = f"Mean map around boundaries at {distance_label(results.main_window)}, and around random places. "
        caption += "Insulation: contacts within the two sides over contacts across."
        piled = results.strengths.boundaries
        shown.append(piled_picture(results, piled, "boundaries", measure="insulation", caption=caption))
    rows = [_row(results, window) for window in windows]
    is_best = best_window(results.agreement, windows) == results.main_window
    why = "whose boundaries come back most" if is_best else "in the middle"
    lead = _LEAD.format(window=distance_label(results.main_window), why=why)
    columns = [Column("window"), Column("boundaries", numeric=True), Column("median strength (log2)", numeric=True)]
    columns += [
        Column("r of the scores", numeric=True, hint=f"between {results.second}"),
        Column("boundaries found again", numeric=True, hint="within a bin"),
        Column("by chance", numeric=True, hint="boundaries moved along their contigs"),
    ]
    return Section("Insulation and boundaries", lead, [Table(columns, rows), *shown], [_finding(results)])


def _row(results: MapResults, window: int) -> list[Cell]:
    calls = results.features.boundaries(window)
    score, found = results.agreement_of(f"insulation {window}"), results.agreement_of(f"boundaries {window}")
    return [
        Cell(distance_label(window), "whole"),
        Cell(f"{len(calls):,}", "n"),
        Cell(number(float(calls["strength"].median()) if len(calls) else None, 2), "n"),
        Cell(number(score.get("value"), 2), "n"),
        Cell(_percent(found.get("value")), "n"),
        Cell(_percent(found.get("by_chance")), "n"),
    ]


def _percent(value: float | None) -> str:
    return "-" if value is None or value != value else f"{value:.0%}"


def _draw(figure: Figure, results: MapResults) -> None:
    windows = results.features.windows_bp
    table = results.features.insulation
    for ax, window in zip(figure.subplots(1, len(windows), squeeze=False)[0], windows, strict=True):
        strength = table[f"boundary_strength_{window}"].to_numpy()
        called = table[f"is_boundary_{window}"].to_numpy()
        plot_boundary_strengths(strength, called, ax=ax, title=f"window {distance_label(window)}")


def _finding(results: MapResults) -> str:
    window = results.main_window
    n = len(results.features.boundaries(window))
    text = f"Boundaries: {n:,} at a window of {distance_label(window)}"
    held = results.held_out_of("boundaries")
    if held:
        text += f", across which contacts are {number(held['value'], 2)} times fewer than"
        text += (
            f" within the two sides (in contacts that did not show them; random places {number(held['by_chance'], 2)})"
        )
    return f"{text}{results.told_again(f'boundaries {window}')}."
