"""Bring every library of a run onto the same bases: one store of tracks, peaks of the deep ones, training windows."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from cisgram.data.coverage_store import CoverageReader, CoverageStore, write_coverage
from cisgram.data.splits import split_by_contig
from cisgram.data.windows import drop, drop_summary, require_kept
from cisgram.genomics.interval import interval_table, is_locus
from cisgram.io.tables import write_bed, write_narrowpeak, write_table
from cisgram.peaks.compare import is_in_peaks
from cisgram.run.folder import CoverageRun
from cisgram.run.steps.coverage.adopted import adopted_input, judged_contigs
from cisgram.run.steps.coverage.clean_peaks import clean_peaks
from cisgram.run.steps.coverage.known import PARTS, KnownGenome, known_genome
from cisgram.run.steps.coverage.libraries import TRACK_COLUMNS, Libraries, open_libraries
from cisgram.training.denoise import ChannelReader, coverage_mean

logger = logging.getLogger(__name__)

COVERAGE_WINDOW_COLUMNS = ("chrom", "start", "end", "pair", "track", "split", "dropped")
"""One row per window and shallow track that is learnt from; ``dropped`` is empty or the reason why it is not used."""


def prepare(run: CoverageRun) -> Mapping[str, Any]:
    """Do the step; the notes say what was kept and what was dropped for which reason."""
    known = known_genome(run)
    if run.config.split is None:
        _write_parts(run, known)
    readers: dict[str, CoverageReader] = {}
    rows, kept_open, peaks_of = [], [], {}
    for libraries in open_libraries(run, known):
        peaks, left_out = clean_peaks(run, known, libraries)
        name = libraries.pair.name
        peaks_of[name] = (peaks, left_out)
        rows += list(_tracks(libraries, peaks, readers))
        kept_open.append(libraries)  # an index of reads is removed when nothing refers to it
        logger.info("%s: %d shallow tracks, %d peaks", name, len(libraries.shallow), len(peaks))
    lengths = {chrom: end - start for chrom, (start, end) in known.spans.items()}
    shifted = {track: known.shifted(read) for track, read in readers.items()}
    store = write_coverage(run.examples / "store", lengths, shifted)
    tracks = pd.DataFrame(rows, columns=list(TRACK_COLUMNS)).assign(
        mean_coverage=[coverage_mean(_as_channel(known.reader(store, row[2])), known.regions) for row in rows]
    )
    windows = training_windows(run, known, store, tracks)
    write_table(run.examples / "tracks.tsv", tracks)
    write_table(run.examples / "windows.tsv.gz", windows)
    write_bed(run.examples / "regions.bed", known.regions)
    for name, (peaks, _) in peaks_of.items():
        write_narrowpeak(run.examples / f"{name}.peaks.narrowPeak", peaks)
    kept = windows[windows["dropped"].eq("")]
    return {
        "n_candidates": len(windows),
        "n_kept": {str(part): int(n) for part, n in kept["split"].value_counts().items()},
        "dropped": drop_summary(windows),
        "known_bp": known.n_bases,
        "known_bp_by_contig": {
            str(chrom): int((own["end"] - own["start"]).sum())
            for chrom, own in known.regions.groupby("chrom", sort=False)
        },
        "peaks": {name: {"n": len(peaks), "left out": left} for name, (peaks, left) in peaks_of.items()},
        "records_left_out": {one.pair.name: _records_left_out(one) for one in kept_open},
    }


def inputs(run: CoverageRun) -> Iterator[str]:
    """Every file that the step reads."""
    contigs = run.config.contigs
    yield from adopted_input(run)
    yield from [contigs.sizes] if contigs.sizes else []
    yield from (one for one in contigs.regions if not is_locus(one))
    for pair in run.config.pairs:
        yield from (*pair.clean, *pair.noisy, *pair.replicate, *([pair.barcodes] if pair.barcodes else []))
        if pair.peaks not in ("macs3", "threshold"):
            yield pair.peaks


def training_windows(run: CoverageRun, known: KnownGenome, store: CoverageStore, tracks: pd.DataFrame) -> pd.DataFrame:
    """Windows on the known regions, once per shallow track that is learnt from, with why the others are not used.

    None, where nothing is trained.

    Raises
    ------
    EmptySetError
        Where a part is left without windows, with what was dropped for which reason.
    """
    length, split = run.config.model.output_length, run.config.split
    if split is None:
        return pd.DataFrame({name: pd.Series(dtype=str) for name in COVERAGE_WINDOW_COLUMNS})
    tiles = _tiles(known, length)
    learnt = tracks[tracks["is_learnt"]]
    parts = []
    for row in learnt.to_dict("records"):
        own = tiles.assign(pair=row["pair"], track=row["track"])
        read = known.reader(store, row["track"])
        is_empty = np.array(
            [not read(*place).any() for place in zip(own["chrom"], own["start"], own["end"], strict=True)]
        )
        parts.append(drop(own, is_empty, "no read in the shallow track"))
    windows = split_by_contig(pd.concat(parts, ignore_index=True), valid=split.valid, test=split.test)
    for part in ("train", "valid", "test"):
        require_kept(windows, split=part, hint=f"windows are {length:,} bp long ([model] output_length)")
    return windows[list(COVERAGE_WINDOW_COLUMNS)]


def _write_parts(run: CoverageRun, known: KnownGenome) -> None:
    """Which contigs a model that was trained before is judged on."""
    judged = judged_contigs(run, known.contigs)
    parts = ["test" if name in judged else "other" for name in known.contigs]
    run.examples.mkdir(parents=True, exist_ok=True)
    write_table(run.examples / PARTS, pd.DataFrame({"chrom": known.contigs, "part": parts}))


def _as_channel(read: CoverageReader) -> ChannelReader:
    """A track as the only channel of a model."""
    return lambda chrom, start, end: read(chrom, start, end)[None]


def _tiles(known: KnownGenome, length: int) -> pd.DataFrame:
    """Windows from the left end of every region; a rest that is shorter stays, marked as dropped."""
    chroms, starts, ends = [], [], []
    for chrom, start, end in known.regions.itertuples(index=False):
        at = np.arange(start, end, length)
        chroms += [chrom] * len(at)
        starts += at.tolist()
        ends += np.minimum(at + length, end).tolist()
    tiles = interval_table(chroms, starts, ends).assign(split="", dropped="")
    return drop(tiles, (tiles["end"] - tiles["start"] < length).to_numpy(), "region shorter than a window")


def _tracks(
    libraries: Libraries, peaks: pd.DataFrame, readers: dict[str, CoverageReader]
) -> Iterator[tuple[str, str, str, str, str, float, float, bool, bool]]:
    """Rows of the table of tracks of one pair; their readers are added to ``readers``."""
    pair, clean = libraries.pair, libraries.clean
    deep = [("clean", clean, clean.coverage), ("replicate", libraries.replicate, None)]
    for kind, source, read in deep:
        if source is not None:
            track = f"{pair.name}.{kind}"
            readers[track] = read or source.coverage
            n_reads = float(source.n_reads) if source.is_countable else np.nan
            yield pair.name, pair.use, track, kind, "", np.nan, n_reads, False, False
    readers[f"{pair.name}.peaks"] = lambda chrom, start, end: is_in_peaks(peaks, chrom, start, end).astype(np.float32)
    yield pair.name, pair.use, f"{pair.name}.peaks", "peaks", "", np.nan, np.nan, False, False
    for level, source in libraries.shallow.items():
        track = f"{pair.name}.{level.label}"
        readers[track] = source.coverage
        n_reads = float(source.n_reads) if source.is_countable else np.nan
        is_learnt, is_judged = level in libraries.learnt, level in libraries.judged
        yield pair.name, pair.use, track, "shallow", level.kind, level.amount, n_reads, is_learnt, is_judged


def _records_left_out(libraries: Libraries) -> dict[str, int]:
    """Records of the deep library that were not counted, by reason."""
    report = libraries.clean.report
    return {} if report is None else {reason: int(n) for reason, n in report.dropped.items()}
