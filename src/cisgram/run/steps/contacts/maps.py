"""The contact maps of a run, in the contigs of its genome, a contig at a time."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from cisgram.errors import ConfigError, ContigError, InputError
from cisgram.genomics.contact_halves import split_contacts
from cisgram.genomics.contacts import CisContacts, ContactSource
from cisgram.genomics.contigs import match_contigs
from cisgram.genomics.genome import Genome
from cisgram.io.cool import open_cool
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
    """Contigs of the genome that every map and replicate has, and their lengths in bp."""
    names = [own for one in maps for own in one.names]
    return {chrom: size for chrom, size in genome.sizes.items() if all(chrom in own for own in names)}


def _opened(run: ContactRun, config: MapConfig, genome: Genome) -> OpenMap:
    """One map."""
    bin_size = run.config.model.bin_size
    paths = (config.file, *config.replicates)
    sources = [open_cool(run.input(path), resolution=bin_size, weight=config.weight) for path in paths]
    if sources[0].weights is None:
        raise InputError(f"{config.file} is not balanced; run 'cisgram hic balance' on it first")
    leave_out = run.config.genome.leave_out
    matches = [
        _contigs(source, genome, what=Path(path).name, leave_out=leave_out)
        for source, path in zip(sources, paths, strict=True)
    ]
    return OpenMap(
        config,
        sources[0],
        tuple(sources[1:]),
        tuple(names for names, _ in matches),
        pd.concat([table for _, table in matches], ignore_index=True),
    )


def _contigs(
    source: ContactSource, genome: Genome, *, what: str, leave_out: Collection[str]
) -> tuple[Mapping[str, str], pd.DataFrame]:
    """Contigs by the genome's names, and the table of them; some maps round lengths up to whole bins."""
    sizes, width = source.bins.sizes, source.bins.bin_size
    matched = match_contigs(genome.sizes, list(sizes), what=what)
    names = {own: other for own, other in matched.to_other.items() if own not in leave_out}
    differing = {
        own: other
        for own, other in names.items()
        if sizes[other] not in (genome.sizes[own], -(-genome.sizes[own] // width) * width)
    }
    if differing:
        shown = ", ".join(f"{own} {genome.sizes[own]} and {sizes[other]} bp" for own, other in differing.items())
        raise ContigError(
            f"{what} belongs to another assembly than the genome: {len(differing)} of {len(names)} contigs differ in "
            f"length ({shown}); use the genome that the map was made with, or name them in [genome] leave_out"
        )
    status = matched.table["status"].mask(matched.table["genome"].isin(list(leave_out)), "left out")
    return names, matched.table.assign(file=what, status=status)[list(CONTIG_COLUMNS)]


def _weighted(replicate: CisContacts, own: CisContacts) -> CisContacts:
    """A replicate with its own weights; with those of the whole map, where it is not balanced."""
    if replicate.n_bins != own.n_bins:
        raise ConfigError(f"a replicate has {replicate.n_bins} bins on {own.chrom}, the map has {own.n_bins}")
    return replicate if replicate.weights is not None else replicate.with_weights(own.weights)
