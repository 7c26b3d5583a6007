"""Predictions of a changed window, put into the places of the reference window so that the two can be compared."""

import numpy as np

from cisgram.genomics.allele_alignment import Change, bin_map, carry_over, place_of_bases
from cisgram.genomics.contact_pairs import pair_bins
from cisgram.interpret.folding.prediction import MapGeometry, squares_of
from cisgram.interpret.folding.structural import map_back, most_frequent
from cisgram.interpret.variants.outputs import OutputGeometry


def carried(values: np.ndarray, change: Change, geometry: OutputGeometry) -> np.ndarray:
    """Put the predictions of one allele where they belong in the reference.

    Counts and rates keep their sum: what inserted bases have goes to the base before them, deleted places get 0, and
    a bin is spread evenly over its bases. Of contact maps, each bin stands for the reference's bin that has most of
    its bases. NaN where the changed window says nothing. A substitution leaves everything in its place, and a model
    with one prediction for the whole window has none to move.

    Parameters
    ----------
    values
        ``track position``.
    change
        In bp of the window.
    geometry
        Of the predictions.
    """
    if change.length_change == 0 or geometry.n_bins == 1:
        return values
    if geometry.is_pairs:
        return _carried_pairs(values, change, geometry)
    mapped = bin_map(change, first_bp=geometry.first_bp, bin_size=geometry.bin_size, n_bins=geometry.n_bins)
    by_strand = values.reshape(len(values), geometry.n_strands, -1)
    return carry_over(by_strand, mapped).reshape(values.shape)


def _carried_pairs(values: np.ndarray, change: Change, geometry: OutputGeometry) -> np.ndarray:
    """The same for pairs of bins."""
    n, width, first = geometry.n_bins, geometry.bin_size, geometry.first_bp
    maps = MapGeometry(geometry.input_length, width, n, first // width, geometry.diagonal_offset)
    source = place_of_bases(change, geometry.input_length)[first : first + n * width]
    there = np.where(source >= 0, (source - first) // width, -1).reshape(n, width)
    there[(there < 0) | (there >= n)] = -1
    bin_of = most_frequent(there)
    if (bin_of == np.arange(n)).all():
        return values
    squares = map_back(squares_of(values[None], maps), bin_of)
    row, column = pair_bins(n, geometry.diagonal_offset)
    return squares[0][:, row, column].astype(values.dtype)
