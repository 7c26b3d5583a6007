"""Predictions of variants: both alleles side by side, in the places of the reference."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from cisgram.errors import InputError
from cisgram.genomics.allele_alignment import Change
from cisgram.genomics.genome import Genome
from cisgram.genomics.variant import Variant
from cisgram.genomics.variant_table import DUPLICATE, NEAR_EDGE, OK, SCORED, TOO_LONG, CheckedAlleles, is_turned
from cisgram.interpret.variants.carry import carried
from cisgram.interpret.variants.config import AS_USUAL, VariantConfig
from cisgram.interpret.variants.model import Predicted, VariantModel
from cisgram.interpret.variants.windows import (
    Place,
    PlacedAlleles,
    changed_bp,
    place_alleles,
    place_of,
    reaches_beyond,
)

_NUMBERS_AT_ONCE = 1 << 25
"""Predicted numbers that are held together, per allele."""

_MOST_AT_ONCE = 512
"""Variants that are predicted together at most."""


class AllelePredictions(NamedTuple):
    """What a model says of both alleles of some variants."""

    rows: np.ndarray
    """Numbers of rows of the table of alleles, ``variant``."""
    reference: np.ndarray
    """Of the file's REF, ``variant track position``, in the unit of the model's
    :class:`~cisgram.interpret.variants.outputs.OutputKind`; NaN where one of both alleles has no prediction."""
    alternative: np.ndarray
    """The same of ALT, in the places of the genome's allele."""
    reference_logits: np.ndarray
    """What values were made of, ``variant track number``, in the places of the window that was read."""
    alternative_logits: np.ndarray
    places: tuple[Place, ...]
    """Window of each variant."""
    changes: tuple[Change, ...]
    """What each changes in its window; of swapped alleles, from ALT to REF."""


def with_window_statuses(
    checked: CheckedAlleles, genome: Genome, model: VariantModel, *, config: VariantConfig
) -> CheckedAlleles:
    """Add what depends on the model: which alleles are too long, and which windows reach beyond their contig.

    Parameters
    ----------
    checked
        Of :func:`cisgram.genomics.variant_table.check_alleles`.
    genome, model, config
        As in :func:`predict_alleles`.
    """
    statuses, changes = [], []
    longest, margin = config.longest_of(model), config.asking_of(()).margin_bp
    for status, change in zip(checked.table["status"].tolist(), checked.changes, strict=True):
        if change is not None and changed_bp(change) > longest:
            status, change = TOO_LONG, None
        elif change is not None and status in (OK, DUPLICATE):
            place = place_of(change, model, config)
            wide = Place(place.chrom, place.start - margin)
            is_beyond = reaches_beyond(wide, genome, length_bp=model.input_length + 2 * margin)
            status = NEAR_EDGE if is_beyond and status == OK else status
        statuses.append(status)
        changes.append(change)
    return CheckedAlleles(checked.table.assign(status=statuses), tuple(changes), checked.contigs)


def predict_alleles(
    model: VariantModel,
    checked: CheckedAlleles,
    genome: Genome,
    *,
    rows: Sequence[int] | None = None,
    config: VariantConfig = AS_USUAL,
) -> Iterator[AllelePredictions]:
    """Predict both alleles of variants, window after window.

    Parameters
    ----------
    model
        To ask.
    checked
        Alleles and what they are, of :func:`with_window_statuses`; only those that are scored are predicted.
    genome
        The reference.
    rows
        Numbers of the rows to predict; all, if not given.
    config
        Windows, strands, shifts, tracks.

    Yields
    ------
    AllelePredictions
        Of a few variants, sorted by window, not by row.
    """
    statuses = checked.table["status"].tolist()
    wanted = range(len(statuses)) if rows is None else rows
    scored = [row for row in wanted if statuses[row] in SCORED]
    own = {row: place_of(_change(checked, row), model, config) for row in scored}
    scored.sort(key=lambda row: (own[row], row))
    tracks = config.tracks_of(model)
    n_numbers = len(tracks) * n_positions(model)
    step = max(1, min(_MOST_AT_ONCE, _NUMBERS_AT_ONCE // n_numbers))
    for start in range(0, len(scored), step):
        part = scored[start : start + step]
        yield _predict(model, checked, genome, part, config)


def n_positions(model: VariantModel) -> int:
    """Values per allele and track."""
    geometry = model.geometry
    if not geometry.is_pairs:
        return geometry.n_bins * geometry.n_strands
    side = geometry.n_bins - geometry.diagonal_offset
    return side * (side + 1) // 2


def side_by_side(
    predicted: tuple[Predicted, Predicted], placed: PlacedAlleles, model: VariantModel
) -> tuple[np.ndarray, np.ndarray]:
    """Values of windows, one for each alternative, and of the alternatives in the places of the windows.

    Where one of both has no prediction, both are NaN.
    """
    references, alternatives = predicted
    before = references.values[placed.window_of]
    after = np.stack(
        [
            carried(values, change, model.geometry)
            for values, change in zip(alternatives.values, placed.changes, strict=True)
        ]
    )
    unknown = np.isnan(before) | np.isnan(after)
    before[unknown] = after[unknown] = np.nan
    return before, after


def _predict(
    model: VariantModel, checked: CheckedAlleles, genome: Genome, rows: list[int], config: VariantConfig
) -> AllelePredictions:
    """Both alleles of variants that go through the model together."""
    asking = config.asking_of(config.tracks_of(model))
    placed = place_alleles([_change(checked, row) for row in rows], genome, model, config=config)
    found = model.alternatives(placed.references, placed.alternatives, placed.window_of, asking=asking)
    before, after = side_by_side(found, placed, model)
    logits = found.references.logits[placed.window_of], found.alternatives.logits
    turned = np.array([is_turned(status) for status in checked.table["status"].iloc[rows]])[:, None, None]
    return AllelePredictions(
        np.array(rows),
        np.where(turned, after, before),
        np.where(turned, before, after),
        np.where(turned, logits[1], logits[0]),
        np.where(turned, logits[0], logits[1]),
        tuple(placed.places[at] for at in placed.window_of.tolist()),
        placed.changes,
    )


def _change(checked: CheckedAlleles, row: int) -> Variant:
    """The change of a row that is scored."""
    change = checked.changes[row]
    if change is None:
        raise InputError(f"row {row} of the table has no change that could be predicted")
    return change
