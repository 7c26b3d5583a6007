"""``cisgram experiment fold``: what sites, bases and structural variants do to a predicted contact map."""

import logging
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cisgram.cli.experiment.options import Gc, Model, MotifFile, Seed, split_words
from cisgram.cli.session import Json, Quiet, session
from cisgram.errors import ConfigError

_LOG = logging.getLogger(__name__)


class Edit(StrEnum):
    """What is done to the sequence."""

    DELETE = "delete"
    INVERT = "invert"
    INSERT = "insert"
    SHUFFLE_OTHERS = "shuffle-others"
    STRETCHES = "stretches"
    SATURATE = "saturate"
    MOTIFS = "motifs"
    VARIANTS = "variants"


EDITS = (
    "delete or invert each site; insert sites into backgrounds; shuffle-others: all but the sites; stretches: shuffle "
    "one after the other; saturate: every base of the middle; motifs: instances of each against chance; variants: "
    "structural ones."
)


def fold(
    model: Model,
    edit: Annotated[Edit, typer.Option("--edit", "-e", help=EDITS)],
    genome: Annotated[Path | None, typer.Option("--genome", "-g", help="FASTA of the genome (not for insert).")] = None,
    at: Annotated[
        list[str] | None,
        typer.Option("--at", help="Locus such as chr1:1-1,000 (1-based): a window around its middle. Repeat for more."),
    ] = None,
    random: Annotated[int, typer.Option("--random", min=0, help="Instead of loci: this many windows by chance.")] = 0,
    contigs: Annotated[
        list[str] | None, typer.Option("--contigs", help="Take these only on such contigs, as those held out.")
    ] = None,
    sites: Annotated[Path | None, typer.Option("--sites", help="BED file of sites, with strands.")] = None,
    min_score: Annotated[
        float | None, typer.Option("--min-score", help="Least fifth column of sites of the BED file.")
    ] = None,
    motif_file: MotifFile = None,
    motif: Annotated[
        list[str] | None,
        typer.Option(
            "--motif", "-m", help="IUPAC letters, NAME=LETTERS, or a name in --motif-file; sites are its hits."
        ),
    ] = None,
    p_value: Annotated[float, typer.Option("--p-value", help="Largest p-value of a hit of a motif.")] = 1e-5,
    variants: Annotated[
        Path | None,
        typer.Option("--variants", "-v", help="Table chrom start end type, or BED with deletion, ... as name."),
    ] = None,
    measured: Annotated[
        list[Path] | None,
        typer.Option("--measured", help="variants: balanced .cool of the genome without them. Repeat for replicates."),
    ] = None,
    altered: Annotated[
        list[Path] | None,
        typer.Option("--altered", help="The same with them, reads aligned to the reference; as many as --measured."),
    ] = None,
    draws: Annotated[
        int, typer.Option("--draws", min=1, help="Random fillings, or shuffles, whose mean is taken.")
    ] = 5,
    distance: Annotated[
        int, typer.Option("--distance", min=0, help="insert: bp between the two places (default: a third of the map).")
    ] = 0,
    copies: Annotated[int, typer.Option("--copies", min=1, help="insert: copies of the site at each place.")] = 1,
    backgrounds: Annotated[
        int, typer.Option("--backgrounds", min=1, help="insert: the flattest of 4 times as many.")
    ] = 16,
    gc: Gc = 0.5,
    width: Annotated[int, typer.Option("--width", min=0, help="stretches: bp (default: half a bin of the map).")] = 0,
    part: Annotated[int, typer.Option("--part", min=1, help="saturate: bases in the middle of every window.")] = 200,
    most: Annotated[int, typer.Option("--max", min=1, help="motifs: instances of each at most.")] = 100,
    one_strand: Annotated[
        bool, typer.Option("--one-strand", help="Predict the given strand alone, not the mean of both.")
    ] = False,
    batch: Annotated[int, typer.Option("--batch", min=1, help="Sequences that go through the model at a time.")] = 16,
    seed: Seed = 0,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")] = Path("folding"),
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Edit sequences and compare the contact maps that a model predicts, before and after.

    Writes results.tsv, the maps (maps.npz) and report.html with triangles before, after and their difference;
    corners.tsv (delete, invert), disruption.bw and motifs.meme (stretches), mutations.tsv.gz (saturate), measured.tsv
    (variants with --measured and --altered: maps in coordinates of the reference genome, as aligned reads give them;
    bins of the altered map are put into the order of the altered genome before it is compared with the prediction).
    """
    with session(quiet=quiet, as_json=as_json) as spoken:
        from cisgram.run.experiments.folding.asking import FoldQuestion, ask
        from cisgram.run.pace import logged_pace

        if (measured or altered) and edit != Edit.VARIANTS:
            raise ConfigError(f"--measured and --altered go with --edit variants; got --edit {edit.value}")
        question = FoldQuestion(
            model=model,
            genome=genome,
            loci=tuple(at or ()),
            n_random=random,
            contigs=split_words(contigs),
            sites=sites,
            min_score=min_score,
            motif_file=motif_file,
            motifs=split_words(motif),
            p_value=p_value,
            both_strands=not one_strand,
            batch=batch,
            seed=seed,
            out=out,
        )
        options = {
            Edit.INSERT: {"distance_bp": distance, "n_copies": copies, "n_backgrounds": backgrounds, "gc": gc},
            Edit.STRETCHES: {"width_bp": width, "n_draws": draws},
            Edit.SATURATE: {"part_bp": part},
            Edit.MOTIFS: {"n_draws": draws, "most": most},
            Edit.VARIANTS: {"path": variants, "measured": tuple(measured or ()), "altered": tuple(altered or ())},
        }
        spoken.result = ask(
            question, edit.value, options.get(edit, {"n_draws": draws}), progress=logged_pace(_LOG, "windows")
        )
        for line in spoken.result.get("findings", ()):
            spoken.say(line)
        spoken.say(f"report: {out / 'report.html'}")
