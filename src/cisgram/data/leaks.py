"""Held-out sequences that stand in the training set as well, whole or in large part, on either strand.

Contigs are held out, but a genome repeats itself: a window of a held-out contig may have a copy on one that is
trained on. Windows are compared by their words of ``word_bp`` bases, each taken together with its reverse complement.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numba import njit

from cisgram.arrays import Positions, Totals
from cisgram.data.windows import drop
from cisgram.errors import ConfigError
from cisgram.genomics.genome import Genome

LEAK_COLUMNS = ("row", "split", "shared", "partner", "partner_split", "kind")
"""Columns of :func:`find_leaks`: row of the window, its split, share of its words that a window of a later split has,
row and split of the one that has most of them, and ``same`` (that whole sequence or its reverse complement) or
``alike``."""

_ORDER = {"train": 0, "valid": 1, "test": 2}


def find_leaks(windows: pd.DataFrame, genome: Genome, *, min_shared: float = 0.5, word_bp: int = 24) -> pd.DataFrame:
    """Find windows that share much of their sequence with a window of a later split (train, valid, test).

    Time is linear in the bases of the windows, and so is memory: about 2 bytes per base, as one word in eight is
    looked at (the same ones everywhere).

    Parameters
    ----------
    windows
        A windows table with splits; dropped windows and those without a split are passed over. Windows must lie
        within their contigs.
    genome
        The genome.
    min_shared
        Least share of a window's words, above 0, that are found in one held-out window.
    word_bp
        Length of the words, 8 to 31 bp. Words with an N are passed over.

    Returns
    -------
    pandas.DataFrame
        :data:`LEAK_COLUMNS`, sorted by row; without rows where nothing leaks. Rows count from 0, whatever the index.

    Examples
    --------
    >>> from cisgram.genomics.sequence import reverse_complement
    >>> codes = np.random.default_rng(1).integers(0, 4, 400, dtype=np.uint8)
    >>> genome = Genome.from_codes({"I": codes, "II": reverse_complement(codes)})
    >>> windows = pd.DataFrame({"chrom": ["I", "II"], "start": [0, 200], "end": [200, 400]})
    >>> leaks = find_leaks(windows.assign(split=["train", "test"], dropped=""), genome)
    >>> leaks[["row", "shared", "partner", "kind"]].to_numpy().tolist()
    [[0, 1.0, 1, 'same']]
    """
    if not 8 <= word_bp <= 31 or not 0 < min_shared <= 1:
        raise ConfigError(f"word_bp must lie in 8..31 and min_shared in (0, 1]; got {word_bp} and {min_shared}")
    split = windows["split"].map(_ORDER).fillna(-1).to_numpy(dtype=np.int64)
    rows = np.flatnonzero((split >= 0) & windows["dropped"].eq("").to_numpy())
    words = _words(windows.iloc[rows], genome, word_bp)
    found = [_shared_with_later(words, split[rows], earlier=earlier) for earlier in (0, 1)]
    shared, partner = (np.where(split[rows] == 1, second, first) for first, second in zip(*found, strict=True))
    leaking = np.flatnonzero(shared >= min_shared)
    mate = partner[leaking]
    splits = windows["split"].to_numpy()
    is_same = words.whole[leaking] == words.whole[mate]
    columns = (
        rows[leaking],
        splits[rows[leaking]],
        shared[leaking],
        rows[mate],
        splits[rows[mate]],
        np.where(is_same, "same", "alike"),
    )
    return pd.DataFrame(dict(zip(LEAK_COLUMNS, columns, strict=True)))


def drop_leaks(windows: pd.DataFrame, leaks: pd.DataFrame) -> pd.DataFrame:
    """Drop the training windows among the leaks; held-out windows stay as they are.

    Parameters
    ----------
    windows
        The table that :func:`find_leaks` was given.
    leaks
        What it returned.
    """
    is_leaking = np.zeros(len(windows), dtype=bool)
    is_leaking[leaks.loc[leaks["split"].eq("train"), "row"].to_numpy(dtype=np.int64)] = True
    return drop(windows, is_leaking, "like a held-out window")


class _Words(NamedTuple):
    """Hashes of words, window after window; in each window every word once."""

    word: np.ndarray
    window: np.ndarray
    n_words: Positions
    """How many words each window has."""
    whole: np.ndarray
    """Hash of each whole window, the same for its reverse complement."""


def _words(windows: pd.DataFrame, genome: Genome, word_bp: int) -> _Words:
    """Hashes of one word in eight, chosen by the hash itself so that copies keep the same ones."""
    parts, owners = [np.zeros(0, np.uint64)], [np.zeros(0, np.int64)]
    whole = np.zeros(len(windows), dtype=np.uint64)
    for row, (chrom, start, end) in enumerate(windows[["chrom", "start", "end"]].itertuples(index=False)):
        hashes, whole[row] = _hash_window(np.asarray(genome.codes(chrom, start, end)), word_bp)
        distinct = np.unique(hashes)
        parts.append(distinct)
        owners.append(np.full(distinct.size, row))
    n_words = np.array([part.size for part in parts[1:]], dtype=np.int64)
    return _Words(np.concatenate(parts), np.concatenate(owners), n_words, whole)


def _shared_with_later(words: _Words, split: Positions, *, earlier: int) -> tuple[Totals, Positions]:
    """For every window of a split, the greatest share of its words in one window of a later split, and which one."""
    n = split.size
    shared, partner = np.zeros(n), np.zeros(n, dtype=np.int64)
    is_later, is_asked = split[words.window] > earlier, split[words.window] == earlier
    order = np.argsort(words.word[is_later], kind="stable")
    later_word, later_window = words.word[is_later][order], words.window[is_later][order]
    asked_word, asked_window = words.word[is_asked], words.window[is_asked]
    first = np.searchsorted(later_word, asked_word, side="left")
    last = np.searchsorted(later_word, asked_word, side="right")
    begins = np.searchsorted(asked_window, np.arange(n + 1))
    _count_partners(begins, first, last, later_window, words.n_words, shared, partner)
    return shared, partner


@njit(cache=True)
def _count_partners(begins, first, last, later_window, n_words, shared, partner):
    """Count, window by window, how often each later window holds one of its words; of equals the first stays."""
    counts = np.zeros(n_words.size, np.int64)
    for window in range(n_words.size):
        best = 0
        for at in range(begins[window], begins[window + 1]):
            for other in later_window[first[at] : last[at]]:
                counts[other] += 1
                if counts[other] > best or (counts[other] == best and other < partner[window]):
                    best, partner[window] = counts[other], other
        for at in range(begins[window], begins[window + 1]):
            for other in later_window[first[at] : last[at]]:
                counts[other] = 0
        if best:
            shared[window] = best / n_words[window]


@njit(cache=True)
def _mix(value):
    """Scatter the bits of a number (the finalizer of splitmix64)."""
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@njit(cache=True)
def _hash_window(codes, word_bp):
    """Hashes of the chosen words, and of the whole window; each is the same on both strands."""
    found = np.empty(codes.size, np.uint64)
    n_found, known = 0, 0
    forward, reverse = np.uint64(0), np.uint64(0)
    whole_forward, whole_reverse = np.uint64(1), np.uint64(1)
    mask = (np.uint64(1) << np.uint64(2 * word_bp)) - np.uint64(1)
    top = np.uint64(2 * word_bp - 2)
    for i in range(codes.size):
        mirrored = codes[codes.size - 1 - i]
        whole_forward = _mix(whole_forward * np.uint64(5) + np.uint64(codes[i]))
        whole_reverse = _mix(whole_reverse * np.uint64(5) + np.uint64(3 - mirrored if mirrored < 4 else 4))
        if codes[i] > 3:
            known = 0
            continue
        known += 1
        forward = ((forward << np.uint64(2)) | np.uint64(codes[i])) & mask
        reverse = (reverse >> np.uint64(2)) | (np.uint64(3 - codes[i]) << top)
        if known >= word_bp:
            mixed = _mix(min(forward, reverse) + np.uint64(1))
            if mixed & np.uint64(7) == 0:
                found[n_found] = mixed
                n_found += 1
    return found[:n_found], min(whole_forward, whole_reverse)
