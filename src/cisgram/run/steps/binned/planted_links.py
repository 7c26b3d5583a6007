"""Planted links between enhancers and genes, told from pairs without one by what the model says of both."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cisgram.errors import EmptySetError
from cisgram.io.tables import read_table, write_table
from cisgram.simulate.expression_files import ExpressionFiles
from cisgram.simulate.recovery.expression import MIN_SHARE, LinkRecovery, link_recovery
from cisgram.simulate.recovery.ranking import Ranking

ALL_CELLS = "all cell types"
"""What figures over the pairs of all cell types together are called."""

SCORES: Mapping[str, str] = {
    "saliency": "saliency of the enhancer's bins, as a share of the gene's signal",
    "deletion": "share of the gene's signal that is lost when the enhancer is shuffled",
}
"""What the model says of a pair."""

FAR_BP = 5_000
"""Pairs at least so far apart are also judged by themselves."""

_CAGE, _FEWEST_CELLS = "CAGE", 2


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
    far = pairs[pairs["distance"].abs() >= FAR_BP]
    parts = {ALL_CELLS: pairs, f"{ALL_CELLS}, beyond {FAR_BP // 1000} kb": far}
    parts |= {str(cell): own for cell, own in pairs.groupby("cell", sort=False)}
    found = []
    for cell, own in parts.items():
        for name, what in SCORES.items():
            try:
                recovery = link_recovery(own, own[name].to_numpy(np.float64), cell="own")
            except EmptySetError:
                continue
            right = {"right_cell": right_cell(own, name)} if cell.startswith(ALL_CELLS) else {}
            found.append({"cell": cell, "score": name, "definition": what, **_figures(recovery), **right})
    return found


def right_cell(pairs: pd.DataFrame, score: str) -> float | None:
    """Share of linked pairs whose score is largest in the cell type in which the enhancer brings most of the gene.

    Pairs count that have a score in every cell type, and are linked in one at least; None without any.
    """
    wide = pairs.pivot_table(index=["gene", "enhancer"], columns="cell", values=["share_own", score]).dropna()
    if wide.empty or pairs["cell"].nunique() < _FEWEST_CELLS:
        return None
    true, scores = (wide[name].to_numpy(np.float64) for name in ("share_own", score))
    linked = true.max(axis=1) >= MIN_SHARE
    agrees = true.argmax(axis=1) == scores.argmax(axis=1)
    return float(agrees[linked].mean()) if linked.any() else None


def scored_links(known: pd.DataFrame, files: ExpressionFiles) -> pd.DataFrame:
    """Pairs of a gene and an enhancer in the CAGE track of each cell type and the gene's strand, with truth and scores.

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
        own = known[is_own][["gene", "track", "name", "relative", "deletion_log2"]]
        joined = links.merge(own, left_on=["gene", "enhancer"], right_on=["gene", "name"])
        strand = joined["strand"].map({"+": "_plus_", "-": "_minus_"})
        is_sense = [way in track for way, track in zip(strand, joined["track"], strict=True)]
        joined = joined[is_sense]
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
        **_numbers(recovery.model, recovery.correlation, recovery.pearson),
        "floors": {
            name: _numbers(one, recovery.floor_correlations[name], recovery.floor_pearsons[name])
            for name, one in recovery.floors.items()
        },
    }


def _numbers(one: Ranking, correlation: float, pearson: float) -> dict[str, float | None]:
    """Figures of one ranking; None for a correlation with what does not vary."""
    both = {"correlation": correlation, "pearson": pearson}
    return {"auroc": one.auroc, "auprc": one.auprc} | {
        name: None if np.isnan(value) else value for name, value in both.items()
    }
