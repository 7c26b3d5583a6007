"""Sequences to look for motifs in: FASTA of any lengths, and windows weighted by what a model made of their bases."""

import os
import re
import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd

from cisgram.arrays import Rows
from cisgram.errors import CisgramWarning, ConfigError, EmptySetError, FormatError
from cisgram.genomics.interval import interval_table
from cisgram.genomics.sequence import N, codes_of
from cisgram.genomics.sequence_set import SequenceSet
from cisgram.genomics.sequences_at import ReadSequences, counted
from cisgram.io.contributions import read_contributions
from cisgram.io.fasta_text import (
    AMBIGUOUS,
    CODE_OF_BYTE,
    FOREIGN,
    SPACE,
    error_at,
    foreign_letter,
    no_header,
    record_name,
)
from cisgram.io.packing import read_bytes

_IS_SPACE = np.zeros(256, dtype=bool)
_IS_SPACE[list(SPACE)] = True
_PLACE = re.compile(r"(?:.*::)?(.+):([0-9]{1,18})-([0-9]{1,18})(?:\(([+.-])\))?")


def read_sequences(path: str | os.PathLike[str], *, mask_lower_case: bool = False) -> ReadSequences:
    r"""Read the records of a FASTA file as a set of sequences, in the order of the file.

    The file may be laid out as for :func:`cisgram.io.fasta.read_genome`; but it is read as a whole, names may
    repeat, and records without sequence are left out and counted. Memory: about five bytes per byte of text.

    Parameters
    ----------
    path
        FASTA: plain, gzip or bgzip.
    mask_lower_case
        Read lower-case letters, which mark repeats, as N. Otherwise they are read as upper case: what lies in a
        repeat may bind as well.

    Returns
    -------
    ReadSequences
        ``names`` are the first words of the headers. Where every name is a place of the right length, as bedtools
        writes it (``chr1:100-200(+)``, 0-based half-open; also behind ``name::``) or samtools (1-based, both ends
        included), ``places`` holds them. ``changed`` counts letters that became N.

    Raises
    ------
    InputError, FormatError
        Where the file is missing, empty, damaged or not FASTA; where a record has no name; where a letter is no base
        (with the line).
    EmptySetError
        Where no record has a sequence.

    Warns
    -----
    CisgramWarning
        Where names look like places, but not of the right lengths.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     written = (Path(folder) / "peaks.fa").write_text(">I:5-9(-)\nACgR\n>I:3-6\nTTG\n")
    ...     read = read_sequences(Path(folder) / "peaks.fa")
    >>> read.sequences.names, read.sequences.lengths.tolist(), dict(read.changed)
    (['I:5-9(-)', 'I:3-6'], [4, 3], {'IUPAC letters read as N': 1})
    >>> read.sequences.places.to_numpy().tolist()
    [['I', 5, 9, '-'], ['I', 3, 6, '.']]
    """
    text = read_bytes(path, "sequences")
    letters = np.frombuffer(text, dtype=np.uint8)
    marks, ends = _headers(path, text, letters)
    is_kept = ~_IS_SPACE[letters] & ~_inside(marks, ends, letters.size)
    codes = np.frombuffer(text.translate(CODE_OF_BYTE), dtype=np.uint8)
    if (foreign := is_kept & (codes == FOREIGN)).any():
        at = int(np.argmax(foreign))
        raise foreign_letter(path, text[at : at + 1], offset=at)
    n_ambiguous = int((is_kept & (codes == AMBIGUOUS)).sum())
    codes, n_masked = np.minimum(codes, N), 0
    if mask_lower_case:
        is_lower = is_kept & (letters >= ord("a")) & (codes < N)
        codes[is_lower], n_masked = N, int(is_lower.sum())
    is_kept[marks] = True  # the sign before a name became N: it parts the sequences
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.add.reduceat(is_kept, marks, dtype=np.int64))])
    joined = np.append(codes[is_kept][1:], np.uint8(N))
    names = [
        record_name(path, text[mark:end], offset=mark) for mark, end in zip(marks.tolist(), ends.tolist(), strict=True)
    ]
    sequences, dropped = _without_empty(path, SequenceSet(names, joined, starts))
    sequences = SequenceSet(sequences.names, sequences.joined, sequences.starts, _places(path, sequences))
    changed = {"IUPAC letters read as N": n_ambiguous, "lower-case letters read as N": n_masked}
    return ReadSequences(sequences, dropped, counted(changed))


def read_weighted_windows(
    path: str | os.PathLike[str],
    track: str | None = None,
    score: str | None = None,
    *,
    width_bp: int | None = None,
) -> ReadSequences:
    """Read windows that a model explained, each base with the weight of its contribution.

    Parameters
    ----------
    path
        A contribution file; see :mod:`cisgram.io.contributions`.
    track, score
        Names of the group; the first that fits where one is not given.
    width_bp
        Middle part of the windows to take; all of it, if not given.

    Returns
    -------
    ReadSequences
        ``weights`` are absolute projected contributions, 0 at N; ``places`` are the windows, cut to the width, with
        their strand where they have one. Names are those of the windows, else their places. Windows without a
        known base are left out.

    Raises
    ------
    InputError, FormatError
        As :func:`cisgram.io.contributions.read_contributions` does.
    ConfigError
        If the width is less than 1 or more than that of the windows.
    EmptySetError
        If no window has a known base.
    """
    explained = read_contributions(path, track, score)
    length = explained.one_hot.shape[-1]
    width = length if width_bp is None else width_bp
    if not 1 <= width <= length:
        raise ConfigError(f"{path}: windows have {length} bp; width_bp must be 1 to {length}, got {width_bp}")
    first = (length - width) // 2
    part = slice(first, first + width)
    codes = codes_of(explained.one_hot[..., part])
    weights = np.abs((explained.hypothetical[..., part] * explained.one_hot[..., part]).sum(axis=1))
    places = _middle(explained.windows, first, width)
    joined = np.full((len(codes), width + 1), N, dtype=np.uint8)
    joined_weights = np.zeros(joined.shape, dtype=np.float32)
    joined[:, :width], joined_weights[:, :width] = codes, weights
    starts = np.arange(len(codes) + 1, dtype=np.int64) * (width + 1)
    sequences = SequenceSet(_names(explained.windows, places), joined.ravel(), starts, places, joined_weights.ravel())
    has_base = (codes < N).any(axis=1)
    dropped = counted({"without a known base": int((~has_base).sum())})
    if not has_base.any():
        raise EmptySetError("windows with a known base", dropped=dropped)
    return ReadSequences(sequences if has_base.all() else sequences.take(np.flatnonzero(has_base)), dropped, {})


def _headers(path: str | os.PathLike[str], text: bytes, letters: np.ndarray) -> tuple[Rows, Rows]:
    """Where headers begin, and where their lines end."""
    marks = np.flatnonzero(letters == ord(">"))
    marks = marks[(marks == 0) | (letters[marks - 1] == ord("\n"))]
    before = text[: marks[0]] if marks.size else text
    if stripped := before.lstrip(SPACE):
        raise no_header(path, stripped, offset=len(before) - len(stripped))
    if marks.size == 0:
        raise FormatError(path, "there is nothing but blank lines; a FASTA record begins with '>name'")
    newlines = np.append(np.flatnonzero(letters == ord("\n")), letters.size)
    ends = newlines[np.searchsorted(newlines, marks)]
    if b"\r" in text[marks[0] : ends[0]].rstrip(b"\r"):
        raise error_at(path, int(marks[0]), r"lines must end in \n or \r\n; these end in \r")
    return marks, ends


def _inside(starts: Rows, ends: Rows, size: int) -> np.ndarray:
    """Which of ``size`` places lie between a start and its end; the stretches do not overlap."""
    steps = np.zeros(size + 1, dtype=np.int8)
    steps[starts] += 1
    steps[ends] -= 1
    return np.cumsum(steps[:-1], dtype=np.int8).astype(bool)


def _without_empty(path: str | os.PathLike[str], sequences: SequenceSet) -> tuple[SequenceSet, dict[str, int]]:
    """The sequences that have at least one letter, and how many have none."""
    is_filled = sequences.lengths > 0
    dropped = counted({"without sequence": int((~is_filled).sum())})
    if not is_filled.any():
        raise EmptySetError("sequences", dropped=dropped, hint=f"all records of {path} are empty")
    return (sequences if is_filled.all() else sequences.take(np.flatnonzero(is_filled))), dropped


def _places(path: str | os.PathLike[str], sequences: SequenceSet) -> pd.DataFrame | None:
    """Where sequences lie, if all their names say it."""
    found = [match for name in sequences.names if (match := _PLACE.fullmatch(name))]
    if len(found) < len(sequences):
        return None
    chrom, first, last, strand = zip(*(match.groups() for match in found), strict=True)
    start, end = np.array(first, dtype=np.int64), np.array(last, dtype=np.int64)
    surplus = sequences.lengths - (end - start)
    if (surplus == 1).all() and (start > 0).all():  # samtools counts from 1 and includes the last base
        start, surplus = start - 1, surplus - 1
    if surplus.any():
        row = int(np.flatnonzero(surplus)[0])
        warnings.warn(
            f"{path}: names look like places, but {int((surplus != 0).sum())} of {len(sequences)} sequences have "
            f"another length (the first is {sequences.names[row]} with {sequences.lengths[row]} bp); they are not used",
            CisgramWarning,
            stacklevel=3,
        )
        return None
    return interval_table(chrom, start, end, strand=[one or "." for one in strand])


def _middle(windows: pd.DataFrame, first: int, width: int) -> pd.DataFrame:
    """Places of the part of every window that begins ``first`` bases from its left end in reading direction."""
    strand = windows["strand"].to_numpy() if "strand" in windows else np.full(len(windows), ".")
    start, end = windows["start"].to_numpy(), windows["end"].to_numpy()
    start = np.where(strand == "-", end - first - width, start + first)
    return interval_table(windows["chrom"].to_numpy(), start, start + width, strand=strand)


def _names(windows: pd.DataFrame, places: pd.DataFrame) -> Sequence[str]:
    """Names of windows, or where they lie."""
    if "name" in windows:
        return windows["name"].astype(str).tolist()
    return [f"{chrom}:{start}-{end}" for chrom, start, end in places[["chrom", "start", "end"]].itertuples(index=False)]
