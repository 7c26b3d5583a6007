"""What is known of the genome: whole contigs, or regions outside of which nothing was measured."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

import pandas as pd

from cisgram.arrays import CoverageValues
from cisgram.data.coverage_store import CoverageStore
from cisgram.errors import ConfigError, ContigError, EmptySetError, FormatError, InputError
from cisgram.genomics.interval import Interval, beyond_contig, interval_table, is_locus, merge
from cisgram.io.bigwig import bigwig_sizes
from cisgram.io.reads.bam import bam_sizes
from cisgram.io.reads.counting import is_bam
from cisgram.io.tables import read_chrom_sizes, read_intervals, read_table
from cisgram.run.folder import Run
from cisgram.run.settings.coverage import CoverageRunConfig

PARTS = "contigs.tsv"
"""In the examples of a run without a split: ``chrom`` and ``part``, ``test`` or ``other``."""


@dataclass(frozen=True, eq=False)
class KnownGenome:
    """Contigs and the regions on them that are known.

    A store holds of every contig the span from its first to its last known base, so that a few megabases of a human
    chromosome need no gigabyte; :meth:`reader` takes places on the contig.
    """

    sizes: Mapping[str, int]
    """Lengths of the contigs in bp."""
    regions: pd.DataFrame
    """Interval table without overlaps, sorted by contig and start."""

    @property
    def spans(self) -> dict[str, tuple[int, int]]:
        """First known base of every contig, and the end of the last."""
        found = self.regions.groupby("chrom", sort=False).agg(start=("start", "min"), end=("end", "max"))
        return {str(chrom): (int(row["start"]), int(row["end"])) for chrom, row in found.iterrows()}

    @property
    def contigs(self) -> tuple[str, ...]:
        """Names of the contigs of which anything is known, in order."""
        return tuple(dict.fromkeys(str(name) for name in self.regions["chrom"]))

    @property
    def n_bases(self) -> int:
        """Known bases."""
        return int((self.regions["end"] - self.regions["start"]).sum())

    def to_store(self, windows: pd.DataFrame) -> pd.DataFrame:
        """The same intervals in places of the store."""
        first = windows["chrom"].map({chrom: start for chrom, (start, _) in self.spans.items()})
        return windows.assign(start=windows["start"] - first, end=windows["end"] - first)

    def shifted(self, read: Callable[[str, int, int], CoverageValues]) -> Callable[[str, int, int], CoverageValues]:
        """A reader by places of the store, from one by places on the contig."""
        spans = self.spans
        return lambda chrom, start, end: read(chrom, start + spans[chrom][0], end + spans[chrom][0])

    def reader(self, store: CoverageStore, name: str) -> Callable[[str, int, int], CoverageValues]:
        """A reader of one track of a store by places on the contig; 0 outside of the span."""
        spans = self.spans
        return lambda chrom, start, end: store.read(name, chrom, start - spans[chrom][0], end - spans[chrom][0])


def known_genome(run: Run[CoverageRunConfig]) -> KnownGenome:
    """Contigs and regions as the settings have them, or as the files say.

    Raises
    ------
    ConfigError
        Where neither settings nor files say how long contigs are.
    ContigError
        Where a region, or a contig of [split], is not among the contigs.
    EmptySetError
        Where nothing is left.
    """
    settings, split = run.config.contigs, run.config.split
    given = [_regions_of(run, one) for one in settings.regions]
    regions = merge(pd.concat(given, ignore_index=True)) if given else None
    sizes = {name: size for name, size in _sizes(run, regions).items() if name not in settings.leave_out}
    if regions is None:
        regions = interval_table(list(sizes), [0] * len(sizes), list(sizes.values()))
    regions = regions[~regions["chrom"].isin(settings.leave_out)].reset_index(drop=True)
    if regions.empty:
        raise EmptySetError("contigs", dropped={"left out": len(settings.leave_out)}, hint="see [contigs]")
    if unknown := sorted(set(regions["chrom"]) - sizes.keys()):
        raise ContigError(f"[contigs] regions name {', '.join(unknown)}; sizes have {', '.join(list(sizes)[:5])}")
    if (beyond := beyond_contig(regions, sizes)).any():
        chrom, start, end = regions.loc[beyond, ["chrom", "start", "end"]].iloc[0]
        raise ContigError(
            f"[contigs] regions: {chrom}:{start + 1}-{end} reaches beyond the {sizes[chrom]} bp of {chrom}"
        )
    named = {"[split] test": split.test, "[split] valid": split.valid} if split is not None else {}
    for where, names in {**named, "[evaluation] contigs": run.config.evaluation.contigs}.items():
        if lacking := [name for name in names if name not in set(regions["chrom"])]:
            known = ", ".join(dict.fromkeys(regions["chrom"]))
            raise ContigError(f"{where} names {', '.join(lacking)}, of which nothing is known; there are {known}")
    return KnownGenome({name: sizes[name] for name in dict.fromkeys(regions["chrom"])}, regions)


def held_out_contigs(run: Run[CoverageRunConfig]) -> tuple[str, ...]:
    """Contigs that the figures are of and the model was not trained on: of the split, or as the step prepare found."""
    if run.config.split is not None:
        return run.config.split.test
    parts = read_table(run.examples / PARTS)
    return tuple(str(name) for name in parts.loc[parts["part"] == "test", "chrom"])


def _regions_of(run: Run[CoverageRunConfig], text: str) -> pd.DataFrame:
    """Regions of a file, or the one of a locus."""
    if not is_locus(text):
        return read_intervals(run.input(text))[["chrom", "start", "end"]]
    locus = Interval.parse(text)
    return interval_table([locus.chrom], [locus.start], [locus.end])


def _sizes(run: Run[CoverageRunConfig], regions: pd.DataFrame | None) -> Mapping[str, int]:
    """Lengths of contigs: from the table, the head of a file, or the ends of regions."""
    if run.config.contigs.sizes:
        return read_chrom_sizes(run.input(run.config.contigs.sizes))
    for pair in run.config.pairs:
        for path in map(run.input, pair.clean):
            with suppress(FormatError):  # it is no bigWig, or one that is refused when it is opened
                return bigwig_sizes(path)
            if is_bam(path):
                return bam_sizes(path)
    if regions is None:
        raise ConfigError("fragments do not say how long contigs are: give [contigs] sizes (chrom.sizes), or regions")
    ends = regions.groupby("chrom", sort=False)["end"].max()
    return {str(chrom): int(end) for chrom, end in ends.items()}


def require_places(known: KnownGenome, locus: Interval) -> Interval:
    """Refuse a locus that does not lie wholly in a known span.

    Raises
    ------
    InputError
        Naming the locus and what is known of its contig.
    """
    start, end = known.spans.get(locus.chrom, (0, 0))
    if not start <= locus.start < locus.end <= end:
        raise InputError(f"{locus} is not known: of {locus.chrom}, {start + 1}-{end} is")
    return locus
