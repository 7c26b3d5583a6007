"""Changes of contact maps by structural variants: what two experiments measured beside what a model predicts.

Reads of an altered genome are aligned to the reference, so that its contacts lie in bins of the reference: a deleted
stretch is empty, and bins on its two sides, neighbours now, are as far apart as before. Divided by what that distance
expects, they would seem to meet far too often. The bins are therefore put into the order that they have in the altered
genome (those of a deletion left out, those of an inversion backwards), made into a target there, and the target put
back into bins of the reference, exactly as the predicted map is. Bins are moved whole: a breakpoint within one is off
by half a bin at most. The two copies of a duplication cannot be told apart by their reads: pairs with a doubled bin are
left out, and of the rest something can be said only where targets are divided by the expected of the whole map. What a
window without its middle expects is another thing than what the model learnt.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import BinPlaces, Mask, PerDistance, Positions, SquareContacts
from cisgram.data.contact_targets import ContactTargetConfig, contact_target, why_unusable
from cisgram.genomics.contact_pairs import square_of
from cisgram.genomics.contacts import CisContacts
from cisgram.interpret.folding.prediction import MapGeometry
from cisgram.interpret.folding.structural import (
    AlteredWindow,
    StructuralChange,
    StructuralVariant,
    crossing,
    map_back,
    most_frequent,
)

MEASURED_COLUMNS = (
    "chrom",
    "start",
    "end",
    "kind",
    "name",
    "track",
    "pairs_compared",
    "pearson",
    "ceiling",
    "other_variants",
    "predicted_size",
    "measured_size",
    "crossing_predicted",
    "crossing_measured",
    "same_sign",
)
"""One row per variant and map of the model. ``pearson``: of predicted and measured change over the pairs that both
know; ``ceiling``: the most that noise allows, from the changes that two replicates, or halves, measure; NaN without
them; ``other_variants``: mean of r with what is predicted for the other variants, a floor; sizes are root mean squares
in natural-log units; ``crossing``: mean change of contacts between the bins left and right of the variant;
``same_sign``: ``yes``, ``no``, or ``-`` where one is not known."""

_FEWEST_PAIRS = 3


class MeasuredContig(NamedTuple):
    """What an experiment measured of one contig."""

    contacts: CisContacts
    """Balanced, in bins of the reference as wide as the model's."""
    expected: PerDistance | None = None
    """For targets over the whole map, see :func:`cisgram.data.contact_targets.contact_target`."""


class MeasuredChange(NamedTuple):
    """Maps of a window with and without a variant, in bins of the reference; ln observed/expected.

    NaN where one is not known, such as with a doubled bin; ``mapped`` of a duplication is NaN throughout with targets
    over the expected of a window.
    """

    reference: SquareContacts
    mapped: SquareContacts
    """With the variant."""
    change: SquareContacts
    """``mapped`` less ``reference``."""


def bins_along(window: AlteredWindow, bin_size: int) -> BinPlaces:
    """Which bin of its contig holds most bases of each bin of an altered window; -1 for none, or a second copy.

    Parameters
    ----------
    window
        With the variant.
    bin_size
        Width of a bin in bp.

    Examples
    --------
    >>> bases = np.zeros(8, np.uint8)
    >>> bins_along(AlteredWindow(0, bases, bases, np.array([0, 1, 6, 7, 8, 9, 10, 11])), 2).tolist()
    [0, 3, 4, 5]
    """
    bases = window.source.reshape(-1, bin_size)
    return most_frequent(np.where(bases >= 0, bases // bin_size, -1))


def measured_square(
    contig: MeasuredContig, bins: Positions, geometry: MapGeometry, *, config: ContactTargetConfig
) -> SquareContacts:
    """The target of bins of a contig in any order, as a square.

    Parameters
    ----------
    contig
        The experiment.
    bins
        Bins of the contig, as many as the model reads; such as lie outside of it, and -1, are masked.
    geometry
        Of the model.
    config
        How targets are made; gaps are left as they are.

    Returns
    -------
    SquareContacts
        Bins of the model's map; all NaN where too little was measured.
    """
    contacts = contig.contacts
    inside = (bins >= 0) & (bins < contacts.n_bins)
    empty = np.full((geometry.n_bins, geometry.n_bins), np.nan)
    if not inside.any():
        return empty
    first, last = int(bins[inside].min()), int(bins[inside].max()) + 1
    own = np.where(inside, bins - first, 0)
    counts = contacts.dense(first, last, balanced=False)[np.ix_(own, own)]
    weights = np.where(inside, contacts.require_weights()[first:last][own], np.nan)
    balanced = counts * weights[:, None] * weights
    if why_unusable(balanced, max_masked=1.0):
        return empty
    target = contact_target(
        balanced,
        counts,
        crop_bins=geometry.crop,
        diagonal_offset=geometry.diagonal_offset,
        expected=contig.expected,
        config=replace(config, fill_gaps=False),
    )
    return square_of(target, geometry.n_bins, geometry.diagonal_offset)


def measured_change(
    experiments: tuple[MeasuredContig, MeasuredContig],
    variant: StructuralVariant,
    predicted: StructuralChange,
    geometry: MapGeometry,
    *,
    config: ContactTargetConfig,
) -> MeasuredChange:
    """What two experiments say of the window of a variant.

    Parameters
    ----------
    experiments
        The contig of the variant without and with it, both in the places of the reference.
    variant, predicted
        The variant, and its window, from :func:`cisgram.interpret.folding.structural.compare_variants`.
    geometry
        Of the model.
    config
        How targets are made: as those that the model learnt.
    """
    window, width = predicted.window, geometry.bin_size
    here = window.start // width + np.arange(geometry.input_length // width)
    along = bins_along(window, width)
    if variant.kind == "duplication":
        here, along = (np.where(_is_doubled(one, variant, width), -1, one) for one in (here, along))
    reference = measured_square(experiments[0], here, geometry, config=config)
    altered = measured_square(experiments[1], along, geometry, config=config)
    mapped = map_back(altered[None, None], predicted.bin_of)[0, 0]
    if variant.kind == "duplication" and config.expected != "map":
        mapped = np.full_like(mapped, np.nan)
    return MeasuredChange(reference, mapped, mapped - reference)


def _is_doubled(bins: Positions, variant: StructuralVariant, width: int) -> Mask:
    """Which bins have a base of the variant."""
    return (bins >= variant.start // width) & (bins * width < variant.end)


def compare_measured(
    variants: Sequence[StructuralVariant],
    predicted: Sequence[StructuralChange],
    measured: Sequence[MeasuredChange],
    geometry: MapGeometry,
    *,
    repeated: Sequence[tuple[MeasuredChange, MeasuredChange]] = (),
) -> pd.DataFrame:
    """How predicted changes agree with measured ones.

    Parameters
    ----------
    variants, predicted, measured
        One of each, in order.
    geometry
        Of the model.
    repeated
        Of every variant, what two replicates or halves measured apart; without them, there is no ceiling.

    Returns
    -------
    pandas.DataFrame
        :data:`MEASURED_COLUMNS`; ``track`` is a number.
    """
    upper = np.triu_indices(geometry.n_bins, geometry.diagonal_offset)
    differences = [one.mapped[0] - one.reference[0] for one in predicted]
    rows = []
    for number, (variant, own) in enumerate(zip(variants, measured, strict=True)):
        ceiling = _ceiling(*(one.change[upper] for one in repeated[number])) if repeated else float("nan")
        ends = [geometry.bin_at(at - predicted[number].window.start) for at in (variant.start, variant.end - 1)]
        about = (variant.chrom, variant.start, variant.end, variant.kind, variant.name)
        for track, change in enumerate(differences[number]):
            known = np.isfinite(change) & np.isfinite(own.change)
            both = [np.where(known, one, np.nan) for one in (change, own.change)]
            sizes = [_root_mean_square(one[upper]) for one in both]
            across = [float(crossing(one[None, None], ends[0], ends[1])[0, 0]) for one in both]
            others = [one[track][upper] for at, one in enumerate(differences) if at != number]
            floor = [_pearson(one, own.change[upper]) for one in others]
            floor = [one for one in floor if np.isfinite(one)] or [float("nan")]
            agreement = _pearson(both[0][upper], both[1][upper]), ceiling, float(np.mean(floor))
            rows.append((*about, track, int(known[upper].sum()), *agreement, *sizes, *across, _same_sign(*across)))
    return pd.DataFrame(rows, columns=list(MEASURED_COLUMNS))


def _pearson(one: np.ndarray, other: np.ndarray) -> float:
    """Pearson's r of the pairs that both know; NaN where there are few, or one does not vary."""
    known = np.isfinite(one) & np.isfinite(other)
    one, other = one[known], other[known]
    if one.size < _FEWEST_PAIRS or one.std() == 0 or other.std() == 0:
        return float("nan")
    return float(np.corrcoef(one, other)[0, 1])


def _ceiling(one: np.ndarray, other: np.ndarray) -> float:
    """What something without noise could reach with the mean of the two (Spearman and Brown, square root)."""
    between = np.maximum(_pearson(one, other), 0.0)
    return float(np.sqrt(2 * between / (1 + between)))


def _root_mean_square(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(np.sqrt(np.square(known).mean())) if known.size else float("nan")


def _same_sign(one: float, other: float) -> str:
    if not (np.isfinite(one) and np.isfinite(other)):
        return "-"
    return "yes" if np.sign(one) == np.sign(other) else "no"
