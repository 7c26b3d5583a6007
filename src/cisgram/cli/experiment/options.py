"""Options that all experiments share."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from cisgram.run.experiments.trained import Question

Model = Annotated[Path, typer.Argument(help="Run folder, or a checkpoint (.safetensors).")]
Tracks = Annotated[
    list[str] | None, typer.Option("--tracks", "-t", help="Names of tracks, with commas between (default: all).")
]
Score = Annotated[
    str,
    typer.Option(
        "--score",
        help="logit, probability (Basset), counts, profile (BPNet), log_signal, signal (Basenji); default: the first.",
    ),
]
PlacedScore = Annotated[
    str,
    typer.Option(
        "--score",
        help=(
            "logit or probability (Basset); counts, profile, or near the motif peak_height or local_counts (BPNet); "
            "log_signal or signal (Basenji)."
        ),
    ),
]
Reach = Annotated[
    int, typer.Option("--reach", min=0, help="How far from the motif, in bp, peak_height and local_counts are read.")
]
MotifFile = Annotated[
    str | None, typer.Option("--motif-file", "-f", help="MEME file, patterns.h5, run folder, jaspar:fungi, ...")
]
Peaks = Annotated[Path | None, typer.Option("--peaks", help="BED or narrowPeak: windows around summits, or middles.")]
Random = Annotated[int, typer.Option("--random", min=0, help="Number of random sequences.")]
Gc = Annotated[float, typer.Option("--gc", min=0, max=1, help="Share of G and C of random sequences.")]
Shuffles = Annotated[
    int, typer.Option("--shuffles", min=0, help="Dinucleotide shuffles of each sequence, in its place; 0: as it is.")
]
Most = Annotated[int, typer.Option("--max", min=1, help="Most sequences; of more, some by chance.")]
BothStrands = Annotated[bool, typer.Option("--both-strands", help="Average the predictions for the two strands.")]
Batch = Annotated[int, typer.Option("--batch", min=1, help="Sequences that go through the model at a time.")]
Seed = Annotated[int, typer.Option("--seed", help="Same seed, same result.")]
Genome = Annotated[Path | None, typer.Option("--genome", "-g", help="FASTA of the genome of intervals and loci.")]
Fasta = Annotated[
    Path | None,
    typer.Option("--sequences", "-s", help="FASTA, at least as long as the model reads.", show_default=False),
]


def split_words(words: list[str] | None) -> tuple[str, ...]:
    """Words that were given one by one, with commas between, or both."""
    return tuple(part.strip() for word in words or () for part in word.split(",") if part.strip())


def question(tracks: list[str] | None, score: str, *, both_strands: bool, batch: int, reach_bp: int = 35) -> "Question":
    """What is asked of the model."""
    from cisgram.interpret.experiments.responses import Asking
    from cisgram.run.experiments.trained import Question

    return Question(split_words(tracks), score, Asking(both_strands=both_strands, batch_size=batch), reach_bp)
