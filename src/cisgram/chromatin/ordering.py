"""The order in which states and marks are shown: like beside like."""

from typing import Literal

import numpy as np

from cisgram.arrays import Rows
from cisgram.genomics.state_model import StateModel


def order_of_states(model: StateModel, by: Literal["emission", "transition"] = "emission") -> Rows:
    """States in an order that puts like ones side by side, as ChromHMM orders them.

    Parameters
    ----------
    model
        The model.
    by
        ``emission``: states are alike whose emissions correlate. ``transition``: states are alike that follow each
        other often.

    Returns
    -------
    Rows
        Which state comes first, second and so on.

    Examples
    --------
    >>> emissions = np.array([[0.9, 0.1, 0.1], [0.1, 0.9, 0.8], [0.8, 0.3, 0.1]])
    >>> model = StateModel(("a", "b", "c"), np.full(3, 1 / 3), np.full((3, 3), 1 / 3), emissions)
    >>> order_of_states(model).tolist()
    [0, 2, 1]
    """
    if by == "emission":
        return _shortest_walk(_correlation_distance(model.emissions))
    return _shortest_walk(2 - (model.transitions + model.transitions.T))


def order_of_marks(model: StateModel) -> Rows:
    """Marks in an order that puts those side by side whose emissions correlate over the states."""
    return _shortest_walk(_correlation_distance(model.emissions.T))


def _correlation_distance(rows: np.ndarray) -> np.ndarray:
    """``sqrt(1 - r)`` of every two rows; rows without variance correlate with none."""
    n = rows.shape[1]
    sums, squares = rows.sum(axis=1), (rows**2).sum(axis=1)
    covariance = (rows[:, None] * rows[None]).sum(axis=2) - sums[:, None] * sums[None] / n
    variance = squares - sums**2 / n
    product = variance[:, None] * variance[None]
    correlation = np.divide(covariance, np.sqrt(product.clip(min=0)), out=np.zeros_like(product), where=product > 0)
    return np.sqrt((1 - correlation).clip(min=0))


def _shortest_walk(distance: np.ndarray) -> np.ndarray:
    """From every start, always on to the nearest one left; the walk of the smallest length in all."""
    n = len(distance)
    best, shortest = np.arange(n), np.inf
    for start in range(n):
        walk, total = [start], 0.0
        while len(walk) < n:
            ahead = distance[:, walk[-1]].copy()
            ahead[walk] = np.inf
            walk.append(int(np.argmin(ahead)))
            total += ahead[walk[-1]]
        if total < shortest:
            best, shortest = np.array(walk), total
    return best
