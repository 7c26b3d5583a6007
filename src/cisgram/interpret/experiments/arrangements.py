"""Arrangements: where two motifs stand to each other - distance, order and strands."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from cisgram.errors import ConfigError, InputError
from cisgram.interpret.experiments.edits import Instances

Order: TypeAlias = Literal["AB", "BA"]
"""Which of two motifs stands to the left of the other."""

ARRANGEMENT_COLUMNS = ("order", "strand_a", "strand_b", "distance_bp", "start_a", "start_b")
"""``distance_bp`` lies between centres, a motif's centre being base ``width // 2`` from its left end on either
strand; ``start_a`` and ``start_b`` are the 0-based places of the leftmost bases."""


@dataclass(frozen=True)
class SpacingConfig:
    """Which arrangements of motifs A and B are tried.

    Raises
    ------
    ConfigError
        Where nothing is left to try, or a setting is unknown.
    """

    distances: Sequence[int] = range(11, 161)
    """Distances between centres, in bp, above 0."""
    orders: tuple[Order, ...] = ("AB", "BA")
    """``AB``: A left of B."""
    strands: tuple[str, ...] = ("++", "+-", "-+", "--")
    """Strand of A, then strand of B."""
    centre: int | None = None
    """0-based place of A's centre, which stays there; None for the middle of the sequences."""
    instances: Instances = "consensus"
    """Which bases stand for the motifs, as in :class:`cisgram.interpret.experiments.insertion.InsertionConfig`."""
    seed: int = 0
    """Of the bases that are drawn by chance."""

    def __post_init__(self) -> None:
        distances = list(self.distances)
        if not distances or min(distances) < 1 or len(set(distances)) < len(distances):
            raise ConfigError(f"distances must be whole numbers above 0, each once; got {_short(distances)}")
        for name, known in (("orders", ("AB", "BA")), ("strands", ("++", "+-", "-+", "--"))):
            given = getattr(self, name)
            if not given or len(set(given)) < len(given) or not set(given) <= set(known):
                raise ConfigError(f"{name} must be some of {', '.join(known)}, each once; got {given!r}")
        if self.instances not in ("consensus", "sampled"):
            raise ConfigError(f"instances must be 'consensus' or 'sampled'; got {self.instances!r}")


ALL_ARRANGEMENTS = SpacingConfig()
"""11 to 160 bp, both orders, all strands, as in the published analysis (which keeps B on the right)."""


class DistanceRange(NamedTuple):
    """Shortest and longest distance at which two motifs stand beside each other within a sequence."""

    shortest: int
    longest: int


def distance_range(
    widths: tuple[int, int], length_bp: int, *, centre: int | None = None, order: Order = "AB"
) -> DistanceRange:
    """Distances at which motifs do not overlap and both fit.

    Parameters
    ----------
    widths
        Of A and of B, in bp.
    length_bp
        Of the sequences.
    centre
        0-based place of A's centre; None for the middle, ``length_bp // 2``.
    order
        Which of them stands on the left.

    Raises
    ------
    InputError
        Where A does not fit at its place.

    Examples
    --------
    >>> distance_range((4, 3), 20)
    DistanceRange(shortest=3, longest=8)
    """
    width_a, width_b = widths
    middle = length_bp // 2 if centre is None else centre
    start_a = middle - width_a // 2
    if start_a < 0 or start_a + width_a > length_bp:
        raise InputError(f"a motif of {width_a} bp with its centre at {middle} does not fit into {length_bp} bp")
    if order == "AB":
        return DistanceRange(start_a + width_a - middle + width_b // 2, length_bp - width_b - middle + width_b // 2)
    return DistanceRange(middle - start_a + width_b - width_b // 2, middle - width_b // 2)


def arrangements_of(widths: tuple[int, int], length_bp: int, *, config: SpacingConfig) -> pd.DataFrame:
    """All arrangements that a config asks for: by order, strands and distance.

    Returns
    -------
    pandas.DataFrame
        :data:`ARRANGEMENT_COLUMNS`.

    Raises
    ------
    InputError
        Where motifs would overlap or leave the sequence at one of the distances; the message says which ones are free.
    """
    distances = np.array(config.distances, dtype=np.int64)
    middle = length_bp // 2 if config.centre is None else config.centre
    parts = []
    for order in config.orders:
        free = distance_range(widths, length_bp, centre=config.centre, order=order)
        outside = distances[(distances < free.shortest) | (distances > free.longest)]
        if outside.size:
            raise InputError(
                f"motifs of {widths[0]} and {widths[1]} bp in sequences of {length_bp} bp, order {order}, stand side "
                f"by side at distances of {free.shortest} to {free.longest} bp; got {_short(outside.tolist())}"
            )
        signed = distances if order == "AB" else -distances
        for strands in config.strands:
            parts.append(
                pd.DataFrame(
                    {
                        "order": order,
                        "strand_a": strands[0],
                        "strand_b": strands[1],
                        "distance_bp": distances,
                        "start_a": middle - widths[0] // 2,
                        "start_b": middle + signed - widths[1] // 2,
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)[list(ARRANGEMENT_COLUMNS)]


def _short(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers[:5])) + (f" and {len(numbers) - 5} more" if len(numbers) > 5 else "")
