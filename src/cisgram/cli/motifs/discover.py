"""``cisgram motifs discover``: motifs from sequences, peaks, explained windows or lists of genes."""

import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cisgram import __version__
from cisgram.cli.motifs.inputs import GenesRequest, Inputs, Request, read_genes_as_inputs, read_inputs
from cisgram.cli.session import Json, Quiet, session
from cisgram.errors import ConfigError

if TYPE_CHECKING:
    import pandas as pd

    from cisgram.motifs.denovo.discover import Discovery


class Occurrence(StrEnum):
    """How often a motif occurs in a sequence."""

    OOPS = "oops"
    ZOOPS = "zoops"
    ANR = "anr"


class Method(StrEnum):
    """What refines the starts."""

    EM = "em"
    GIBBS = "gibbs"


class Palindrome(StrEnum):
    """Whether motifs equal their reverse complement."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class Strands(StrEnum):
    """Which strands are searched."""

    BOTH = "both"
    FORWARD = "+"


def discover(
    sequences: Annotated[
        Path | None,
        typer.Argument(
            help="FASTA; BED or narrowPeak (with --genome); CSV with labels; contributions.h5 or a run folder.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")] = Path("motifs"),
    control: Annotated[
        str,
        typer.Option(
            "--control", "-c", help="shuffled (dinucleotides kept), genome (other places of it), or a file as above."
        ),
    ] = "shuffled",
    genome: Annotated[Path | None, typer.Option("--genome", "-g", help="FASTA of the genome of intervals.")] = None,
    width: Annotated[
        int | None,
        typer.Option("--width", min=6, help="bp around summits (default 100), or in the middle of explained windows."),
    ] = None,
    genes: Annotated[
        Path | None, typer.Option("--genes", help="List of genes: their upstream sequences are searched.")
    ] = None,
    annotation: Annotated[
        Path | None, typer.Option("--annotation", help="Where genes lie: GTF, GFF3, BED, genePred or refFlat.")
    ] = None,
    upstream: Annotated[int, typer.Option("--upstream", min=0, help="bp before the start of a gene.")] = 500,
    downstream: Annotated[int, typer.Option("--downstream", min=0, help="bp behind it.")] = 0,
    clip_to_neighbors: Annotated[
        bool, typer.Option("--clip-to-neighbors", help="End upstream sequences where another gene begins.")
    ] = False,
    occurrence: Annotated[
        Occurrence, typer.Option("--model", "-m", help="Sites per sequence: one, at most one, any number.")
    ] = Occurrence.ZOOPS,
    method: Annotated[Method, typer.Option("--method", help="What refines enriched words to motifs.")] = Method.EM,
    n_motifs: Annotated[int, typer.Option("--n-motifs", "-n", min=1, help="Most motifs to seek.")] = 5,
    min_width: Annotated[int, typer.Option("--min-width", help="Fewest columns.")] = 6,
    max_width: Annotated[int, typer.Option("--max-width", help="Most columns.")] = 30,
    palindrome: Annotated[
        Palindrome, typer.Option("--palindrome", help="Keep motifs equal to their reverse complement.")
    ] = Palindrome.AUTO,
    strands: Annotated[Strands, typer.Option("--strands", help="Strands to search.")] = Strands.BOTH,
    order: Annotated[int, typer.Option("--order", help="Bases that the background looks back, 0 to 5.")] = 2,
    held_out: Annotated[
        float, typer.Option("--held-out", help="Share of sequences kept for the test; 0 for no test.")
    ] = 0.1,
    max_p: Annotated[float, typer.Option("--max-p", help="Highest corrected p-value of a motif.")] = 0.01,
    any_gc: Annotated[
        bool, typer.Option("--any-gc", help="Take given controls as they are, not matched in GC content.")
    ] = False,
    mask_lower_case: Annotated[
        bool, typer.Option("--mask-lower-case", help="Read lower-case letters of FASTA (repeats) as N.")
    ] = False,
    track: Annotated[str | None, typer.Option("--track", help="Track of a contribution file.")] = None,
    score: Annotated[str | None, typer.Option("--score", help="Score of a contribution file.")] = None,
    database: Annotated[
        list[str] | None,
        typer.Option("--database", "-d", help="Known motifs to compare with: MEME file, jaspar:fungi, ..."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Same seed, same motifs.")] = 0,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Find the motifs that sequences share and control sequences do not; random sequences have none.

    Writes motifs.meme, motifs.tsv, sites.tsv (and sites.bed where places are known), convergence.tsv and report.html.
    """
    with session(quiet=quiet, as_json=as_json) as spoken:
        from cisgram.io.motifs import read_motifs
        from cisgram.motifs.denovo.config import DiscoveryConfig
        from cisgram.motifs.denovo.discover import discover_motifs

        config = DiscoveryConfig(
            n_motifs=n_motifs,
            occurrence=occurrence.value,
            method=method.value,
            min_width=min_width,
            max_width=max_width,
            is_stranded=strands is Strands.FORWARD,
            palindrome=palindrome.value,
            markov_order=order,
            match_gc=not any_gc,
            held_out=held_out,
            max_p_value=max_p,
            seed=seed,
        )
        known = {source: read_motifs(source) for source in database or ()}
        if genes is None and annotation is None:
            inputs = read_inputs(Request(sequences, control, genome, width, mask_lower_case, track, score, seed))
        elif sequences is not None or genes is None or annotation is None or genome is None:
            raise ConfigError("upstream sequences need --genes, --annotation and --genome, and no other sequences")
        else:
            asked = GenesRequest(genes, annotation, genome, upstream, downstream, clip_to_neighbors)
            inputs = read_genes_as_inputs(asked)
        found = discover_motifs(inputs.sequences, control=inputs.control, config=config)
        spoken.result = _write(out, found, inputs, known)
        n = len(found.motifs)
        spoken.say(
            f"{n} motif{'s' if n != 1 else ''} in {found.n_sequences:,} sequences; report: {out / 'report.html'}"
        )


def _write(out: Path, found: "Discovery", inputs: Inputs, known: dict[str, Any]) -> dict[str, Any]:
    """Write all files of a discovery, and say where they are."""
    import pandas as pd

    from cisgram.io.meme import write_meme
    from cisgram.io.tables import write_bed, write_table
    from cisgram.motifs.databases import name_databases
    from cisgram.motifs.denovo.sites import SITE_COLUMNS, sites_on_genome
    from cisgram.motifs.match import match_databases
    from cisgram.report.discovery import write_discovery_report

    out.mkdir(parents=True, exist_ok=True)
    remarks = {"_".join(re.findall(r"\w+", name)): text for name, text in inputs.remarks.items()}
    notes: dict[str, object] = {"cisgram": __version__, **remarks, "settings": found.config}
    databases = name_databases(known)
    queries = [one.motif for one in found.motifs]
    matches = match_databases(queries, databases, n_best=5, trim_bits=0.25) if databases and queries else None
    summary = _summary(found, matches)
    write_table(out / "motifs.tsv", summary, provenance=notes)
    tables = [one.sites.assign(motif=one.motif.name) for one in found.motifs]
    empty = pd.DataFrame({name: [] for name in ("motif", *SITE_COLUMNS)})
    sites = pd.concat(tables, ignore_index=True)[list(empty)] if tables else empty
    write_table(out / "sites.tsv", sites, provenance=notes)
    traces = [one.trace.assign(motif=one.motif.name) for one in found.motifs]
    trace = pd.concat(traces, ignore_index=True) if traces else pd.DataFrame({"iteration": []})
    write_table(out / "convergence.tsv", trace, provenance=notes)
    for name in ("motifs.meme", "sites.bed", "matches.tsv"):  # an earlier search in this folder may have left them
        (out / name).unlink(missing_ok=True)
    if found.motifs:
        write_meme(out / "motifs.meme", queries, background=found.background.bases)
        if inputs.sequences.places is not None:
            placed = sites_on_genome(sites, inputs.sequences.places).assign(name=sites["motif"].to_numpy())
            write_bed(out / "sites.bed", placed)
    if matches is not None:
        write_table(out / "matches.tsv", matches, provenance=notes)
    write_discovery_report(
        out / "report.html",
        found,
        inputs.sequences,
        matches=matches,
        databases=databases or None,
        title=f"Motifs in {out.name}",
        inputs=inputs.remarks,
    )
    return {
        "report": str(out / "report.html"),
        "motifs": summary.to_dict("records"),
        "n_sequences": found.n_sequences,
        "n_held_out": found.n_held_out,
        "n_splits": found.n_splits,
        "n_control": found.n_control,
        "dropped": found.dropped,
        "n_rejected": len(found.rejected),
    }


def _summary(found: "Discovery", matches: "pd.DataFrame | None") -> "pd.DataFrame":
    """One row per motif."""
    import pandas as pd

    rows = []
    for one in found.motifs:
        row: dict[str, object] = {
            "motif": one.motif.name,
            "consensus": one.motif.consensus(),
            "width": len(one.motif),
            "sites": len(one.sites),
            "threshold_bits": one.threshold_bits,
            **one.enrichment._asdict(),
            "palindrome": one.palindrome,
            "start": one.start,
        }
        if matches is not None:
            own = matches[matches["query"] == one.motif.name].sort_values("p_value", kind="stable").head(1)
            best = own.to_dict("records")[0] if len(own) else {}
            row |= {f"best_match_{key}": best.get(key) for key in ("motif", "alternate_name", "database", "q_value")}
        rows.append(row)
    columns = ("motif", "consensus", "width", "sites", "threshold_bits", "p_value", "q_value")
    return pd.DataFrame(rows) if rows else pd.DataFrame({name: [] for name in columns})
