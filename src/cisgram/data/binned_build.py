"""Targets of all windows, one after the other: each file is read a stretch at a time, however much windows overlap."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from cisgram.arrays import BaseMask, BinMask, PerRow
from cisgram.data.binned_signals import Signal, TrackSignals
from cisgram.data.binned_store import BinnedExample
from cisgram.data.binned_targets import BinnedTargetConfig, below_baseline, below_quantile, bin_targets
from cisgram.data.binned_windows import WindowGeometry
from cisgram.genomics.interval import interval_table, merge

_BYTES_AT_ONCE = 1 << 28


@dataclass(frozen=True, eq=False)
class Regions:
    """Regions of a genome that are told by a look-up, merged; nothing by default."""

    table: pd.DataFrame = field(default_factory=lambda: interval_table([], [], []))
    """Interval table in any order; overlaps do not matter."""

    def __post_init__(self) -> None:
        of_contig = {
            str(chrom): rows[["start", "end"]].to_numpy(dtype=np.int64)
            for chrom, rows in merge(self.table).groupby("chrom")
        }
        object.__setattr__(self, "_of_contig", of_contig)

    def mask(self, chrom: str, start: int, end: int) -> BaseMask | None:
        """Which bases of a stretch lie in a region; None where none does."""
        blocks: np.ndarray | None = self._of_contig.get(chrom)  # type: ignore[attr-defined]
        if blocks is None:
            return None
        first, last = np.searchsorted(blocks[:, 1], start, side="right"), np.searchsorted(blocks[:, 0], end)
        if first >= last:
            return None
        inside = np.zeros(end - start, dtype=bool)
        for low, high in blocks[first:last].tolist():
            inside[max(low - start, 0) : high - start] = True
        return inside


@dataclass(frozen=True, eq=False)
class TargetMaker:
    """Everything that targets of windows are made of.

    Parameters
    ----------
    signals
        The tracks.
    geometry
        Lengths of a window.
    config
        Settings.
    blacklist
        Artefacts, made longer already.
    unmappable
        Where no reads can be mapped to.
    """

    signals: Sequence[TrackSignals]
    geometry: WindowGeometry
    config: BinnedTargetConfig = field(default_factory=BinnedTargetConfig)
    blacklist: Regions = field(default_factory=Regions)
    unmappable: Regions = field(default_factory=Regions)

    @property
    def n_bins(self) -> int:
        """Bins of a window."""
        return (self.geometry.length_bp - 2 * self.geometry.crop_bp) // self.geometry.bin_size

    def unmappable_bins(self, chrom: str, first: int) -> BinMask:
        """Which bins of the window with this first bin are unmappable."""
        width = self.geometry.bin_size
        inside = self.unmappable.mask(chrom, first * width, (first + self.n_bins) * width)
        if inside is None:
            return np.zeros(self.n_bins, dtype=bool)
        share = inside.reshape(self.n_bins, width).mean(axis=1)
        return (share > 0) & (share >= self.config.min_unmappable_overlap)

    def unmappable_shares(self, windows: pd.DataFrame) -> PerRow:
        """Share of unmappable bins of every window."""
        return np.array([self.unmappable_bins(*place).mean() for place in self._places(windows)], dtype=np.float64)

    def unknown_shares(self, windows: pd.DataFrame) -> PerRow:
        """Share of bins that are NaN of every window, over all tracks; the files are read for it."""
        return np.array(
            [np.isnan(one.targets).mean() for one in self.examples(windows.assign(split=""))], dtype=np.float64
        )

    def examples(self, windows: pd.DataFrame) -> Iterator[BinnedExample]:
        """Targets of windows, and for those of ``split`` test also of replicates, in the order of the rows.

        Memory: a quarter of a gigabyte at most for bins that are kept, whatever the genome and the number of tracks
        (as long as a window of all tracks takes less).

        Parameters
        ----------
        windows
            Table of windows (``chrom start end split``), by contig and start.
        """
        places = list(self._places(windows))
        is_test = windows["split"].eq("test").to_numpy()
        for rows in self._stretches(places):
            chrom, low = places[rows[0]][0], places[rows[0]][1]
            stretch = (chrom, low, max(places[row][1] for row in rows) + self.n_bins - low)
            whole = self._read(stretch, [one.whole for one in self.signals])
            halves = []
            if is_test[rows].any():
                sides = (0, 1)
                halves = [
                    self._read(stretch, [one.halves[side] if one.halves else None for one in self.signals])
                    for side in sides
                ]
            for row in rows:
                first = places[row][1]
                yield BinnedExample(
                    self._window(whole, chrom, first, low, side=None),
                    np.stack([self._window(half, chrom, first, low, side=side) for side, half in enumerate(halves)])
                    if is_test[row]
                    else None,
                )

    def _places(self, windows: pd.DataFrame) -> Iterator[tuple[str, int]]:
        """Contig and first bin of every window."""
        first = (windows["start"].to_numpy() + self.geometry.crop_bp) // self.geometry.bin_size
        yield from zip(windows["chrom"].astype(str).tolist(), first.tolist(), strict=True)

    def _stretches(self, places: Sequence[tuple[str, int]]) -> Iterator[list[int]]:
        """Rows of windows that are read together: neighbours on a contig, as many as memory allows."""
        most = max(self.n_bins, _BYTES_AT_ONCE // (12 * len(self.signals)))
        rows: list[int] = []
        for row, (chrom, first) in enumerate(places):
            if rows:
                before, low = places[rows[0]]
                last = places[rows[-1]][1] + self.n_bins
                if chrom != before or first > last + self.n_bins or not low <= first <= low + most - self.n_bins:
                    yield rows
                    rows = []
            rows.append(row)
        if rows:
            yield rows

    def _read(self, stretch: tuple[str, int, int], signals: Sequence[Signal | None]) -> np.ndarray:
        """Targets of a stretch, ``track bin``; NaN for a track without a signal."""
        values = np.full((len(signals), stretch[2]), np.nan, dtype=np.float32)
        for row, (track, signal) in enumerate(zip(self.signals, signals, strict=True)):
            if signal is not None:
                values[row] = track.bins(signal, stretch, bin_size=self.geometry.bin_size, config=self.config)
        return values

    def _window(self, values: np.ndarray, chrom: str, first: int, low: int, *, side: int | None) -> np.ndarray:
        """Targets of one window cut out of its stretch, with artefacts and unmappable bins brought down."""
        targets = values[:, first - low : first - low + self.n_bins]
        start, width = first * self.geometry.bin_size, self.geometry.bin_size
        blacklisted = self.blacklist.mask(chrom, start, start + self.n_bins * width)
        if blacklisted is not None:
            targets = np.stack([self._below(one, chrom, start, blacklisted, side) for one in self.signals])
        unmappable = self.unmappable_bins(chrom, first)
        if unmappable.any() and self.config.unmappable_quantile < 1:
            quantile = self.config.unmappable_quantile
            targets = np.stack([below_quantile(row, unmappable, quantile) for row in targets])
        return targets

    def _below(self, one: TrackSignals, chrom: str, start: int, blacklisted: BaseMask, side: int | None) -> np.ndarray:
        """Targets of a window on the blacklist, read anew: the median is that of the window."""
        signal = one.whole if side is None else (one.halves or (None, None))[side]
        if signal is None:
            return np.full(self.n_bins, np.nan, dtype=np.float32)
        bases = below_baseline(signal(chrom, start, start + blacklisted.size), blacklisted)
        return bin_targets(bases.reshape(self.n_bins, -1), one.track, processed=self.config.processed)
