"""Structural variants: a window around a deletion, duplication or inversion is made again, and its map compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias, get_args

import numpy as np
import pandas as pd
from torch import nn

from cisgram.arrays import BinPlaces, BinsOfBases, ChangePerMap, ContactSquares, SequenceCodes
from cisgram.errors import InputError
from cisgram.genomics.genome import Genome
from cisgram.interpret.experiments.responses import Asking, Progress
from cisgram.interpret.folding.prediction import BOTH_STRANDS, MapGeometry, fold, geometry_of, squares_of
from cisgram.interpret.folding.scores import insulation_at

VariantKind: TypeAlias = Literal["deletion", "duplication", "inversion"]
"""``duplication``: in tandem, the second copy right after the first."""

STRUCTURAL_COLUMNS = (
    "chrom",
    "start",
    "end",
    "kind",
    "name",
    "track",
    "pairs_compared",
    "root_mean_square",
    "mean_change",
    "insulation_left_before",
    "insulation_left_after",
    "insulation_right_before",
    "insulation_right_after",
    "crossing_before",
    "crossing_after",
)
"""One row per variant and map. ``root_mean_square`` and ``mean_change``: over pairs that both have, in bins of
the reference; insulation at the two ends of the variant, of the same bins of the genome; ``crossing``: mean contacts
between the bins left and right of the variant, up to the reach of insulation."""


@dataclass(frozen=True)
class StructuralVariant:
    """A stretch that is lost, doubled or turned round.

    Parameters
    ----------
    chrom
        Contig.
    start, end
        0-based, half-open, in bp.
    kind
        What happens to it.
    name
        For people.

    Examples
    --------
    >>> len(StructuralVariant("I", 100, 400, "deletion"))
    300
    """

    chrom: str
    start: int
    end: int
    kind: VariantKind
    name: str = "."

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise InputError(f"a variant needs 0 <= start < end; got {self.chrom} {self.start} to {self.end}")
        if self.kind not in get_args(VariantKind):
            raise InputError(f"a variant is one of {', '.join(get_args(VariantKind))}; got {self.kind!r}")

    def __len__(self) -> int:
        return self.end - self.start


class AlteredWindow(NamedTuple):
    """A window with and without a variant."""

    start: int
    """Where the window begins in the genome, in bp; at the start of a bin. It may lie before the contig."""
    reference: SequenceCodes
    altered: SequenceCodes
    """The same left end; as long as the reference, so its right end reaches less or further."""
    source: np.ndarray
    """Position in the genome of every base of the altered window, ``length``; in a second copy -1."""


class StructuralChange(NamedTuple):
    """Maps with and without a variant."""

    window: AlteredWindow
    reference: ContactSquares
    """``1 track bin bin``."""
    altered: ContactSquares
    """In the bins of the altered window."""
    mapped: ContactSquares
    """The altered map in the bins of the reference; NaN where these are not in it."""
    bin_of: BinPlaces
    """For every bin of the altered map, that of the reference whose bases it holds; -1 for none."""


def altered_window(genome: Genome, variant: StructuralVariant, geometry: MapGeometry) -> AlteredWindow:
    """Cut a window around the middle of a variant, and make it again with the variant.

    Parameters
    ----------
    genome
        With the contig of the variant.
    variant
        At most half as long as the map.
    geometry
        Of the model.

    Raises
    ------
    InputError
        Where the variant is longer, or lies beyond its contig.
    """
    size = genome.sizes.get(variant.chrom, 0)
    if variant.end > size:
        raise InputError(f"{variant.chrom}:{variant.start + 1}-{variant.end} lies beyond its contig of {size} bp")
    if len(variant) * 2 > geometry.n_bins * geometry.bin_size:
        raise InputError(
            f"{variant.name} at {variant.chrom}:{variant.start + 1}-{variant.end} has {len(variant)} bp; a map of "
            f"{geometry.n_bins * geometry.bin_size} bp shows variants of half of that at most"
        )
    middle = (variant.start + variant.end) // 2
    start = round((middle - geometry.input_length / 2) / geometry.bin_size) * geometry.bin_size
    length, s, e = geometry.input_length, variant.start, variant.end
    left, own = np.arange(start, s), np.arange(s, e)
    right = np.arange(e, start + length + len(variant))
    middles = {"deletion": [], "duplication": [own, own], "inversion": [own[::-1]]}[variant.kind]
    places = np.concatenate([left, *middles, right])[:length]
    is_turned = np.zeros(length, dtype=bool)
    if variant.kind == "inversion":
        is_turned[left.size : left.size + own.size] = True
    source = places.copy()
    if variant.kind == "duplication":
        source[left.size + own.size : left.size + 2 * own.size] = -1
    reach = pd.DataFrame({"chrom": [variant.chrom], "start": [start], "end": [start + length + len(variant)]})
    bases = genome.windows(reach)[0]
    altered = bases[places - start]
    altered[is_turned & (altered < 4)] = 3 - altered[is_turned & (altered < 4)]
    return AlteredWindow(start, bases[:length].copy(), altered, source)


def bins_of_altered(window: AlteredWindow, geometry: MapGeometry) -> BinPlaces:
    """The reference's bin that holds most bases of each bin of the altered map; -1 where less than half are in one."""
    first, n, width = geometry.first_bp, geometry.n_bins, geometry.bin_size
    inside = window.source[first : first + n * width].reshape(n, width)
    there = np.where(inside >= 0, (inside - window.start) // width - geometry.crop, -1)
    there[(there < 0) | (there >= n)] = -1
    return most_frequent(there)


def most_frequent(there: BinsOfBases) -> BinPlaces:
    """The number that most bases of each bin have; -1 where less than half have the same, or none at all.

    Parameters
    ----------
    there
        A number per base, ``bin base``; below 0 for none.

    Examples
    --------
    >>> most_frequent(np.array([[4, 4, 5, -1], [7, 8, 9, 6]])).tolist()
    [4, -1]
    """
    best = np.full(len(there), -1, dtype=np.int64)
    for bin_, bases in enumerate(there):
        values, counts = np.unique(bases[bases >= 0], return_counts=True)
        if counts.size and counts.max() * 2 >= len(bases):
            best[bin_] = values[counts.argmax()]
    return best


def compare_variants(
    model: nn.Module,
    genome: Genome,
    variants: Sequence[StructuralVariant],
    *,
    asking: Asking = BOTH_STRANDS,
    progress: Progress | None = None,
) -> tuple[list[StructuralChange], pd.DataFrame]:
    """Predict maps with and without structural variants.

    Parameters
    ----------
    model
        Of contact maps.
    genome
        Where windows are cut from; beyond a contig stands N.
    variants
        Each alone.
    asking
        Strands and batches.
    progress
        Told about variants done and to do.

    Returns
    -------
    tuple of list of StructuralChange and pandas.DataFrame
        In the order of the variants; :data:`STRUCTURAL_COLUMNS`.
    """
    geometry = geometry_of(model)
    found, rows = [], []
    for number, variant in enumerate(variants):
        window = altered_window(genome, variant, geometry)
        maps = fold(model, np.stack([window.reference, window.altered]), asking=asking)
        squares = squares_of(maps, geometry)
        bin_of = bins_of_altered(window, geometry)
        change = StructuralChange(window, squares[:1], squares[1:], map_back(squares[1:], bin_of), bin_of)
        found.append(change)
        rows += _rows(variant, change, geometry)
        if progress is not None:
            progress(number + 1, len(variants))
    return found, pd.DataFrame(rows, columns=list(STRUCTURAL_COLUMNS))


def map_back(altered: ContactSquares, bin_of: BinPlaces) -> ContactSquares:
    """A map in the bins of the reference: the mean of what stands for a pair, NaN where nothing does.

    Examples
    --------
    >>> map_back(np.array([[[[1.0, 2.0], [2.0, 4.0]]]]), np.array([1, -1]))[0, 0].tolist()
    [[nan, nan], [nan, 1.0]]
    """
    n = altered.shape[-1]
    own = np.flatnonzero(bin_of >= 0)
    row, column = np.meshgrid(bin_of[own], bin_of[own], indexing="ij")
    mapped = np.full(altered.shape, np.nan, dtype=np.float64)
    for place in np.ndindex(*altered.shape[:2]):
        values = altered[place][np.ix_(own, own)].astype(np.float64)
        known = np.isfinite(values)
        total, count = np.zeros((n, n)), np.zeros((n, n))
        np.add.at(total, (row[known], column[known]), values[known])
        np.add.at(count, (row[known], column[known]), 1)
        mapped[place] = np.divide(total, count, out=np.full((n, n), np.nan), where=count > 0)
    return mapped


def crossing(squares: ContactSquares, left: int, right: int, *, width: int = 8) -> ChangePerMap:
    """Mean contacts between up to ``width`` bins left of bin ``left`` and as many right of bin ``right``."""
    rows = slice(max(left - width, 0), max(left, 0))
    part = squares[..., rows, max(right + 1, 0) : max(right + 1 + width, 0)].astype(np.float64)
    known = np.isfinite(part)
    n = known.sum(axis=(-2, -1))
    total = np.where(known, part, 0.0).sum(axis=(-2, -1))
    return np.divide(total, n, out=np.full(n.shape, np.nan), where=n > 0)


def _rows(variant: StructuralVariant, change: StructuralChange, geometry: MapGeometry) -> list[tuple[object, ...]]:
    """Rows of the table, one per map."""
    difference = change.mapped - change.reference
    upper = np.triu_indices(geometry.n_bins, geometry.diagonal_offset)
    ends = [geometry.bin_at(place - change.window.start) for place in (variant.start, variant.end - 1)]
    both = (change.reference, change.mapped)
    at_ends = [insulation_at(one, end)[0] for end in ends for one in both]
    across = [crossing(one, *ends)[0] for one in both]
    about = (variant.chrom, variant.start, variant.end, variant.kind, variant.name)
    rows = []
    for track in range(difference.shape[1]):
        known = difference[0, track][upper]
        known = known[np.isfinite(known)].astype(np.float64)
        sizes = (known.size, float(np.sqrt(np.square(known).mean())), float(known.mean()))
        rows.append((*about, track, *sizes, *(float(one[track]) for one in (*at_ends, *across))))
    return rows
