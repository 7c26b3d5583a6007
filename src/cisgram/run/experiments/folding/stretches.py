"""Stretch after stretch shuffled, from files to files: a profile as bigWig, and motifs that the worst ones share."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cisgram.arrays import Disruptions
from cisgram.errors import InputError
from cisgram.genomics.motif import Motif
from cisgram.genomics.sequence_set import SequenceSet
from cisgram.interpret.experiments.responses import Asking
from cisgram.interpret.folding.prediction import fold, squares_of
from cisgram.interpret.folding.saturation import StretchConfig, StretchDisruption, shuffle_stretches
from cisgram.io.bigwig import write_bigwig_windows
from cisgram.io.meme import write_meme
from cisgram.io.tables import write_table
from cisgram.motifs.denovo.config import DiscoveryConfig
from cisgram.motifs.denovo.discover import discover_motifs
from cisgram.motifs.match import match_databases
from cisgram.report.contact_tracks import SignalRow
from cisgram.report.experiments.folding import MOST_FOLDED, write_folding_report
from cisgram.report.experiments.folding_findings import concentration, stretch_findings
from cisgram.report.folding_plots import FoldingPicture
from cisgram.run.experiments.folding.model import FoldingModel
from cisgram.run.experiments.folding.results import records
from cisgram.run.experiments.folding.windows import FoldingWindows

LEAD = (
    "One stretch of the window after the other is shuffled, and the predicted map compared with that of the "
    "window as it is: the coarse picture of which bases a map hangs on. De novo motifs are sought in the tenth of"
    " stretches that disrupt most, against the half of them that disrupt least."
)
STRETCH_COLUMNS = ("window", "chrom", "start", "end", "track", "root_mean_square")
"""One row per stretch and map."""

_TOP, _REST = 0.1, 0.5


def stretches(
    model: FoldingModel,
    windows: FoldingWindows,
    *,
    config: StretchConfig,
    known: Sequence[Motif],
    asking: Asking,
    out: Path,
    notes: Mapping[str, object],
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Shuffle stretches; write ``results.tsv``, ``disruption.bw``, ``motifs.tsv``, ``motifs.meme`` and ``report.html``.

    Parameters
    ----------
    model, windows, asking, out, notes
        As in :func:`cisgram.run.experiments.folding.edit.edit`.
    config
        Stretches and shuffles.
    known
        Motifs that names of those found are sought in; without any, they keep their numbers.
    progress
        Told about windows done and to do.
    """
    found = shuffle_stretches(model.module, windows.codes, config=config, asking=asking, progress=progress)
    table = _table(model, windows, found)
    out.mkdir(parents=True, exist_ok=True)
    notes_of_file = model.provenance(width=found.width_bp, settings=config)
    write_table(out / "results.tsv", table, provenance=notes_of_file)
    _write_track(out / "disruption.bw", windows, found)
    motifs = _discovered(windows, found, known, seed=config.seed, out=out)
    write_table(out / "motifs.tsv", motifs, provenance=notes_of_file)
    names = [str(row["best_match"] or row["consensus"]) for row in motifs.to_dict("records")]
    findings = stretch_findings(concentration(found.root_mean_square.mean(axis=2)), _TOP, names)
    first = table.sort_values("root_mean_square", ascending=False, kind="stable", ignore_index=True)
    write_folding_report(
        out / "report.html",
        {"Motifs of the stretches that disrupt most": motifs, "Stretches, the largest change first": first},
        _pictures(model, windows, found, asking=asking),
        title="Stretches shuffled",
        lead=LEAD,
        findings=findings,
        settings={**model.settings(asking), **notes, "stretch": f"{found.width_bp} bp", "shuffles": config.n_draws},
    )
    return {"report": str(out / "report.html"), "findings": findings, "motifs": records(motifs)}


def _table(model: FoldingModel, windows: FoldingWindows, found: StretchDisruption) -> pd.DataFrame:
    row, stretch, track = (axis.ravel() for axis in np.indices(found.root_mean_square.shape))
    start = windows.table["start"].to_numpy()[row] + found.starts[stretch]
    return pd.DataFrame(
        {
            "window": windows.table["name"].to_numpy()[row],
            "chrom": windows.table["chrom"].to_numpy()[row],
            "start": start,
            "end": start + found.width_bp,
            "track": np.array(model.track_names, dtype=object)[track],
            "root_mean_square": found.root_mean_square.ravel(),
        }
    )[list(STRETCH_COLUMNS)]


def _write_track(path: Path, windows: FoldingWindows, found: StretchDisruption) -> None:
    """The mean over maps as a bigWig; where windows overlap, their mean."""
    values = np.repeat(found.root_mean_square.mean(axis=2), found.width_bp, axis=1)
    starts = windows.table["start"] + int(found.starts[0])
    table = windows.table.assign(start=starts, end=starts + values.shape[1])
    write_bigwig_windows(path, dict(windows.genome.sizes), table, values)


def _discovered(
    windows: FoldingWindows, found: StretchDisruption, known: Sequence[Motif], *, seed: int, out: Path
) -> pd.DataFrame:
    """De novo motifs of the stretches that disrupt most; an empty table where there are none, or too few stretches."""
    columns = ["motif", "consensus", "sites", "p_value", "best_match", "match_q_value"]
    top, rest = _split(windows, found)
    (out / "motifs.meme").unlink(missing_ok=True)
    try:
        discovery = discover_motifs(top, control=rest, config=DiscoveryConfig(n_motifs=3, seed=seed))
    except InputError:  # fewer stretches than a motif needs
        return pd.DataFrame({name: [] for name in columns})
    motifs = [one.motif for one in discovery.motifs]
    if motifs:
        write_meme(out / "motifs.meme", motifs)
    matches = match_databases(motifs, {"known": known}, n_best=1, trim_bits=0.25) if motifs and known else None
    rows = []
    for one in discovery.motifs:
        own = matches[matches["query"] == one.motif.name].to_dict("records") if matches is not None else []
        best = (own[0]["motif"], own[0]["q_value"]) if own else ("", float("nan"))
        rows.append((one.motif.name, one.motif.consensus(), len(one.sites), one.enrichment.p_value, *best))
    return pd.DataFrame(rows, columns=columns)


def _split(windows: FoldingWindows, found: StretchDisruption) -> tuple[SequenceSet, SequenceSet]:
    """Sequences of the tenth of stretches that disrupt most, and of the half that disrupt least; widened by a fifth."""
    mean: Disruptions = found.root_mean_square.mean(axis=2, keepdims=True)
    order = np.argsort(-mean.ravel(), kind="stable")
    flank = found.width_bp // 5
    length = windows.codes.shape[1]

    def cut(places: np.ndarray) -> SequenceSet:
        rows, numbers = np.unravel_index(places, mean.shape[:2])
        starts = found.starts[numbers]
        ends = np.minimum(starts + found.width_bp + flank, length)
        return SequenceSet.from_codes(
            [
                windows.codes[row, max(start - flank, 0) : end]
                for row, start, end in zip(rows, starts, ends, strict=True)
            ]
        )

    return cut(order[: round(_TOP * order.size)]), cut(order[-round(_REST * order.size) :])


def _pictures(
    model: FoldingModel, windows: FoldingWindows, found: StretchDisruption, *, asking: Asking
) -> list[FoldingPicture]:
    """The predicted map of every window with the profile beneath."""
    rows = min(len(windows.codes), MOST_FOLDED)
    squares = squares_of(fold(model.module, windows.codes[:rows], asking=asking), model.geometry)
    return [
        FoldingPicture(
            title=str(windows.table["name"].iloc[row]),
            caption=f"Predicted for {model.track_names[0]}; beneath, how much the map changes (root mean square, mean "
            "of maps) when the bases there are shuffled.",
            maps=[("predicted", squares[row, 0])],
            chrom=str(windows.table["chrom"].iloc[row]),
            start_bp=windows.first_bp(row, model.geometry),
            bin_size=model.geometry.bin_size,
            rows=[
                SignalRow(
                    "disruption",
                    found.root_mean_square[row].mean(axis=1),
                    int(windows.table["start"].iloc[row]),
                    found.width_bp,
                )
            ],
        )
        for row in range(rows)
    ]
