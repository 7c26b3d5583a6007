"""Agreement against depth, and how many reads raw coverage would need to be as good: read off its own curve."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from cisgram.arrays import AnyValues
from cisgram.errors import InputError
from cisgram.training.track_agreement import Agreement

_ROUNDING = 1e-12


class Equivalent(NamedTuple):
    """How many reads raw coverage would need, and the interval of that number.

    ``inf``: more than the deepest raw coverage that was compared; 0: fewer than the shallowest.
    """

    n_reads: float
    low: float
    high: float
    deepest: float
    """Reads of the deepest raw coverage that was compared."""
    shallowest: float

    def times(self, depth: float) -> str:
        """The number as a multiple of a depth, with its interval, for people.

        Examples
        --------
        >>> Equivalent(2e6, 1e6, np.inf, deepest=8e6, shallowest=1e5).times(1e6)
        '2.0 (1.0 to > 8.0)'
        """
        value, low, high = (self._shown(one, depth) for one in (self.n_reads, self.low, self.high))
        return f"{value} ({low} to {high})"

    def _shown(self, n_reads: float, depth: float) -> str:
        if np.isinf(n_reads):
            return f"> {self.deepest / depth:.1f}"
        return f"{n_reads / depth:.1f}" if n_reads > 0 else f"< {self.shallowest / depth:.1f}"


def equivalent_reads(curve: Mapping[float, Agreement], reached: Agreement) -> Equivalent | None:
    """Depth at which raw coverage agrees as well as something else does.

    The raw curve is made monotone (its running maximum) and interpolated along the logarithm of the depth. The interval
    comes from resamples: in each, both the curve and what is compared with it are those of the same blocks.

    Parameters
    ----------
    curve
        Agreement of raw coverage by its number of reads.
    reached
        The agreement to find on the curve.

    Returns
    -------
    Equivalent or None
        None where fewer than two depths have a value, or what was reached has none.

    Raises
    ------
    InputError
        Where resamples differ in number: they must be of the same draws.

    Examples
    --------
    >>> raw = {n: Agreement(r, np.array([r])) for n, r in ((1e5, 0.2), (1e6, 0.4), (1e7, 0.6))}
    >>> found = equivalent_reads(raw, Agreement(0.5, np.array([0.5])))
    >>> f"{found.n_reads:.3g}"
    '3.16e+06'
    """
    known = {depth: one for depth, one in sorted(curve.items()) if not np.isnan(one.value)}
    if len(known) < 2 or np.isnan(reached.value):
        return None
    if {one.resampled.size for one in known.values()} != {reached.resampled.size}:
        raise InputError("curve and what is compared with it must have the same resamples; draw blocks once for both")
    depths = np.array(list(known))
    values = np.array([one.value for one in known.values()])
    resampled = np.stack([one.resampled for one in known.values()])
    drawn = np.array([_on_curve(depths, column, y) for column, y in zip(resampled.T, reached.resampled, strict=True)])
    drawn = drawn[~np.isnan(drawn)]
    found = _on_curve(depths, values, reached.value)
    low, high = (
        # Numbers beyond the curve are infinite, between which nothing can be interpolated.
        (float(np.quantile(drawn, level, method="inverted_cdf")) for level in (0.025, 0.975))
        if drawn.size
        else (np.nan, np.nan)
    )
    return Equivalent(found, low, high, float(depths[-1]), float(depths[0]))


def _on_curve(depths: AnyValues, values: AnyValues, reached: float) -> float:
    """Where a monotone curve reaches a value: ``inf`` beyond its end, 0 before its start, NaN where it has gaps."""
    if np.isnan(reached) or np.isnan(values).any():
        return float("nan")
    rising = np.maximum.accumulate(values)
    if reached > rising[-1] + _ROUNDING:
        return float("inf")
    if reached < rising[0] - _ROUNDING:
        return 0.0
    after = int(np.searchsorted(rising, min(reached, rising[-1]), side="left"))
    if after == 0:
        return float(depths[0])
    share = (min(reached, rising[-1]) - rising[after - 1]) / (rising[after] - rising[after - 1])
    left, right = np.log(depths[after - 1 : after + 1])
    return float(np.exp(left + share * (right - left)))


def difference(one: Agreement, other: Agreement) -> tuple[float, tuple[float, float] | None]:
    """How much better one is than the other, and the interval of that, from the same draws of blocks."""
    both = Agreement(one.value - other.value, one.resampled - other.resampled)
    return both.value, both.interval
