"""What variants do to sites of known motifs, by the sequence alone."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cisgram.genomics.motif import Motif
from cisgram.genomics.sequence_set import SequenceSet
from cisgram.genomics.variant import Variant
from cisgram.interpret.experiments.disruption import OK, Disruption
from cisgram.motifs.scanning.best_scores import best_scores

SITE_COLUMNS = ("variant", "motif", "name", "ref_bits", "alt_bits", "change_bits", "best_possible_bits")
"""Columns of :func:`site_changes`."""

_SHARE_OF_BEST = 0.6
_LEAST_CHANGE = 1.0


def site_changes(
    motifs: Sequence[Motif], disruption: Disruption, variants: Sequence[Variant], *, n_best: int = 5
) -> pd.DataFrame:
    """Best score of every motif over the windows that touch a variant, with either allele.

    Parameters
    ----------
    motifs
        Known motifs.
    disruption, variants
        Variants with their windows; those that do not fit the genome are passed over.
    n_best
        Motifs to keep per variant, those with the best sites, with either allele.

    Returns
    -------
    pandas.DataFrame
        :data:`SITE_COLUMNS`; scores are log2 likelihood ratios against uniform bases. Motifs are kept where the
        better of the two sites has at least 60 % of the highest score that the motif can have, and they differ by at
        least 1 bit.
    """
    rows = [row for row, status in enumerate(disruption.status) if status == OK]
    tables = [pd.DataFrame({name: [] for name in SITE_COLUMNS})]
    for motif in motifs if rows else ():
        best = float(np.maximum(motif.pwm(), -1e9).max(axis=0).sum())
        scores = [
            best_scores(motif, SequenceSet.from_codes(_around(codes, variants, rows, len(motif), allele=allele))).score
            for codes, allele in ((disruption.ref_codes, "ref"), (disruption.alt_codes, "alt"))
        ]
        table = pd.DataFrame(
            {
                "variant": [str(variants[row]) for row in rows],
                "motif": motif.name,
                "name": motif.alternate_name,
                "ref_bits": scores[0],
                "alt_bits": scores[1],
                "change_bits": scores[1] - scores[0],
                "best_possible_bits": best,
            }
        )
        tables.append(table[table[["ref_bits", "alt_bits"]].max(axis=1) >= _SHARE_OF_BEST * best])
    table = pd.concat([one for one in tables if len(one)] or tables[:1], ignore_index=True)
    better = table[["ref_bits", "alt_bits"]].max(axis=1)
    order = table.assign(better=better, place=table["variant"].map(_places(variants)))
    order = order[order["change_bits"].abs() >= _LEAST_CHANGE]
    order = order.sort_values(["place", "better"], ascending=[True, False], kind="stable")
    return order.groupby("variant", sort=False).head(n_best)[list(SITE_COLUMNS)].reset_index(drop=True)


def _places(variants: Sequence[Variant]) -> dict[str, int]:
    return {str(variant): number for number, variant in enumerate(variants)}


def _around(
    codes: np.ndarray, variants: Sequence[Variant], rows: Sequence[int], width: int, *, allele: str
) -> list[np.ndarray]:
    """Stretches in which every window of the motif's width touches the allele."""
    first = codes.shape[1] // 2
    return [
        np.ascontiguousarray(
            codes[row, max(first - width + 1, 0) : first + len(getattr(variants[row], allele)) + width - 1]
        )
        for row in rows
    ]
