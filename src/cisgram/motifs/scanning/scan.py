"""Scan sequences for motifs: every window that is rare enough where nothing binds, with its exact p-value."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, NamedTuple

import pandas as pd

from cisgram.errors import CisgramWarning, ConfigError, EmptySetError, InputError
from cisgram.genomics.background import Background, estimate_background
from cisgram.genomics.genome import Genome
from cisgram.genomics.motif import Motif
from cisgram.genomics.sequence_set import SequenceSet
from cisgram.io.hits import HIT_COLUMNS
from cisgram.motifs.scanning.filter import make_filter
from cisgram.motifs.scanning.motif_scores import MotifScores
from cisgram.motifs.scanning.places import ScanPlaces, places_of_genome, places_of_sequences
from cisgram.motifs.scanning.score_distribution import ScoreTail, score_tail
from cisgram.motifs.scanning.store import HitStore, Progress

SCAN_COLUMNS = (
    "name",
    "alternate_name",
    "width",
    "threshold_bits",
    "smallest_p_value",
    "windows",
    "windows_with_n",
    "hits",
)
"""Columns of the table that tells how a scan went; see :class:`Scan`."""

_MOST_NAMES = 5
_MOST_MOTIFS = 1 << 15


@dataclass(frozen=True)
class ScanConfig:
    """What counts as a hit.

    Raises
    ------
    ConfigError
        A setting is out of its range.
    """

    p_value: float = 1e-4
    """Largest chance that a single window scores as high where nothing binds; above 0, at most 1."""
    q_value: float | None = None
    """Largest share of false hits among those of a motif that are at least as good; None for no such threshold."""
    strands: Literal["both", "+", "-"] = "both"
    """Which strands are scored."""
    pseudocount: float = 0.1
    """Sites added to each motif in the proportions of the background; above 0."""
    best_only: bool = False
    """Keep only the best hit of each motif in each sequence, or in each region where regions are given."""

    def __post_init__(self) -> None:
        for name, value in (("p_value", self.p_value), ("q_value", self.q_value)):
            if value is not None and not 0 < value <= 1:
                raise ConfigError(f"{name} must be above 0 and at most 1; got {value}")
        if not self.pseudocount > 0:
            raise ConfigError(
                "pseudocount must be above 0, or a base that never occurs scores minus infinity; "
                f"got {self.pseudocount}"
            )


class Scan(NamedTuple):
    """What a scan found."""

    hits: pd.DataFrame
    """Columns :data:`cisgram.io.hits.HIT_COLUMNS`, sorted by place, then by motif, the forward strand first."""
    motifs: pd.DataFrame
    """Columns :data:`SCAN_COLUMNS`, one row per motif: ``threshold_bits`` (lowest score that is a hit; infinite where
    none can be), ``smallest_p_value`` (that of the best word), ``windows`` (scored, both strands counted),
    ``windows_with_n`` (not scored for that), ``hits``."""


class OpenScan(NamedTuple):
    """A scan whose hits wait on disk."""

    store: HitStore
    """Gives the hits: ``store.tables()``."""
    motifs: pd.DataFrame
    """As in :class:`Scan`."""
    background: Background
    """What the scores and p-values refer to."""


def scan_sequences(
    motifs: Sequence[Motif],
    sequences: SequenceSet,
    *,
    background: Background | None = None,
    config: ScanConfig = ScanConfig(),
) -> Scan:
    """Find all hits of motifs in sequences.

    A window's score is log2 of how much likelier its word is as a site than in the background. Windows with an N are
    not scored; windows lie wholly inside a sequence.

    Parameters
    ----------
    motifs
        No two of one name.
    sequences
        Of any lengths. ``chrom`` in the hits is the sequence's name, and places are counted from its start.
    background
        Where nothing binds; by default the shares of bases in the sequences, both strands counted.
    config
        What counts as a hit.

    Returns
    -------
    Scan
        ``p_value`` is the exact chance of the score, rounded to a grid (see
        :func:`cisgram.motifs.scanning.score_distribution.score_tail`), in one window. ``q_value`` is that of
        Benjamini and Hochberg over all windows scored for the motif; p-values above the threshold are not known to
        it, so near the threshold it may be larger than one that knew all.

    Raises
    ------
    InputError
        Two motifs share a name; the background cannot be estimated.
    EmptySetError
        There are no motifs, or no score of any of them is rare enough.

    Warns
    -----
    CisgramWarning
        Where motifs cannot reach the threshold or are longer than every sequence.

    Examples
    --------
    >>> from cisgram.genomics.sequence import encode
    >>> sequences = SequenceSet.from_codes({"a": encode("GGGTTACCCG"), "b": encode("CGGGTAATTT")})
    >>> scan = scan_sequences([Motif.from_consensus("reb1", "TTACCCG")], sequences, background=Background.from_bases())
    >>> scan.hits[["chrom", "start", "end", "strand", "sequence"]].to_numpy().tolist()
    [['a', 3, 10, '+', 'TTACCCG'], ['b', 0, 7, '-', 'TTACCCG']]
    """
    with open_scan(motifs, sequences, background=background, config=config) as scan:
        return _in_memory(scan)


def scan_genome(
    motifs: Sequence[Motif],
    genome: Genome,
    *,
    background: Background | None = None,
    regions: pd.DataFrame | None = None,
    config: ScanConfig = ScanConfig(),
) -> Scan:
    """Find all hits of motifs in a genome, or in regions of it; see :func:`scan_sequences`.

    Parameters
    ----------
    motifs
        No two of one name.
    genome
        May be a memory map.
    background
        Where nothing binds; by default the shares of bases in the whole genome, both strands counted.
    regions
        Interval table; windows lie wholly inside a region. Regions that overlap or touch are joined, so that no
        window counts twice; with ``config.best_only`` each stands for itself.
    config
        What counts as a hit.

    Raises
    ------
    ContigError, InputError
        A region is not inside the genome; and what :func:`scan_sequences` raises.
    """
    with open_scan(motifs, genome, background=background, regions=regions, config=config) as scan:
        return _in_memory(scan)


@contextmanager
def open_scan(
    motifs: Sequence[Motif],
    sequences: Genome | SequenceSet,
    *,
    background: Background | None = None,
    regions: pd.DataFrame | None = None,
    config: ScanConfig = ScanConfig(),
    progress: Progress | None = None,
) -> Iterator[OpenScan]:
    """Scan with memory that does not grow with the genome or the hits: these wait in a temporary file.

    Parameters
    ----------
    motifs, sequences, background, regions, config
        As in :func:`scan_genome`; regions are for a genome only.
    progress
        Called with the number of bases done and their total.

    Yields
    ------
    OpenScan
        Valid inside the ``with`` block.
    """
    _check_motifs(motifs)
    if isinstance(sequences, Genome):
        places = places_of_genome(sequences, regions, are_joined=not config.best_only)
    elif regions is None:
        places = places_of_sequences(sequences)
    else:
        raise InputError("regions are places on a genome; give a Genome, or the sequences alone")
    background = background or estimate_background(places.codes)
    tails, reaching = _tails(motifs, background, config)
    tables = make_filter([tails[row] for row in reaching], bases=background.bases, strands=config.strands)
    with HitStore([motifs[row].name for row in reaching], [tails[row] for row in reaching], tables, places) as store:
        store.fill(q_value=config.q_value, best_only=config.best_only, progress=progress)
        summary = _summary(motifs, tails, reaching, store, places, config)
        _warn_of_widths(summary, places)
        yield OpenScan(store, summary, background)


def _in_memory(scan: OpenScan) -> Scan:
    """All hits as one table."""
    tables = list(scan.store.tables())
    return Scan(pd.concat(tables, ignore_index=True)[list(HIT_COLUMNS)], scan.motifs)


def _check_motifs(motifs: Sequence[Motif]) -> None:
    if not motifs:
        raise EmptySetError("motifs", dropped={}, hint="give at least one to scan for")
    names = [motif.name for motif in motifs]
    twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if twice:
        raise InputError(f"motifs need names of their own; several are named {twice[0]}; rename all but one")
    if len(motifs) > _MOST_MOTIFS:
        raise InputError(f"at most {_MOST_MOTIFS:,} motifs can be scanned for at once; got {len(motifs):,}; split them")


def _tails(motifs: Sequence[Motif], background: Background, config: ScanConfig) -> tuple[list[ScoreTail], list[int]]:
    """Scores of every motif that are rare enough, and the motifs that have any."""
    tails = []
    for motif in motifs:
        scores = MotifScores.from_motif(motif, background, pseudocount=config.pseudocount)
        tails.append(score_tail(scores, background, p_value=config.p_value).up_to(config.p_value))
    reaching = [row for row, tail in enumerate(tails) if tail.p_values[0] <= config.p_value]
    if len(reaching) < len(motifs):
        blunt = [row for row, tail in enumerate(tails) if tail.p_values[0] > config.p_value]
        named = [f"{motifs[row].name}: {tails[row].p_values[0]:.3g}" for row in blunt]
        if not reaching:
            raise EmptySetError(
                "motifs",
                dropped={f"whose best word is more common than {config.p_value:g} ({_some(named)})": len(blunt)},
                hint="raise the p-value",
            )
        warnings.warn(
            f"{len(blunt)} of {len(motifs)} motifs can have no hit: even their best word is more common than "
            f"{config.p_value:g} (smallest p-value of {_some(named)}); raise the p-value to see them",
            CisgramWarning,
            stacklevel=4,
        )
    return tails, reaching


def _summary(
    motifs: Sequence[Motif],
    tails: Sequence[ScoreTail],
    reaching: Sequence[int],
    store: HitStore,
    places: ScanPlaces,
    config: ScanConfig,
) -> pd.DataFrame:
    """One row per motif."""
    n_strands = 2 if config.strands == "both" else 1
    widths = [len(motif) for motif in motifs]
    scored = [n_strands * store.n_scored(width) for width in widths]
    hits = dict(zip(reaching, store.n_hits.tolist(), strict=True))
    thresholds = [tail.threshold(config.p_value) for tail in tails]
    columns = (
        [motif.name for motif in motifs],
        [motif.alternate_name for motif in motifs],
        widths,
        thresholds,
        [float(tail.p_values[0]) for tail in tails],
        scored,
        [n_strands * places.n_windows(width) - n for width, n in zip(widths, scored, strict=True)],
        [hits.get(row, 0) for row in range(len(motifs))],
    )
    return pd.DataFrame(dict(zip(SCAN_COLUMNS, columns, strict=True)))


def _warn_of_widths(summary: pd.DataFrame, places: ScanPlaces) -> None:
    """Say which motifs had no window."""
    longest = places.longest
    is_long = summary["width"] > longest
    if is_long.any():
        names = [f"{name}: {width} bp" for name, width in summary.loc[is_long, ["name", "width"]].to_numpy()]
        warnings.warn(
            f"{len(names)} of {len(summary)} motifs are longer than every sequence (at most {longest} bp): "
            f"{_some(names)}; they have no hits",
            CisgramWarning,
            stacklevel=4,
        )
    is_hidden = ~is_long & (summary["windows"] == 0)
    if is_hidden.any():
        warnings.warn(
            f"{int(is_hidden.sum())} of {len(summary)} motifs have no window without an N and so no hits: "
            f"{_some(summary.loc[is_hidden, 'name'].tolist())}",
            CisgramWarning,
            stacklevel=4,
        )


def _some(names: list[str]) -> str:
    """A few names and how many more there are."""
    more = f", ... {len(names)} in all" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more
