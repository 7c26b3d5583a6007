r"""Contacts of a simulated genome: what loops and compartments make likely, and what an experiment counts of it.

The expected contacts of two bins of a contig are

.. math:: \mu_{ij} = D \, v_i v_j \, P_{ij} \, e^{s\,c_i c_j}

with the contact probability *P* of the looped chain, compartments *c* from -1 to 1 with their strength *s*, how well
each bin is seen *v*, and the depth *D*. Beyond the diagonals that *P* is calculated for it goes on as a chain without
structure, and contacts are drawn one by one. Between contigs there are compartments and visibility alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import ContactBand, PerBin, PixelBins, PixelValues
from cisgram.errors import ConfigError
from cisgram.simulate.extrusion import Barriers

_FLAT_AT_BINS = 2


@dataclass(frozen=True)
class ContactExperiment:
    """What is measured, and how well.

    Parameters
    ----------
    contacts_per_bin
        Mean number of contacts of a replicate per bin of the genome, those within a bin among them.
    trans_share
        Share of them between contigs.
    visibility_spread
        Standard deviation of ln visibility over bins, as from cutting sites, GC content and mappability.
    blind_share
        Share of bins that nothing is seen of, in runs of one to six.
    dispersion
        Variance beyond Poisson relative to the squared mean; 0 for Poisson counts.
    """

    contacts_per_bin: float = 20_000.0
    trans_share: float = 0.001
    visibility_spread: float = 0.3
    blind_share: float = 0.01
    dispersion: float = 0.002

    def __post_init__(self) -> None:
        if self.contacts_per_bin <= 0 or min(self.visibility_spread, self.dispersion) < 0:
            raise ConfigError(f"contacts_per_bin must be above 0, spread and dispersion 0 or more; got {self}")
        if not 0 <= self.trans_share <= 0.9 or not 0 <= self.blind_share <= 0.5:
            raise ConfigError(f"trans_share must be in 0..0.9 and blind_share in 0..0.5; got {self}")


class ContactField(NamedTuple):
    """What is expected of the contacts of one contig, before an experiment scales it."""

    band: ContactBand
    """``P`` times compartments, near the diagonal; NaN beyond the contig."""
    compartment: PerBin
    """From -1 (B) to 1 (A)."""
    visibility: PerBin
    """Mean 1 over the bins that are seen; 0 in those that are not."""
    strength: float
    """Of compartments."""
    has_far: bool
    """Whether there are contacts beyond the band."""

    @property
    def n_bins(self) -> int:
        """Bins of the contig."""
        return len(self.visibility)


class Pixels(NamedTuple):
    """Pixels in order, each once."""

    bin1: PixelBins
    bin2: PixelBins
    counts: PixelValues


def barriers_of(sites: pd.DataFrame, *, n_bins: int, bin_size: int, catch: float = 1.0) -> Barriers:
    """Chance that a leg is caught in each bin.

    Parameters
    ----------
    sites
        ``start``, ``end`` (bp), ``strand`` and ``occupancy`` of the sites of one contig.
    n_bins, bin_size
        Bins of the contig.
    catch
        Chance that a bound site catches a leg that runs into its front.

    Examples
    --------
    >>> site = pd.DataFrame({"start": [100], "end": [119], "strand": ["+"], "occupancy": [0.8]})
    >>> barriers_of(site, n_bins=3, bin_size=100).leftward.tolist()
    [0.0, 0.8, 0.0]
    """
    bin_ = np.minimum((sites["start"] + sites["end"]).to_numpy(np.int64) // 2 // bin_size, n_bins - 1)
    passed = {}
    for strand in "+-":
        own = (sites["strand"] == strand).to_numpy()
        passed[strand] = np.ones(n_bins)
        np.multiply.at(passed[strand], bin_[own], 1 - catch * sites["occupancy"].to_numpy(np.float64)[own])
    return Barriers(1 - passed["+"], 1 - passed["-"])


def with_compartments(band: ContactBand, compartment: PerBin, *, strength: float) -> ContactBand:
    """Contact probabilities times what compartments do; bins that are neighbours are left as they are."""
    n_bins, width = band.shape
    effect = strength * (1 - np.exp(-np.arange(width) / _FLAT_AT_BINS))
    changed = band.copy()
    for diagonal in range(width):
        both = compartment[: n_bins - diagonal] * compartment[diagonal:]
        changed[: n_bins - diagonal, diagonal] *= np.exp(effect[diagonal] * both)
    return changed


def draw_visibility(n_bins: int, *, experiment: ContactExperiment, rng: np.random.Generator) -> PerBin:
    """How well each bin of a contig is seen: mean 1 over those that are, 0 in runs that are not."""
    visibility = np.exp(rng.normal(0, experiment.visibility_spread, size=n_bins))
    is_blind = np.zeros(n_bins, dtype=bool)
    while is_blind.sum() < round(experiment.blind_share * n_bins):
        start = int(rng.integers(n_bins))
        is_blind[start : start + int(rng.integers(1, 7))] = True
    visibility[is_blind] = 0
    return visibility / visibility[~is_blind].mean()


def seen_contacts(field: ContactField) -> float:
    """What is expected of a contig at a depth of 1: the sum over all its pairs, near and far, as they are seen."""
    n_bins, width = field.band.shape
    near = sum(
        float((field.band[: n_bins - d, d] * field.visibility[: n_bins - d] * field.visibility[d:]).sum())
        for d in range(width)
    )
    return near + float(_far_by_distance(field).sum())


def unseen_contacts(field: ContactField) -> float:
    """Sum over bins of their contacts at a depth of 1 if all were seen alike, those with neighbours left out."""
    return 2 * (float(np.nansum(field.band[:, 2:])) + float(_far_by_distance(field).sum()))


def draw_cis(field: ContactField, *, depth: float, experiment: ContactExperiment, rng: np.random.Generator) -> Pixels:
    """Draw the contacts within one contig.

    Parameters
    ----------
    field
        What is expected.
    depth
        What it is multiplied by.
    experiment
        Gives the dispersion.
    rng
        Where the randomness comes from.

    Returns
    -------
    Pixels
        Those with contacts; counts are int32.
    """
    n_bins, width = field.band.shape
    keys, counts = [], []
    for first in range(0, n_bins, 512):
        row = np.arange(first, min(first + 512, n_bins))
        column = row[:, None] + np.arange(width)
        seen = np.append(field.visibility, np.zeros(width))
        mean = np.nan_to_num(field.band[row]) * (depth * field.visibility[row, None] * seen[column])
        if experiment.dispersion:
            mean *= rng.gamma(1 / experiment.dispersion, experiment.dispersion, size=mean.shape)
        drawn = rng.poisson(mean).astype(np.int32)
        at = np.nonzero(drawn)
        keys.append(row[at[0]] * n_bins + column[at])
        counts.append(drawn[at])
    far = _draw_far(field, depth=depth, rng=rng)
    key, count = np.concatenate([*keys, far]), np.concatenate([*counts, np.ones(far.size, dtype=np.int32)])
    return _summed(key, count, n_bins)


def summed_pixels(parts: Sequence[Pixels], *, n_bins: int) -> Pixels:
    """Pixels of several maps as one, in order; contacts of the same pair of bins are added."""
    key = np.concatenate([part.bin1.astype(np.int64) * n_bins + part.bin2 for part in parts])
    return _summed(key, np.concatenate([part.counts for part in parts]), n_bins)


def draw_trans(fields: Sequence[ContactField], *, n_contacts: int, rng: np.random.Generator) -> Pixels:
    """Draw contacts between contigs, bins counted through all of them; empty where there is one contig only."""
    contig = np.repeat(np.arange(len(fields)), [field.n_bins for field in fields])
    seen = np.cumsum(np.concatenate([field.visibility for field in fields]))
    compartment = np.concatenate([field.compartment for field in fields])
    strength, n_bins = fields[0].strength, contig.size
    keys, left = [np.empty(0, dtype=np.int64)], n_contacts if len(fields) > 1 else 0
    while left > 0:
        one, other = np.searchsorted(seen, rng.random((2, 4 * left + 100)) * seen[-1], side="right")
        chance = np.exp(strength * (compartment[one] * compartment[other] - 1))
        taken = (contig[one] != contig[other]) & (rng.random(one.size) < chance)
        key = (np.minimum(one, other) * n_bins + np.maximum(one, other))[taken][:left]
        keys.append(key)
        left -= key.size
    key = np.concatenate(keys)
    return _summed(key, np.ones(key.size, dtype=np.int32), n_bins)


def _far_by_distance(field: ContactField) -> np.ndarray:
    """What is expected of each distance beyond the band, all bins alike: a chain that goes on as it ends there."""
    n_bins, width = field.band.shape
    if width == n_bins or not field.has_far:
        return np.empty(0)
    last = np.nanmean(field.band[:, -1])
    slope = (last ** (-2 / 3) - 1) / (width - 1)
    distance = np.arange(width, n_bins)
    return (n_bins - distance) * (1 + slope * distance) ** -1.5


def _draw_far(field: ContactField, *, depth: float, rng: np.random.Generator) -> np.ndarray:
    """Contacts beyond the band, one key each: many are proposed, and kept as visibility and compartments allow."""
    by_distance = _far_by_distance(field)
    if not by_distance.size:
        return np.empty(0, dtype=np.int64)
    n_bins, width = field.band.shape
    brightest = field.visibility.max() ** 2 * np.exp(field.strength)
    n_proposed = int(rng.poisson(depth * by_distance.sum() * brightest))
    reached = np.cumsum(by_distance)
    distance = width + np.searchsorted(reached, rng.random(n_proposed) * reached[-1], side="right")
    one = (rng.random(n_proposed) * (n_bins - distance)).astype(np.int64)
    other = one + distance
    alike = np.exp(field.strength * field.compartment[one] * field.compartment[other])
    kept = rng.random(n_proposed) < field.visibility[one] * field.visibility[other] * alike / brightest
    return (one * n_bins + other)[kept]


def _summed(key: np.ndarray, count: np.ndarray, n_bins: int) -> Pixels:
    """Pixels from keys (row times bins plus column) that may repeat."""
    order = np.argsort(key, kind="stable")
    key = key[order]
    starts = np.flatnonzero(np.diff(key, prepend=-1))
    total = np.add.reduceat(count[order], starts) if key.size else count
    return Pixels(key[starts] // n_bins, key[starts] % n_bins, total.astype(np.int32))
