"""How far a Basenji sees: what every layer adds, and how many dilated convolutions reach a distance."""

from typing import NamedTuple

import pandas as pd

from cisgram.errors import ConfigError
from cisgram.models.basenji import BasenjiConfig

REACH_COLUMNS = ("layer", "dilation", "reach_bins", "left_bp", "right_bp", "sees_bp", "beyond_window")
"""Layer; its dilation in bins (0: it has none); bins to either side that one bin sees behind it; bases to the left and
to the right of that bin; all that it sees in bp, itself included; whether the bin in the middle would see bases beyond
the window, where there are zeros."""

ADVICE_COLUMNS = ("dilation_rate", "n_trunk_blocks", "reach_bp", "largest_dilation_bp")
"""Growth of the dilation; blocks that reach the distance; how far these reach to either side in bp; the widest step
between two taps in bp."""


class _Span(NamedTuple):
    """Bases around a bin."""

    left: int
    right: int


def dilation_plan(config: BasenjiConfig) -> pd.DataFrame:
    """What one predicted bin sees behind every layer of a Basenji.

    Parameters
    ----------
    config
        Its form.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`REACH_COLUMNS`: a row for stem and tower together, and one for every block of the trunk. A
        recurrent block sees everything. Bases are those that can change the bin at all; how much they do is another
        question.

    Examples
    --------
    >>> plan = dilation_plan(BasenjiConfig.published())
    >>> int(plan.reach_bins.iloc[-1]), int(plan.sees_bp.iloc[-1]), bool(plan.beyond_window.any())
    (212, 54918, False)
    """
    n_bins = config.input_length // config.bin_size
    middle = n_bins // 2
    dilations = config.dilations or (0,) * config.n_trunk_blocks
    rows, reach = [], 0
    for layer, dilation in (("tower", 0), *((f"{config.trunk} {i}", d) for i, d in enumerate(dilations, 1))):
        sees_all = config.trunk == "recurrent" and layer != "tower"
        reach = n_bins if sees_all else reach + dilation
        span = _of_bins(config, reach)
        beyond = not sees_all and (
            middle * config.bin_size < span.left or (n_bins - middle - 1) * config.bin_size < span.right
        )
        sees = config.input_length if sees_all else span.left + config.bin_size + span.right
        rows.append((layer, dilation, reach, span.left, span.right, sees, beyond))
    return pd.DataFrame(rows, columns=[*REACH_COLUMNS])


def blocks_to_see(distance_bp: int, *, bin_size: int, dilation_rate: float, first_dilation: int = 1) -> int:
    """Fewest dilated convolutions of width 3 that reach a distance to either side.

    Parameters
    ----------
    distance_bp
        Such as that of an enhancer from its promoter.
    bin_size
        Width of a bin in bp.
    dilation_rate, first_dilation
        As in :class:`~cisgram.models.basenji.BasenjiConfig`.

    Examples
    --------
    >>> blocks_to_see(20_000, bin_size=128, dilation_rate=1.5)
    11
    """
    return len(_dilations_to(distance_bp, bin_size=bin_size, rate=dilation_rate, first=first_dilation))


def advise_dilations(
    distance_bp: int, *, bin_size: int, dilation_rates: tuple[float, ...] = (1.5, 1.75, 2.0, 3.0)
) -> pd.DataFrame:
    """Trunks of dilated convolutions that reach a distance to either side, one for every growth of the dilation.

    Slower growth takes more blocks, and looks at the distance more evenly: a rate of 3 is the most at which no bin is
    passed over.

    Parameters
    ----------
    distance_bp
        How far to see.
    bin_size
        Width of a bin in bp.
    dilation_rates
        Growth of the dilation.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`ADVICE_COLUMNS`.

    Examples
    --------
    >>> advise_dilations(100_000, bin_size=128)[["dilation_rate", "n_trunk_blocks"]].values.tolist()
    [[1.5, 15.0], [1.75, 11.0], [2.0, 10.0], [3.0, 7.0]]
    """
    rows = []
    for rate in dilation_rates:
        found = _dilations_to(distance_bp, bin_size=bin_size, rate=rate, first=1)
        rows.append((rate, len(found), sum(found) * bin_size, found[-1] * bin_size))
    return pd.DataFrame(rows, columns=[*ADVICE_COLUMNS])


def _dilations_to(distance_bp: int, *, bin_size: int, rate: float, first: int) -> list[int]:
    """Dilations, each made of the one before, whose sum reaches the distance."""
    if distance_bp < 1 or bin_size < 1 or first < 1:
        raise ConfigError(
            "a distance, the width of a bin and the first dilation must be at least 1; got "
            f"{distance_bp}, {bin_size} and {first}"
        )
    if not 1 <= rate < float("inf"):
        raise ConfigError(f"dilation_rate must be a number of at least 1; got {rate}")
    found = [first]
    while sum(found) * bin_size < distance_bp:
        found.append(round(found[-1] * rate))
    return found


def _of_bins(config: BasenjiConfig, reach: int) -> _Span:
    """Bases to the left and right of a bin that it and so many bins to either side are made of."""
    left = right = reach  # in positions of the layer
    for width, pool in zip(reversed(config.widths), reversed(config.pools), strict=True):
        left, right = left * pool + (width - 1) // 2, right * pool + width // 2
    return _Span(left, right)
