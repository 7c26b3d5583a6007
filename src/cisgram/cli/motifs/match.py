"""``cisgram motifs match``: which known motifs are like those at hand."""

from pathlib import Path
from typing import Annotated

import typer

from cisgram.cli.session import Json, Quiet, session

_SOURCES = "a MEME, JASPAR, TRANSFAC or HOMER file, patterns.h5, a run folder, or jaspar, jaspar:fungi, ..."


def match(
    queries: Annotated[str, typer.Argument(help=f"Motifs to look up: {_SOURCES}")],
    database: Annotated[
        list[str],
        typer.Option("--database", "-d", help="Known motifs, from the same sources; several are taken together."),
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder for matches.tsv and report.html, or a file FILE.tsv.")
    ] = Path("matches"),
    max_q: Annotated[float, typer.Option("--max-q", min=0, max=1, help="Highest q-value of a match to report.")] = 0.1,
    n_best: Annotated[int, typer.Option("--n-best", min=1, help="Most matches to report per query.")] = 10,
    trim: Annotated[
        float, typer.Option("--trim", min=0, max=2, help="Take off ends of queries with fewer bits; 0 leaves them.")
    ] = 0.25,
    min_overlap: Annotated[
        int, typer.Option("--min-overlap", min=1, help="Fewest columns that a match has in common.")
    ] = 4,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Match motifs with databases of known ones, by Tomtom, with q-values over all databases together."""
    with session(quiet=quiet, as_json=as_json) as spoken:
        from cisgram.io.motifs import read_motifs  # late, as all of these: --help stays quick
        from cisgram.io.tables import write_table
        from cisgram.motifs.databases import name_databases, trim_motifs
        from cisgram.motifs.match import match_databases
        from cisgram.report.matches import write_match_report

        motifs, n_flat = trim_motifs(read_motifs(queries), trim, source=queries)
        known = name_databases({source: read_motifs(source) for source in database})
        matches = match_databases(motifs, known, n_best=n_best, max_q_value=max_q, min_overlap=min_overlap)
        settings = {
            "queries": f"{queries} ({len(motifs)} motifs)",
            **{f"database {name}": f"{len(one):,} motifs" for name, one in known.items()},
            "highest q-value": max_q,
            "most matches per query": n_best,
            "ends of queries taken off below (bits)": trim,
            "fewest columns in common": min_overlap,
            "queries without an informative column, left out": n_flat,
        }
        is_table = out.suffix in (".tsv", ".gz")
        table = out if is_table else out / "matches.tsv"
        if not is_table:
            out.mkdir(parents=True, exist_ok=True)
            write_match_report(out / "report.html", motifs, matches, known, settings=settings)
        write_table(table, matches, provenance={"queries": queries, "databases": " ".join(database), "max_q": max_q})
        n_matched = int(matches["query"].nunique())
        spoken.result = {"matches": str(table), "n_queries": len(motifs), "n_matched": n_matched}
        spoken.say(f"matches: {table}; {n_matched} of {len(motifs)} queries are like a known motif")
        if not is_table:
            spoken.result["report"] = str(out / "report.html")
            spoken.say(f"report: {out / 'report.html'}")
