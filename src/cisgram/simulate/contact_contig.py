"""One contig of a genome that folds: its sequence, the sites on it, and the contacts expected of several replicates."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from cisgram.arrays import ContactBand, PerBin, SequenceCodes
from cisgram.errors import ConfigError
from cisgram.simulate.compartments import CompartmentConfig, Compartments, draw_compartments, gc_along
from cisgram.simulate.contacts import (
    ContactExperiment,
    ContactField,
    barriers_of,
    draw_visibility,
    with_compartments,
)
from cisgram.simulate.extrusion import ExtrusionConfig, Snapshots, extrude
from cisgram.simulate.genome import draw_bases
from cisgram.simulate.insulators import SiteLayout, plant_insulators
from cisgram.simulate.polymer import contact_band
from cisgram.simulate.streams import named_stream


@dataclass(frozen=True)
class FoldingConfig:
    """How a sequence with sites folds.

    Parameters
    ----------
    bin_size
        Width of a bin in bp; rings move by bins.
    width_bins
        Diagonals for which contacts are calculated from loops.
    has_far
        Whether there are contacts beyond; they follow distance and compartments alone. Without them files are small.
    n_snapshots
        Moments that are averaged for one replicate.
    catch
        Chance that a bound site catches a leg that runs into its front.
    loop_resistance
        Of the spring between the legs of a ring, see :func:`cisgram.simulate.polymer.contact_band`.
    extrusion
        How rings behave.
    """

    bin_size: int = 128
    width_bins: int = 96
    has_far: bool = False
    n_snapshots: int = 300
    catch: float = 0.95
    loop_resistance: float = 1.0
    extrusion: ExtrusionConfig = field(default_factory=ExtrusionConfig)

    def __post_init__(self) -> None:
        if self.bin_size < 20 or self.width_bins < 8 or self.n_snapshots < 1:
            raise ConfigError(f"bin_size must be at least 20, width_bins 8 and n_snapshots 1; got {self}")
        if not 0 <= self.catch <= 1 or self.loop_resistance <= 0:
            raise ConfigError(f"catch must be in 0..1 and loop_resistance above 0; got {self}")


@dataclass(frozen=True, eq=False)
class ContactContig:
    """One contig with everything on it."""

    chrom: str
    codes: SequenceCodes
    sites: pd.DataFrame
    compartments: Compartments
    visibility: PerBin
    snapshots: tuple[Snapshots, ...]
    fields: tuple[ContactField, ...]

    @cached_property
    def expected(self) -> ContactBand:
        """Contacts that replicates have in common, without depth and visibility: their mean."""
        return np.mean([one.band for one in self.fields], axis=0)


def fold(
    sites: pd.DataFrame,
    compartment: PerBin,
    *,
    config: FoldingConfig,
    strength: float,
    rng: np.random.Generator,
) -> tuple[Snapshots, ContactBand]:
    """Contacts expected of one contig with known sites.

    Parameters
    ----------
    sites
        ``start``, ``end`` (bp), ``strand``, ``occupancy``.
    compartment
        From -1 (B) to 1 (A), one number per bin.
    config
        How it folds.
    strength
        Of compartments.
    rng
        Where the randomness comes from.

    Returns
    -------
    tuple of Snapshots and ContactBand
        The loops of each moment, and the contacts, 1 within a bin.
    """
    n_bins = compartment.size
    barriers = barriers_of(sites, n_bins=n_bins, bin_size=config.bin_size, catch=config.catch)
    snapshots = extrude(barriers, n_snapshots=config.n_snapshots, rng=rng, config=config.extrusion)
    width = min(config.width_bins, n_bins)
    band = contact_band(snapshots, n_bins=n_bins, width=width, loop_resistance=config.loop_resistance)
    return snapshots, with_compartments(band, compartment, strength=strength)


@dataclass(frozen=True)
class ContigPlan:
    """What a contig is made by: all settings that are not of the whole genome."""

    layout: SiteLayout
    compartments: CompartmentConfig
    folding: FoldingConfig
    experiment: ContactExperiment
    n_replicates: int
    seed: int


def contact_contig(chrom: str, length_bp: int, plan: ContigPlan) -> ContactContig:
    """Make one contig; it depends on the seed and on its own name and length, and on no other contig.

    Replicates share sequence, sites, compartments and visibility; each has rings of its own.
    """
    rng = named_stream(plan.seed, "compartments", chrom)
    compartments = draw_compartments(length_bp, config=plan.compartments, rng=rng)
    gc = gc_along(compartments, length_bp=length_bp, config=plan.compartments)
    background = draw_bases(length_bp, gc, named_stream(plan.seed, "background", chrom))
    codes, sites = plant_insulators(background, layout=plan.layout, seed=plan.seed, chrom=chrom)
    n_bins, strength = -(-length_bp // plan.folding.bin_size), plan.compartments.strength
    profile = compartments.profile(n_bins, plan.folding.bin_size)
    rng = named_stream(plan.seed, "visibility", chrom)
    visibility = draw_visibility(n_bins, experiment=plan.experiment, rng=rng)
    snapshots, fields = [], []
    for replicate in range(1, plan.n_replicates + 1):
        rng = named_stream(plan.seed, "rings", chrom, replicate)
        moments, band = fold(sites, profile, config=plan.folding, strength=strength, rng=rng)
        snapshots.append(moments)
        fields.append(ContactField(band, profile, visibility, strength, plan.folding.has_far))
    return ContactContig(chrom, codes, sites, compartments, visibility, tuple(snapshots), tuple(fields))
