"""A small cell in memory and on disk: a genome, stranded tracks of two replicates, a control, windows."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cisgram.data.build import build_store
from cisgram.data.splits import split_by_contig
from cisgram.data.store import ExampleStore
from cisgram.data.tracks import StrandFiles, TrackFiles
from cisgram.data.windows import propose_windows
from cisgram.genomics.genome import Genome
from cisgram.genomics.interval import interval_table
from cisgram.io.bigwig import write_bigwig

SIZES = {"I": 900, "II": 700, "III": 600}


@dataclass
class Cell:
    """What was measured, as arrays and as files."""

    genome: Genome
    signal: dict[str, dict[str, np.ndarray]]  # file stem -> contig -> counts
    tracks: tuple[TrackFiles, ...]
    controls: tuple[TrackFiles, ...]
    windows: pd.DataFrame
    folder: Path


def write_signal(path, contigs):
    sizes = {chrom: values.size for chrom, values in contigs.items()}
    write_bigwig(path, sizes, ((chrom, values) for chrom, values in contigs.items()))


@pytest.fixture(scope="session")
def cell(tmp_path_factory) -> Cell:
    folder = tmp_path_factory.mktemp("cell")
    rng = np.random.default_rng(7)
    genome = Genome.from_codes({chrom: rng.integers(0, 4, size, dtype=np.uint8) for chrom, size in SIZES.items()})
    stems = [f"{name}.{strand}" for name in ("a1", "a2", "b1", "b2", "b3", "input1", "input2") for strand in "+-"]
    signal = {
        stem: {chrom: rng.poisson(0.4, size).astype(np.float32) for chrom, size in SIZES.items()} for stem in stems
    }
    for stem, contigs in signal.items():
        write_signal(folder / f"{stem}.bw", contigs)

    def replicate(name):
        return StrandFiles(folder / f"{name}.+.bw", folder / f"{name}.-.bw")

    tracks = (
        TrackFiles("a", (replicate("a1"), replicate("a2"))),
        TrackFiles("b", (replicate("b1"), replicate("b2"), replicate("b3"))),
    )
    controls = (TrackFiles("input", (replicate("input1"), replicate("input2"))),)
    chrom = ["I"] * 14 + ["II"] * 10 + ["III"] * 8 + ["I", "X"]
    at = [*range(60, 900, 60), *range(60, 660, 60), *range(60, 540, 60), 3, 50]
    peaks = interval_table(chrom, at, np.array(at) + 1).sample(frac=1, random_state=1)
    windows = propose_windows(peaks, sizes=SIZES, input_length=40, jitter_bp=8, center="middle")
    windows = split_by_contig(windows, valid=["II"], test=["III"])
    windows.loc[windows.index % 4 == 0, "kind"] = "negative"
    return Cell(genome, signal, tracks, controls, windows, folder)


@pytest.fixture(scope="session")
def store(cell, tmp_path_factory) -> ExampleStore:
    return build_store(
        tmp_path_factory.mktemp("store") / "examples",
        cell.windows,
        cell.genome,
        cell.tracks,
        cell.controls,
        input_length=40,
        output_length=20,
        jitter_bp=8,
    )
