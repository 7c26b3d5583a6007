"""Windows of coverage as training examples: noisy coverage with its margins in, clean coverage and peaks out.

The examples take the place of a store in :class:`cisgram.data.batches.Batches`, which draws, moves and turns them::

    examples = CoverageExamples(open_coverage(folder), windows)
    batches = Batches(examples, examples.rows("train"), Sampling(batch_size=8, shuffle=True, reverse_complement=True))
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import CoverageInputs, CoverageTargets, Mask, Positions, Totals
from cisgram.data.coverage_store import CoverageStore
from cisgram.data.gather import Gathered
from cisgram.data.windows import Split
from cisgram.errors import ConfigError, ContigError, EmptySetError, InputError

_COLUMNS = ("chrom", "start", "end", "split")


class CoverageMeans(NamedTuple):
    """Mean values per base of some windows."""

    inputs: Totals
    """Per input channel."""
    clean: float
    """Of the clean coverage."""


class CoverageExamples:
    """Examples cut out of a store of coverage as they are asked for.

    Parameters
    ----------
    store
        Tracks.
    windows
        Interval table with the column ``split`` (``train``, ``valid`` or ``test``); all windows have the same length
        and lie inside their contigs. Its rows are the rows of the examples.
    inputs
        Tracks that the model reads, coverage first.
    clean
        Track that it is to predict.
    peaks
        Track that is 1 inside peaks and 0 outside.
    margin_bp
        What is read on either side of a window; zeros where it lies beyond the contig.
    jitter_bp
        Farthest that a window may be moved. Where coverage is known inside of some intervals only, moved windows may
        reach out of them.
    factors
        What coverage (the first input) and the clean track are multiplied with, such as to bring libraries of several
        depths to one mean.

    Raises
    ------
    InputError
        Where the store lacks a track, or windows have no ``split`` or differ in length.
    ContigError
        Where a window lies on no contig of the store or reaches beyond it.
    EmptySetError
        Where there are no windows.
    """

    # One argument more than usual: which of a store's tracks is which.
    def __init__(
        self,
        store: CoverageStore,
        windows: pd.DataFrame,
        *,
        inputs: Sequence[str] = ("noisy",),
        clean: str = "clean",
        peaks: str = "peaks",
        margin_bp: int = 5_000,
        jitter_bp: int = 0,
        factors: tuple[float, float] = (1.0, 1.0),
    ) -> None:
        if not all(0 < one < np.inf for one in factors):
            raise ConfigError(f"factors must be numbers above 0; got {factors}")
        if margin_bp < 0 or jitter_bp < 0:
            raise ConfigError(f"margin_bp and jitter_bp must not be negative; got {margin_bp} and {jitter_bp}")
        if isinstance(inputs, str) or not inputs:
            raise ConfigError(f"inputs must be a list of at least one track; got {inputs!r}")
        if lacking := [name for name in (*inputs, clean, peaks) if name not in store.names]:
            raise InputError(f"{store.folder} has no track {lacking[0]!r}; it has {', '.join(store.names)}")
        self.store, self.windows = store, _checked(windows, store)
        self.inputs, self.targets = tuple(inputs), (clean, peaks)
        self.margin_bp, self.jitter_bp = margin_bp, jitter_bp
        self.factors = factors

    def __len__(self) -> int:
        return len(self.windows)

    @property
    def output_length(self) -> int:
        """Length of the windows in bp."""
        return int(self.windows["end"].iloc[0] - self.windows["start"].iloc[0])

    def rows(self, split: Split) -> Positions:
        """Rows of one split, ascending; possibly none."""
        return np.flatnonzero(self.windows["split"].eq(split).to_numpy())

    def gather(self, rows: Positions, offsets: Positions, reverse: Mask) -> Gathered:
        """Cut examples out of the store.

        Parameters
        ----------
        rows
            Which.
        offsets
            How far each is moved, plus :attr:`jitter_bp`.
        reverse
            Which are mirrored: coverage has no strand, so the other strand is the same from right to left.

        Returns
        -------
        Gathered
            With the inputs ``batch channel (length + 2 margin)`` and the targets ``batch 2 length``.
        """
        length = self.output_length
        inputs = np.empty((rows.size, len(self.inputs), length + 2 * self.margin_bp), dtype=np.float32)
        targets = np.empty((rows.size, 2, length), dtype=np.float32)
        chroms, starts = (self.windows[column].to_numpy()[rows] for column in ("chrom", "start"))
        for at, (chrom, start) in enumerate(zip(chroms, (starts + offsets - self.jitter_bp).tolist(), strict=True)):
            inputs[at] = self._read(self.inputs, chrom, start, margin_bp=self.margin_bp)
            targets[at] = self._read(self.targets, chrom, start, margin_bp=0)
        inputs[:, 0] *= self.factors[0]
        targets[:, 0] *= self.factors[1]
        inputs[reverse], targets[reverse] = inputs[reverse][..., ::-1], targets[reverse][..., ::-1]
        return Gathered(inputs, None, targets)

    def means(self, rows: Positions, *, n_at_most: int = 500) -> CoverageMeans:
        """Mean coverage of some windows, of evenly chosen ones where there are many: the units of a model.

        Raises
        ------
        EmptySetError
            Where there are no rows.
        """
        if rows.size == 0:
            raise EmptySetError("windows to take the mean coverage of", dropped={}, hint="check the split")
        chosen = rows[:: max(1, -(-rows.size // n_at_most))]
        inputs, clean = np.zeros(len(self.inputs)), 0.0
        for row in chosen:
            window = self.windows.iloc[row]
            inputs += self._read(self.inputs, window["chrom"], int(window["start"]), margin_bp=0).mean(1, dtype=float)
            clean += float(
                self._read(self.targets[:1], window["chrom"], int(window["start"]), margin_bp=0).mean(dtype=float)
            )
        inputs[0] *= self.factors[0]
        return CoverageMeans(inputs / len(chosen), self.factors[1] * clean / len(chosen))

    def _read(self, names: tuple[str, ...], chrom: str, start: int, *, margin_bp: int) -> np.ndarray:
        """Tracks along a window and its margins, ``track position``."""
        first, end = start - margin_bp, start + self.output_length + margin_bp
        return np.stack([self.store.read(name, chrom, first, end) for name in names])


class JoinedExamples:
    """Examples of several stores, one after the other, such as those of several donors or depths.

    Parameters
    ----------
    parts
        Of the same lengths, margins and numbers of channels.

    Raises
    ------
    EmptySetError
        Where there are none.
    InputError
        Where they differ.
    """

    def __init__(self, parts: Sequence[CoverageExamples]) -> None:
        if not parts:
            raise EmptySetError("examples to join", dropped={}, hint="give at least one part")
        shapes = {(part.output_length, part.margin_bp, part.jitter_bp, len(part.inputs)) for part in parts}
        if len(shapes) > 1:
            raise InputError(
                "examples that are joined must agree in window length, margin, jitter and number of inputs; got "
                + ", ".join(map(str, sorted(shapes)))
            )
        self.parts = tuple(parts)
        self._starts = np.cumsum([0, *(len(part) for part in parts)])

    def __len__(self) -> int:
        return int(self._starts[-1])

    @property
    def jitter_bp(self) -> int:
        """Farthest that a window may be moved."""
        return self.parts[0].jitter_bp

    @property
    def output_length(self) -> int:
        """Length of the windows in bp."""
        return self.parts[0].output_length

    def rows(self, split: Split) -> Positions:
        """Rows of one split, ascending; possibly none."""
        return np.concatenate([part.rows(split) + start for part, start in zip(self.parts, self._starts, strict=False)])

    def gather(self, rows: Positions, offsets: Positions, reverse: Mask) -> Gathered:
        """Cut examples out of their stores; see :meth:`CoverageExamples.gather`."""
        of_part = np.searchsorted(self._starts, rows, side="right") - 1
        inputs: CoverageInputs | None = None
        targets: CoverageTargets | None = None
        for number in np.unique(of_part):
            chosen = of_part == number
            own_rows = rows[chosen] - self._starts[number]
            found = self.parts[number].gather(own_rows, offsets[chosen], reverse[chosen])
            if inputs is None or targets is None:
                inputs = np.empty((rows.size, *found.inputs.shape[1:]), dtype=np.float32)
                targets = np.empty((rows.size, *found.targets.shape[1:]), dtype=np.float32)
            inputs[chosen], targets[chosen] = found.inputs, found.targets
        assert inputs is not None, "there are rows"
        assert targets is not None
        return Gathered(inputs, None, targets)

    def means(self, rows: Positions, *, n_at_most: int = 500) -> CoverageMeans:
        """Mean coverage of some windows; see :meth:`CoverageExamples.means`."""
        found, n_rows = [], []
        for part, start in zip(self.parts, self._starts, strict=False):
            own = rows[(rows >= start) & (rows < start + len(part))] - start
            if own.size:
                found.append(part.means(own, n_at_most=n_at_most))
                n_rows.append(own.size)
        if not found:
            raise EmptySetError("windows to take the mean coverage of", dropped={}, hint="check the split")
        shares = np.array(n_rows) / sum(n_rows)
        inputs = sum(
            (share * means.inputs for share, means in zip(shares, found, strict=True)), np.zeros(len(found[0].inputs))
        )
        return CoverageMeans(
            inputs, float(sum(share * means.clean for share, means in zip(shares, found, strict=True)))
        )


def is_covered(store: CoverageStore, windows: pd.DataFrame, name: str = "noisy") -> Mask:
    """Which windows hold any coverage: training leaves the others out, as the original does.

    Parameters
    ----------
    store
        Tracks.
    windows
        Interval table.
    name
        Track that is looked at.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import mkdtemp
    >>> from cisgram.data.coverage_store import write_coverage
    >>> store = write_coverage(Path(mkdtemp()) / "store", {"I": 6}, {"noisy": lambda chrom, a, b: np.arange(a, b) > 3})
    >>> is_covered(store, pd.DataFrame({"chrom": ["I", "I"], "start": [0, 3], "end": [3, 6]})).tolist()
    [False, True]
    """
    places = zip(windows["chrom"], windows["start"].tolist(), windows["end"].tolist(), strict=True)
    return np.array([bool(store.read(name, chrom, start, end).any()) for chrom, start, end in places], dtype=bool)


def _checked(windows: pd.DataFrame, store: CoverageStore) -> pd.DataFrame:
    """The windows with rows numbered from 0, after a look at them."""
    if lacking := [name for name in _COLUMNS if name not in windows]:
        raise InputError(f"windows of coverage need the columns {', '.join(_COLUMNS)}; got none called {lacking[0]}")
    if windows.empty:
        raise EmptySetError("windows of coverage", dropped={}, hint="check the regions and the filters")
    lengths = (windows["end"] - windows["start"]).unique()
    if len(lengths) > 1 or lengths[0] < 1:
        raise InputError(f"all windows must have the same length; got {lengths.min()} to {lengths.max()} bp")
    ends = windows["chrom"].map(dict(store.sizes))
    wrong = ends.isna() | (windows["end"] > ends) | (windows["start"] < 0)
    if wrong.any():
        row = windows[wrong].iloc[0]
        size = store.sizes.get(row["chrom"])
        there = "which the store does not have" if size is None else f"which has {size} bp in the store"
        raise ContigError(
            f"{int(wrong.sum())} of {len(windows)} windows do not lie inside a contig of {store.folder}; the first is "
            f"{row['chrom']} start {row['start']}, end {row['end']}, {there}"
        )
    return windows.reset_index(drop=True)
