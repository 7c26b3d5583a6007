"""Variants of several kinds, in given shares, drawn one by one until each has a place of its own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np
import pandas as pd

from cisgram.arrays import ContigWeights
from cisgram.genomics.genome import Genome
from cisgram.genomics.variant import Variant, normalize

DrawVariant: TypeAlias = Callable[[str, int], tuple[Variant, *tuple[str, ...]] | None]
"""``draw(kind, contig)``: a variant of a kind on a contig of that number, and what is known of it; None where the
place that was tried does not suit."""

_MAX_TRIES = 60


def draw_at_new_places(
    shares: Mapping[str, float],
    weights: ContigWeights,
    draw: DrawVariant,
    *,
    genome: Genome,
    n_variants: int,
    rng: np.random.Generator,
    known: Sequence[str] = (),
) -> pd.DataFrame:
    """Draw variants, at most one per place, and name them ``sim_00001`` and so on.

    Parameters
    ----------
    shares
        Every kind and how often it is drawn, relative to the others.
    weights
        How often each contig is drawn, relative to the others; without contigs there are no variants.
    draw
        Draws one.
    genome
        The bases; variants are normalised against it.
    n_variants
        How many; 0 gives an empty table.
    rng
        Where the randomness comes from; ``draw`` may use it, too.
    known
        Names of what ``draw`` says of a variant, besides it.

    Returns
    -------
    pandas.DataFrame
        One row per variant, in the order of the genome: ``variant`` (:class:`~cisgram.genomics.variant.Variant`),
        ``kind``, and the columns ``known``. A kind for which too few places are found gives fewer.
    """
    of_kind = np.array(list(shares.values()))
    kinds = rng.choice(list(shares), size=n_variants, p=of_kind / of_kind.sum())
    taken: set[tuple[str, int]] = set()
    rows: list[tuple[Variant, str, *tuple[str, ...]]] = []
    for kind in kinds if weights.size else ():
        for _ in range(_MAX_TRIES):
            drawn = draw(str(kind), int(rng.choice(weights.size, p=weights / weights.sum())))
            if drawn is None:
                continue
            variant = normalize(drawn[0], genome)
            if (variant.chrom, variant.start) not in taken:
                taken.add((variant.chrom, variant.start))
                rows.append((variant, str(kind), *drawn[1:]))
                break
    order = {chrom: place for place, chrom in enumerate(genome.sizes)}
    rows.sort(key=lambda row: (order[row[0].chrom], row[0].start))
    named = [(replace(row[0], name=f"sim_{number:05d}"), *row[1:]) for number, row in enumerate(rows, start=1)]
    return pd.DataFrame(named, columns=["variant", "kind", *known])
