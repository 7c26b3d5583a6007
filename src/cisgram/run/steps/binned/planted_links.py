"""Planted links between enhancers and genes, told from pairs without one by what the model says of both."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cisgram.errors import EmptySetError
from cisgram.io.tables import read_table, write_table
from cisgram.simulate.expression_files import ExpressionFiles
from cisgram.simulate.recovery.expression import LinkRecovery, link_recovery
from cisgram.simulate.recovery.ranking import Ranking

ALL_CELLS = "all cell types"
"""What figures over the pairs of all cell types together are called."""

SCORES: Mapping[str, str] = {
    "saliency": "saliency of the enhancer's bins, as a share of the gene's signal",
    "deletion": "share of the gene's signal that is lost when the enhancer is shuffled",
}
"""What the model says of a pair."""

_CAGE = "CAGE"


def link_figures(folder: Path, files: ExpressionFiles) -> list[dict[str, Any]]:
    """Compare what was found of known elements with the planted links.

    Parameters
    ----------
    folder
        Of the step, with ``known.tsv``; ``links.tsv.gz`` is written there: every pair with its truth and scores.
    files
        The simulation.

    Returns
    -------
    list of dict
        One per cell type, and for all of them together, and score: number of pairs and of links, AUROC, average
        precision and Spearman correlation with the true share, each with the floors; those without links are left out.
    """
    pairs = scored_links(read_table(folder / "known.tsv", types={"gene": "text", "track": "text"}), files)
    if pairs.empty:
        return []
    write_table(folder / "links.tsv.gz", pairs)
    parts = {str(cell): own for cell, own in pairs.groupby("cell", sort=False)} | {ALL_CELLS: pairs}
    found = []
    for cell, own in parts.items():
        for name, what in SCORES.items():
            try:
                recovery = link_recovery(own, own[name].to_numpy(np.float64), cell="own")
            except EmptySetError:
                continue
            found.append({"cell": cell, "score": name, "definition": what, **_figures(recovery)})
    return found


def scored_links(known: pd.DataFrame, files: ExpressionFiles) -> pd.DataFrame:
    """Pairs of a gene and an enhancer in the CAGE track of each cell type, with truth and scores.

    Parameters
    ----------
    known
        :data:`cisgram.genomics.promoter_study.KNOWN_COLUMNS`.
    files
        The simulation.

    Returns
    -------
    pandas.DataFrame
        ``cell``, ``gene``, ``enhancer``, ``kind``, ``distance``, ``share_own`` and ``activity_own`` of that cell type,
        ``saliency`` and ``deletion``. Pairs that are not listed in the truth, as too far apart, are left out, as are
        those without a number.
    """
    links = read_table(files.links, types={"gene": "text", "enhancer": "text"})
    tables = []
    for cell in (name.removeprefix("share_") for name in map(str, links) if name.startswith("share_")):
        is_own = known["track"].str.startswith(_CAGE) & known["track"].str.endswith(f"_{cell}")
        own = known[is_own][["gene", "name", "relative", "deletion_log2"]]
        joined = links.merge(own, left_on=["gene", "enhancer"], right_on=["gene", "name"])
        tables.append(
            pd.DataFrame(
                {
                    "cell": cell,
                    **{name: joined[name] for name in ("gene", "enhancer", "kind", "distance")},
                    "share_own": joined[f"share_{cell}"],
                    "activity_own": joined[f"activity_{cell}"],
                    "saliency": joined["relative"],
                    "deletion": 1 - np.exp2(joined["deletion_log2"]),
                }
            )
        )
    return pd.concat(tables, ignore_index=True).dropna()


def _figures(recovery: LinkRecovery) -> dict[str, Any]:
    """As JSON knows them."""
    return {
        "n_pairs": recovery.n_pairs,
        "n_linked": recovery.n_linked,
        **_numbers(recovery.model, recovery.correlation),
        "floors": {name: _numbers(one, recovery.floor_correlations[name]) for name, one in recovery.floors.items()},
    }


def _numbers(one: Ranking, correlation: float) -> dict[str, float | None]:
    """Figures of one ranking; None for a correlation with what does not vary."""
    return {"auroc": one.auroc, "auprc": one.auprc, "correlation": None if np.isnan(correlation) else correlation}
