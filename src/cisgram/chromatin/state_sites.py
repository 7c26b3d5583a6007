"""Places of states as sites of a sequence model: centres of their segments, drawn at random, as many of each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cisgram.chromatin.segment_overlap import states_at
from cisgram.errors import ConfigError, EmptySetError
from cisgram.genomics.segmentation import Segmentation

SITE_COLUMNS = ("chrom", "start", "end", "name")
"""Columns of a table of sites: intervals, and the track that each belongs to."""


@dataclass(frozen=True)
class StateSiteConfig:
    """Which segments become sites.

    Raises
    ------
    ConfigError
        Where a number is out of its range.
    """

    width_bp: int = 600
    """Length of a site, around the middle of its segment; what the model reads."""
    min_length_bp: int = 400
    """Shorter segments are left out: of a single bin, the state is rarely sure."""
    n_per_state: int = 3000
    """At most so many sites of a state in a cell type, drawn at random."""
    seed: int = 1
    """Of the draw."""

    def __post_init__(self) -> None:
        for name in ("width_bp", "min_length_bp", "n_per_state"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} must be at least 1; got {getattr(self, name)}")
        if self.seed < 0:
            raise ConfigError(f"seed must be 0 or more; got {self.seed}")


def state_sites(
    segmentations: Sequence[Segmentation], labels: Sequence[str], config: StateSiteConfig | None = None
) -> pd.DataFrame:
    """Draw sites of every state in every cell type; each says in which state every cell type is there.

    Long segments (transcribed, quiescent) give several sites, one in the middle of every stretch of ``width_bp``, so
    that sites of a cell type do not overlap; each stretch is as likely as any other to be drawn. Of sites that two
    cell types or states put within half a width of each other, that of the rarer state is kept. Every cell type then
    has the label of the state at the middle of the site, whichever it was drawn for, so that a site that lacks a label
    is a true negative.

    Parameters
    ----------
    segmentations
        One cell type or more.
    labels
        What to call each state, each once. Tracks are called ``LABEL``, or ``CELL.LABEL`` of several cell types.
    config
        Which segments become sites.

    Returns
    -------
    pandas.DataFrame
        ``SITE_COLUMNS``, one row per site and cell type that has a state there, ordered by track, then by place.
        Tracks without a site are missing.

    Raises
    ------
    ConfigError
        Labels are not unique, or not as many as states.
    EmptySetError
        No segment is long enough.

    Examples
    --------
    >>> segmentation = Segmentation.from_states("K562", {"chr1": np.repeat([0, 1, 0], [10, 3, 1])}, n_states=2)
    >>> sites = state_sites([segmentation], ["Quies", "EnhA"])
    >>> sites[["start", "end", "name"]].to_numpy().tolist()
    [[2000, 2600, 'EnhA'], [100, 700, 'Quies'], [700, 1300, 'Quies'], [1300, 1900, 'Quies']]
    """
    config = config or StateSiteConfig()
    n_states = segmentations[0].n_states
    if len(labels) != n_states or len(set(labels)) != n_states:
        raise ConfigError(f"{n_states} states need as many labels, each once; got {', '.join(labels)}")
    drawn, n_short = [], 0
    for number, one in enumerate(segmentations):
        lengths = one.segments["end"] - one.segments["start"]
        long = one.segments[lengths >= config.min_length_bp]
        n_short += len(one.segments) - len(long)
        for state in range(n_states):
            rng = np.random.default_rng((config.seed, number, state))
            drawn.append(_drawn(long[long["state"] == state], config, rng))
    places = _apart(sorted(drawn, key=len), config.width_bp)
    if places.empty:
        raise EmptySetError("sites", dropped={f"segments below {config.min_length_bp} bp": n_short})
    parts = []
    for one in segmentations:
        names = np.array(labels if len(segmentations) == 1 else [f"{one.cell}.{label}" for label in labels], object)
        states = _states_at_middle(one, places)
        parts.append(places[states >= 0].assign(name=names[states[states >= 0]]))
    table = pd.concat(parts, ignore_index=True)
    return table.sort_values(["name", "chrom", "start"], kind="stable", ignore_index=True)[list(SITE_COLUMNS)]


def _apart(drawn: Sequence[pd.DataFrame], width_bp: int) -> pd.DataFrame:
    """Sites, the first ones first, without those within half a width of one before."""
    table = pd.concat(drawn, ignore_index=True)
    half, kept = max(width_bp // 2, 1), np.zeros(len(table), dtype=bool)
    taken: dict[tuple[str, int], int] = {}
    for row, (chrom, start) in enumerate(zip(table["chrom"], table["start"].tolist(), strict=True)):
        slot = start // half
        near = (taken.get((chrom, other)) for other in (slot - 1, slot, slot + 1))
        if all(other is None or abs(other - start) >= half for other in near):
            taken[chrom, slot], kept[row] = start, True
    return table[kept].sort_values(["chrom", "start"], kind="stable", ignore_index=True)


def _states_at_middle(segmentation: Segmentation, places: pd.DataFrame) -> np.ndarray:
    """State of a cell type at the middle of every site; -1 where it has none."""
    middle = (places["start"] + places["end"]).to_numpy() // 2
    states, chrom = np.full(len(places), -1), places["chrom"].to_numpy()
    for name, part in segmentation.segments.groupby("chrom", sort=False):
        here = np.flatnonzero(chrom == name)
        states[here] = states_at(part, middle[here])
    return states


def _drawn(segments: pd.DataFrame, config: StateSiteConfig, rng: np.random.Generator) -> pd.DataFrame:
    """Stretches of segments, at most so many."""
    start, end = segments["start"].to_numpy(dtype=np.int64), segments["end"].to_numpy(dtype=np.int64)
    n_sites = np.maximum((end - start) // config.width_bp, 1)
    which = np.repeat(np.arange(len(segments)), n_sites)
    within = np.arange(len(which)) - np.repeat(np.cumsum(n_sites) - n_sites, n_sites)
    # The sites of a segment stand side by side, their middle on that of the segment.
    left = (start + end)[which] // 2 - n_sites[which] * config.width_bp // 2 + within * config.width_bp
    is_inside = left >= 0
    left, which = left[is_inside], which[is_inside]
    if len(left) > config.n_per_state:
        kept = np.sort(rng.choice(len(left), config.n_per_state, replace=False))
        left, which = left[kept], which[kept]
    chrom = segments["chrom"].to_numpy()[which]
    return pd.DataFrame({"chrom": chrom, "start": left, "end": left + config.width_bp})
