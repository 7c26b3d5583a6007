"""Background sequence: a Markov chain, alike on both strands, with waves of GC content, repeats and gaps."""

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from numba import njit

from cisgram.arrays import Blocks, SequenceCodes, Totals
from cisgram.errors import ConfigError
from cisgram.genomics.sequence import N, reverse_complement

BLOCK_BP = 100
"""GC content is constant within blocks of this length."""
_GC_LEVELS = np.linspace(0.05, 0.95, 91)
_WAVELENGTHS_BP = (6_000, 30_000, 150_000)
_CHUNK_BP = 1 << 20
# How much rarer or commoner a dinucleotide is than its bases say; equal for reverse complements.
_DINUCLEOTIDE_BIAS = {"CG": 0.25, "AA": 1.2, "TT": 1.2, "CA": 1.2, "TG": 1.2, "TA": 0.8, "GC": 0.95}


@dataclass(frozen=True)
class BackgroundConfig:
    """What the genome looks like between the binding sites.

    Parameters
    ----------
    gc_fraction
        Mean share of G and C, 0.2 to 0.8.
    gc_wave
        Greatest departure from that mean along the contig.
    repeat_share
        Share of bases in copies of repeats.
    n_repeat_families
        Number of repeats; every third is young, with copies so alike that reads cannot be placed in them.
    gap_bp
        Length of the run of N at both ends of every contig.
    """

    gc_fraction: float = 0.42
    gc_wave: float = 0.06
    repeat_share: float = 0.08
    n_repeat_families: int = 6
    gap_bp: int = 500

    def __post_init__(self) -> None:
        if not 0.2 <= self.gc_fraction <= 0.8 or not 0 <= self.gc_wave <= 0.15:
            raise ConfigError(f"gc_fraction must be in 0.2..0.8 and gc_wave in 0..0.15; got {self}")
        if not 0 <= self.repeat_share <= 0.5 or self.n_repeat_families < 1 or self.gap_bp < 0:
            raise ConfigError(f"repeat_share must be in 0..0.5, n_repeat_families >= 1, gap_bp >= 0; got {self}")


class Background(NamedTuple):
    """One contig before anything is planted.

    Attributes
    ----------
    codes
        Its bases.
    unmappable
        Start and end (0-based, half-open) of stretches where no read can be placed: gaps and young repeats; sorted,
        they may overlap.
    """

    codes: SequenceCodes
    unmappable: Blocks


class RepeatFamily(NamedTuple):
    """A repeat: its ancestor and the share of bases at which a copy differs from it."""

    codes: SequenceCodes
    divergence: float


def transition_matrix(gc_fraction: float) -> np.ndarray:
    """Probability of the next base (columns) after each base (rows), for a given GC content.

    Its stationary composition is exactly the wanted one, and every dinucleotide is as frequent as its reverse
    complement; CpG is depleted as in vertebrate genomes.

    Examples
    --------
    >>> matrix = transition_matrix(0.4)
    >>> composition = np.array([0.3, 0.2, 0.2, 0.3])
    >>> bool(np.allclose(composition @ matrix, composition))
    True
    """
    composition = np.array([1 - gc_fraction, gc_fraction, gc_fraction, 1 - gc_fraction]) / 2
    joint = np.outer(composition, composition)
    for pair, bias in _DINUCLEOTIDE_BIAS.items():
        joint["ACGT".index(pair[0]), "ACGT".index(pair[1])] *= bias
    for _ in range(200):  # iterative proportional fitting of both margins keeps the symmetry of the strands
        joint *= np.sqrt(np.outer(composition / joint.sum(axis=1), composition / joint.sum(axis=0)))
    return joint / joint.sum(axis=1, keepdims=True)


def repeat_families(config: BackgroundConfig, rng: np.random.Generator) -> tuple[RepeatFamily, ...]:
    """Draw the repeats of a genome: 300 to 1,200 bp, young ones 0.5 % diverged, old ones 10 to 20 %."""
    families = []
    for number in range(config.n_repeat_families):
        length = int(rng.integers(300, 1_201))
        gc = np.full(1, rng.uniform(0.35, 0.5))
        divergence = 0.005 if number % 3 == 0 else float(rng.uniform(0.10, 0.20))
        families.append(RepeatFamily(draw_bases(length, np.repeat(gc, -(-length // BLOCK_BP)), rng), divergence))
    return tuple(families)


def background_contig(
    length_bp: int, *, config: BackgroundConfig, families: tuple[RepeatFamily, ...], rng: np.random.Generator
) -> Background:
    """Draw one contig; time and memory are linear in its length.

    Parameters
    ----------
    length_bp
        Its length; more than four times ``config.gap_bp``.
    config
        What it looks like.
    families
        Repeats that are copied into it, in either direction.
    rng
        Where the randomness comes from.
    """
    if length_bp <= 4 * config.gap_bp or length_bp < 1:
        raise ConfigError(f"a contig must be longer than its gaps ({4 * config.gap_bp} bp); got {length_bp} bp")
    codes = draw_bases(length_bp, _gc_along(length_bp, config, rng), rng)
    unmappable = [(0, config.gap_bp), (length_bp - config.gap_bp, length_bp)] if config.gap_bp else []
    unmappable += _insert_repeats(codes, config.repeat_share, families, rng)
    if config.gap_bp:
        codes[: config.gap_bp] = codes[-config.gap_bp :] = N
    return Background(codes, np.array(sorted(unmappable), dtype=np.int64).reshape(-1, 2))


def _gc_along(length_bp: int, config: BackgroundConfig, rng: np.random.Generator) -> np.ndarray:
    """GC content of every block: a sum of waves with random phases."""
    middle = np.arange(0, length_bp, BLOCK_BP) + BLOCK_BP / 2
    phases = rng.uniform(0, 2 * np.pi, len(_WAVELENGTHS_BP))
    waves = [np.sin(2 * np.pi * middle / wave + phase) for wave, phase in zip(_WAVELENGTHS_BP, phases, strict=True)]
    return config.gc_fraction + config.gc_wave * np.mean(waves, axis=0)


def draw_bases(length_bp: int, gc_of_block: Totals, rng: np.random.Generator) -> SequenceCodes:
    """Draw a chain whose transition matrix follows the GC content of each block.

    Parameters
    ----------
    length_bp
        How many bases.
    gc_of_block
        Share of G and C, 0.05 to 0.95, of each stretch of :data:`BLOCK_BP`; the last one may be shorter.
    rng
        Where the randomness comes from.
    """
    level_of_block = np.abs(gc_of_block[:, None] - _GC_LEVELS).argmin(axis=1)
    cumulative = _cumulative_transitions()
    codes = np.empty(length_bp, dtype=np.uint8)
    state = int(rng.integers(4))
    for start in range(0, length_bp, _CHUNK_BP):
        stop = min(start + _CHUNK_BP, length_bp)
        state = _walk(codes, start, rng.random(stop - start, dtype=np.float32), state, level_of_block, cumulative)
    return codes


@cache
def _cumulative_transitions() -> np.ndarray:
    """Cumulative transition matrices of all levels of GC content."""
    return np.stack([transition_matrix(level).cumsum(axis=1) for level in _GC_LEVELS]).astype(np.float32)


@njit(cache=True)
def _walk(codes, start, uniform, state, level_of_block, cumulative):
    """Write the chain from ``start`` on and return its last state."""
    for i in range(uniform.size):
        row = cumulative[level_of_block[(start + i) // BLOCK_BP], state]
        state = 0
        while state < 3 and uniform[i] >= row[state]:
            state += 1
        codes[start + i] = state
    return state


def _insert_repeats(
    codes: SequenceCodes, share: float, families: tuple[RepeatFamily, ...], rng: np.random.Generator
) -> list[tuple[int, int]]:
    """Write copies over the sequence until they make up ``share`` of it; return the stretches that are unmappable."""
    unmappable = []
    left = int(share * codes.size)
    while left > 0:
        family = families[int(rng.integers(len(families)))]
        copy = family.codes if rng.random() < 0.5 else reverse_complement(family.codes)
        mutated = rng.random(copy.size) < family.divergence
        copy = np.where(mutated, rng.integers(4, size=copy.size, dtype=np.uint8), copy)
        copy = copy[: codes.size]
        start = int(rng.integers(codes.size - copy.size + 1))
        codes[start : start + copy.size] = copy
        if family.divergence < 0.02:
            unmappable.append((start, start + copy.size))
        left -= copy.size
    return unmappable
