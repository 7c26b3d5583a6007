"""Windows of a genome as examples: sequences are cut out as they are asked for, targets come from a store."""

from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import pandas as pd

from cisgram.arrays import Mask, Positions
from cisgram.data.gather import Gathered
from cisgram.errors import ConfigError, InputError
from cisgram.genomics.genome import Genome
from cisgram.genomics.sequence import reverse_complement
from cisgram.io.fasta import read_genome


@runtime_checkable
class StoreOnGenome(Protocol):
    """Targets of windows of a genome; sequences are not stored, since windows overlap."""

    @property
    def folder(self) -> Path:
        """Where it lies."""
        ...

    @property
    def layout(self) -> Any:
        """With the ``genome_sha256`` of the genome, and the ``input_length`` of windows."""
        ...

    @property
    def windows(self) -> pd.DataFrame:
        """``chrom start end`` of every row; they may reach beyond a contig."""
        ...

    @property
    def targets(self) -> np.ndarray:
        """One row per window."""
        ...

    def turned(self, values: np.ndarray) -> np.ndarray:
        """Targets as they are seen from the other strand."""
        ...

    def __len__(self) -> int:
        """Number of windows."""
        ...


class GenomeExamples:
    """Sequences and targets of windows, as :class:`cisgram.data.batches.Batches` asks for them.

    Memory does not grow with the number of windows. It may be sent to another process, which opens the files anew.

    Parameters
    ----------
    store
        Targets.
    genome
        The genome that they were made with.
    jitter_bp
        Farthest that the sequence of a window may be moved; its targets stay, as in Basenji and Akita, so that this
        is to be a small part of a bin.

    Raises
    ------
    InputError
        Where the genome is another one.
    """

    def __init__(self, store: StoreOnGenome, genome: Genome, *, jitter_bp: int = 0) -> None:
        if genome.sha256 != store.layout.genome_sha256:
            raise InputError(f"{store.folder} was made with another genome than {genome.path or 'this one'}")
        if jitter_bp < 0:
            raise ConfigError(f"jitter_bp must not be negative; got {jitter_bp}")
        self.store, self.genome, self.jitter_bp = store, genome, jitter_bp
        # Plain columns: looking rows up in a data frame would take longer than copying the targets.
        self._chrom = store.windows["chrom"].to_numpy(dtype=object)
        self._start = store.windows["start"].to_numpy(dtype=np.int64)

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        genome: object = self.genome.path or self.genome
        return _examples_again, (self.store, genome, self.jitter_bp)

    def __len__(self) -> int:
        return len(self.store)

    @property
    def windows(self) -> pd.DataFrame:
        """The windows that the examples are of; row ``i`` is example ``i``."""
        return self.store.windows

    def gather(self, rows: Positions, offsets: Positions, reverse: Mask) -> Gathered:
        """Cut sequences out of the genome and copy targets.

        Parameters
        ----------
        rows
            Which windows.
        offsets
            How far each sequence is moved, plus :attr:`jitter_bp`; beyond a contig's end lies N.
        reverse
            Which are turned to the other strand: sequences become reverse complements, and targets what the store
            says of the other strand.

        Returns
        -------
        Gathered
            With the sequences ``batch length``, and the targets in float32.
        """
        start = self._start[rows] + offsets - self.jitter_bp
        end = start + self.store.layout.input_length
        sequences = self.genome.windows(pd.DataFrame({"chrom": self._chrom[rows], "start": start, "end": end}))
        targets = self.store.targets[rows].astype(np.float32)
        if reverse.any():
            sequences[reverse] = reverse_complement(sequences[reverse])
            targets[reverse] = self.store.turned(targets[reverse])
        return Gathered(sequences, None, targets)


def _examples_again(store: StoreOnGenome, genome: Genome | str, jitter_bp: int) -> GenomeExamples:
    """The same examples in another process."""
    return GenomeExamples(store, read_genome(genome) if isinstance(genome, str) else genome, jitter_bp=jitter_bp)
