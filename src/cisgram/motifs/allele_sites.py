"""Which motif sites a change of sequence makes and takes away: both alleles scanned, with exact p-values."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import SomeCodes
from cisgram.errors import ConfigError
from cisgram.genomics.background import Background
from cisgram.genomics.motif import Motif
from cisgram.genomics.sequence import decode, reverse_complement
from cisgram.genomics.sequence_set import SequenceSet
from cisgram.motifs.scanning.best_scores import BestScores, best_scores
from cisgram.motifs.scanning.motif_scores import MotifScores
from cisgram.motifs.scanning.score_distribution import ScoreTail, score_tail

ALLELE_SITE_COLUMNS = (
    "index",
    "motif",
    "motif_name",
    "change",
    "ref_bits",
    "alt_bits",
    "change_bits",
    "ref_p",
    "alt_p",
    "ref_offset",
    "ref_strand",
    "ref_site",
    "alt_offset",
    "alt_strand",
    "alt_site",
)
"""Columns of :func:`allele_sites`."""

CHANGES = ("gained", "lost", "stronger", "weaker")
"""What can become of a site."""

_LEAST_BITS = 1.0
_LEAST_P = 0.01
"""How far down a motif's distribution is followed; what is more common has no p-value."""


class AlleleStretches(NamedTuple):
    """Both alleles of some variants with what surrounds them."""

    index: Sequence[int]
    """Number of each variant."""
    ref: Sequence[SomeCodes]
    """Codes around and with the reference allele."""
    alt: Sequence[SomeCodes]
    """The same with the alternative allele."""
    n_left: Sequence[int]
    """Bases before the first one that differs."""
    n_right: Sequence[int]
    """Bases after the last one that differs."""


class Stretch(NamedTuple):
    """One variant's entry of :class:`AlleleStretches`."""

    ref: SomeCodes
    alt: SomeCodes
    n_left: int
    n_right: int


def differing_stretch(ref: SomeCodes, alt: SomeCodes, *, flank_bp: int) -> Stretch:
    """Cut two sequences to where they differ and so many bases on either side.

    Raises
    ------
    ConfigError
        Where both are equal.

    Examples
    --------
    >>> from cisgram.genomics.sequence import encode
    >>> stretch = differing_stretch(encode("AACGTT"), encode("AACTT"), flank_bp=1)
    >>> decode(stretch.ref), decode(stretch.alt), stretch.n_left, stretch.n_right
    ('CGT', 'CT', 1, 1)
    """
    if len(ref) == len(alt) and (ref == alt).all():
        raise ConfigError("the two sequences of a pair must differ; they are equal")
    shorter = min(len(ref), len(alt))
    left = int(np.cumprod(ref[:shorter] == alt[:shorter]).sum())
    right = int(np.cumprod(ref[::-1][: shorter - left] == alt[::-1][: shorter - left]).sum())
    n_left, n_right = min(left, flank_bp), min(right, flank_bp)
    ends = len(ref) - right + n_right, len(alt) - right + n_right
    return Stretch(ref[left - n_left : ends[0]], alt[left - n_left : ends[1]], n_left, n_right)


def allele_sites(
    motifs: Sequence[Motif],
    stretches: AlleleStretches,
    *,
    background: Background | None = None,
    p_value: float = 1e-4,
) -> pd.DataFrame:
    """Best site of every motif among the windows that touch a variant, with either allele.

    Parameters
    ----------
    motifs
        Known motifs.
    stretches
        As long on either side as the widest motif, less one base; shorter ones offer fewer windows.
    background
        What surrounds sites; uniform if none is given.
    p_value
        A window that scores as high or higher by chance with this probability is a site.

    Returns
    -------
    pandas.DataFrame
        :data:`ALLELE_SITE_COLUMNS`, one row per variant and motif where something changes, by ``index`` and then
        by the p-value of the better allele's site. ``change``: ``gained`` where only the alternative allele has a
        site, ``lost`` where only the reference has, ``stronger`` and ``weaker``
        where both have and they differ by 1 bit or more. Bits: log2
        likelihood ratios; p-values: of one window on one strand, NaN above 0.01; offsets: bases from the first one that
        differs to the window's first; sites: letters of the best window, as the motif reads them.

    Raises
    ------
    ConfigError
        Where the p-value is not above 0 and at most 0.01.
    """
    if not 0 < p_value <= _LEAST_P:
        raise ConfigError(f"p_value of a site must be above 0 and at most {_LEAST_P}; got {p_value}")
    background = background or Background.from_bases()
    tables = [_changes(motif, stretches, background, p_value) for motif in (motifs if len(stretches.index) else ())]
    tables = [one for one in tables if len(one)]
    if not tables:
        return pd.DataFrame(columns=list(ALLELE_SITE_COLUMNS))
    table = pd.concat(tables, ignore_index=True)
    order = table.assign(best=table[["ref_p", "alt_p"]].min(axis=1), size=-table["change_bits"].abs())
    order = order.sort_values(["index", "best", "size"], kind="stable").index
    return table.loc[order, list(ALLELE_SITE_COLUMNS)].reset_index(drop=True)


def _changes(motif: Motif, stretches: AlleleStretches, background: Background, p_value: float) -> pd.DataFrame:
    """The rows of one motif."""
    tail = score_tail(MotifScores.from_motif(motif, background), background, p_value=_LEAST_P)
    ref, alt = (_best(motif, codes, stretches, background, tail) for codes in (stretches.ref, stretches.alt))
    lowest = min(float(tail.scores[-1]) / tail.units_per_bit, tail.threshold(p_value))
    # A window without a site scores anything; below the end of the tail it counts as that end.
    change = np.fmax(alt.score, lowest) - np.fmax(ref.score, lowest)
    has_ref, has_alt = ref.p <= p_value, alt.p <= p_value
    kinds = np.select(
        [~has_ref & has_alt, has_ref & ~has_alt, change >= _LEAST_BITS, change <= -_LEAST_BITS], CHANGES, ""
    )
    kept = np.flatnonzero((has_ref | has_alt) & (kinds != ""))
    return pd.DataFrame(
        {
            "index": np.asarray(stretches.index, dtype=np.int64)[kept],
            "motif": motif.name,
            "motif_name": motif.alternate_name,
            "change": kinds[kept],
            "ref_bits": ref.score[kept],
            "alt_bits": alt.score[kept],
            "change_bits": change[kept],
            "ref_p": ref.p[kept],
            "alt_p": alt.p[kept],
            "ref_offset": ref.offset[kept],
            "ref_strand": ref.strand[kept],
            "ref_site": [ref.sites[row] for row in kept.tolist()],
            "alt_offset": alt.offset[kept],
            "alt_strand": alt.strand[kept],
            "alt_site": [alt.sites[row] for row in kept.tolist()],
        }
    )


class _Best(NamedTuple):
    """Best windows of one motif, a row per variant."""

    score: np.ndarray
    p: np.ndarray
    offset: np.ndarray
    strand: np.ndarray
    sites: list[str]


def _best(
    motif: Motif, codes: Sequence[SomeCodes], stretches: AlleleStretches, background: Background, tail: ScoreTail
) -> _Best:
    """Best window of the motif's width that touches what differs."""
    width = len(motif)
    cut, firsts = [], []
    for one, n_left, n_right in zip(codes, stretches.n_left, stretches.n_right, strict=True):
        # Where bases were lost, windows that span the junction touch the change: both neighbours count.
        inside = len(one) - n_left - n_right
        before, after = min(n_left, width - 1), min(n_right, width - 1)
        cut.append(np.ascontiguousarray(one[n_left - before : n_left + inside + after]))
        firsts.append(before)
    best: BestScores = best_scores(motif, SequenceSet.from_codes(cut), background=background)
    p = np.where(np.isnan(best.score), np.nan, tail.p_value(best.score))
    return _Best(
        best.score,
        p,
        best.place - np.array(firsts),
        best.strand,
        [
            _letters(one, int(place), width, str(strand))
            for one, place, strand in zip(cut, best.place, best.strand, strict=True)
        ],
    )


def _letters(codes: SomeCodes, place: int, width: int, strand: str) -> str:
    if place < 0:
        return ""
    site = codes[place : place + width]
    return decode(reverse_complement(site) if strand == "-" else site)
