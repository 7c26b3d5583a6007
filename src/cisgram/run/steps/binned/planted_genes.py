"""Which genes are on in which cells: predicted and measured CAGE at their starts against true rates."""

from typing import Any

import numpy as np
import pandas as pd

from cisgram.arrays import GeneTracks
from cisgram.data.binned_store import BinnedStore, open_binned
from cisgram.errors import EmptySetError
from cisgram.io.tables import read_table
from cisgram.run.folder import BinnedRun
from cisgram.run.steps.binned.genes import genes_of_run, predicted_at_genes
from cisgram.simulate.expression_files import ExpressionFiles
from cisgram.simulate.recovery.expression_genes import gene_floors, gene_recovery

CAGE = "CAGE"
"""What names of tracks of transcripts begin with."""


def cage_track(store: BinnedStore, cell: str, strand: str) -> int | None:
    """Number of the CAGE track of a cell type and strand (``+`` or ``-``); None where the run has none."""
    name = f"{CAGE}_{'plus' if strand == '+' else 'minus'}_{cell}"
    names = store.layout.track_names
    return names.index(name) if name in names else None


def cells_of(table: pd.DataFrame, prefix: str) -> list[str]:
    """Cell types of a table of truth: columns with a prefix."""
    return [str(name).removeprefix(prefix) for name in table if str(name).startswith(prefix)]


def gene_figures(run: BinnedRun, annotation: pd.DataFrame | None, files: ExpressionFiles) -> list[dict[str, Any]]:
    """Figures of the model, of what was measured and of floors; none without genes or CAGE of all cell types."""
    if annotation is None:
        return []
    store = open_binned(run.examples)
    own = genes_of_run(run, store, annotation)
    promoters = read_table(files.promoters, types={"gene": "text"}).set_index("gene", drop=False)
    names = own.starts.genes["gene"].astype(str)
    is_known = names.isin(promoters.index).to_numpy()
    cells = cells_of(promoters, "rate_")
    plus = [cage_track(store, cell, "+") for cell in cells]
    assays = {one.plus: at for at, one in enumerate(own.assays)}
    if not is_known.any() or not all(one in assays for one in plus):
        return []
    columns = [assays[one] for one in plus if one is not None]
    rates = np.load(run.predictions / "test.rates.npy", mmap_mode="r", allow_pickle=False)
    chosen = promoters.loc[names[is_known].tolist()]
    true = chosen[[f"rate_{cell}" for cell in cells]].to_numpy(np.float64)
    links = read_table(files.links, types={"gene": "text", "enhancer": "text"})
    by_method: dict[str, GeneTracks] = {
        "model": predicted_at_genes(own, rates)[is_known][:, columns],
        "measured": own.measured[is_known][:, columns],
        **gene_floors(chosen, links, cells),
    }
    try:
        table = gene_recovery(true, by_method)
    except EmptySetError:
        return []
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]
