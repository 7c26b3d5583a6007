"""What a model is to predict of a window of a contact map: log observed over expected of every pair of bins.

Step by step as Fudenberg, Kelley and Pollard (2020, "Predicting 3D genome folding from DNA sequence with Akita")
prepare theirs: near diagonals and high values are brought down to the typical second neighbour, pixels of few counts
smoothed, divided by what their distance expects within the window (or in the whole map), the natural logarithm taken
and cut off, gaps filled.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.ndimage import gaussian_filter

from cisgram.arrays import PairValues, PerDistance, SquareContacts, WindowBins
from cisgram.errors import ConfigError, InputError
from cisgram.genomics.contact_matrix import (
    adaptive_coarsegrain,
    fill_gaps,
    observed_over_expected,
    with_near_diagonals,
)
from cisgram.genomics.contact_pairs import pairs_of


@dataclass(frozen=True)
class ContactTargetConfig:
    """How a stretch of a contact map becomes what the model is to predict."""

    expected: Literal["window", "map"] = "window"
    """What contacts are divided by: the mean of their distance within the window, as in Akita, or within the whole
    contig of the map, as with ``--global_obsexp`` of its ``akita_data.py``. With ``window``, all windows have a mean of
    about 0 at every distance, and one that lies wholly in a dense or in a loose stretch, such as one compartment, looks
    like any other; that is what one wants of boundaries and loops, and of maps of unlike depth along the genome.
    ``map`` keeps how dense a window is as a whole, for windows that are short beside compartments; it needs contigs
    much longer than windows, and lets copy numbers and gaps in coverage that balancing left speak as well."""
    clip: float = 2.0
    """Natural log observed over expected is cut off at minus and plus this; e^2 is 7.4 times."""
    min_counts: float = 2.0
    """Pixels with fewer counts take the mean of the smallest square around them that has enough; 0: no smoothing. The
    squares lie on one grid in every window: a high number leaves its pattern behind, which the floor of the average
    map then knows; ``blur_bins`` does not."""
    max_levels: int = 8
    """That square has at most 2 to this power bins a side."""
    blur_bins: float = 0.0
    """Width (standard deviation, in bins) of a Gaussian that everything is smoothed with at the end; 0 for none."""
    fill_gaps: bool = True
    """Fill bins that are masked from those beside them, as Akita does; false: they are left out of the loss. Figures
    of the report leave them out in any case."""
    max_masked: float = 0.5
    """Windows in which a larger share of bins is masked, in any of the maps, are left out."""

    def __post_init__(self) -> None:
        if self.clip <= 0 or self.min_counts < 0 or self.max_levels < 1 or self.blur_bins < 0:
            raise ConfigError(
                "targets: clip must be above 0, max_levels at least 1, min_counts and blur_bins not negative; got "
                f"{self}"
            )
        if not 0 <= self.max_masked < 1:
            raise ConfigError(f"targets.max_masked must be at least 0 and below 1; got {self.max_masked}")


def contact_target(
    balanced: SquareContacts,
    counts: SquareContacts,
    *,
    crop_bins: int = 0,
    diagonal_offset: int = 2,
    expected: PerDistance | None = None,
    config: ContactTargetConfig = ContactTargetConfig(),
) -> PairValues:
    """Natural log observed over expected of the pairs of bins of a window.

    Parameters
    ----------
    balanced
        Balanced contacts of the window, with the bins that are cropped; NaN in masked bins.
    counts
        Contacts of the same pixels as counted: where there are few, values are smoothed.
    crop_bins
        Bins left out on either side of the result; they count for the expected all the same.
    diagonal_offset
        Pairs less than so many bins apart are left out; with 2, a bin with itself and with its neighbours.
    expected
        Mean balanced contact by distance in bins, from 0 on, for ``config.expected = "map"``, such as
        :func:`cisgram.hic.expected.contig_expected` gives it; numbers above 0 from the second diagonal on.
    config
        Settings.

    Returns
    -------
    PairValues
        In the order of :func:`cisgram.genomics.contact_pairs.pair_bins`; NaN for pairs with a masked bin where gaps are
        not filled.

    Raises
    ------
    InputError
        Where nothing can be expected: see :func:`why_unusable`; or ``expected`` does not reach as far as the window.
    ConfigError
        Where ``expected`` is given and not asked for, or the other way round.
    """
    if (config.expected == "map") != (expected is not None):
        raise ConfigError("targets.expected = 'map' goes with the expected contacts of the map, and 'window' without")
    if reason := why_unusable(balanced, max_masked=1.0):
        raise InputError(f"this window of a contact map has no target: {reason}")
    masked = masked_bins(balanced)
    ceiling = float(np.nanmedian(np.diagonal(balanced, 2)))
    capped = np.clip(with_near_diagonals(balanced, 2, ceiling), 0, ceiling)
    capped[masked], capped[:, masked] = np.nan, np.nan
    if config.min_counts:
        capped = adaptive_coarsegrain(capped, counts, cutoff=config.min_counts, max_levels=config.max_levels)
    ratio = observed_over_expected(capped, ~np.isnan(capped)) if expected is None else _divided(capped, expected)
    with np.errstate(divide="ignore"):  # wide places without a contact: minus infinity, cut off
        logged = np.clip(np.log(ratio), -config.clip, config.clip)
    filled = with_near_diagonals(fill_gaps(logged), 2, 0.0)
    if config.blur_bins:
        filled = gaussian_filter(filled, config.blur_bins, mode="constant")
    if not config.fill_gaps:
        filled[masked], filled[:, masked] = np.nan, np.nan
    inner = slice(crop_bins, len(filled) - crop_bins)
    return pairs_of(filled[inner, inner], diagonal_offset)


def _divided(contacts: SquareContacts, expected: PerDistance) -> SquareContacts:
    """Over what each distance expects; the first two diagonals, which hold the typical second neighbour, as that."""
    n_bins = len(contacts)
    own = expected[:n_bins].copy()
    own[:2] = own[2:3]
    if len(own) < n_bins or not (own > 0).all():
        raise InputError(
            f"expected contacts must be numbers above 0 for all distances of the window, 2 to {n_bins - 1} bins; got "
            f"{(own > 0).sum()} of {n_bins}"
        )
    place = np.arange(n_bins)
    return contacts / own[np.abs(place[:, None] - place)]


def masked_bins(balanced: SquareContacts) -> WindowBins:
    """Which bins of a window are masked: they have no balanced contact with any bin."""
    return np.asarray(np.isnan(balanced).all(axis=1))


def why_unusable(balanced: SquareContacts, *, max_masked: float) -> str:
    """Why a window of a map cannot be a target; empty where it can.

    Parameters
    ----------
    balanced
        Balanced contacts of the window; NaN in masked bins.
    max_masked
        Largest share of bins that may be masked.

    Examples
    --------
    >>> why_unusable(np.full((4, 4), np.nan), max_masked=0.5)
    'too many masked bins'
    >>> why_unusable(np.zeros((4, 4)), max_masked=0.5)
    'hardly any contacts'
    """
    if masked_bins(balanced).mean() > max_masked:
        return "too many masked bins"
    near = np.diagonal(balanced, 2)
    if np.isnan(near).all():
        return "too many masked bins"
    # Everything is brought down to the median of this diagonal: where that is 0, nothing is left.
    return "" if np.nanmedian(near) > 0 else "hardly any contacts"
