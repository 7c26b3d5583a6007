"""The contact maps of a run, in the contigs of its genome, a contig at a time."""

import warnings
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from cisgram.arrays import PerDistance
from cisgram.data.contact_targets import ContactTargetConfig
from cisgram.errors import CisgramWarning, ConfigError, ContigError, InputError
from cisgram.genomics.contact_contigs import match_map_contigs
from cisgram.genomics.contact_halves import split_contacts
from cisgram.genomics.contacts import CisContacts, ContactSource
from cisgram.genomics.contigs import match_contigs
from cisgram.genomics.genome import Genome
from cisgram.hic.expected import contig_expected
from cisgram.io.cool import open_cool
from cisgram.io.hic_file import open_hic
from cisgram.run.folder import ContactRun
from cisgram.run.settings.contacts import MapConfig

CONTIG_COLUMNS = ("file", "genome", "other", "status")
"""Columns of the table of contigs; see :class:`cisgram.genomics.contigs.ContigMatch`."""


class OpenMap(NamedTuple):
    """A map that the model predicts, with what its ceiling is made of."""

    config: MapConfig
    source: ContactSource
    replicates: tuple[ContactSource, ...]
    """Two, or none."""
    names: tuple[Mapping[str, str], ...]
    """For the map and for each replicate: the genome's name of a contig -> the file's."""
    contigs: pd.DataFrame
    """Columns :data:`CONTIG_COLUMNS`."""

    @property
    def sources(self) -> tuple[ContactSource, ...]:
        """The map, and its replicates."""
        return (self.source, *self.replicates)

    def cis(self, chrom: str) -> CisContacts:
        """The contacts within a contig, called as in the genome."""
        return self.source.cis(self.names[0][chrom])

    def halves(self, chrom: str, own: CisContacts, *, seed: int) -> tuple[CisContacts, CisContacts]:
        """What two replicates have of a contig, or its contacts dealt into two halves."""
        if not self.replicates:
            return split_contacts(own, seed=seed)
        one, other = (source.cis(names[chrom]) for source, names in zip(self.replicates, self.names[1:], strict=True))
        return _weighted(one, own), _weighted(other, own)


def open_maps(run: ContactRun, genome: Genome) -> list[OpenMap]:
    """Open the maps and replicates.

    Raises
    ------
    InputError
        Where a map has other bins than the model, or is not balanced.
    ContigError
        Where a map belongs to another assembly.
    """
    return [_opened(run, one, genome) for one in run.config.maps]


def shared_contigs(maps: list[OpenMap], genome: Genome) -> dict[str, int]:
    """Contigs of the genome that every map and replicate has, and how far all of them reach, in bp."""
    sources = [(own, source) for one in maps for own, source in zip(one.names, one.sources, strict=True)]
    return {
        chrom: min([size, *(source.bins.count(own[chrom]) * source.bins.bin_size for own, source in sources)])
        for chrom, size in genome.sizes.items()
        if all(chrom in own for own, _ in sources)
    }


def expected_of(contacts: CisContacts, config: ContactTargetConfig) -> PerDistance | None:
    """What targets of a contig are divided by, where that is not for each window to say.

    Parameters
    ----------
    contacts
        The contig of a map.
    config
        How targets are made.
    """
    return contig_expected(contacts) if config.expected == "map" else None


def _opened(run: ContactRun, config: MapConfig, genome: Genome) -> OpenMap:
    """One map."""
    paths = (config.file, *config.replicates)
    sources = [_source(run.input(path), config.weight, run.config.model.bin_size) for path in paths]
    if sources[0].weights is None:
        raise InputError(f"{config.file} is not balanced; run 'cisgram hic balance' on it first")
    leave_out = run.config.genome.leave_out
    matches = [
        _contigs(source, genome, what=Path(path).name, leave_out=leave_out, slack_bins=config.slack_bins)
        for source, path in zip(sources, paths, strict=True)
    ]
    return OpenMap(
        config,
        sources[0],
        tuple(sources[1:]),
        tuple(names for names, _ in matches),
        pd.concat([table for _, table in matches], ignore_index=True),
    )


def _source(path: Path, weight: str, bin_size: int) -> ContactSource:
    """A map of either format; ``weight`` is a column of the bins of a .cool, and the normalisation of a .hic."""
    if path.suffix.lower() == ".hic":
        return open_hic(path, resolution=bin_size, normalization=weight)
    return open_cool(path, resolution=bin_size, weight=weight)


def _contigs(
    source: ContactSource, genome: Genome, *, what: str, leave_out: Collection[str], slack_bins: int
) -> tuple[Mapping[str, str], pd.DataFrame]:
    """Contigs by the genome's names, and the table of them; some maps know lengths to a bin, or end before a contig."""
    sizes = dict(source.bins.sizes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CisgramWarning)  # what is to be said of names is said below
        named = match_contigs(genome.sizes, list(sizes), what=what).to_other
    sizes |= {other: genome.sizes[own] for own, other in named.items() if own in leave_out}
    try:
        matched = match_map_contigs(
            genome.sizes, sizes, bin_size=source.bins.bin_size, slack_bins=slack_bins, what=what
        )
    except ContigError as error:
        raise ContigError(
            f"{error}; or name these contigs in [genome] leave_out, or, where positions are the same and contigs end "
            f"elsewhere, allow for it by [[maps]] slack_bins (now {slack_bins})"
        ) from error
    names = {own: other for own, other in matched.to_other.items() if own not in leave_out}
    status = matched.table["status"].mask(matched.table["genome"].isin(list(leave_out)), "left out")
    return names, matched.table.assign(file=what, status=status)[list(CONTIG_COLUMNS)]


def _weighted(replicate: CisContacts, own: CisContacts) -> CisContacts:
    """A replicate with its own weights; with those of the whole map, where it is not balanced."""
    if replicate.n_bins != own.n_bins:
        raise ConfigError(f"a replicate has {replicate.n_bins} bins on {own.chrom}, the map has {own.n_bins}")
    return replicate if replicate.weights is not None else replicate.with_weights(own.weights)
