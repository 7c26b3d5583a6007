"""``cisgram variants``: what mutations do to a model's predictions, and which of them stand out."""

from pathlib import Path
from typing import Annotated

import typer

from cisgram.cli.experiment.options import split_words
from cisgram.cli.session import Json, Processes, Quiet, session


def variants(
    runs: Annotated[list[Path], typer.Argument(help="Run folder or checkpoint; several are folds, averaged.")],
    vcf: Annotated[
        Path | None,
        typer.Option("--vcf", "-v", help="VCF, BCF or table (chrom pos ref alt [name], 1-based).", exists=True),
    ] = None,
    pairs: Annotated[
        Path | None,
        typer.Option("--pairs", help="Table of sequences instead: name ref_sequence alt_sequence.", exists=True),
    ] = None,
    genome: Annotated[Path | None, typer.Option("--genome", "-g", help="FASTA (default: that of the run).")] = None,
    scores: Annotated[
        list[str] | None,
        typer.Option("--scores", help="Names, with commas between; the first ranks. Default: those of the model."),
    ] = None,
    tracks: Annotated[
        list[str] | None, typer.Option("--tracks", "-t", help="Names of tracks, with commas between (default: all).")
    ] = None,
    region: Annotated[
        int, typer.Option("--region-bp", min=0, help="Only predictions so near the variant count; 0: all.")
    ] = 0,
    genes: Annotated[Path | None, typer.Option("--genes", help="GTF, GFF or BED: adds scores of genes.")] = None,
    null: Annotated[
        str,
        typer.Option(
            "--null",
            help="shuffled, random, none, or a VCF of neutral variants. Default: shuffled; random of models that read "
            "more than 20 kb.",
        ),
    ] = "",
    n_null: Annotated[int, typer.Option("--n-null", min=1, help="Null changes that are drawn.")] = 1000,
    motif_file: Annotated[
        str, typer.Option("--motif-file", "-f", help="Known motifs gained or lost: MEME file, jaspar, ...")
    ] = "",
    measured: Annotated[
        Path | None,
        typer.Option(
            "--measured",
            help="Table of measured effects, by name or by chrom pos ref alt; or variant_effects.tsv of a simulation.",
            exists=True,
        ),
    ] = None,
    measured_column: Annotated[
        str,
        typer.Option(
            "--measured-column",
            help="Its column of effects (or COLUMN_TRACK, one per track). Default: measured, effect or log2_fold; "
            "else all that are called as scores.",
        ),
    ] = "",
    beside: Annotated[
        list[str] | None, typer.Option("--beside", help="Its columns with predictions of others.")
    ] = None,
    top: Annotated[int, typer.Option("--top", min=0, help="Variants that get a page of their own.")] = 10,
    map_bp: Annotated[int, typer.Option("--map-bp", min=0, help="Bases around these to map; 0: none.")] = 60,
    both_strands: Annotated[
        bool,
        typer.Option(
            "--both-strands/--one-strand", help="Average the two strands; not for constructs with a direction."
        ),
    ] = True,
    jitter: Annotated[
        list[str] | None, typer.Option("--jitter", help="Shifts in bp to average, such as 0,-3,3.")
    ] = None,
    carried: Annotated[bool, typer.Option("--carried-only", help="Only alleles that a sample of the VCF has.")] = False,
    batch: Annotated[int, typer.Option("--batch", min=0, help="Sequences through the model at a time; 0: chosen.")] = 0,
    seed: Annotated[int, typer.Option("--seed", help="Same seed, same result.")] = 0,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")] = Path("variants"),
    processes: Processes = 1,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Score what variants do to a model's predictions, beside changes that should not matter.

    Writes results.tsv.gz (every variant and track, with what became of it), variants.vcf.gz (the same records with
    scores in INFO), report.html and variants/NAME.html for those that stand out; motifs.tsv.gz, genes.tsv.gz,
    null.tsv.gz and agreement.tsv where asked for. A call that was stopped goes on when it is made again.
    """
    if (vcf is None) == (pairs is None):
        raise typer.BadParameter("give either --vcf or --pairs")
    with session(quiet=quiet, as_json=as_json) as spoken:
        from cisgram.interpret.variants.config import VariantConfig
        from cisgram.run.variants.question import VariantQuestion, shifts_of
        from cisgram.run.variants.score import score_file, score_sequence_pairs

        config = VariantConfig(
            scores=split_words(scores),
            tracks=split_words(tracks),
            region_bp=region,
            both_strands=both_strands,
            jitter_bp=shifts_of(split_words(jitter)),
            batch_size=batch,
        )
        question = VariantQuestion(
            config=config,
            null=null,
            n_null=n_null,
            motif_file=motif_file,
            genes=genes,
            measured=measured,
            measured_column=measured_column,
            beside=split_words(beside),
            top=top,
            map_bp=map_bp,
            carried_only=carried,
            seed=seed,
            processes=processes,
        )
        if vcf is not None:
            spoken.result = score_file(runs, vcf, genome, question=question, out=out)
        elif pairs is not None:
            spoken.result = score_sequence_pairs(runs, pairs, question=question, out=out)
        n, scored = spoken.result["n_variants"], spoken.result["n_scored"]
        spoken.say(f"{scored} of {n} variants scored by {spoken.result['score']}; report: {out / 'report.html'}")
        if "n_striking" in spoken.result:
            spoken.say(f"{spoken.result['n_striking']} stand out (q up to 0.1); pages: {out / 'variants'}")
