"""``cisgram experiment distal``: which distal elements the predicted signal of a promoter depends on."""

import logging
from pathlib import Path
from typing import Annotated

import typer

from cisgram.cli.experiment.options import Model, Seed, split_words
from cisgram.cli.session import Json, Quiet, session

_LOG = logging.getLogger(__name__)


def distal(
    model: Model,
    genome: Annotated[Path, typer.Option("--genome", "-g", help="FASTA of the genome.")],
    gene: Annotated[
        list[str] | None, typer.Option("--gene", help="Genes by name, with commas between; needs --genes.")
    ] = None,
    at: Annotated[
        list[str] | None,
        typer.Option("--at", help="Promoter as a locus such as chr1:1-1,000 (1-based). Repeat for more."),
    ] = None,
    genes: Annotated[Path | None, typer.Option("--genes", help="Annotation: GTF, GFF3, BED or genePred.")] = None,
    tracks: Annotated[
        list[str] | None, typer.Option("--tracks", "-t", help="Names of tracks (default: all, of the gene's strand).")
    ] = None,
    elements: Annotated[
        Path | None, typer.Option("--elements", help="BED of known elements, such as enhancers, to look at too.")
    ] = None,
    contact_map: Annotated[Path | None, typer.Option("--map", help=".cool drawn above each promoter.")] = None,
    flank: Annotated[int, typer.Option("--flank", min=0, help="Bins beside that of the TSS that count as signal.")] = 1,
    promoter: Annotated[
        int, typer.Option("--promoter", min=0, help="Elements within so many bp of the TSS are not distal.")
    ] = 1000,
    jitter: Annotated[
        str, typer.Option("--jitter", help="Read the window moved by so many bp, with commas between.")
    ] = "-3,0,3",
    one_strand: Annotated[bool, typer.Option("--one-strand", help="Read the given strand alone.")] = False,
    zeros: Annotated[
        bool, typer.Option("--zeros", help="Compare bins with zeros, as published, not with the median bin.")
    ] = False,
    least: Annotated[
        float, typer.Option("--min-z", min=0, help="How far elements must stand out of the window.")
    ] = 3.0,
    most: Annotated[int, typer.Option("--max", min=1, help="Elements of a promoter and track at most.")] = 10,
    draws: Annotated[int, typer.Option("--draws", min=1, help="Shuffles of every element.")] = 5,
    controls: Annotated[int, typer.Option("--controls", min=0, help="Stretches by chance, shuffled likewise.")] = 20,
    seed: Seed = 0,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")] = Path("distal"),
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Ask a Basenji which stretches of its window the signal of a promoter comes from, and shuffle each of them.

    Writes elements.tsv, bins.tsv.gz, links.bedpe (arcs from promoters to elements), saliency.TRACK.bw (per bin) and
    bases.TRACK.bw (per base), known.tsv (with --elements) and report.html with a picture of each promoter.
    """
    with session(quiet=quiet, as_json=as_json) as spoken:
        from cisgram.interpret.saliency.deletion import StretchDeletionConfig
        from cisgram.interpret.saliency.elements import ElementConfig
        from cisgram.interpret.saliency.question import EnsembleConfig
        from cisgram.run.experiments.distal.files import DistalQuestion, distal_from_files
        from cisgram.run.experiments.distal.promoters import PromoterSource
        from cisgram.run.experiments.distal.study import DistalConfig
        from cisgram.run.pace import logged_pace

        config = DistalConfig(
            ensemble=EnsembleConfig(both_strands=not one_strand, jitter_bp=_whole_numbers(jitter)),
            elements=ElementConfig(min_z=least, most=most),
            deletion=StretchDeletionConfig(n_draws=draws, seed=seed),
            reference="zero" if zeros else "median",
            promoter_bp=promoter,
            n_controls=controls,
        )
        source = PromoterSource(genome, genes, split_words(gene), tuple(at or ()), flank)
        question = DistalQuestion(model, source, split_words(tracks), config, elements, contact_map)
        spoken.result = distal_from_files(question, out=out, progress=logged_pace(_LOG, "promoters"))
        for line in spoken.result["findings"]:
            spoken.say(line)
        spoken.say(f"report: {out / 'report.html'}")


def _whole_numbers(text: str) -> tuple[int, ...]:
    """Whole numbers with commas between."""
    from cisgram.errors import ConfigError

    try:
        return tuple(int(word) for word in text.split(","))
    except ValueError as error:
        raise ConfigError(f"--jitter is whole numbers with commas between, such as -3,0,3; got {text!r}") from error
