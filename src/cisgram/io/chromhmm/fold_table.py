"""Tables of folds in ChromHMM's layout: one row per state, five decimals."""

import os
from collections.abc import Sequence

from cisgram.arrays import AnyValues, PerSet, PerState
from cisgram.errors import InputError
from cisgram.io.files import write_text_atomic


def write_fold_table(
    path: str | os.PathLike[str],
    states: Sequence[str],
    columns: Sequence[str],
    folds: AnyValues,
    *,
    genome_share: PerState | None = None,
    set_share: PerSet | None = None,
    order: str = "Emission",
) -> None:
    """Write folds as ChromHMM's OverlapEnrichment and NeighborhoodEnrichment do.

    Parameters
    ----------
    path
        The file.
    states
        Numbers of the states, with their names behind ``_`` where they have some.
    columns
        Names of sets of intervals, or distances from anchors.
    folds
        States by columns; rows of states that never occur (NaN) are left out, as ChromHMM does.
    genome_share, set_share
        Shares of the genome, of states and of sets: written as ``Genome %`` and ``Base`` where given.
    order
        What states are ordered by, for the head.
    """
    if folds.shape != (len(states), len(columns)):
        raise InputError(f"folds need a row per state and a column per name; got {folds.shape}")
    head = [f"State ({order} order)", *([] if genome_share is None else ["Genome %"]), *columns]
    lines = ["\t".join(head)]
    for number, (state, row) in enumerate(zip(states, folds, strict=True)):
        if (row != row).all():
            continue
        share = [] if genome_share is None else [f"{100 * genome_share[number]:.5f}"]
        lines.append("\t".join([state, *share, *(f"{value:.5f}" for value in row)]))
    if set_share is not None:
        lines.append("\t".join(["Base", "100", *(f"{100 * value:.10f}" for value in set_share)]))
    write_text_atomic(path, "\n".join(lines) + "\n")
