"""Which reads a draw keeps: each by a number made of its own key and the seed, so that the order never matters."""

from dataclasses import dataclass, field, replace

import numpy as np
from numba import njit

from cisgram.arrays import Values
from cisgram.io.reads.cut_index import Cuts
from cisgram.io.reads.hashing import unit_value

_ALL_CELLS = np.zeros(0, dtype=bool)


@dataclass(frozen=True, eq=False)
class Thinning:
    """Chances by draw, and which cells are used.

    Parameters
    ----------
    draws
        Draws and the chance of each; a read stays where every draw keeps it.
    cells
        By number of the barcode, whether its reads are used; empty for all.
    """

    draws: tuple[tuple[np.uint64, float], ...] = ()
    cells: np.ndarray = field(default_factory=lambda: _ALL_CELLS)

    @property
    def is_whole(self) -> bool:
        """Whether every read is kept."""
        return not self.draws and not self.cells.size

    def with_draw(self, draw: np.uint64, chance: float) -> "Thinning":
        """Thinned once more; one draw twice multiplies its chances, so that the smaller set is part of the larger."""
        before = dict(self.draws)
        before[draw] = before.get(draw, 1.0) * chance
        return replace(self, draws=tuple(before.items()))

    def mask(self, keys: np.ndarray, numbers: np.ndarray) -> np.ndarray:
        """Which reads are kept, by key and number of the barcode (empty where there are no barcodes)."""
        kept = np.empty(keys.size, dtype=bool)
        _mask(keys, numbers, *self._arrays, kept)
        return kept

    @property
    def _arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The draws, their chances and the cells, for kernels."""
        draws = np.array([draw for draw, _ in self.draws], dtype=np.uint64)
        return draws, np.array([chance for _, chance in self.draws], dtype=np.float64), self.cells


def add_coverage(cuts: Cuts, thinning: Thinning, start: int, extend_bp: int, differences: np.ndarray) -> None:
    """Add the boxes around kept cut sites to the differences between neighbouring bases from ``start`` on (int32)."""
    _add_coverage(*cuts, *thinning._arrays, start, extend_bp, differences)


def add_counts(cuts: Cuts, thinning: Thinning, start: int, counts: Values) -> None:
    """Add kept cut sites to counts per base from ``start`` on."""
    np.add.at(counts, cuts.positions[thinning.mask(cuts.keys, cuts.numbers)] - start, np.float32(1))


def count_kept(cuts: Cuts, thinning: Thinning) -> int:
    """How many cut sites are kept."""
    return int(thinning.mask(cuts.keys, cuts.numbers).sum())


def reads_per_barcode(cuts: Cuts, n_barcodes: int) -> np.ndarray:
    """Cut sites of every barcode, by its number."""
    return np.bincount(cuts.numbers[cuts.numbers >= 0], minlength=n_barcodes)


@njit(cache=True)
def _is_kept(key, number, draws, chances, cells):
    """Whether a read is kept."""
    if cells.size and (number < 0 or not cells[number]):
        return False
    for i in range(draws.size):  # noqa: SIM110  # numba knows no all()
        if unit_value(key, draws[i]) >= chances[i]:
            return False
    return True


@njit(cache=True)
def _mask(keys, numbers, draws, chances, cells, kept):
    for i in range(keys.size):
        kept[i] = _is_kept(keys[i], numbers[i] if numbers.size else -1, draws, chances, cells)


@njit(cache=True)
def _add_coverage(positions, keys, numbers, draws, chances, cells, start, extend_bp, differences):
    size = differences.size - 1
    for i in range(positions.size):
        first, last = positions[i] - extend_bp - start, positions[i] + extend_bp + 1 - start
        if first >= size or last <= 0:
            continue
        if _is_kept(keys[i], numbers[i] if numbers.size else -1, draws, chances, cells):
            differences[max(0, first)] += 1
            differences[min(size, last)] -= 1
