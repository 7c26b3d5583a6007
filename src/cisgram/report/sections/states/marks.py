"""The question: which marks does each state have, and what is it called."""

from matplotlib.figure import Figure

from cisgram.chromatin.names import biological_order
from cisgram.report.blocks import Cell, Column, Section, Table, picture
from cisgram.report.state_plots import plot_emissions, plot_transitions
from cisgram.report.state_results import StateResults

_LEAD = (
    "A state is a combination of marks that often comes back along the genome. Numbers are shares in per cent of the "
    "bins of a state that have the mark (left) and of the bins behind it that are in each state (right). Names and "
    "colours are suggestions from the textbook meaning of the marks."
)
_COLUMNS = [Column("state"), Column("suggested name"), Column("why")]


def marks(results: StateResults) -> Section | None:
    """Emission and transition heat maps, and suggested names with their reasons."""
    model, names = results.model, results.names
    if model is None:
        return None
    width = 10.6 if model.n_states <= 24 else 13.0

    def draw(figure: Figure) -> None:
        left, right = figure.subplots(1, 2)
        plot_emissions(model, names, ax=left)
        plot_transitions(model, names, ax=right)

    heat_maps = picture(
        draw,
        width=width,
        height=1.3 + 0.27 * model.n_states,
        caption="Left: marks of the states. Right: which state follows which. Lines part groups of states; the shades "
        "of the right heat map grow with the square root, so that rare steps are seen.",
    )
    ordered = [names[row] for row in biological_order(names)]
    rows = [
        [
            Cell(f"{one.state + 1} {one.label}", "whole"),
            Cell(one.name, "no" if one.is_ambiguous else ""),
            Cell(one.reason, "wide"),
        ]
        for one in ordered
    ]
    doubtful = [f"{one.state + 1} {one.label}" for one in ordered if one.is_ambiguous]
    kinds = {group: [one for one in ordered if one.group == group] for group in dict.fromkeys(o.group for o in ordered)}
    finding = f"{model.n_states} states: " + ", ".join(f"{len(members)} {group}" for group, members in kinds.items())
    finding += f"; in doubt: {', '.join(doubtful)}." if doubtful else "."
    return Section("States and their marks", _LEAD, [heat_maps, Table(_COLUMNS, rows)], [finding])
