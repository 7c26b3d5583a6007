"""What ``motifs discover`` looks into: sequences, peaks, explained windows or genes, and what they are held against."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cisgram.errors import ConfigError, InputError

if TYPE_CHECKING:
    import pandas as pd

    from cisgram.genomics.genome import Genome
    from cisgram.genomics.sequence_set import SequenceSet

PEAK_WIDTH_BP = 100
"""Bases around the summit, or the middle, of a peak that are looked at unless a width is given."""
_CONTROLS_PER_SEQUENCE, _MOST_CONTROLS = 5, 20_000


class Inputs(NamedTuple):
    """What to search, and what to hold it against."""

    sequences: "SequenceSet"
    control: "SequenceSet | None"
    """None where the sequences are to be shuffled."""
    remarks: dict[str, str]
    """What was read, left out and altered, for people."""


class Request(NamedTuple):
    """What the command line asks for."""

    sequences: Path | None
    control: str
    genome: Path | None
    width_bp: int | None
    mask_lower_case: bool
    track: str | None
    score: str | None
    seed: int


class GenesRequest(NamedTuple):
    """What the command line asks for where it starts from genes."""

    genes: Path
    annotation: Path
    genome: Path
    upstream_bp: int
    downstream_bp: int
    clip_to_neighbors: bool


def read_inputs(asked: Request) -> Inputs:
    """Read the sequences, and the control if one is given.

    Raises
    ------
    ConfigError
        If options do not go together, or one is missing.
    """
    if asked.sequences is None:
        raise ConfigError("name sequences (FASTA, BED, a table with labels, contributions.h5, a run), or give --genes")
    sequences, unbound, remarks = _read(asked, asked.sequences, "sequences")
    if asked.control == "shuffled":
        if unbound is None:
            return Inputs(sequences, None, {**remarks, "control": "the sequences shuffled, dinucleotides kept"})
        return Inputs(sequences, unbound, {**remarks, "control": f"label 0 of {asked.sequences}"})
    if asked.control == "genome":
        if sequences.places is None:
            raise ConfigError("--control genome needs to know where the sequences lie: give intervals, not sequences")
        control = _elsewhere(_opened(asked), sequences.places, seed=asked.seed)
        return Inputs(sequences, control, {**remarks, "control": "other places of the genome"})
    control, _, of_control = _read(asked, Path(asked.control), "control")
    return Inputs(sequences, control, {**remarks, **of_control})


def read_genes_as_inputs(asked: GenesRequest) -> Inputs:
    """Cut the sequences upstream of a list of genes; those of all other genes are the control."""
    from cisgram.genomics.upstream import upstream_sets
    from cisgram.io.fasta import read_genome
    from cisgram.io.genes import read_gene_list, read_genes

    sets = upstream_sets(
        read_genome(asked.genome),
        read_genes(asked.annotation),
        read_gene_list(asked.genes),
        upstream_bp=asked.upstream_bp,
        downstream_bp=asked.downstream_bp,
        clip_to_neighbors=asked.clip_to_neighbors,
    )
    remarks = {
        "genes": f"{asked.genes}: {sets.n_genes} genes, {len(sets.genes)} upstream regions of {asked.upstream_bp} bp",
        "annotation": str(asked.annotation),
        "genome": str(asked.genome),
        "control": f"upstream regions of {len(sets.others):,} other genes",
        **{reason: f"{n:,}" for reason, n in {**sets.dropped, **sets.changed}.items()},
    }
    return Inputs(sets.genes, sets.others, remarks)


def _opened(asked: Request) -> "Genome":
    from cisgram.io.fasta import read_genome

    if asked.genome is None:
        raise ConfigError("intervals, and --control genome, need the genome: --genome FASTA")
    return read_genome(asked.genome)


def _read(asked: Request, path: Path, what: str) -> "tuple[SequenceSet, SequenceSet | None, dict[str, str]]":
    """Sequences from a file of any kind, those with label 0 if it has labels, and remarks."""
    from cisgram.io.labelled_sequences import read_labelled_sequences
    from cisgram.io.sequences import read_sequences, read_weighted_windows
    from cisgram.io.tables import read_intervals

    unbound = None
    kind = kind_of_file(path)
    if kind == "contributions":
        file = path / "contributions.h5" if path.is_dir() else path
        read = read_weighted_windows(file, asked.track, asked.score, width_bp=asked.width_bp)
        sequences, notes = read.sequences, {**read.dropped, **read.changed}
    elif kind == "labels":
        labelled = read_labelled_sequences(path)
        sequences, unbound, notes = labelled.bound, labelled.unbound, {**labelled.dropped, **labelled.changed}
    elif kind == "intervals":
        from cisgram.genomics.sequences_at import sequences_at

        cut = sequences_at(_opened(asked), read_intervals(path), width_bp=asked.width_bp or PEAK_WIDTH_BP)
        sequences, notes = cut.sequences, {**cut.dropped, **cut.changed}
    else:
        read = read_sequences(path, mask_lower_case=asked.mask_lower_case)
        sequences, notes = read.sequences, {**read.dropped, **read.changed}
        if asked.width_bp is not None:
            raise ConfigError(f"{path} holds sequences, which are taken whole: --width is for intervals and windows")
    lengths = sequences.lengths
    span = f"{lengths.min()} bp" if lengths.min() == lengths.max() else f"{lengths.min()} to {lengths.max()} bp"
    remarks = {what: f"{path}: {len(sequences):,} of {span}"}
    return sequences, unbound, {**remarks, **{f"{what}, {reason}": f"{n:,}" for reason, n in notes.items()}}


def kind_of_file(path: Path) -> str:
    """What a file holds, by its first bytes: ``contributions``, ``fasta``, ``intervals`` or ``labels``."""
    from cisgram.io.files import require_file
    from cisgram.io.packing import read_chunks

    if path.is_dir():
        if not (path / "contributions.h5").is_file():
            raise InputError(f"{path} is a folder without contributions.h5; a run has one after its contributions step")
        return "contributions"
    with require_file(path, "sequences or intervals").open("rb") as file:
        if file.read(8) == b"\x89HDF\r\n\x1a\n":
            return "contributions"
    first = next(iter(read_chunks(path, "sequences or intervals"))).lstrip()[:2000].decode("utf-8", "replace")
    if first.startswith(">"):
        return "fasta"
    line = next((one for one in first.splitlines() if one and not one.startswith(("#", "track", "browser"))), "")
    cells = line.split("\t")
    if len(cells) >= 3 and (cells[1].isdigit() or cells[0].lower() == "chrom"):
        return "intervals"
    return "labels" if "," in line or "\t" in line else "fasta"


def _elsewhere(genome: "Genome", places: "pd.DataFrame", *, seed: int) -> "SequenceSet":
    """Random windows of the same length from where none of the places lies."""
    import numpy as np

    from cisgram.genomics.interval import overlaps, tile
    from cisgram.genomics.sequences_at import sequences_at

    tiles = tile(genome.sizes, length_bp=int((places["end"] - places["start"]).median()))
    tiles = tiles[~overlaps(tiles, places)]
    n = min(len(tiles), _CONTROLS_PER_SEQUENCE * len(places), _MOST_CONTROLS)
    rows = np.sort(np.random.default_rng(seed).permutation(len(tiles))[:n])
    return sequences_at(genome, tiles.iloc[rows]).sequences
