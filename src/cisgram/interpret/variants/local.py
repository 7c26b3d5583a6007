"""Alternatives of windows, computed only where they differ from them: the quick way to ask, exact but for rounding.

An alternative of the window's length, such as one with another base, changes a convolutional model's layers only
around it. What an alternative costs depends on the stretch from its first to its last difference: little for a
substitution, half of a window for an insertion in the middle of one.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from cisgram.arrays import AlleleCodes, WholePerAllele, WindowCodes
from cisgram.interpret.precision import place_and_type
from cisgram.interpret.variants.answers import Answers
from cisgram.interpret.variants.local_layers import Change
from cisgram.interpret.variants.local_models import read_locally
from cisgram.nn.blocks import one_hot
from cisgram.nn.predict import Device

_READ_BP = 2**17
"""Windows that are read together have so many bases at most, or are one: all their layers are kept."""
_SHORT_BP = 64
_SHORT_PER_SEQUENCE = 4
"""So many alternatives whose edits are short take less room than one sequence that is read in full."""


def local_answers(
    module: nn.Module,
    references: WindowCodes,
    alternatives: AlleleCodes,
    window_of: WholePerAllele,
    *,
    batch_size: int,
    device: Device | None = None,
) -> Answers | None:
    """Ask about windows and their alternatives; what an alternative leaves as it is, is taken from its window.

    Parameters
    ----------
    module
        In evaluation mode, on the device.
    references
        As long as it reads.
    alternatives
        As long.
    window_of
        Number of each alternative's window.
    batch_size
        Sequences at a time.
    device
        Where to compute; where the model is, if not given.

    Returns
    -------
    Answers or None
        The same as of :func:`~cisgram.interpret.variants.answers.plain_answers`, but for rounding; None where the
        module is of a kind that cannot be followed.
    """
    if not len(references):
        return None
    edits = _edits(references, alternatives, window_of)
    is_long = 2 * edits.widths > references.shape[-1]
    of_windows, kind, read, found = [], None, None, _Found(len(alternatives))
    for windows in _slices(len(references), max(1, min(batch_size, _READ_BP // references.shape[-1]))):
        del read  # its layers, before there are others
        read = read_locally(module, _bases(references[windows], module, device))
        if read is None:
            return None
        kind = type(read.output)
        of_windows.append(_on_cpu(read.output))
        own = np.flatnonzero((window_of >= windows.start) & (window_of < windows.stop) & ~is_long)
        for rows in _alike(own, edits.widths, batch_size):
            found.put(rows, read.ask(_change(edits, rows, alternatives, windows.start, module, device)))
    for rows in _parts(np.flatnonzero(is_long), batch_size):
        found.put(rows, module(_bases(alternatives[rows], module, device)))
    assert kind is not None
    together = [torch.cat(column) for column in zip(*of_windows, strict=True)]
    return Answers(kind(*together), kind(*(found.fields or [one[:0] for one in together])))


class _Edits(NamedTuple):
    """Where alternatives differ from their windows."""

    windows: np.ndarray
    starts: np.ndarray
    """First difference; 0 where there is none."""
    widths: np.ndarray
    """Positions to the last difference, 1 at least."""


def _edits(references: WindowCodes, alternatives: AlleleCodes, window_of: WholePerAllele) -> _Edits:
    starts, widths = np.zeros(len(alternatives), dtype=np.int64), np.ones(len(alternatives), dtype=np.int64)
    for row, (codes, window) in enumerate(zip(alternatives, window_of, strict=True)):
        places = np.flatnonzero(codes != references[window])
        if len(places):
            starts[row], widths[row] = places[0], places[-1] - places[0] + 1
    return _Edits(np.asarray(window_of), starts, widths)


def _alike(rows: np.ndarray, widths: np.ndarray, batch_size: int) -> Iterator[np.ndarray]:
    """Alternatives whose edits are about as wide, some at a time: more of those that take little room."""
    size_classes = np.ceil(np.log2(widths[rows]) / 2)
    for one in np.unique(size_classes):
        own = rows[size_classes == one]
        is_short = widths[own].max() <= _SHORT_BP
        yield from _parts(own, _SHORT_PER_SEQUENCE * batch_size if is_short else batch_size)


def _change(
    edits: _Edits,
    rows: np.ndarray,
    alternatives: AlleleCodes,
    first_window: int,
    module: nn.Module,
    device: Device | None,
) -> Change:
    """The alternatives' bases where they differ, all over the same number of positions."""
    width = int(edits.widths[rows].max())
    starts = np.minimum(edits.starts[rows], alternatives.shape[-1] - width)
    bases = np.take_along_axis(alternatives[rows], starts[:, None] + np.arange(width), axis=1)
    values = _bases(bases, module, device)
    windows = torch.from_numpy(edits.windows[rows] - first_window).to(values.device)
    return Change(windows, torch.from_numpy(starts).to(values.device), values)


def _bases(codes: np.ndarray, module: nn.Module, device: Device | None) -> Tensor:
    """One-hot, where the model is and of its type."""
    place, dtype = place_and_type(module, device)
    return one_hot(torch.from_numpy(np.ascontiguousarray(codes)).to(place)).to(dtype)


class _Found:
    """Outputs for alternatives, put in their places as they come."""

    def __init__(self, n: int) -> None:
        self.fields: list[Tensor] = []
        self._n = n

    def put(self, rows: np.ndarray, output: Any) -> None:
        """Keep the output for some of them."""
        parts = _on_cpu(output)
        self.fields = self.fields or [part.new_empty((self._n, *part.shape[1:])) for part in parts]
        for field, part in zip(self.fields, parts, strict=True):
            field[torch.from_numpy(rows)] = part


def _on_cpu(output: Any) -> list[Tensor]:
    """Fields of an output on the CPU, in float32 at least."""
    return [field.to("cpu", torch.promote_types(field.dtype, torch.float32)) for field in output]


def _parts(rows: np.ndarray, size: int) -> Iterator[np.ndarray]:
    return (rows[part] for part in _slices(len(rows), size))


def _slices(n: int, size: int) -> Iterator[slice]:
    return (slice(start, start + size) for start in range(0, n, size))
