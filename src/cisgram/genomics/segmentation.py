"""A genome cut into segments, each in one chromatin state."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cisgram.arrays import PerState, Rows
from cisgram.errors import InputError

SEGMENT_COLUMNS = ("chrom", "start", "end", "state")
"""Columns of a table of segments: 0-based, half-open, in bp; states from 0 on."""


@dataclass(frozen=True, eq=False)
class Segmentation:
    """The states of one cell type along its contigs.

    Parameters
    ----------
    cell
        The cell type.
    bin_size
        Width in bp of the bins that were given states.
    n_states
        How many states the model has; not all need occur.
    segments
        A table with ``SEGMENT_COLUMNS``, whole bins; in each contig sorted, without overlaps. What no segment covers
        has no state.
    names
        One name per state; ``1`` to ``n_states`` where none are given.

    Raises
    ------
    InputError
        Columns are missing, states are out of range, or segments overlap, are out of order or do not fit the bins.

    Examples
    --------
    >>> segmentation = Segmentation.from_states("K562", {"chr1": np.array([0, 0, 1])}, n_states=2)
    >>> segmentation.segments.to_dict("list")
    {'chrom': ['chr1', 'chr1'], 'start': [0, 400], 'end': [400, 600], 'state': [0, 1]}
    >>> segmentation.states("chr1").tolist()
    [0, 0, 1]
    >>> segmentation.share.round(3).tolist()
    [0.667, 0.333]
    """

    cell: str
    bin_size: int
    n_states: int
    segments: pd.DataFrame
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.names:
            object.__setattr__(self, "names", tuple(str(number + 1) for number in range(self.n_states)))
        if len(self.names) != self.n_states:
            raise InputError(f"{self.n_states} states need as many names; got {len(self.names)}")
        if missing := [name for name in SEGMENT_COLUMNS if name not in self.segments]:
            raise InputError(f"a table of segments needs the columns {', '.join(SEGMENT_COLUMNS)}; lacks {missing}")
        start, end, state = (self.segments[name].to_numpy() for name in SEGMENT_COLUMNS[1:])
        if len(state) and not (state.min() >= 0 and state.max() < self.n_states):
            raise InputError(f"states must be 0 to {self.n_states - 1}; got {state.min()} to {state.max()}")
        if (start % self.bin_size).any() or (end % self.bin_size).any() or (end <= start).any() or (start < 0).any():
            raise InputError(f"segments must be whole bins of {self.bin_size} bp")
        chrom = self.segments["chrom"].to_numpy()
        is_same = chrom[1:] == chrom[:-1]
        if (start[1:] < end[:-1])[is_same].any() or (~is_same).sum() + bool(len(chrom)) != len(set(chrom)):
            raise InputError("segments must be sorted along each contig and must not overlap")

    def __repr__(self) -> str:
        return f"<Segmentation {self.cell}: {len(self.segments)} segments, {self.n_states} states>"

    @classmethod
    def from_states(
        cls,
        cell: str,
        states: Mapping[str, Rows] | Iterable[tuple[str, Rows]],
        *,
        n_states: int,
        bin_size: int = 200,
        names: Sequence[str] = (),
    ) -> "Segmentation":
        """Join neighbouring bins of the same state.

        Parameters
        ----------
        cell
            The cell type.
        states
            For each contig, the state of every bin (any whole numbers, 0-based; below 0 where there is none).
        n_states
            How many states the model has.
        bin_size
            Width of a bin in bp.
        names
            Names of the states.
        """
        items: Iterable[tuple[str, Rows]] = states.items() if isinstance(states, Mapping) else states  # pyright: ignore[reportAssignmentType]
        parts = [_joined(chrom, values, bin_size) for chrom, values in items]
        empty = pd.DataFrame({"chrom": pd.Series(dtype=str), "start": [], "end": [], "state": []})
        table = pd.concat(parts, ignore_index=True) if parts else empty
        table = table.astype({"start": np.int64, "end": np.int64, "state": np.int64})
        return cls(cell, bin_size, n_states, table, tuple(names))

    @property
    def chroms(self) -> tuple[str, ...]:
        """Contigs, in their order."""
        return tuple(dict.fromkeys(self.segments["chrom"]))

    @property
    def share(self) -> PerState:
        """Share of all bins that is in each state."""
        bins = np.bincount(
            self.segments["state"].to_numpy(),
            weights=(self.segments["end"] - self.segments["start"]).to_numpy(),
            minlength=self.n_states,
        )
        return bins / max(bins.sum(), 1)

    def states(self, chrom: str, n_bins: int | None = None) -> Rows:
        """State of every bin of a contig (int16), -1 where no segment lies; up to the last segment, or so many bins.

        Raises
        ------
        InputError
            There is no such contig, or it has segments beyond that many bins.
        """
        part = self.segments[self.segments["chrom"] == chrom]
        if part.empty:
            raise InputError(f"{self.cell} has no contig {chrom!r}; it has {', '.join(self.chroms[:8])}")
        start, end = part["start"].to_numpy() // self.bin_size, part["end"].to_numpy() // self.bin_size
        n_bins = int(end[-1]) if n_bins is None else n_bins
        if end[-1] > n_bins:
            raise InputError(f"{self.cell} {chrom}: segments reach to bin {end[-1]}, beyond {n_bins} bins")
        gaps = np.append(start, n_bins) - np.append(0, end)  # without a state, before each segment and at the end
        lengths = np.column_stack([gaps, np.append(end - start, 0)]).ravel()
        values = np.column_stack([np.full(len(gaps), -1), np.append(part["state"].to_numpy(), -1)]).ravel()
        return np.repeat(values.astype(np.int16), lengths)


def _joined(chrom: str, states: Rows, bin_size: int) -> pd.DataFrame:
    """Segments of one contig."""
    starts = np.flatnonzero(np.append(True, states[1:] != states[:-1])) if len(states) else np.array([], np.int64)
    ends = np.append(starts[1:], len(states))[: len(starts)]
    kept = states[starts] >= 0
    table = {"chrom": chrom, "start": starts * bin_size, "end": ends * bin_size, "state": states[starts]}
    return pd.DataFrame(table)[kept]
