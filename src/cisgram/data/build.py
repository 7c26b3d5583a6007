"""From a genome, bigWig files and a table of windows to an example store."""

import os
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from cisgram.data.layout import StoreLayout
from cisgram.data.store import ExampleBlock, ExampleStore, write_store
from cisgram.data.tracks import TrackFiles, TrackReader, open_tracks, warn_of_missing_contigs
from cisgram.data.windows import require_kept
from cisgram.errors import ConfigError, InputError
from cisgram.genomics.genome import Genome

_BLOCK_BYTES = 1 << 26


def build_store(
    folder: str | os.PathLike[str],
    windows: pd.DataFrame,
    genome: Genome,
    tracks: Sequence[TrackFiles],
    controls: Sequence[TrackFiles] = (),
    *,
    input_length: int,
    output_length: int,
    jitter_bp: int,
) -> ExampleStore:
    """Read sequence and counts of every kept window and write them as an example store.

    The windows are put in the order of the genome, so that every file is read from front to back. Memory: a block
    of about 64 MB and what one read of a bigWig takes, whatever the number of windows.

    Parameters
    ----------
    folder
        Where to; see :func:`cisgram.data.store.write_store`.
    windows
        A windows table of length ``input_length``.
    genome
        The genome.
    tracks
        Signals to predict: all stranded, or all unstranded. Replicates are kept apart as well as added up.
    controls
        Controls; replicates are added up, each strand is a channel of its own.
    input_length, output_length, jitter_bp
        Geometry in bp; see :class:`cisgram.data.layout.StoreLayout`.

    Returns
    -------
    ExampleStore
        The store, opened.

    Raises
    ------
    InputError
        If files are missing (all of them are named) or windows have another length.
    ContigError
        If contigs of a bigWig do not fit the genome.
    FormatError
        If values in a bigWig are no counts; with the file and the locus.
    """
    require_kept(windows)
    _check_lengths(windows, input_length)
    layout = _layout(
        genome, tracks, controls, input_length=input_length, output_length=output_length, jitter_bp=jitter_bp
    )
    readers, control_readers = open_tracks(tracks, genome.sizes), open_tracks(controls, genome.sizes)
    order = {chrom: place for place, chrom in enumerate(genome.sizes)}
    place = windows["chrom"].map(order).fillna(len(order))
    windows = windows.assign(_place=place).sort_values(["_place", "start"], kind="stable", ignore_index=True)
    windows = windows.drop(columns="_place")
    kept = windows[windows["dropped"].eq("")]
    warn_of_missing_contigs([*readers, *control_readers], kept)
    return write_store(folder, windows, layout, _blocks(kept, genome, readers, control_readers, layout=layout))


def _check_lengths(windows: pd.DataFrame, input_length: int) -> None:
    """Refuse windows that do not have the length of the input."""
    kept = windows[windows["dropped"].eq("")]
    wrong = kept["end"] - kept["start"] != input_length
    if wrong.any():
        row = kept[wrong].iloc[0]
        raise InputError(
            f"windows must be input_length = {input_length} bp long; {int(wrong.sum())} are not, the first is "
            f"{row['chrom']} start {row['start']}, end {row['end']}"
        )


def _layout(
    genome: Genome, tracks: Sequence[TrackFiles], controls: Sequence[TrackFiles], **lengths: int
) -> StoreLayout:
    """The layout that tracks and controls ask for."""
    if len({track.n_strands for track in tracks}) > 1:
        raise ConfigError("stranded and unstranded tracks cannot share a store; give all of them both strands, or none")
    names: list[str] = []
    on_reverse: list[int] = []
    for control in controls:
        first = len(names)
        strands = ("+", "-") if control.n_strands == 2 else ("",)
        names += [f"{control.name}{strand}" for strand in strands]
        on_reverse += [first + strand for strand in reversed(range(control.n_strands))]
    return StoreLayout(
        n_strands=tracks[0].n_strands if tracks else 0,
        track_names=tuple(track.name for track in tracks),
        n_replicates=tuple(len(track.replicates) for track in tracks),
        control_names=tuple(names),
        control_on_reverse=tuple(on_reverse),
        genome_sha256=genome.sha256,
        **lengths,
    )


def _blocks(
    kept: pd.DataFrame,
    genome: Genome,
    readers: Sequence[TrackReader],
    control_readers: Sequence[TrackReader],
    *,
    layout: StoreLayout,
) -> Iterator[ExampleBlock]:
    """Read the examples block by block."""
    bytes_per_row = sum(4 * int(np.prod(shape)) for shape in layout.shapes(1).values())
    n_rows = max(1, _BLOCK_BYTES // bytes_per_row)
    margin, crop = layout.jitter_bp, layout.crop_bp
    central = slice(margin, margin + layout.output_length)
    for first in range(0, len(kept), n_rows):
        block = kept.iloc[first : first + n_rows]
        inputs = block.assign(start=block["start"] - margin, end=block["end"] + margin)
        outputs = block.assign(start=inputs["start"] + crop, end=inputs["end"] - crop)
        by_replicate = [reader.windows(outputs) for reader in readers]
        controls = [reader.windows(outputs).sum(axis=1) for reader in control_readers]
        yield ExampleBlock(
            sequences=genome.windows(inputs),
            counts=np.stack([counts.sum(axis=1) for counts in by_replicate], axis=1),  # window track strand length
            controls=np.concatenate(controls, axis=1) if controls else None,
            replicates=tuple(counts[..., central] for counts in by_replicate),
        )
