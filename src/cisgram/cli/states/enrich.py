"""``cisgram states enrich``: in which genes, islands and other places states lie more often than by chance."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cisgram import __version__
from cisgram.cli.session import Json, Quiet, session
from cisgram.cli.states.options import BinSize

if TYPE_CHECKING:
    from cisgram.report.state_results import StateResults


def enrich(
    segments: Annotated[
        list[Path], typer.Argument(help="Segments BED of one or more cell types, states of one model.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for tables, pictures and report.html.")],
    sets: Annotated[
        list[Path] | None, typer.Option("--sets", "-s", help="BED files of intervals, or folders of them.")
    ] = None,
    anchors: Annotated[
        list[Path] | None,
        typer.Option("--anchors", "-a", help="Contig, position, strand (ChromHMM's ANCHORFILES), or BED of genes."),
    ] = None,
    model: Annotated[
        Path | None, typer.Option("--model", "-m", help="model_N.txt of the states: names and marks are shown too.")
    ] = None,
    center: Annotated[
        bool, typer.Option("--center", help="Count the middle of each interval, and tell p-values.")
    ] = False,
    multiple: Annotated[
        bool, typer.Option("--multiple", help="Count a base once for each interval of a set that it lies in.")
    ] = False,
    bin_size: BinSize = 200,
    left: Annotated[int, typer.Option("--left", "-l", min=0, help="Places upstream of anchors.")] = 10,
    right: Annotated[int, typer.Option("--right", "-r", min=0, help="Places downstream of anchors.")] = 10,
    spacing: Annotated[int, typer.Option("--spacing", min=1, help="Distance of these places in bp.")] = 200,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Compare where states lie with sets of intervals, and with the surroundings of anchors such as starts of genes.

    Folds are those of ChromHMM's OverlapEnrichment and NeighborhoodEnrichment. Writes enrichment.tsv,
    neighborhood.tsv, the same in ChromHMM's layout per cell type, pictures and report.html.
    """
    with session(quiet=quiet, as_json=as_json) as spoken:
        from cisgram.chromatin.enrichment import overlap_enrichment
        from cisgram.chromatin.neighborhood import neighborhood_enrichment
        from cisgram.cli.states.inputs import read_cells, read_sets
        from cisgram.errors import ConfigError
        from cisgram.io.anchors import read_anchors
        from cisgram.io.chromhmm.model import read_state_model
        from cisgram.io.files import sha256_of
        from cisgram.report.state_results import StateResults

        if not sets and not anchors:
            raise ConfigError("say what states are compared with: --sets BED, --anchors FILE or both")
        states = None if model is None else read_state_model(model)
        cells = read_cells(segments, bin_size=bin_size, n_states=None if states is None else states.n_states)
        known = read_sets(sets or [])
        options = {"is_center": center, "is_multiple": multiple}
        places = {path.name.partition(".")[0]: read_anchors(path) for path in anchors or []}
        around = {"n_left": left, "n_right": right, "spacing_bp": spacing}
        results = StateResults(
            title="Where chromatin states lie",
            model=states,
            segmentations=cells,
            enrichments=[overlap_enrichment(one, known, **options) for one in cells] if known else [],
            neighborhoods=[
                neighborhood_enrichment(one, table, name=name, **around)
                for one in cells
                for name, table in places.items()
            ],
            settings={**options, **around, "bin_size": bin_size},
            inputs={
                str(path): sha256_of(path)
                for path in (*segments, *(sets or []), *(anchors or []), *([] if model is None else [model]))
                if path.is_file()
            },
        )
        spoken.result = _write(out, results)
        best = [one.fold[:, column] for one in results.enrichments for column in range(len(one.sets))]
        spoken.say(f"{len(cells)} cell types, {len(results.names)} states, {len(known)} sets, {len(places)} anchors")
        if best:
            spoken.say(f"largest fold: {max(float(fold[fold == fold].max()) for fold in best):.1f}")
        spoken.say(f"report: {out / 'report.html'}")


def _write(out: Path, results: "StateResults") -> dict[str, object]:
    """Tables, pictures and the page."""
    import pandas as pd

    from cisgram.chromatin.names import names_table
    from cisgram.io.chromhmm.fold_table import write_fold_table
    from cisgram.io.tables import write_table
    from cisgram.report.state_page import write_state_report
    from cisgram.report.state_pictures import write_state_pictures

    notes = {"cisgram": __version__, **results.settings}
    labels = [f"{one.state + 1}" for one in results.names]
    if results.model is not None:
        write_table(out / "names.tsv", names_table(results.names), provenance=notes)
        labels = [f"{one.state + 1}_{one.label}" for one in results.names]
    if results.enrichments:
        tables = [one.table() for one in results.enrichments]
        write_table(out / "enrichment.tsv", pd.concat(tables, ignore_index=True), provenance=notes)
    for one in results.enrichments:
        shares = {"genome_share": one.share, "set_share": one.set_bp / one.state_bp.sum()}
        write_fold_table(out / f"{one.cell}_overlap.txt", labels, one.sets, one.fold, **shares)
    if results.neighborhoods:
        tables = [one.table() for one in results.neighborhoods]
        write_table(out / "neighborhood.tsv", pd.concat(tables, ignore_index=True), provenance=notes)
    for one in results.neighborhoods:
        offsets = [str(offset) for offset in one.offsets_bp]
        write_fold_table(out / f"{one.cell}_{one.anchors}_neighborhood.txt", labels, offsets, one.fold)
    pictures = write_state_pictures(out, results)
    page = write_state_report(out / "report.html", results)
    return {
        "out": str(out),
        "cells": [one.cell for one in results.segmentations],
        "states": len(results.names),
        "sets": list(results.enrichments[0].sets) if results.enrichments else [],
        "pictures": [path.name for path in pictures],
        "report": str(page),
    }
