"""Hits as they come: into a temporary file while a scan runs, out of it as tables once all scores are counted."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numba import njit

from cisgram.genomics.sequence import decode
from cisgram.io.hits import HIT_COLUMNS
from cisgram.motifs.scanning.filter import ScanFilter
from cisgram.motifs.scanning.kernels import scan_batch
from cisgram.motifs.scanning.places import ScanPlaces
from cisgram.motifs.scanning.score_distribution import ScoreTail

Progress: TypeAlias = Callable[[int, int], None]
"""Told how many bases are done, of how many."""

_HIT = np.dtype([("place", np.int64), ("stretch", np.int32), ("reading", np.int32), ("rank", np.int32)])
_PLACES_PER_TASK = 1 << 16
_PLACES_PER_BATCH = 1 << 22
_ROWS_PER_TABLE = 1 << 18
_BYTES_IN_MEMORY = 1 << 26


class HitStore:
    """Scans, keeps the hits, and gives them back with their q-values.

    Parameters
    ----------
    names
        Of the motifs.
    tails
        Of the motifs, cut off at the threshold.
    tables
        Made of the tails.
    places
        Where to look.
    """

    def __init__(
        self, names: Sequence[str], tails: Sequence[ScoreTail], tables: ScanFilter, places: ScanPlaces
    ) -> None:
        self._names, self._tables, self._places = list(names), tables, places
        self._starts = np.concatenate([[0], np.cumsum([tail.scores.size for tail in tails])]).astype(np.int64)
        self._deficits = np.concatenate([tail.scores[0] - tail.scores for tail in tails])
        self._bits = np.concatenate([tail.scores / tail.units_per_bit for tail in tails])
        self._p_values = np.concatenate([tail.p_values for tail in tails])
        self._q_values = np.ones_like(self._p_values)
        self._is_kept = np.ones(self._p_values.size, dtype=bool)
        self._tally = np.zeros(self._p_values.size, dtype=np.int64)
        self._widest = int(tables.widths.max())
        self._short_runs = np.zeros(self._widest, dtype=np.int64)
        self._n_places = 0
        self._file = tempfile.SpooledTemporaryFile(max_size=_BYTES_IN_MEMORY)  # noqa: SIM115, closed by __exit__

    def __enter__(self) -> "HitStore":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    @property
    def n_hits(self) -> np.ndarray:
        """Hits of every motif that are given back."""
        return np.add.reduceat(np.where(self._is_kept, self._tally, 0), self._starts[:-1])

    def n_scored(self, width: int) -> int:
        """Windows of a width without an N, on one strand."""
        if width > self._widest:  # a motif wider than all that are scanned for: count its windows apart
            return self._places.n_known_windows(width)
        return self._n_places - int(self._short_runs[:width].sum())

    def fill(self, *, q_value: float | None, best_only: bool, progress: Progress | None) -> None:
        """Scan everything, once."""
        tasks = self._places.tasks(_PLACES_PER_TASK)
        sizes = tasks[:, 1] - tasks[:, 0]
        batch_of_task = (np.cumsum(sizes) - sizes) // _PLACES_PER_BATCH
        total, done = int(sizes.sum()), 0
        best = np.zeros(self._p_values.size, dtype=np.int64)
        waiting = np.zeros(0, dtype=_HIT)
        for batch in np.split(tasks, np.flatnonzero(np.diff(batch_of_task)) + 1):
            hits = self._scan(batch)
            if best_only:
                hits, waiting = self._best_of_stretches(np.concatenate([waiting, hits]), last=int(batch[-1, 3]))
                np.add.at(best, hits["rank"], 1)
            self._file.write(hits.tobytes())
            done += int((batch[:, 1] - batch[:, 0]).sum())
            if progress is not None:
                progress(done, total)
        self._n_places = total
        self._file.write(waiting.tobytes())
        self._set_q_values()
        if q_value is not None:
            self._is_kept = self._q_values <= q_value
        if best_only:
            np.add.at(best, waiting["rank"], 1)
            self._tally = best

    def tables(self) -> Iterator[pd.DataFrame]:
        """The hits in order, a quarter of a million at a time; at least one table, if without rows."""
        self._file.seek(0)
        first = True
        while (block := self._file.read(_ROWS_PER_TABLE * _HIT.itemsize)) or first:
            hits = np.frombuffer(block, dtype=_HIT)
            yield self._table(hits[self._is_kept[hits["rank"]]])
            first = False

    def _scan(self, tasks: np.ndarray) -> np.ndarray:
        """Hits of some tasks, in order."""
        sizes = tasks[:, 1] - tasks[:, 0]
        expected = min(float(self._p_values[self._starts[1:] - 1].sum()) * self._tables.n_strands, 1e3)
        found = scan_batch(self._places.codes, tasks, self._tables, (4 * sizes * expected + 64).astype(np.int64))
        self._short_runs += found.short_runs.sum(axis=0)
        hits = np.empty(found.places.size, dtype=_HIT)
        hits["place"], hits["reading"], hits["stretch"] = found.places, found.readings, tasks[found.tasks, 3]
        ranks = np.empty(found.places.size, dtype=np.int32)
        _rank_hits(
            found.readings,
            found.lefts,
            self._tables.slacks,
            self._tables.n_strands,
            self._deficits,
            self._starts,
            ranks,
            self._tally,
        )
        hits["rank"] = ranks
        return hits

    def _best_of_stretches(self, hits: np.ndarray, *, last: int) -> tuple[np.ndarray, np.ndarray]:
        """The best hit of each motif in each stretch, and apart those of the last stretch, which may go on."""
        motif = hits["reading"] // self._tables.n_strands
        order = np.lexsort((hits["reading"], hits["place"], hits["rank"], motif, hits["stretch"]))
        pair = np.stack([hits["stretch"], motif], axis=1)[order]
        is_first = np.ones(len(order), dtype=bool)
        is_first[1:] = (pair[1:] != pair[:-1]).any(axis=1)
        kept = hits[order[is_first]]
        kept = kept[np.lexsort((kept["reading"], kept["place"], kept["stretch"]))]
        return kept[kept["stretch"] != last], kept[kept["stretch"] == last]

    def _set_q_values(self) -> None:
        """Benjamini and Hochberg's q-value of every score, from how often each was seen."""
        for motif, (start, end) in enumerate(zip(self._starts[:-1], self._starts[1:], strict=True)):
            n = self._tables.n_strands * self.n_scored(int(self._tables.widths[motif * self._tables.n_strands]))
            as_good = np.cumsum(self._tally[start:end])
            raw = self._p_values[start:end] * n / np.maximum(as_good, 1)  # a score without a hit as good is never asked
            self._q_values[start:end] = np.minimum(np.minimum.accumulate(raw[::-1])[::-1], 1.0)

    def _table(self, hits: np.ndarray) -> pd.DataFrame:
        """Hits as rows."""
        places, tables = self._places, self._tables
        contigs = places.contigs[hits["stretch"]]
        widths = tables.widths[hits["reading"]]
        start = hits["place"] - places.offsets[contigs]
        is_reverse = tables.reverse[hits["reading"]]
        codes, names = pd.factorize(np.asarray(places.names, dtype=object))  # sequences may share a name
        columns = (
            _category(codes[contigs], names.tolist()),
            start,
            start + widths,
            _category(hits["reading"] // tables.n_strands, self._names),
            self._bits[hits["rank"]],
            _category(is_reverse.astype(np.int8), ["+", "-"]),
            self._p_values[hits["rank"]],
            self._q_values[hits["rank"]],
            _letters(places.codes, hits["place"], widths, is_reverse),
        )
        return pd.DataFrame(dict(zip(HIT_COLUMNS, columns, strict=True)))


def _category(codes: np.ndarray, names: list[str]) -> "pd.Categorical[Any]":
    return pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(names))


def _letters(codes: np.ndarray, starts: np.ndarray, widths: np.ndarray, is_reverse: np.ndarray) -> list[str]:
    """The word of every hit, as the motif reads it."""
    ends = np.cumsum(widths)
    spelled = np.empty(int(widths.sum()), dtype=np.uint8)
    _spell_words(codes, starts, widths, is_reverse, spelled)
    text = decode(spelled)
    return [text[start:end] for start, end in zip((ends - widths).tolist(), ends.tolist(), strict=True)]


@njit(cache=True)
def _rank_hits(readings, lefts, slacks, n_strands, deficits, starts, ranks, tally):
    """Number of each hit's score among the possible ones of its motif, and how often each was seen."""
    for i in range(readings.size):
        reading = readings[i]
        motif = reading // n_strands
        first, end = starts[motif], starts[motif + 1]
        at = first + np.searchsorted(deficits[first:end], slacks[reading] - lefts[i])
        ranks[i] = at
        tally[at] += 1


@njit(cache=True)
def _spell_words(codes, starts, widths, is_reverse, out):
    """Codes of every window, read on its strand, one after the other."""
    at = 0
    for i in range(starts.size):
        start, width = starts[i], widths[i]
        for k in range(width):
            out[at + k] = 3 - codes[start + width - 1 - k] if is_reverse[i] else codes[start + k]
        at += width
