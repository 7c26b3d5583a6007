"""Heat maps of chromatin states: their marks, what follows what, where they lie; states stand in named groups."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, Normalize, PowerNorm
from matplotlib.patches import Rectangle

from cisgram.arrays import Rows, StateSwitches
from cisgram.chromatin.enrichment import StateEnrichment
from cisgram.chromatin.mark_names import known_mark
from cisgram.chromatin.names import StateName, biological_order
from cisgram.chromatin.neighborhood import Neighborhood
from cisgram.errors import InputError
from cisgram.genomics.state_model import StateModel
from cisgram.report.style import OBSERVED, PREDICTED

_SHADES = LinearSegmentedColormap.from_list("probability", ["#ffffff", "#9ecae1", PREDICTED, "#08306b"])
_MARK_ORDER = (
    "H3K4me3", "H3K9ac", "H2A.Z", "H3K27ac", "EP300", "accessible", "H3K4me2", "H3K4me1", "POLR2A",
    "H3K79me2", "H3K36me3", "H4K20me1", "CTCF", "RAD21", "EZH2", "H3K27me3", "H3K9me3", "methylation", "input",
)  # fmt: skip
_MOST_NUMBERS = 260
_DEEPEST = 5.0
_LOWEST_PROFILE = 1 / 8

Shades = Float[np.ndarray, "_ _"]


def mark_order(marks: Sequence[str]) -> Rows:
    """Order in which marks are drawn: of promoters, of enhancers, of transcribed genes, of repression, controls.

    Marks that are not recognised stand last but before the control.

    Examples
    --------
    >>> mark_order(["WCE", "H3K27me3", "mine", "h3k4me3"]).tolist()
    [3, 1, 2, 0]
    """
    last = len(_MARK_ORDER)
    rank = {name: number for number, name in enumerate(_MARK_ORDER)} | {"input": last + 1}
    keys = [(rank.get(known_mark(mark) or "", last), number) for number, mark in enumerate(marks)]
    return np.array(sorted(range(len(marks)), key=keys.__getitem__), dtype=np.int64)


def state_label(name: StateName) -> str:
    """The number of a state and its mnemonic: ``2 TssA``."""
    return f"{name.state + 1} {name.label}"


def plot_emissions(model: StateModel, names: Sequence[StateName], *, ax: Axes) -> Axes:
    """Draw how often each state has each mark; states and marks stand in the order of their kinds.

    Parameters
    ----------
    model
        The states.
    names
        One per state.
    ax
        Where to draw.
    """
    rows, columns = _order(names, model.n_states), mark_order(model.marks)
    shown = model.emissions[np.ix_(rows, columns)]
    _heat_map(shown, ax, norm=Normalize(0, 1), label="share of bins with the mark", texts=_percents(shown))
    _name_states(names, rows, ax)
    _name_columns([model.marks[column] for column in columns], ax)
    return ax


def plot_transitions(model: StateModel, names: Sequence[StateName], *, ax: Axes) -> Axes:
    """Draw how often a state (row) is followed by another (column) in the next bin; shades grow with the root.

    Parameters
    ----------
    model
        The states.
    names
        One per state.
    ax
        Where to draw.
    """
    rows = _order(names, model.n_states)
    shown = model.transitions[np.ix_(rows, rows)]
    _heat_map(shown, ax, norm=PowerNorm(0.5, 0, 1), label="share of next bins", texts=_percents(shown, least=0.005))
    _name_states(names, rows, ax)
    _name_columns([state_label(names[row]) for row in rows], ax)
    ax.set_xlabel("state of the next bin")
    return ax


def plot_enrichment(enrichment: StateEnrichment, names: Sequence[StateName], *, ax: Axes) -> Axes:
    """Draw fold enrichments of states in sets of intervals: red above 1, blue below, in steps of two.

    Parameters
    ----------
    enrichment
        Of one cell type.
    names
        One per state.
    ax
        Where to draw; folds are written, shades end at 32-fold.
    """
    rows = _order(names, len(enrichment.names))
    shown = enrichment.fold[rows]
    _fold_map(shown, ax)
    _name_states(names, rows, ax)
    _name_columns([short_set_name(name) for name in enrichment.sets], ax)
    return ax


def plot_neighborhood(neighborhood: Neighborhood, names: Sequence[StateName], *, ax: Axes) -> Axes:
    """Draw fold enrichments of states before, at and behind anchors: red above 1, blue below.

    Parameters
    ----------
    neighborhood
        Of one cell type.
    names
        One per state.
    ax
        Where to draw.
    """
    rows = _order(names, len(neighborhood.names))
    _fold_map(neighborhood.fold[rows], ax, is_written=False)
    _name_states(names, rows, ax)
    offsets = neighborhood.offsets_bp
    ticks = [number for number, offset in enumerate(offsets) if offset % (5 * np.gcd.reduce(offsets)) == 0]
    ax.set_xticks(ticks, [f"{offsets[tick]:+,}" if offsets[tick] else "0" for tick in ticks])
    ax.set_xlabel(f"bp from {neighborhood.anchors}, upstream to the left")
    return ax


def plot_neighborhood_profiles(neighborhood: Neighborhood, names: Sequence[StateName], *, ax: Axes) -> Axes:
    """Draw fold enrichments along the distance from anchors as lines in the states' colours.

    Parameters
    ----------
    neighborhood
        Of one cell type.
    names
        One per state; the six that reach the highest folds are named, the others are pale.
    ax
        Where to draw; folds below 1/8 stand at the bottom.
    """
    fold = np.maximum(neighborhood.fold, _LOWEST_PROFILE)
    named = set(np.argsort(-np.nan_to_num(fold.max(axis=1)), kind="stable")[:6].tolist())
    for state in _order(names, len(fold)).tolist():
        name, is_named = names[state], state in named
        ax.plot(
            neighborhood.offsets_bp,
            fold[state],
            color=_line_color(name.color),
            linewidth=1.6 if is_named else 0.8,
            alpha=1.0 if is_named else 0.45,
            label=state_label(name) if is_named else None,
        )
    ax.axhline(1, color=OBSERVED, linewidth=0.6, linestyle=":")
    ax.set_yscale("log", base=2)
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.set_xlabel(f"bp from {neighborhood.anchors}")
    ax.set_ylabel("fold over the genome")
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return ax


def plot_switches(fold: StateSwitches, names: Sequence[StateName], *, ax: Axes) -> Axes:
    """Draw how much more often than by chance a base is in one state here and in another in another cell type.

    Parameters
    ----------
    fold
        From :attr:`cisgram.chromatin.switches.Switches.fold`.
    names
        One per state.
    ax
        Where to draw.
    """
    rows = _order(names, len(fold))
    _fold_map(fold[np.ix_(rows, rows)], ax)
    _name_states(names, rows, ax)
    _name_columns([state_label(names[row]) for row in rows], ax)
    ax.set_xlabel("state in another cell type")
    return ax


def plot_state_pairs(
    values: Shades, rows: Sequence[str], columns: Sequence[str], *, ax: Axes, label: str, is_signed: bool
) -> Axes:
    """Draw one number per pair of states of two models or segmentations.

    Parameters
    ----------
    values
        -1 to 1 (correlations, written with two digits) or 0 to 1 (shares, written in per cent).
    rows, columns
        Names of the states.
    ax
        Where to draw.
    label
        What the shades are.
    is_signed
        Whether values may lie below 0.
    """
    if values.shape != (len(rows), len(columns)):
        raise InputError(f"values need a row and a column per name; got {values.shape}, {len(rows)}, {len(columns)}")
    texts = [[f"{value:.2f}" for value in row] for row in values] if is_signed else _percents(values, least=0.005)
    _heat_map(values, ax, norm=Normalize(-1 if is_signed else 0, 1), label=label, texts=texts)
    ax.set_yticks(range(len(rows)), list(rows))
    _name_columns(columns, ax)
    return ax


def short_set_name(name: str) -> str:
    """What a file of intervals is called without what follows its first dot.

    Examples
    --------
    >>> short_set_name("CpGIsland.hg18.chr11.bed.gz")
    'CpGIsland'
    """
    return name.partition(".")[0] or name


def _order(names: Sequence[StateName], n_states: int) -> Rows:
    if len(names) != n_states:
        raise InputError(f"{n_states} states need as many names; got {len(names)}")
    return biological_order(names)


def _percents(values: Shades, *, least: float = 0.0) -> list[list[str]]:
    """Shares in per cent, without a sign; nothing below ``least``."""
    return [[f"{100 * value:.0f}" if value >= max(least, 1e-12) else "" for value in row] for row in values]


def _fold_map(fold: Shades, ax: Axes, *, is_written: bool = True) -> None:
    """Folds as shades of their log2, and in numbers where they find room."""
    log_fold = np.log2(np.maximum(fold, 2 ** (-2 * _DEEPEST)))
    texts = [["" if value != value else _fold_text(value) for value in row] for row in fold]
    ends = max(1.0, min(_DEEPEST, float(np.nanmax(np.abs(np.clip(log_fold, -_DEEPEST, _DEEPEST)), initial=1.0))))
    _heat_map(log_fold, ax, norm=Normalize(-ends, ends), label="log2 fold", texts=texts if is_written else None)


def _fold_text(value: float) -> str:
    if value < 0.005:
        return "0"
    return f"{value:.0f}" if value >= 9.95 else f"{value:.1f}" if value >= 0.095 else f"{value:.2f}"


def _heat_map(values: Shades, ax: Axes, *, norm: Normalize, label: str, texts: list[list[str]] | None = None) -> None:
    """Shades with a bar beside them; numbers in the cells where there are not too many."""
    is_signed = norm.vmin is not None and norm.vmin < 0
    cmap = "RdBu_r" if is_signed else _SHADES
    image = ax.imshow(values, cmap=cmap, norm=norm, aspect="auto", interpolation="nearest")
    if texts is not None and values.size <= _MOST_NUMBERS:
        for (row, column), value in np.ndenumerate(values):
            red, green, blue, _ = image.cmap(norm(value)) if value == value else (1, 1, 1, 1)
            is_dark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.58
            color = "white" if is_dark else OBSERVED
            ax.text(column, row, texts[row][column], ha="center", va="center", fontsize=6.5, color=color)
    ax.tick_params(length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)
    if ax.figure is not None:
        bar = ax.figure.colorbar(image, ax=ax, label=label, shrink=0.7, pad=0.02, aspect=18)
        bar.outline.set_visible(False)  # pyright: ignore[reportAttributeAccessIssue, reportCallIssue]


def _name_states(names: Sequence[StateName], rows: Rows, ax: Axes) -> None:
    """Names at the left, each with a box of its colour; a white line between groups."""
    ax.set_yticks(range(len(rows)), [state_label(names[row]) for row in rows])
    ax.tick_params(axis="y", pad=14)
    for place, row in enumerate(rows):
        box = Rectangle(
            (-0.028, place - 0.36), 0.02, 0.72, transform=ax.get_yaxis_transform(), clip_on=False,
            facecolor=names[row].color, edgecolor="#909090", linewidth=0.4,
        )  # fmt: skip
        ax.add_patch(box)
        if place and names[row].group != names[rows[place - 1]].group:
            ax.axhline(place - 0.5, color="#808080", linewidth=0.7)


def _name_columns(labels: Sequence[str], ax: Axes) -> None:
    ax.set_xticks(range(len(labels)), list(labels), rotation=45, ha="right", rotation_mode="anchor")


def _line_color(color: str) -> str:
    """A colour that is seen as a line on white: the pale ones of maps become grey or darker."""
    return {"#ffff00": "#d8c600", "#e6e6e6": "#a8a8a8", "#c0c0c0": "#8c8c8c"}.get(color, color)
