"""Whether the plus and the minus strand are what they are called, in one replicate and in a whole track."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cisgram.doctor.registration import lag_products
from cisgram.doctor.sampled import N_BLOCKS, SURE_Z, Places, SampledSignal, SampledStrand, block_sums, by_track, surely
from cisgram.doctor.verdict import Verdict

MAX_LEAN = 0.6
"""How much rich stretches may lean to one strand, |plus - minus| / total, for the strands to be borders of one thing.
Measured: 0.1 to 0.35 for ChIP-exo and ChIP-nexus, 0.98 for CAGE."""

GENE_REACH_BP = 100
"""How far from where a gene begins its transcription starts are looked for; divergent promoters lie beyond."""

_BIN_BP, _RICH_BIN_BP = 5, 200
_MAX_LAG_BINS = 20
_MIN_RICH_COUNTS = 10
_MIN_GENES = 20
_REMEDY = "exchange the files of the plus and the minus strand{}"


def check_strand_swap(
    signals: Sequence[SampledSignal], *, places: Places | None = None, genes: pd.DataFrame | None = None
) -> list[Verdict]:
    """Compare strands between replicates, and ask of every track on which side its strands lie.

    1. Of replicates, plus should agree with plus and minus with minus; one whose strands agree with the other strand
       of its mates has them exchanged.
    2. Where both strands border one thing (a bound protein, a fragment), 5' ends on plus lie to the left of those on
       minus. The other way round they are exchanged.
    3. Where the strands are apart (transcription starts), those of genes lie on the strand of the gene; this needs an
       annotation.

    Parameters
    ----------
    signals
        Signals with two strands; others, and other roles than ``track``, are left out.
    places
        What the sample is made of; for genes.
    genes
        Gene table, in the names of the genome.

    Returns
    -------
    list of Verdict
        One per track with two strands.
    """
    verdicts = []
    for (_, role), mates in by_track(signals).items():
        if role == "track" and all(len(one.strands) == 2 and one.resolution_bp == 1 for one in mates):
            found = [one for one in [_between(mates)] if one is not None]
            verdicts += found or [_of_track(mates, places, genes)]
    return verdicts


def _between(mates: Sequence[SampledSignal]) -> Verdict | None:
    """The verdict on a replicate with exchanged strands; None where there is none."""
    n = len(mates)
    against = np.zeros(n, dtype=int)
    sureness = np.zeros(n)
    for i in range(n):
        for j in range(i + 1, n):
            z = -_straight_ahead(mates[i], mates[j])
            if z > SURE_Z:
                against[[i, j]] += 1
                sureness[[i, j]] = np.maximum(sureness[[i, j]], z)
    if not against.any():
        return None
    worst = int(n - 1 - against[::-1].argmax())  # of two, the second
    mates_text = f"replicate {2 - worst}" if n == 2 else f"{against[worst]} other replicates"
    text = (
        f"its plus strand is more like the minus strand than the plus strand of {mates_text}, and the other way round "
        f"({sureness[worst]:.0f} standard errors)"
    )
    maybe = "; of two replicates it may be the other one" if n == 2 else ""
    figures = {"standard_errors": round(float(sureness[worst]), 1)}
    return Verdict("strand_swap", mates[worst].subject, "error", text, _REMEDY.format(maybe), figures)


def _straight_ahead(first: SampledSignal, second: SampledSignal) -> float:
    """Standard errors by which like strands of two replicates agree better than unlike ones."""

    def product(s: int, t: int) -> np.ndarray:
        return lag_products(first.strands[s], second.strands[t], n_bases=first.n_bases, max_lag_bp=0)

    return float(surely(product(0, 0) + product(1, 1) - product(0, 1) - product(1, 0))[0])


def _of_track(mates: Sequence[SampledSignal], places: Places | None, genes: pd.DataFrame | None) -> Verdict:
    """The verdict on the strands of a whole track, replicates added up."""
    name, n_bases = mates[0].track, mates[0].n_bases
    plus, minus = (_pooled(mates, strand) for strand in (0, 1))
    lean = _lean(plus, minus, n_bases)
    if lean is None:
        return Verdict("strand_swap", name, "skipped", "no stretch of 200 bp has 10 reads: too few to tell")
    if lean <= MAX_LEAN:
        return _by_order(name, plus, minus, n_bases, lean)
    if genes is None or places is None:
        text = f"reads lie on one strand at a time (lean {lean:.2f}), and there are no genes to tell which it should be"
        return Verdict("strand_swap", name, "skipped", text, figures={"lean": round(lean, 3)})
    return _by_genes(name, (plus, minus), n_bases, places, genes)


def _pooled(mates: Sequence[SampledSignal], strand: int) -> SampledStrand:
    """One strand of all replicates together."""
    positions, inverse = np.unique(
        np.concatenate([one.strands[strand].positions for one in mates]), return_inverse=True
    )
    counts = np.bincount(inverse, weights=np.concatenate([one.strands[strand].counts for one in mates]))
    return SampledStrand(positions, counts)


def _lean(plus: SampledStrand, minus: SampledStrand, n_bases: int) -> float | None:
    """|plus - minus| / total of the richest twentieth of bins; None where they hold too few reads."""
    n = n_bases // _RICH_BIN_BP + 1
    bins = [np.bincount(one.positions // _RICH_BIN_BP, weights=one.counts, minlength=n) for one in (plus, minus)]
    total = bins[0] + bins[1]
    rich = total >= max(float(np.quantile(total, 0.95)), _MIN_RICH_COUNTS)
    return float(np.abs(bins[0] - bins[1])[rich].sum() / total[rich].sum()) if rich.any() else None


def _by_order(name: str, plus: SampledStrand, minus: SampledStrand, n_bases: int, lean: float) -> Verdict:
    """Which strand's reads lie on the left."""
    n = n_bases // _BIN_BP + 1
    left, right = (_binned(one, n) for one in (plus, minus))
    products = lag_products(left, right, n_bases=n, max_lag_bp=_MAX_LAG_BINS)
    after, before = products[_MAX_LAG_BINS + 1 :].sum(axis=0), products[:_MAX_LAG_BINS].sum(axis=0)
    z = float(surely((after - before)[None])[0])
    lag = (int(products.sum(axis=1).argmax()) - _MAX_LAG_BINS) * _BIN_BP
    figures = {"lag_bp": lag, "standard_errors": round(z, 1), "lean": round(lean, 3)}
    if z < -SURE_Z and lag < 0:
        text = (
            f"reads on the plus strand lie to the right of those on the minus strand, by about {-lag} bp "
            f"({-z:.0f} standard errors): 5' ends around a bound protein lie the other way round"
        )
        return Verdict("strand_swap", name, "error", text, _REMEDY.format(" of this track"), figures)
    if z <= SURE_Z:
        return Verdict("strand_swap", name, "skipped", "neither strand's reads lie on one side", figures=figures)
    text = f"reads on the plus strand lie to the left of those on the minus strand, by about {max(lag, 0)} bp"
    return Verdict("strand_swap", name, "ok", text, figures=figures)


def _binned(strand: SampledStrand, n: int) -> SampledStrand:
    """The same counts in bins of 5 bp."""
    counts = np.bincount(strand.positions // _BIN_BP, weights=strand.counts, minlength=n)
    filled = np.flatnonzero(counts)
    return SampledStrand(filled, counts[filled])


def _by_genes(
    name: str, strands: tuple[SampledStrand, SampledStrand], n_bases: int, places: Places, genes: pd.DataFrame
) -> Verdict:
    """Whether reads where genes begin lie on the strand of the gene."""
    differences, sense_share, n_genes = np.zeros(N_BLOCKS), [], 0
    for chrom, rows in genes.groupby("chrom", sort=False):
        at = places.joined(str(chrom), rows["tss"].to_numpy())
        is_minus = rows["strand"].eq("-").to_numpy()[at >= 0]
        at = at[at >= 0]
        sides = np.stack([_within(one, at, GENE_REACH_BP) for one in strands])
        sense, other = np.where(is_minus, sides[::-1], sides)
        met = (sense + other) > 0
        n_genes += int(met.sum())
        sense_share.append(sense[met] / (sense + other)[met])
        differences += block_sums(at, np.where(met, (sense - other) / np.maximum(sense + other, 1), 0.0), n_bases)
    share = float(np.concatenate([*sense_share, np.zeros(0)]).mean()) if n_genes else 0.0
    z = float(surely(differences[None])[0])
    figures = {"sense_share": round(share, 3), "n_genes": n_genes, "standard_errors": round(z, 1)}
    if n_genes < _MIN_GENES or abs(z) < SURE_Z:
        text = f"{n_genes} genes have reads where they begin: too few, or not on one strand"
        return Verdict("strand_swap", name, "skipped", text, figures=figures)
    text = f"of reads where {n_genes} genes begin, {share:.0%} on average lie on the strand of the gene"
    if z < 0:
        return Verdict("strand_swap", name, "error", text, _REMEDY.format(" of this track"), figures)
    return Verdict("strand_swap", name, "ok", text, figures=figures)


def _within(strand: SampledStrand, at: np.ndarray, reach: int) -> np.ndarray:
    """Counts within so many bp of places."""
    sums = np.concatenate([[0.0], np.cumsum(strand.counts)])
    first, last = np.searchsorted(strand.positions, at - reach), np.searchsorted(strand.positions, at + reach + 1)
    return sums[last] - sums[first]
