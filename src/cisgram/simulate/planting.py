"""Binding regions with known motif instances, written over background sequence.

Four kinds of region, so that a model can learn the grammar and a method can be asked for it:

* *enhancer*: one to five instances within about 150 to 400 bp, their distances often near multiples of 10.5 bp;
* *pair*: two instances at any distance, in any order and orientation;
* *single*: one instance alone;
* *decoy*: one or two instances of such low affinity that they are hardly ever bound.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from cisgram.arrays import Blocks, Mask, Positions, SequenceCodes, Totals
from cisgram.errors import ConfigError
from cisgram.genomics.sequence import reverse_complement
from cisgram.simulate.grammar import Grammar, PlantedMotif

KINDS = ("enhancer", "pair", "single", "decoy")
"""Kinds of region, in the order of their codes."""

_TURN_BP = 10.5
_FLANK_BP = 60
_POOL = 4096


@dataclass(frozen=True)
class PlantingConfig:
    """How densely and in what company instances are planted.

    Parameters
    ----------
    region_spacing_bp
        Mean distance between the middles of neighbouring regions.
    kind_shares
        Shares of enhancers, pairs, singles and decoys; they need not add up to 1.
    moderate_share
        Share of instances with 4 to 25 % of the best affinity; the others have more. Decoys have less than 1 %.
    helical_share
        Share of distances within enhancers that lie near a multiple of 10.5 bp; the rest are drawn evenly.
    """

    region_spacing_bp: int = 2_800
    kind_shares: tuple[float, float, float, float] = (0.50, 0.27, 0.13, 0.10)
    moderate_share: float = 0.2
    helical_share: float = 0.6

    def __post_init__(self) -> None:
        if self.region_spacing_bp < 1_000:
            raise ConfigError(
                f"region_spacing_bp must be at least 1000, or regions overlap; got {self.region_spacing_bp}"
            )
        if min(self.kind_shares) < 0 or sum(self.kind_shares) <= 0:
            raise ConfigError(f"kind_shares must be at least 0 and not all 0; got {self.kind_shares}")
        if not 0 <= self.moderate_share <= 1 or not 0 <= self.helical_share <= 1:
            raise ConfigError(f"moderate_share and helical_share must be in 0..1; got {self}")


class Planted(NamedTuple):
    """Instances and regions of one contig.

    Attributes
    ----------
    motif, start, is_reverse
        Per instance: number in the grammar, 0-based first base, strand; sorted by start.
    relative_weight
        Per instance: affinity relative to the best sequence of its motif.
    region
        Per instance: row of its region.
    region_start, region_end, region_kind
        Per region: 0-based, half-open; kind as an index into ``KINDS``.
    """

    motif: Positions
    start: Positions
    is_reverse: Mask
    relative_weight: Totals
    region: Positions
    region_start: Positions
    region_end: Positions
    region_kind: Positions


class InstancePools(NamedTuple):
    """Ready-made instances of one motif (``instance length``) with their relative weights, by strength."""

    strong: tuple[np.ndarray, np.ndarray]
    moderate: tuple[np.ndarray, np.ndarray]
    decoy: tuple[np.ndarray, np.ndarray]


def instance_pools(grammar: Grammar, rng: np.random.Generator) -> tuple[InstancePools, ...]:
    """Draw instances of graded affinity for every motif, in the order of the grammar.

    Strong and moderate ones are drawn from the motif's own probabilities, decoys from flattened ones.
    """
    return tuple(_pools(motif, rng) for motif in grammar.motifs)


def plant(
    codes: SequenceCodes,
    *,
    unmappable: Blocks,
    grammar: Grammar,
    pools: Sequence[InstancePools],
    config: PlantingConfig,
    rng: np.random.Generator,
) -> tuple[SequenceCodes, Planted]:
    """Write regions into one contig.

    Parameters
    ----------
    codes
        Background sequence; not changed.
    unmappable
        Stretches that get no region.
    grammar, pools, config
        What is planted, from which sequences, how densely.
    rng
        Where the randomness comes from.

    Returns
    -------
    tuple of SequenceCodes and Planted
        The sequence with the instances, and where they are.
    """
    instances: list[tuple[int, int, bool, float, int]] = []
    regions: list[tuple[int, int, int]] = []
    written = codes.copy()
    shares = np.array(config.kind_shares) / sum(config.kind_shares)
    for middle in _middles(codes.size, config.region_spacing_bp, rng):
        kind = int(rng.choice(len(KINDS), p=shares))
        motifs, distances = _compose(kind, grammar, config, rng)
        starts, length = _lay_out([grammar.motifs[m].length for m in motifs], distances)
        left = int(middle) - length // 2
        region = (left - _FLANK_BP, left + length + _FLANK_BP)
        if region[0] < 0 or region[1] > codes.size or _touches(unmappable, *region):
            continue
        for motif, start in zip(motifs, starts, strict=True):
            pool = pools[motif].decoy
            if KINDS[kind] != "decoy":
                pool = pools[motif].moderate if rng.random() < config.moderate_share else pools[motif].strong
            pick = int(rng.integers(pool[1].size))
            is_reverse = bool(rng.random() < 0.5)
            letters = reverse_complement(pool[0][pick]) if is_reverse else pool[0][pick]
            written[left + start : left + start + letters.size] = letters
            instances.append((motif, left + start, is_reverse, float(pool[1][pick]), len(regions)))
        regions.append((*region, kind))
    return written, _as_arrays(instances, regions)


def _middles(length_bp: int, spacing_bp: int, rng: np.random.Generator) -> np.ndarray:
    """Middles of regions: evenly spaced, each moved by up to a tenth of the spacing."""
    even = np.arange(spacing_bp // 2, length_bp, spacing_bp)
    reach = spacing_bp // 10
    return even + rng.integers(-reach, reach + 1, size=even.size)


def _compose(
    kind: int, grammar: Grammar, config: PlantingConfig, rng: np.random.Generator
) -> tuple[list[int], list[float]]:
    """Motifs of a region from left to right and the distances between the centres of neighbours."""
    shares = np.array([motif.share for motif in grammar.motifs])
    name = KINDS[kind]
    if name == "pair" and grammar.pairs:
        pair_shares = np.array([pair.share for pair in grammar.pairs])
        pair = grammar.pairs[int(rng.choice(len(grammar.pairs), p=pair_shares / pair_shares.sum()))]
        motifs = [grammar.index(pair.first), grammar.index(pair.second)]
        return (motifs if rng.random() < 0.5 else motifs[::-1]), [float(rng.integers(10, 201))]
    if name == "enhancer":
        n = 1 + int(rng.choice(5, p=[0.1, 0.25, 0.3, 0.2, 0.15]))
    else:
        n = 1 + int(name == "decoy" and rng.random() < 0.5)
    motifs = rng.choice(shares.size, size=n, p=shares / shares.sum()).tolist()
    return motifs, [_distance(config.helical_share, rng) for _ in range(n - 1)]


def _distance(helical_share: float, rng: np.random.Generator) -> float:
    """Distance between neighbours in an enhancer: near one to eight turns, nearer ones more often, or any."""
    if rng.random() >= helical_share:
        return float(rng.integers(12, 121))
    turns = np.arange(1, 9)
    chance = np.exp(-turns * _TURN_BP / 60)
    return float(_TURN_BP * rng.choice(turns, p=chance / chance.sum()) + rng.normal(0, 0.7))


def _lay_out(lengths: Sequence[int], distances: Sequence[float]) -> tuple[list[int], int]:
    """Starts from 0 on; a distance too short for the motifs to lie side by side grows by whole turns."""
    starts = [0]
    for length, before, distance in zip(lengths[1:], lengths[:-1], distances, strict=True):
        center = starts[-1] + (before - 1) / 2
        while (start := round(center + distance - (length - 1) / 2)) < starts[-1] + before:
            distance += _TURN_BP
        starts.append(start)
    return starts, starts[-1] + lengths[-1]


def _touches(blocks: Blocks, start: int, end: int) -> bool:
    """Whether an interval overlaps any block."""
    return bool(((blocks[:, 0] < end) & (blocks[:, 1] > start)).any())


def _pools(motif: PlantedMotif, rng: np.random.Generator) -> InstancePools:
    """Draw many instances of one motif and sort them by strength."""
    ppm = motif.motif.ppm
    flat = np.sqrt(ppm) / np.sqrt(ppm).sum(axis=0)
    drawn = [_draw(ppm, rng), _draw(flat, rng)]
    codes = np.concatenate(drawn)
    columns = np.arange(motif.length)
    weights = np.exp(motif.log_relative_weights[codes, columns].sum(axis=1))
    own = np.arange(len(codes)) < _POOL
    chosen = (own & (weights >= 0.25), own & (weights >= 0.04) & (weights < 0.25), (weights > 1e-4) & (weights < 0.01))
    if not all(mask.any() for mask in chosen):
        raise ConfigError(f"motif {motif.name} has no strong, moderate or weak sequences; its columns are too even")
    return InstancePools(*((codes[mask], weights[mask]) for mask in chosen))


def _draw(ppm: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw sequences column by column (``instance length``)."""
    uniform = rng.random((_POOL, 1, ppm.shape[1]))
    return (uniform >= ppm.cumsum(axis=0)[:3]).sum(axis=1).astype(np.uint8)


def _as_arrays(instances: list[tuple[int, int, bool, float, int]], regions: list[tuple[int, int, int]]) -> Planted:
    """Columns from rows."""
    instances = sorted(instances, key=lambda row: (row[1], row[0], row[2]))
    motif, start, is_reverse, weight, region = zip(*instances, strict=True) if instances else ((),) * 5
    region_columns = np.array(regions, dtype=np.int64).reshape(-1, 3)
    return Planted(
        np.array(motif, dtype=np.int64),
        np.array(start, dtype=np.int64),
        np.array(is_reverse, dtype=bool),
        np.array(weight, dtype=np.float64),
        np.array(region, dtype=np.int64),
        *region_columns.T,
    )
