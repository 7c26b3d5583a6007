"""Where non-specific reads fall: gentle waves, a few hot spots, a mild preference for bases, nothing where unmappable.

The same landscape lies under every experiment and is what a control (input or PAtCh-CAP) measures.
"""

from typing import NamedTuple

import numpy as np

from cisgram.arrays import Positions, SequenceCodes, Totals
from cisgram.simulate.contig import CellContig
from cisgram.simulate.streams import named_stream

_WAVELENGTHS_BP = np.array([1_500.0, 8_000.0, 45_000.0])
_WAVE_HEIGHTS = np.array([0.12, 0.15, 0.18])
_HOT_SPOT_EVERY_BP = 120_000
_HOT_SPOT_SD_BP = 90.0
_HOT_SPOT_EXTRA_BP = 1_500
"""A hot spot brings as many reads as this many bases of ordinary sequence."""
_FIRST_OFFSET = -3
_PREFERENCE = np.array(
    # ln weights of A C G T from three bases before the 5' end to two after it; each row averages near 0
    [
        [0.03, -0.04, 0.00, 0.01],
        [-0.06, 0.02, 0.08, -0.04],
        [0.10, -0.18, 0.04, 0.04],
        [-0.12, 0.16, 0.10, -0.14],
        [0.08, 0.02, -0.12, 0.02],
        [-0.04, 0.06, 0.02, -0.04],
    ]
)


class Landscape(NamedTuple):
    """Waves and hot spots of one contig.

    Attributes
    ----------
    phases
        Of each wave, in radians.
    hot_spots
        Centres in bp.
    """

    phases: Totals
    hot_spots: Totals


def landscape_of(contig: CellContig, *, seed: int) -> Landscape:
    """The landscape of a contig; it depends on the seed and the contig's name and length only."""
    rng = named_stream(seed, "landscape", contig.name)
    phases = rng.uniform(0, 2 * np.pi, _WAVELENGTHS_BP.size)
    return Landscape(phases, rng.uniform(0, contig.length, rng.poisson(contig.length / _HOT_SPOT_EVERY_BP)))


def expected_background(contig: CellContig, landscape: Landscape, positions: Positions, *, is_reverse: bool) -> Totals:
    """Density of 5' ends at positions of one strand, relative to a genome-wide mean near 1."""
    at = positions.astype(np.float64)
    density = _waves(landscape, at)
    for center in landscape.hot_spots:
        z = (at - center) / _HOT_SPOT_SD_BP
        density += _HOT_SPOT_EXTRA_BP / (_HOT_SPOT_SD_BP * np.sqrt(2 * np.pi)) * np.exp(-z * z / 2)
    return density * sequence_preference(contig.codes, positions, is_reverse=is_reverse) * contig.is_mappable(positions)


def draw_background(
    contig: CellContig, landscape: Landscape, *, reads_per_bp: float, is_reverse: bool, rng: np.random.Generator
) -> Positions:
    """Draw the 5' ends of non-specific reads on one strand; time and memory are linear in their number.

    Candidates fall evenly (and normally around hot spots) at the greatest density possible, and each is kept with
    the probability that its place asks for.
    """
    ceiling = (1 + _WAVE_HEIGHTS.sum()) * _greatest_preference()
    even = rng.integers(0, contig.length, size=rng.poisson(contig.length * reads_per_bp * ceiling))
    even_density = _waves(landscape, even.astype(np.float64)) / (1 + _WAVE_HEIGHTS.sum())
    per_spot = rng.poisson(_HOT_SPOT_EXTRA_BP * reads_per_bp * _greatest_preference(), landscape.hot_spots.size)
    around = np.repeat(landscape.hot_spots, per_spot)
    hot = np.round(rng.normal(around, _HOT_SPOT_SD_BP)).astype(np.int64)
    positions = np.concatenate([even, hot])
    wanted = np.concatenate([even_density, np.ones(hot.size)])
    inside = (positions >= 0) & (positions < contig.length)
    positions, wanted = positions[inside], wanted[inside]
    wanted *= sequence_preference(contig.codes, positions, is_reverse=is_reverse) / _greatest_preference()
    positions = positions[rng.random(positions.size) < wanted]
    return positions[contig.is_mappable(positions)]


def sequence_preference(codes: SequenceCodes, positions: Positions, *, is_reverse: bool) -> Totals:
    """Relative chance of a 5' end given the six bases around it, read along its own strand; N counts as average."""
    weights = np.concatenate([_PREFERENCE, np.zeros((len(_PREFERENCE), 1))], axis=1)
    total = np.zeros(positions.size)
    for row, offset in enumerate(range(_FIRST_OFFSET, _FIRST_OFFSET + len(_PREFERENCE))):
        at = positions - offset if is_reverse else positions + offset
        bases = codes[np.clip(at, 0, codes.size - 1)]
        total += weights[row, np.where(bases < 4, 3 - bases, 4) if is_reverse else bases]
    return np.exp(total)


def _greatest_preference() -> float:
    """The most that :func:`sequence_preference` can be."""
    return float(np.exp(_PREFERENCE.max(axis=1).sum()))


def _waves(landscape: Landscape, at: np.ndarray) -> np.ndarray:
    """Gentle waves around 1."""
    turns = 2 * np.pi * at[:, None] / _WAVELENGTHS_BP + landscape.phases
    return 1 + np.sin(turns) @ _WAVE_HEIGHTS
