"""Sites by cell types: which sites are open where, how many cell types share them, which cell types are alike."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.ticker import MaxNLocator
from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering
from scipy.spatial.distance import squareform

from cisgram.arrays import Rows, Similarities, SiteLabels
from cisgram.errors import EmptySetError, InputError
from cisgram.report.style import FLOOR, OBSERVED, PREDICTED

_MOST_NAMES = 60
_SHADES = LinearSegmentedColormap.from_list("open", ["#f7f7f7", "#9ecae1", PREDICTED, "#08306b"])


def cell_type_similarity(labels: SiteLabels, *, measure: Literal["jaccard", "phi"] = "jaccard") -> Similarities:
    """How alike every two cell types are in their sites.

    Parameters
    ----------
    labels
        0 or 1, sites by cell types.
    measure
        ``jaccard``: sites of both over sites of either, 0 to 1; ``phi``: the correlation of the labels, -1 to 1.
        Cell types without any site (for ``phi`` also those with all) are like no other: 0.

    Examples
    --------
    >>> cell_type_similarity(np.array([[1, 1], [1, 0], [0, 0]], dtype=np.uint8)).tolist()
    [[1.0, 0.5], [0.5, 1.0]]
    """
    values = labels.astype(np.float32)
    both = np.rint(values.T @ values).astype(np.float64)
    own = np.diag(both)
    if measure == "jaccard":
        either = own[:, None] + own[None, :] - both
        similarity = np.divide(both, either, out=np.zeros_like(both), where=either > 0)
    elif measure == "phi":
        spread = np.sqrt(own * (len(labels) - own))
        scale = np.outer(spread, spread)
        joint = len(labels) * both - np.outer(own, own)
        similarity = np.divide(joint, scale, out=np.zeros_like(both), where=scale > 0)
    else:
        raise InputError(f"measure must be 'jaccard' or 'phi'; got {measure!r}")
    np.fill_diagonal(similarity, 1.0)
    return similarity


def cell_type_order(similarity: Similarities) -> Rows:
    """Order of the cell types in which similar ones stand together: average linkage, neighbours as alike as can be.

    Examples
    --------
    >>> order = cell_type_order(np.array([[1.0, 0.1, 0.9], [0.1, 1.0, 0.2], [0.9, 0.2, 1.0]])).tolist()
    >>> order in ([0, 2, 1], [1, 2, 0])
    True
    """
    n = len(similarity)
    if n < 3:
        return np.arange(n)
    distance = squareform(np.maximum(1 - (similarity + similarity.T) / 2, 0) * (1 - np.eye(n)), checks=False)
    return leaves_list(optimal_leaf_ordering(linkage(distance, "average"), distance)).astype(np.int64)


def site_order(labels: SiteLabels) -> Rows:
    """Order of the sites: those of most cell types first, then by the first cell types that have them.

    Examples
    --------
    >>> site_order(np.array([[0, 1], [1, 1], [1, 0]], dtype=np.uint8)).tolist()
    [1, 2, 0]
    """
    packed = np.packbits(1 - labels, axis=1)
    return np.lexsort((*packed.T[::-1], -labels.sum(axis=1, dtype=np.int64)))


def plot_site_heat_map(
    labels: SiteLabels, names: Sequence[str], *, ax: Axes, order: Rows | None = None, max_rows: int = 800
) -> Axes:
    """Draw sites by cell types, those of most cell types on top.

    Every site is in the picture: where there are more than ``max_rows``, neighbours in the order share a row, whose
    shade is the share of them that a cell type has.

    Parameters
    ----------
    labels
        0 or 1, sites by cell types.
    names
        Cell types. Up to 60 are written.
    ax
        Where to draw.
    order
        Of the cell types; by default similar ones stand together (:func:`cell_type_order`).
    max_rows
        Rows of the picture.

    Raises
    ------
    EmptySetError
        Where there are no sites or no cell types.
    InputError
        Where names and labels do not fit together.
    """
    _require_fit(labels, names)
    order = cell_type_order(cell_type_similarity(labels)) if order is None else order
    columns = labels[:, order]
    columns = columns[site_order(columns)]
    edges = np.unique(np.linspace(0, len(columns), min(max_rows, len(columns)) + 1).astype(np.int64))
    shares = np.add.reduceat(columns, edges[:-1], axis=0, dtype=np.int64) / np.diff(edges)[:, None]
    extent = (-0.5, len(names) - 0.5, len(columns), 0)
    ax.imshow(shares, aspect="auto", cmap=_SHADES, vmin=0, vmax=1, extent=extent, interpolation="nearest")
    _write_numbers_of_cell_types(columns.sum(axis=1, dtype=np.int64), ax)
    _write_names([str(names[one]) for one in order], ax)
    per_row = len(columns) / (len(edges) - 1)
    rows = "" if per_row == 1 else f", {per_row:.3g} per row"
    ax.set_ylabel(f"{len(columns):,} sites{rows}; number of cell types on the left")
    return ax


def plot_sites_by_number(labels: SiteLabels, *, ax: Axes) -> Axes:
    """Draw the share of sites by the number of cell types that have them, beside independent cell types.

    Grey is what cell types would give that have as many sites each, drawn apart from one another, among the sites
    that at least one has.
    """
    _require_fit(labels, range(labels.shape[1]))
    n_cell_types = labels.shape[1]
    numbers = labels.sum(axis=1, dtype=np.int64)
    present = numbers[numbers > 0]
    if not present.size:
        raise EmptySetError("sites that a cell type has", dropped={"without any cell type": len(numbers)})
    observed = np.bincount(present, minlength=n_cell_types + 1)[1:] / present.size
    x = np.arange(1, n_cell_types + 1)
    ax.bar(x, 100 * observed, width=0.9 if n_cell_types <= _MOST_NAMES else 1.0, color=PREDICTED, label="observed")
    ax.step(x, 100 * expected_by_number(labels), where="mid", color=OBSERVED, linewidth=0.9, label="independent")
    ax.set_xlim(0.4, n_cell_types + 0.6)
    ax.set_xlabel("cell types that have the site")
    ax.set_ylabel("% of sites")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))
    ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2)  # above: bars may fill every corner
    return ax


def expected_by_number(labels: SiteLabels) -> Float[np.ndarray, "cell_type"]:
    """Share of sites in 1, 2, ... cell types if these were independent, among the sites that at least one has.

    Each cell type has its share of all rows that any has; the number of cell types of a site then follows a
    Poisson-binomial distribution, here without its 0.

    Examples
    --------
    >>> expected_by_number(np.array([[1, 1], [1, 0], [0, 1], [1, 1]], dtype=np.uint8)).round(3).tolist()
    [0.4, 0.6]
    """
    present = labels[labels.any(axis=1)]
    chance = np.array([1.0])
    for share in present.mean(axis=0):
        chance = np.append(chance * (1 - share), 0.0) + np.append(0.0, chance * share)
    return chance[1:] / max(chance[1:].sum(), np.finfo(float).tiny)


def plot_cell_type_similarity(
    similarity: Similarities,
    names: Sequence[str],
    *,
    ax: Axes,
    order: Rows | None = None,
    label: str = "Jaccard index of sites",
) -> Axes:
    """Draw how alike every two cell types are; the diagonal, which is 1, stays grey and sets no limit of the shades.

    Parameters
    ----------
    similarity
        From :func:`cell_type_similarity`.
    names
        Cell types.
    ax
        Where to draw; the bar of shades takes some of its room.
    order
        Of the cell types; by default similar ones stand together.
    label
        What the shades are.
    """
    if similarity.shape[0] != len(names) or not len(names):
        raise InputError(f"similarity needs one row per cell type; got {similarity.shape} and {len(names)} names")
    order = cell_type_order(similarity) if order is None else order
    n = len(names)
    shown = np.ma.array(similarity[np.ix_(order, order)], mask=np.eye(n, dtype=bool))
    highest = float(shown.max()) if n > 1 else 1.0
    lowest = min(0.0, float(shown.min())) if n > 1 else 0.0
    shades = _SHADES.with_extremes(bad=FLOOR)
    image = ax.imshow(shown, cmap=shades, vmin=lowest, vmax=max(highest, lowest + 1e-9), interpolation="nearest")
    if ax.figure is not None:
        ax.figure.colorbar(image, ax=ax, shrink=0.6, label=label)
    _write_names([str(names[one]) for one in order], ax)
    if n <= _MOST_NAMES:
        ax.set_yticks(range(n), [str(names[one]) for one in order], fontsize=_name_size(n))
    else:
        ax.set_yticks([])
    ax.tick_params(length=0)
    return ax


def _require_fit(labels: SiteLabels, names: Sequence[object]) -> None:
    """Refuse what cannot be drawn."""
    if labels.shape[1] != len(names):
        raise InputError(f"labels need one column per cell type; got {labels.shape[1]} columns and {len(names)} names")
    if not labels.size:
        raise EmptySetError("sites to draw", dropped={}, hint=f"labels are {labels.shape[0]} by {labels.shape[1]}")


def _write_numbers_of_cell_types(numbers: Rows, ax: Axes) -> None:
    """Mark on the left where the sites of so many cell types begin, as far as there is room."""
    least = len(numbers) / 30
    ticks, texts, last = [], [], -np.inf
    for number in np.unique(numbers)[::-1]:
        rows = np.flatnonzero(numbers == number)
        middle = (rows[0] + rows[-1] + 1) / 2
        if middle - last >= least:
            ticks.append(middle)
            texts.append(str(int(number)))
            last = middle
    ax.set_yticks(ticks, texts)
    ax.tick_params(axis="y", length=0)


def _write_names(names: Sequence[str], ax: Axes) -> None:
    """Write the cell types below the columns; only their number where they are too many."""
    if len(names) <= _MOST_NAMES:
        ax.set_xticks(
            range(len(names)), list(names), rotation=90 if len(names) > 4 else 0, fontsize=_name_size(len(names))
        )
        ax.tick_params(axis="x", length=0)
    else:
        ax.set_xticks([])
        ax.set_xlabel(f"{len(names)} cell types, similar ones side by side")


def _name_size(n: int) -> float:
    return 7.5 if n <= 24 else 5.5
