"""``cisgram denoise``: what a shallow sample, or a few cells, would look like in deep data, and its peaks."""

import logging
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cisgram.cli.session import Json, Quiet, Session, session

if TYPE_CHECKING:
    import pandas as pd

    from cisgram.io.reads import CoverageSource
    from cisgram.models.atacworks import AtacWorks

_LOG = logging.getLogger(__name__)


class BigwigKind(StrEnum):
    """What a bigWig holds."""

    COVERAGE = "coverage"
    CUT_SITES = "cut_sites"


def denoise(
    model: Annotated[Path, typer.Argument(help="Run folder of an AtacWorks, or its checkpoint (.safetensors).")],
    sample: Annotated[list[Path], typer.Argument(help="bigWig, fragments (.tsv.gz) or BAM; several are added up.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Beginning of the names of the results.")],
    chrom_sizes: Annotated[
        Path | None, typer.Option("--chrom-sizes", help="Lengths of contigs (chrom.sizes or .fai); for fragments.")
    ] = None,
    chroms: Annotated[
        list[str] | None, typer.Option("--chroms", "-c", help="Contigs to denoise, commas between (default: all).")
    ] = None,
    regions: Annotated[Path | None, typer.Option("--regions", help="BED: denoise inside these intervals only.")] = None,
    channels: Annotated[
        list[Path] | None, typer.Option("--channel", help="bigWig of a further channel that the model reads.")
    ] = None,
    barcodes: Annotated[
        Path | None, typer.Option("--barcodes", help="Of fragments, use the cells of this list only.")
    ] = None,
    groups: Annotated[
        Path | None, typer.Option("--groups", help="Table barcode, group: denoise each group of cells by itself.")
    ] = None,
    read_shift: Annotated[
        tuple[int, int],
        typer.Option("--read-shift", help="Added to plus and minus ends: 4 -4 for raw Tn5 ends, 0 0 if centred."),
    ] = (0, 0),
    extend: Annotated[int, typer.Option("--extend", min=0, help="How far a cut site reaches, as in training.")] = 100,
    bigwig: Annotated[
        BigwigKind, typer.Option("--bigwig", help="Whether a bigWig is coverage or holds cut sites.")
    ] = BigwigKind.COVERAGE,
    threshold: Annotated[float, typer.Option("--threshold", help="Least probability of a base in a peak.")] = 0.5,
    min_length: Annotated[int, typer.Option("--min-length", help="Least length of a peak in bp.")] = 20,
    max_gap: Annotated[int, typer.Option("--max-gap", help="Longest gap inside a peak in bp.")] = 0,
    decimals: Annotated[int, typer.Option("--decimals", help="Decimals of the track in its file.")] = 2,
    window: Annotated[int, typer.Option("--window", help="Bases that go through the model at once.")] = 100_000,
    batch: Annotated[int, typer.Option("--batch", help="Windows at a time.")] = 1,
    mean_coverage: Annotated[
        float, typer.Option("--mean-coverage", help="Mean coverage of the sample per base (0: measured).")
    ] = 0.0,
    device: Annotated[str | None, typer.Option("--device", help="cpu, cuda, ... (default: cpu).")] = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Denoise ATAC-seq coverage and call peaks.

    Writes OUT.track.bw, OUT.probability.bw, OUT.peaks.narrowPeak and OUT.denoise.json (with --groups, OUT.GROUP and so
    on). The sample should come from the protocol that the model was trained on. Its coverage is brought to the mean
    that the model was trained at, unless that was with match_depth = false: then it should be as deep, too.
    """
    with session(quiet=quiet, as_json=as_json) as spoken:
        from cisgram.cli.experiment.options import split_words
        from cisgram.io.file_names import require_part_of_name
        from cisgram.io.reads import open_coverage_source, read_barcode_groups, read_barcodes
        from cisgram.io.tables import read_chrom_sizes
        from cisgram.run.denoise import DenoiseConfig, open_denoiser

        config = DenoiseConfig(threshold, min_length, max_gap, decimals, window, batch, mean_coverage)
        denoiser = open_denoiser(model)
        sizes = read_chrom_sizes(chrom_sizes) if chrom_sizes is not None else None
        source = open_coverage_source(sample, sizes=sizes, read_shift=read_shift, extend_bp=extend, kind=bigwig.value)
        if barcodes is not None:
            source = source.only(read_barcodes(barcodes))
        extra = [open_coverage_source(path, sizes=source.sizes) for path in channels or ()]
        samples = {"": source} if groups is None else source.groups(read_barcode_groups(groups))
        for name in samples:
            require_part_of_name(name, "a group of cells")
        job = _Job(denoiser, model, split_words(chroms), regions, extra, config, device)
        for name, one in samples.items():
            job.do(one, out.with_name(f"{out.name}.{name}") if name else out, name, spoken)


class _Job:
    """The same for every group of cells."""

    def __init__(
        self,
        denoiser: "AtacWorks",
        path: Path,
        chroms: tuple[str, ...],
        regions: Path | None,
        extra: "list[CoverageSource]",
        config: Any,
        device: str | None,
    ) -> None:
        self.denoiser, self.path, self.chroms, self.regions = denoiser, path, chroms, regions
        self.extra, self.config, self.device = extra, config, device

    def do(self, source: "CoverageSource", prefix: Path, name: str, spoken: Session) -> None:
        """Denoise one sample and say what came of it."""
        from cisgram.io.files import sha256_of
        from cisgram.run.denoise import denoise_to_files
        from cisgram.run.pace import logged_pace
        from cisgram.training.load import best_checkpoint

        checkpoint = best_checkpoint(self.path)
        pace = logged_pace(_LOG, f"kb of {name}" if name else "kb")
        about: dict[str, Any] = {
            "model": checkpoint,
            "model_sha256": sha256_of(checkpoint),
            "sample": list(source.paths),
            "sample_sha256": [sha256_of(path) for path in source.paths],
            **({"group": name, "n_cells": len(source.barcodes)} if name else {}),
            **({"n_reads": source.n_reads} if source.is_countable else {}),
        }
        files = denoise_to_files(
            self.denoiser,
            [source, *self.extra],
            self._places([source, *self.extra]),
            prefix,
            config=self.config,
            about=about,
            device=self.device,
            progress=lambda n_done, n_total: pace(n_done // 1000, n_total // 1000),
        )
        found = {"n_bases": files.n_bases, "n_peaks": files.n_peaks}
        written = {"track": files.track, "probability": files.probability, "peaks": files.peaks, "about": files.about}
        if name:
            spoken.result.setdefault("groups", {})[name] = {**found, **written}
        else:
            spoken.result = {**found, **written}
        spoken.say(
            f"{name + ': ' if name else ''}{files.n_bases / 1e6:.1f} Mb denoised, {files.n_peaks:,} peaks: "
            f"{files.track}, {files.probability.name}, {files.peaks.name}"
        )

    def _places(self, sources: "list[CoverageSource]") -> "pd.DataFrame":
        """What is denoised: whole contigs, or the intervals of a file, merged."""
        from cisgram.errors import ConfigError
        from cisgram.genomics.interval import merge
        from cisgram.io.tables import check_within, read_intervals
        from cisgram.run.denoise import regions_of

        if self.regions is None:
            return regions_of(sources, self.chroms)
        if self.chroms:
            raise ConfigError("give either --chroms or --regions")
        intervals = read_intervals(self.regions)
        check_within(intervals, sources[0].sizes, self.regions)
        return merge(intervals)
