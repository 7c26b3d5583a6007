"""Options of every verb that reads coverage from reads or bigWigs, and how they become a source."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

if TYPE_CHECKING:
    from cisgram.io.reads import CoverageSource


class BigwigKind(StrEnum):
    """What a bigWig holds."""

    COVERAGE = "coverage"
    CUT_SITES = "cut_sites"


Inputs = Annotated[
    list[Path],
    typer.Argument(help="BAM, fragments, BED of reads, or bigWig; several are added up.", show_default=False),
]
Sizes = Annotated[
    Path | None,
    typer.Option("--chrom-sizes", help="Contig lengths (chrom.sizes, .fai) or FASTA; for fragments and BED."),
]
Shift = Annotated[
    tuple[int, int],
    typer.Option("--read-shift", help="Added to plus and minus ends: 4 -4 raw Tn5 reads, 0 0 centred already."),
]
Extend = Annotated[int, typer.Option("--extend", min=0, help="How far a cut site reaches on either side, in bp.")]
Bigwig = Annotated[
    BigwigKind, typer.Option("--bigwig", help="Whether a bigWig is coverage or holds counts of cut sites.")
]
Barcodes = Annotated[Path | None, typer.Option("--barcodes", help="List of barcodes: use these cells only.")]
Groups = Annotated[Path | None, typer.Option("--groups", help="Table of barcode and group; with --group.")]
Group = Annotated[str | None, typer.Option("--group", help="Use the cells of this group of --groups.")]


class Cells(NamedTuple):
    """Which cells are meant; all None for every one."""

    barcodes: Path | None = None
    groups: Path | None = None
    group: str | None = None


def open_source(
    inputs: Sequence[Path],
    *,
    sizes: Path | None,
    read_shift: tuple[int, int],
    extend_bp: int,
    bigwig: BigwigKind = BigwigKind.COVERAGE,
    cells: Cells | None = None,
) -> "CoverageSource":
    """Open the files of a command line as one source, of the cells that are asked for."""
    from cisgram.io.reads import open_coverage_source, read_barcodes

    source = open_coverage_source(
        inputs,
        sizes=None if sizes is None else read_sizes(sizes),
        read_shift=read_shift,
        extend_bp=extend_bp,
        kind=bigwig.value,
    )
    cells = cells or Cells()
    if cells.barcodes is not None:
        source = source.only(read_barcodes(cells.barcodes))
    if cells.groups is not None or cells.group is not None:
        source = source.only(_barcodes_of_group(cells))
    return source


def _barcodes_of_group(cells: Cells) -> tuple[str, ...]:
    """The cells of the group that is named."""
    from cisgram.errors import ConfigError
    from cisgram.io.reads import read_barcode_groups

    if cells.groups is None or cells.group is None:
        raise ConfigError("--groups and --group belong together: a table, and the group of it to use")
    groups = read_barcode_groups(cells.groups)
    if cells.group not in groups:
        raise ConfigError(f"{cells.groups} has no group {cells.group!r}; it has {', '.join(groups)}")
    return groups[cells.group]


def read_sizes(path: Path) -> dict[str, int]:
    """Contig lengths in bp from a table (chrom.sizes, .fai) or a FASTA file."""
    from cisgram.io.fasta import read_genome
    from cisgram.io.tables import read_chrom_sizes

    name = path.name.lower().removesuffix(".gz")
    return dict(read_genome(path).sizes) if name.endswith((".fa", ".fasta", ".fna")) else read_chrom_sizes(path)
