"""Whether a method saw how help depends on distance: its decay and its helical period."""

from typing import NamedTuple

import numpy as np

from cisgram.arrays import Totals
from cisgram.errors import InputError
from cisgram.simulate.grammar import Grammar
from cisgram.simulate.occupancy import occupancies
from cisgram.simulate.sites import Sites


class SpacingRecovery(NamedTuple):
    """Agreement of two curves of help by distance.

    Attributes
    ----------
    pearson
        Correlation of the two curves; NaN where one is flat.
    helical_share, true_helical_share
        Part of the variance around a smooth trend that a wave of 10.5 bp explains, in the found and in the true curve.
    phase_bp
        By how much the wave of the found curve lies to the right of the true one, -5.25 to 5.25; NaN where either
        has none.
    """

    pearson: float
    helical_share: float
    true_helical_share: float
    phase_bp: float


def true_help(grammar: Grammar, helper: str, helped: str, distances_bp: Totals) -> Totals:
    """How much a site of one motif raises the occupancy of another: the ln of its fold change.

    Both sites have the best sequence of their motif and nothing else is near.

    Parameters
    ----------
    grammar
        The rules.
    helper, helped
        Names of motifs.
    distances_bp
        Between centres; so great that the sites do not overlap. Half-integers where one motif has an even length and
        the other an odd one, else they are rounded to the next possible distance.

    Examples
    --------
    >>> from cisgram.simulate.pluripotency import pluripotency_grammar
    >>> near, far = true_help(pluripotency_grammar(), "Oct4-Sox2", "Nanog", np.array([21.0, 200.0]))
    >>> bool(near > far > 0)
    True
    """
    first, second = grammar.motifs[grammar.index(helper)], grammar.motifs[grammar.index(helped)]
    folds = []
    for distance in distances_bp:
        start = round((first.length - 1) / 2 + distance - (second.length - 1) / 2)
        if start < first.length:
            raise InputError(f"{helper} and {helped} overlap at a distance of {distance} bp; give greater distances")
        pair = Sites(
            np.array([grammar.index(helper), grammar.index(helped)]),
            np.array([0, start]),
            np.array([first.length, start + second.length]),
            np.zeros(2, dtype=bool),
            np.array([first.max_weight, second.max_weight]),
        )
        alone = second.max_weight / (1 + second.max_weight)
        folds.append(np.log(occupancies(pair, grammar)[1] / alone))
    return np.array(folds)


def spacing_recovery(distances_bp: Totals, found: Totals, true: Totals, *, period_bp: float = 10.5) -> SpacingRecovery:
    """Compare a measured curve of help by distance with the true one.

    Parameters
    ----------
    distances_bp
        At least 12 different ones over at least two periods.
    found, true
        ln fold change at each distance; see :func:`true_help`.
    period_bp
        Helical period.

    Raises
    ------
    InputError
        Where there are too few distances, or a value is not finite.
    """
    if np.unique(distances_bp).size < 12 or np.ptp(distances_bp) < 2 * period_bp:
        raise InputError("the spacing needs at least 12 different distances over at least two periods")
    if not (np.isfinite(found).all() and np.isfinite(true).all()):
        raise InputError("both curves must be finite")
    share, phase = _wave(distances_bp, found, period_bp)
    true_share, true_phase = _wave(distances_bp, true, period_bp)
    flat = np.ptp(found) == 0 or np.ptp(true) == 0
    pearson = float("nan") if flat else float(np.corrcoef(found, true)[0, 1])
    turns = (phase - true_phase + 0.5) % 1 - 0.5
    return SpacingRecovery(pearson, share, true_share, float(turns * period_bp))


def _wave(distances_bp: np.ndarray, curve: np.ndarray, period_bp: float) -> tuple[float, float]:
    """Share of the variance around a cubic trend that a wave explains, and its phase in turns (NaN for none)."""
    scaled = (distances_bp - distances_bp.mean()) / np.ptp(distances_bp)
    trend = np.vander(scaled, 4)
    turn = 2 * np.pi * distances_bp / period_bp
    wave = np.column_stack([np.cos(turn), np.sin(turn)])
    before = curve - trend @ np.linalg.lstsq(trend, curve, rcond=None)[0]
    both = np.column_stack([trend, wave])
    fitted = np.linalg.lstsq(both, curve, rcond=None)[0]
    after = curve - both @ fitted
    left = float((before**2).sum())
    if left <= 1e-20 * max(1.0, float((curve**2).sum())):
        return 0.0, float("nan")
    cosine, sine = fitted[-2:]
    return 1 - float((after**2).sum()) / left, float(np.arctan2(sine, cosine) / (2 * np.pi))
