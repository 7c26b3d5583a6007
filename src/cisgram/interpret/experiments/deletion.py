"""Deletion: instances of motifs in windows are written over, each alone and by two.

Length stays: "deleting" writes other bases where the instance stands, so that all else keeps its place.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from cisgram.arrays import Codes, EditedSequence, SequenceCodes
from cisgram.errors import ConfigError, InputError
from cisgram.genomics.sequence import N, dinucleotide_shuffle

Filling: TypeAlias = Literal["random", "shuffle", "n"]
"""``random``: bases by chance, in the composition of the window; ``shuffle``: what stands there in a dinucleotide
shuffle of the window; ``n``: no base."""

INSTANCE_COLUMNS = ("row", "start", "end", "name")
"""Row of the window, 0-based half-open place in it, and name of the motif."""

PAIR_COLUMNS = ("row", "instance_a", "instance_b", "name_a", "name_b", "centre_a", "centre_b", "distance_bp")
"""``instance_a`` and ``instance_b`` are rows of the table of instances. Names are in alphabetical order; of two
instances of one motif, A is the left one."""


@dataclass(frozen=True)
class AblationConfig:
    """Which pairs of instances are looked at, and what is written over them.

    Raises
    ------
    ConfigError
        A setting is out of its range.
    """

    filling: Filling = "random"
    """What is written over an instance."""
    n_draws: int = 5
    """Fillings by chance, whose responses are averaged; N needs only one."""
    min_distance_bp: int = 6
    """Instances whose centres are closer count as one, and are no pair; neither do overlapping ones."""
    max_distance_bp: int = 150
    """Nor do those whose centres are further apart."""
    seed: int = 0
    """Of the fillings."""

    def __post_init__(self) -> None:
        if self.filling not in ("random", "shuffle", "n"):
            raise ConfigError(f"filling must be random, shuffle or n; got {self.filling!r}")
        if self.n_draws < 1 or not 0 <= self.min_distance_bp <= self.max_distance_bp:
            raise ConfigError(
                "n_draws must be at least 1, and min_distance_bp between 0 and max_distance_bp; got "
                f"{self.n_draws}, {self.min_distance_bp}, {self.max_distance_bp}"
            )

    @property
    def n_fillings(self) -> int:
        """Different fillings of one instance."""
        return 1 if self.filling == "n" else self.n_draws


RANDOM_BASES = AblationConfig()
"""Random bases of the window's composition, pairs up to 150 bp apart."""


class Pairs(NamedTuple):
    """Pairs of instances."""

    table: pd.DataFrame
    """:data:`PAIR_COLUMNS`, by row."""
    dropped: Mapping[str, int]
    """Pairs of instances of one window that are none, by reason."""


def check_instances(instances: pd.DataFrame, codes: Codes) -> None:
    """Refuse instances that lack a column or leave their window.

    Raises
    ------
    InputError
        The message names the first.
    """
    if missing := [name for name in INSTANCE_COLUMNS if name not in instances]:
        raise InputError(f"instances need the columns {', '.join(INSTANCE_COLUMNS)}; {', '.join(missing)} is missing")
    row, start, end = (instances[name].to_numpy(dtype=np.int64) for name in ("row", "start", "end"))
    is_wrong = (row < 0) | (row >= len(codes)) | (start < 0) | (start >= end) | (end > codes.shape[-1])
    if is_wrong.any():
        first = int(np.argmax(is_wrong))
        raise InputError(
            f"instances must lie in one of {len(codes)} windows of {codes.shape[-1]} bp; {int(is_wrong.sum())} do not, "
            f"the first is number {first}: row {row[first]}, {start[first]} to {end[first]}"
        )


def pairs_of(instances: pd.DataFrame, *, config: AblationConfig = AblationConfig()) -> Pairs:
    """All pairs of instances of one window that are near enough and do not overlap.

    Examples
    --------
    >>> table = pd.DataFrame({"row": 0, "start": [10, 30, 12], "end": [16, 36, 18], "name": ["b", "a", "c"]})
    >>> found = pairs_of(table)
    >>> found.table[["name_a", "name_b", "distance_bp"]].to_numpy().tolist(), found.dropped
    ([['a', 'b', 20], ['a', 'c', 18]], {'overlapping': 1})
    """
    names = instances["name"].astype(str).to_numpy()
    row, start, end = (instances[name].to_numpy(dtype=np.int64) for name in ("row", "start", "end"))
    centre = start + (end - start) // 2
    kept: list[tuple[object, ...]] = []
    dropped = {"overlapping": 0, "nearer": 0, "further": 0}
    for window in np.unique(row):
        members = np.flatnonzero(row == window)
        ordered = members[np.lexsort((start[members], names[members]))].tolist()
        for number, a in enumerate(ordered):
            for b in ordered[number + 1 :]:
                distance = abs(int(centre[b] - centre[a]))
                if start[a] < end[b] and start[b] < end[a]:
                    dropped["overlapping"] += 1
                elif not config.min_distance_bp <= distance <= config.max_distance_bp:
                    dropped["nearer" if distance < config.min_distance_bp else "further"] += 1
                else:
                    kept.append((int(window), a, b, names[a], names[b], int(centre[a]), int(centre[b]), distance))
    return Pairs(pd.DataFrame(kept, columns=list(PAIR_COLUMNS)), {why: n for why, n in dropped.items() if n})


def fillings_of(codes: SequenceCodes, *, config: AblationConfig, rng: np.random.Generator) -> EditedSequence:
    """Whole windows out of which the bases come that are written over instances, one per draw.

    An instance gets the same bases of a draw whether it is deleted alone or with another one: then a model in which
    effects add up has no epistasis at all.

    Parameters
    ----------
    codes
        The window.
    config
        What is written.
    rng
        Where chance comes from.
    """
    n = config.n_fillings
    if config.filling == "n":
        return np.full((n, codes.size), N, dtype=np.uint8)
    if config.filling == "shuffle":
        return dinucleotide_shuffle(codes, n_shuffles=n, rng=rng)
    known = codes[codes < N]
    drawn = rng.choice(known, size=(n, codes.size)) if known.size else rng.integers(0, 4, (n, codes.size))
    return drawn.astype(np.uint8)
