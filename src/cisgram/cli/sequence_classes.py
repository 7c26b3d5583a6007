"""Sequences of two classes, or of one, as the verbs of classifiers read them from files of any kind."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from cisgram.errors import ConfigError

if TYPE_CHECKING:
    from cisgram.genomics.sequence_set import SequenceSet

Positive = Annotated[
    Path,
    typer.Argument(help="Positive sequences: FASTA; BED or narrowPeak (with --genome); CSV with labels, for both."),
]
Negative = Annotated[Path | None, typer.Argument(help="Negative ones; not with a CSV with labels.", show_default=False)]
GenomeFile = Annotated[Path | None, typer.Option("--genome", help="FASTA of the genome of intervals.")]
Width = Annotated[
    int | None, typer.Option("--width", min=1, help="bp around the summits of intervals (default: all of them).")
]


class Places(NamedTuple):
    """How intervals become sequences."""

    genome: Path | None
    width_bp: int | None


class Classes(NamedTuple):
    """Sequences of both classes."""

    positive: "SequenceSet"
    negative: "SequenceSet"
    remarks: dict[str, str]
    """What was read, left out and altered, for people."""


class Labelled(NamedTuple):
    """What one file holds."""

    sequences: "SequenceSet"
    unbound: "SequenceSet | None"
    """Those with label 0, if the file has labels."""
    remarks: dict[str, str]


def read_classes(positive: Path, negative: Path | None, places: Places) -> Classes:
    """Read two files, or one with labels.

    Raises
    ------
    ConfigError
        If the second file is missing, or given beside labels.
    """
    one = read_one(positive, places, "positive")
    if one.unbound is not None:
        if negative is not None:
            raise ConfigError(f"{positive} has labels for both classes; leave out {negative}")
        return Classes(one.sequences, one.unbound, one.remarks)
    if negative is None:
        raise ConfigError(f"{positive} has no labels: give a file of negative sequences as well")
    other = read_one(negative, places, "negative")
    if other.unbound is not None:
        raise ConfigError(f"{negative} has labels for both classes; give it alone, or sequences without labels")
    return Classes(one.sequences, other.sequences, {**one.remarks, **other.remarks})


def read_one(path: Path, places: Places, what: str) -> Labelled:
    """Read sequences from a file of any kind.

    Raises
    ------
    ConfigError
        If intervals come without a genome, or a width with anything else.
    """
    from cisgram.cli.motifs.inputs import kind_of_file
    from cisgram.genomics.sequences_at import sequences_at
    from cisgram.io.fasta import read_genome
    from cisgram.io.labelled_sequences import read_labelled_sequences
    from cisgram.io.sequences import read_sequences
    from cisgram.io.tables import read_intervals

    kind = kind_of_file(path)
    if kind == "contributions":
        raise ConfigError(f"{path} holds explained windows; give FASTA, intervals or a CSV with labels")
    if kind != "intervals" and places.width_bp is not None:
        raise ConfigError(f"{path} holds sequences, which are taken whole: --width is for intervals")
    unbound = None
    if kind == "labels":
        labelled = read_labelled_sequences(path)
        sequences, unbound, notes = labelled.bound, labelled.unbound, {**labelled.dropped, **labelled.changed}
    elif kind == "intervals":
        if places.genome is None:
            raise ConfigError(f"{path} holds intervals, which need the genome: --genome FASTA")
        cut = sequences_at(read_genome(places.genome), read_intervals(path), width_bp=places.width_bp)
        sequences, notes = cut.sequences, {**cut.dropped, **cut.changed}
    else:
        read = read_sequences(path)
        sequences, notes = read.sequences, {**read.dropped, **read.changed}
    n = f"{len(sequences):,}" + (f" with label 1, {len(unbound):,} with label 0" if unbound is not None else "")
    return Labelled(
        sequences, unbound, {what: f"{path}: {n}", **{f"{what}, {why}": f"{n:,}" for why, n in notes.items()}}
    )
