"""Sites put into backgrounds without structure, from files to files."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, get_args

import numpy as np

from cisgram.arrays import MotifInstances
from cisgram.errors import ConfigError
from cisgram.interpret.experiments.backgrounds import random_sequences
from cisgram.interpret.experiments.responses import Asking
from cisgram.interpret.folding.insertion import (
    Arrangement,
    InsertedPairs,
    PairInsertionConfig,
    flat_backgrounds,
    insert_pairs,
)
from cisgram.interpret.folding.prediction import squares_of
from cisgram.io.tables import write_table
from cisgram.report.blocks import Picture, picture
from cisgram.report.experiments.folding import write_folding_report
from cisgram.report.experiments.folding_findings import arrangement_findings
from cisgram.report.folding_plots import plot_mean_changes
from cisgram.run.experiments.folding.model import FoldingModel
from cisgram.run.experiments.folding.results import records, write_maps

LEAD = (
    "Sites are written into random sequences that the model predicts to fold into next to nothing: one alone, and"
    " two at a distance that point at each other (convergent), the same way (tandem) or away from each other "
    "(divergent); scrambled are the same bases in another order, in the places of convergent sites. What changes "
    "is what the sites do by themselves. Intervals are 95 % over backgrounds."
)
_CANDIDATES = 4


def insert(
    model: FoldingModel,
    instances: MotifInstances,
    *,
    config: PairInsertionConfig,
    n_backgrounds: int,
    gc: float,
    asking: Asking,
    out: Path,
    notes: Mapping[str, object],
) -> dict[str, Any]:
    """Put sites into backgrounds; write ``results.tsv``, ``maps.npz`` and ``report.html``.

    Parameters
    ----------
    model, asking, out, notes
        As in :func:`cisgram.run.experiments.folding.edit.edit`.
    instances
        Bases of the site on its plus strand: one row.
    config
        Distance and copies.
    n_backgrounds
        Of four times as many random sequences, the flattest.
    gc
        Share of G and C of the random sequences.
    """
    if n_backgrounds < 1:
        raise ConfigError(f"a background is needed at least; got {n_backgrounds}")
    length = model.geometry.input_length
    candidates = random_sequences(_CANDIDATES * n_backgrounds, length, gc=gc, seed=config.seed)
    flat = flat_backgrounds(model.module, candidates, n=n_backgrounds, asking=asking)
    found = insert_pairs(model.module, flat.codes, instances, config=config, asking=asking)
    table = found.table.assign(track=np.array(model.track_names, dtype=object)[found.table["track"]])
    out.mkdir(parents=True, exist_ok=True)
    write_table(out / "results.tsv", table, provenance=model.provenance(settings=config, gc=gc))
    write_maps(out / "maps.npz", model, changes=found.changes, before=found.before)
    findings = arrangement_findings(table)
    own = {
        "backgrounds": f"{n_backgrounds} of {len(candidates)} random sequences, GC {gc:.2f}; root mean square of their "
        f"maps {flat.root_mean_square:.3f}",
        "distance": f"{found.places[1] - found.places[0]:,} bp",
        "copies at each place": config.n_copies,
    }
    write_folding_report(
        out / "report.html",
        {"Arrangements": table},
        _pictures(model, found),
        title="Sites in backgrounds",
        lead=LEAD,
        findings=findings,
        settings={**model.settings(asking), **notes, **own, "seed": config.seed},
    )
    return {"report": str(out / "report.html"), "findings": findings, "arrangements": records(table)}


def _pictures(model: FoldingModel, found: InsertedPairs) -> list[Picture]:
    """Mean changes of every arrangement, a row of small triangles per map."""
    geometry = model.geometry
    left, right = (place - geometry.first_bp for place in found.places)
    squares = squares_of(found.changes.astype(np.float32), geometry)
    return [
        picture(
            partial(_draw, [one[track] for one in squares], bin_size=geometry.bin_size, places=(left, right)),
            width=12,
            height=2.2,
            title=name,
            caption="Mean change of the map when sites are written at the two marked places (single: at the left one).",
        )
        for track, name in enumerate(model.track_names)
    ]


def _draw(squares: list[np.ndarray], figure: Any, *, bin_size: int, places: tuple[int, int]) -> None:
    plot_mean_changes(get_args(Arrangement), squares, bin_size=bin_size, places=places, figure=figure)
