"""Sets of sequences with motifs planted in some of them, and the truth about where: what discovery must get back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numba import njit

from cisgram.arrays import Codes, Totals
from cisgram.errors import ConfigError
from cisgram.genomics.background import Background
from cisgram.genomics.motif import Motif, information_content
from cisgram.genomics.sequence import N, reverse_complement
from cisgram.genomics.sequence_set import SequenceSet
from cisgram.simulate.streams import named_stream

TRUTH_COLUMNS = ("sequence", "start", "end", "strand", "motif")
"""Columns of :attr:`PlantedSet.truth`: row of the sequence, 0-based half-open position in it, ``+`` or ``-``, name."""


@dataclass(frozen=True)
class PlantingConfig:
    """How many sequences there are, and where motifs stand in them.

    Parameters
    ----------
    n_sequences
        How many sequences.
    length_bp
        Length of each.
    share
        Share of the sequences that get a site of a motif, for every motif alike or one number per motif. It is
        met exactly (rounded); which sequences are drawn is random, and independent between motifs.
    position
        ``uniform``: anywhere; ``middle``: centred on the middle of the sequence with a normal spread.
    spread_bp
        Standard deviation of that spread.
    reverse_share
        Chance that a site lies on the minus strand.
    seed
        Of everything. The sequences without their sites depend on the seed, their number and length alone; the
        sites of a motif not on the motifs after it.
    """

    n_sequences: int = 500
    length_bp: int = 100
    share: float | int | tuple[float, ...] = 0.5
    position: Literal["uniform", "middle"] = "uniform"
    spread_bp: float | int = 15.0
    reverse_share: float | int = 0.5
    seed: int = 1

    def __post_init__(self) -> None:
        shares = self.share if isinstance(self.share, tuple) else (self.share,)
        if self.n_sequences < 1 or self.length_bp < 1 or self.seed < 0:
            raise ConfigError(f"n_sequences and length_bp must be 1 or more, the seed 0 or more; got {self}")
        if not all(0 <= share <= 1 for share in (*shares, self.reverse_share)):
            raise ConfigError(f"share and reverse_share must be between 0 and 1; got {self}")
        if self.position not in ("uniform", "middle") or self.spread_bp <= 0:
            raise ConfigError(f"position must be uniform or middle, and spread_bp above 0; got {self}")


class PlantedSet(NamedTuple):
    """Sequences and what was planted in them."""

    sequences: SequenceSet
    """Named ``sequence_1`` and so on."""
    truth: pd.DataFrame
    """One row per planted site, :data:`TRUTH_COLUMNS`; by motif in the given order, then by sequence."""


def plant_motifs(
    motifs: Sequence[Motif], *, background: Background | None = None, config: PlantingConfig | None = None
) -> PlantedSet:
    """Draw background sequences and write sites of motifs into some of them.

    The bases of a site are drawn column by column from the PPM. Sites of different motifs do not overlap; a sequence
    has at most one site of each.

    Parameters
    ----------
    motifs
        What to plant, with names that differ; none gives plain background, such as a control.
    background
        What the sequences look like otherwise; uniform, if not given.
    config
        How many, where; the defaults of :class:`PlantingConfig`, if not given.

    Raises
    ------
    ConfigError
        If names repeat, there are not as many shares as motifs, or motifs do not fit into the sequences side by side.

    Examples
    --------
    >>> from cisgram.genomics.sequence import decode
    >>> config = PlantingConfig(n_sequences=4, length_bp=20, share=0.5, reverse_share=0, seed=3)
    >>> planted = plant_motifs([Motif.from_consensus("Gcn4", "TGACTCA")], config=config)
    >>> [decode(planted.sequences[one.sequence][one.start : one.end]) for one in planted.truth.itertuples()]
    ['TGACTCA', 'TGACTCA']
    """
    config = PlantingConfig() if config is None else config
    shares = config.share if isinstance(config.share, tuple) else (config.share,) * len(motifs)
    if len({motif.name for motif in motifs}) < len(motifs) or len(shares) != len(motifs):
        raise ConfigError(f"{len(motifs)} motifs need names that differ and as many shares; got {config.share}")
    codes = _background(background or Background.from_bases(), config)
    is_free = np.ones(codes.shape, dtype=bool)
    truth = [pd.DataFrame({name: [] for name in TRUTH_COLUMNS}).astype(_TRUTH_TYPES)]
    for motif, share in zip(motifs, shares, strict=True):
        truth.append(_plant(motif, share, codes, is_free, config))
    starts = np.arange(config.n_sequences + 1, dtype=np.int64) * (config.length_bp + 1)
    joined = np.full((config.n_sequences, config.length_bp + 1), N, dtype=np.uint8)
    joined[:, :-1] = codes
    names = [f"sequence_{row + 1}" for row in range(config.n_sequences)]
    return PlantedSet(SequenceSet(names, joined.ravel(), starts), pd.concat(truth, ignore_index=True))


def soften(motif: Motif, *, bits_per_column: float) -> Motif:
    """Make a motif less specific: mix every column with uniform bases until so much information is left.

    Parameters
    ----------
    motif
        What to soften.
    bits_per_column
        Mean information over the columns that the result has, above 0 and not more than that of the motif; see
        :func:`cisgram.genomics.motif.information_content`.

    Raises
    ------
    ConfigError
        If the motif has less information.

    Examples
    --------
    >>> softened = soften(Motif.from_consensus("Gcn4", "TGACTCA"), bits_per_column=1.2)
    >>> float(softened.information_content().mean().round(6)), softened.consensus()
    (1.2, 'TGACTCA')
    """
    most = float(motif.information_content().mean())
    if not 0 < bits_per_column <= most + 1e-9:
        raise ConfigError(
            f"bits_per_column must be above 0 and at most what {motif.name} has, {most:.4g}; got {bits_per_column}"
        )
    low, high = 0.0, 1.0
    for _ in range(60):  # information grows with the share of the motif in the mixture: halve the interval
        middle = (low + high) / 2
        is_too_sharp = float(information_content(_mixed(motif, middle)).mean()) > bits_per_column
        low, high = (low, middle) if is_too_sharp else (middle, high)
    return replace(motif, ppm=_mixed(motif, high))


def random_motif(name: str, *, length_bp: int, bits_per_column: float, seed: int) -> Motif:
    """Draw a motif: a random consensus, all columns of which are softened alike.

    Parameters
    ----------
    name
        Its name, which takes part in the draw.
    length_bp
        Number of columns.
    bits_per_column
        Information of every column, above 0 and at most 2.
    seed
        Seed of the draw.
    """
    letters = named_stream(seed, "consensus", name).integers(0, 4, size=length_bp)
    consensus = Motif.from_consensus(name, "".join("ACGT"[letter] for letter in letters))
    return soften(consensus, bits_per_column=bits_per_column)


_TRUTH_TYPES = {"sequence": np.int64, "start": np.int64, "end": np.int64, "strand": str, "motif": str}


def _mixed(motif: Motif, share: float) -> np.ndarray:
    """A motif's PPM as ``share`` of a mixture with uniform bases."""
    return share * motif.ppm + (1 - share) / 4


def _background(background: Background, config: PlantingConfig) -> Codes:
    """Sequences of a background, each from its own beginning."""
    uniform = named_stream(config.seed, "background").random((config.n_sequences, config.length_bp))
    codes = np.empty(uniform.shape, dtype=np.uint8)
    _walk(np.concatenate(background.conditionals).cumsum(axis=1), background.order, uniform, codes)
    return codes


@njit(cache=True)
def _walk(cumulative, order, uniform, codes):
    """Draw a chain per row; the first bases come from the tables of lower order, which lie above the others."""
    n_contexts = 4**order
    for row in range(codes.shape[0]):
        context, known = 0, 0
        for i in range(codes.shape[1]):
            at = (4**known - 1) // 3 + context
            base = 0
            while base < 3 and uniform[row, i] >= cumulative[at, base]:
                base += 1
            codes[row, i] = base
            context = context * 4 + base
            if known < order:
                known += 1
            else:
                context %= n_contexts


def _plant(motif: Motif, share: float, codes: Codes, is_free: np.ndarray, config: PlantingConfig) -> pd.DataFrame:
    """Write sites of a motif where there is room, mark the room as taken, and say where they are."""
    rng = named_stream(config.seed, "sites", motif.name)
    n_sites = round(share * config.n_sequences)
    rows = np.sort(rng.permutation(config.n_sequences)[:n_sites])
    is_reverse = rng.random(n_sites) < config.reverse_share
    # Bases of all sites at once: the number of columns' cumulative shares that a draw has passed.
    sites = (rng.random((n_sites, 1, len(motif))) >= motif.ppm.cumsum(axis=0)[:3]).sum(axis=1).astype(np.uint8)
    weights = _weights(len(motif), config)
    starts = np.empty(n_sites, dtype=np.int64)
    for number, row in enumerate(rows):
        possible = weights * _has_room(is_free[row], len(motif))
        if not possible.any():
            raise ConfigError(f"{motif.name} ({len(motif)} bp) does not fit into {config.length_bp} bp; lengthen them")
        reached = np.cumsum(possible)
        start = int(np.searchsorted(reached, rng.random() * reached[-1], side="right"))
        end = start + len(motif)
        codes[row, start:end] = reverse_complement(sites[number]) if is_reverse[number] else sites[number]
        is_free[row, start:end] = False
        starts[number] = start
    columns = (rows, starts, starts + len(motif), np.where(is_reverse, "-", "+"), [motif.name] * n_sites)
    return pd.DataFrame(dict(zip(TRUTH_COLUMNS, columns, strict=True))).astype(_TRUTH_TYPES)


def _weights(length: int, config: PlantingConfig) -> Totals:
    """How likely a site of a length is to begin at each base."""
    starts = np.arange(max(config.length_bp - length + 1, 0))
    if config.position == "uniform":
        return np.ones(starts.size)
    from_middle = starts + (length - config.length_bp) / 2
    return np.exp(-0.5 * (from_middle / config.spread_bp) ** 2)


def _has_room(is_free: np.ndarray, length: int) -> np.ndarray:
    """Where a site of a length can begin."""
    n_free = np.concatenate([[0], np.cumsum(is_free)])
    return n_free[length:] - n_free[:-length] == length
