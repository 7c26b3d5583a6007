"""Segments of chromatin states as BED files, plain and for browsers, and states bin by bin, as ChromHMM has them."""

import colorsys
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from cisgram.arrays import BinPosteriors, BinStates
from cisgram.errors import FormatError, InputError
from cisgram.genomics.segmentation import Segmentation
from cisgram.io.files import about_file
from cisgram.io.packing import read_bytes, write_chunks
from cisgram.io.tables.columns import whole_number

_STATE = re.compile(r"[A-Z]?([1-9][0-9]{0,3})(?:_(.+))?")
"""Up to 9999 states: a name for each is made, so that a number that is none would ask for much memory."""
_ORDERS = {"E": "Emission", "T": "Transition", "U": "User"}
_NUMBERED = re.compile(r"^(.+?)_\d+_segments$")


def read_segments(
    path: str | os.PathLike[str], *, cell: str | None = None, bin_size: int = 200, n_states: int | None = None
) -> Segmentation:
    """Read a segments BED, dense or not (plain or gzip): contig, start, end, state as ``E3``, ``3`` or ``3_Name``.

    Parameters
    ----------
    path
        The file.
    cell
        The cell type; from the file's name (``<cell>_<N>_segments.bed``) where not given.
    bin_size
        Width of a bin in bp.
    n_states
        How many states the model has; the highest number in the file where not given.

    Raises
    ------
    InputError
        There is no such file.
    FormatError
        A line has not four columns, a state has no number, a segment is not whole bins, or segments overlap.
    """
    chroms, starts, ends, states = list[str](), list[int](), list[int](), list[int]()
    names = dict[int, str]()
    lines = read_bytes(path, "segments").decode("utf-8", "replace").splitlines()
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith(("track", "browser", "#")):
            continue
        cells = line.split("\t") if "\t" in line else line.split()
        found = _STATE.fullmatch(cells[3].strip()) if len(cells) > 3 else None
        start, end = (whole_number(cell) for cell in cells[1:3]) if found else (None, None)
        if found is None or start is None or end is None:
            raise FormatError(
                path, f"a segment is contig, start, end and state (E3, 3 or 3_Name); got {line[:60]!r}", line=number
            )
        state = int(found[1]) - 1
        if found[2]:
            names[state] = found[2]
        chroms.append(cells[0])
        starts.append(start)
        ends.append(end)
        states.append(state)
    if not states:
        raise FormatError(path, "there are no segments in this file")
    table = pd.DataFrame({"chrom": chroms, "start": starts, "end": ends, "state": states})
    n_states = max(states) + 1 if n_states is None else n_states
    all_names = tuple(names.get(state, str(state + 1)) for state in range(n_states))
    with about_file(path):
        return Segmentation(cell or _cell_of(path), bin_size, n_states, table, all_names)


def write_segments(path: str | os.PathLike[str], segmentation: Segmentation, *, order_by: str = "E") -> None:
    """Write a segments BED as ChromHMM does: contig, start, end, ``E3``; bgzip where the name ends in ``.gz``.

    Parameters
    ----------
    path
        The file; ChromHMM calls it ``<cell>_<N>_segments.bed``.
    segmentation
        The segments.
    order_by
        The letter before the numbers of states: what they are ordered by.
    """
    table = segmentation.segments
    rows = zip(table["chrom"], table["start"], table["end"], table["state"] + 1, strict=True)
    write_chunks(path, (f"{chrom}\t{start}\t{end}\t{order_by}{state}\n".encode() for chrom, start, end, state in rows))


def write_dense_segments(
    path: str | os.PathLike[str],
    segmentation: Segmentation,
    *,
    colors: Sequence[tuple[int, int, int]] | None = None,
    order_by: str = "E",
) -> None:
    """Write a BED of nine columns that a browser shows as one coloured track.

    Parameters
    ----------
    path
        The file; ChromHMM calls it ``<cell>_<N>_dense.bed``.
    segmentation
        The segments; names of states are shown with their numbers.
    colors
        Red, green and blue of each state, 0 to 255; spread over the hues where not given.
    order_by
        What the states are ordered by, for the head.
    """
    rgb, labels = _rgb(segmentation, colors), _labels(segmentation)
    track = _track(segmentation.cell, segmentation.n_states)

    def lines() -> Iterator[bytes]:
        yield _head(track, order_by, visibility=1)
        table = segmentation.segments
        for chrom, start, end, state in zip(table["chrom"], table["start"], table["end"], table["state"], strict=True):
            cells = f"{chrom}\t{start}\t{end}\t{labels[state]}\t0\t.\t{start}\t{end}\t{rgb[state]}\n"
            yield cells.encode()

    write_chunks(path, lines())


def write_expanded_segments(
    path: str | os.PathLike[str],
    segmentation: Segmentation,
    *,
    colors: Sequence[tuple[int, int, int]] | None = None,
    order_by: str = "E",
) -> None:
    """Write a BED of twelve columns that a browser shows with one row per state; see :func:`write_dense_segments`."""
    rgb, labels = _rgb(segmentation, colors), _labels(segmentation)
    track = "Expanded_" + _track(segmentation.cell, segmentation.n_states)
    table = segmentation.segments
    ends = table.groupby("chrom", sort=False)["end"].max()

    def lines() -> Iterator[bytes]:
        yield _head(track, order_by, visibility=2)
        if len(ends):
            yield f"browser position {ends.index[0]}:1-{int(ends.iloc[0] * 0.001) + 1}\n".encode()
        for state in reversed(range(segmentation.n_states)):  # browsers show the last one on top
            for chrom, part in table[table["state"] == state].groupby("chrom", sort=False):
                last = int(ends[chrom])
                # a block at both ends of the contig makes browsers draw the row over its whole length
                starts = [0, *part["start"], last - 1]
                sizes = [0, *(part["end"] - part["start"]), 1]
                first = int(part["start"].iloc[0])
                cells = f"{chrom}\t0\t{last}\t{labels[state]}\t0\t.\t{first}\t{last}\t{rgb[state]}\t{len(starts)}"
                yield f"{cells}\t{','.join(map(str, sizes))}\t{','.join(map(str, starts))}\n".encode()

    write_chunks(path, lines())


def write_posteriors(
    path: str | os.PathLike[str], cell: str, chrom: str, posteriors: BinPosteriors, *, order_by: str = "E"
) -> None:
    """Write the probability of every state in every bin of a contig, four decimals, as ChromHMM's POSTERIOR files."""
    head = "\t".join(f"{order_by}{state + 1}" for state in range(posteriors.shape[1]))
    text = (
        ("\t".join(f"{value:.4f}".rstrip("0").rstrip(".") for value in row) + "\n").encode()
        for row in posteriors.tolist()
    )
    write_chunks(path, (part for piece in ([f"{cell}\t{chrom}\n{head}\n".encode()], text) for part in piece))


def write_states_by_line(
    path: str | os.PathLike[str], cell: str, chrom: str, states: BinStates, *, order_by: str = "E"
) -> None:
    """Write the state of every bin of a contig, one per line from 1 on, as ChromHMM's STATEBYLINE files."""
    body = "\n".join(map(str, (np.asarray(states) + 1).tolist()))
    write_chunks(path, [f"{cell}\t{chrom}\nMaxState {order_by}\n{body}\n".encode()])


def _cell_of(path: str | os.PathLike[str]) -> str:
    """The cell type that a file's name tells."""
    name = Path(path).name.partition(".")[0]
    found = _NUMBERED.match(name)
    return found[1] if found else name


def _track(cell: str, n_states: int) -> str:
    return f"{cell}_{n_states}"


def _head(track: str, order_by: str, *, visibility: int) -> bytes:
    """The line that tells a browser what follows."""
    description = f"{track} ({_ORDERS[order_by]} ordered)"
    return f'track name="{track}" description="{description}" visibility={visibility} itemRgb="On"\n'.encode()


def _labels(segmentation: Segmentation) -> list[str]:
    """Numbers of states, and their names where they have others."""
    return [
        str(number) if name == str(number) else f"{number}_{name}"
        for number, name in enumerate(segmentation.names, start=1)
    ]


def _rgb(segmentation: Segmentation, colors: Sequence[tuple[int, int, int]] | None) -> list[str]:
    """Colours as BED has them."""
    n = segmentation.n_states
    if colors is None:
        hues = [colorsys.hsv_to_rgb(state / n, 0.75, 0.9) for state in range(n)]
        colors = [(round(255 * red), round(255 * green), round(255 * blue)) for red, green, blue in hues]
    if len(colors) != n or any(not 0 <= part <= 255 for color in colors for part in color):
        raise InputError(f"{n} states need as many colours, each red, green and blue from 0 to 255")
    return [",".join(map(str, color)) for color in colors]
