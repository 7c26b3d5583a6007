"""What is known of chromatin states, written as a folder: tables, segments, pictures and the page."""

from pathlib import Path
from typing import Any

import pandas as pd

from cisgram.chromatin.names import names_table
from cisgram.chromatin.state_folder import write_segmentations
from cisgram.io.chromhmm.fold_table import write_fold_table
from cisgram.io.tables import write_table
from cisgram.report.state_page import write_state_report
from cisgram.report.state_pictures import write_state_pictures
from cisgram.report.state_results import StateResults


def write_state_results(folder: Path, results: StateResults, *, order_by: str = "E") -> dict[str, Any]:
    """Write everything that results hold, each file complete or not at all.

    Parameters
    ----------
    folder
        Where to: ``<cell>_<N>_segments.bed`` and ``_dense.bed``, ``names.tsv``, ``choice.tsv``, ``enrichment.tsv``,
        ``neighborhood.tsv`` and both in ChromHMM's layout per cell type, ``stability.tsv``, ``switches.tsv``,
        ``regions.tsv``, pictures, and ``report.html``.
    results
        What is known.
    order_by
        The letter before numbers of states in segments.

    Returns
    -------
    dict
        Names of what was written: ``tables``, ``pictures``, ``report``.
    """
    write_segmentations(folder, results.segmentations, results.names, order_by=order_by)
    tables = _tables(results)
    for name, table in tables.items():
        write_table(folder / f"{name}.tsv", table, provenance={"states": len(results.names)})
    _write_fold_tables(folder, results)
    pictures = write_state_pictures(folder, results)
    page = write_state_report(folder / "report.html", results)
    return {"tables": list(tables), "pictures": [path.name for path in pictures], "report": str(page)}


def _tables(results: StateResults) -> dict[str, pd.DataFrame]:
    """Tables by the names of their files."""
    tables = {"names": names_table(results.names)}
    if results.choice is not None:
        tables["choice"] = results.choice
    if results.enrichments:
        tables["enrichment"] = pd.concat([one.table() for one in results.enrichments], ignore_index=True)
    if results.neighborhoods:
        tables["neighborhood"] = pd.concat([one.table() for one in results.neighborhoods], ignore_index=True)
    if results.switches is not None:
        tables["stability"], tables["switches"] = results.switches.stability_table(), results.switches.table()
    if results.regions is not None:
        tables["regions"] = results.regions
    return tables


def _write_fold_tables(folder: Path, results: StateResults) -> None:
    """Enrichments and neighbourhoods as ChromHMM lays them out."""
    labels = [f"{one.state + 1}_{one.label}" for one in results.names]
    for one in results.enrichments:
        shares = {"genome_share": one.share, "set_share": one.set_bp / one.state_bp.sum()}
        write_fold_table(folder / f"{one.cell}_overlap.txt", labels, one.sets, one.fold, **shares)
    for one in results.neighborhoods:
        offsets = [str(offset) for offset in one.offsets_bp]
        write_fold_table(folder / f"{one.cell}_{one.anchors}_neighborhood.txt", labels, offsets, one.fold)
