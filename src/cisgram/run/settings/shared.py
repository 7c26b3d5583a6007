"""Sections that every kind of run may have: the genome, the split, batches, negatives, known motifs."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from cisgram.doctor.questions import CHECKS
from cisgram.errors import ConfigError, InputError
from cisgram.io.file_names import require_distinct_files, require_file_name


@dataclass(frozen=True)
class GenomeConfig:
    """The genome that was measured."""

    fasta: str
    """FASTA file: plain, gzip or bgzip."""
    leave_out: tuple[str, ...] = ()
    """Contigs that are never used, e.g. the mitochondrion."""


@dataclass(frozen=True)
class SplitConfig:
    """Which contigs the model never trains on; all others are for training."""

    test: tuple[str, ...]
    """Contigs for the figures of the report."""
    valid: tuple[str, ...]
    """Contigs for early stopping and for the choice of settings."""

    def __post_init__(self) -> None:
        if not self.test or not self.valid:
            raise ConfigError("split needs at least one test contig and one valid contig")
        if both := sorted(set(self.test) & set(self.valid)):
            raise ConfigError(f"split has {', '.join(both)} in both test and valid; a contig belongs to one part")


@dataclass(frozen=True)
class BatchConfig:
    """How training windows are put together."""

    size: int = 64
    """Windows per step and device."""
    reverse_complement: bool = True
    """Turn half of the training windows to the other strand, sequence and counts together."""

    def __post_init__(self) -> None:
        if self.size < 1:
            raise ConfigError(f"batches.size must be at least 1; got {self.size}")


@dataclass(frozen=True)
class NegativeConfig:
    """Unbound windows with the GC content of the bound ones."""

    ratio: float = 0.0
    """Negatives per peak window; 0 makes none."""
    per_epoch: float = 1.0
    """Share of the training negatives that every epoch sees, drawn anew."""

    def __post_init__(self) -> None:
        if self.ratio < 0 or not 0 <= self.per_epoch <= 1:
            raise ConfigError(
                "negatives.ratio must not be negative and per_epoch lies in 0..1; "
                f"got {self.ratio} and {self.per_epoch}"
            )


@dataclass(frozen=True)
class MotifConfig:
    """What the patterns are called and where they lie."""

    database: str = ""
    """MEME file of known motifs; left empty, patterns keep their numbers."""
    max_q_value: float = 0.05
    """A pattern takes the name of its best match if that is at least this good (Tomtom)."""


@dataclass(frozen=True)
class CheckConfig:
    """What the data doctor finds and the run goes on with."""

    accept: tuple[str, ...] = ()
    """Names of checks (``cisgram check --list``) whose errors are only warnings in this run."""

    def __post_init__(self) -> None:
        for name in self.accept:
            if name not in CHECKS:
                near = get_close_matches(name, CHECKS, n=1)
                hint = f"did you mean {near[0]!r}? " if near else ""
                raise ConfigError(f"check.accept has no check {name!r}; {hint}There are: {', '.join(CHECKS)}")


def require_track_name(name: str) -> None:
    """Refuse a track's name that cannot stand in the name of a file; see :mod:`cisgram.io.file_names`.

    Raises
    ------
    ConfigError
        Where it is empty, has other signs than letters, digits, ``-``, ``_`` and ``.``, or is no name for a file.
    """
    try:
        require_file_name(name, "a track")
    except InputError as error:
        raise ConfigError(str(error)) from error


def require_track_names(names: Sequence[str], what: str = "track") -> None:
    """Refuse names of tracks that are not all different, or would not be as names of files on every system.

    Parameters
    ----------
    names
        The names.
    what
        What they are the names of.

    Raises
    ------
    ConfigError
        Where a name repeats, or two differ in capital letters alone.
    """
    if len(set(names)) < len(names):
        raise ConfigError(f"every {what} needs a name of its own; got {', '.join(names)}")
    try:
        require_distinct_files(names, f"{what}s")
    except InputError as error:
        raise ConfigError(str(error)) from error
