"""What all formats of reads have in common: batches of records, which records to use, and the tally of the others."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from cisgram.errors import InputError

REASONS = (
    "unmapped",
    "secondary",
    "supplementary",
    "QC fail",
    "duplicate",
    "low mapping quality",
    "not a proper pair",
    "other mate",
    "contig unknown",
    "beyond the contig end",
)
"""Why a record is not counted; of several reasons the first one in this order."""

PLUS, MINUS, BOTH = 0, 1, 2
"""Strands of a record; a fragment has both: its left end is that of a plus-strand read, its right end of a minus."""


class LinePlaces(NamedTuple):
    """Where the lines of some records, and the barcodes in them, begin and end in a text."""

    text: np.ndarray
    """uint8: the text."""
    places: np.ndarray
    """int64, ``record 4``: start and end of the line (with its line end), start and end of column 4 (equal: none)."""


_NO_KEYS = np.zeros(0, dtype=np.uint64)
_NO_LENGTHS = np.zeros(0, dtype=np.int64)


class RecordBatch(NamedTuple):
    """Some records of one contig, one after the other in the file."""

    chrom: str
    """Name of the contig in the file; empty where the records lie on none."""
    starts: np.ndarray
    """int64, ``record``: 0-based leftmost base."""
    ends: np.ndarray
    """int64, ``record``: base after the rightmost one."""
    strands: np.ndarray
    """int8, ``record``: ``PLUS``, ``MINUS`` or ``BOTH``."""
    dropped: np.ndarray
    """int64, in the order of ``REASONS``: records that were met on the way and left out."""
    keys: np.ndarray = _NO_KEYS
    """uint64, ``record``: made of the read's name, the same for both mates of a pair; empty unless asked for."""
    lines: LinePlaces | None = None
    """Lines of a text file; None unless asked for."""
    template_lengths: np.ndarray = _NO_LENGTHS
    """int64, ``record``: bp from one end of the read pair to the other, below 0 for the right read and 0 where it is
    not known (SAM's TLEN); empty unless asked for."""


@dataclass(frozen=True)
class ReadFilter:
    """Which alignments of a BAM file to use; fragments and BED files are taken as filtered already.

    Unmapped reads, secondary and supplementary alignments and reads that failed quality control are never used.
    """

    min_mapping_quality: int = 30
    """Lowest mapping quality; 255 means unknown and passes."""
    keep_duplicates: bool = False
    """Use reads marked as duplicates."""
    proper_pairs_only: bool = False
    """Leave out paired reads that are not a proper pair; reads that are not paired pass."""
    mates: Literal["both", "first", "second"] = "both"
    """Which read of a pair to use, e.g. only the first in ChIP-exo and CAGE; reads that are not paired pass."""

    def __post_init__(self) -> None:
        if not 0 <= self.min_mapping_quality <= 254:
            raise InputError(f"min_mapping_quality must be 0 to 254; got {self.min_mapping_quality}")
        if self.mates not in ("both", "first", "second"):
            raise InputError(f"mates must be 'both', 'first' or 'second'; got {self.mates!r}")


@dataclass(frozen=True)
class ReadReport:
    """How many records of a file were counted, and why the others were not.

    Examples
    --------
    >>> print(ReadReport(n_kept=90, dropped={"unmapped": 8, "duplicate": 2}))
    90 of 100 records counted (90.0 %); left out: 8 unmapped, 2 duplicate
    """

    n_kept: int
    """Records that were counted; a fragment is one record with two ends."""
    dropped: Mapping[str, int]
    """Records that were left out, by reason; only reasons that occurred."""

    @property
    def n_records(self) -> int:
        """All records of the file."""
        return self.n_kept + sum(self.dropped.values())

    def __str__(self) -> str:
        share = f" ({100 * self.n_kept / self.n_records:.1f} %)" if self.n_records else ""
        reasons = ", ".join(f"{n} {reason}" for reason, n in self.dropped.items())
        return f"{self.n_kept} of {self.n_records} records counted{share}" + (
            f"; left out: {reasons}" if reasons else ""
        )
