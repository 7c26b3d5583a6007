"""``cisgram states binarize``: in which bins of 200 bp each histone mark is present, in every cell type."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cisgram.cli.session import Json, Quiet, session
from cisgram.cli.states.options import BinSize

if TYPE_CHECKING:
    import pandas as pd


class Place(StrEnum):
    """Which base stands for a read."""

    SHIFTED = "shifted"
    MIDDLE = "middle"
    PAIR_MIDDLE = "pair_middle"


def binarize(
    table: Annotated[
        Path,
        typer.Argument(
            help="Cell type, mark, file and perhaps the control's file, tab-separated (ChromHMM's cellmarkfiletable). "
            "Files: BAM, fragments or BED of reads; narrowPeak, broadPeak; bigWig.",
            show_default=False,
        ),
    ],
    chrom_sizes: Annotated[Path, typer.Option("--chrom-sizes", help="Contig lengths (chrom.sizes, .fai) or FASTA.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for CELL_CONTIG_binary.txt.gz and binarize.tsv.")],
    data: Annotated[
        Path | None, typer.Option("--data", help="Where file names of the table begin (default: its folder).")
    ] = None,
    bin_size: BinSize = 200,
    p_value: Annotated[
        float, typer.Option("--p-value", "-p", help="Tail of Poisson's law beyond which counts are no chance.")
    ] = 1e-4,
    strict: Annotated[bool, typer.Option("--strict", help="Ask for one read more (ChromHMM's -strictthresh).")] = False,
    fold: Annotated[float, typer.Option("--fold", "-f", help="Least ratio to what is expected; 0 for any.")] = 0.0,
    min_signal: Annotated[float, typer.Option("--min-signal", "-g", help="Least count or signal; 0 for any.")] = 0.0,
    flank: Annotated[
        int, typer.Option("--control-flank", "-w", min=0, help="Sum the control over so many bins on either side.")
    ] = 5,
    pseudocount: Annotated[
        int, typer.Option("--control-pseudocount", "-u", min=0, help="Added to the control of every bin.")
    ] = 1,
    place: Annotated[
        Place,
        typer.Option(
            "--place",
            help="What stands for a read: its 5' end shifted into the fragment, its middle, or, of pairs in a BAM "
            "file, the middle of the fragment.",
        ),
    ] = Place.SHIFTED,
    shift: Annotated[int, typer.Option("--shift", "-n", min=0, help="How far 5' ends are shifted, in bp.")] = 100,
    peaks: Annotated[
        bool, typer.Option("--peaks", help="BED files are peaks: a mark is present in every bin they overlap.")
    ] = False,
    min_quality: Annotated[
        int, typer.Option("--min-mapping-quality", min=0, max=254, help="BAM: lowest mapping quality.")
    ] = 30,
    duplicates: Annotated[bool, typer.Option("--keep-duplicates", help="BAM: use reads marked as duplicates.")] = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Call histone marks present or absent in every bin, and write the files that learning starts from.

    The calls are those of ChromHMM's BinarizeBed, bit for bit (give --min-mapping-quality 0 --keep-duplicates for its
    BinarizeBam, which filters nothing).
    """
    with session(quiet=quiet, as_json=as_json) as spoken:
        from cisgram.chromatin.binarize import BinarizeConfig
        from cisgram.chromatin.binary_folder import inputs_record, write_binary_folder
        from cisgram.chromatin.mark_files import ReadingConfig, binarize_files
        from cisgram.cli.coverage_options import read_sizes
        from cisgram.io.chromhmm.file_table import read_mark_files
        from cisgram.io.reads import ReadFilter

        config = BinarizeConfig(bin_size, p_value, strict, fold, min_signal, flank, pseudocount)
        reading = ReadingConfig(place.value, shift, peaks, ReadFilter(min_quality, duplicates))
        files = read_mark_files(table, folder=data)
        record = inputs_record(table, files, sizes=chrom_sizes, reading=reading)
        cells = binarize_files(files, sizes=read_sizes(chrom_sizes), config=config, reading=reading)
        written = write_binary_folder(out, cells, config=config, record=record)
        spoken.result = {
            "out": str(out),
            "files": len(written.files),
            "marks": written.summary.astype(object).where(written.summary.notna(), None).to_dict("records"),
        }
        for line in _said(written.summary):
            spoken.say(line)
        spoken.say(f"{len(written.files)} files: {out}; how each mark was called: {out / 'binarize.tsv'}")


def _said(summary: "pd.DataFrame") -> list[str]:
    """Share of bins with each mark, one line per cell type."""
    return [
        f"{cell}: " + ", ".join(f"{one.mark} {one.share_present:.2%}" for one in rows.itertuples())
        for cell, rows in summary.groupby("cell", sort=False)
    ]
