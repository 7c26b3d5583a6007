"""ATAC-seq: fragments between two cuts of Tn5, in open chromatin and everywhere else.

A fragment has its ends at ``p`` and ``q``, ``length = q - p + 1``. Its chance is

    (d(p) + d(q)) / 2 * w(p) * w(q) * h(length)

with ``d`` the density of cuts (around bound sites, or the even background), ``w`` the preference of the enzyme for
the bases around a cut (0 where no read can be placed) and ``h`` the lengths of fragments: short ones of free DNA,
others around one or two nucleosomes. So what is expected at every base is known exactly, by convolution with ``h``.
All positions are centres of cuts: the read shift of these data is (0, 0).
"""

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from scipy.signal import oaconvolve
from scipy.stats import norm

from cisgram.arrays import ContigValues, Positions, SequenceCodes
from cisgram.errors import ConfigError
from cisgram.simulate.assays.landscape import expected_background, landscape_of, sequence_preference
from cisgram.simulate.contig import CellContig
from cisgram.simulate.footprint import REACH_BP
from cisgram.simulate.grammar import Grammar
from cisgram.simulate.streams import named_stream

Component: TypeAlias = Literal["open", "background"]
COMPONENTS: tuple[Component, Component] = ("open", "background")

_LONGEST_BP = 600
_FREE = (75.0, 28.0)
"""Mean and standard deviation (bp) of fragments of free DNA."""
_NUCLEOSOMES = ((200.0, 24.0, 0.28 / 0.38), (390.0, 35.0, 0.10 / 0.38))
"""The same around one nucleosome and two, with their shares among these."""
_SHORTEST_BP = 25
_HALF_PREFERENCE = np.array(
    # ln weights of A C G T from five bases left of the centre of a cut to the base before it
    [
        [0.05, -0.05, 0.35, -0.35],
        [-0.30, 0.20, 0.10, 0.00],
        [0.25, -0.25, -0.15, 0.15],
        [-0.20, 0.15, -0.05, 0.10],
        [0.20, -0.10, 0.00, -0.10],
    ]
)


@dataclass(frozen=True)
class AtacExperiment:
    """Depth and noise of the experiment on one cell type.

    Parameters
    ----------
    n_fragments
        Expected fragments of every cell type, all cells together.
    n_cells
        Cells of every type, at least 1.
    share_in_peaks
        Signal to noise: share of the fragments that come from bound sites, above 0 and below 1.
    tn5_preference
        How much the enzyme minds the bases around a cut: 0 not at all, 1 as a rule.
    share_nucleosomal
        Share of the fragments that lie around one or two nucleosomes, 0 to 1: the longer ones.
    heterogeneity
        Standard deviation of ln(cuts) between sites that the sequence does not explain; the same in all cell types.
    cell_spread
        Standard deviation of ln(fragments) between cells.
    """

    n_fragments: int = 300_000
    n_cells: int = 200
    share_in_peaks: float = 0.4
    tn5_preference: float = 1.0
    share_nucleosomal: float = 0.38
    heterogeneity: float = 0.3
    cell_spread: float = 0.4

    def __post_init__(self) -> None:
        if self.n_fragments < 1 or self.n_cells < 1:
            raise ConfigError(f"n_fragments and n_cells must be at least 1; got {self.n_fragments} and {self.n_cells}")
        if not 0 < self.share_in_peaks < 1:
            raise ConfigError(f"share_in_peaks must be above 0 and below 1; got {self.share_in_peaks}")
        if not 0 <= self.share_nucleosomal <= 1:
            raise ConfigError(f"share_nucleosomal must be in 0..1; got {self.share_nucleosomal}")
        if min(self.tn5_preference, self.heterogeneity, self.cell_spread) < 0:
            raise ConfigError(f"tn5_preference, heterogeneity and cell_spread must be 0 or more; got {self}")


class Fragments(NamedTuple):
    """Fragments on one contig."""

    starts: Positions
    """First base: the centre of the left cut."""
    ends: Positions
    """Base after the centre of the right cut."""


@dataclass(frozen=True, eq=False)
class Backdrop:
    """What all cell types have in common on a contig.

    Parameters
    ----------
    preference
        Of the enzyme for every base; 0 where no read can be placed.
    landscape
        Density of background cuts.
    share_nucleosomal
        Of the experiment's fragments.
    """

    preference: ContigValues
    landscape: ContigValues
    share_nucleosomal: float = AtacExperiment.share_nucleosomal

    @property
    def lengths(self) -> ContigValues:
        """Chance of every length of a fragment, from 0."""
        return _length_chances(self.share_nucleosomal)

    @cached_property
    def partners(self) -> tuple[ContigValues, ContigValues]:
        """For every base as the left end, and as the right end of a fragment: how easily the other end is found."""
        return _partner(self.preference, 0, self.lengths), _partner(self.preference, 1, self.lengths)


@dataclass(frozen=True, eq=False)
class AtacDensity:
    """What one component brings to a contig, up to a factor.

    Parameters
    ----------
    density
        Cuts per base before the enzyme's preference.
    backdrop
        The enzyme's preference there.
    """

    density: ContigValues
    backdrop: Backdrop

    @property
    def mass(self) -> float:
        """Sum over all fragments; shares of contigs are in proportion to it."""
        return float(sum(self._anchored(side).sum() for side in (0, 1)) / 2)

    def expected_cuts(self) -> ContigValues:
        """Cuts per base, left and right ends together; they sum to twice the mass."""
        preference, lengths = self.backdrop.preference, self.backdrop.lengths
        weighted = self.density * preference
        sides = (self.density * self.backdrop.partners[side] + _partner(weighted, side, lengths) for side in (0, 1))
        return sum(preference * side / 2 for side in sides)  # type: ignore[return-value]

    def draw(self, n: int, rng: np.random.Generator) -> Fragments:
        """Draw fragments: first an end that the density chooses, left or right, then a partner for it."""
        anchored = [self._anchored(side) for side in (0, 1)]
        totals = np.array([weights.sum() for weights in anchored])
        n = n if totals.sum() > 0 else 0
        n_left = int(rng.binomial(n, totals[0] / totals.sum())) if n else 0
        starts, ends = [], []
        for side, n_side in enumerate((n_left, n - n_left)):
            cumulative = anchored[side].cumsum()
            at = np.searchsorted(cumulative, rng.random(n_side) * cumulative[-1], side="right")
            at = np.minimum(at, cumulative.size - 1)
            partner = self._draw_partners(at, side, rng)
            starts.append(np.minimum(at, partner))
            ends.append(np.maximum(at, partner) + 1)
        return Fragments(np.concatenate(starts), np.concatenate(ends))

    def _anchored(self, side: int) -> np.ndarray:
        """Weight of every base as the end that the density chooses; side 0: the left end, 1: the right."""
        return self.density * self.backdrop.preference * self.backdrop.partners[side]

    def _draw_partners(self, at: np.ndarray, side: int, rng: np.random.Generator) -> np.ndarray:
        """The other end of every fragment: a length, accepted as often as the enzyme likes the place."""
        preference, cumulative = self.backdrop.preference, self.backdrop.lengths.cumsum()
        highest = preference.max()
        partner, waiting = at.copy(), np.arange(at.size)
        direction = 1 if side == 0 else -1
        while waiting.size:
            length = np.searchsorted(cumulative, rng.random(waiting.size) * cumulative[-1], side="right")
            tried = at[waiting] + direction * (length - 1)
            inside = (tried >= 0) & (tried < preference.size)
            liked = np.where(inside, preference[np.clip(tried, 0, preference.size - 1)], 0.0)
            is_taken = rng.random(waiting.size) * highest < liked
            partner[waiting[is_taken]] = tried[is_taken]
            waiting = waiting[~is_taken]
        return partner


def atac_backdrop(contig: CellContig, experiment: AtacExperiment, *, seed: int) -> Backdrop:
    """The enzyme's preference and the background of a contig, which no cell type changes."""
    positions = np.arange(contig.length)
    preference = tn5_preference(contig.codes, strength=experiment.tn5_preference) * contig.is_mappable(positions)
    landscape = expected_background(contig, landscape_of(contig, seed=seed), positions, is_reverse=False)
    even = landscape / sequence_preference(contig.codes, positions, is_reverse=False)
    return Backdrop(preference, even, experiment.share_nucleosomal)


def atac_densities(
    contig: CellContig, grammar: Grammar, experiment: AtacExperiment, *, backdrop: Backdrop, seed: int
) -> dict[Component, AtacDensity]:
    """Open chromatin and background of a contig in the cell type that its occupancies belong to.

    Parameters
    ----------
    contig
        As it is in a cell type.
    grammar
        Its contacts say how far each protein opens its sites, and where cuts fall around them.
    experiment
        Noise.
    backdrop
        Of the contig (:func:`atac_backdrop`).
    seed
        Seed of the cell.
    """
    return {
        "open": AtacDensity(_open_density(contig, grammar, experiment, seed), backdrop),
        "background": AtacDensity(backdrop.landscape, backdrop),
    }


def tn5_preference(codes: SequenceCodes, *, strength: float) -> ContigValues:
    """Relative chance of a cut at every base given the eleven around it; N counts as average.

    The preference reads alike on both strands, as the enzyme cuts both: the weights right of the centre are those
    left of it, reverse-complemented (Adey et al. 2010).
    """
    half = strength * np.concatenate([_HALF_PREFERENCE, np.zeros((len(_HALF_PREFERENCE), 1))], axis=1)
    complement = np.array([3, 2, 1, 0, 4])
    total = np.zeros(codes.size)
    padded = np.pad(codes, len(half), constant_values=4)
    for row, weights in enumerate(half):
        distance = len(half) - row
        left = padded[len(half) - distance :][: codes.size]
        right = padded[len(half) + distance :][: codes.size]
        total += weights[left] + weights[complement[right]]
    return np.exp(total)


def _open_density(contig: CellContig, grammar: Grammar, experiment: AtacExperiment, seed: int) -> np.ndarray:
    """Cuts around bound sites, relative to one site that is always bound."""
    density = np.zeros(contig.length + 2 * REACH_BP)
    offsets = np.arange(-REACH_BP, REACH_BP + 1)
    spread = experiment.heterogeneity
    # Drawn for all sites at once, so that a site has the same in every cell type.
    between = named_stream(seed, "between open sites", contig.name)
    factor = np.exp(between.normal(-spread * spread / 2, spread, contig.occupancy.size))
    for protein in grammar.factors:
        for contact in protein.contacts:
            rows = np.flatnonzero(contig.sites.motif == grammar.index(contact.motif))
            sites = contig.sites.rows(rows)
            mean = contact.efficiency * contig.occupancy[rows] * factor[rows] / 2
            for is_reverse in (False, True):
                border = sites.end - 1 if is_reverse else sites.start
                for is_sense in (True, False):
                    chosen = (sites.is_reverse == is_reverse) == is_sense
                    chances = contact.footprint.probabilities(is_sense=is_sense)
                    at = border[chosen][:, None] + (-offsets if is_reverse else offsets) + REACH_BP
                    np.add.at(density, at, mean[chosen][:, None] * chances)
    return density[REACH_BP:-REACH_BP]


def _partner(values: np.ndarray, side: int, lengths: np.ndarray) -> np.ndarray:
    """For every base, values at the other ends of the fragments that begin (side 0) or end (side 1) there."""
    chances = lengths[1:]  # of lengths 1, 2, ...: distances 0, 1, ...
    found = oaconvolve(values if side == 1 else values[::-1], chances)[: values.size]
    found = found if side == 1 else found[::-1]
    # Rounding leaves traces where there is nothing, which no partner could ever be found for.
    return np.where(found > 1e-9 * max(float(found.max()), 1e-300), found, 0.0)


@cache
def _length_chances(share_nucleosomal: float = AtacExperiment.share_nucleosomal) -> np.ndarray:
    """Chance of every length from 0 to the longest; read-only, as it is kept."""
    borders = np.arange(_LONGEST_BP + 2) - 0.5
    kinds = [(*_FREE, 1 - share_nucleosomal)]
    kinds += [(mean, sd, share_nucleosomal * share) for mean, sd, share in _NUCLEOSOMES]
    chances = sum(share * np.diff(norm.cdf(borders, mean, sd)) for mean, sd, share in kinds)
    chances = np.asarray(chances)
    chances[:_SHORTEST_BP] = 0.0
    chances /= chances.sum()
    chances.flags.writeable = False
    return chances
