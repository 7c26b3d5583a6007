"""Everything but sites shuffled, and sites alone, from files to files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from cisgram.interpret.experiments.responses import Asking
from cisgram.interpret.folding.composition import Composition, CompositionConfig, keep_sites
from cisgram.interpret.folding.prediction import squares_of
from cisgram.io.tables import write_table
from cisgram.report.experiments.folding import MOST_FOLDED, write_folding_report
from cisgram.report.experiments.folding_findings import composition_findings
from cisgram.report.folding_plots import FoldingPicture
from cisgram.run.experiments.folding.model import FoldingModel
from cisgram.run.experiments.folding.results import in_genome, records, shown_sites, write_maps
from cisgram.run.experiments.folding.windows import FoldingWindows

LEAD = (
    "Is it only these sites? Of every window, three forms are predicted, each the mean over shuffles: the sites "
    "in their places and every other base shuffled; the sites shuffled and all else in place; and everything "
    "shuffled, which is the floor."
)


def keep(
    model: FoldingModel,
    windows: FoldingWindows,
    sites: pd.DataFrame,
    *,
    config: CompositionConfig,
    asking: Asking,
    out: Path,
    notes: Mapping[str, object],
) -> dict[str, Any]:
    """Shuffle what is not kept; write ``results.tsv``, ``maps.npz`` and ``report.html``.

    Parameters are those of :func:`cisgram.run.experiments.folding.edit.edit`.
    """
    found = keep_sites(model.module, windows.codes, sites, config=config, asking=asking)
    table = in_genome(found.table, windows, model.track_names)
    out.mkdir(parents=True, exist_ok=True)
    write_table(out / "results.tsv", table, provenance=model.provenance(settings=config))
    write_maps(out / "maps.npz", model, whole=found.reference, **found.kept)
    findings = composition_findings(table)
    write_folding_report(
        out / "report.html",
        {"Windows and what is kept": table},
        _pictures(model, windows, sites, found),
        title="Only these sites?",
        lead=LEAD,
        findings=findings,
        settings={**model.settings(asking), **notes, "shuffles": config.n_draws, "seed": config.seed},
    )
    return {"report": str(out / "report.html"), "findings": findings, "windows": records(table)}


def _pictures(
    model: FoldingModel, windows: FoldingWindows, sites: pd.DataFrame, found: Composition
) -> list[FoldingPicture]:
    """The map of the whole window, of sites alone and of all but sites."""
    shown = []
    for row in range(min(len(windows.codes), MOST_FOLDED)):
        maps = [("whole sequence", found.reference), ("sites alone, all else shuffled", found.kept["sites"])]
        maps += [("sites shuffled, all else in place", found.kept["all_but_sites"])]
        shown.append(
            FoldingPicture(
                title=str(windows.table["name"].iloc[row]),
                caption=f"Predicted for {model.track_names[0]}; wedges point along sites.",
                maps=[(name, squares_of(one[row : row + 1], model.geometry)[0, 0]) for name, one in maps],
                chrom=str(windows.table["chrom"].iloc[row]),
                start_bp=windows.first_bp(row, model.geometry),
                bin_size=model.geometry.bin_size,
                sites=shown_sites(sites, row),
            )
        )
    return shown
