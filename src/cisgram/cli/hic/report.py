"""``cisgram hic report``: all that one contact map shows, on one page."""

from pathlib import Path
from typing import Annotated, Any

import typer

from cisgram import __version__
from cisgram.cli.hic.options import Chroms, IgnoreDiagonals, Map, Out, Resolution, Weight
from cisgram.cli.session import Json, Quiet, session

Sites = Annotated[
    Path | None, typer.Option("--sites", help="BED6 of motif instances (CTCF): which way do they point at loops?")
]
KnownBoundaries = Annotated[
    Path | None, typer.Option("--known-boundaries", help="BED of boundaries known from elsewhere, to be compared with.")
]
KnownLoops = Annotated[Path | None, typer.Option("--known-loops", help="BEDPE of loops, likewise.")]


def report(
    map_file: Map,
    out: Out,
    resolution: Resolution = None,
    chroms: Chroms = None,
    weight: Weight = "weight",
    genome: Annotated[
        Path | None,
        typer.Option(
            "--genome", help="FASTA whose GC content (or bigWig of what) is high in A: it turns eigenvectors."
        ),
    ] = None,
    sites: Sites = None,
    tracks: Annotated[
        list[Path] | None, typer.Option("--track", help="bigWig below pictures. Repeat for more.")
    ] = None,
    genes: Annotated[Path | None, typer.Option("--genes", help="GTF, GFF3, BED or genePred, below pictures.")] = None,
    window: Annotated[
        list[int] | None,
        typer.Option("--window", "-w", min=1, help="Windows of insulation in bp (default 5, 10, 25, 50 bins)."),
    ] = None,
    replicate: Annotated[
        str | None, typer.Option("--replicate", help="A second map to compare with, instead of halves of the contacts.")
    ] = None,
    known_boundaries: KnownBoundaries = None,
    known_loops: KnownLoops = None,
    truth: Annotated[
        Path | None, typer.Option("--truth", help="Folder of a simulation: how much of what was planted came back?")
    ] = None,
    at: Annotated[
        list[str] | None, typer.Option("--at", help="Locus to draw (default: two are chosen). Repeat for more.")
    ] = None,
    ignore_diagonals: IgnoreDiagonals = 2,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of halves, shifts and random places.")] = 0,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Find all that a contact map shows, say how far to believe it, and write it as tables and one page.

    Writes report.html; expected_cis.tsv.gz, decay.tsv, territories.tsv, eigenvectors.tsv, E1.bw, compartments.bed,
    insulation.tsv.gz, insulation_W.bw, boundaries_W.bed, domains.tsv, domains.bed, loops.tsv, loops.bedpe,
    strengths.tsv, agreement.tsv, and orientation.tsv, known.tsv, recovered.tsv where they were asked for; report.json.
    A map without weights is balanced here.
    """
    with session(quiet=quiet, as_json=as_json) as spoken:
        from cisgram.cli.hic.inputs import open_map
        from cisgram.cli.hic.report_parts import Asked, gather
        from cisgram.cli.hic.report_tables import write_map_tables
        from cisgram.io.files import write_json_atomic
        from cisgram.report.map_page import write_map_report

        source = open_map(map_file, resolution=resolution, chroms=chroms, weight=weight)
        second = None
        if replicate is not None:
            second = open_map(replicate, resolution=source.bins.bin_size, chroms=chroms, weight=weight)
        asked = Asked(
            map_file,
            replicate=replicate,
            weight=weight,
            genome=genome,
            sites=sites,
            tracks=tuple(tracks or ()),
            genes=genes,
            windows_bp=tuple(sorted(window or ())),
            known_boundaries=known_boundaries,
            known_loops=known_loops,
            truth=truth,
            at=tuple(at or ()),
            ignore_diagonals=ignore_diagonals,
            seed=seed,
        )
        results = gather(source, second, asked)
        write_map_tables(out, results)
        findings = write_map_report(out / "report.html", results)
        spoken.result = _summary(out, findings, results)
        record = {"cisgram": __version__, "settings": results.settings, "inputs": results.inputs}
        write_json_atomic(out / "report.json", {**record, "result": spoken.result})
        for line in findings:
            spoken.say(line)
        spoken.say(f"report: {out / 'report.html'}")


def _summary(out: Path, findings: list[str], results: Any) -> dict[str, Any]:
    """The main figures, for programs."""
    features = results.features
    counts: dict[str, Any] = {
        f"boundaries_{window}": len(features.boundaries(window)) for window in features.windows_bp
    }
    counts |= {"domains": None if features.domains is None else len(features.domains)}
    counts |= {"loops": None if features.loops is None else len(features.loops)}
    tables = {"agreement": results.agreement, "strengths": results.strengths.table, "held_out": results.held_out}
    tables |= {"orientation": results.orientation, "known": results.known, "recovered": results.truth}
    records = {name: _records(table) for name, table in tables.items() if table is not None}
    skipped = dict(features.skipped)
    return {
        "out": str(out),
        "facts": dict(results.facts),
        **counts,
        **records,
        "skipped": skipped,
        "findings": findings,
    }


def _records(table: Any) -> list[dict[str, Any]]:
    """Rows of a table; what is not known is null, as JSON has no NaN."""
    rows = table.to_dict("records")
    return [{name: None if value != value else value for name, value in row.items()} for row in rows]
