"""A set of sequences of any lengths, end to end in one array, with what is known about each."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cisgram.arrays import JoinedMask, Rows, SequenceCodes, SequenceStarts, SequenceWeights, SomeCodes
from cisgram.errors import InputError
from cisgram.genomics.sequence import N, dinucleotide_shuffle, reverse_complement


@dataclass(frozen=True, eq=False)
class SequenceSet:
    """Sequences and their names.

    Parameters
    ----------
    names
        One per sequence; they need not differ.
    joined
        Codes of all sequences, one after the other, an N behind each: no word reaches from one into the next.
    starts
        Where each begins in ``joined``, and one number more: where the next one would.
    places
        Interval table of where they lie on a genome, row by row (the strand says which one was read); None where
        that is not known.
    weights
        One number of 0 or more for each position of ``joined``, such as the absolute contribution of the base; None
        where all bases count the same.

    Examples
    --------
    >>> from cisgram.genomics.sequence import decode, encode
    >>> sequences = SequenceSet.from_codes({"a": encode("ACGT"), "b": encode("TT")})
    >>> len(sequences), sequences.lengths.tolist(), decode(sequences[1])
    (2, [4, 2], 'TT')
    """

    names: Sequence[str]
    joined: SequenceCodes
    starts: SequenceStarts
    places: pd.DataFrame | None = None
    weights: SequenceWeights | None = None

    def __post_init__(self) -> None:
        n = len(self.names)
        if len(self.starts) != n + 1 or (n and self.starts[-1] != self.joined.size):
            raise InputError(f"{n} sequences need {n + 1} starts that end with the array; got {len(self.starts)}")
        if self.places is not None and len(self.places) != n:
            raise InputError(f"{n} sequences need as many places; got {len(self.places)}")
        if self.weights is not None and not ((self.weights >= 0).all() and len(self.weights) == self.joined.size):
            raise InputError("weights must be numbers of 0 or more, one per base")

    @classmethod
    def from_codes(
        cls,
        sequences: Mapping[str, SomeCodes] | Sequence[SomeCodes],
        *,
        names: Sequence[str] | None = None,
        places: pd.DataFrame | None = None,
        weights: Sequence[np.ndarray] | None = None,
    ) -> "SequenceSet":
        """Put sequences end to end; without names they are called ``sequence_1`` and so on."""
        parts = list(sequences.values()) if isinstance(sequences, Mapping) else list(sequences)
        if names is None:
            is_named = isinstance(sequences, Mapping)
            names = list(sequences) if is_named else [f"sequence_{number + 1}" for number in range(len(parts))]
        starts = np.cumsum([0, *(len(part) + 1 for part in parts)], dtype=np.int64)
        joined = np.full(int(starts[-1]), N, dtype=np.uint8)
        joined_weights = None if weights is None else np.zeros(joined.size, dtype=np.float32)
        for row, part in enumerate(parts):
            joined[starts[row] : starts[row] + len(part)] = part
            if joined_weights is not None and weights is not None:
                joined_weights[starts[row] : starts[row] + len(part)] = weights[row]
        return cls(list(names), joined, starts, places, joined_weights)

    def __len__(self) -> int:
        """Number of sequences."""
        return len(self.names)

    def __getitem__(self, row: int | np.integer) -> SomeCodes:
        """Codes of one sequence."""
        return self.joined[self.starts[row] : self.starts[row + 1] - 1]

    def __iter__(self) -> Iterator[SomeCodes]:
        """Codes of one sequence after the other."""
        return (self[row] for row in range(len(self)))

    @property
    def lengths(self) -> Rows:
        """Length of every sequence in bp."""
        return np.diff(self.starts) - 1

    def take(self, rows: Rows) -> "SequenceSet":
        """Some of the sequences, in the given order."""
        lengths = np.diff(self.starts)[rows]
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
        source = np.repeat(self.starts[rows] - starts[:-1], lengths) + np.arange(starts[-1])
        return SequenceSet(
            [str(self.names[row]) for row in rows],
            self.joined[source],
            starts,
            None if self.places is None else self.places.iloc[rows].reset_index(drop=True),
            None if self.weights is None else self.weights[source],
        )

    def middle(self, length_bp: int) -> "SequenceSet":
        """The middle so many bp of every sequence; of an odd surplus, the larger half is cut from the right end.

        Sequences that are not longer stay as they are. Without places and weights.

        Examples
        --------
        >>> from cisgram.genomics.sequence import decode, encode
        >>> sequences = SequenceSet.from_codes({"a": encode("AACGTTT"), "b": encode("TT")})
        >>> [decode(one) for one in sequences.middle(3)]
        ['CGT', 'TT']
        """
        surplus = np.maximum(self.lengths - length_bp, 0)
        first = surplus // 2
        parts = [
            codes[start : len(codes) - (more - start)] for codes, start, more in zip(self, first, surplus, strict=True)
        ]
        return SequenceSet.from_codes(parts, names=list(self.names))

    def masked(self, marked: JoinedMask) -> "SequenceSet":
        """The same with N at the marked positions of ``joined``."""
        joined = np.where(marked, np.uint8(N), self.joined)
        return SequenceSet(self.names, joined, self.starts, self.places, self.weights)

    def shuffled(self, *, n_shuffles: int = 1, rng: np.random.Generator) -> "SequenceSet":
        """Shuffle every sequence so that the number of each dinucleotide stays; without places and weights.

        The shuffles of a sequence follow each other.
        """
        parts = [one for codes in self for one in dinucleotide_shuffle(codes, n_shuffles=n_shuffles, rng=rng)]
        names = [str(name) for name in self.names for _ in range(n_shuffles)]
        return SequenceSet.from_codes(parts, names=names)

    def duplicates(self) -> Rows:
        """Rows of sequences that came before, read on either strand."""
        seen: Counter[bytes] = Counter()
        repeated = []
        for row, codes in enumerate(self):
            forward = codes.tobytes()
            key = min(forward, reverse_complement(codes).tobytes())
            seen[key] += 1
            if seen[key] > 1:
                repeated.append(row)
        return np.array(repeated, dtype=np.int64)
