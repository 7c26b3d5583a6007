"""A and B compartments along a contig: stretches of two kinds that keep to their own, one of them richer in GC."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.ndimage import gaussian_filter1d

from cisgram.arrays import PerBin, Positions, Totals
from cisgram.errors import ConfigError
from cisgram.simulate.genome import BLOCK_BP


@dataclass(frozen=True)
class CompartmentConfig:
    """What compartments are like.

    Parameters
    ----------
    mean_bp
        Mean length of a stretch; none is shorter than a quarter of it.
    strength
        What two bins deep in the same compartment gain in ln contacts, and two in different ones lose.
    gc_fraction
        Mean share of G and C of the genome.
    gc_difference
        What A has more than B; 0 where GC content shall tell nothing.
    """

    mean_bp: int = 6_000
    strength: float = 0.2
    gc_fraction: float = 0.42
    gc_difference: float = 0.10

    def __post_init__(self) -> None:
        if self.mean_bp < 1_000 or not 0 <= self.strength <= 2:
            raise ConfigError(f"mean_bp must be at least 1000 and strength in 0..2; got {self}")
        if not 0.2 <= self.gc_fraction <= 0.8 or abs(self.gc_difference) > 0.2:
            raise ConfigError(f"gc_fraction must be in 0.2..0.8 and gc_difference in -0.2..0.2; got {self}")


class Compartments(NamedTuple):
    """The stretches of one contig, A and B in turn."""

    ends: Positions
    """Where each stretch ends, in bp; the last one at the contig's end."""
    is_first_a: bool
    """Whether the first of them is A."""

    def profile(self, n_bins: int, bin_size: int) -> PerBin:
        """From -1 (B) to 1 (A) for each bin; over two bins the one turns into the other."""
        middle = (np.arange(n_bins) + 0.5) * bin_size
        sign = np.where((np.searchsorted(self.ends, middle, side="right") % 2 == 0) == self.is_first_a, 1.0, -1.0)
        return gaussian_filter1d(sign, 1.0, mode="nearest")


def draw_compartments(length_bp: int, *, config: CompartmentConfig, rng: np.random.Generator) -> Compartments:
    """Draw the stretches of one contig.

    Parameters
    ----------
    length_bp
        Its length.
    config
        What compartments are like.
    rng
        Where the randomness comes from.

    Examples
    --------
    >>> own = draw_compartments(30_000, config=CompartmentConfig(), rng=np.random.default_rng(1))
    >>> int(own.ends[-1]), own.profile(300, 100).min() >= -1
    (30000, np.True_)
    """
    number = int(8 * length_bp / config.mean_bp) + 8
    lengths = config.mean_bp * (0.25 + rng.gamma(2.0, 0.375, size=number))
    ends = np.cumsum(lengths).astype(np.int64)
    ends = np.append(ends[ends < length_bp - config.mean_bp // 4], length_bp)
    return Compartments(ends, bool(rng.random() < 0.5))


def gc_along(compartments: Compartments, *, length_bp: int, config: CompartmentConfig) -> Totals:
    """Share of G and C of every stretch of :data:`cisgram.simulate.genome.BLOCK_BP`."""
    profile = compartments.profile(-(-length_bp // BLOCK_BP), BLOCK_BP)
    return config.gc_fraction + config.gc_difference / 2 * profile
