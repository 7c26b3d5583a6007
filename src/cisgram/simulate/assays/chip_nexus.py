"""ChIP-nexus: counts of 5' ends per base and strand, for a factor or for its control.

At each site the number of reads is Poisson around a mean that varies between replicates (gamma) and, alike in all
replicates, between places for reasons that are not in the sequence (log-normal). Each read then falls where the
factor's footprint says. Under all this lies the non-specific background of :mod:`cisgram.simulate.assays.landscape`.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from cisgram.arrays import Positions, Totals, Values
from cisgram.errors import ConfigError
from cisgram.simulate.assays.landscape import draw_background, expected_background, landscape_of
from cisgram.simulate.contig import CellContig
from cisgram.simulate.footprint import REACH_BP
from cisgram.simulate.grammar import Contact, Factor, Grammar
from cisgram.simulate.streams import named_stream

TrackStrand: TypeAlias = Literal["+", "-"]
STRANDS: tuple[TrackStrand, TrackStrand] = ("+", "-")


@dataclass(frozen=True)
class ChipNexusConfig:
    """Depth and noise of the experiments. All reads are counted by their 5' ends, on both strands together.

    Parameters
    ----------
    reads_per_site
        Expected reads of one replicate at a site that is always bound, above 0.
    background_per_kb
        Expected non-specific reads of one replicate per 1,000 bp.
    control_per_kb
        Expected reads of the control per 1,000 bp.
    n_replicates
        At least 1.
    dispersion
        Variance of a site's mean between replicates, relative to its square.
    heterogeneity
        Standard deviation of ln(mean) between sites that the sequence does not explain; the same in all replicates.
    """

    reads_per_site: float = 130.0
    background_per_kb: float = 8.0
    control_per_kb: float = 25.0
    n_replicates: int = 2
    dispersion: float = 0.03
    heterogeneity: float = 0.2

    def __post_init__(self) -> None:
        if self.reads_per_site <= 0 or self.n_replicates < 1:
            raise ConfigError(f"reads_per_site must be above 0 and n_replicates at least 1; got {self}")
        if min(self.background_per_kb, self.control_per_kb, self.dispersion, self.heterogeneity) < 0:
            raise ConfigError(f"background, control, dispersion and heterogeneity must be at least 0; got {self}")


@dataclass(frozen=True)
class ChipNexus:
    """Experiments on one simulated cell.

    Parameters
    ----------
    grammar
        Gives the numbers of the motifs.
    config
        Depth and noise.
    seed
        Seed of the cell.
    stream
        Name of an experiment done again, such as on a mutant: reads are drawn anew, while what the sequence does not
        explain about a place stays the same. Empty for the first one.
    """

    grammar: Grammar
    config: ChipNexusConfig
    seed: int
    stream: str = ""

    @property
    def _again(self) -> tuple[str, ...]:
        """What is added to the names of the streams of reads."""
        return (self.stream,) if self.stream else ()

    def counts(self, contig: CellContig, factor: Factor, *, replicate: int, strand: TrackStrand) -> Values:
        """Count the 5' ends of one replicate on one strand.

        Parameters
        ----------
        contig
            Where.
        factor
            Of which factor; it must be assayed.
        replicate
            Number from 1 on.
        strand
            ``+`` or ``-``; positions run from left to right on both.

        Returns
        -------
        Values
            One float32 per base, whole numbers. Reads that fall beyond the contig or cannot be placed are lost.
        """
        names = contig.name, factor.name, replicate
        reads = [self._background(contig, self.config.background_per_kb, strand, *names[1:])]
        between = named_stream(self.seed, "between sites", *names[:2])
        within = named_stream(self.seed, "between replicates", *names, *self._again)
        drawn = named_stream(self.seed, "reads", *names, strand, *self._again)
        for contact in factor.contacts:
            rows = contig.sites.motif == self.grammar.index(contact.motif)
            spread, shape = self.config.heterogeneity, 1 / max(self.config.dispersion, 1e-12)
            mean = self.config.reads_per_site / 2 * contact.efficiency * contig.occupancy[rows]
            mean *= np.exp(between.normal(-spread * spread / 2, spread, mean.size))
            mean *= within.gamma(shape, 1 / shape, mean.size)
            reads.append(_site_reads(contig, contact, rows, mean, strand, drawn))
        return _count(contig, np.concatenate(reads))

    def control_counts(self, contig: CellContig, *, strand: TrackStrand) -> Values:
        """Count the 5' ends of the control on one strand: the background alone."""
        return _count(contig, self._background(contig, self.config.control_per_kb, strand, "control"))

    def expected(self, contig: CellContig, factor: Factor, start: int, end: int, *, strand: TrackStrand) -> Values:
        """Expected 5' ends per base of one replicate in ``[start, end)``: what no model of the sequence can beat."""
        positions = np.arange(start, end)
        is_reverse = strand == "-"
        density = expected_background(
            contig, landscape_of(contig, seed=self.seed), positions, is_reverse=is_reverse
        ) * (self.config.background_per_kb / 2_000)
        for contact in factor.contacts:
            near = (contig.sites.end > start - REACH_BP) & (contig.sites.start < end + REACH_BP)
            rows = np.flatnonzero(near & (contig.sites.motif == self.grammar.index(contact.motif)))
            for row in rows:
                border = int(contig.sites.end[row] - 1 if is_reverse else contig.sites.start[row])
                at = (border - positions if is_reverse else positions - border) + REACH_BP
                inside = (at >= 0) & (at <= 2 * REACH_BP)
                chance = contact.footprint.probabilities(is_sense=bool(contig.sites.is_reverse[row]) == is_reverse)
                mean = self.config.reads_per_site / 2 * contact.efficiency * contig.occupancy[row]
                density[inside] += mean * chance[at[inside]]
        return density * contig.is_mappable(positions)

    def expected_at_sites(self, motif: Positions, occupancy: Totals, factor: Factor) -> Totals:
        """Expected reads of one replicate that each site brings to a factor, both strands together.

        Parameters
        ----------
        motif
            Number of each site's motif in the grammar.
        occupancy
            Share of the time that each is bound.
        factor
            Whose reads.
        """
        efficiency = np.zeros(len(self.grammar.motifs))
        for contact in factor.contacts:
            efficiency[self.grammar.index(contact.motif)] = contact.efficiency
        return self.config.reads_per_site * efficiency[motif] * occupancy

    def _background(self, contig: CellContig, per_kb: float, strand: TrackStrand, *names: str | int) -> Positions:
        """Positions of non-specific reads on one strand."""
        rng = named_stream(self.seed, "background", contig.name, *names, strand, *self._again)
        landscape = landscape_of(contig, seed=self.seed)
        return draw_background(contig, landscape, reads_per_bp=per_kb / 2_000, is_reverse=strand == "-", rng=rng)


def _site_reads(
    contig: CellContig,
    contact: Contact,
    rows: np.ndarray,
    mean: np.ndarray,
    strand: TrackStrand,
    rng: np.random.Generator,
) -> np.ndarray:
    """Positions of the reads that sites of one motif bring on one strand."""
    sites = contig.sites.rows(rows)
    n_reads = rng.poisson(mean)
    borders = sites.end - 1 if strand == "-" else sites.start
    inward = -1 if strand == "-" else 1
    positions = []
    for is_sense in (True, False):
        chosen = (sites.is_reverse == (strand == "-")) == is_sense
        cumulative = contact.footprint.probabilities(is_sense=is_sense).cumsum()
        uniform = rng.random(int(n_reads[chosen].sum())) * cumulative[-1]
        offsets = np.searchsorted(cumulative, uniform, side="right") - REACH_BP
        positions.append(np.repeat(borders[chosen], n_reads[chosen]) + inward * offsets)
    return np.concatenate(positions)


def _count(contig: CellContig, positions: np.ndarray) -> np.ndarray:
    """Reads per base of those that can be placed."""
    inside = positions[(positions >= 0) & (positions < contig.length)]
    counts = np.zeros(contig.length, dtype=np.float32)
    np.add.at(counts, inside[contig.is_mappable(inside)], np.float32(1))
    return counts
