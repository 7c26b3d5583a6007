"""``cisgram peaks call``: peaks of raw reads by MACS3 or from counts, of denoised tracks by a threshold."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from cisgram.cli.coverage_options import (
    Barcodes,
    Bigwig,
    BigwigKind,
    Cells,
    Extend,
    Group,
    Groups,
    Inputs,
    Shift,
    Sizes,
    open_source,
)
from cisgram.cli.session import Json, Quiet, session

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from cisgram.io.reads import CoverageSource
    from cisgram.peaks.threshold import ScoredPiece

_PIECE_BP = 1 << 22


class Method(StrEnum):
    """How peaks are called."""

    MACS3 = "macs3"
    THRESHOLD = "threshold"
    POISSON = "poisson"


class _Macs(NamedTuple):
    """What MACS3 is told."""

    genome_size: float | None
    q_value: float
    p_value: float | None
    control: Path | None
    program: Path | None
    is_chip: bool


def call(
    inputs: Inputs,
    out: Annotated[Path, typer.Option("--out", help="narrowPeak to write, with or without .gz.")],
    method: Annotated[
        Method, typer.Option("--method", help="macs3, threshold (of a track) or poisson.")
    ] = Method.MACS3,
    threshold: Annotated[float, typer.Option("--threshold", help="threshold: least value of a base in a peak.")] = 0.5,
    min_length: Annotated[int, typer.Option("--min-length", min=1, help="threshold: shortest peak in bp.")] = 20,
    max_gap: Annotated[int, typer.Option("--max-gap", min=0, help="threshold: longest gap inside a peak in bp.")] = 0,
    track: Annotated[
        Path | None,
        typer.Option("--track", help="threshold: bigWig for means, maxima and summits (default: the input)."),
    ] = None,
    genome_size: Annotated[
        float | None, typer.Option("--genome-size", help="macs3: bases that can be mapped to (default: all contigs).")
    ] = None,
    q_value: Annotated[float, typer.Option("--q-value", help="macs3: largest share of false peaks.")] = 0.05,
    p_value: Annotated[
        float | None, typer.Option("--p-value", help="macs3: largest p-value instead; poisson: default 1e-9.")
    ] = None,
    chip: Annotated[
        bool, typer.Option("--chip", help="macs3: give it the file as it is and let it learn fragment lengths (ChIP).")
    ] = False,
    control: Annotated[Path | None, typer.Option("--control", help="macs3 --chip: reads of a control.")] = None,
    macs3: Annotated[
        Path | None, typer.Option("--macs3", help="The program (default: beside Python, or on PATH).")
    ] = None,
    sizes: Sizes = None,
    read_shift: Shift = (0, 0),
    extend: Extend = 100,
    bigwig: Bigwig = BigwigKind.COVERAGE,
    barcodes: Barcodes = None,
    groups: Groups = None,
    group: Group = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Call peaks and write them as narrowPeak, with summits.

    MACS3 is the usual caller for raw data (the extra 'peaks'); a threshold suits denoised coverage and probabilities.
    """
    with session(quiet=quiet, as_json=as_json) as spoken:
        from cisgram.io.tables import write_narrowpeak

        options = _Macs(genome_size, q_value, p_value, control, macs3, chip)
        if method is Method.MACS3 and chip:
            peaks = _macs_on_file(inputs, options)
        else:
            source = open_source(
                inputs,
                sizes=sizes,
                read_shift=read_shift,
                extend_bp=extend,
                bigwig=bigwig,
                cells=Cells(barcodes, groups, group),
            )
            if method is Method.MACS3:
                peaks = _macs_on_source(source, options)
            elif method is Method.POISSON:
                peaks = _poisson(source, p_value)
            else:
                peaks = _by_threshold(source, track, (threshold, min_length, max_gap))
        write_narrowpeak(out, peaks)
        width = (peaks["end"] - peaks["start"]).median() if len(peaks) else None
        spoken.result = {"out": str(out), "method": method.value, "peaks": len(peaks), "median_length_bp": width}
        spoken.say(f"{len(peaks):,} peaks: {out}")


def _macs_on_file(inputs: list[Path], options: _Macs) -> "pd.DataFrame":
    """Let MACS3 read the file itself."""
    from cisgram.errors import ConfigError
    from cisgram.peaks.macs import MacsConfig, call_macs

    if options.genome_size is None or len(inputs) != 1:
        raise ConfigError("--chip needs one file of reads and --genome-size, the bases that can be mapped to")
    q_value = options.q_value if options.p_value is None else None
    config = MacsConfig(options.genome_size, q_value=q_value, p_value=options.p_value, keep_duplicates=1)
    return call_macs(inputs[0], config, control=options.control, program=options.program).peaks


def _macs_on_source(source: "CoverageSource", options: _Macs) -> "pd.DataFrame":
    """Give MACS3 cut sites, or coverage."""
    from cisgram.errors import ConfigError
    from cisgram.peaks.macs import MacsConfig, call_macs

    if options.control is not None:
        raise ConfigError("--control goes with --chip")
    genome_size = options.genome_size or float(sum(source.sizes.values()))
    q_value = options.q_value if options.p_value is None else None
    # A box of MACS3 has an even length; one base is all that it differs from ours.
    box = {"shift_bp": -source.extend_bp, "extend_bp": max(1, 2 * source.extend_bp)}
    config = MacsConfig.atac(genome_size, q_value=q_value, p_value=options.p_value, **box)
    return call_macs(source, config, program=options.program).peaks


def _poisson(source: "CoverageSource", p_value: float | None) -> "pd.DataFrame":
    """Windows with more cut sites than the genome's background gives by chance."""
    from cisgram.genomics.poisson_peaks import PeakRule, call_peaks

    rule = PeakRule(p_value=p_value or 1e-9, summit_reach_bp=50)
    contigs = source.contigs_with_reads
    return call_peaks(
        contigs, lambda chrom: source.cut_counts(chrom, 0, source.sizes[chrom]), rule=rule, hint="raise --p-value"
    )


def _by_threshold(source: "CoverageSource", track: Path | None, limits: tuple[float, int, int]) -> "pd.DataFrame":
    """Stretches at or above a threshold."""
    from cisgram.io.reads import open_coverage_source
    from cisgram.peaks.threshold import call_by_threshold

    heights = None if track is None else open_coverage_source(track, sizes=source.sizes)
    threshold, min_length_bp, max_gap_bp = limits
    pieces = _pieces(source, heights)
    return call_by_threshold(pieces, threshold=threshold, min_length_bp=min_length_bp, max_gap_bp=max_gap_bp)


def _pieces(source: "CoverageSource", heights: "CoverageSource | None") -> "Iterator[ScoredPiece]":
    """A track, piece by piece."""
    from cisgram.peaks.threshold import ScoredPiece

    for chrom in source.contigs_with_reads:
        for start in range(0, source.sizes[chrom], _PIECE_BP):
            end = min(start + _PIECE_BP, source.sizes[chrom])
            height = None if heights is None else heights.coverage(chrom, start, end)
            yield ScoredPiece(chrom, start, source.coverage(chrom, start, end), height)
