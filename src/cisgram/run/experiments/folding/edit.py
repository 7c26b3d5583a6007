"""Sites taken out or turned round, from files to files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cisgram.interpret.experiments.responses import Asking
from cisgram.interpret.folding.prediction import squares_of
from cisgram.interpret.folding.site_effects import SiteEditConfig, SiteEdits, edit_sites
from cisgram.io.tables import write_table
from cisgram.report.experiments.folding import MOST_FOLDED, write_folding_report
from cisgram.report.experiments.folding_findings import site_findings
from cisgram.report.folding_plots import FoldingPicture
from cisgram.run.experiments.folding.model import FoldingModel
from cisgram.run.experiments.folding.results import in_genome, records, shown_sites, write_maps
from cisgram.run.experiments.folding.windows import FoldingWindows

LEAD = {
    "delete": "Each site alone is overwritten by random bases of the window's composition, several times, and the "
    "predicted map compared with that of the window as it is. Beside it stands what the same edit does at places of "
    "the window by chance.",
    "invert": "Each site alone is replaced by its reverse complement, so that it points the other way, and the "
    "predicted map compared with that of the window as it is. Beside it stands what the same edit does at places of "
    "the window by chance.",
}


def edit(
    model: FoldingModel,
    windows: FoldingWindows,
    sites: pd.DataFrame,
    *,
    config: SiteEditConfig,
    asking: Asking,
    out: Path,
    notes: Mapping[str, object],
) -> dict[str, Any]:
    """Edit sites one by one; write ``results.tsv``, ``corners.tsv``, ``maps.npz`` and ``report.html``.

    Parameters
    ----------
    model
        The model.
    windows, sites
        From :mod:`cisgram.run.experiments.folding.windows`.
    config, asking
        What is done, strands and batches.
    out
        Folder; made if it is not there.
    notes
        What to state about windows and sites.

    Returns
    -------
    dict
        A summary that JSON knows.
    """
    found = edit_sites(model.module, windows.codes, sites, config=config, asking=asking)
    effects, corners = (in_genome(table, windows, model.track_names) for table in (found.effects, found.corners))
    out.mkdir(parents=True, exist_ok=True)
    about = model.provenance(settings=config)
    write_table(out / "results.tsv", effects, provenance=about)
    write_table(out / "corners.tsv", corners, provenance=about)
    write_maps(out / "maps.npz", model, reference=found.reference, altered=found.altered)
    findings = site_findings(effects, corners)
    shown = effects.sort_values("root_mean_square", ascending=False, kind="stable", ignore_index=True)
    write_folding_report(
        out / "report.html",
        {f"{len(shown)} sites and maps, the largest change first": shown, "Corners of pairs of sites": corners},
        pictures(model, windows, sites, found),
        title="Sites deleted" if config.edit == "delete" else "Sites inverted",
        lead=LEAD[config.edit],
        findings=findings,
        settings={**model.settings(asking), **notes, "edit": config.edit, "seed": config.seed},
    )
    return {
        "report": str(out / "report.html"),
        "n_sites": len(found.sites),
        "findings": findings,
        "sites": records(effects),
    }


def pictures(
    model: FoldingModel, windows: FoldingWindows, sites: pd.DataFrame, found: SiteEdits, *, most: int = MOST_FOLDED
) -> list[FoldingPicture]:
    """Maps before and after, and their difference, of the sites whose edit changes most."""
    n_tracks = len(model.track_names)
    sizes = found.effects["root_mean_square"].to_numpy(np.float64).reshape(-1, n_tracks)
    shown = []
    for number in np.argsort(-sizes.max(axis=1), kind="stable")[:most].tolist():
        site, track = found.sites.iloc[number], int(sizes[number].argmax())
        row = int(site["row"])
        before, after = (
            squares_of(maps, model.geometry)[0, track]
            for maps in (found.reference[row : row + 1], found.altered[number : number + 1])
        )
        start, chrom = int(windows.table["start"].iloc[row]), str(windows.table["chrom"].iloc[row])
        edited = start + int(site["start"]), start + int(site["end"])
        what = found.effects["edit"].iloc[0]
        pairs = found.corners[(found.corners["row"] == row) & (found.corners["start"] == site["start"])]
        lost = pairs[pairs["track"] == track].sort_values("corner_before", ascending=False).head(1)
        of_corner = "".join(
            f" Its corner with the {one['orientation']} site {one['distance_bp']:,} bp away goes from "
            f"{one['corner_before']:+.2f} to {one['corner_after']:+.2f}."
            for one in lost.to_dict("records")
        )
        shown.append(
            FoldingPicture(
                title=f"{site['name']} ({site['strand']}) at {chrom}:{edited[0] + 1:,}-{edited[1]:,}",
                caption=f"Predicted for {model.track_names[track]}, before, after the edit ({what}), and the "
                f"difference; wedges point along sites.{of_corner}",
                maps=[("before", before), (f"site {what}d" if what == "delete" else "site inverted", after)],
                chrom=chrom,
                start_bp=windows.first_bp(row, model.geometry),
                bin_size=model.geometry.bin_size,
                difference=("after - before", after - before),
                sites=shown_sites(sites, row),
                edited=edited,
            )
        )
    return shown
