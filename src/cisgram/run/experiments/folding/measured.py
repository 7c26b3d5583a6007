"""Measured maps of a genome with and without structural variants, read window by window beside predicted changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.data.contact_targets import ContactTargetConfig
from cisgram.errors import ConfigError, ContigError, InputError
from cisgram.genomics.contact_contigs import match_map_contigs
from cisgram.genomics.contact_halves import split_contacts
from cisgram.genomics.contacts import CisContacts, ContactSource
from cisgram.genomics.genome import Genome
from cisgram.hic.expected import contig_expected
from cisgram.interpret.folding.measured import MeasuredChange, MeasuredContig, compare_measured, measured_change
from cisgram.interpret.folding.structural import StructuralChange, StructuralVariant
from cisgram.io.cool import open_cool
from cisgram.report.folding_plots import FoldingPicture
from cisgram.run.config import read_config
from cisgram.run.experiments.folding.model import FoldingModel
from cisgram.run.settings.contacts import ContactRunConfig

MEASURED_LEAD = (
    "Measured maps are read in the places of the reference, as reads aligned to it give them. For each variant the "
    "bins of the altered map are put into the order that they have in the altered genome (without those deleted, those "
    "inverted backwards), divided there by what their distance expects, and put back, like the predicted map. Pairs "
    "with a doubled bin are left out, since reads do not tell the copies apart, and duplications are compared only for "
    "a model whose targets are divided by the expected of the whole map ([targets] expected = 'map')."
)


@dataclass(frozen=True)
class MeasuredMaps:
    """Balanced .cool or .mcool files, all in coordinates of the reference genome.

    Raises
    ------
    ConfigError
        Where one of the two kinds is missing, or they are not as many.
    """

    reference: tuple[Path, ...]
    """Of the genome without the variants: one map, or replicates."""
    altered: tuple[Path, ...]
    """Of the genome with them: as many."""

    def __post_init__(self) -> None:
        if not self.reference or len(self.reference) != len(self.altered):
            raise ConfigError(
                "measured changes need maps of the genome without the variants (--measured) and as many with them "
                f"(--altered); got {len(self.reference)} and {len(self.altered)}"
            )


class MeasuredChanges(NamedTuple):
    """What maps say of every variant."""

    changes: list[MeasuredChange]
    """The mean of the replicates, if there are several."""
    table: pd.DataFrame
    """:data:`cisgram.interpret.folding.measured.MEASURED_COLUMNS`, with names of maps."""
    noise: str
    """What the ceiling comes from; empty without one."""


def measure(
    maps: MeasuredMaps,
    model: FoldingModel,
    genome: Genome,
    variants: Sequence[StructuralVariant],
    predicted: Sequence[StructuralChange],
    *,
    seed: int = 0,
) -> MeasuredChanges:
    """Read the windows of variants from measured maps, and compare their changes with predicted ones.

    Parameters
    ----------
    maps
        The files.
    model, genome
        Whose bins and contigs are used; targets are made as for the run of the model, where it lies in its folder.
    variants, predicted
        One of each, in order.
    seed
        Of the halves that a single pair of maps is dealt into.

    Raises
    ------
    InputError, ContigError
        Where a map is not balanced, has other bins than the model, belongs to another genome, or lacks a contig.
    """
    config, geometry = targets_of(model.path), model.geometry
    opened = [
        tuple(_Opened.open(path, genome, geometry.bin_size) for path in pair)
        for pair in zip(maps.reference, maps.altered, strict=True)
    ]
    changes: list[MeasuredChange] = []
    repeated: list[tuple[MeasuredChange, MeasuredChange]] = []
    contigs: dict[str, list[list[CisContacts]]] = {}
    for variant, own in zip(variants, predicted, strict=True):
        if variant.chrom not in contigs:
            contigs = {variant.chrom: [[one.cis(variant.chrom) for one in pair] for pair in opened]}

        def change(
            pair: Sequence[CisContacts], variant: StructuralVariant = variant, own: StructuralChange = own
        ) -> MeasuredChange:
            before, after = (_contig(one, config) for one in pair)
            return measured_change((before, after), variant, own, geometry, config=config)

        each = [change(pair) for pair in contigs[variant.chrom]]
        halves = [change(pair) for pair in _halves(contigs[variant.chrom][0], seed)] if len(each) == 1 else each
        changes.append(_mean(each))
        if len(halves) > 1:
            repeated.append((halves[0], halves[1]))
    has_noise = len(repeated) == len(changes)
    table = compare_measured(variants, predicted, changes, geometry, repeated=repeated if has_noise else ())
    table["track"] = np.array(model.track_names, dtype=object)[table["track"].to_numpy(np.int64)]
    noise = ("two replicates" if len(opened) > 1 else "two random halves of the contacts") if has_noise else ""
    return MeasuredChanges(changes, table, noise)


def targets_of(checkpoint: Path) -> ContactTargetConfig:
    """How targets were made in the run whose checkpoint this is; as by default, where it is in no run folder.

    Parameters
    ----------
    checkpoint
        The file.
    """
    path = checkpoint.resolve().parents[1] / "config.toml"
    config = read_config(path) if path.is_file() else None
    return config.targets if isinstance(config, ContactRunConfig) else ContactTargetConfig()


def measured_findings(found: MeasuredChanges) -> list[str]:
    """How well predicted changes agree with measured ones, in plain words.

    Parameters
    ----------
    found
        From :func:`measure`.
    """
    sentences = []
    for track, own in found.table.groupby("track", sort=False):
        known = own[own["pearson"].notna()]
        if (n_unknown := len(own) - len(known)) and len(known):
            sentences.append(
                f"{track}: {n_unknown} of {len(own)} variants cannot be compared, for want of known pairs."
            )
        if known.empty:
            sentences.append(f"{track}: too little was measured around the variants to compare changes.")
            continue
        ceiling = ""
        if found.noise:
            ceiling = f"; {found.noise} allow about {known['ceiling'].mean():.2f}"
        floor = known["other_variants"].dropna()
        beneath = f"; what is predicted for the other variants reaches {floor.mean():.2f}" if len(floor) else ""
        told = own[own["same_sign"] != "-"]
        sentences.append(
            f"{track}: predicted and measured changes of pairs of bins agree with r {known['pearson'].mean():.2f} on "
            f"average over {len(known)} variants ({known['pearson'].min():.2f} to {known['pearson'].max():.2f})"
            f"{ceiling}{beneath}. Contacts across the variant change in the measured direction in "
            f"{(told['same_sign'] == 'yes').sum()} of {len(told)}."
        )
    return sentences


def measured_picture(
    model: FoldingModel,
    variant: StructuralVariant,
    predicted: StructuralChange,
    measured: MeasuredChange,
    sites: pd.DataFrame | None,
) -> FoldingPicture:
    """Predicted and measured change of the first map, on one scale, in bins of the reference.

    Parameters
    ----------
    model
        For names and geometry.
    variant, predicted, measured
        What is shown.
    sites
        Interval table to draw beneath, if any.
    """
    change = predicted.mapped[0, 0] - predicted.reference[0, 0]
    return FoldingPicture(
        title=f"{variant.kind} {variant.chrom}:{variant.start + 1:,}-{variant.end:,}: predicted and measured change",
        caption=f"Change of {model.track_names[0]} with the variant, as predicted and as measured, on one scale; grey "
        "pairs are not known to one of the two.",
        maps=[("predicted change", change), ("measured change", measured.change)],
        chrom=variant.chrom,
        start_bp=predicted.window.start + model.geometry.first_bp,
        bin_size=model.geometry.bin_size,
        sites=sites,
        edited=(variant.start, variant.end),
        unit="change of ln observed / expected",
    )


class _Opened(NamedTuple):
    """A map and the names of its contigs."""

    path: Path
    source: ContactSource
    names: Mapping[str, str]

    @classmethod
    def open(cls, path: Path, genome: Genome, bin_size: int) -> "_Opened":
        source = open_cool(path, resolution=bin_size)
        if source.weights is None:
            raise InputError(f"{path} is not balanced; run 'cisgram hic balance' on it first")
        matched = match_map_contigs(genome.sizes, source.bins.sizes, bin_size=bin_size, what=str(path))
        return cls(path, source, matched.to_other)

    def cis(self, chrom: str) -> CisContacts:
        """The contacts within a contig, called as in the genome."""
        if chrom not in self.names:
            raise ContigError(f"{self.path} has no contig {chrom}, on which a variant lies")
        return self.source.cis(self.names[chrom])


def _contig(contacts: CisContacts, config: ContactTargetConfig) -> MeasuredContig:
    return MeasuredContig(contacts, contig_expected(contacts) if config.expected == "map" else None)


def _halves(pair: Sequence[CisContacts], seed: int) -> list[list[CisContacts]]:
    """Both maps dealt into two halves; nothing where contacts are not whole numbers."""
    try:
        parts = [split_contacts(one, seed=seed + number) for number, one in enumerate(pair)]
    except InputError:
        return []
    return [[one[side] for one in parts] for side in (0, 1)]


def _mean(each: Sequence[MeasuredChange]) -> MeasuredChange:
    """The mean of replicates, of pairs that all of them know."""
    return MeasuredChange(*(np.mean(squares, axis=0) for squares in zip(*each, strict=True)))
