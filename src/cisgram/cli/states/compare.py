"""``cisgram states compare``: models with models, segmentations with segmentations, cell types with cell types."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cisgram import __version__
from cisgram.cli.session import Json, Quiet, session
from cisgram.cli.states.options import BinSize, Locus

if TYPE_CHECKING:
    from cisgram.genomics.segmentation import Segmentation
    from cisgram.genomics.state_model import StateModel
    from cisgram.report.state_results import StateResults

_MOST_PAIRS = 10


def compare(
    inputs: Annotated[
        list[Path],
        typer.Argument(help="model_N.txt files, segments BED files, or both; the first model is the reference."),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for tables, pictures and report.html.")],
    bin_size: BinSize = 200,
    min_bp: Annotated[int, typer.Option("--min-bp", min=1, help="Shortest region that differs, in bp.")] = 400,
    min_difference: Annotated[
        float,
        typer.Option(
            "--min-difference", help="How unlike its states are at least: in marks with a model, else in bits."
        ),
    ] = 1.0,
    locus: Locus = None,
    same_states: Annotated[
        bool,
        typer.Option("--same-states/--other-states", help="Whether state 1 of one segments file is state 1 of all."),
    ] = True,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Match the states of models, and compare segmentations: what agrees, what switches, which regions differ.

    Segments files are taken for cell types of one model (else say --other-states: then only their agreement is told).
    Writes matches.tsv, correlations.tsv, agreement.tsv, stability.tsv, switches.tsv, regions.tsv, pictures and
    report.html, as far as there is something to compare.
    """
    with session(quiet=quiet, as_json=as_json) as spoken:
        from cisgram.cli.states.inputs import is_model, read_models
        from cisgram.errors import ConfigError
        from cisgram.genomics.interval import Interval
        from cisgram.io.files import sha256_of
        from cisgram.report.state_results import StateResults

        kinds = {path: is_model(path) for path in inputs}
        models = read_models([path for path, is_one in kinds.items() if is_one])
        files = [path for path, is_one in kinds.items() if not is_one]
        if len(models) < 2 and len(files) < 2:
            raise ConfigError("a comparison needs two models or two segmentations at least")
        reference = next(iter(models.values()), None)
        cells = _read(files, bin_size, reference if same_states else None, same_states=same_states)
        compared = _compared(cells, reference, min_bp, min_difference) if same_states and len(cells) > 1 else {}
        results = StateResults(
            title="Chromatin states compared",
            model=reference,
            segmentations=cells if same_states else [],
            matches=_matches(models),
            agreements=_agreements(cells),
            loci=[Interval.parse(one) for one in locus or []],
            settings={
                "bin_size": bin_size,
                "min_bp": min_bp,
                "min_difference": min_difference,
                "same_states": same_states,
            },
            inputs={str(path): sha256_of(path) for path in inputs},
            **compared,
        )
        spoken.result = _write(out, results, models)
        for one in results.agreements:
            spoken.say(f"{one.cells[0]} and {one.cells[1]}: adjusted Rand index {one.adjusted_rand:.4f}")
        for name, match in results.matches.items():
            spoken.say(f"{name}: least correlation of a state with its best {match.correlation.max(axis=1).min():.3f}")
        spoken.say(f"report: {out / 'report.html'}")


def _read(
    files: Sequence[Path], bin_size: int, reference: "StateModel | None", *, same_states: bool
) -> "list[Segmentation]":
    """Segmentations: by one model, or each by its own."""
    from cisgram.cli.states.inputs import read_cells

    if not files:
        return []
    if same_states:
        return read_cells(files, bin_size=bin_size, n_states=None if reference is None else reference.n_states)
    from dataclasses import replace

    read = [read_cells([path], bin_size=bin_size)[0] for path in files]
    names = [one.cell for one in read]
    labels = names if len(set(names)) == len(names) else [str(path) for path in files]
    return [replace(one, cell=label) for one, label in zip(read, labels, strict=True)]


def _compared(
    cells: "Sequence[Segmentation]", reference: "StateModel | None", min_bp: int, min_difference: float
) -> dict:
    """Switches between cell types, and regions that differ."""
    from cisgram.chromatin.switches import count_switches, differential_regions, mark_distance

    switches = count_switches(cells)
    distance = switches.distance if reference is None else mark_distance(reference)
    regions = differential_regions(cells, distance, min_bp=min_bp, min_difference=min_difference)
    return {"switches": switches, "regions": regions}


def _matches(models: "Mapping[str, StateModel]") -> dict:
    """Every further model against the first."""
    from cisgram.chromatin.comparison import match_models

    if not models:
        return {}
    reference = next(iter(models.values()))
    return {name: match_models(reference, other) for name, other in list(models.items())[1:]}


def _agreements(cells: "Sequence[Segmentation]") -> list:
    """All pairs of a few segmentations, else every one against the first."""
    from cisgram.chromatin.agreement import compare_segmentations

    pairs = list(combinations(cells, 2))
    if len(pairs) > _MOST_PAIRS:
        pairs = [(cells[0], other) for other in cells[1:]]
    return [compare_segmentations(first, second) for first, second in pairs]


def _write(out: Path, results: "StateResults", models: "Mapping[str, StateModel]") -> dict[str, object]:
    """Tables, pictures and the page."""
    import pandas as pd

    from cisgram.chromatin.comparison import best_correlations
    from cisgram.io.tables import write_table
    from cisgram.report.state_page import write_state_report
    from cisgram.report.state_pictures import write_state_pictures

    notes = {"cisgram": __version__, **results.settings}
    tables = {}
    if results.matches:
        parts = [match.table().assign(other=name) for name, match in results.matches.items()]
        tables["matches"] = pd.concat(parts, ignore_index=True)
        (_, reference), *others = models.items()
        tables["correlations"] = best_correlations(reference, dict(others))
    if results.agreements:
        parts = [one.table().assign(first=one.cells[0], second=one.cells[1]) for one in results.agreements]
        tables["agreement"] = pd.concat(parts, ignore_index=True)
    if results.switches is not None and results.regions is not None:
        tables["stability"] = results.switches.stability_table()
        tables["switches"] = results.switches.table()
        tables["regions"] = results.regions
    for name, table in tables.items():
        write_table(out / f"{name}.tsv", table, provenance=notes)
    pictures = write_state_pictures(out, results)
    return {
        "out": str(out),
        "tables": list(tables),
        "pictures": [path.name for path in pictures],
        "agreement": [
            {
                "first": one.cells[0],
                "second": one.cells[1],
                "adjusted_rand": one.adjusted_rand,
                "share_same": one.share_same,
            }
            for one in results.agreements
        ],
        "report": str(write_state_report(out / "report.html", results)),
    }
