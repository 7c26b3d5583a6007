"""What is changed in the genome of a mutant, and the sequence of any window of it."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import Codes
from cisgram.errors import EmptySetError, InputError
from cisgram.genomics.genome import Genome
from cisgram.genomics.interval import interval_table
from cisgram.genomics.sequence import N, encode
from cisgram.genomics.variant import Variant
from cisgram.interpret.experiments.disruption import OK, status_of
from cisgram.io.files import require_file
from cisgram.io.vcf import read_vcf
from cisgram.run.experiments.variants import parse_variant, with_contigs_of
from cisgram.run.settings.mutants import MutantConfig


class ChangedWindows(NamedTuple):
    """A window around every change that fits the genome, in either form."""

    rows: list[int]
    """Numbers of these changes in the list of all."""
    windows: pd.DataFrame
    """``chrom start end``."""
    wild_type: Codes
    mutant: Codes
    """With all changes of the mutant that lie in the window."""


def changes_of(mutant: MutantConfig, *, folder: Path, genome: Genome) -> list[Variant]:
    """The changes of a mutant, with the genome's names of contigs.

    Parameters
    ----------
    mutant
        Its settings.
    folder
        Where relative paths begin.
    genome
        The run's.

    Raises
    ------
    InputError
        Where a change is none, changes the length, or shares bases with another one.
    EmptySetError
        Where there are none.
    """
    if mutant.variants:
        path = require_file(folder / Path(mutant.variants).expanduser(), f"variants of mutant {mutant.name!r}")
        changes = read_vcf(path).variants
    else:
        changes = [parse_variant(word) for word in mutant.changes]
    if not changes:
        raise EmptySetError(f"changes of mutant {mutant.name!r}", dropped={}, hint="its VCF has no variants")
    changes = with_contigs_of(changes, genome.sizes)
    for change in changes:
        if change.length_change:
            raise InputError(
                f"mutant {mutant.name!r}: {change} changes the length by {change.length_change:+d} bp; only "
                "substitutions that keep it can be compared base by base, so leave it out"
            )
    ordered = sorted(changes, key=lambda one: (one.chrom, one.start))
    for first, second in pairwise(ordered):
        if first.chrom == second.chrom and second.start < first.end:
            raise InputError(f"mutant {mutant.name!r}: {first} and {second} share bases; write them as one change")
    return changes


def changed_windows(changes: Sequence[Variant], genome: Genome, *, length_bp: int) -> tuple[list[str], ChangedWindows]:
    """Put a window around the middle of every change, and say which cannot be judged.

    Returns
    -------
    tuple of list of str and ChangedWindows
        A status per change: ``ok``, or why there is no window.
    """
    fits = [status_of(change, genome) for change in changes]
    statuses, rows, starts = [], [], []
    for number, (change, status) in enumerate(zip(changes, fits, strict=True)):
        start = (change.start + change.end) // 2 - length_bp // 2
        if status == OK:
            status = _window_status(change.chrom, start, start + length_bp, changes, fits, genome)
        statuses.append(status)
        if status == OK:
            rows.append(number)
            starts.append(start)
    windows = interval_table([changes[row].chrom for row in rows], starts, [start + length_bp for start in starts])
    wild_type = genome.windows(windows) if rows else np.zeros((0, length_bp), dtype=np.uint8)
    mutant = wild_type.copy()
    for codes, chrom, start in zip(mutant, windows["chrom"], starts, strict=True):
        for change in changes:
            if change.chrom == chrom and change.start < start + length_bp and change.end > start:
                first, last = max(change.start, start), min(change.end, start + length_bp)
                codes[first - start : last - start] = encode(change.alt)[first - change.start : last - change.start]
    return statuses, ChangedWindows(rows, windows, wild_type, mutant)


def _window_status(
    chrom: str, start: int, end: int, changes: Sequence[Variant], fits: Sequence[str], genome: Genome
) -> str:
    """Whether a window can be read in both forms."""
    if start < 0 or end > genome.sizes[chrom]:
        return f"the model reads beyond the end of {chrom}"
    if (genome.codes(chrom, start, end) >= N).any():
        return "N in the window"
    for change, fit in zip(changes, fits, strict=True):
        inside = change.chrom == chrom and change.start < end and change.end > start
        if inside and (fit != OK or "N" in change.alt):
            return (
                f"N in {change}" if fit == OK else f"{replace(change, name='.')} in the window does not fit the genome"
            )
    return OK
