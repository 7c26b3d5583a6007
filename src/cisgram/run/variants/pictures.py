"""Predictions with either allele, as pictures of a variant's page want them."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.genomics.allele_alignment import Change
from cisgram.genomics.contact_pairs import square_of
from cisgram.genomics.sequence import N
from cisgram.genomics.variant import Variant
from cisgram.interpret.variants.config import VariantConfig
from cisgram.interpret.variants.model import VariantModel
from cisgram.interpret.variants.prediction import AllelePredictions, side_by_side
from cisgram.interpret.variants.windows import Place, PlacedAlleles
from cisgram.report.folding_plots import FoldingPicture
from cisgram.report.variants.results import AlleleTracks
from cisgram.run.variants.variant_set import AlleleWindows

MOST_TRACKS = 3
"""Tracks that a page draws: those that change most."""

_BASES_SHOWN = 400


class AllelePictures(NamedTuple):
    """What a page draws; one of the three is filled, by the kind of model."""

    tracks: list[AlleleTracks]
    levels: pd.DataFrame | None
    folding: list[FoldingPicture]


def allele_pictures(model: VariantModel, found: AllelePredictions, row: int, tracks: tuple[int, ...]) -> AllelePictures:
    """Pictures of one variant.

    Parameters
    ----------
    model
        That predicted.
    found
        Predictions of some variants.
    row
        Which of them.
    tracks
        Numbers of the tracks that were asked for.
    """
    ref, alt = found.reference[row], found.alternative[row]
    names = [model.track_names[track] for track in tracks]
    geometry = model.geometry
    if geometry.n_bins == 1 and not geometry.is_pairs:
        return AllelePictures([], pd.DataFrame({"track": names, "ref": ref[:, 0], "alt": alt[:, 0]}), [])
    size = np.nansum(np.abs(alt.astype(np.float64) - ref), axis=-1)
    largest = [int(track) for track in np.argsort(-size, kind="stable")[:MOST_TRACKS]]
    if geometry.is_pairs:
        return AllelePictures([], None, [_folding(model, found, row, track, names[track]) for track in largest])
    first = geometry.first_bp - found.changes[row].start
    return AllelePictures([_along(model, ref[one], alt[one], names[one], first) for one in largest], None, [])


def predict_windows(
    model: VariantModel, windows: Mapping[int, AlleleWindows], config: VariantConfig
) -> AllelePredictions:
    """Predict sequences that were given, not cut from a genome, as :func:`allele_pictures` wants them.

    Parameters
    ----------
    model
        To ask.
    windows
        What it reads of each variant, by its number.
    config
        Strands, shifts, tracks.
    """
    asking = config.asking_of(config.tracks_of(model))
    margin = ((0, 0), (asking.margin_bp, asking.margin_bp))
    codes = [np.stack([getattr(one, side) for one in windows.values()]) for side in ("ref", "alt")]
    references, alternatives = (np.pad(one, margin, constant_values=N) for one in codes)
    changes = tuple(Change.of(Variant(".", one.place, *one.alleles), window_start=0) for one in windows.values())
    n = len(changes)
    # All places that differ count as one stretch where the alleles have one length: nothing moves.
    placed = PlacedAlleles((Place(".", 0),) * n, references, alternatives, np.arange(n), changes)
    found = model.alternatives(references, alternatives, placed.window_of, asking=asking)
    before, after = side_by_side(found, placed, model)
    return AllelePredictions(
        np.array(list(windows)),
        before,
        after,
        found.references.logits,
        found.alternatives.logits,
        placed.places,
        changes,
    )


def _along(model: VariantModel, ref: np.ndarray, alt: np.ndarray, name: str, first: int) -> AlleleTracks:
    """One track along the sequence; of predictions per base, the surroundings of the variant."""
    geometry = model.geometry
    both = [one.astype(np.float64).reshape(geometry.n_strands, geometry.n_bins) for one in (ref, alt)]
    start, end = 0, geometry.n_bins
    if geometry.bin_size == 1 and geometry.n_bins > _BASES_SHOWN:
        start = int(np.clip(-first - _BASES_SHOWN // 2, 0, geometry.n_bins - _BASES_SHOWN))
        end = start + _BASES_SHOWN
    middle = first + start * geometry.bin_size + (geometry.bin_size - 1) / 2
    return AlleleTracks(name, middle, geometry.bin_size, both[0][:, start:end], both[1][:, start:end], model.kind.unit)


def _folding(model: VariantModel, found: AllelePredictions, row: int, track: int, name: str) -> FoldingPicture:
    """Contact maps with either allele and their difference."""
    geometry = model.geometry
    squares = [
        square_of(one[row, track].astype(np.float64), geometry.n_bins, geometry.diagonal_offset)
        for one in (found.reference, found.alternative)
    ]
    place, change = found.places[row], found.changes[row]
    start = place.start + geometry.first_bp
    at = place.start + change.start
    return FoldingPicture(
        title=name,
        caption="Predicted contacts with either allele, and alternative minus reference; the variant is marked.",
        maps=[("reference", squares[0]), ("alternative", squares[1])],
        chrom=place.chrom,
        start_bp=start,
        bin_size=geometry.bin_size,
        difference=("alternative - reference", squares[1] - squares[0]),
        edited=(at, at + max(change.n_removed, 1)),
        edited_name="variant",
    )
