"""Windows of variants: nearby ones share a window, whose place depends on the genome alone."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.genomics.allele_alignment import Change, changed_window
from cisgram.genomics.genome import Genome
from cisgram.genomics.variant import Variant
from cisgram.interpret.variants.config import VariantConfig
from cisgram.interpret.variants.model import VariantModel


class Place(NamedTuple):
    """Where the model reads for a variant."""

    chrom: str
    start: int
    """Of what it reads, in bp; may lie before the contig."""


class PlacedAlleles(NamedTuple):
    """What the model is to read for some variants."""

    places: tuple[Place, ...]
    """Windows, each once."""
    references: np.ndarray
    """Codes, ``window length``, with a margin on either side for shifts."""
    alternatives: np.ndarray
    """Codes, ``variant length``."""
    window_of: np.ndarray
    """Number of each variant's window."""
    changes: tuple[Change, ...]
    """In bp of what the model reads, without the margin."""


def place_of(variant: Variant, model: VariantModel, config: VariantConfig) -> Place:
    """The window of a variant: around the middle of the part of the grid in which it begins; at the start of a bin.

    Examples
    --------
    A model of 600 bp whose predictions are about all of it has a grid of 75 bp, so that a variant lies 37 bp from
    the middle of its window at most.
    """
    geometry, snap = model.geometry, config.snap_of(model)
    middle = variant.start // snap * snap + snap // 2
    width = geometry.bin_size if geometry.n_bins > 1 else 1
    return Place(variant.chrom, (middle - geometry.input_length // 2) // width * width)


def reaches_beyond(place: Place, genome: Genome, *, length_bp: int) -> bool:
    """Whether a window leaves its contig."""
    return place.start < 0 or place.start + length_bp > genome.sizes[place.chrom]


def changed_bp(variant: Variant) -> int:
    """Length of the longer allele, less what both have in common at their ends."""
    change = Change.of(variant, window_start=0)
    return max(change.n_removed, len(change.added))


def place_alleles(
    variants: Sequence[Variant], genome: Genome, model: VariantModel, *, config: VariantConfig
) -> PlacedAlleles:
    """Cut the windows of variants, and put the other alleles into them.

    Parameters
    ----------
    variants
        Normalised, and what the genome says; none longer than ``config.longest_of(model)``.
    genome
        Beyond its contigs stands N.
    model, config
        Lengths, shifts, grid.
    """
    margin, length = config.asking_of(()).margin_bp, model.input_length
    of_variants = [place_of(one, model, config) for one in variants]
    places = tuple(dict.fromkeys(of_variants))
    number = {place: at for at, place in enumerate(places)}
    starts = np.array([place.start for place in places]) - margin
    wide = length + 2 * margin
    ends = starts + wide + config.longest_of(model)
    chroms = [place.chrom for place in places]
    codes = genome.windows(pd.DataFrame({"chrom": chroms, "start": starts, "end": ends}))
    window_of = np.array([number[place] for place in of_variants], dtype=np.int64)
    changes, alternatives = [], []
    for variant, at in zip(variants, window_of.tolist(), strict=True):
        changes.append(Change.of(variant, window_start=places[at].start))
        own = Change.of(variant, window_start=int(starts[at]))
        alternatives.append(changed_window(codes[at], own, length_bp=wide))
    return PlacedAlleles(places, codes[:, :wide].copy(), np.stack(alternatives), window_of, tuple(changes))
