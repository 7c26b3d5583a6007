"""All that a contact map shows of how a genome folds: decay, compartments, insulation, domains and loops, at once."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from cisgram.arrays import PerBin
from cisgram.errors import ConfigError, EmptySetError, InputError
from cisgram.genomics.contacts import ContactBins, ContactSource
from cisgram.hic.compartments import CompartmentConfig, compartments
from cisgram.hic.domains import DomainConfig, nested_domains
from cisgram.hic.expected import expected_cis
from cisgram.hic.insulation import InsulationConfig, boundaries, insulation
from cisgram.hic.loops import LoopConfig, call_loops

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FeatureConfig:
    """How features are found; each step has the defaults of its own verb."""

    windows_bp: tuple[int, ...]
    """Windows of insulation, from short to long; domains are found from the same."""
    ignore_diagonals: int = 2
    """Diagonals nearer than this are left out everywhere."""
    fewest_bins: int = 50
    """Contigs of fewer known bins have no compartments: their eigenvector would show noise or arms."""
    least_share: float = 0.5
    """The same of contigs of which less than this share of bins is known, as of a map of one region."""
    seed: int = 0
    """Of the shifts that false domains are counted on."""

    def __post_init__(self) -> None:
        if not self.windows_bp or list(self.windows_bp) != sorted(set(self.windows_bp)):
            raise ConfigError(f"windows_bp must rise; got {self.windows_bp}")

    @classmethod
    def for_bins(cls, bin_size: int, *, ignore_diagonals: int = 2, seed: int = 0) -> "FeatureConfig":
        """Settings for bins of this width: windows of 5, 10, 25 and 50 bins."""
        windows = (5 * bin_size, 10 * bin_size, 25 * bin_size, 50 * bin_size)
        return cls(windows, ignore_diagonals=ignore_diagonals, seed=seed)


@dataclass(frozen=True, eq=False)
class MapFeatures:
    """What was found in a map.

    Parameters
    ----------
    bins
        Those of the map.
    windows_bp
        Windows of insulation.
    expected
        From :func:`cisgram.hic.expected.expected_cis`.
    insulation
        From :func:`cisgram.hic.insulation.insulation`.
    domains, loops
        From :func:`cisgram.hic.domains.nested_domains` and :func:`cisgram.hic.loops.call_loops`; None where that could
        not be done.
    eigenvectors, eigen_expected
        Of the map that compartments were found in, and what it expects by distance; None likewise.
    skipped
        Why something could not be done, by what.
    """

    bins: ContactBins
    windows_bp: tuple[int, ...]
    expected: pd.DataFrame = field(repr=False)
    insulation: pd.DataFrame = field(repr=False)
    domains: pd.DataFrame | None = field(default=None, repr=False)
    loops: pd.DataFrame | None = field(default=None, repr=False)
    eigenvectors: pd.DataFrame | None = field(default=None, repr=False)
    eigen_expected: pd.DataFrame | None = field(default=None, repr=False)
    skipped: Mapping[str, str] = field(default_factory=dict)

    def boundaries(self, window_bp: int) -> pd.DataFrame:
        """Boundaries at one window."""
        return boundaries(self.insulation, window_bp)

    @property
    def middle_window(self) -> int:
        """The window that is shown where nothing tells which is best: the second of four."""
        return self.windows_bp[(len(self.windows_bp) - 1) // 2]

    def known_spans(self) -> dict[str, tuple[int, int]]:
        """From the first to the last bin that is not masked, in bp, of every contig that has one."""
        good = self.insulation[~self.insulation["is_bad_bin"]].groupby("chrom", sort=False)
        return {str(chrom): (int(own["start"].min()), int(own["end"].max())) for chrom, own in good}


def map_features(
    source: ContactSource,
    config: FeatureConfig,
    *,
    coarse: ContactSource | None = None,
    phase: PerBin | None = None,
) -> MapFeatures:
    """Find everything that a balanced map shows; what cannot be found is left out, with the reason.

    Parameters
    ----------
    source
        A balanced map.
    config
        Settings.
    coarse
        The map in which compartments are found, such as that of
        :func:`cisgram.hic.compartment_width.compartment_map`; ``source`` if not given.
    phase
        One number per bin of that map, high in A.

    Raises
    ------
    InputError
        Where the map is not balanced.
    """
    expected = expected_cis(source, ignore_diagonals=config.ignore_diagonals)
    scores = insulation(source, InsulationConfig(config.windows_bp, ignore_diagonals=config.ignore_diagonals))
    found: dict[str, pd.DataFrame] = {}
    skipped: dict[str, str] = {}
    try:
        longest = max(200 * source.bins.bin_size, max(config.windows_bp))
        asked = DomainConfig(config.windows_bp, longest, ignore_diagonals=config.ignore_diagonals, seed=config.seed)
        found["domains"] = nested_domains(source, expected, asked)
    except InputError as error:
        skipped["domains"] = str(error)
    try:
        found["loops"] = call_loops(source, expected, LoopConfig())
    except InputError as error:
        skipped["loops"] = str(error)
    try:
        found["eigenvectors"], found["eigen_expected"] = map_eigenvectors(coarse or source, config, phase)
    except InputError as error:
        skipped["compartments"] = str(error)
    for step, reason in skipped.items():
        log.info("%s: %s", step, reason)
    return MapFeatures(source.bins, config.windows_bp, expected, scores, **found, skipped=skipped)


def map_eigenvectors(
    source: ContactSource, config: FeatureConfig, phase: PerBin | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Find eigenvectors of the contigs that are long and full enough, and what the map expects by distance.

    Parameters
    ----------
    source
        A balanced map.
    config
        Settings.
    phase
        One number per bin, high in A.

    Returns
    -------
    eigenvectors
        A row per bin of the map with ``E1`` and ``E2``; NaN in the other contigs.
    expected
        From :func:`cisgram.hic.expected.expected_cis`.

    Raises
    ------
    EmptySetError
        Where no contig is long and full enough.
    """
    bins, weights = source.bins, source.weights
    known = np.ones(bins.n_bins, dtype=bool) if weights is None else np.isfinite(weights)
    n_known = {chrom: int(known[bins.slice_of(chrom)].sum()) for chrom in bins.chroms}
    is_full = {chrom: n >= config.least_share * bins.count(chrom) for chrom, n in n_known.items()}
    used = [chrom for chrom, n in n_known.items() if is_full[chrom] and n >= config.fewest_bins]
    if not used:
        n_full = sum(is_full.values())
        dropped = {
            f"of which less than {config.least_share:.0%} is known": len(n_known) - n_full,
            f"of fewer than {config.fewest_bins} known bins of {bins.bin_size:,} bp": n_full,
        }
        raise EmptySetError("contigs for compartments", dropped=dropped)
    asked = CompartmentConfig(n_vectors=2, ignore_diagonals=config.ignore_diagonals)
    found = compartments(source, asked, phase=phase, chroms=used).vectors
    whole = bins.table().merge(found, on=["chrom", "start", "end"], how="left", validate="one_to_one")
    return whole, expected_cis(source, ignore_diagonals=config.ignore_diagonals)
