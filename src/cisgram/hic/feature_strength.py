"""How strong boundaries, loops and compartments are, in the map that showed them or in another one."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.errors import InputError
from cisgram.genomics.contacts import ContactSource
from cisgram.genomics.site_pairs import pair_distances
from cisgram.hic.expected import expected_cis
from cisgram.hic.features import MapFeatures
from cisgram.hic.found_again import moved_track
from cisgram.hic.pileup import Pileup, PileupConfig, pileup, snippets_of_sites
from cisgram.hic.pileup_strength import insulation_strength, loop_strength, loop_strength_interval
from cisgram.hic.saddle import SaddleConfig, SaddleTable, saddle, saddle_strength

STRENGTH_COLUMNS = ("feature", "value", "low", "high", "by_chance", "n")
"""Columns of :attr:`FeatureStrengths.table`: what, how strong, its 95 % interval where it is known, the same at random
places (compartments: of the eigenvector moved along its contig), and of how many calls or bins."""

_FLANK_BINS, _N_CONTROLS, _N_MOVES = 10, 5, 5
_GROUPS, _CORNER = 38, 0.2


class FeatureStrengths(NamedTuple):
    """Strengths, and the means that they were read from."""

    table: pd.DataFrame
    """``STRENGTH_COLUMNS``; a feature of which nothing was found has no row."""
    boundaries: Pileup | None
    """Around boundaries."""
    loops: Pileup | None
    """Around loops."""
    saddle: SaddleTable | None
    """By groups of the first eigenvector."""


def feature_strengths(
    features: MapFeatures,
    source: ContactSource,
    *,
    coarse: ContactSource | None = None,
    window_bp: int | None = None,
    seed: int = 0,
) -> FeatureStrengths:
    """Measure in a map the features that this or another map has shown.

    In the map that they were found in, features look stronger than they are, since noise helped to find them; in the
    other half of its contacts, or in a replicate, they do not.

    Parameters
    ----------
    features
        What was found, here or elsewhere, in bins of the same width.
    source
        The balanced map to measure in.
    coarse
        The map for compartments; ``source`` if not given.
    window_bp
        Whose boundaries; the middle window if not given.
    seed
        Of random places.

    Returns
    -------
    FeatureStrengths
        Boundaries: contacts within the two sides over contacts across, of the mean observed over expected (10 bins on
        each side). Loops: the middle over the corners. Compartments: like over unlike contacts of the fifth of bins
        that is most extreme on each side.
    """
    rows: list[dict[str, object]] = []
    boundary = _boundaries(features.boundaries(window_bp or features.middle_window), source, seed, rows)
    loop = None if features.loops is None else _loops(features.loops, source, seed, rows)
    saddle_found = None
    if features.eigenvectors is not None and features.eigen_expected is not None:
        saddle_found = _saddle(features.eigenvectors, coarse or source, seed, rows)
    return FeatureStrengths(pd.DataFrame(rows, columns=list(STRENGTH_COLUMNS)), boundary, loop, saddle_found)


def _boundaries(calls: pd.DataFrame, source: ContactSource, seed: int, rows: list[dict[str, object]]) -> Pileup | None:
    """The mean around boundaries."""
    config = PileupConfig(flank_bp=_FLANK_BINS * source.bins.bin_size, n_controls=_N_CONTROLS, seed=seed)
    found = _piled(source, calls, config)
    if found is not None and found.control is not None:
        values = insulation_strength(found.mean), np.nan, np.nan, insulation_strength(found.control)
        rows.append(dict(zip(STRENGTH_COLUMNS, ("boundaries", *values, found.n_sites), strict=True)))
    return found


def _loops(calls: pd.DataFrame, source: ContactSource, seed: int, rows: list[dict[str, object]]) -> Pileup | None:
    """The mean around loops; where they are short, its corners stay off the diagonal."""
    if calls.empty:
        return None
    size = source.bins.bin_size
    half = int(pair_distances(calls).median() // (2 * size))
    config = PileupConfig(flank_bp=size * min(_FLANK_BINS, max(half, 3)), n_controls=_N_CONTROLS, seed=seed)
    found = _piled(source, calls, config)
    if found is not None and found.control is not None:
        center = 3 if len(found.mean) >= 9 else 1
        stacks = (part.stack for part in snippets_of_sites(source, found.sites, config=config))
        interval = loop_strength_interval(stacks, center_bins=center, seed=seed)
        chance = loop_strength(found.control, center_bins=center).score
        value = loop_strength(found.mean, center_bins=center).score
        values = ("loops", value, interval.low, interval.high, chance, found.n_sites)
        rows.append(dict(zip(STRENGTH_COLUMNS, values, strict=True)))
    return found


def _piled(source: ContactSource, calls: pd.DataFrame, config: PileupConfig) -> Pileup | None:
    """A pile-up; None where no call has a whole snippet."""
    try:
        return None if calls.empty else pileup(source, calls, config=config)
    except InputError:
        return None


def _saddle(
    vectors: pd.DataFrame, source: ContactSource, seed: int, rows: list[dict[str, object]]
) -> SaddleTable | None:
    """Contacts by groups of the eigenvector, and of the same moved along its contigs."""
    expected = expected_cis(source)
    track = vectors["E1"].to_numpy(np.float64)
    used = [chrom for chrom in source.bins.chroms if np.isfinite(track[source.bins.slice_of(chrom)]).any()]
    config = SaddleConfig(n_groups=_GROUPS)
    corner = max(1, round(_CORNER * _GROUPS))
    try:
        found = saddle(source, expected, track, config, chroms=used)
    except InputError:
        return None
    rng = np.random.default_rng(seed)
    chance = []
    for _ in range(_N_MOVES):
        moved = track.copy()
        for chrom in used:
            own = source.bins.slice_of(chrom)
            moved[own] = moved_track(moved[own], rng)
        chance.append(float(saddle_strength(saddle(source, expected, moved, config, chroms=used))[corner]))
    value, n = float(saddle_strength(found)[corner]), int(np.isfinite(track).sum())
    values = ("compartments", value, np.nan, np.nan, float(np.mean(chance)), n)
    rows.append(dict(zip(STRENGTH_COLUMNS, values, strict=True)))
    return found
