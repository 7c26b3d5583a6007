"""Saturation mutagenesis of the middle of windows, from files to files."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cisgram.interpret.experiments.maps import MutationMap
from cisgram.interpret.experiments.responses import Asking
from cisgram.interpret.folding.saturation import mutate_bases
from cisgram.interpret.folding.scores import DisruptionScore
from cisgram.io.tables import write_table
from cisgram.report.experiments import SequencePicture, write_saturation_report
from cisgram.run.experiments.folding.model import FoldingModel
from cisgram.run.experiments.folding.results import records
from cisgram.run.experiments.folding.windows import FoldingWindows

UNIT = "-ln(1 + SCD)"
"""What the page shows: 0 for the sequence as it is, the lower the more a substitution changes the map."""


def bases(
    model: FoldingModel,
    windows: FoldingWindows,
    *,
    part_bp: int,
    asking: Asking,
    out: Path,
    notes: Mapping[str, object],
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Mutate every base; write ``results.tsv``, ``mutations.tsv.gz`` and ``report.html``.

    Parameters
    ----------
    model, windows, asking, out, notes
        As in :func:`cisgram.run.experiments.folding.edit.edit`.
    part_bp
        Bases in the middle of every window.
    progress
        Told about windows done and to do.
    """
    began = time.perf_counter()
    found = mutate_bases(model.module, windows.codes, part_bp=part_bp, asking=asking, progress=progress)
    costs = {"seconds per window": round((time.perf_counter() - began) / len(windows.codes), 3)}
    rows, tables, pictures = [], [], []
    for row, window in enumerate(windows.table.itertuples(index=False)):
        # Drawn as what is lost: letters are as high as the worst substitution changes the map.
        map_ = MutationMap(found.codes[row], -found.effects[row, 0].astype(np.float64), 0.0, found.start)
        first = int(str(window.start)) + found.start
        name = str(window.name)
        rows.append(
            {
                "sequence": name,
                "track": "mean of maps",
                "reference": map_.reference,
                "max_loss": float(map_.loss.max()),
                "max_loss_position": first + 1 + int(map_.loss.argmax()),
                "max_gain": float(map_.gain.max()),
                "max_gain_position": first + 1 + int(map_.gain.argmax()),
                "gradient_correlation": float("nan"),
            }
        )
        tables.append(found.map(row, 0).table().assign(window=name, chrom=str(window.chrom), genome_start=first))
        xlabel = f"{window.chrom} (bp)"
        pictures.append(SequencePicture(name, "mean of maps", map_, start=first + 1, xlabel=xlabel))
    summary, about = pd.DataFrame(rows), model.provenance(score=DisruptionScore.name, part=part_bp)
    out.mkdir(parents=True, exist_ok=True)
    write_table(out / "results.tsv", summary, provenance=about)
    write_table(out / "mutations.tsv.gz", pd.concat(tables, ignore_index=True), provenance=about)
    own = {"score": DisruptionScore.definition, "mutated": f"{part_bp} bp in the middle of every window"}
    settings = {**model.settings(asking), **notes, **own}
    write_saturation_report(out / "report.html", summary, pictures, unit=UNIT, costs=costs, settings=settings)
    return {"report": str(out / "report.html"), "maps": records(summary), "costs": costs}
