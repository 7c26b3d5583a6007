"""The loops of a scan: roll a word of eight bases along the sequence and check what it proposes.

Every task is a stretch of places where windows may begin; it writes its hits into a part of the output of its own, so
that the result does not depend on how tasks are shared among threads.
"""

from typing import NamedTuple

import numpy as np
from numba import njit, prange

from cisgram.motifs.scanning.filter import BLOCK, CORE, ScanFilter
from cisgram.threads import threads_for

_WORDS = 4 ** (BLOCK - 1)
_TILE = 512
_WAITING = 4096
_MOST_AT_ONCE = 4


class Found(NamedTuple):
    """Hits of a batch of tasks, in order."""

    tasks: np.ndarray
    places: np.ndarray
    readings: np.ndarray
    lefts: np.ndarray
    short_runs: np.ndarray
    """How many places have only so many known bases from there on (``task length``)."""


def scan_batch(codes: np.ndarray, tasks: np.ndarray, tables: ScanFilter, rooms: np.ndarray) -> Found:
    """Scan some tasks, on all threads; the hits do not depend on how tasks are shared among these.

    Parameters
    ----------
    codes
        All bases, end to end.
    tasks
        First place, place after the last, end of the sequence, and anything else (``task column``).
    tables
        Of the motifs.
    rooms
        Number of hits that each task may have; one that has more is done again with the room it takes.
    """
    starts = np.concatenate([[0], np.cumsum(rooms)])
    places = np.empty(starts[-1], dtype=np.int64)
    readings, lefts = np.empty((2, starts[-1]), dtype=np.int32)
    n_hits = np.zeros(len(tasks), dtype=np.int64)
    widest = int(tables.widths.max())
    short_runs = np.zeros((len(tasks), widest), dtype=np.int64)
    spans = np.ascontiguousarray(tasks[:, :3])
    with threads_for(int((spans[:, 1] - spans[:, 0]).sum())):
        _scan_tasks(codes, spans, tables, widest, starts, places, readings, lefts, n_hits, short_runs)
    crowded = np.flatnonzero(n_hits > rooms)
    n_hits_again, n_hits[crowded] = n_hits[crowded], 0
    task = np.repeat(np.arange(len(tasks)), n_hits)
    at = np.arange(task.size) + np.repeat(starts[:-1] - (np.cumsum(n_hits) - n_hits), n_hits)
    found = Found(task, places[at], readings[at], lefts[at], short_runs)
    if not crowded.size:
        return found
    again = scan_batch(codes, tasks[crowded], tables, n_hits_again)
    task = np.concatenate([found.tasks, crowded[again.tasks]])
    order = np.argsort(task, kind="stable")
    places, readings, lefts = (np.concatenate(pair)[order] for pair in zip(found[1:4], again[1:4], strict=True))
    return Found(task[order], places, readings, lefts, short_runs)


@njit(cache=True, parallel=True)
def _scan_tasks(codes, tasks, tables, max_width, rooms, places, readings, lefts, n_hits, short_runs):
    """Scan all tasks.

    ``tasks``: first place, place after the last, end of the sequence (``task 3``). ``rooms``: where the part of the
    output begins (``task + 1``); ``n_hits``: hits found, also those that had no room. ``short_runs``: how many places
    have only so many known bases from there on (``task length``), for lengths below the widest window.
    """
    for task in prange(len(tasks)):
        first, stop, end = tasks[task]
        size = stop - first + max_width
        words = np.empty(size + max_width + 2 * CORE, np.uint8)
        known = np.empty(size + 2 * CORE, np.uint16)
        _prepare(codes, first, min(stop + max_width, end), max_width, words, known)
        for i in range(stop - first):
            if known[i] < max_width:
                short_runs[task, known[i]] += 1
        begin, room = rooms[task], rooms[task + 1]
        hits = places[begin:room], readings[begin:room], lefts[begin:room]
        if tables.order == 0:
            n = _scan_plain(words, known, stop - first, max_width, tables, hits)
        else:
            n = _scan_with_memory(codes, first, words[max_width:], known, stop - first, tables, hits)
        n_hits[task] = n
        if n <= room - begin:
            _sort(hits[0][:n], hits[1][:n], hits[2][:n], tables.widths.size)
            for i in range(n):
                hits[0][i] += first


@njit(cache=True)
def _prepare(codes, first, end, max_width, words, known):
    """Number of the word of four bases that begins at each base (N as A), and how many known bases follow."""
    words[:max_width] = 0
    words[end - first + max_width :] = 0
    known[end - first :] = 0
    word, n_known = 0, 0
    for i in range(end - 1, first - 1, -1):
        base = codes[i]
        n_known = min(n_known + 1, max_width + CORE) if base < 4 else 0
        word = word // 4 + (base & 3) * _WORDS
        words[i - first + max_width] = word
        known[i - first] = n_known


@njit(cache=True)
def _scan_plain(words, known, n_places, before, tables, hits):
    """Hits with a background without memory: what a window may lose is used up block by block.

    Tile by tile: which rows of the table, which candidates they hold, which of these the first block leaves, and all
    blocks of those that are left. Each loop does one thing without a branch that the processor would guess
    wrongly, and has many reads of memory under way at once. ``before``: where place 0 stands in ``words``.
    """
    row_starts, candidates, core_offsets = tables.row_starts, tables.candidates, tables.core_offsets
    losses = tables.first_losses
    from_core = (before + tables.block_offsets[tables.block_starts[:-1]] - core_offsets).astype(np.int32)
    room = max(_WAITING, np.diff(row_starts).max())
    size = room + _MOST_AT_ONCE
    waiting = np.empty(size, np.int32), np.empty(size, np.int32)
    ats, readings = waiting
    begins, ends = np.empty(_TILE, np.int32), np.empty(_TILE, np.int32)
    needed = min(CORE, tables.widths.min())
    reach = min(n_places + core_offsets.max(), known.size - 2 * CORE)
    n = 0
    for tile in range(0, reach, _TILE):
        stop = min(tile + _TILE, reach)
        for i in range(tile, stop):
            row = np.int32(words[i + before]) * 256 + words[i + before + BLOCK]
            begins[i - tile] = row_starts[row]
            ends[i - tile] = row_starts[row + 1] if known[i] >= needed else row_starts[row]
        i = tile
        while i < stop:
            n_listed = 0
            while i < stop and n_listed + ends[i - tile] - begins[i - tile] <= room:
                begin, n_of_row = begins[i - tile], ends[i - tile] - begins[i - tile]
                for k in range(_MOST_AT_ONCE):  # unrolled; what is too much is written over
                    ats[n_listed + k], readings[n_listed + k] = i, begin + k
                for k in range(_MOST_AT_ONCE, n_of_row):
                    ats[n_listed + k], readings[n_listed + k] = i, begin + k
                n_listed += n_of_row
                i += 1
            n_left = 0
            for k in range(n_listed):
                at, candidate = ats[k], readings[k]
                packed = candidates[candidate]
                reading = packed >> 16
                ats[n_left], readings[n_left] = at - core_offsets[reading], reading
                n_left += (packed & 65535) >= losses[reading, words[at + from_core[reading]]]
            n = _check(words, known, n_places, before, tables, waiting, n_left, hits, n)
    for reading in tables.weak:
        n = _scan_weak(words, known, n_places, before, reading, tables, waiting, hits, n)
    return n


@njit(cache=True)
def _scan_weak(words, known, n_places, before, reading, tables, waiting, hits, n):
    """Hits of a reading that looks at every window: two blocks of all, the others of those that are left."""
    losses = tables.block_losses
    first = tables.block_starts[reading]
    second = min(first + 1, tables.block_starts[reading + 1] - 1)
    at_first, at_second = before + tables.block_offsets[first], before + tables.block_offsets[second]
    weight = second - first
    slack = tables.slacks[reading]
    ats, readings = waiting
    for tile in range(0, n_places, _WAITING):
        n_waiting = 0
        for i in range(tile, min(tile + _WAITING, n_places)):
            loss = losses[first, words[i + at_first]] + weight * losses[second, words[i + at_second]]
            ats[n_waiting], readings[n_waiting] = i, reading
            n_waiting += loss <= slack
        n = _check(words, known, n_places, before, tables, waiting, n_waiting, hits, n)
    return n


@njit(cache=True)
def _check(words, known, n_places, before, tables, waiting, n_waiting, hits, n):
    """Look up all blocks of what waits, and write down the hits."""
    places, readings, lefts = hits
    for at in range(n_waiting):
        place, reading = waiting[0][at], waiting[1][at]
        if place < 0 or place >= n_places:
            continue
        left = tables.slacks[reading]
        for block in range(tables.block_starts[reading], tables.block_starts[reading + 1]):
            left -= tables.block_losses[block, words[place + before + tables.block_offsets[block]]]
            if left < 0:
                break
        if left >= 0 and known[place] >= tables.widths[reading]:
            if n < places.size:
                places[n], readings[n], lefts[n] = place, reading, left
            n += 1
    return n


@njit(cache=True)
def _scan_with_memory(codes, first, words, known, n_places, tables, hits):
    """Hits with a background that has a memory: the window of a candidate is followed base by base."""
    n = 0
    places, readings, lefts = hits
    needed = min(CORE, tables.widths.min())
    reach = min(n_places + tables.core_offsets.max(), known.size - 2 * CORE)
    for i in range(reach):
        if known[i] < needed:
            continue
        row = np.int64(words[i]) * 256 + words[i + BLOCK]
        for at in range(tables.row_starts[row], tables.row_starts[row + 1]):
            reading = tables.candidates[at] >> 16
            place = i - tables.core_offsets[reading]
            if place < 0 or place >= n_places or known[place] < tables.widths[reading]:
                continue
            left = _left_of_window(codes, first + place, reading, tables)
            if left >= 0:
                if n < places.size:
                    places[n], readings[n], lefts[n] = place, reading, left
                n += 1
    for reading in tables.weak:
        for place in range(n_places):
            if known[place] >= tables.widths[reading]:
                left = _left_of_window(codes, first + place, reading, tables)
                if left >= 0:
                    if n < places.size:
                        places[n], readings[n], lefts[n] = place, reading, left
                    n += 1
    return n


@njit(cache=True)
def _left_of_window(codes, start, reading, tables):
    """What a window leaves of what it may lose; negative as soon as that is used up."""
    left, context = tables.slacks[reading], 0
    n_contexts = 4**tables.order
    column = tables.column_starts[reading // tables.n_strands]
    width = tables.widths[reading]
    for i in range(width):
        base = 3 - codes[start + width - 1 - i] if tables.reverse[reading] else codes[start + i]
        left -= tables.losses[column + i, context, base]
        if left < 0:
            break
        context = (context * 4 + base) % n_contexts
    return left


@njit(cache=True)
def _sort(places, readings, lefts, n_readings):
    """By place, then by reading."""
    order = np.argsort(places * n_readings + readings)
    places[:], readings[:], lefts[:] = places[order], readings[order], lefts[order]
