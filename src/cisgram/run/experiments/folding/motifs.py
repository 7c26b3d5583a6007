"""Which motifs a predicted map hangs on, from files to files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from cisgram.interpret.experiments.responses import Asking
from cisgram.interpret.folding.motif_effects import MotifEffectConfig, disrupt_motifs
from cisgram.io.tables import write_table
from cisgram.report.experiments.folding import write_folding_report
from cisgram.report.experiments.folding_findings import motif_findings
from cisgram.run.experiments.folding.model import FoldingModel
from cisgram.run.experiments.folding.results import in_genome, records
from cisgram.run.experiments.folding.windows import FoldingWindows

LEAD = (
    "Instances of every motif are overwritten by random bases, one at a time, and so are as many stretches by "
    "chance, of the same windows and widths, that touch no instance of the motif. A motif that stands close to "
    "one that matters, or resembles it, rises with it: look at where instances lie before it is given credit."
)


def motifs(
    model: FoldingModel,
    windows: FoldingWindows,
    sites: pd.DataFrame,
    *,
    config: MotifEffectConfig,
    asking: Asking,
    out: Path,
    notes: Mapping[str, object],
) -> dict[str, Any]:
    """Take out instances of motifs; write ``results.tsv``, ``instances.tsv.gz`` and ``report.html``.

    Parameters are those of :func:`cisgram.run.experiments.folding.edit.edit`; sites are named by their motifs.
    """
    found = disrupt_motifs(model.module, windows.codes, sites, config=config, asking=asking)
    out.mkdir(parents=True, exist_ok=True)
    about = model.provenance(settings=config)
    write_table(out / "results.tsv", found.motifs, provenance=about)
    write_table(out / "instances.tsv.gz", in_genome(found.instances, windows, model.track_names), provenance=about)
    findings = motif_findings(found.motifs)
    write_folding_report(
        out / "report.html",
        {f"{len(found.motifs)} motifs": found.motifs},
        [],
        title="Motifs that fold",
        lead=LEAD,
        findings=findings,
        settings={**model.settings(asking), **notes, "fillings": config.n_draws, "seed": config.seed},
    )
    return {"report": str(out / "report.html"), "findings": findings, "motifs": records(found.motifs)}
