"""Where the 5' ends of ChIP-nexus reads fall around a bound motif.

The exonuclease digests each strand from its 5' end and stops at the border of the cross-linked protein. Plus-strand
ends pile up a few bases upstream of the motif and minus-strand ends a few bases downstream: two sharp borders.
Offsets are counted from the motif's own border on the side of the reads, in bp, positive into the motif: a
plus-strand end with offset -5 lies 5 bp left of the motif's first base, a minus-strand end with offset -5 lies 5 bp
right of its last base. Reads on the motif's strand are *sense*, the others *antisense*.
"""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from scipy.stats import norm

from cisgram.arrays import Values
from cisgram.errors import ConfigError

REACH_BP = 200
"""Offsets beyond this are cut off."""


@dataclass(frozen=True)
class FootprintMode:
    """One place where the exonuclease tends to stop.

    Parameters
    ----------
    offset_bp
        Mean offset from the motif's border, positive into the motif.
    sd_bp
        Standard deviation of the offset, above 0.
    share
        Part of the reads of this strand, above 0.
    """

    offset_bp: float
    sd_bp: float
    share: float

    def __post_init__(self) -> None:
        if self.sd_bp <= 0 or self.share <= 0:
            raise ConfigError(f"a footprint mode needs sd_bp > 0 and share > 0; got {self}")
        if abs(self.offset_bp) > REACH_BP / 2:
            raise ConfigError(f"a footprint mode must lie within {REACH_BP // 2} bp of the border; got {self}")


@dataclass(frozen=True)
class Footprint:
    """Stops of the exonuclease on both sides of one protein at one motif.

    Parameters
    ----------
    sense
        Modes of the reads on the motif's strand.
    antisense
        Modes of the reads on the other strand.

    Examples
    --------
    >>> footprint = Footprint((FootprintMode(-5, 1, 1),), (FootprintMode(-7, 1, 1),))
    >>> int(footprint.probabilities(is_sense=True).argmax()) - REACH_BP
    -5
    >>> footprint.blurred(25).sense[0].sd_bp.__round__(2)
    25.02
    """

    sense: tuple[FootprintMode, ...]
    antisense: tuple[FootprintMode, ...]

    def __post_init__(self) -> None:
        if not self.sense or not self.antisense:
            raise ConfigError("a footprint needs at least one mode on each strand")

    def blurred(self, sd_bp: float) -> "Footprint":
        """The footprint of a protein held there by another one: all offsets convolved with a normal of ``sd_bp``."""
        sense, antisense = (
            tuple(replace(mode, sd_bp=float(np.hypot(mode.sd_bp, sd_bp))) for mode in modes)
            for modes in (self.sense, self.antisense)
        )
        return Footprint(sense, antisense)

    def probabilities(self, *, is_sense: bool) -> Values:
        """Probability of every offset from ``-REACH_BP`` to ``REACH_BP``, both included; sums to 1."""
        return _probabilities(self.sense if is_sense else self.antisense)


@cache
def _probabilities(modes: tuple[FootprintMode, ...]) -> Values:
    """Mixture of normals in bins of 1 bp; read-only, as it is kept."""
    borders = np.arange(-REACH_BP, REACH_BP + 2) - 0.5
    density = np.zeros(borders.size - 1)
    for mode in modes:
        density += mode.share * np.diff(norm.cdf(borders, mode.offset_bp, mode.sd_bp))
    density /= density.sum()
    density.flags.writeable = False
    return density
